"""Read people, now and as they were: attributes and their provenance, identities, devices, time line, search."""

from graphcdp.base.paging import Page
from graphcdp.identity import IdentityNotFoundError, ProfileNotFoundError
from graphcdp.identity.questions.moments import Moment, NotKnownThenError, PastClock, read_instant
from graphcdp.profile.past import Past, PastPerson
from graphcdp.profile.read import Profiles
from graphcdp.profile.values import (
    Attribute,
    Identity,
    Interaction,
    InteractionDetails,
    Overview,
    Product,
    Profile,
    RejectedFact,
    SeenDevice,
    SourceEntry,
    TimelinePage,
)

__all__ = [
    "Attribute",
    "Identity",
    "IdentityNotFoundError",
    "Interaction",
    "InteractionDetails",
    "Moment",
    "NotKnownThenError",
    "Overview",
    "Page",
    "Past",
    "PastClock",
    "PastPerson",
    "Product",
    "Profile",
    "ProfileNotFoundError",
    "Profiles",
    "RejectedFact",
    "SeenDevice",
    "SourceEntry",
    "TimelinePage",
    "read_instant",
]
