"""What one question of a journey may cost, and speak of: events, seconds, turns, names. Kept before harm is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from graphcdp.base import InvalidInputError, Settings
from graphcdp.graph import Graph, Row, StatementMemoryError, StatementTimeoutError
from graphcdp.journeys.names import spoken_of, unknown
from graphcdp.journeys.progress import TELLING
from graphcdp.segments.vocabulary.fields import Fields

_Got = TypeVar("_Got")


class Reading(Protocol):
    """Says what events have."""

    async def __call__(self, *, anew: bool = False) -> Fields:
        """Return it, `anew` or at most some seconds old."""


class JourneyTooLargeError(InvalidInputError):
    """A question would read more than it may, or took longer or more memory."""

    code = "journey_too_large"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may cost.

    Attributes:
        seconds: for each statement; the server ends one that takes longer.
        events: so many are read at most; counted before anything is read.
        at_once: so many statements at a time in one process; more wait.
    """

    seconds: float = 120.0
    events: int = 20_000_000
    at_once: int = 4

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Read them from the settings."""
        return cls(settings.journey_seconds, settings.journey_events, settings.journey_at_once)


class Bounded(Graph):
    """A graph whose reading keeps to limits. Who stops waiting for an answer stops its statement, too."""

    limits: Limits
    fields: Reading
    _turns: asyncio.Semaphore

    @classmethod
    def over(cls, graph: Graph, limits: Limits, fields: Reading) -> Self:
        """Return a graph over the same connections.

        Args:
            graph: where.
            limits: what one statement may cost.
            fields: says what events have.
        """
        bounded = cls.__new__(cls)
        vars(bounded).update(vars(graph.limited(limits.seconds)))
        bounded.limits, bounded.fields = limits, fields
        bounded._turns = asyncio.Semaphore(limits.at_once)
        return bounded

    async def read(self, name: str, /, **params: Any) -> list[Row]:
        """Read as a graph does. Raises also `JourneyTooLargeError`, `RuleError`."""
        return await self._within(params, lambda: super(Bounded, self).read(name, **params))

    async def read_rows(self, name: str, /, **params: Any) -> list[list[Any]]:
        """Read as a graph does. Raises also `JourneyTooLargeError`, `RuleError`."""
        return await self._within(params, lambda: super(Bounded, self).read_rows(name, **params))

    async def read_text(self, text: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Read as a graph does; such a statement finds its own beginning, so what it reads is not counted before.

        Raises also `JourneyTooLargeError`, `RuleError`.
        """
        return await self._within(params or {}, lambda: super(Bounded, self).read_text(text, params), count=False)

    async def _within(
        self, params: Mapping[str, Any], read: Callable[[], Awaitable[_Got]], *, count: bool = True
    ) -> _Got:
        await self.require_known(params)
        async with self._turns:
            events = None
            if count and "segment" in params and "ids" in params:
                events = await self._require_few(params["segment"], params["ids"])
            telling = TELLING.get()
            try:
                if telling is None:
                    return await read()
                async with telling.reading(events):
                    return await read()
            except StatementTimeoutError:
                raise JourneyTooLargeError(
                    f"It took longer than {self.limits.seconds:g} s and was stopped. Ask for a segment or fewer "
                    "people, or raise GRAPHCDP_JOURNEY_SECONDS.",
                    limit=self.limits.seconds,
                ) from None
            except StatementMemoryError:
                raise JourneyTooLargeError(
                    "It needs more memory than Neo4j may use for a statement and was stopped. Ask for a segment or "
                    "fewer people, a shorter period, or raise GRAPHCDP_NEO4J_HEAP."
                ) from None

    async def require_known(self, params: Mapping[str, Any]) -> None:
        """Refuse a question that speaks of properties or types of events, or attributes of people, that are not there.

        Raises:
            RuleError: it does; the nearest name is said.
        """
        spoken = spoken_of(params)
        if not any(spoken) or unknown(spoken, await self.fields()) is None:
            return
        error = unknown(spoken, await self.fields(anew=True))  # what came in a moment ago counts, too
        if error is not None:
            raise error

    async def _require_few(self, segment: str | None, ids: list[str] | None) -> int:
        events: int
        ((events,),) = await super().read_rows("journey.to_read", segment=segment, ids=ids)
        if events > self.limits.events:
            raise JourneyTooLargeError(
                f"This would read {events:,} events; {self.limits.events:,} are the most. Ask for a segment or fewer "
                "people, or raise GRAPHCDP_JOURNEY_EVENTS.",
                limit=self.limits.events,
                value=events,
            )
        return events
