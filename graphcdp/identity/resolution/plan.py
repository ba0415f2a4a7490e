"""What a batch does to identities, profiles and links, as rows to write; and what must be known to plan it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.identity.replay.evidence import key_order


class Founder(NamedTuple):
    """A claim to name a profile; the smallest one does.

    Attributes:
        priority: of the key's namespace.
        first_seen: of the identity.
        order: of the key among others.
        key: the identity.
    """

    priority: int
    first_seen: datetime
    order: bytes
    key: str

    @classmethod
    def of(cls, priority: int, first_seen: datetime, key: str) -> Founder:
        """Return an identity's claim."""
        return cls(priority, first_seen, key_order(key), key)


class Sighting(NamedTuple):
    """The identities one accepted fact carries, strongest first."""

    ts: datetime
    fact_id: str
    keys: tuple[str, ...]
    source: str


Span = tuple[datetime, datetime, str]
"""When an identity was first and last seen in a batch, and the first fact that carried it."""


@dataclass(slots=True, eq=False)
class Held:
    """A profile as it stands in the graph before the batch."""

    id: str
    identity_count: int
    limited: Sequence[str]
    founder: Founder
    latest_evidence: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None
    region_id: str | None
    region_latest: datetime | None
    region_decided: bool
    decided_by: str | None


@dataclass(slots=True, eq=False)
class Known:
    """An identity as it stands in the graph before the batch.

    Attributes:
        hub: `quarantined`, `released` or nothing.
        links: to how many others it was linked at most.
    """

    first_seen: datetime
    last_seen: datetime
    profile: Held
    hub: str | None = None
    links: int = 0


@dataclass(slots=True, eq=False)
class Part:
    """What becomes one profile.

    Attributes:
        profiles: that are there already; keys: of the batch; fresh: those of them never seen before.
        limited: keys of namespaces with a maximum; founder: the strongest claim to name it.
        latest: the newest evidence; trigger: the first sighting that joined two parts.
        decided: whether a person decided something in its region; stale: whether other rules decided its profile.
    """

    profiles: list[Held]
    keys: list[str]
    fresh: list[str]
    size: int
    limited: set[str]
    founder: Founder
    latest: datetime | None
    first_seen: datetime
    last_seen: datetime
    regions: dict[str, datetime | None]
    decided: bool = False
    stale: bool = False
    trigger: Sighting | None = None


@dataclass(slots=True)
class Dispute:
    """A group that `identity.resolve` decides.

    Attributes:
        keys: identities of the evidence.
        evidence: ids, in order; None asks for a replay of the whole region.
    """

    keys: list[str]
    evidence: list[str] | None


@dataclass(slots=True)
class Plan:
    """What to write. Rows are in the order of the statements in cypher/identity that take them.

    `crowded` names identities that may have been linked to too many others, with those others: if so, plan again with
    them as hubs.
    """

    profile_create: list[list[Any]] = field(default_factory=list)
    profile_revive: list[list[Any]] = field(default_factory=list)
    profile_touch: list[list[Any]] = field(default_factory=list)
    profile_move: list[list[Any]] = field(default_factory=list)
    identity_hold: list[list[Any]] = field(default_factory=list)
    identity_touch: list[list[Any]] = field(default_factory=list)
    link_create: list[list[Any]] = field(default_factory=list)
    link_seen: list[list[Any]] = field(default_factory=list)
    link_note: list[list[Any]] = field(default_factory=list)
    link_hub: list[list[Any]] = field(default_factory=list)
    region_grow: list[list[Any]] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    profile_of: dict[str, str] = field(default_factory=dict)
    joined: dict[str, list[str]] = field(default_factory=dict)
    fresh: dict[str, list[str]] = field(default_factory=dict)
    crowded: dict[str, list[str]] = field(default_factory=dict)


def spans_of(sightings: Sequence[Sighting]) -> dict[str, Span]:
    """Return, by key, the first and last time in the batch, and the first fact that carried it."""
    seen: dict[str, Span] = {}
    for ts, fact_id, keys, _ in sightings:
        for key in keys:
            before = seen.get(key)
            if before is None:
                seen[key] = (ts, ts, fact_id)
            elif ts < before[0]:
                seen[key] = (ts, before[1], fact_id)
            elif ts > before[1]:
                seen[key] = (before[0], ts, before[2])
    return seen
