"""Funnels worked by hand: windows, tries, ties, exclusions, what is held constant, reasons, breakdowns, cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import Exclusion, FunnelRule, Journeys, Selection
from graphcdp.model import Fact
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

RULE = FunnelRule(("did vv", "did cc", "did pp"), window_seconds=10)
KINDS = {"V": "vv", "C": "cc", "P": "pp", "X": "xx"}


class World:
    """People whose events are written like `V0 C4 P11`."""

    def __init__(self, graph: Graph) -> None:
        clock = MovableClock(at(10_000))
        rules = RuleBook(graph, clock)
        self.pipeline = Pipeline(graph, clock, rules, b"k" * 32)
        self.journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)

    async def story(self, who: str, told: str, **properties: str) -> None:
        facts: list[Fact] = [
            fact(f"user_id|{who}", id=f"{who}{n}{event}", minute=int(event[1:]) / 60, type=KINDS[event[0]],
                 properties=properties)
            for n, event in enumerate(told.split())
        ]  # fmt: skip
        await self.pipeline.ingest(facts)

    async def counts(self, rule: FunnelRule = RULE, selection: Selection | None = None) -> list[int]:
        funnel = await self.journeys.funnel(rule, selection or Selection())
        return [one.people for one in funnel.steps]


@pytest.fixture
async def world(graph: Graph) -> AsyncIterator[World]:
    yield World(graph)


async def test_nobody_is_no_error(world: World) -> None:
    funnel = await world.journeys.funnel(RULE)
    assert [(one.people, one.from_first, one.next_quantiles) for one in funnel.steps] == [(0, None, ())] * 3
    assert funnel.conversion is None
    assert list(funnel.frame().index.names) == ["step", "name"]


async def test_the_window_and_a_later_try(world: World) -> None:
    await world.story("late", "V0 C4 P11")
    await world.story("again", "V0 C4 V5 C8 P11")
    await world.story("edge", "V0 C4 P10")
    assert await world.counts() == [3, 3, 2]
    assert await world.counts(replace(RULE, window_anchor="previous_step")) == [3, 3, 3]
    assert await world.counts(replace(RULE, entry="first")) == [3, 3, 1]
    funnel = await world.journeys.funnel(RULE)
    assert funnel.steps[1].reasons == {"window_expired": 1}
    # from view to cart: 4, 3 (the newest try) and 4 seconds
    assert funnel.steps[0].next_median_seconds == 4
    assert funnel.steps[0].next_mean_seconds == pytest.approx(11 / 3)
    # from cart to purchase: 3 and 6; the median of two is the middle
    assert funnel.steps[1].next_median_seconds == 4.5
    assert (funnel.steps[1].lowest_seconds, funnel.steps[1].bin_seconds, funnel.steps[1].bins) == (3, 2, (1, 1))
    page = await world.journeys.funnel_people(RULE, outcome="stopped", step=2)
    assert [(one.event_ids, one.reason) for one, _ in page.items] == [(("late0V0", "late1C4"), "window_expired")]


async def test_orders(world: World) -> None:
    await world.story("straight", "V0 C1 P2")
    await world.story("between", "V0 X1 C2 P3")
    await world.story("mixed", "P0 V1 C2")
    assert await world.counts() == [3, 3, 2]
    assert await world.counts(replace(RULE, order="strict")) == [3, 2, 1]
    assert (await world.journeys.funnel(replace(RULE, order="strict"))).steps[0].reasons == {"not_next": 1}
    assert await world.counts(replace(RULE, order="any")) == [3, 3, 3]


async def test_one_instant(world: World) -> None:
    await world.story("tie", "C0 V0 P1")
    assert await world.counts() == [1, 1, 1]
    strict = replace(RULE, tie="strict_increase")
    assert await world.counts(strict) == [1, 0, 0]
    assert (await world.journeys.funnel(strict)).steps[0].reasons == {"tie_refused": 1}


async def test_exclusions(world: World) -> None:
    await world.story("once", "V0 X1 C2 P3")
    await world.story("again", "V0 X1 V2 C3 P4")
    await world.story("after", "V0 C1 X2 P3")
    without = replace(RULE, exclusions=(Exclusion("did xx", 1, 2),))
    assert await world.counts(without) == [3, 2, 2]
    assert (await world.journeys.funnel(without)).steps[0].reasons == {"excluded_by": 1}
    assert await world.counts(replace(RULE, exclusions=(Exclusion("did xx", 1, 3),))) == [3, 2, 1]
    dropped = replace(without, exclusion_policy="drop_person")
    # the try that counts of `again` is the newest, which has no X inside
    assert await world.counts(dropped) == [2, 2, 2]
    assert (await world.journeys.funnel(dropped)).excluded == {None: 1}
    page = await world.journeys.funnel_people(dropped, outcome="excluded")
    assert [(one.reached, one.reason) for one, _ in page.items] == [(0, "excluded_by")]


async def test_an_exclusion_at_the_instant_of_a_step_is_not_between(world: World) -> None:
    await world.story("end", "V0 X2 C2 P3")
    await world.story("start", "V0 X0 C2 P3")
    await world.story("inside", "V0 X1 X2 C2 P3")
    for tie in ("step_order", "strict_increase"):
        rule = replace(RULE, tie=tie, exclusions=(Exclusion("did xx", 1, 2),))
        assert await world.counts(rule) == [3, 2, 2]
        page = await world.journeys.funnel_people(rule, outcome="stopped", step=1)
        assert [one.event_ids for one, _ in page.items] == [("inside0V0",)]


async def test_held_constant_and_apart(world: World) -> None:
    await world.story("same", "V0 C1 P2", product="a")
    await world.story("other", "V0 C1", product="a")
    await world.story("other", "P2", product="b")
    await world.pipeline.ingest([record("user_id|same", tier="gold")])
    assert await world.counts() == [2, 2, 2]
    held = replace(RULE, hold_constant="product")
    assert await world.counts(held) == [2, 2, 1]
    apart = await world.journeys.funnel(replace(held, breakdown="profile.tier"))
    frame = apart.frame()
    assert frame.loc[("gold", 3, "did pp"), "people"] == 1
    assert [(one.value, one.people) for one in apart.steps if one.step == 2] == [("gold", 1), (None, 1)]


async def test_a_person_on_two_cookies(world: World) -> None:
    await world.pipeline.ingest(
        [
            fact("anonymous_id|a", type="vv", minute=0),
            fact("anonymous_id|a", "user_id|ana", type="login", minute=0.01),
            fact("anonymous_id|b", "user_id|ana", type="login", minute=0.02),
            fact("anonymous_id|b", type="cc", minute=0.05),
        ]
    )
    assert await world.counts() == [1, 1, 0]
    assert await world.counts(selection=Selection(container="cookie")) == [1, 0, 0]
    cookies = await world.journeys.funnel(RULE, Selection(container="cookie"))
    assert cookies.steps[0].reasons == {"identity_split": 1}
    late = await world.journeys.funnel(replace(RULE, window_seconds=2), Selection(container="cookie"))
    assert late.steps[0].reasons == {"no_later_event": 1}
    paths = await world.journeys.drop_off_paths(RULE, Selection(container="cookie"), step=1)
    assert [(one.path, one.people) for one in paths] == [((), 1)]
    paths = await world.journeys.drop_off_paths(replace(RULE, steps=("did vv", "did pp")), step=1, length=2)
    assert [(one.path, one.people) for one in paths] == [(("login", "login"), 1)]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (replace(RULE, steps=()), "has 0 steps"),
        (replace(RULE, window_seconds=0), "`window_seconds` is 0"),
        (replace(RULE, exclusions=(Exclusion("did xx", 2, 2),)), "between step 2 and step 2"),
        (replace(RULE, order="any", exclusions=(Exclusion("did xx", 1, 2),)), "for ordered funnels"),
        (replace(RULE, order="any", steps=("did vv", "did vv")), "A step stands twice"),
        (replace(RULE, steps=("purchased where profile.age > 3",)), "goes into `people`"),
    ],
)
async def test_refusals_are_sentences(world: World, rule: FunnelRule, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        await world.journeys.funnel(rule)


async def test_a_step_with_a_condition_and_someone_who_never_ends(world: World, graph: Graph) -> None:
    """Each of 10,000 events begins a try or takes it on: what is remembered of them does not grow with their number."""
    text = """
        CREATE (:Profile {id: 'busy'})-[:HAS_IDENTITY]->(identity:Identity {key: 'user_id|busy'})
        WITH identity
        UNWIND range(0, 9999) AS number
        CREATE (identity)-[:PERFORMED]->(:Event {id: 'b' + number, type: CASE number % 2 WHEN 0 THEN 'vv' ELSE 'cc' END,
          ts: $began + duration({seconds: number}), revenue: number})
    """
    await graph.transact(lambda tx: tx.run_text(text, {"began": at(0)}))
    assert await world.counts() == [1, 1, 0]
    for where, reached in (("revenue > 9998", [1, 1, 0]), ("revenue > 9999", [1, 0, 0])):
        assert await world.counts(replace(RULE, steps=("did vv", f"did cc where {where}", "did pp"))) == reached
