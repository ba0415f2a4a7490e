"""A person's identity graph as data: identities, what was lost one step out, links of every state, devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self


@dataclass(frozen=True, slots=True)
class GraphIdentity:
    """One identity in a picture; `own` says whether the person holds it now, `profile_id` who does."""

    key: str
    namespace: str
    value: str
    first_seen: datetime | None
    last_seen: datetime | None
    known_from: datetime | None
    own: bool
    profile_id: str | None


@dataclass(frozen=True, slots=True)
class GraphLink:
    """One link in a picture, of any state, and why it is in that state."""

    left_key: str
    right_key: str
    state: str
    seen: int
    sources: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    because: str | None
    by_event: str | None


class GraphDevice(NamedTuple):
    """A device in a picture."""

    id: str
    kind: str | None
    name: str | None
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityGraph:
    """A person's identities, what was lost one step out, their links and devices.

    Attributes:
        profile_id: the present id.
        identities: the person's own first, by key, then the lost ones by key (200 at most).
        links: by keys, 1,000 at most.
        devices: of the person's own identities.
        on_device: pairs of identity key and device id.
    """

    profile_id: str
    identities: tuple[GraphIdentity, ...]
    links: tuple[GraphLink, ...]
    devices: tuple[GraphDevice, ...]
    on_device: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read the row of `identity.graph_of`."""
        return cls(
            row["profile_id"],
            tuple(GraphIdentity(**each) for each in row["identities"]),
            tuple(GraphLink(**{**each, "sources": tuple(each["sources"] or ())}) for each in row["links"]),
            tuple(GraphDevice(**each) for each in row["devices"]),
            tuple((each["identity_key"], each["device_id"]) for each in row["on_device"]),
        )
