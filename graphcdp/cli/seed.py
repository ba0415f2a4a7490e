"""The command `seed`: load a demonstration through the public file ingestion."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, console, run, settings
from graphcdp.ingest import Seed, SeedReport
from graphcdp.platform import Platform


@app.command()
def seed(
    name: Annotated[str, typer.Argument(help="Which demonstration: luma, callcenter, crosschannel.")],
    *,
    scale: Annotated[int, typer.Option(help="How many times its population.", min=1, max=500)] = 1,
    until: Annotated[str | None, typer.Option(help="Play the story up to this row, such as L2.")] = None,
    as_json: Json = False,
) -> None:
    """Load a demonstration: its population and its story, as files of the systems they come from.

    Loading it again changes nothing; a larger scale adds people, a later row adds to the story.
    """
    report = run(_load, settings(), Seed.load(name), scale, until)
    answer(report, _told(report))


async def _load(chosen: Settings, wanted: Seed, scale: int, until: str | None) -> SeedReport:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    async with Platform.open(chosen) as platform:
        with Progress(*columns, TimeElapsedColumn(), console=console(), transient=True) as bar:
            task = bar.add_task(wanted.title, total=1.0)

            def progress(title: str, share: float) -> None:
                bar.update(task, description=title, completed=share)

            return await platform.seeds.load(wanted, scale=scale, until=until, progress=progress)


def _told(report: SeedReport) -> str:
    at = f"told at {report.anchor:%Y-%m-%d %H:%M} UTC, {report.scale} x its population, up to {report.until}"
    if report.already:
        return f"{report.seed} is in already ({at}); nothing changed."
    return (
        f"{report.seed} is loaded ({at}): {report.accepted:,} new facts, {report.duplicates:,} rows seen before, "
        f"{report.rejected:,} rejected (`graphcdp rejected` lists them), {report.skipped:,} left out, "
        f"in {report.seconds:.1f} s."
    )
