"""`journey drivers`, `call-deflection` and `before`: what goes with an outcome, and what spares calls."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.journey.group import Whose, behind, command, instant_text, show, show_table
from graphcdp.journeys.deflection import CALL_DRIVERS, Deflection, DeflectionRule, Period
from graphcdp.journeys.drivers import DriverRule
from graphcdp.journeys.publish import DriverCell, SelfServiceCell
from graphcdp.journeys.retention import Count

By = Annotated[list[str] | None, typer.Option("--by", help="A property that names an event; may be repeated.")]


@command(people=True)
def drivers(
    *,
    outcome: Annotated[str, typer.Option(help="Events: 'called'.")] = CALL_DRIVERS.outcome,
    entry: Annotated[str | None, typer.Option(help="Events by which people enter; else their first event.")] = None,
    events: Annotated[str | None, typer.Option(help="What may be a driver; else any event.")] = None,
    by: By = None,
    days: Annotated[float, typer.Option(help="From entering to the outcome at most.")] = 30,
    landmark_days: Annotated[
        float | None,
        typer.Option(help="Only behaviours that early count, and who had the outcome that early does not."),
    ] = None,
    strata: Annotated[list[str] | None, typer.Option(help="An attribute that makes people comparable.")] = None,
    count: Annotated[
        Count, typer.Option(help="People; sessions and events are refused, as those of one person go together.")
    ] = "people",
    least: Annotated[int, typer.Option(help="Leave out drivers of fewer people.")] = 5,
    most: Annotated[int, typer.Option(help="Show so many.", min=1, max=1_000)] = 20,
    people_of: Annotated[
        list[str] | None, typer.Option(help="List who had this driver instead; repeat it, a value a --by.")
    ] = None,
    first: Annotated[int, typer.Option(help="List so many people.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """Rank the behaviours that go with an outcome, such as a call; 'avoidable' is an estimate."""
    rule = DriverRule(
        outcome, entry, events, tuple(by or CALL_DRIVERS.fields), int(days * 86_400), entry is None,
        None if landmark_days is None else int(landmark_days * 86_400), tuple(strata or ()), least,
    )  # fmt: skip
    if people_of:
        behind(
            whose,
            DriverCell(tuple(people_of), rule),
            "people",
            " / ".join(people_of),
            ("who", "entered", "succeeded"),
            lambda one: (one.who, instant_text(one.entered), instant_text(one.succeeded)),
            first,
            after,
        )
        return
    show(
        whose,
        lambda journeys, selection: journeys.drivers(selection, rule, count=count),
        lambda found: show_table(
            f"Drivers of `{outcome}`: {found.succeeded:,} of {found.entered:,} people",
            ("driver", "people", "with it", "odds ratio", "95 %", "lift", "q", "avoidable", "Mantel-Haenszel"),
            (
                (one.name, one.with_success + one.with_failure, one.with_success, one.odds_ratio,
                 f"{one.low:.2f} to {one.high:.2f}", one.lift, f"{one.q:.1e}" + (" skewed" if one.skewed else ""),
                 one.avoidable, one.mantel_haenszel)
                for one in found.drivers[:most]
            ),
        ),
    )  # fmt: skip


@command("call-deflection", people=True)
def call_deflection(
    *,
    self_service: Annotated[str, typer.Option(help="Events that are self-service.")] = "viewed help",
    calls: Annotated[str, typer.Option(help="Events that are calls.")] = "called",
    content: Annotated[str, typer.Option(help="The property that says what was looked at.")] = "content",
    days: Annotated[float, typer.Option(help="For how long a call counts.")] = 7,
    gap: Annotated[int, typer.Option(help="Seconds of silence that end a session.")] = 1_800,
    together: Annotated[bool, typer.Option("--together", help="Not by content.")] = False,
    period: Annotated[Period | None, typer.Option(help="A row for each.")] = None,
    list_: Annotated[int, typer.Option("--list", help="List so many escalated sessions.", min=0, max=1_000)] = 0,
    contained: Annotated[bool, typer.Option("--contained", help="List the contained ones instead.")] = False,
    value: Annotated[str | None, typer.Option(help="List only those that had this content.")] = None,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """Say which self-service keeps people from calling: contained, which is not the same as solved."""
    rule = DeflectionRule(self_service, calls, content, int(days * 86_400), gap)
    if list_ or contained or value is not None or whose.publish is not None:
        behind(
            whose,
            SelfServiceCell(rule, value, not contained),
            "sessions",
            f"{'Contained' if contained else 'Escalated'} self-service sessions",
            ("who", "nr", "at", "contents", "called"),
            lambda one: (
                one.who, one.number, instant_text(one.at), ", ".join(one.contents), instant_text(one.called)
            ),
            list_ or 20,
            after,
        )  # fmt: skip
        return
    show(
        whose,
        lambda journeys, selection: journeys.call_deflection(selection, rule, by_content=not together, period=period),
        _deflected,
    )


def _deflected(found: Deflection) -> None:
    total = (found.total,) if found.total else ()
    show_table(
        "Self-service sessions",
        ("since", "content", "sessions", "escalated", "contained", "deflected", "repeats", "calls after", "people",
         "who called"),
        (
            (one.since, one.content or "(all)", one.sessions, one.escalated, one.contained,
             f"{one.deflection_rate:.1%}", one.repeats, one.calls_after_self_service, one.people,
             one.people_escalated)
            for one in (*total, *found.groups)
        ),
    )  # fmt: skip


@command()
def before(
    *,
    outcome: Annotated[str, typer.Option(help="Events: 'called'.")] = "called",
    events: Annotated[str | None, typer.Option(help="Which events make up the paths; else all.")] = None,
    by: By = None,
    length: Annotated[int, typer.Option(help="Of a path at most.", min=1, max=10)] = 3,
    days: Annotated[float, typer.Option(help="How long before the outcome at most.")] = 7,
    repeats: Annotated[bool, typer.Option("--repeats", help="Equal ones in a row do not count as one.")] = False,
    most: Annotated[int, typer.Option(help="Show so many.", min=1, max=1_000)] = 20,
    whose: Whose,
) -> None:
    """Show what people usually do before an outcome, such as a call."""
    show(
        whose,
        lambda journeys, selection: journeys.paths_before(
            selection, outcome, events=events, fields=tuple(by or ("type",)), length=length,
            window_seconds=int(days * 86_400), collapse=not repeats, most=most,
        ),
        lambda found: show_table(
            f"Before `{outcome}`",
            ("path", "times", "people"),
            ((one.text, one.times, one.people) for one in found.paths),
        ),
    )  # fmt: skip
