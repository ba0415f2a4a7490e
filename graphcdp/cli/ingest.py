"""The commands `ingest` and `rejected`: load files of a source, and list what could not be taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from graphcdp.base import GraphUnavailableError, ServerError, Settings, SystemClock
from graphcdp.cli.frame import Json, answer, app, console, run, say, settings, wants_json
from graphcdp.ingest.file_reports import Counts, FilePreview, FileReport, in_columns
from graphcdp.ingest.files import preview_file
from graphcdp.platform import Platform
from graphcdp.profile import Page, RejectedFact
from graphcdp.sources import SourceDefinition


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files to load: local paths or fsspec URLs, plain or .gz.")],
    *,
    source: Annotated[Path, typer.Option(help="The source's definition, a YAML file (docs/sources.md).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at the whole file and write nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="From the start, even if the file is in already.")] = False,
    as_json: Json = False,
) -> None:
    """Load files of a source.

    A call that was stopped is gone on with by the next; loading a file again changes nothing. Rows that cannot be taken
    are kept with their reason (`graphcdp rejected`), and their neighbours go in.
    """
    definition = SourceDefinition.load(source)
    if dry_run:
        previews = run(_preview, settings(), paths, definition)
        if wants_json():
            answer([preview.as_json() for preview in previews])
        else:
            for preview in previews:
                _show(preview)
        return
    reports = run(_load, settings(), paths, definition, again)
    answer(reports, "\n".join(map(_told, reports)))


@app.command()
def rejected(
    *,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="The cursor that the page before ended with.")] = None,
    as_json: Json = False,
) -> None:
    """List what could not be taken, newest first: row, field and reason."""
    page = run(_rejected, settings(), source, limit, after)
    following = page.items[-1][1] if page.more and page.items else None
    if wants_json():
        answer({"items": [each for each, _ in page.items], "after": following})
        return
    if not page.items:
        answer(None, "Nothing was rejected." if after is None else "No more was rejected.")
        return
    _table(
        "Rejected",
        ("received", "where", "code", "reason"),
        (
            (
                f"{each.received_at:%Y-%m-%d %H:%M}",
                f"{each.source or ''}\n{each.row or ''}",
                each.code,
                each.reason,
            )
            for each, _ in page.items
        ),
    )
    if following is not None:
        console().print(f"There are more: graphcdp rejected --after {following}", highlight=False, soft_wrap=True)


async def _load(chosen: Settings, paths: Sequence[str], definition: SourceDefinition, again: bool) -> list[FileReport]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[told]}"),
    )
    reports = []
    async with Platform.open(chosen) as platform:
        screen = console()
        with Progress(
            *columns, TimeElapsedColumn(), console=screen, transient=True, disable=not screen.is_terminal
        ) as bar:
            for path in paths:
                task = bar.add_task(escape(Path(path).name), total=1.0, told="")

                def progress(counts: Counts, share: float | None, task: TaskID = task) -> None:
                    told = f"{counts.accepted:,} new, {counts.duplicates:,} known, {counts.rejected:,} rejected"
                    bar.update(task, completed=share, told=told)

                reports.append(await platform.files.load(path, definition, again=again, progress=progress))
                bar.update(task, completed=1.0)
    return reports


async def _preview(chosen: Settings, paths: Sequence[str], definition: SourceDefinition) -> list[FilePreview]:
    """Preview against the graph; without a server, the mapping alone."""
    try:
        async with Platform.open(chosen) as platform:
            return [await platform.files.preview(path, definition) for path in paths]
    except (ServerError, GraphUnavailableError):
        say("The server does not run, so only the mapping is shown; `graphcdp up` first to see what is there already.")
        now = SystemClock().now()
        return [await asyncio.to_thread(preview_file, path, definition, now) for path in paths]


async def _rejected(chosen: Settings, source: str | None, limit: int, after: str | None) -> Page[RejectedFact]:
    async with Platform.open(chosen) as platform:
        return await platform.profiles.rejected(limit, after, source)


def _told(report: FileReport) -> str:
    counts = report.counts
    said = (
        f"{counts.accepted:,} new facts, {counts.duplicates:,} known before, {counts.rejected:,} rejected"
        f"{f', {counts.skipped:,} left out' if counts.skipped else ''}"
    )
    if report.already:
        return f"{report.path} is in already ({said}); nothing changed. --again reads it from the start."
    resumed = f", went on after row {report.resumed_at:,}" if report.resumed_at else ""
    hint = f" `graphcdp rejected --source {report.source}` lists what was not taken." if counts.rejected else ""
    return f"{report.path}: {said}, in {report.seconds:.1f} s{resumed}.{hint}"


def _show(preview: FilePreview) -> None:
    """Show a preview to a person: the first rows as facts, what would come of all, what would be rejected."""
    screen = console()
    screen.print(f"[bold]{escape(preview.path)}[/] as {preview.source}.{preview.dataset}; nothing was written.")
    for sample in preview.samples:
        shown = ((name, str(value)) for name, value in in_columns(sample).items() if value is not None)
        _table("", ("reads as", "value"), shown)
    counts = [
        ("rows", preview.rows),
        ("interactions", preview.events),
        ("profile records", preview.records),
        ("left out", preview.skipped),
        ("rejected", preview.rejected.total()),
    ]
    if preview.checked:
        counts[1:1] = [("new facts", preview.accepted), ("known before", preview.duplicates)]
    if preview.first is not None and preview.last is not None:
        screen.print(f"From {preview.first:%Y-%m-%d %H:%M} to {preview.last:%Y-%m-%d %H:%M} UTC.")
    _table("What would come of it", ("what", "how many"), ((name, f"{count:,}") for name, count in counts))
    for title, found in (("Interactions", preview.types), ("Identities", preview.namespaces)):
        if found:
            _table(title, ("name", "how many"), ((name, f"{count:,}") for name, count in found.most_common(20)))
    if preview.rejections:
        _table(
            "First of what would be rejected",
            ("row", "field", "code", "reason"),
            ((each.row, each.field or "", each.code, each.reason) for each in preview.rejections),
        )


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title or None, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    console().print(table)
