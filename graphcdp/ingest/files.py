"""Loads files of a source in chunks, each durable before the next; a second call goes on where the first stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from graphcdp.base import CDPError, Clock, logger
from graphcdp.base.ids import content_hash
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest.file_reports import Counts, FilePreview, FileReport, RunState
from graphcdp.ingest.prepare import Prepared
from graphcdp.model import BatchResult, Fact, Outcome, Rejection
from graphcdp.sources import ROWS_PER_CHUNK, Chunk, FileState, SourceDefinition, compile_rows, file_state, read_rows

_log = logger(__name__)

Progress = Callable[[Counts, float | None], None]
SourceGuard = Callable[[SourceDefinition], Awaitable[None]]
"""Is asked before a definition is put in force, and may refuse it."""


class IngestPipeline(Protocol):
    """The one write path."""

    async def prepare(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> Prepared:
        """Do what can be done without the graph."""
        ...

    async def commit(self, parts: Sequence[Prepared]) -> BatchResult:
        """Write a batch; it is durable when this returns."""
        ...

    async def preview(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Say what `ingest` would answer, and write nothing."""
        ...


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A chunk as facts."""

    facts: list[Fact]
    rejections: list[Rejection]
    skipped: int
    position: int
    share: float | None


class FileIngest:
    """Loads files.

    Attributes:
        guards: are asked about the definition before anything is written, and before a preview.

    Args:
        pipeline: where facts go.
        graph: where sources and runs are noted.
        clock: for times too far ahead, and for when a run began.
        chunk: rows to a transaction.
    """

    def __init__(self, pipeline: IngestPipeline, graph: Graph, clock: Clock, *, chunk: int = ROWS_PER_CHUNK) -> None:
        self._pipeline = pipeline
        self._graph = graph
        self._clock = clock
        self._chunk = chunk
        self.guards: list[SourceGuard] = []

    async def load(
        self, path: str | Path, definition: SourceDefinition, *, again: bool = False, progress: Progress | None = None
    ) -> FileReport:
        """Load a file, or go on with it. Loading the same state of a file once more changes nothing.

        Args:
            path: a local path or an fsspec URL.
            definition: how its rows become facts.
            again: from the start, even if it is in already.
            progress: told after each chunk the counts so far, and the share of the file read (None: unknown).

        Returns:
            What became of its rows.

        Raises:
            FileFormatError: it cannot be read; where this is seen at its beginning nothing was written.
            SourceDefinitionError: the definition cannot read rows.
            ConflictError: a guard refuses it, such as a policy.
        """
        began = monotonic()
        state = await asyncio.to_thread(file_state, str(path))
        run_id = run_id_of(state, definition)
        counts, done = await self._found(run_id)
        if done and not again:
            return self._report(run_id, state, definition, counts, began, already=True, resumed_at=counts.position)
        await self._ask(definition)
        if again:
            counts = Counts()
        resumed_at = counts.position
        chunks = self._mapped(state, definition, skip=resumed_at)
        first = await asyncio.to_thread(next, chunks, None)
        await self._open(run_id, state, definition)
        try:
            await self._write_all(run_id, first, chunks, counts, progress)
        except CDPError as error:
            with suppress(CDPError):
                await self._advance(run_id, RunState.FAILED, counts, error.message)
            raise
        await self._advance(run_id, RunState.DONE, counts)
        _log.info(
            "file_loaded", run=run_id, source=definition.source, accepted=counts.accepted, rejected=counts.rejected
        )
        return self._report(run_id, state, definition, counts, began, already=False, resumed_at=resumed_at)

    async def preview(self, path: str | Path, definition: SourceDefinition, *, samples: int = 5) -> FilePreview:
        """Do what `load` would and take each chunk back: it cannot disagree with the run, and writes nothing.

        A fact that repeats one of an earlier chunk is counted as new, as that was taken back.

        Args:
            path: a local path or an fsspec URL.
            definition: how its rows become facts.
            samples: how many facts and rejections to keep for showing.

        Raises:
            FileFormatError: it cannot be read.
            SourceDefinitionError: the definition cannot read rows.
            ConflictError: a guard would refuse it, such as a policy.
        """
        await self._ask(definition)
        state = await asyncio.to_thread(file_state, str(path))
        preview = FilePreview(state.path, definition.source, definition.dataset, checked=True)
        chunks = self._mapped(state, definition, skip=0)
        while (mapped := await asyncio.to_thread(next, chunks, None)) is not None:
            _add(preview, mapped, samples)
            result = await self._pipeline.preview(mapped.facts, mapped.rejections)
            preview.accepted += result.count(Outcome.ACCEPTED)
            preview.duplicates += result.count(Outcome.DUPLICATE)
            refused = [receipt.rejection for receipt in result.receipts if receipt.rejection is not None]
            preview.rejected.update(each.code for each in refused)
            preview.rejections.extend(refused[: max(0, samples - len(preview.rejections))])
        return preview

    async def _ask(self, definition: SourceDefinition) -> None:
        for guard in self.guards:
            await guard(definition)

    async def _found(self, run_id: str) -> tuple[Counts, bool]:
        """Say how far an earlier call came, and whether it finished."""
        rows = await self._graph.read("ingest.run_find", id=run_id)
        if not rows:
            return Counts(), False
        row = rows[0]
        counts = Counts(row["position"], row["accepted"], row["duplicates"], row["rejected"], row["skipped"])
        return counts, row["state"] == RunState.DONE

    async def _open(self, run_id: str, state: FileState, definition: SourceDefinition) -> None:
        """Note the source and the run, in one transaction."""

        async def work(tx: Transaction) -> None:
            await tx.run("ingest.source_register", **_registration(definition))
            await tx.run(
                "ingest.run_open",
                id=run_id,
                path=state.path,
                source=definition.source,
                dataset=definition.dataset,
                size=state.size,
                modified=state.modified,
                started_at=self._clock.now(),
            )

        await self._graph.transact(work)

    async def _write_all(
        self,
        run_id: str,
        first: _Mapped | None,
        chunks: Iterator[_Mapped],
        counts: Counts,
        progress: Progress | None,
    ) -> None:
        """Write chunk after chunk, reading and preparing the next while one is written."""

        async def ahead() -> tuple[_Mapped, Prepared] | None:
            mapped = await asyncio.to_thread(next, chunks, None)
            return (mapped, await self._prepare(mapped)) if mapped is not None else None

        at_hand = (first, await self._prepare(first)) if first is not None else None
        while at_hand is not None:
            mapped, prepared = at_hand
            following = asyncio.create_task(ahead())
            try:
                await self._write(mapped, prepared, counts)
                await self._advance(run_id, RunState.RUNNING, counts)
            except BaseException:
                await asyncio.wait({following})
                following.exception()
                raise
            if progress is not None:
                progress(replace(counts), mapped.share)
            at_hand = await following

    async def _prepare(self, mapped: _Mapped) -> Prepared:
        return await self._pipeline.prepare(mapped.facts, mapped.rejections)

    async def _write(self, mapped: _Mapped, prepared: Prepared, counts: Counts) -> None:
        result = await self._pipeline.commit([prepared])
        counts.accepted += result.count(Outcome.ACCEPTED)
        counts.duplicates += result.count(Outcome.DUPLICATE)
        counts.rejected += result.count(Outcome.REJECTED) + len(mapped.rejections)
        counts.skipped += mapped.skipped
        counts.position = mapped.position

    async def _advance(self, run_id: str, state: RunState, counts: Counts, error: str | None = None) -> None:
        await self._graph.write(
            "ingest.run_advance",
            id=run_id,
            state=state.value,
            position=counts.position,
            accepted=counts.accepted,
            duplicates=counts.duplicates,
            rejected=counts.rejected,
            skipped=counts.skipped,
            at=self._clock.now(),
            error=error,
        )

    def _mapped(self, state: FileState, definition: SourceDefinition, *, skip: int) -> Iterator[_Mapped]:
        """Read and map a file, chunk by chunk."""
        read = compile_rows(definition, state.name)
        for chunk in read_rows(definition, state.path, self._chunk, skip):
            yield _map(chunk, read, self._clock.now())

    @staticmethod
    def _report(
        run_id: str,
        state: FileState,
        definition: SourceDefinition,
        counts: Counts,
        began: float,
        *,
        already: bool,
        resumed_at: int,
    ) -> FileReport:
        return FileReport(
            run_id, state.path, definition.source, definition.dataset, counts, already, resumed_at, monotonic() - began
        )


async def register_source(graph: Graph, definition: SourceDefinition) -> None:
    """Note a source and its dataset, with the definition in force; as often as you like."""
    await graph.write("ingest.source_register", **_registration(definition))


def run_id_of(state: FileState, definition: SourceDefinition) -> str:
    """Name the loading of one state of a file under one definition."""
    place = state.path if "://" in state.path else str(Path(state.path).resolve())
    said = definition.text or definition.model_dump_json()
    return f"run_{content_hash(chr(10).join((place, str(state.size), state.modified, said)))}"


def preview_file(path: str | Path, definition: SourceDefinition, now: datetime, samples: int = 5) -> FilePreview:
    """Read and map a whole file; needs no server, so it cannot say what is there already or what identity rules refuse.

    Args:
        path: a local path or an fsspec URL.
        definition: how its rows become facts.
        now: the present; times far beyond it are refused.
        samples: how many facts and rejections to keep for showing.

    Raises:
        FileFormatError: it cannot be read.
        SourceDefinitionError: the definition cannot read rows.
    """
    state = file_state(str(path))
    preview = FilePreview(state.path, definition.source, definition.dataset)
    read = compile_rows(definition, state.name)
    for chunk in read_rows(definition, state.path):
        _add(preview, _map(chunk, read, now), samples)
    return preview


def _add(preview: FilePreview, mapped: _Mapped, samples: int) -> None:
    """Add a mapped chunk to a preview."""
    preview.rows += len(mapped.facts) + len(mapped.rejections) + mapped.skipped
    preview.skipped += mapped.skipped
    preview.rejected.update(each.code for each in mapped.rejections)
    preview.rejections.extend(mapped.rejections[: max(0, samples - len(preview.rejections))])
    preview.samples.extend(mapped.facts[: max(0, samples - len(preview.samples))])
    preview.facts += len(mapped.facts)
    for fact in mapped.facts:
        if fact.type is not None:
            preview.events += 1
            preview.types[fact.type] += 1
        if fact.attributes or fact.type is None:
            preview.records += 1
        for key in fact.identities:
            preview.namespaces[key.namespace] += 1
        preview.first = fact.ts if preview.first is None else min(preview.first, fact.ts)
        preview.last = fact.ts if preview.last is None else max(preview.last, fact.ts)


def _map(chunk: Chunk, read: Callable[..., Fact | Rejection | None], now: datetime) -> _Mapped:
    """Turn a chunk's rows into facts and rejections."""
    facts: list[Fact] = []
    rejections: list[Rejection] = []
    skipped = 0
    for row, number in zip(chunk.rows, chunk.numbers, strict=True):
        found = read(row, number, now)
        if type(found) is Fact:
            facts.append(found)
        elif type(found) is Rejection:
            rejections.append(found)
        else:
            skipped += 1
    return _Mapped(facts, rejections, skipped, chunk.position, chunk.share)


def _registration(definition: SourceDefinition) -> dict[str, str | int | None]:
    return {
        "source": definition.source,
        "title": definition.title,
        "channel": definition.channel,
        "dataset": definition.dataset,
        "definition": definition.text or definition.model_dump_json(),
        "trust": definition.trust,
    }
