"""Who was who at a past instant by the replay: with what was known then, or with what had happened by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphcdp.graph import Graph
from graphcdp.identity.decisions.decision import Wish
from graphcdp.identity.questions.moments import Moment, PastClock
from graphcdp.identity.replay.evidence import Decisions, Outcome, Pair, pair
from graphcdp.identity.replay.region import Region, Regions
from graphcdp.identity.replay.replay import replay
from graphcdp.identity.rules.files import RuleSet
from graphcdp.identity.rules.rulebook import RuleBook

LENDING = ("session", "nobody")
"""Policies under which an anonymous event may belong to a person who is not on it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a replay found around some identities.

    Attributes:
        rules: that decided.
        region: what was replayed.
        outcome: who was who.
        moved: whether facts may have hung on other identities than they hang on now.
    """

    rules: RuleSet
    region: Region
    outcome: Outcome
    moved: bool


class Stood:
    """Replays regions up to past instants.

    By what was known: the facts received and the decisions taken by then, under the rules in force then. By what had
    happened: the facts of up to that time, under the decisions and the rules of today.
    """

    def __init__(self, graph: Graph, rules: RuleBook) -> None:
        self._graph = graph
        self._rules = rules
        self._regions = Regions(graph)

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

    async def moved(self, moment: Moment) -> bool:
        """Say whether facts may have hung on other identities then than they hang on now: by other rules, or lent."""
        rules, now = await self.rules_at(moment), await self._rules.in_force()
        return rules.version != now.version or now.policy in LENDING

    async def around(self, keys: Iterable[str], moment: Moment) -> Standing:
        """Replay the region of some identities (keys `namespace|value`)."""
        rules, moved = await self.rules_at(moment), await self.moved(moment)
        region = await self._regions.around(keys, rules=rules, known_by=moment.known_by, anonymous=moved)
        decisions = region.decisions
        if moment.clock is PastClock.KNOWN:
            decisions = await self._decided(region.keys, moment.at)
        return Standing(rules, region, replay(rules, region.facts, decisions, until=moment.happened_by), moved)

    async def _decided(self, keys: Iterable[str], instant: datetime) -> Decisions:
        """Return the decisions that stood at an instant, some of which were taken back since."""
        (row,) = await self._graph.read("past.decisions", keys=list(keys))
        links: dict[Pair, str] = {}
        counts_as: dict[str, str] = {}
        hubs = {key: state for key, state, since in row["hubs"] if since is None or since <= instant}
        later: set[str] = set()
        for when, text in row["decisions"]:
            wish = Wish.read(text)
            for key, name, before, after in wish.identities:
                if name == "hub" and when > instant and key in hubs and key not in later:
                    later.add(key)
                    hubs[key] = before or ""
                elif name == "counts_as" and when <= instant:
                    counts_as.pop(key, None)
                    if after is not None:
                        counts_as[key] = after
            if when <= instant:
                for left, right, _, word in wish.links:
                    links.pop(pair(left, right), None)
                    if word is not None:
                        links[pair(left, right)] = word
        return Decisions(
            cut=frozenset(both for both, word in links.items() if word == "cut"),
            pinned=frozenset(both for both, word in links.items() if word == "pinned"),
            rekeyed=counts_as,
            quarantined=frozenset(key for key, state in hubs.items() if state == "quarantined"),
        )
