"""Questions about who is who: why one person, why not, and the picture of a person's identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base import InvalidInputError, SystemClock
from graphcdp.base.paging import Page
from graphcdp.graph import Graph
from graphcdp.identity.questions.chain import (
    Evidence,
    IdentityNotFoundError,
    LinkStep,
    ProfileNotFoundError,
    checked_count,
)
from graphcdp.identity.questions.history import History, concerns, entries_of
from graphcdp.identity.questions.hubs import Hub, HubState, read_hubs
from graphcdp.identity.questions.picture import GraphDevice, GraphIdentity, GraphLink, IdentityGraph
from graphcdp.identity.questions.region_trial import RegionTrial
from graphcdp.identity.questions.sentences import explained
from graphcdp.identity.questions.why_not import WhyNot
from graphcdp.identity.replay.evidence import Occurrence, Outcome, Seen
from graphcdp.identity.replay.region import Region, Regions, admitted
from graphcdp.identity.replay.replay import replay
from graphcdp.identity.rules.rule_set import RuleSet
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.model import IdentityKey

__all__ = [
    "Evidence",
    "Explainer",
    "Explanation",
    "GraphDevice",
    "GraphIdentity",
    "GraphLink",
    "IdentityGraph",
    "IdentityNotFoundError",
    "LinkStep",
    "ProfileNotFoundError",
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether two identities are one person, and by what evidence.

    Attributes:
        from_key, to_key: what was asked, `namespace|value`.
        profile_id: the person who holds both; None where they are two people.
        steps: the strongest chain of links between them, in order; empty where they are two people or one identity.
    """

    from_key: str
    to_key: str
    profile_id: str | None
    steps: tuple[LinkStep, ...]

    @property
    def weakest(self) -> LinkStep | None:
        """The chain's weakest link: fewest sightings, then oldest."""
        return next((step for step in self.steps if step.weakest), None)

    def sentence(self) -> str:
        """Say it in plain English."""
        return explained(self.from_key, self.to_key, self.profile_id, self.steps)


class _Played(NamedTuple):
    """A person's region, what a replay of it answers, and the row of `identity.history_notes`."""

    region: Region
    outcome: Outcome
    notes: Mapping[str, Any]


