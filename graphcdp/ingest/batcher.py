"""Group commit: what arrives at the same time goes in together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from graphcdp.base import CDPError
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.ingest.prepare import Prepared
from graphcdp.model import BatchResult, Fact, Rejection

MAX_FACTS = 5_000
MAX_WAITING = 50_000


class BusyError(CDPError):
    """More is waiting to be written than may wait."""

    code = "busy"
    retryable = True


@dataclass(slots=True)
class _Waiting:
    prepared: Prepared
    size: int
    done: asyncio.Future[BatchResult]


class Batcher:
    """Collects submissions while the previous batch is written, and writes them as one."""

    def __init__(self, pipeline: Pipeline, *, max_facts: int = MAX_FACTS, max_waiting: int = MAX_WAITING) -> None:
        self._pipeline = pipeline
        self._max_facts = max_facts
        self._max_waiting = max_waiting
        self._queue: deque[_Waiting] = deque()
        self._waiting = 0
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Hand in facts; returns when they are durable.

        Returns:
            The receipts of these facts, in the order given, and the profiles that the whole commit touched.

        Raises:
            BusyError: too much is waiting; try again in a second.
            GraphUnavailableError: nothing of it went in; try again.
        """
        size = len(facts) + len(rejections)
        if size == 0:
            return BatchResult(())
        if self._waiting and self._waiting + size > self._max_waiting:
            raise BusyError(
                f"{self._waiting} facts are waiting to be written, and {self._max_waiting} may wait. "
                "Send it again in a second."
            )
        self._waiting += size
        try:  # here and not by the writer, so that it is done while the server works
            prepared = await self._pipeline.prepare(facts, rejections)
        except BaseException:
            self._waiting -= size
            raise
        done: asyncio.Future[BatchResult] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(prepared, size, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await done

    async def close(self) -> None:
        """Wait until everything handed in is written."""
        while self._waiting:
            if self._writer is not None and not self._writer.done():
                await asyncio.wait([self._writer])
            else:  # something is being prepared
                await asyncio.sleep(0.001)

    async def _write(self) -> None:
        while self._queue:
            taken = [self._queue.popleft()]
            size = taken[0].size
            while self._queue and size + self._queue[0].size <= self._max_facts:
                taken.append(self._queue.popleft())
                size += taken[-1].size
            try:
                await self._commit(taken)
            finally:
                self._waiting -= size

    async def _commit(self, taken: Sequence[_Waiting]) -> None:
        try:
            result = await self._pipeline.commit([one.prepared for one in taken])
        except BaseException as error:
            for one in taken:
                if not one.done.done():
                    one.done.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        start = 0
        for one in taken:
            end = start + len(one.prepared.facts)
            receipts, start = result.receipts[start:end], end
            if not one.done.done():
                one.done.set_result(BatchResult(receipts, result.profiles))
