"""The columnar engine says what Neo4j says: of random events, whatever was written, moved and taken away meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphcdp.base import CDPError, MovableClock
from graphcdp.governance import Retentions
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.journeys import AttributionRule, Calendar, FlowRule, RetentionRule, Selection
from graphcdp.journeys.attribution import MODELS, gather, sum_up, summed_of
from graphcdp.journeys.columnar import Engines, Shorter
from graphcdp.journeys.credit import TRANSFORMS
from graphcdp.journeys.retention import CLOCKS, COHORTS, MEASURES
from graphcdp.journeys.retention import _inputs as retention_inputs
from graphcdp.journeys.usual import sooner
from graphcdp.model import Fact
from graphcdp.platform import Platform
from tests.make import NOON, at, fact, key
from tests.oracle.funnel import Rule
from tests.property.test_funnel import TYPES, asked, rules

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

ME = Author("cli:test", "a test")
WITHIN = (
    None, None, "channel = 'web'", "channel = 'web' and own = 'x'", "revenue = 1 and channel = 'web'",
    "channel != 'web'", "revenue > 2", "revenue <= 2 or own >= 2", "own = 'x'",
    "own != 'x'", "own in ('x', 'y')", "not own in ('x', 2)",
    "own is known and not category is known", "own = true or quantity < 2",
    "category contains 'a' or category starts with 'b'", "not (own = 1 and channel = 'web')", "own = 1.5 or own > 'w'",
)  # fmt: skip


def event(chance: Random, who: str, number: int) -> Fact:
    """Return an event of somebody: on one of two devices, sometimes logged in, often at an instant of others."""
    carried = [f"anonymous_id|{who}-{chance.randint(0, 1)}"]
    if chance.random() < 0.3:
        carried.append(f"user_id|{who}")
    said: dict[str, Any] = {
        "p": chance.choice((None, "x", "y")),
        "own": chance.choice((None, "x", "y", 1, 2, 1.5, True)),
    }
    said |= {"revenue": chance.choice((None, 1.0, 2.5, 1e7, 0.0004)), "quantity": chance.choice((None, 1, 2))}
    said |= {"category": chance.choice((None, "ab", "b"))}
    return fact(
        *carried,
        id=f"{who}:{number}",
        minute=chance.choice((chance.randint(0, 6) / 60, chance.randint(0, 400))),
        type=chance.choice(TYPES),
        channel=chance.choice(("web", "store", None)),
        dataset=chance.choice(("kept", "kept", "short")),
        properties={name: value for name, value in said.items() if value is not None},
    )


@dataclass
class World:
    """A graph that changes, and a projection that follows it."""

    platform: Platform = field(repr=False)
    engines: Engines
    chance: Random
    batches: int = 0

    def __post_init__(self) -> None:
        self.retentions = Retentions(
            self.platform.graph, MovableClock(NOON + timedelta(minutes=300, days=1)), self.platform.rules,
            self.platform.pipeline,
        )  # fmt: skip

    async def write(self) -> None:
        """Take a batch of events in, and change who is who in some way, or take something away."""
        self.batches += 1
        chance = self.chance
        people = [f"w{chance.randint(0, 12)}" for _ in range(4)]
        facts = [event(chance, who, self.batches * 100 + n) for n, who in enumerate(people * chance.randint(1, 5))]
        await self.platform.pipeline.ingest(facts)
        await self.regroup(people)

    async def regroup(self, people: list[str]) -> None:
        undo, one, other = self.platform.undo, key(f"user_id|{people[0]}"), key(f"anonymous_id|{people[0]}-0")
        try:
            match self.chance.choice(("nothing", "cut", "merge", "restore", "erase", "retention", "share")):
                case "cut":
                    await undo.cut(one, other, ME)
                case "restore":
                    await undo.restore(one, other, ME)
                case "merge":
                    await undo.merge(one, key(f"user_id|{people[1]}"), ME)
                case "erase":
                    await self.platform.erasures.erase(key(f"user_id|{people[2]}"), ME)
                case "retention":
                    await self.retentions.put("test.short", 1, ME)
                    await self.retentions.run()
                case "share":
                    shared = fact(
                        f"user_id|{people[1]}", str(other), id=f"share:{self.batches}", minute=450, type="login"
                    )
                    await self.platform.pipeline.ingest([shared])
        except CDPError as error:  # nobody of them was seen yet, or nothing links them
            assert error.code in ("identity_not_found", "not_found", "conflict", "invalid_input"), error

    async def same(self, name: str, inputs: dict[str, Any], selection: Selection) -> None:
        """Ask both engines."""
        chosen = await self.platform.journeys.chosen(selection, alone=None)
        given = {**inputs, **chosen.inputs}
        slow = await self.engines.answer(name, given, "cypher")
        fast = await self.engines.answer(name, given, "columnar")
        assert fast.told["engine"] == "columnar"
        if name == "journey.touches":  # in no order
            slow.rows.sort(), fast.rows.sort()
        assert fast.rows == _near(slow.rows), f"{name} {given}"
        if sooner(name, given)[0] != name:  # Neo4j answered by a short statement: the long one says the same
            rows = await self.platform.graph.read_rows(name, **given)
            assert (sorted(rows) if name == "journey.touches" else rows) == _near(slow.rows), f"{name} {given}"

    async def same_retention(self, rule: RetentionRule, calendar: Calendar, selection: Selection) -> None:
        """Ask both engines who came back."""
        if rule.clock == "elapsed" and calendar.interval == "month":
            return
        chosen = await self.platform.journeys.chosen(selection, alone=None)
        inputs = retention_inputs(rule, calendar, chosen)
        brackets = [list(one) for one in rule.brackets]
        inputs |= {"measure": rule.measure, "periods": rule.periods, "brackets": brackets}
        await self.same("journey.retention", {**inputs, "gap_seconds": rule.gap_seconds}, selection)

    async def same_credit(self, rule: AttributionRule, selection: Selection) -> None:
        """Share conversions by every model: over arrays, and path by path of what Neo4j says."""
        chosen = await self.platform.journeys.chosen(selection, alone=None)
        given = {**rule.inputs(self.platform.clock.now()), **chosen.inputs}
        shared = Shorter("journey.credits", {**asdict(rule), "models": MODELS, "most_labels": 1_000})
        fast = summed_of((await self.engines.answer("journey.touches", given, "columnar", shorter=shared)).rows)
        slow = sum_up(gather((await self.engines.answer("journey.touches", given, "cypher")).rows, rule), rule, MODELS)
        assert (fast.conversions, fast.touched, fast.reached) == (slow.conversions, slow.touched, slow.reached)
        assert fast.stayed == slow.stayed
        assert fast.value == _near(float(slow.value))
        for model in MODELS:
            assert _owed(fast.owed.get(model, {})) == _owed(slow.owed[model]), f"{model} {rule} {selection}"


def _owed(owed: dict[str, tuple[float, float]]) -> dict[str, list[Any]]:
    return {label: [_near(float(one)) for one in each] for label, each in owed.items() if max(each) > 1e-9}


def _near(value: Any) -> Any:
    """Return rows so that figures are alike that differ by rounding only."""
    if isinstance(value, list):
        return [_near(each) for each in value]
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


selections = st.builds(
    lambda start, length, container, within: Selection(
        start=None if start is None else at(start), end=None if start is None else at(start + length),
        container=container, within=within,
    ),
    st.sampled_from([None, None, 0, 0.05, 100]), st.sampled_from([0.1, 300]), st.sampled_from(["person", "cookie"]),
    st.sampled_from(WITHIN),
)  # fmt: skip


@pytest.fixture
async def world(platform: Platform, graph: Graph, tmp_path: Path) -> AsyncIterator[World]:
    await platform.rules.in_force()
    await graph.write(
        "ingest.source_register", source="test", title="Test", channel="web", dataset="short", definition="", trust=50
    )
    engines = Engines(graph, platform.clock, tmp_path / "journeys.duckdb")
    yield World(platform, engines, Random(0))
    await engines.close()


funnels = st.tuples(rules(), st.sampled_from([None, None, "p_own", "revenue", "quantity"]))
flows = st.builds(
    FlowRule,
    anchor=st.sampled_from([None, "did aa", "did (aa or cc)", "did (bb or cc) where channel = 'web'"]),
    anchor_at=st.sampled_from(["first", "last"]),
    before=st.integers(0, 2), after=st.integers(1, 4),
    item=st.sampled_from(["type", "type", "channel", "own", "revenue"]),
    collapse=st.booleans(), session_gap_seconds=st.sampled_from([None, None, 1, 3, 600]),
)  # fmt: skip


@given(st.integers(0, 2**32), funnels, flows, st.lists(selections, min_size=2, max_size=2))
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_projection_says_what_neo4j_says(
    world: World, seed: int, funnel: tuple[Rule, str | None], flow: FlowRule, asked_of: list[Selection]
) -> None:
    chance = world.chance
    chance.seed(seed)
    await world.write()
    now = world.platform.clock.now()
    inputs = {**asked(funnel[0]).inputs(now), "breakdown": funnel[1]}
    await world.same("journey.funnel", inputs, asked_of[0])
    inputs = {**flow.inputs(now), "most": chance.choice((3, 100))}
    await world.same("journey.paths", inputs, asked_of[1])
    share = {"top_n": chance.randint(1, 3), "min_share": chance.choice((0.0, 0.2))}
    await world.same("journey.flow", {**flow.inputs(now), **share}, asked_of[1])
    told = {name: inputs[name] for name in ("item", "collapse", "session_gap_seconds", "most")}
    await world.same("journey.transitions", told, asked_of[1])
    credit = AttributionRule(
        conversions=chance.choice(("did aa", "did (aa or bb) where revenue is known")),
        touches=chance.choice((None, None, "any event", "did (bb or cc)")),
        dimension=chance.choice(("channel", "own", "revenue", "type")), value=chance.choice((None, "revenue", "own")),
        lookback_seconds=chance.choice((2, 10_000)), transform=chance.choice(TRANSFORMS),
        session_gap_seconds=chance.choice((None, None, 1, 2, 60)),
    )  # fmt: skip
    await world.same("journey.touches", credit.inputs(now), asked_of[0])
    await world.same_credit(credit, asked_of[0])
    rule = RetentionRule(
        chance.choice(("did aa", "any event", "did (aa or bb) where channel = 'web'")),
        chance.choice(("did bb", "any event")), chance.choice(MEASURES), chance.randint(1, 4), ((0, 0), (1, 3)),
        chance.choice(CLOCKS), chance.choice(COHORTS),
        chance.choice((None, "own", "revenue", "channel")), chance.choice((60, 1_800)),
    )  # fmt: skip
    for interval in ("day", "week", "month"):
        calendar = Calendar(interval, chance.choice(("UTC", "Asia/Kolkata", "Pacific/Apia")), chance.randint(1, 7))
        await world.same_retention(rule, calendar, asked_of[1])