class Explainer:
    """Answers from the graph as it stands; identity keys are taken as they are: normalise them first."""

    def __init__(self, graph: Graph, rule_book: RuleBook | None = None) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            rule_book: the identity rules in force; None reads them from the graph.
        """
        self._graph = graph
        self._rule_book = rule_book or RuleBook(graph, SystemClock())
        self._regions = Regions(graph)

    async def explain(
        self, a: IdentityKey, b: IdentityKey, *, events: int = 3, oldest_first: bool = False
    ) -> Explanation:
        """Say why two identities are one person: the strongest chain of evidence between them.

        Strongest is the chain whose weakest link has the most sightings; then the one with the fewest steps, then the
        newest (whose oldest sighting is the latest).

        Args:
            a, b: the identities.
            events: how many events to show of each link, 100 at most.
            oldest_first: the oldest of them in order, instead of the newest, newest first.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: an identity without namespace or value, or too many events.
        """
        rows = await self._graph.read(
            "identity.explain", from_key=str(a), to_key=str(b), max_events=checked_count(events), oldest=oldest_first
        )
        owners = await self._owners([a, b])
        same = owners[str(a)] == owners[str(b)]
        return Explanation(
            str(a), str(b), owners[str(a)] if same else None, tuple(LinkStep.of(row) for row in rows) if same else ()
        )

    async def why_not(self, a: IdentityKey, b: IdentityKey) -> WhyNot:
        """Say why two identities are two people.

        The answer is the chain from one to the other over links of any state with the fewest lost links (then the one
        whose weakest lost link has the most sightings): which links of it are lost, why, by which event, and what
        stands against them.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: an identity without namespace or value.
        """
        rows = await self._graph.read("identity.why_not", from_key=str(a), to_key=str(b))
        owners = await self._owners([a, b])
        return WhyNot.of(str(a), str(b), owners[str(a)], owners[str(b)], rows)

    async def evidence(
        self,
        a: IdentityKey,
        b: IdentityKey,
        first: int = 20,
        *,
        oldest_first: bool = False,
        after: tuple[datetime, str] | None = None,
    ) -> tuple[Evidence, ...]:
        """List the events and records that showed two identities together, newest first.

        Args:
            a, b: the identities.
            first: at most so many.
            oldest_first: oldest first instead.
            after: time and id of the last one already seen.

        Returns:
            Empty where nothing showed the two together.

        Raises:
            IdentityNotFoundError: one of them was never seen.
        """
        rows = await self._graph.read(
            "identity.evidence",
            left_key=str(a),
            right_key=str(b),
            max_rows=first,
            oldest=oldest_first,
            after_ts=None if after is None else after[0],
            after_id=None if after is None else after[1],
        )
        if not rows:
            await self._owners([a, b])
        return tuple(Evidence.read(row) for row in rows)

    async def history(self, person: str | IdentityKey) -> History:
        """Tell what happened to a person's identities: every join, split, suppression, eviction and decision, in order.

        It is the replay of the person's region in event time under the rules and decisions that stand now; so it tells
        how today's answer came about. (What the system answered on an earlier day is another question: `asOf`.)

        Args:
            person: a profile's id, present or past, or any identity of the person.

        Raises:
            ProfileNotFoundError: the id was never given out.
            IdentityNotFoundError: the identity was never seen.
        """
        profile_id, keys = await self._whose(person)
        played = await self._play(await self._rule_book.in_force(), keys)
        own = frozenset(keys)
        told = [one for one in played.outcome.occurrences if concerns(one, own)]
        return History(profile_id, keys, entries_of(told, await self._named(told), played.notes))

    async def try_rules(self, person: str | IdentityKey, rules: RuleSet) -> RegionTrial:
        """Say what a rule set would make of everything that was ever linked to a person; nothing is changed.

        What people decided, and which identities are hubs, stands as it is.

        Args:
            person: a profile's id, present or past, or any identity of the person.
            rules: the rule set.

        Raises:
            ProfileNotFoundError: the id was never given out.
            IdentityNotFoundError: the identity was never seen.
        """
        played = await self._play(rules, (await self._whose(person))[1])
        told = played.outcome.occurrences
        return RegionTrial.of(
            rules, played.region.identities, played.outcome, entries_of(told, await self._named(told))
        )

    async def _whose(self, person: str | IdentityKey) -> tuple[str, tuple[str, ...]]:
        """Return the present id of a person, and the person's identities by key."""
        by_key = isinstance(person, IdentityKey)
        rows = await self._graph.read(
            "identity.person", **({"identity_key": str(person)} if by_key else {"profile_id": str(person)})
        )
        if not rows:
            if isinstance(person, IdentityKey):
                raise IdentityNotFoundError.of(person.namespace)
            raise ProfileNotFoundError(f"There is no profile {person}, and never was. Check the id.", id=person)
        return rows[0]["profile_id"], tuple(rows[0]["keys"])

    async def _play(self, rules: RuleSet, keys: tuple[str, ...]) -> _Played:
        """Replay the region of a person's identities."""
        region = await self._regions.around(keys)
        notes = (await self._graph.read("identity.history_notes", keys=list(region.keys), own=list(keys)))[0]
        alone = [Seen(ts, fact_id, (key,)) for fact_id, ts, key in notes["firsts"]]
        facts = admitted(rules, [*region.facts, *alone])
        return _Played(region, replay(rules, facts, region.decisions, occurrences=True), notes)

    async def _named(self, told: Sequence[Occurrence]) -> dict[str, Evidence]:
        """Return the facts that did something, by id."""
        ids = list(dict.fromkeys(one.fact_id for one in told if one.fact_id is not None))
        return {row["id"]: Evidence.read(row) for row in await self._graph.read("identity.facts_named", ids=ids)}

    async def hubs(
        self, first: int = 100, after: str | None = None, *, state: HubState = HubState.QUARANTINED
    ) -> Page[Hub]:
        """List identities that so many others were seen with that they say nothing about who is who, those first.

        Args:
            first: at most so many.
            after: cursor of the last one already seen.
            state: quarantined, or released by a person.

        Raises:
            InvalidInputError: the cursor is none of this list.
        """
        return await read_hubs(self._graph, first, after, state=state)

    async def graph_of(self, profile_id: str) -> IdentityGraph:
        """Return a person's identity graph by id, present or past.

        Raises:
            ProfileNotFoundError: the id was never given out.
        """
        rows = await self._graph.read("identity.graph_of", profile_id=profile_id)
        if not rows:
            raise ProfileNotFoundError(f"There is no profile {profile_id}, and never was. Check the id.", id=profile_id)
        return IdentityGraph.of(rows[0])

    async def graph_around(self, key: IdentityKey) -> IdentityGraph:
        """Return the identity graph of the person who holds an identity.

        Raises:
            IdentityNotFoundError: it was never seen.
        """
        return await self.graph_of((await self._owners([key]))[str(key)])

    async def _owners(self, keys: list[IdentityKey]) -> dict[str, str]:
        rows = await self._graph.read("identity.known", keys=[str(key) for key in keys])
        owners = {row["key"]: row["profile_id"] for row in rows}
        for key in keys:
            if not key.namespace or not key.value:
                raise InvalidInputError("An identity needs a namespace and a value. Give both.", field="identity")
            if str(key) not in owners:
                raise IdentityNotFoundError.of(key.namespace)
        return owners
