"""The Typer group that the commands about journeys hang on, and the options that say whose events are looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import app, console, run, settings
from graphcdp.journeys import Container, Journeys, Selection
from graphcdp.platform import Platform

journey = typer.Typer(
    name="journey",
    help="Journeys: what people did, across channels, and how often.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(journey)

_Got = TypeVar("_Got")

Start = Annotated[str | None, typer.Option("--start", help="From this instant: 2026-01-01 or 2026-01-01T10:00:00Z.")]
End = Annotated[str | None, typer.Option("--end", help="Before this instant.")]
Of = Annotated[Container, typer.Option("--container", help="Whose events belong together: a person, or one cookie.")]
InSegment = Annotated[str | None, typer.Option("--segment", help="Only members of this segment.")]
People = Annotated[str | None, typer.Option("--people", help="Only people who fulfil this rule: 'profile.age > 30'.")]
Within = Annotated[str | None, typer.Option("--within", help="Only events that fulfil this: \"channel = 'web'\".")]


def selection_of(  # noqa: PLR0917
    start: str | None,
    end: str | None,
    container: Container,
    segment: str | None,
    people: str | None,
    within: str | None,
) -> Selection:
    """Return what the options select.

    Raises:
        InvalidInputError: a time cannot be read.
    """
    return Selection(
        start=_instant(start, "--start"),
        end=_instant(end, "--end"),
        container=container,
        segment=segment,
        people=people,
        within=within,
    )


def ask(question: Callable[[Journeys], Awaitable[_Got]]) -> _Got:
    """Put a question to the journeys of the platform."""
    got: _Got = run(_ask, settings(), question)
    return got


async def _ask(chosen: Settings, question: Callable[[Journeys], Awaitable[_Got]]) -> _Got:
    async with Platform.open(chosen) as platform:
        return await question(platform.journeys)


def show_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table for a person; texts as they are, numbers to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    lines = [list(row) for row in rows]
    for place, column in enumerate(columns):
        numbers = bool(lines) and all(isinstance(row[place], int | float | None) for row in lines)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in lines:
        table.add_row(*(_cell(cell) for cell in row))
    console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("[", r"\[")


def _instant(text: str | None, option: str) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{option} `{text}` is no instant. Write 2026-01-01 or 2026-01-01T10:00:00Z.", field=option
        ) from None
