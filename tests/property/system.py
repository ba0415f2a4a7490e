"""What the properties are asked of: something that takes batches of statements and shows what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tests.oracle import Decisions, Link, Pair, Statement


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a system holds of one history; comparable with the oracle's `Answer`.

    Attributes:
        profiles: id of each profile, and its identities.
        founders: id of each profile, and the identity that it says it is named after.
        links: every pair ever seen together.
        owners: of each fact, the identity it hangs on.
        carried: of each fact, the identities it says it carried.
        seen: of each identity, when it was first and last carried.
        had: (profile id, identity): who held an identity before.
        disorder: what contradicts the graph model, as sentences; empty in a sound graph.
    """

    profiles: Mapping[str, frozenset[str]]
    founders: Mapping[str, str]
    links: Mapping[Pair, Link]
    owners: Mapping[str, str]
    carried: Mapping[str, tuple[str, ...]]
    seen: Mapping[str, tuple[datetime, datetime]]
    had: frozenset[tuple[str, str]]
    disorder: tuple[str, ...]

    @property
    def partition(self) -> frozenset[frozenset[str]]:
        """The profiles without their ids."""
        return frozenset(self.profiles.values())

    def holder_of(self, key: str) -> str:
        """Return the id of the profile that holds an identity."""
        return next(profile_id for profile_id, keys in self.profiles.items() if key in keys)


class SystemUnderTest(Protocol):
    """An engine that resolves identities, seen from outside."""

    async def ingest(self, batch: Sequence[Statement]) -> tuple[str, ...]:
        """Take a batch; return of each statement `accepted`, `duplicate` or the code of its refusal."""
        ...

    async def decide(self, decisions: Decisions) -> None:
        """Carry out what a person decides about identities that it knows."""
        ...

    async def snapshot(self) -> Snapshot:
        """Return everything it holds of the history it was made for."""
        ...

    async def resolve(self, profile_id: str) -> str | None:
        """Return the id of the profile that answers to an id, old or new; None if it never was one."""
        ...

    async def footprint(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return all that is stored around each identity, down to the ids of edges, so that any write shows."""
        ...

    async def forget(self) -> None:
        """Remove the history, as if it had never arrived."""
        ...


def partition_of(holders: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the identities of each profile from the profile of each identity."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, profile_id in holders.items():
        found[profile_id].add(key)
    return {profile_id: frozenset(keys) for profile_id, keys in found.items()}
