"""Patterns find what trying everything finds; their text is read back; nothing a user wrote gets into a statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphcdp.base import InvalidInputError
from graphcdp.graph import Graph
from graphcdp.journeys import Pattern, Selection
from graphcdp.journeys.patterns import MOST_SPAN, Element, compile_pattern, read_events
from graphcdp.segments.rule.errors import RuleError
from tests.oracle import patterns as oracle
from tests.property.histories import Event, write
from tests.property.profiles import share
from tests.property.test_retention import journeys

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=30)
TYPES = ("view", "purchase", "call")
EMPTY: dict[str, Any] = {"start_at": None, "end_at": None, "container": "person", "segment": None, "ids": None,
                         "within": None}  # fmt: skip


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    def element(first: bool) -> Element:
        events = draw(st.sampled_from((*TYPES, "", "did (view or call)")))
        negated = bool(events) and draw(st.booleans())
        if first:
            return Element(events, negated)
        if draw(st.sampled_from((False, False, True))):
            return Element(events, negated, later=True)
        low, more = draw(st.integers(0, 2)), draw(st.integers(0, 3))
        return Element(events, negated, low, max(low + more, 1))

    many = draw(st.integers(1, 4))
    elements, gap = tuple(element(place == 0) for place in range(many)), draw(st.sampled_from((None, 1_800, 2 * 3_600)))
    return Pattern(elements, draw(st.integers(0, 12)) * 3_600 or 1, gap)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    told = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.sampled_from(TYPES)), max_size=14))
    return [
        Event(f"p{who}", f"e{nr:02d}", BEGIN + timedelta(hours=hour), kind, f"ecid|p{who}" if nr % 3 == 0 else "")
        for nr, (who, hour, kind) in enumerate(told)
    ]


def _fits(element: Element) -> Any:
    types = {"": set(TYPES), "did (view or call)": {"view", "call"}}.get(element.events, {element.events})
    return lambda kind: (kind in types) is not element.negated


@pytest.mark.anyio
@share(0.1)
@given(history=histories(), pattern=patterns(), container=st.sampled_from(("person", "cookie")))
async def test_a_pattern_finds_what_trying_everything_finds(
    graph: Graph, history: list[Event], pattern: Pattern, container: Any
) -> None:
    await write(graph, history)
    parts = [oracle.Part(_fits(one), one.low, one.high, one.later) for one in pattern.elements]
    line: dict[str, list[tuple[datetime, str, str]]] = {}
    for one in history:
        line.setdefault(one.who if container == "person" else one.key, []).append((one.ts, one.id, one.type))
    within, gap = timedelta(seconds=pattern.window_seconds), pattern.session_gap_seconds
    silence = None if gap is None else timedelta(seconds=gap)
    told = {
        who: [oracle.matches(each, parts, within, MOST_SPAN) for each in oracle.sessions(events, silence)]
        for who, events in line.items()
    }
    sessions = {who: sum(1 for each in found if each) for who, found in told.items()}
    wanted = {who: [match for each in found for match in each] for who, found in told.items() if sessions[who]}
    here, selection = journeys(graph, NOW), Selection(container=container)
    found = await here.pattern(str(pattern), selection)
    assert (found.people, found.matches) == (len(wanted), sum(map(len, wanted.values()))), str(pattern)
    assert found.sessions == (None if gap is None else sum(sessions.values())), str(pattern)
    rows = await graph.read_rows(  # the same in one static statement, as Neo4j Browser calls it
        "journey.pattern",
        elements=pattern.elements_data(NOW),
        window_seconds=pattern.window_seconds,
        container=container,
        most_span=MOST_SPAN,
        session_gap_seconds=gap,
    )
    called = {row[0]: (row[2], row[3]) for row in rows}
    assert {row[0]: row[6] for row in rows} == {who: None if gap is None else sessions[who] for who in wanted}
    people, cursor = dict[str, tuple[int, list[str]]](), None
    while True:
        page = await here.pattern_people(str(pattern), selection, first=1, after=cursor)
        people |= {one.who: (one.matches, list(one.event_ids)) for one, _ in page.items}
        if not page.more:
            break
        cursor = page.items[-1][1]
    assert people == {who: (len(all_), all_[0]) for who, all_ in wanted.items()}, str(pattern)
    assert called == people, str(pattern)


@share(1)
@given(pattern=patterns())
@example(pattern=Pattern((Element("purchased where category in ('a)', \"(b\")"),), 60))
def test_the_canonical_text_is_the_same_pattern(pattern: Pattern) -> None:
    assert Pattern.parse(str(pattern)) == pattern


@share(1)
@given(text=st.text(alphabet="ab'\"`$;{}()\\ ", min_size=1, max_size=30), count=st.booleans())
def test_no_text_of_a_user_gets_into_the_statement(text: str, count: bool) -> None:
    literal = text.replace("\\", "\\\\").replace("'", "\\'")
    said = f"(purchased where page = 'zq{literal}')->{{1,2}}(not call)-->(view)"
    pattern = Pattern.parse(said)
    choices = [read_events(one, NOW) for one in pattern.elements]
    assert choices[0].where is not None
    compiled = compile_pattern(pattern, choices, EMPTY, count=count)
    assert "zq" not in compiled.text
    assert compiled.text == compile_pattern(Pattern.parse(said.replace("zq", "")), choices, EMPTY, count=count).text


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", 1, "arrows between them"),
        ("(call", 6, "arrows between them"),
        ("(call) then (purchase)", 8, "arrows between them"),
        ("(call)->{2,1}(purchase)", None, "from fewer to more"),
        ("(call)->{1,51}(purchase)", None, "at most 50"),
        ("(call) within 400 days", None, "366 days"),
        ("(call) in one session with gaps under 367 days", None, "366 days"),
        ("(call) in one session of 20 minutes", 23, "arrows between them"),
        ("->".join(["(call)"] * 13), None, "12 are the most"),
    ],
)
def test_what_is_wrong_is_said(text: str, column: int | None, told: str) -> None:
    with pytest.raises((RuleError, InvalidInputError), match=told) as caught:
        Pattern.parse(text)
    assert getattr(caught.value, "column", None) == column


@pytest.mark.anyio
async def test_the_example_by_hand(graph: Graph) -> None:
    """Ana looks, reads help twice and calls; Ben buys before he calls; Cleo calls after three days."""

    def did(who: str, *kinds: str, hours: int = 1) -> list[Event]:
        return [
            Event(who, f"{who}{nr}", BEGIN + timedelta(hours=hours * nr), kind) for nr, kind in enumerate(kinds)
        ]  # fmt: skip

    await write(
        graph,
        did("ana", "product_view", "help_view", "help_view", "call")
        + did("ben", "product_view", "purchase", "call")
        + did("cleo", "product_view", "search", "call", hours=36)
        + did("dan", "product_view"),
    )
    here = journeys(graph, NOW)
    text = "(view product)->{1,5}(not purchase)->(call) within 2 days"
    found = await here.pattern(text)
    assert (found.people, found.matches) == (1, 1)
    assert found.rules["begins_with"] == "call events"
    assert found.frame().loc[text, "people"] == 1
    ((ana, _),) = (await here.pattern_people(text)).items
    assert ana.event_ids == ("ana0", "ana1", "ana2", "ana3")
    assert ana.types == ("product_view", "help_view", "help_view", "call")
    assert ana.times[0] == BEGIN
    assert (await here.pattern("(view product)-->(call) within 7 days")).people == 3


@pytest.mark.anyio
async def test_sessions_by_hand(graph: Graph) -> None:
    """Ana looks and calls at 0:00 and 0:10, and again at 5:00 and 5:29; Ben looks at 0:00 and calls at 0:30."""
    minutes = {"ana": (0, 10, 300, 329), "ben": (0, 30)}
    kinds = ("product_view", "call")
    await write(
        graph,
        [
            Event(who, f"{who}{nr}", BEGIN + timedelta(minutes=minute), kinds[nr % 2])
            for who, all_ in minutes.items()
            for nr, minute in enumerate(all_)
        ],
    )
    here = journeys(graph, NOW)
    found = await here.pattern("(view product)-->(call) in one session")
    assert (found.people, found.matches, found.sessions) == (1, 2, 2)
    assert found.pattern == "(view product)-->(call) within 2 weeks in one session"
    assert found.frame().iloc[0].tolist() == [1, 2, 2]
    assert (await here.pattern("(view product)-->(call) in one session with gaps under 31 minutes")).people == 2
    short = await here.pattern("(view product)->(call) in one session with gaps under 20 minutes")
    assert (short.people, short.sessions, short.rules["session_gap_seconds"]) == (1, 1, 1_200)
    anyhow = await here.pattern("(view product)-->(call)")
    assert (anyhow.people, anyhow.matches, anyhow.sessions) == (2, 3, None)


@pytest.mark.anyio
async def test_a_person_of_many_events_is_bounded(graph: Graph) -> None:
    """Ten thousand events of one person, half of them beginnings: pruned by the window and the span."""
    events = [
        Event("heavy", f"e{nr:05d}", BEGIN + timedelta(minutes=nr), ("view", "search")[nr % 2]) for nr in range(10_000)
    ]
    await write(graph, [*events, Event("heavy", "last", BEGIN + timedelta(days=20), "call")])
    here = journeys(graph, NOW)
    assert (await here.pattern("(view)->{1,5}(not call)->(search) within 2 hours")).matches == 4_999
    assert (await here.pattern("(search)-->(call) within 2 hours")).people == 0
    sessions = await here.pattern("(view)->{1,5}(not call)->(search) within 2 hours in one session")
    assert (sessions.matches, sessions.sessions) == (4_999, 1)
