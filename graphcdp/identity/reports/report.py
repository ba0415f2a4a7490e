"""Reports: stored results of long analyses, with how far they have come; rows in pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, Literal, NamedTuple

from graphcdp.base import Clock, NotFoundError
from graphcdp.base.ids import random_id
from graphcdp.graph import Graph

ReportState = Literal["running", "done", "failed", "cancelled", "abandoned"]
ROWS_PER_BATCH = 1_000
NOTE_SECONDS = 1.0
ABANDONED_AFTER = timedelta(minutes=5)


class ReportNotFoundError(NotFoundError):
    """There is no such report."""

    code = "report_not_found"


class CancelledByUserError(Exception):
    """Somebody asked the analysis to stop."""


class Progress(NamedTuple):
    """How far an analysis has come.

    Attributes:
        stage: what it does now.
        share: of the whole, 0 to 1.
    """

    stage: str
    share: float


Watch = Callable[[Progress], None]


class ReportProfile(NamedTuple):
    """A profile in a row of a report: its id, and its identities' keys, the one that names it first."""

    id: str
    keys: tuple[str, ...]


class ReportRow(NamedTuple):
    """One row: a `split` (one profile before, several after) or a `merge` (several before, one after)."""

    number: int
    kind: str
    before: tuple[ReportProfile, ...]
    after: tuple[ReportProfile, ...]


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What every report says of itself.

    Attributes:
        id: opaque.
        kind: `identity_simulation`, `identity_apply`.
        state: `abandoned` is one whose process was lost.
        progress: 0 to 1.
        stage: what it does now; None when it has ended.
        created_at, finished_at: when it began and ended.
        error: why it failed, a sentence.
    """

    id: str
    kind: str
    state: ReportState
    progress: float
    stage: str | None
    created_at: datetime
    finished_at: datetime | None
    error: str | None

    @classmethod
    def of(cls, stored: Mapping[str, Any], now: datetime) -> ReportHead:
        """Read a report's properties."""
        state: ReportState = stored["state"]
        if state == "running" and now - stored["advanced_at"] > ABANDONED_AFTER:
            state = "abandoned"
        return cls(
            stored["id"],
            stored["kind"],
            state,
            stored["progress"],
            stored.get("stage"),
            stored["created_at"],
            stored.get("finished_at"),
            stored.get("error"),
        )


class OpenReport:
    """A report being made: notes progress about once a second, and learns whether somebody wants it to stop."""

    def __init__(self, graph: Graph, clock: Clock, id: str, watch: Watch | None) -> None:
        self.id = id
        self._graph = graph
        self._clock = clock
        self._watch = watch
        self._noted = 0.0

    async def note(self, stage: str, share: float, *, at_once: bool = False, **properties: Any) -> None:
        """Say how far it has come.

        Args:
            stage: what it does now.
            share: of the whole, 0 to 1.
            at_once: store it even if the last note is younger than a second.
            properties: of the report, to be stored with it.

        Raises:
            CancelledByUserError: somebody asked it to stop.
        """
        if self._watch is not None:
            self._watch(Progress(stage, share))
        if not at_once and monotonic() - self._noted < NOTE_SECONDS:
            return
        self._noted = monotonic()
        rows = await self._graph.write(
            "identity.report_advance",
            id=self.id, stage=stage, progress=float(share), at=self._clock.now(), properties=properties,
        )  # fmt: skip
        if rows and rows[0]["cancelled"]:
            raise CancelledByUserError

    async def add_rows(self, rows: Iterable[ReportRow], note: Callable[[int], Awaitable[None]]) -> int:
        """Store rows in batches; `note` is told after each how many there are.

        Returns:
            How many.
        """
        coming, stored = iter(rows), 0
        while batch := list(islice(coming, ROWS_PER_BATCH)):
            await self._graph.write("identity.report_rows", report_id=self.id, rows=[_row(one) for one in batch])
            stored += len(batch)
            await note(stored)
        return stored

    async def finish(self, state: ReportState, error: str | None = None, **properties: Any) -> None:
        """End it."""
        await self._graph.write(
            "identity.report_finish",
            id=self.id, state=state, at=self._clock.now(), error=error, properties=properties,
        )  # fmt: skip


class Reports:
    """Keeps reports in the graph."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock

    async def begin(self, kind: str, watch: Watch | None = None, **properties: Any) -> OpenReport:
        """Begin a report with some properties."""
        id = random_id("rep")
        await self._graph.write(
            "identity.report_create", id=id, kind=kind, created_at=self._clock.now(), properties=properties
        )
        return OpenReport(self._graph, self._clock, id, watch)

    def reopen(self, id: str, watch: Watch | None = None) -> OpenReport:
        """Go on with a report whose process was lost."""
        return OpenReport(self._graph, self._clock, id, watch)

    async def get(self, id: str, kind: str) -> tuple[ReportHead, Mapping[str, Any]]:
        """Return what a report says of itself, and its properties.

        Raises:
            ReportNotFoundError: there is no such report of that kind.
        """
        rows = await self._graph.read("identity.report_find", id=id)
        if not rows or rows[0]["report"]["kind"] != kind:
            raise ReportNotFoundError(f"There is no report {id} of this kind. Check the id.", id=id)
        stored = rows[0]["report"]
        return ReportHead.of(stored, self._clock.now()), stored

    async def forget(self, kind: str, before: datetime) -> None:
        """Let go of the answers that reports of a kind keep which began before an instant; stop those being made."""
        await self._graph.write("identity.report_forget", kind=kind, before=before)

    async def newest(self, kind: str, page_size: int = 20) -> list[tuple[ReportHead, Mapping[str, Any]]]:
        """Return the newest reports of a kind."""
        rows = await self._graph.read("identity.report_list", kind=kind, page_size=page_size)
        now = self._clock.now()
        return [(ReportHead.of(row["report"], now), row["report"]) for row in rows]

    async def rows(
        self, id: str, first: int = 100, after: int = 0, kind: str | None = None
    ) -> tuple[tuple[ReportRow, ...], bool]:
        """Return a page of rows in order, and whether more follow.

        Args:
            id: of the report.
            first: how many at most.
            after: the number of the row that the page begins after.
            kind: `split` or `merge` only.
        """
        found = await self._graph.read("identity.report", report_id=id, first=first + 1, after=after, kind=kind)
        rows = tuple(
            ReportRow(row["number"], row["kind"], _profiles(row["before"]), _profiles(row["becomes"])) for row in found
        )
        return rows[:first], len(rows) > first

    async def cancel(self, id: str) -> None:
        """Ask whoever makes a report to stop; nothing where it has ended already.

        Raises:
            ReportNotFoundError: there is no such report.
        """
        if not await self._graph.write("identity.report_cancel", id=id):
            raise ReportNotFoundError(f"There is no report {id}. Check the id.", id=id)


def _profiles(stored: Sequence[Mapping[str, Any]]) -> tuple[ReportProfile, ...]:
    return tuple(ReportProfile(one["id"], tuple(one["identities"])) for one in stored)


def _row(row: ReportRow) -> list[Any]:
    found: list[Any] = [row.number, row.kind]
    for side in (row.before, row.after):
        found += ([one.id for one in side], [len(one.keys) for one in side], [key for one in side for key in one.keys])
    return found
