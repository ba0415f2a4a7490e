"""`journey sessions`: stays, counted or listed."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.frame import Json, answer, named, wants_json
from graphcdp.cli.journey.group import End, InSegment, Of, People, Start, Within, ask, journey, selection_of, show_table
from graphcdp.cli.picture import Html, Png, draw
from graphcdp.journeys import SessionRule
from graphcdp.journeys.sessions import SessionsBy


@journey.command()
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
    start: Start = None,
    end: End = None,
    container: Of = "person",
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    png: Png = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Count the sessions of people: how many, how long, how many bounced, where they began and ended."""
    chosen = selection_of(start, end, container, segment, people, within)
    rule = SessionRule(gap, longer, most, changes, midnight_in)
    if list_:
        page = ask(lambda journeys: journeys.list_sessions(chosen, rule, first=list_, after=after))
        cursor = page.items[-1][1] if page.more else None
        if wants_json():
            answer({"sessions": [named(one) for one, _ in page.items], "next": cursor})
            return
        show_table(
            "Sessions",
            ("who", "nr", "started", "seconds", "events", "entry", "exit", "channels"),
            (
                (one.who, one.number, f"{one.started:%Y-%m-%d %H:%M:%S}", one.seconds, one.events, one.entry_type,
                 one.exit_type, ", ".join(one.channels))
                for one, _ in page.items
            ),
        )  # fmt: skip
        if cursor:
            answer(None, f"More: --after {cursor}")
        return
    found = ask(lambda journeys: journeys.sessions(chosen, rule, by))
    draw(found, png, html)
    if wants_json():
        answer(named(found))
        return
    show_table(
        "Sessions",
        (by or "", "sessions", "people", "bounced", "events", "mean seconds", "median seconds"),
        (
            (one.value or ("all" if by is None else None), one.sessions, one.people, f"{one.bounce_rate:.1%}",
             one.events, one.mean_seconds, one.median_seconds)
            for one in found.groups
        ),
    )  # fmt: skip
