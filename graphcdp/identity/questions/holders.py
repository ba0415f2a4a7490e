"""Who held an identity at a past instant: by what was known then, or by what had happened by then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphcdp.graph import Graph
from graphcdp.identity.questions.moments import Moment, PastClock
from graphcdp.identity.questions.stood import Standing, Stood
from graphcdp.identity.replay.evidence import key_order


@dataclass(frozen=True, slots=True)
class Held:
    """One identity that a person held at a past instant, and since when (None where no date of it was kept)."""

    key: str
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A person at a past instant.

    Attributes:
        id: the profile's id as it was then.
        founder: key of the identity that the id comes from.
        known_from: when the system first knew the person; None by the other clock.
        held: the identities, by key.
        lent: ids of facts that were this person's, whatever they hang on now; only where facts may have moved since.
        away: ids of facts that were somebody else's, whatever they hang on now; likewise.
    """

    id: str
    founder: str | None
    known_from: datetime | None
    held: tuple[Held, ...]
    lent: tuple[str, ...] = ()
    away: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The keys of the identities."""
        return [each.key for each in self.held]


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be said of one key at a past instant.

    Attributes:
        holder: who held it; None where it was not there yet.
        since: since when it is there, by the clock that was asked for.
    """

    holder: Holder | None
    since: datetime | None


class Holders:
    """Answers for many keys at once; an identity never seen is left out of the answer."""

    def __init__(self, graph: Graph, stood: Stood, name_profile: Callable[[str], str]) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            stood: replays regions.
            name_profile: founder's key to profile id.
        """
        self._graph = graph
        self._stood = stood
        self._name = name_profile

    async def by_keys(self, keys: Sequence[str], moment: Moment) -> dict[str, Found]:
        """Return who held some identities (keys `namespace|value`)."""
        asked = list(dict.fromkeys(keys))
        if not asked:
            return {}
        if moment.clock is PastClock.HAPPENED:
            return self._happened(asked, await self._stood.around(asked, moment), moment)
        rows = await self._graph.read("past.holders", keys=asked, instant=moment.at)
        found = {row["asked"]: Found(_holder(row), row["known_from"]) for row in rows}
        if await self._stood.moved(moment):
            standing = await self._stood.around(asked, moment)
            found = {
                key: each if each.holder is None else Found(_lending(each.holder, standing), each.since)
                for key, each in found.items()
            }
        return found

    async def key_of(self, profile_id: str, moment: Moment) -> str | None:
        """Return the key of an identity by which to find whoever had a profile's id; None: it was never given out."""
        rows = await self._graph.read(
            "past.named", id=profile_id, instant=moment.at, by_founder=moment.clock is PastClock.HAPPENED
        )
        return rows[0]["key"] if rows else None

    def _happened(self, asked: Iterable[str], standing: Standing, moment: Moment) -> dict[str, Found]:
        identities = standing.region.identities
        priorities = {one.name: one.priority for one in standing.rules.namespaces.values()}
        profile_of = {key: profile for profile in standing.outcome.profiles for key in profile}

        def claim(key: str) -> tuple[int, datetime, bytes]:
            return priorities.get(key.split("|", 1)[0], len(priorities)), identities[key].first_seen, key_order(key)

        found: dict[str, Found] = {}
        for key in asked:
            if key not in identities:
                continue
            since = identities[key].first_seen
            if since > moment.at:
                found[key] = Found(None, since)
                continue
            members = profile_of.get(key, (key,))  # seen alone only: nothing to replay
            founder = min(members, key=claim)
            held = tuple(Held(each, None) for each in sorted(members, key=key_order))
            holder = Holder(self._name(founder), founder, None, held)
            found[key] = Found(_lending(holder, standing), since)
        return found


def _holder(row: dict[str, Any]) -> Holder | None:
    if row["id"] is None:
        return None
    held = tuple(Held(each["key"], each["valid_from"]) for each in row["held"])
    return Holder(row["id"], row["founder"], row["profile_known_from"], held)


def _lending(holder: Holder, standing: Standing) -> Holder:
    """Add which facts of the region were the person's, and which were not, whatever they hang on now."""
    if not standing.moved:
        return holder
    own, bearers = set(holder.keys), standing.outcome.bearers
    lent: list[str] = []
    away: list[str] = []
    for fact in standing.region.facts:
        (lent if bearers.get(fact.id) in own else away).append(fact.id)
    return replace(holder, lent=tuple(lent), away=tuple(away))
