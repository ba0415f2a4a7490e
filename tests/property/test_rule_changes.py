"""Other rules over data: what a simulation says beforehand, what applying them gives, and the way back.

On generated histories with a person's decisions, against the oracle. The graph holds one history at a time.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, RuleBook, Simulations
from graphcdp.identity.reports.report import ReportRow
from graphcdp.ingest.pipeline import Pipeline
from tests.oracle import Answer, Decisions, Rules, Statement, judge, refusal_of
from tests.property.engine import SECRET
from tests.property.graph_system import GraphSystem, rule_set
from tests.property.profiles import share
from tests.property.strategies import START, History, number_of, rule_changes
from tests.property.system import Snapshot

pytestmark = pytest.mark.anyio

_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)
_CONTENT = """
MATCH (n) WHERE NOT n:Report AND NOT n:ReportRow
RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties,
       [(n)-[e]->(m) WHERE NOT m:ReportRow | [elementId(e), type(e), properties(e)]] AS edges ORDER BY id
"""


class World:
    """One history taken in under its rules, with a person's decisions."""

    def __init__(self, graph: Graph, history: History) -> None:
        clock = MovableClock(START + timedelta(days=9, hours=next(_number)))
        self.clock = clock
        self.graph = graph
        self.history = history
        self.book = RuleBook(graph, clock)
        self.pipeline = Pipeline(graph, clock, self.book, SECRET)
        self.simulations = Simulations(graph, clock, self.book, self.pipeline.profile_id)
        self.applying = Applying(graph, clock, self.book)
        self.system = GraphSystem.of(graph, self.pipeline.ingest, history, history.rules)
        decided = history.decisions
        self.decisions = Decisions(decided.cut, decided.pinned, decided.rekeyed)

    async def begin(self) -> Snapshot:
        """Take everything in and let the decisions hold."""
        rules = rule_set(self.history.rules)
        await self.book.adopt(rules, over_data=True)
        for batch in self.history.batches:
            await self.system.ingest(batch)
        await self.system.decide(self.decisions)
        return await self.system.snapshot()

    def stored(self) -> list[Statement]:
        """Return the facts that were taken in, as they were admitted then."""
        taken: dict[str, Statement] = {}
        for fact in self.history.facts:
            if refusal_of(self.history.rules, fact) is None:
                taken.setdefault(fact.id, fact)
        return list(taken.values())

    def answer(self, rules: Rules) -> Answer:
        """Return what the graph must hold under some rules."""
        return judge(rules, self.stored(), self.decisions)

    async def content(self) -> list[Any]:
        """Return everything but reports."""
        return await self.graph.read_text(_CONTENT)


def own(history: History) -> History:
    """Return the history under a prefix that was never used."""
    return history.moved_to(f"{_session}r{next(_number):05d}-")


def founders(answer: Answer, keys: frozenset[str]) -> dict[str, str]:
    """Return of every identity the one that names its profile; one that counts nowhere is its own."""
    found = {key: key for key in keys}
    for profile, founder in answer.founders.items():
        found.update(dict.fromkeys(profile, founder))
    return found


def groups(named: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the identities of each profile by the identity that names it."""
    return {founder: frozenset(key for key, by in named.items() if by == founder) for founder in set(named.values())}


def agree(snapshot: Snapshot, answer: Answer, rules: Rules) -> None:
    """Say where the graph and the oracle part."""
    keys = frozenset(snapshot.seen)
    now = {key: snapshot.founders[snapshot.holder_of(key)] for key in keys}
    assert groups(now) == groups(founders(answer, keys))
    lent = answer.lent
    for id, owner in answer.owners.items():
        held = snapshot.owners[id]
        if id in lent and rules.policy == "session" and held == lent[id]:
            assert now[held] == now[owner]
        else:
            assert held == owner, id
    for pair, link in answer.links.items():
        mine = snapshot.links[pair]
        assert (mine.state, mine.because, mine.by_event) == (link.state, link.because, link.by_event), pair


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[set[Any], set[Any]]:
    """Return the splits (founder before, founders after) and the merges (founders before, founder after)."""
    was, becomes = groups(before), groups(after)
    splits = {(one, frozenset(after[key] for key in keys)) for one, keys in was.items()}
    merges = {(frozenset(before[key] for key in keys), one) for one, keys in becomes.items()}
    return {one for one in splits if len(one[1]) > 1}, {one for one in merges if len(one[0]) > 1}


def told(rows: tuple[ReportRow, ...]) -> tuple[set[Any], set[Any]]:
    """Return the same of a report."""
    return (
        {(row.before[0].keys[0], frozenset(one.keys[0] for one in row.after)) for row in rows if row.kind == "split"},
        {(frozenset(one.keys[0] for one in row.before), row.after[0].keys[0]) for row in rows if row.kind == "merge"},
    )


@share(0.08)
@given(rule_changes())
async def test_a_simulation_says_what_applying_gives_and_changes_nothing(
    graph: Graph, clean: None, change: tuple[History, Rules]
) -> None:
    history, other = own(change[0]), change[1]
    world = World(graph, history)
    try:
        earlier = await world.begin()
        agree(earlier, world.answer(history.rules), history.rules)
        content = await world.content()

        report = await world.simulations.simulate(rule_set(other))
        assert await world.content() == content
        keys = frozenset(earlier.seen)
        before = {key: earlier.founders[earlier.holder_of(key)] for key in keys}
        answer = world.answer(other)
        after = founders(answer, keys)
        rows, _ = await world.simulations.rows(report.head.id)
        assert told(rows) == moves(before, after)
        assert (report.profiles_before, report.profiles_after) == (len(set(before.values())), len(set(after.values())))
        events = [fact.id for fact in world.stored() if number_of(fact.id) % 4 != 1]
        assert report.events_moved == sum(
            before[earlier.owners[id]] != after[answer.owners.get(id, earlier.owners[id])] for id in events
        )

        world.clock.advance(timedelta(minutes=1))
        await world.applying.apply(rule_set(other))
        assert await world.applying.undecided() == 0
        agree(await world.system.snapshot(), answer, other)
        assert (await world.simulations.simulate(rule_set(other))).splits == 0

        world.clock.advance(timedelta(minutes=1))
        await world.applying.rollback()
        back = await world.system.snapshot()
        agree(back, world.answer(history.rules), history.rules)
        assert (back.profiles, back.founders) == (earlier.profiles, earlier.founders)
        assert {pair: (link.state, link.because, link.by_event) for pair, link in back.links.items()} == {
            pair: (link.state, link.because, link.by_event) for pair, link in earlier.links.items()
        }
    finally:
        await world.system.forget()
