"""Questions that are answered in the background: asked again by id until they are done, and stopped from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphcdp.base import Clock, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity.reports.long_runs import LongRuns
from graphcdp.identity.reports.report import OpenReport, Progress, ReportHead, Reports
from graphcdp.journeys.progress import told_to

KIND = "journey"
MAX_RUNNING, MOST_BYTES, LOOK_SECONDS = 4, 1_000_000, 0.5
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class JourneyRun:
    """A question as it stands.

    Attributes:
        head: id, state, progress.
        answer: JSON, once it is done; None before, after a day, and after somebody was erased, as it may name them.
    """

    head: ReportHead
    answer: str | None

    @classmethod
    def of(cls, head: ReportHead, stored: Mapping[str, Any]) -> JourneyRun:
        """Read a report's properties."""
        return cls(head, stored.get("answer"))


class JourneyRuns:
    """Answers questions in the background, and keeps the answers as reports. Other processes' are seen too."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        """Take what it works with."""
        self._clock = clock
        self._reports = Reports(graph, clock)
        self._runs = LongRuns(self._reports, MAX_RUNNING)

    async def start(self, ask: Callable[[], Awaitable[str]], *, wait_seconds: float = 0.0) -> JourneyRun:
        """Begin to answer a question and return, running or done; `get` says how far it is.

        Args:
            ask: puts the question to the journeys of this process and returns the answer as JSON.
            wait_seconds: how long to wait for its end.

        Raises:
            InvalidInputError: this process answers `MAX_RUNNING` already.
        """
        self._runs.require_room("questions are being answered")
        await self._reports.forget(KIND, self._clock.now() - KEPT)
        report = await self._reports.begin(KIND)
        await self._runs.behind(report, lambda: _answered(report, ask), wait_seconds)
        return await self.get(report.id)

    async def get(self, id: str) -> JourneyRun:
        """Return a question as it stands.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        return JourneyRun.of(*await self._reports.get(id, KIND))

    async def cancel(self, id: str) -> JourneyRun:
        """Stop a question, whoever answers it; one that has ended stays as it is.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        await self.get(id)
        await self._runs.cancel(id)
        return await self.get(id)

    async def forget(self) -> None:
        """Let go of all answers: they may name somebody who was erased."""
        await self._reports.forget(KIND, self._clock.now() + KEPT)  # whatever the clocks of other processes say

    async def close(self) -> None:
        """Stop what this process answers."""
        await self._runs.close()


async def _answered(report: OpenReport, ask: Callable[[], Awaitable[str]]) -> None:
    seen = Progress("waiting", 0.0)

    def watch(progress: Progress) -> None:
        nonlocal seen
        seen = progress

    async def told() -> str:
        with told_to(watch):
            return await ask()

    asking = asyncio.create_task(told())
    try:
        while not asking.done():
            await asyncio.wait({asking}, timeout=LOOK_SECONDS)
            await report.note(*seen)  # raises where somebody wants it to stop
    finally:
        asking.cancel()
        await asyncio.wait({asking})
    answer = asking.result()
    if len(answer.encode()) > MOST_BYTES:
        raise InvalidInputError(
            f"The answer has {len(answer.encode()):,} bytes, and {MOST_BYTES:,} are kept. Ask for less, or put the "
            "question directly.",
            limit=MOST_BYTES,
        )
    await report.finish("done", answer=answer)
