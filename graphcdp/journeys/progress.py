"""How far a question is: told while it is answered to whoever wants to know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from time import monotonic

from graphcdp.identity.reports.report import Progress, Watch

TELL_SECONDS = 0.25
_SECONDS_AT_LEAST, _SECONDS_PER_EVENT = 0.2, 5e-6


class Telling:
    """Tells how far one question is, statement after statement: never less than before, and 1 only at its end.

    A statement says nothing of how far it is, so the share is an estimate from how long it has taken and how many
    events it reads.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._share = 0.0
        self._low, self._high = 0.0, 0.99
        self._label = ""

    def done(self) -> None:
        """Say that it is answered."""
        self._watch(Progress("done", 1.0))

    @contextmanager
    def part(self, number: int, of: int, label: str) -> Iterator[None]:
        """Have what is told inside be one part (from 0) of so many of the whole."""
        before = self._low, self._high, self._label
        step = (self._high - self._low) / of
        self._low, self._high, self._label = self._low + number * step, self._low + (number + 1) * step, f"{label}: "
        try:
            yield
        finally:
            self._low, self._high, self._label = before

    @asynccontextmanager
    async def reading(self, events: int | None) -> AsyncIterator[None]:
        """Tell how far it is as long as a statement reads so many events (None: unknown).

        What the watch raises stops the statement, and is raised.
        """
        main, failed = asyncio.current_task(), list[Exception]()
        begins, began = max(self._share, self._low), monotonic()
        what = "Neo4j reads" if events is None else f"Neo4j reads {events:,} events"

        async def tell() -> None:
            while True:
                seconds = monotonic() - began
                expected = _SECONDS_AT_LEAST + (events or 0) * _SECONDS_PER_EVENT
                share = begins + (self._high - begins) * seconds / (seconds + expected)
                self._share = max(self._share, share)
                try:
                    self._watch(Progress(f"{self._label}{what}, {seconds:.0f} s so far", self._share))
                except Exception as error:
                    failed.append(error)
                    if main is not None:
                        main.cancel()
                    return
                await asyncio.sleep(TELL_SECONDS)

        telling = asyncio.create_task(tell())
        try:
            await asyncio.sleep(0)
            yield
        except asyncio.CancelledError:
            if failed and main is not None:
                main.uncancel()
                raise failed[0] from None
            raise
        finally:
            telling.cancel()


TELLING: ContextVar[Telling | None] = ContextVar("journey_telling", default=None)
"""Of the question that is being answered; None: nobody wants to know."""


@contextmanager
def told_to(watch: Watch) -> Iterator[Telling]:
    """Have whatever is asked inside told to a watch."""
    telling = Telling(watch)
    before = TELLING.set(telling)
    try:
        yield telling
    finally:
        TELLING.reset(before)


@contextmanager
def part_of(number: int, of: int, label: str) -> Iterator[None]:
    """Have what is answered inside be one part (from 0) of so many of the question."""
    telling = TELLING.get()
    if telling is None:
        yield
        return
    with telling.part(number, of, label):
        yield
