"""Retention, lifecycle and stickiness are what the oracle says, whatever happened, in any time zone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.base.paging import Page
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.journeys import Calendar, Journeys, RetentionRule, Selection
from graphcdp.journeys.retention import Cohort
from graphcdp.segments.vocabulary.language import Language
from tests.oracle import retention as oracle
from tests.property.histories import Event, write
from tests.property.profiles import share

pytestmark = pytest.mark.anyio
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
TYPES = ("signup", "visit", "purchase")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo")


def journeys(graph: Graph, now: datetime) -> Journeys:
    clock = MovableClock(now)
    rules = RuleBook(graph, clock)
    return Journeys(graph, clock, Language(graph, clock, rules), rules)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Return what up to five people did in ten weeks around the change of the clocks, some of it at one instant."""
    hours = st.one_of(st.integers(0, 24 * 70), st.sampled_from((24 * 28 + 22, 24 * 28 + 23, 24 * 29, 0, 24, 24 * 7)))
    told = draw(st.lists(st.tuples(st.integers(0, 4), hours, st.sampled_from(TYPES), st.booleans()), max_size=40))
    return [
        Event(
            f"p{who}", f"e{nr:02d}", BEGIN + timedelta(hours=hour), kind,
            identity=f"ecid|p{who}" if cookie else "", channel="app" if nr % 3 else "web",
        )
        for nr, (who, hour, kind, cookie) in enumerate(told)
    ]  # fmt: skip


class Asked(NamedTuple):
    calendar: Calendar
    selection: Selection
    now: datetime


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    first, length = draw(st.integers(0, 60)), draw(st.integers(1, 70))
    ends = draw(st.booleans())
    now = BEGIN + timedelta(hours=draw(st.integers(24, 24 * 80)))
    return Asked(
        Calendar(
            draw(st.sampled_from(("day", "week", "month"))), draw(st.sampled_from(ZONES)), draw(st.integers(1, 7))
        ),
        Selection(
            BEGIN + timedelta(days=first, hours=draw(st.sampled_from((0, 5)))),
            BEGIN + timedelta(days=first + length) if ends else None,
            draw(st.sampled_from(("person", "cookie"))),
        ),
        now,
    )


@st.composite
def rules(draw: st.DrawFn) -> RetentionRule:
    measure = draw(st.sampled_from(("n_day", "unbounded", "bracket")))
    ends = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda two: (min(two), max(two)))
    return RetentionRule(
        draw(st.sampled_from(TYPES)), draw(st.sampled_from((*TYPES, "any event"))), measure, draw(st.integers(1, 6)),
        tuple(draw(st.lists(ends, min_size=1, max_size=4, unique=True))) if measure == "bracket" else (),
        draw(st.sampled_from(("calendar", "elapsed"))), draw(st.sampled_from(("recurring", "first_time"))),
        draw(st.sampled_from((None, "channel"))), draw(st.sampled_from((1_800, 86_400))),
    )  # fmt: skip


async def everybody(page_of: Callable[[str | None], Awaitable[Page[Any]]]) -> list[str]:
    """Return who is on all pages of two."""
    found, cursor = list[str](), None
    while True:
        page = await page_of(cursor)
        found += [one.who for one, _ in page.items]
        if not page.more:
            return found
        cursor = page.items[-1][1]


def held_to_the_oracle(
    found: Sequence[Cohort], history: list[Event], asked: Asked, rule: RetentionRule
) -> oracle.Cohorts:
    """Assert that cohorts, their cells and their order are the oracle's; return what it says."""
    calendar, selection, now = asked
    columns = rule.columns()
    happened = [
        oracle.Happening(
            one.who if selection.container == "person" else one.key, one.id, one.ts, one.type == rule.starts,
            rule.returns in ("any event", one.type), one.channel if rule.breakdown else None,
        )
        for one in history
    ]  # fmt: skip
    wanted = oracle.retention(
        happened,
        start=selection.start or BEGIN, end=selection.end or now + timedelta(days=999), interval=calendar.interval,
        brackets=[(one.low, one.high) for one in columns], zone=calendar.zone, week_start=calendar.week_start,
        clock=rule.clock, cohort=rule.cohort, observed_until=now,
    )  # fmt: skip
    gap = timedelta(seconds=rule.gap_seconds)
    returns = {who: [one for one in happened if one.who == who and one.returns and one.ts <= now] for who in
               {one.who for one in happened}}  # fmt: skip

    def stays(cell: dict[str, list[oracle.Happening]]) -> int:
        return sum(oracle.sessions(back, returns[who], gap) for who, back in cell.items())

    assert {(one.start, one.value): (one.people, one.returned, one.events, one.sessions) for one in found} == {
        cohort: (
            len(people),
            tuple(None if cell is None else len(cell) for cell in cells),
            tuple(None if cell is None else sum(map(len, cell.values())) for cell in cells),
            tuple(None if cell is None else stays(cell) for cell in cells),
        )
        for cohort, (people, cells) in wanted.items()
    }
    assert [(one.start, one.value) for one in found] == sorted(wanted, key=lambda one: (one[0], one[1] or ""))
    return wanted


