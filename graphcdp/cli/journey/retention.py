"""`journey retention`, `lifecycle` and `stickiness`: who comes back, and how often."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import named
from graphcdp.cli.journey.group import Whose, behind, command, instant_text, percent, show, show_table
from graphcdp.journeys import Calendar, Lifecycle, Retention, RetentionRule, Stickiness
from graphcdp.journeys.lifecycle import ActivePerson, LifecycleState, StickyPerson
from graphcdp.journeys.periods import Interval
from graphcdp.journeys.publish import LifecycleCell, RetentionCell, StickinessCell
from graphcdp.journeys.retention import Clock, CohortOf, Count, Measure, Returned

Every = Annotated[Interval, typer.Option("--interval", help="How long a period is.")]
Zone = Annotated[str, typer.Option("--zone", help="The time zone whose midnight counts.")]
WeekStart = Annotated[int, typer.Option("--week-start", help="What a week begins with: 1 (Monday) to 7.", min=1, max=7)]
Active = Annotated[str, typer.Option("--active", help="Events that count as activity.")]
CountBy = Annotated[Count, typer.Option("--count", help="People, or how many sessions or events are theirs.")]
Gap = Annotated[int, typer.Option("--gap", help="Seconds without activity that end a session.")]
ListPeople = Annotated[int, typer.Option("--list", help="How many people to list at most.", min=1, max=1_000)]
Behind = Annotated[str | None, typer.Option("--after", help="List behind this cursor.")]


@command(people=True)
def retention(
    *,
    starts: Annotated[str, typer.Option(help="Events that begin: 'signed up'.")] = "any event",
    returns: Annotated[str, typer.Option(help="Events that count as coming back.")] = "any event",
    measure: Annotated[Measure, typer.Option(help="Back in that period, in it or later, or in a bracket.")] = "n_day",
    periods: Annotated[int, typer.Option(help="How many columns.")] = 8,
    bracket: Annotated[
        list[str] | None, typer.Option(help="Of `--measure bracket`: 1-3; may be said several times.")
    ] = None,
    clock: Annotated[Clock, typer.Option(help="By the calendar, or by hours since the start.")] = "calendar",
    cohort: Annotated[CohortOf, typer.Option(help="Every period with a start, or only the first ever.")] = "recurring",
    by: Annotated[
        str | None, typer.Option(help="Count apart by this property of the event that begins, or profile.<attribute>.")
    ] = None,
    count: CountBy = "people",
    gap: Gap = 1_800,
    interval: Every = "week",
    zone: Zone = "UTC",
    week_start: WeekStart = 1,
    who: Annotated[
        str | None,
        typer.Option(help="List the people of this cohort instead: 2026-03-02, or a cell of it: 2026-03-02/1."),
    ] = None,
    value: Annotated[str | None, typer.Option(help="With `--who` and `--by`: only those with this value.")] = None,
    lost: Annotated[bool, typer.Option("--lost", help="With `--who`: those who did not come back.")] = False,
    list_: ListPeople = 20,
    after: Behind = None,
    whose: Whose,
) -> None:
    """Say who came back, cohort by cohort; a dash is what cannot be known yet."""
    calendar = Calendar(interval, zone, week_start)
    rule = RetentionRule(starts, returns, measure, periods, tuple(map(_bracket, bracket or ())), clock, cohort, by, gap)
    if who is not None:
        day, column = _cell(who)
        _list(whose, RetentionCell(day, column, not lost, value, rule, calendar), list_, after)
        return
    show(
        whose,
        lambda journeys, selection: journeys.retention(selection, rule, calendar),
        lambda found: _cohorts(f"Retention, {measure}, by {interval} ({zone})", by, count, found),
    )


def _cohorts(title: str, by: str | None, count: Count, found: Retention) -> None:
    columns = range(len(found.columns))
    show_table(
        title if count == "people" else f"{title}: {count}",
        (*((by,) if by else ()), "cohort", "people", *(one.label for one in found.columns)),
        [
            (*((one.value,) if by else ()), f"{one.start}", one.people,
             *(percent(one.rate(nr)) if count == "people" else one.counted(count, nr) for nr in columns))
            for one in found.cohorts
        ],
    )  # fmt: skip


@command(people=True)
def lifecycle(
    *,
    active: Active = "any event",
    interval: Every = "week",
    zone: Zone = "UTC",
    week_start: WeekStart = 1,
    who: Annotated[str | None, typer.Option(help="List the people of this period instead: 2026-03-02.")] = None,
    count: CountBy = "people",
    gap: Gap = 1_800,
    state: Annotated[LifecycleState, typer.Option(help="With `--who`: which of them.")] = "active",
    list_: ListPeople = 20,
    after: Behind = None,
    whose: Whose,
) -> None:
    """Say how the active people of every period came about: new, returning, resurrecting; and who fell dormant."""
    calendar = Calendar(interval, zone, week_start)
    if who is not None:
        _list(whose, LifecycleCell(_day(who), state, active, calendar), list_, after)
        return
    show(
        whose,
        lambda journeys, selection: journeys.lifecycle(selection, active, calendar, gap_seconds=gap),
        lambda found: _lives(f"Lifecycle by {interval} ({zone})", count, found),
    )


def _lives(title: str, count: Count, found: Lifecycle) -> None:
    if count == "people":
        show_table(
            title,
            ("period", "active", "new", "returning", "resurrecting", "dormant", ""),
            [
                (f"{one.start}", one.people, one.new, one.returning, one.resurrecting, -one.dormant,
                 "" if one.complete else "not over yet")
                for one in found.periods
            ],
        )  # fmt: skip
        return
    show_table(
        f"{title}: {count}",
        ("period", count, "of new", "of returning", "of resurrecting", ""),
        [
            (f"{one.start}", sum(one.counted(count)), *one.counted(count), "" if one.complete else "not over yet")
            for one in found.periods
        ],
    )


@command(people=True)
def stickiness(
    *,
    active: Active = "any event",
    interval: Every = "week",
    zone: Zone = "UTC",
    week_start: WeekStart = 1,
    gap: Gap = 1_800,
    who: Annotated[
        str | None, typer.Option(help="List the people of so many periods instead: 3, 2-4, or 3- for three or more.")
    ] = None,
    list_: ListPeople = 20,
    after: Behind = None,
    whose: Whose,
) -> None:
    """Say in how many different periods people were active, and in how many sessions, by how many events."""
    calendar = Calendar(interval, zone, week_start)
    if who is not None:
        _list(whose, StickinessCell(*_periods(who), active, calendar), list_, after)
        return
    show(
        whose,
        lambda journeys, selection: journeys.stickiness(selection, active, calendar, gap_seconds=gap),
        lambda found: _sticky(f"Stickiness by {interval} ({zone})", found),
    )


def _sticky(title: str, found: Stickiness) -> None:
    everybody = found.steps[0].at_least if found.steps else 0
    show_table(
        title,
        ("periods", "people", "at least", "share", "sessions", "events"),
        [
            (one.periods, one.people, one.at_least, f"{one.at_least / everybody:.1%}", one.sessions, one.events)
            for one in found.steps
        ],
    )


def _list(whose: Whose, cell: RetentionCell | LifecycleCell | StickinessCell, first: int, after: str | None) -> None:
    """List the people behind a number, or publish them."""
    columns = {"retention": Returned, "lifecycle": ActivePerson, "stickiness": StickyPerson}[cell.kind]
    names = [field.name for field in fields(columns)]
    behind(
        whose, cell, "people", "People", names, lambda one: [_text(cell) for cell in named(one).values()], first, after
    )


def _text(value: Any) -> Any:
    return instant_text(value) if isinstance(value, datetime) else value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"`{text}` is no day. Write 2026-03-02.", field="who") from None


def _cell(text: str) -> tuple[date, int | None]:
    day, slash, column = text.partition("/")
    if slash and not column.isdecimal():
        raise InvalidInputError(f"`{column}` is no column. Write 2026-03-02/1; columns count from 0.", field="who")
    return _day(day), int(column) if slash else None


def _periods(text: str) -> tuple[int, int | None]:
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (high and not high.isdecimal()):
        raise InvalidInputError(f"`{text}` is no number of periods. Write 3, 2-4 or 3-.", field="who")
    return int(low), int(high) if high else None if dash else int(low)


def _bracket(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if not (low.isdecimal() and high.isdecimal()):
        raise InvalidInputError(f"`{text}` is no bracket. Write 1-3.", field="bracket")
    return int(low), int(high)
