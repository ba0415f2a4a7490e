"""`journey flow`, `journey paths` and `journey transitions`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from graphcdp.cli.journey.group import Whose, command, show, show_table
from graphcdp.journeys import FlowRule

Around = Annotated[str | None, typer.Option("--around", help="Events in the segment language: 'purchased'.")]
At = Annotated[Literal["first", "last"], typer.Option("--at", help="The first such event of a sequence, or the last.")]
Before = Annotated[int, typer.Option("--before", help="So many places before it.", min=0)]
Behind = Annotated[int, typer.Option("--behind", help="So many places after it.", min=0)]
Item = Annotated[str, typer.Option("--item", help="The property of events that tells a place: type, page, channel.")]
Collapse = Annotated[bool, typer.Option("--collapse", help="Equal neighbours are one place.")]
Gap = Annotated[int | None, typer.Option("--gap", help="Cut into sessions at so many seconds of silence.")]


@command()
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
    whose: Whose,
) -> None:
    """Say what happens before and after an event, place by place."""
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    show(
        whose,
        lambda journeys, selection: journeys.flow(selection, rule, top_n=top, min_share=min_share),
        lambda found: show_table(f"{found.sequences:,} sequences", ("place", "from", "to", "sequences"), found.links),
    )


@command()
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
    whose: Whose,
) -> None:
    """Show the ways that most people take."""
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    show(
        whose,
        lambda journeys, selection: journeys.paths(selection, rule, most=most),
        lambda found: show_table(
            f"{found.sequences:,} sequences",
            ("path", "sequences", "people", "share"),
            ((" → ".join(one.path), one.sequences, one.people, f"{one.share:.1%}") for one in found.paths),
        ),
    )


@command()
def transitions(
    *,
    item: Item = "type",
    collapse: Collapse = False,
    gap: Gap = None,
    most: Annotated[int, typer.Option(help="At most so many edges.", min=1, max=1_000)] = 30,
    whose: Whose,
) -> None:
    """Show what follows what, how often and after how long."""
    show(
        whose,
        lambda journeys, selection: journeys.transitions(
            selection, item=item, collapse=collapse, session_gap_seconds=gap, most=most
        ),
        lambda found: show_table("What follows what", ("from", "to", "times", "people", "mean seconds"), found.edges),
    )
