"""Through here everything tracked goes: who sends, how fast, what is refused, and a reply only after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphcdp.api.auth import Keys, write_key_in
from graphcdp.api.health import Metrics
from graphcdp.api.limits import MAX_BATCH_CALLS, TokenBuckets, TooLargeError, read_body
from graphcdp.api.tracking.body import MalformedError, decode
from graphcdp.base import Clock, UnauthorizedError
from graphcdp.model import BatchResult, Fact, Outcome, Rejection
from graphcdp.sources import Fault, SourceDefinition, refuse

_CALLS_AT_A_STRETCH = 50  # about a millisecond: so long may another request, or Neo4j's answer, have to wait

Parse = Callable[[Mapping[str, Any], SourceDefinition, datetime, str], Fact | Rejection]


class Batching(Protocol):
    """The group commit in front of the one write path."""

    async def submit(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Make facts and rejections durable."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one request brought: items as sent, each with its place, and whether they came as a batch."""

    items: Sequence[object]
    batch: bool


class Door:
    """Takes tracking requests of one app."""

    def __init__(
        self,
        batching: Batching,
        sources: Callable[[str], SourceDefinition],
        *,
        keys: Keys,
        clock: Clock,
        buckets: TokenBuckets,
        metrics: Metrics,
    ) -> None:
        """Set what it works with; `sources` gives the definition of a source by its name."""
        self.keys = keys
        self._batching = batching
        self._sources = sources
        self._clock = clock
        self._buckets = buckets
        self._metrics = metrics

    async def read(self, request: Request) -> tuple[SourceDefinition, Any]:
        """Find out who sends, and read what.

        A key in the header or the address is checked before the body is read. What cannot be read is kept as a
        rejection.

        Returns:
            The source, and the JSON of the body.

        Raises:
            UnauthorizedError: no write key, or a wrong one.
            TooLargeError: the body is too large.
            MalformedError: the body is not JSON.
        """
        key = write_key_in(request.headers) or request.query_params.get("writeKey")
        source = self._sources(self.keys.require_source(key)) if key else None
        body = b""
        try:
            body = await read_body(request)
            content = decode(body)
        except (TooLargeError, MalformedError) as error:
            if source is None:
                if isinstance(error, TooLargeError):
                    raise
                raise UnauthorizedError(
                    f"There is no write key in the request's headers, and none could be found in the body. {error}"
                ) from None
            await self._keep_unread(source, error.code, error.message, body)
            raise
        if source is None:
            found = content.get("writeKey") if isinstance(content, Mapping) else None
            source = self._sources(self.keys.require_source(found if isinstance(found, str) else None))
        return source, content

    async def take(self, source: SourceDefinition, delivery: Delivery, parse: Parse) -> Response:
        """Make what a request brought durable, and say what became of it.

        Raises:
            TooLargeError: more calls than one batch may hold.
            TooManyCallsError: the source's keys send too fast.
        """
        if len(delivery.items) > MAX_BATCH_CALLS:
            raise TooLargeError(
                f"The batch holds {len(delivery.items):,} calls and may hold {MAX_BATCH_CALLS:,}; send several.",
                limit=MAX_BATCH_CALLS,
            )
        self._buckets.take(source.source, len(delivery.items))
        now = self._clock.now()
        facts: list[Fact] = []
        places: list[int] = []
        refused: dict[int, Rejection] = {}
        for place, item in enumerate(delivery.items):
            if place and not place % _CALLS_AT_A_STRETCH:
                await asyncio.sleep(0)
            row = f"batch[{place}]" if delivery.batch else "call"
            if isinstance(item, Mapping):
                read = parse(item, source, now, row)
            else:
                read = refuse(Fault(None, "bad_field", "A call must be a JSON object."), item, source, row)
            if isinstance(read, Fact):
                facts.append(read)
                places.append(place)
            else:
                refused[place] = read
        result = await self._batching.submit(facts, list(refused.values()))
        duplicates = 0
        for place, receipt in zip(places, result.receipts, strict=True):
            duplicates += receipt.outcome is Outcome.DUPLICATE
            if receipt.rejection is not None:
                refused[place] = receipt.rejection
        self._count(source, accepted=len(delivery.items) - len(refused) - duplicates, duplicate=duplicates)
        self._count(source, rejected=len(refused))
        return _reply(delivery, refused)

    async def _keep_unread(self, source: SourceDefinition, code: str, reason: str, body: bytes) -> None:
        text = body[: 16 * 1024].decode(errors="replace").replace("\x00", "\ufffd")
        rejection = Rejection(source.source, source.dataset, "body", None, code, reason, text)
        await self._batching.submit([], [rejection])
        self._count(source, rejected=1)

    def _count(self, source: SourceDefinition, **outcomes: int) -> None:
        for outcome, number in outcomes.items():
            if number:
                self._metrics.calls.labels(source.source, outcome).inc(number)


def _reply(delivery: Delivery, refused: Mapping[int, Rejection]) -> Response:
    """Say what became of a request: 400 where nothing was taken, else 200 with what was refused."""
    if not refused:
        return JSONResponse({"success": True})
    rejected = [
        {"index": place, "field": one.field, "code": one.code, "reason": one.reason}
        for place, one in sorted(refused.items())
    ]
    if not delivery.batch:
        one = refused[0]
        status = 413 if one.code == "too_large" else 400
        return JSONResponse(
            {"success": False, "code": one.code, "field": one.field, "message": one.reason}, status_code=status
        )
    if len(refused) < len(delivery.items):
        return JSONResponse({"success": True, "rejected": rejected})
    message = f"None of the {len(refused)} calls was taken. The first: {rejected[0]['reason']}"
    return JSONResponse(
        {"success": False, "code": "all_rejected", "message": message, "rejected": rejected}, status_code=400
    )
