"""Funnels of random histories in Neo4j are those that an oracle finds by trying out every chain of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import Exclusion, FunnelRule, Journeys, Selection
from graphcdp.journeys.usual import sooner
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact
from tests.oracle.funnel import Done, Outcome, Rule, outcome

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

TYPES = ("aa", "bb", "cc", "dd")
PEOPLE = 12
kinds = st.sampled_from(TYPES)
steps = st.lists(
    st.one_of(kinds.map(lambda one: frozenset({one})), st.sets(kinds, min_size=2, max_size=2).map(frozenset)),
    min_size=1,
    max_size=4,
).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A funnel over few types, with windows of the size of the histories."""
    order = draw(st.sampled_from(["ordered", "ordered", "strict", "any"]))
    chosen = draw(steps if order != "any" else st.permutations([frozenset({one}) for one in TYPES]).map(tuple))
    if order == "any":
        chosen = chosen[: draw(st.integers(1, 4))]
    exclusions = []
    if order == "ordered" and len(chosen) > 1:
        for _ in range(draw(st.integers(0, 2))):
            low = draw(st.integers(1, len(chosen) - 1))
            exclusions.append((frozenset({draw(kinds)}), low, draw(st.integers(low + 1, len(chosen)))))
    return Rule(
        steps=chosen,
        order=order,
        window=draw(st.sampled_from([1, 2, 4, 100])),
        anchor=draw(st.sampled_from(["first_step", "previous_step"])) if order != "any" else "first_step",
        entry=draw(st.sampled_from(["any", "any", "first"])),
        tie=draw(st.sampled_from(["step_order", "strict_increase"])) if order != "any" else "step_order",
        exclusions=tuple(exclusions),
        policy=draw(st.sampled_from(["stop_at_step", "drop_person"])),
        hold=draw(st.sampled_from([None, None, "p"])),
    )


def histories(chance: Random) -> list[list[tuple[int, str, str | None]]]:
    """Short histories with many events at one instant. By a seed, as so many draws would be too many for hypothesis."""
    return [
        [
            (chance.randint(0, 6), chance.choice(TYPES), chance.choice((None, "x", "y")))
            for _ in range(chance.randint(0, 8))
        ]
        for _ in range(PEOPLE)
    ]


def asked(rule: Rule) -> FunnelRule:
    """The same funnel in graphcdp's words."""

    def said(types: frozenset[str]) -> str:
        return f"did ({' or '.join(sorted(types))})"

    return FunnelRule(
        steps=tuple(map(said, rule.steps)),
        order=rule.order,  # type: ignore[arg-type]
        window_seconds=rule.window,
        window_anchor=rule.anchor,  # type: ignore[arg-type]
        entry=rule.entry,  # type: ignore[arg-type]
        tie=rule.tie,  # type: ignore[arg-type]
        exclusions=tuple(Exclusion(said(types), low, high) for types, low, high in rule.exclusions),
        exclusion_policy=rule.policy,  # type: ignore[arg-type]
        hold_constant=rule.hold,
    )


