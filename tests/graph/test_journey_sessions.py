"""Sessions: where one ends, whose they are, how they are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import Journeys, Selection, SessionRule
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


@pytest.fixture
async def journeys(graph: Graph) -> AsyncIterator[Journeys]:
    """Ana on two browsers (one joined by a login), Ben once."""
    clock = MovableClock(at(10_000))
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    await pipeline.ingest(
        [
            fact("anonymous_id|b1", minute=0, properties={"page": "/home", "campaign": "spring"}),
            fact("anonymous_id|b1", "user_id|ana", minute=10, type="login"),
            fact("anonymous_id|b1", minute=40, type="add_to_cart", channel="mobile"),  # exactly the gap later
            fact("anonymous_id|b2", "user_id|ana", minute=60, type="purchase", channel="mobile"),
            fact("user_id|ben", minute=60, type="purchase", channel="store", properties={"revenue": 12.5}),
        ]
    )
    yield Journeys(graph, clock, Language(graph, clock, rules), rules)


async def test_a_silence_of_the_gap_ends_a_session(journeys: Journeys) -> None:
    found = await journeys.sessions()
    (group,) = found.groups
    assert (group.sessions, group.people, group.bounces, group.events) == (3, 2, 1, 5)
    assert group.mean_seconds == pytest.approx((600 + 1_200 + 0) / 3)
    assert group.median_seconds == 600
    assert found.rules["gap_seconds"] == 1_800
    (longer,) = (await journeys.sessions(rule=SessionRule(gap_is_longer=True))).groups
    assert (longer.sessions, longer.events) == (2, 5)
    (short,) = (await journeys.sessions(rule=SessionRule(max_seconds=600))).groups
    assert short.sessions == 5


async def test_by_what_they_are_counted(journeys: Journeys) -> None:
    frame = (await journeys.sessions(by="entry_type")).frame()
    assert frame.index.name == "entry_type"
    assert frame["sessions"].to_dict() == {"add_to_cart": 1, "page_view": 1, "purchase": 1}
    assert frame.loc["purchase", "bounce_rate"] == 1.0


async def test_on_one_cookie_nobody_is_recognised(journeys: Journeys) -> None:
    page = await journeys.list_sessions(Selection(container="cookie"), first=3)
    assert [(one.who, one.number, one.entry_type, one.exit_type) for one, _ in page.items] == [
        ("anonymous_id|b1", 1, "page_view", "page_view"),
        ("anonymous_id|b1", 2, "add_to_cart", "add_to_cart"),
        ("user_id|ana", 1, "login", "login"),
    ]
    assert page.more
    rest = await journeys.list_sessions(Selection(container="cookie"), first=3, after=page.items[-1][1])
    assert [(one.who, one.number) for one, _ in rest.items] == [("user_id|ana", 2), ("user_id|ben", 1)]
    assert not rest.more


async def test_whose_and_which(journeys: Journeys) -> None:
    async def many(**selected: str) -> list[int]:
        return [one.events for one in (await journeys.sessions(Selection(**selected))).groups]  # type: ignore[arg-type]

    assert await many(people="purchased where revenue > 10") == [1]
    assert await many(within="channel = 'mobile'") == [2]
    assert await many(within="not channel = 'mobile'") == [3]
    assert await many(within="purchased where revenue != 3") == [1]
    assert await many(within="not (revenue > 12 or page = '/home') and ts >= 2026-03-01T12:30:00Z") == [2]
    assert await many(people="purchased where revenue > 1000000") == []
    with pytest.raises(RuleError, match="There is no segment `nobody`."):
        await many(segment="nobody")
    assert (await journeys.sessions(Selection(start=at(0), end=at(40)))).groups[0].events == 2
    (changed,) = (await journeys.sessions(rule=SessionRule(changes="channel", gap_seconds=3_600))).groups
    assert changed.sessions == 3
    with pytest.raises(InvalidInputError, match="ends before it begins"):
        await journeys.sessions(Selection(start=at(1), end=at(0)))


async def test_browser_can_call_it(journeys: Journeys, graph: Graph) -> None:
    await install_procedures(graph)
    (row,) = await graph.read_text("CALL custom.graphcdp.journey.sessions() YIELD sessions, people RETURN *")
    assert (row["sessions"], row["people"]) == (3, 2)
