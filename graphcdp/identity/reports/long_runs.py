"""Long analyses: run here or in the background, told about by a report, stopped from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio

from graphcdp.base import CDPError, InvalidInputError, logger
from graphcdp.identity.reports.report import CancelledByUserError, OpenReport, Reports

Work = Callable[[], Awaitable[None]]
_log = logger(__name__)


class LongRuns:
    """Carries out the work of reports of one kind; each report ends `done`, `failed` or `cancelled`."""

    def __init__(self, reports: Reports, most: int) -> None:
        """Take what it works with.

        Args:
            reports: where they are kept.
            most: how many may run at once in the background of this process.
        """
        self._reports = reports
        self._most = most
        self._running: dict[str, asyncio.Task[None]] = {}

    def require_room(self, what: str) -> None:
        """Refuse to begin one more in the background than may run.

        Raises:
            InvalidInputError: as many run already.
        """
        if len(self._running) >= self._most:
            raise InvalidInputError(
                f"{len(self._running)} {what} already. Wait for one, or cancel it: {', '.join(self._running)}."
            )

    async def here(self, report: OpenReport, work: Work) -> None:
        """Do the work now; what it raises is raised, cancelling included, once the report says so."""
        await self._carry_out(report, work, raising=True)

    async def behind(self, report: OpenReport, work: Work, wait_seconds: float) -> None:
        """Begin the work in the background, and wait for its end for some seconds."""
        task = asyncio.create_task(self._carry_out(report, work, raising=False))
        self._running[report.id] = task
        task.add_done_callback(lambda _: self._running.pop(report.id, None))
        if wait_seconds > 0:
            await asyncio.wait({task}, timeout=wait_seconds)

    async def cancel(self, id: str) -> None:
        """Ask whoever does the work of a report to stop; wait for it where that is this process."""
        await self._reports.cancel(id)
        task = self._running.get(id)
        if task is not None:
            await asyncio.wait({task}, timeout=2)
            task.cancel()
            await asyncio.wait({task}, timeout=10)

    async def close(self) -> None:
        """Stop what this process runs."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=10)

    async def _carry_out(self, report: OpenReport, work: Work, *, raising: bool) -> None:
        try:
            await work()
        except CancelledByUserError:
            await report.finish("cancelled")
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await report.finish("cancelled")
            raise
        except Exception as error:
            told = error.message if isinstance(error, CDPError) else "Something went wrong; the log has the details."
            _log.error("long_run_failed", report=report.id, exc_info=error)
            await report.finish("failed", told)
            if raising:
                raise