@share(0.15)
@given(history=histories(), asked=questions(), rule=rules(), pick=st.integers(0, 1_000))
async def test_retention(graph: Graph, history: list[Event], asked: Asked, rule: RetentionRule, pick: int) -> None:
    calendar, selection, now = asked
    if rule.clock == "elapsed" and calendar.interval == "month":
        return
    await write(graph, history)
    here = journeys(graph, now)
    columns = rule.columns()
    found = await here.retention(selection, rule, calendar)
    wanted = held_to_the_oracle(found.cohorts, history, asked, rule)
    if not wanted:
        assert found.frame().empty
        return
    start, value = sorted(wanted, key=str)[pick % len(wanted)]
    people, cells = wanted[start, value]
    column = pick % len(columns)
    assert await everybody(
        lambda cursor: here.retention_people(start, None, selection, rule, calendar, value=value, first=2, after=cursor)
    ) == sorted(people)
    if (back := cells[column]) is not None:
        for came, who in ((True, set(back)), (False, people - set(back))):
            assert await everybody(
                lambda cursor, came=came: here.retention_people(  # type: ignore[misc]
                    start, column, selection, rule, calendar, came_back=came, value=value, first=2, after=cursor
                )
            ) == sorted(who)


@share(0.15)
@given(
    history=histories(), asked=questions(), active=st.sampled_from(("any event", "visit")), pick=st.integers(0, 99),
    gap=st.sampled_from((1_800, 3 * 3_600, 2 * 86_400)),
)  # fmt: skip
async def test_lifecycle_and_stickiness(
    graph: Graph, history: list[Event], asked: Asked, active: str, pick: int, gap: int
) -> None:
    calendar, selection, now = asked
    if (selection.start or BEGIN) >= now:
        return
    await write(graph, history)
    here = journeys(graph, now)
    happened = [
        oracle.Happening(one.who if selection.container == "person" else one.key, one.id, one.ts)
        for one in history
        if active in ("any event", one.type)
    ]
    calls: dict[str, Any] = {
        "start": selection.start, "end": min(selection.end or now, now), "interval": calendar.interval,
        "zone": calendar.zone, "week_start": calendar.week_start, "observed_until": now,
    }  # fmt: skip
    if selection.end is None or selection.end > now:
        calls["end"] = now + timedelta(microseconds=1)
    wanted = oracle.lifecycle(happened, **calls)
    if not any(one.ts <= now for one in happened):
        wanted = {}
    found = await here.lifecycle(selection, active, calendar, gap_seconds=gap)
    did = oracle.activity(
        happened, interval=calendar.interval, zone=calendar.zone, week_start=calendar.week_start, observed_until=now,
        gap=timedelta(seconds=gap),
    )  # fmt: skip
    assert {one.start: (one.sessions, one.events) for one in found.periods} == {
        start: tuple(
            tuple(sum(did[who, start][which] for who in row[state]) for state in ("new", "returning", "resurrecting"))
            for which in (0, 1)
        )
        for start, row in wanted.items()
    }
    assert {one.start: (one.new, one.returning, one.resurrecting, one.dormant) for one in found.periods} == {
        start: tuple(len(row[state]) for state in ("new", "returning", "resurrecting", "dormant"))
        for start, row in wanted.items()
    }
    for one in found.periods:
        assert one.people == one.new + one.returning + one.resurrecting
        over = datetime.combine(calendar.following(one.start), datetime.min.time(), oracle.ZoneInfo(calendar.zone))
        assert one.complete is (over <= now)
    sticky = oracle.stickiness(happened, **calls)
    steps = await here.stickiness(selection, active, calendar, gap_seconds=gap)
    inside = [one for one in happened if calls["start"] <= one.ts < calls["end"] and one.ts <= now]
    for step in steps.steps:
        theirs = [[one for one in inside if one.who == who] for who in sticky.get(step.periods, ())]
        assert step.events == sum(map(len, theirs))
        assert step.sessions == sum(oracle.sessions(group, group, timedelta(seconds=gap)) for group in theirs)
    assert {one.periods: one.people for one in steps.steps if one.people} == {
        periods: len(who) for periods, who in sticky.items()
    }
    for step in steps.steps:
        assert step.at_least == sum(len(who) for periods, who in sticky.items() if periods >= step.periods)
    if wanted:
        start = sorted(wanted)[pick % len(wanted)]
        for state, people in wanted[start].items():
            assert await everybody(
                lambda cursor, state=state: here.lifecycle_people(  # type: ignore[misc]
                    start, state, selection, active, calendar, first=2, after=cursor
                )
            ) == sorted(people)
    if sticky:
        low = sorted(sticky)[pick % len(sticky)]
        assert await everybody(
            lambda cursor: here.stickiness_people(low, low, selection, active, calendar, first=2, after=cursor)
        ) == sorted(sticky[low])


