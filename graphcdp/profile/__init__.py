"""Read people: profiles with attributes and their provenance, identities, devices, time line, search."""

from graphcdp.base.paging import Page
from graphcdp.identity import IdentityNotFoundError, ProfileNotFoundError
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
    "Overview",
    "Page",
    "Product",
    "Profile",
    "ProfileNotFoundError",
    "Profiles",
    "RejectedFact",
    "SeenDevice",
    "SourceEntry",
    "TimelinePage",
]
