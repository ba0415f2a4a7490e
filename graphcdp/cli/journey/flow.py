"""`journey flow`, `journey paths` and `journey transitions`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from graphcdp.cli.journey.group import Whose, command, show, show_table
from graphcdp.cli.journey.group import behind as list_behind
from graphcdp.journeys import FlowRule
from graphcdp.journeys.publish import PathCell

Around = Annotated[str | None, typer.Option("--around", help="Events in the segment language: 'purchased'.")]
At = Annotated[Literal["first", "last"], typer.Option("--at", help="The first such event of a sequence, or the last.")]
Before = Annotated[int, typer.Option("--before", help="So many places before it.", min=0)]
Behind = Annotated[int, typer.Option("--behind", help="So many places after it.", min=0)]
Item = Annotated[str, typer.Option("--item", help="The property of events that tells a place: type, page, channel.")]
Collapse = Annotated[bool, typer.Option("--collapse", help="Equal neighbours are one place.")]
Taken = Annotated[
    list[str] | None,
    typer.Option(
        "--taken", help="List who passed this item instead; repeated: these items, one place after the other."
    ),
]
Place = Annotated[
    int | None, typer.Option("--place", help="With `--taken`: the place of the first; else the one told first.")
]
First = Annotated[int, typer.Option("--first", help="List so many people.", min=1, max=1_000)]
After = Annotated[str | None, typer.Option("--after", help="List behind this cursor.")]
Gap = Annotated[int | None, typer.Option("--gap", help="Cut into sessions at so many seconds of silence.")]


@command(people=True)
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
    taken: Taken = None,
    place: Place = None,
    first: First = 20,
    after: After = None,
    whose: Whose,
) -> None:
    """Say what happens before and after an event, place by place."""
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    if taken:
        _takers(whose, PathCell(tuple(taken), -before if place is None else place, rule), first, after)
        return
    show(
        whose,
        lambda journeys, selection: journeys.flow(selection, rule, top_n=top, min_share=min_share),
        lambda found: show_table(f"{found.sequences:,} sequences", ("place", "from", "to", "sequences"), found.links),
    )


@command(people=True)
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
    taken: Taken = None,
    place: Place = None,
    first: First = 20,
    after: After = None,
    whose: Whose,
) -> None:
    """Show the ways that most people take."""
    rule = FlowRule(around, at, before, behind, item, collapse, gap)
    if taken:
        _takers(whose, PathCell(tuple(taken), -before if place is None else place, rule), first, after)
        return
    show(
        whose,
        lambda journeys, selection: journeys.paths(selection, rule, most=most),
        lambda found: show_table(
            f"{found.sequences:,} sequences",
            ("path", "sequences", "people", "share"),
            ((" → ".join(one.path), one.sequences, one.people, f"{one.share:.1%}") for one in found.paths),
        ),
    )


def _takers(whose: Whose, cell: PathCell, first: int, after: str | None) -> None:
    """List who passed some items at neighbouring places, or publish them."""
    list_behind(
        whose,
        cell,
        "people",
        f"Place {cell.step}: {' → '.join(cell.taken)}",
        ("who", "sequences"),
        lambda one: (one.who, one.sequences),
        first,
        after,
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
        lambda found: show_table(
            "What follows what",
            ("from", "to", "times", "people", "mean seconds", *([] if gap is None else ["sessions"])),
            [one if gap is not None else one[:-1] for one in found.edges],
        ),
    )
