"""`journey flow`, `journey paths` and `journey transitions`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from graphcdp.cli.frame import Json, answer, named, wants_json
from graphcdp.cli.journey.group import End, InSegment, Of, People, Start, Within, ask, journey, selection_of, show_table
from graphcdp.cli.picture import Html, Png, draw
from graphcdp.journeys import FlowRule

Around = Annotated[str | None, typer.Option("--around", help="Events in the segment language: 'purchased'.")]
At = Annotated[Literal["first", "last"], typer.Option("--at", help="The first such event of a sequence, or the last.")]
Before = Annotated[int, typer.Option("--before", help="So many places before it.", min=0)]
Behind = Annotated[int, typer.Option("--behind", help="So many places after it.", min=0)]
Item = Annotated[str, typer.Option("--item", help="The property of events that tells a place: type, page, channel.")]
Collapse = Annotated[bool, typer.Option("--collapse", help="Equal neighbours are one place.")]
Gap = Annotated[int | None, typer.Option("--gap", help="Cut into sessions at so many seconds of silence.")]


@journey.command()
def flow(
    *,
    around: Around = None,
    at: At = "first",
    before: Before = 0,
    behind: Behind = 5,
    item: Item = "type",
    collapse: Collapse = False,
    gap: Gap = None,
    top: Annotated[int, typer.Option(help="So many items a place; the others are (other).")] = 10,
    min_share: Annotated[float, typer.Option(help="An item of less than this share is (other) too.")] = 0.0,
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
    """Say what happens before and after an event, place by place."""
    chosen = selection_of(start, end, container, segment, people, within)
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    found = ask(lambda journeys: journeys.flow(rule, chosen, top_n=top, min_share=min_share))
    draw(found, png, html)
    if wants_json():
        answer(named(found))
    else:
        show_table(f"{found.sequences:,} sequences", ("place", "from", "to", "sequences"), found.links)


@journey.command()
def paths(
    *,
    around: Around = None,
    at: At = "first",
    before: Before = 0,
    behind: Behind = 5,
    item: Item = "type",
    collapse: Collapse = False,
    gap: Gap = None,
    most: Annotated[int, typer.Option(help="At most so many paths.", min=1, max=1_000)] = 20,
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
    """Show the ways that most people take."""
    chosen = selection_of(start, end, container, segment, people, within)
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    found = ask(lambda journeys: journeys.paths(rule, chosen, most=most))
    draw(found, png, html)
    if wants_json():
        answer(named(found))
        return
    show_table(
        f"{found.sequences:,} sequences",
        ("path", "sequences", "people", "share"),
        ((" → ".join(one.path), one.sequences, one.people, f"{one.share:.1%}") for one in found.paths),
    )


@journey.command()
def transitions(
    *,
    item: Item = "type",
    collapse: Collapse = False,
    gap: Gap = None,
    most: Annotated[int, typer.Option(help="At most so many edges.", min=1, max=1_000)] = 30,
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
    """Show what follows what, how often and after how long."""
    chosen = selection_of(start, end, container, segment, people, within)
    found = ask(
        lambda journeys: journeys.transitions(chosen, item=item, collapse=collapse, session_gap_seconds=gap, most=most)
    )
    draw(found, png, html)
    if wants_json():
        answer(named(found))
    else:
        show_table("What follows what", ("from", "to", "times", "people", "mean seconds"), found.edges)