class World:
    """Histories of people in the graph, each on two identities of theirs, and what the oracle sees."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        clock = MovableClock(at(10_000))
        rules = RuleBook(graph, clock)
        self.pipeline = Pipeline(graph, clock, rules, b"k" * 32)
        self.journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)

    async def fill(self, chance: Random) -> dict[str, list[Done]]:
        while (await self.graph.write("graph.empty"))[0]["deleted"]:
            pass
        facts, done = [], {}
        for number, story in enumerate(histories(chance)):
            who = f"p{number}"
            facts.append(fact(f"user_id|{who}", f"anonymous_id|{who}", id=f"{who}:in", minute=-1, type="login"))
            done[who] = [Done(f"{who}:in", -60, "login")]
            for n, (second, type, value) in enumerate(story):
                properties = {} if value is None else {"p": value}
                id, namespace = f"{who}:{(n * 5) % 8}", "user_id" if n % 2 else "anonymous_id"
                facts.append(fact(f"{namespace}|{who}", id=id, minute=second / 60, type=type, properties=properties))
                done[who].append(Done(id, second, type, properties))
        chance.shuffle(facts)
        await self.pipeline.ingest(facts)
        return done

    async def found(self, rule: FunnelRule) -> dict[str, Outcome]:
        """What Neo4j says of everyone who reached a step or was taken out."""
        people: dict[str, Outcome] = {}
        for wanted in ("reached", "excluded"):
            after = None
            while True:
                page = await self.journeys.funnel_people(rule, outcome=wanted, first=5, after=after)  # type: ignore[arg-type]
                for one, after in page.items:  # noqa: B007
                    times = tuple(round((ts - at(0)).total_seconds()) for ts in one.times)
                    level = len(one.event_ids)
                    people[one.event_ids[0].split(":")[0]] = Outcome(level, one.event_ids, times, wanted == "excluded")
                if not page.more:
                    break
        return people


@pytest.fixture
async def world(graph: Graph) -> World:
    return World(graph)


@given(st.integers(0, 2**32), st.lists(rules(), min_size=4, max_size=4))
@settings(
    max_examples=16,  # each of some eight seconds
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_neo4j_finds_what_every_chain_says(world: World, seed: int, drawn: list[Rule]) -> None:
    done = await world.fill(Random(seed))
    for rule in drawn:
        wanted = {who: outcome(rule, events) for who, events in done.items()}
        wanted = {who: one for who, one in wanted.items() if one.level}
        ask = asked(rule)
        assert await world.found(ask) == wanted, rule
        funnel = await world.journeys.funnel(ask)
        levels = [0 if one.dropped else one.level for one in wanted.values()]
        assert [one.people for one in funnel.steps] == [
            sum(level >= step for level in levels) for step in range(1, len(rule.steps) + 1)
        ]
        assert sum(funnel.excluded.values()) == sum(one.dropped for one in wanted.values())
        for step in funnel.steps:
            gaps = sorted(
                one.times[step.step] - one.times[step.step - 1]
                for one in wanted.values()
                if not one.dropped and one.level > step.step
            )
            assert (step.next_mean_seconds or 0) == pytest.approx(sum(gaps) / len(gaps) if gaps else 0)
            assert sum(step.bins) == len(gaps)
            assert step.stopped == sum(step.reasons.values()) or step.step == len(rule.steps)
        if rule.order == "ordered" and not rule.exclusions and rule.anchor == "first_step":
            strict = await world.journeys.funnel(replace(ask, order="strict"))
            assert all(a.people <= b.people for a, b in zip(strict.steps, funnel.steps, strict=True))
    await sessions_are_tried_for_themselves(world, drawn[-1], done, gap=Random(seed).randint(1, 3))
    await both_statements_agree(world, asked(drawn[0]), Random(seed))


def cut(events: list[Done], gap: int) -> list[list[Done]]:
    """The sessions of someone: a silence of `gap` seconds or more ends one."""
    sessions: list[list[Done]] = []
    for one in sorted(events, key=lambda each: each.ts):
        if not sessions or one.ts - sessions[-1][-1].ts >= gap:
            sessions.append([])
        sessions[-1].append(one)
    return sessions


async def sessions_are_tried_for_themselves(world: World, rule: Rule, done: dict[str, list[Done]], gap: int) -> None:
    """Each session is an own history to the oracle; people are those who have one that gets so far."""
    levels = {
        who: [0 if one.dropped else one.level for each in cut(events, gap) for one in [outcome(rule, each)]]
        for who, events in done.items()
    }
    ask = replace(asked(rule), session_gap_seconds=gap)
    funnel = await world.journeys.funnel(ask)
    for step in funnel.steps:
        assert step.sessions == sum(level >= step.step for each in levels.values() for level in each), (rule, gap)
        assert step.people == sum(any(level >= step.step for level in each) for each in levels.values())
        assert step.stopped == sum(level == step.step for each in levels.values() for level in each)
    page = await world.journeys.funnel_people(ask, first=PEOPLE + 1)
    found = {one.event_ids[0].split(":")[0]: one.reached for one, _ in page.items}
    assert found == {who: max(each) for who, each in levels.items() if max(each)}


async def both_statements_agree(world: World, ask: FunnelRule, chance: Random) -> None:
    """What the long statement answers, the short one for usual questions answers, too."""
    steps = tuple(f"{step} where p = 'x'" if chance.random() < 0.3 else step for step in ask.steps)
    usual = FunnelRule(steps, window_seconds=ask.window_seconds)
    start = None if chance.random() < 0.5 else at(chance.randint(0, 3) / 60)
    chosen = await world.journeys.chosen(Selection(start=start, end=start and start + timedelta(seconds=3)), alone=None)
    inputs = {**usual.inputs(chosen.now), **chosen.inputs}
    statement, given = sooner("journey.funnel", inputs)
    types = [kind for step in inputs["steps"] for kind in step["types"]]
    assert statement == ("journey.funnel_usual" if len(types) == len(set(types)) else "journey.funnel")
    assert await world.graph.read_rows(statement, **given) == await world.graph.read_rows("journey.funnel", **inputs)
