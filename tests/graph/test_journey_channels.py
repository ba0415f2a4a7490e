"""Channels, popularity and tools: small histories worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import ChannelRule, Journeys, Selection, ToolRule
from graphcdp.journeys.channels import Channel, ChannelSet
from graphcdp.journeys.tools import NextStep
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

DAY = 1_440


@pytest.fixture
async def journeys(graph: Graph) -> AsyncIterator[Journeys]:
    clock = MovableClock(at(1_000 * DAY))
    rules = RuleBook(graph, clock)
    buy = {"type": "purchase", "properties": {"revenue": 10.0}}
    view = {"type": "product_view", "properties": {"product": "p1", "product_name": "Boots", "category": "men"}}
    await Pipeline(graph, clock, rules, b"k" * 32).ingest(
        [
            # Ana: an email, the web, buys in the store; later on the web, after the store only.
            fact("user_id|ana", minute=0, type="email_open", channel="email"),
            fact("user_id|ana", minute=DAY, channel="web", **view),  # type: ignore[arg-type]
            fact("user_id|ana", minute=DAY + 1, channel="web", properties={"content": "guide"}),
            fact("user_id|ana", minute=2 * DAY, channel="store", **buy),  # type: ignore[arg-type]
            fact("user_id|ana", minute=2 * DAY + 90, channel="store", type="return", properties={"content": "guide"}),
            fact("user_id|ana", minute=40 * DAY, channel="store", type="visit"),
            fact("user_id|ana", minute=41 * DAY, channel="web", **buy),  # type: ignore[arg-type]
            # Ben: the web, before and after a login; Cy: an email, long ago.
            fact("anonymous_id|b", minute=5, channel="web", products=("p1", "p2"), type="product_view"),
            fact("anonymous_id|b", "user_id|ben", minute=6, channel="web", type="login"),
            fact("user_id|cy", minute=5, type="email_open", channel="email", properties={"content": "news"}),
        ]
    )
    yield Journeys(graph, clock, Language(graph, clock, rules), rules)


async def test_channels_by_hand(journeys: Journeys) -> None:
    found = await journeys.channels()
    assert found.channels == (
        Channel("email", 2, 2, 2, 0, 1, 0, 0.0, 0, 1),
        Channel("web", 2, 5, 3, 2, 1, 1, 10.0, 1, 0),
        Channel("store", 1, 3, 3, 0, 1, 1, 10.0, 1, 0),
    )
    assert found.overlap == (
        ChannelSet(("email",), 1, 0, 0),
        ChannelSet(("email", "store", "web"), 1, 1, 2),
        ChannelSet(("web",), 1, 0, 0),
    )
    frame = found.frame()
    assert frame.loc["web", "conversion_rate"] == 0.5
    assert found.overlap_frame().loc[(True, True, True), "people"] == 1
    # Over 60 days back the web and the email of the first week assist the second purchase as well.
    long = await journeys.channels(rule=ChannelRule(lookback_seconds=60 * 86_400))
    assert {one.channel: (one.last_touches, one.assisted) for one in long.channels} == {
        "email": (0, 2), "web": (1, 1), "store": (1, 0),
    }  # fmt: skip
    # In a period later than its touches a conversion is still assisted by them.
    late = await journeys.channels(Selection(start=at(2 * DAY), end=at(2 * DAY + 1)))
    assert [(one.channel, one.conversions) for one in late.channels] == [("store", 1)]
    nobody = await journeys.channels(Selection(start=at(900 * DAY)))
    assert (nobody.channels, nobody.overlap, len(nobody.frame()), len(nobody.overlap_frame())) == ((), (), 0, 0)


async def test_cookies_are_more_than_people(journeys: Journeys) -> None:
    found = await journeys.channels(Selection(container="cookie"))
    assert {one.channel: one.people for one in found.channels} == {"email": 2, "web": 3, "store": 1}


async def test_what_is_popular(journeys: Journeys) -> None:
    frame = (await journeys.popular(of="product", events="viewed product")).frame()
    assert frame["times"].to_dict() == {"p1": 2, "p2": 1}
    assert frame.loc["p1", "title"] == "Boots"
    assert frame.loc["p1", "share"] == pytest.approx(2 / 3)
    # Ana sees the guide in two sessions, a day apart; with a gap of two days it is one.
    guide = (await journeys.popular(count="sessions")).rows[0]
    assert (guide.value, guide.times, guide.people, guide.sessions) == ("guide", 2, 1, 2)
    assert (await journeys.popular(gap_seconds=2 * 86_400)).rows[0].sessions == 1
    with pytest.raises(InvalidInputError, match="`visits` is not counted; take people, sessions, events"):
        await journeys.popular(count="visits")  # type: ignore[arg-type]
    contents = await journeys.popular(split="channel")
    assert [(one.part, one.value, one.rank, one.times) for one in contents.rows] == [
        ("email", "news", 1, 1),
        ("store", "guide", 1, 1),
        ("web", "guide", 1, 1),
    ]
    both = await journeys.popular(period="day", most=1)
    assert [(one.since, one.value) for one in both.rows] == [
        ("2026-03-01", "news"), ("2026-03-02", "guide"), ("2026-03-03", "guide"),
    ]  # fmt: skip
    categories = await journeys.popular(of="category")
    assert [(one.value, one.times) for one in categories.rows] == [("men", 2)]  # of p1 the graph knows it
    assert (await journeys.popular(of="page")).rows == ()
    far = await journeys.popular(period="day", time_zone="Pacific/Auckland", most=1)
    assert far.rows[0].since == "2026-03-02"
    with pytest.raises(InvalidInputError, match="no time zone"):
        await journeys.popular(time_zone="Mars/Base")


async def test_popular_by_segment(journeys: Journeys, graph: Graph) -> None:
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {value: 'cy'})"
            " CREATE (p)-[:MEMBER_OF {entered: datetime()}]->(:Segment {id: 'readers', name: 'Readers'})"
        )
    )
    found = await journeys.popular(split="segment")
    assert [(one.part, one.value) for one in found.rows] == [("readers", "news")]
    assert [one.value for one in (await journeys.popular(selection=Selection(segment="readers"))).rows] == ["news"]
    with pytest.raises(RuleError, match=r"There is no segment `reader`. Did you mean `readers`\?"):
        await journeys.popular(selection=Selection(segment="reader"))
    with pytest.raises(RuleError, match=r"attribute of people, .*: `--parts-by profile.age`"):
        await journeys.popular(split="profile.age")


async def test_who_did_it(journeys: Journeys) -> None:
    page = await journeys.doers(field="channel", value="web")
    assert sorted(one.times for one, _ in page.items) == [2, 3]
    assert len((await journeys.doers(field="product", value="p2")).items) == 1
    first = await journeys.doers(events="any event", first=2)
    assert (len(first.items), first.more) == (2, True)
    rest = await journeys.doers(events="any event", first=2, after=first.items[-1][1])
    assert (len(rest.items), rest.more) == (1, False)
    assert rest.items[0][0].first_at.tzinfo is not None
    with pytest.raises(InvalidInputError, match="field and its value"):
        await journeys.doers(field="channel")


async def test_tools_by_hand(journeys: Journeys, graph: Graph) -> None:
    clock = MovableClock(at(1_000 * DAY))

    def uses(who: str, minute: float, tool: str, outcome: str) -> object:
        return fact(f"user_id|{who}", minute=minute, type="tool_use", properties={"tool": tool, "outcome": outcome})

    await Pipeline(graph, clock, RuleBook(graph, clock), b"k" * 32).ingest(
        [
            uses("di", 0, "check", "solved"), fact("user_id|di", minute=1, type="logout"),
            uses("di", 60, "check", "failed"), uses("di", 61, "check", "failed"),
            fact("user_id|di", minute=62, type="help_view"),
            uses("ed", 0, "check", "solved"), uses("ed", 1, "chat", "failed"),
            fact("user_id|ed", minute=3 * DAY, type="logout"),
        ]  # type: ignore[list-item]
    )  # fmt: skip
    found = await journeys.tools()
    check, chat = found.tools
    assert (check.uses, check.people, check.successes, check.again) == (4, 2, 2, 2)
    assert (check.sessions, check.solved, chat.sessions, chat.solved) == (3, 2, 1, 0)  # Di has two, an hour apart
    assert check.steps == (
        NextStep(True, "logout", 1, 1), NextStep(True, "tool_use", 1, 1),
        NextStep(False, "help_view", 1, 1), NextStep(False, "tool_use", 1, 1),
    )  # fmt: skip
    assert (chat.successes, chat.steps) == (0, (NextStep(False, "(exit)", 1, 1),))
    followed = await journeys.tools(rule=ToolRule(followed_by="viewed help"))
    assert followed.tools[0].successes == 3  # the one before it, not the one before that
    assert found.frame().loc["check", "success_rate"] == 0.5
    assert found.frame().loc["check", "solved_rate"] == pytest.approx(2 / 3)
    assert found.steps_frame().loc[("chat", False, "(exit)"), "times"] == 1
    nothing = await journeys.tools(Selection(start=datetime(2030, 1, 1, tzinfo=UTC)))
    assert (nothing.tools, len(nothing.frame()), len(nothing.steps_frame())) == ((), 0, 0)


async def test_browser_can_call_them(journeys: Journeys, graph: Graph) -> None:
    await install_procedures(graph)
    rows = await graph.read_text(
        "CALL custom.graphcdp.journey.channels({types: ['purchase']}) YIELD channel, people RETURN *"
    )
    assert {row["channel"]: row["people"] for row in rows} == {"email": 2, "web": 2, "store": 1}
    rows = await graph.read_text("CALL custom.graphcdp.journey.popular('content') YIELD value, times RETURN *")
    assert [(row["value"], row["times"]) for row in rows] == [("guide", 2), ("news", 1)]
