"""Who was who at a past instant by the replay: with what was known then, or with what had happened by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphcdp.identity.evidence import Outcome
from graphcdp.identity.moments import Moment, PastClock
from graphcdp.identity.region import Region, Regions
from graphcdp.identity.replay import replay
from graphcdp.identity.rulebook import RuleBook
from graphcdp.identity.rules import RuleSet

LENDING = ("session", "nobody")
"""Policies under which an anonymous event may belong to a person who is not on it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a replay found around some identities.

    Attributes:
        rules: that decided.
        region: what was replayed.
        outcome: who was who.
    """

    rules: RuleSet
    region: Region
    outcome: Outcome


class Stood:
    """Replays regions up to past instants.

    By what was known: the facts received and the decisions taken by then, under the rules in force then. By what had
    happened: the facts of up to that time, under the decisions and the rules of today.
    """

    def __init__(self, rules: RuleBook, regions: Regions) -> None:
        self._rules = rules
        self._regions = regions

    async def rules_at(self, moment: Moment) -> RuleSet:
        """Return the rules that decide about a past instant."""
        if moment.clock is PastClock.KNOWN:
            began: tuple[datetime, RuleSet] | None = None
            for version in await self._rules.list_versions():
                for term in version.terms:
                    if term.began <= moment.at and (began is None or term.began > began[0]):
                        began = (term.began, version.rules)
            if began is not None:
                return began[1]
        return await self._rules.in_force()

    async def around(self, keys: Iterable[str], moment: Moment) -> Standing:
        """Replay the region of some identities (keys `namespace|value`)."""
        rules = await self.rules_at(moment)
        region = await self._regions.around(
            keys, rules=rules, known_by=moment.known_by, anonymous=rules.policy in LENDING
        )
        return Standing(rules, region, replay(rules, region.facts, region.decisions, until=moment.happened_by))
