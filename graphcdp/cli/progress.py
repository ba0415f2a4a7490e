"""A progress bar for long analyses, on a terminal only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from graphcdp.cli.frame import console
from graphcdp.identity import Progress
from graphcdp.identity.reports.report import Watch


@contextmanager
def watched(screen: Console | None = None, *, quiet: bool = False) -> Iterator[Watch]:
    """Yield what is told how far an analysis has come, and shows it.

    Args:
        screen: where; None: where tables go.
        quiet: show nothing.
    """
    screen = screen or console()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=screen, transient=True, disable=quiet or not screen.is_terminal) as bar:
        task = bar.add_task("Beginning", total=1.0)

        def tell(progress: Progress) -> None:
            bar.update(task, description=progress.stage, completed=progress.share, refresh=True)

        yield tell
