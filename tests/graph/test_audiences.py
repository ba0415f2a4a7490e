"""People whom a journey found become a segment: fixed or asked again, through merges and other rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from graphcdp.base import InvalidInputError
from graphcdp.cli.journey.pattern import browser_call
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import Author
from graphcdp.journeys import Calendar, FunnelRule, Journeys, Part, Pattern, Selection
from graphcdp.journeys.publish import (
    FunnelOutcome,
    LifecycleCell,
    PatternMatches,
    PeopleQuestion,
    Publishing,
    RetentionCell,
)
from graphcdp.segments.audiences import Audiences
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.segment import SegmentConflictError, SegmentNotFoundError
from graphcdp.segments.vocabulary.language import Language
from tests.graph.test_segments import World, buys, carts
from tests.make import NOON, fact, key

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
STOPPED = PeopleQuestion(FunnelOutcome(FunnelRule(("added to cart", "purchased"))))


class Found(World):
    """A world whose journeys are published."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        journeys = Journeys(graph, self.clock, Language(graph, self.clock, self.rules), self.rules)
        self.publishing = Publishing(journeys, Audiences(graph, self.clock, self.segments), self.clock)


@pytest.fixture
async def world(graph: Graph) -> AsyncIterator[Found]:
    world = Found(graph)
    await world.happens(carts("ana", -60), carts("ben", -60), buys("ben", -30), fact("user_id|cleo", minute=-60))
    yield world