async def test_a_week_of_retention_by_hand(graph: Graph) -> None:
    """Ana comes back on the next day, Ben on the third; Cleo only now, on a day that is not over."""
    day = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def visit(who: str, days: int, nr: int) -> Event:
        return Event(who, f"{who}{nr}", day + timedelta(days=days), "visit")

    await write(
        graph, [visit("ana", 0, 0), visit("ana", 1, 1), visit("ben", 0, 0), visit("ben", 3, 1), visit("cleo", 3, 0)]
    )
    found = await journeys(graph, day + timedelta(days=3, hours=1)).retention(
        rule=RetentionRule("visit", "visit", periods=4, cohort="first_time"), calendar=Calendar("day")
    )
    assert [(one.start, one.people, one.returned) for one in found.cohorts] == [
        (date(2026, 3, 2), 2, (2, 1, 0, None)),
        (date(2026, 3, 5), 1, (None, None, None, None)),
    ]
    frame = found.frame()
    assert frame.loc["2026-03-02", "1"] == 0.5
    assert frame["3"].isna().all()
    assert found.average(1) == 0.5
    # in how many sessions, by how many events: all on the web, so apart by channel it is the same
    apart = await journeys(graph, day + timedelta(days=3, hours=1)).retention(
        rule=RetentionRule("visit", "visit", periods=2, cohort="first_time", breakdown="channel"),
        calendar=Calendar("day"),
    )
    assert [(one.value, one.sessions, one.events) for one in apart.cohorts] == [
        ("web", (2, 1), (2, 1)), ("web", (None, None), (None, None))
    ]  # fmt: skip
    assert apart.frame(rates=False, count="events").loc[("web", "2026-03-02"), "1"] == 1
    assert found.rules["observed_until"] == day + timedelta(days=3, hours=1)


async def test_sessions_and_events_of_the_lifecycle_by_hand(graph: Graph) -> None:
    """As docs/retention.md works it out: Ana is new and returns, Ben's only session goes on past midnight."""
    day = datetime(2026, 3, 2, tzinfo=UTC)
    visits = [("ana", 0, 9, 0), ("ana", 0, 9, 20), ("ana", 0, 12, 0), ("ana", 1, 9, 0), ("ben", 1, 23, 50)]
    await write(
        graph,
        [
            Event(who, f"{who}{nr}", day + timedelta(days=days, hours=hours, minutes=minutes), "visit")
            for nr, (who, days, hours, minutes) in enumerate([*visits, ("ben", 2, 0, 5)])
        ],
    )
    here = journeys(graph, day + timedelta(days=2, hours=1))
    found = await here.lifecycle(calendar=Calendar("day"))
    assert [(one.sessions, one.events) for one in found.periods] == [
        ((2, 0, 0), (3, 0, 0)), ((1, 1, 0), (1, 1, 0)), ((0, 1, 0), (0, 1, 0)),
    ]  # fmt: skip
    assert list(found.frame("sessions")["total"]) == [2, 2, 1]
    assert list(found.frame("events").columns) == ["new", "returning", "resurrecting", "total", "complete"]
    steps = (await here.stickiness(calendar=Calendar("day"))).steps
    assert [(one.periods, one.people, one.sessions, one.events) for one in steps] == [(1, 0, 0, 0), (2, 2, 4, 6)]
