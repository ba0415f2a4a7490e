"""`journey stitching`."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.cli.frame import say
from graphcdp.cli.journey.group import Whose, command, percent, show, show_table
from graphcdp.journeys.stitching import Stitching, StitchingRule


@command()
def stitching(
    *,
    persistent: Annotated[
        list[str] | None, typer.Option(help="A namespace of devices; repeatable, the first goes before.")
    ] = None,
    transient: Annotated[list[str] | None, typer.Option(help="A namespace of persons; repeatable.")] = None,
    lookback_days: Annotated[float, typer.Option(help="How far back a replay goes.")] = StitchingRule().lookback_seconds
    / 86_400,
    conversions: Annotated[str | None, typer.Option(help="Events that are conversions.")] = None,
    whose: Whose,
) -> None:
    """Show how many people the same events are, by who ties devices to them: nobody, a log-in, the graph."""
    rule = StitchingRule(tuple(persistent or ()), tuple(transient or ()), int(lookback_days * 86_400), conversions)
    show(whose, lambda journeys, selection: journeys.stitching(selection, rule), _table)


def _table(found: Stitching) -> None:
    show_table(
        f"People of {found.events:,} events",
        ("by", "people", "events tied to a person", "share", "converted", "conversion"),
        (
            (one.method, one.people, one.tied, percent(one.tied_rate), one.converted, percent(one.conversion_rate))
            for one in found.methods
        ),
    )
    say(f"{found.devices:,} devices, {found.shared:,} of them shared by two persons or more.")
