"""The command `dataflow`."""

from __future__ import annotations

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, named, run, settings
from graphcdp.governance import Dataflow
from graphcdp.platform import Platform


@app.command()
def dataflow(*, as_json: Json = False) -> None:
    """Show where data comes from, what it goes through and where it goes, with counts and health."""
    found = run(_dataflow, settings())
    lines = []
    for one in found.nodes:
        counts = ", ".join(f"{each.count:,} {each.what}" for each in one.counts if each.count)
        lines.append(
            f"{one.health:<8}{one.kind:<12}{one.id.partition(':')[2] or one.title}"
            + (f" [{one.state}]" if one.state else "")
            + (f": {counts}" if counts else "")
            + (f". {one.told}" if one.told else "")
        )
    answer(named(found), "\n".join(lines))


async def _dataflow(chosen: Settings) -> Dataflow:
    async with Platform.open(chosen) as platform:
        return await platform.dataflow()
