"""Channels, what is popular, and tools are what the long way says, whatever people did."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.journeys import ChannelRule, Journeys, Selection, ToolRule
from graphcdp.journeys.retention import Count
from graphcdp.segments.vocabulary.language import Language
from tests.oracle import engagement as oracle
from tests.property.histories import Event, write
from tests.property.profiles import share

pytestmark = pytest.mark.anyio
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=30)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Return what up to four people did in three days on two devices each, some of it at one instant."""
    told = draw(
        st.lists(
            st.tuples(
                st.integers(0, 3), st.integers(0, 72), st.sampled_from(("page_view", "purchase", "tool_use", "logout")),
                st.sampled_from(("web", "app", "store", None)), st.sampled_from(("a", "b", None)),
                st.sampled_from(("check", "chat", None)), st.sampled_from(("solved", "failed")), st.booleans(),
            ),
            max_size=40,
        )
    )  # fmt: skip
    return [
        Event(
            f"p{who}", f"e{nr:02d}", BEGIN + timedelta(hours=hour), kind,
            identity=f"ecid|p{who}" if cookie else "", channel=channel or "",
            properties={
                "content": content, "p_tool": tool, "outcome": outcome, "channel": channel,
                "revenue": float(nr) if kind == "purchase" else None,
            },
        )
        for nr, (who, hour, kind, channel, content, tool, outcome, cookie) in enumerate(told)
    ]  # fmt: skip


class Asked(NamedTuple):
    selection: Selection
    lookback: timedelta
    gap: timedelta
    window: timedelta
    followed: bool
    count: Count


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    first, length = draw(st.integers(0, 60)), draw(st.integers(1, 80))
    hours = st.integers(1, 30).map(lambda many: timedelta(hours=many))
    return Asked(
        Selection(
            BEGIN + timedelta(hours=first), BEGIN + timedelta(hours=first + length),
            draw(st.sampled_from(("person", "cookie"))),
        ),
        draw(hours), draw(hours), draw(hours), draw(st.booleans()),
        draw(st.sampled_from(("events", "people", "sessions"))),
    )  # fmt: skip


@share(0.2)
@given(history=histories(), asked=questions())
async def test_the_long_way(graph: Graph, history: list[Event], asked: Asked) -> None:
    await write(graph, history)
    clock = MovableClock(NOW)
    rules = RuleBook(graph, clock)
    journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)
    selection = asked.selection
    start, end = selection.start or BEGIN, selection.end or NOW
    done = [
        oracle.Done(
            one.who if selection.container == "person" else one.key, one.id, one.ts, one.type,
            one.properties["channel"], one.properties["content"], one.properties["p_tool"],
            one.properties["outcome"] == "solved", one.properties["revenue"] or 0.0,
        )
        for one in history
    ]  # fmt: skip

    seconds = [int(each.total_seconds()) for each in (asked.lookback, asked.gap, asked.window)]
    found = await journeys.channels(
        selection, ChannelRule("purchased", "channel", "revenue", seconds[0], seconds[1]), most=1_000
    )
    assert {
        one.channel: (one.people, one.events, one.sessions, one.engaged, one.converted, one.conversions, one.value,
                      one.last_touches, one.assisted)
        for one in found.channels
    } == oracle.channels(done, start, end, "purchase", asked.lookback, asked.gap)  # fmt: skip
    sets = {one.channels: (one.people, one.converted, one.conversions) for one in found.overlap}
    assert sets == oracle.overlap(done, start, end, "purchase")
    assert sum(one.people for one in found.overlap) == len({one.who for one in done if start <= one.ts < end})

    ranked: dict[tuple[str, str], list[tuple[str, int, int, int]]] = {}
    popular = await journeys.popular(
        selection, split="channel", period="day", most=200, count=asked.count, gap_seconds=seconds[1]
    )
    for row in popular.rows:
        group = ranked.setdefault((row.since or "", row.part or ""), [])
        group.append((row.value, row.times, row.people, row.sessions))
        assert row.rank == len(group)
    assert ranked == oracle.popular(done, start, end, lambda one: one.channel or oracle.UNKNOWN, asked.count, asked.gap)
    for key, group in ranked.items():
        shares = [row.share for row in popular.rows if (row.since, row.part) == key]
        assert shares == pytest.approx([times / sum(each[1] for each in group) for _, times, *_ in group])

    tools = await journeys.tools(
        selection,
        ToolRule(
            followed_by="did logout" if asked.followed else None, window_seconds=seconds[2], gap_seconds=seconds[1]
        ),
        most=50,
    )
    uses = oracle.uses(done, start, end, asked.window, "logout" if asked.followed else None)
    by_tool = {name: [one for one in uses if one.tool == name] for name in {one.tool for one in uses}}
    session = oracle.numbered(done, start, end, asked.gap)
    assert {
        one.tool: (one.uses, one.people, one.successes, one.again, one.sessions, one.solved) for one in tools.tools
    } == {
        name: (
            len(those), len({one.who for one in those}), sum(one.succeeded for one in those),
            sum(one.again for one in those), len({session[one.id] for one in those}),
            len({session[one.id] for one in those if one.succeeded}),
        )
        for name, those in by_tool.items()
    }  # fmt: skip
    for one in tools.tools:
        assert {(step.succeeded, step.step): step.times for step in one.steps} == Counter(
            (use.succeeded, use.step) for use in by_tool[one.tool]
        )
