"""`journey project`: the columnar projection of the events, made or brought up to date."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.journey.group import journey
from graphcdp.journeys.columnar import Projected
from graphcdp.platform import Platform


@journey.command()
def project(
    *,
    anew: Annotated[bool, typer.Option("--anew", help="Make it anew from the graph.")] = False,
    state: Annotated[bool, typer.Option("--state", help="Only say how far it is.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the columnar projection of the events up to date, and make it where there is none.

    Once it is there, analyses of everybody ask it instead of Neo4j (see --engine), and a server keeps it up to date.
    """
    found: Projected | None = run(_projected, settings(), anew, state)
    if found is None:
        answer(None, "There is no projection. `graphcdp journey project` makes one.")
        return
    lacking = f", {found.behind:,} events behind the graph" if found.behind else ", up to date"
    took = "" if state else f" It took {found.seconds:.1f} s."
    answer(
        named(found),
        f"{found.path}: {found.events:,} events on {found.identities:,} identities{lacking}.{took}",
    )


async def _projected(chosen: Settings, anew: bool, state: bool) -> Projected | None:
    async with Platform.open(chosen) as platform:
        engines = platform.journeys.engines
        return await engines.state() if state else await engines.refresh(anew=anew)