async def test_who_stopped_at_a_step_is_a_segment_with_one_call(world: Found) -> None:
    segment = await world.publishing.publish("left_cart", STOPPED, name="Left the cart", author="me")
    assert (segment.rule, segment.state, segment.name, segment.members) == (
        "in audience left_cart", "active", "Left the cart", 1,
    )  # fmt: skip
    assert await world.who("left_cart") == ["ana"]
    (audience,) = await world.publishing.audiences.all()
    assert (audience.people, audience.live, audience.made_by) == (1, False, "me")
    assert PeopleQuestion.read(audience.question) == STOPPED
    await world.happens(buys("ana", 0))
    assert await world.who("left_cart") == ["ana"]  # it is fixed
    refreshed = await world.publishing.refresh("left_cart")
    assert refreshed.people == 0
    assert await world.who("left_cart") == []
    (stay,) = (await world.segments.of([row["id"] for row in await world.graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {value: 'ana'}) RETURN p.id AS id")])).values()  # fmt: skip
    assert stay[0].exited_because == "audience"


async def test_a_live_one_is_asked_again_after_a_while(world: Found) -> None:
    await world.publishing.publish("left_cart", STOPPED, live=True)
    await world.happens(carts("dan", 0))
    assert await world.publishing.tick() == 0
    assert await world.who("left_cart") == ["ana"]
    world.clock.set(NOON + timedelta(minutes=15))
    assert await world.publishing.tick() == 1
    assert await world.who("left_cart") == ["ana", "dan"]


async def test_a_pattern_is_a_segment_fixed_and_live_and_a_call_in_browser(world: Found, graph: Graph) -> None:
    said = "(added to cart)-->(purchased) within 1 day"
    question = PeopleQuestion(PatternMatches(said))
    await world.publishing.publish("bought_fixed", question)
    await world.publishing.publish("bought_live", question, live=True)
    assert (await world.who("bought_fixed"), await world.who("bought_live")) == (["ben"], ["ben"])
    world.clock.set(NOON + timedelta(minutes=15))
    await world.happens(buys("ana", 10))
    assert await world.publishing.tick() == 1
    assert (await world.who("bought_fixed"), await world.who("bought_live")) == (["ben"], ["ana", "ben"])
    await install_procedures(graph)
    call = browser_call(Pattern.parse(said), NOON)
    rows = await graph.read_text(f"{call} YIELD who, matches, types RETURN who, matches, types")
    assert [(row["matches"], row["types"]) for row in rows] == [(1, ["add_to_cart", "purchase"])] * 2
    call = browser_call(Pattern.parse(f"{said} in one session with gaps under 1 day"), NOON)
    assert [row["sessions"] for row in await graph.read_text(f"{call} YIELD sessions RETURN sessions")] == [1, 1]
    call = browser_call(Pattern.parse(f"{said} in one session with gaps under 1 second"), NOON)
    assert await graph.read_text(f"{call} YIELD sessions RETURN sessions") == []


async def test_other_rules_ask_for_it_and_stay_in_step(world: Found) -> None:
    await world.publishing.publish("left_cart", STOPPED)
    await world.live("remind", "in audience left_cart and not purchased")
    await world.live("nested", "in segment remind")
    assert (await world.who("remind"), await world.who("nested")) == (["ana"], ["ana"])
    await world.happens(carts("dan", 0), fact("anonymous_id|x", minute=0))
    await world.publishing.refresh("left_cart")
    assert (await world.who("remind"), await world.who("nested")) == (["ana", "dan"], ["ana", "dan"])
    await world.happens(buys("ana", -1))
    assert (await world.who("left_cart"), await world.who("nested")) == (["ana", "dan"], ["dan"])


async def test_people_stay_in_it_when_profiles_merge_and_part(world: Found) -> None:
    await world.happens(fact("anonymous_id|c", type="add_to_cart", minute=-50))
    await world.publishing.publish("left_cart", STOPPED)
    await world.happens(fact("anonymous_id|c", "user_id|eve", type="login", minute=0))
    assert await world.who("left_cart") == ["ana", "eve"]
    await world.undo.cut(key("anonymous_id|c"), key("user_id|eve"), Author("test"))
    assert await world.who("left_cart") == ["ana"]
    assert (await world.segments.get("left_cart")).members == 2


async def test_cells_of_other_analyses(world: Found) -> None:
    day = NOON.date()
    cohort = RetentionCell(day, 0, calendar=Calendar("day"))
    await world.publishing.publish("came", PeopleQuestion(cohort, Selection(people="purchased")))
    assert await world.who("came") == ["ben"]
    await world.publishing.publish("fresh", PeopleQuestion(LifecycleCell(day, "new", calendar=Calendar("day"))))
    assert await world.who("fresh") == ["ana", "ben", "cleo"]
    cookies = PeopleQuestion(LifecycleCell(day, "new", "purchased", Calendar("day")), Selection(container="cookie"))
    await world.publishing.publish("fresh", cookies)
    assert await world.who("fresh") == ["ben"]
    for cell, who in (
        ({"kind": "doers", "events": "added to cart", "field": "channel", "value": "web"}, ["ana", "ben"]),
        ({"kind": "credit", "label": "web", "model": "linear"}, ["ben"]),
        ({"kind": "self_service", "rule": {"self_service": "added to cart"}, "escalated": False}, ["ana", "ben"]),
        ({"kind": "retention", "cohort": f"{day}", "value": "web", "calendar": {"interval": "day"},
          "rule": {"starts": "purchased", "breakdown": "channel"}}, ["ben"]),
    ):  # fmt: skip
        question = PeopleQuestion.of(cell)
        assert PeopleQuestion.read(question.to_json()) == question
        await world.publishing.publish("found", question)
        assert await world.who("found") == who, cell
    part = PeopleQuestion.of({"kind": "doers"}, Selection(part=Part("type", "purchase")))
    assert PeopleQuestion.read(part.to_json()) == part
    await world.publishing.publish("found", part)
    assert await world.who("found") == ["ben"]


async def test_what_is_refused_changes_nothing(world: Found) -> None:
    await world.live("buyers", "purchased")
    with pytest.raises(SegmentConflictError, match="rule of its own"):
        await world.publishing.publish("buyers", STOPPED)
    with pytest.raises(RuleError, match="cannot be a segment's id"):
        await world.publishing.publish("No good", STOPPED)
    with pytest.raises(InvalidInputError, match="step"):
        await world.publishing.publish("x", PeopleQuestion(FunnelOutcome(FunnelRule(("purchased",)), step=2)))
    with pytest.raises(InvalidInputError, match="question cannot be read"):
        PeopleQuestion.of({"kind": "lifecycle", "period": "2026-03-01", "state": "asleep"})
    with pytest.raises(RuleError, match="audience"):
        await world.segments.define("y", "in audience nobody")
    with pytest.raises(SegmentNotFoundError):
        await world.publishing.refresh("x")
    assert await world.publishing.audiences.all() == ()
    assert [one.id for one in await world.segments.all()] == ["buyers"]
