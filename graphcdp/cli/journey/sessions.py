"""`journey sessions`: stays, counted or listed."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.journey.group import Whose, ask, command, instant_text, listed, show, show_page, show_table
from graphcdp.journeys import SessionRule
from graphcdp.journeys.sessions import SessionsBy


@command()
def sessions(
    *,
    by: Annotated[SessionsBy | None, typer.Option(help="Count by this.")] = None,
    gap: Annotated[int, typer.Option(help="Seconds of silence that end a session.")] = 1_800,
    longer: Annotated[bool, typer.Option("--longer", help="Only a silence longer than the gap ends it.")] = False,
    most: Annotated[int | None, typer.Option(help="Seconds that a session lasts at most.")] = None,
    changes: Annotated[str | None, typer.Option(help="A property of events whose change begins a session.")] = None,
    midnight_in: Annotated[str | None, typer.Option(help="A time zone in which midnight ends a session.")] = None,
    list_: Annotated[int, typer.Option("--list", help="List so many single sessions instead.", min=0, max=1_000)] = 0,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """Count the sessions of people: how many, how long, how many bounced, where they began and ended."""
    rule = SessionRule(gap, longer, most, changes, midnight_in)
    if list_:
        chosen = listed(whose)
        page = ask(lambda journeys: journeys.list_sessions(chosen, rule, first=list_, after=after))
        show_page(
            page,
            "sessions",
            "Sessions",
            ("who", "nr", "started", "seconds", "events", "entry", "exit", "channels"),
            lambda one: (
                one.who, one.number, instant_text(one.started), one.seconds, one.events, one.entry_type, one.exit_type,
                ", ".join(one.channels),
            ),
        )  # fmt: skip
        return
    show(
        whose,
        lambda journeys, selection: journeys.sessions(selection, rule, by),
        lambda found: show_table(
            "Sessions",
            (by or "", "sessions", "people", "bounced", "events", "mean seconds", "median seconds"),
            (
                (one.value or ("all" if by is None else None), one.sessions, one.people, f"{one.bounce_rate:.1%}",
                 one.events, one.mean_seconds, one.median_seconds)
                for one in found.groups
            ),
        ),
    )  # fmt: skip
