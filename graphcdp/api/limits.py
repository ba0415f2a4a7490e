"""How much one caller may send: bytes of a request, calls of a batch, calls a second."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import ClassVar

from starlette.requests import Request

from graphcdp.base import CDPError, InvalidInputError

MAX_BATCH_BYTES = 500 * 1024
MAX_BATCH_CALLS = 2_500
_DRAIN_BYTES = 64 * 1024 * 1024


class TooLargeError(CDPError):
    """A request is larger than it may be."""

    code = "too_large"


class UnsupportedEncodingError(CDPError):
    """A body is compressed in a way that is not read here."""

    code = "unsupported_encoding"


class TooManyCallsError(CDPError):
    """A key sends faster than it may; `retry_after` says after how many seconds it may go on."""

    code: ClassVar[str] = "too_many_calls"
    retryable: ClassVar[bool] = True

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class TokenBuckets:
    """One bucket a key: it fills at a rate, holds a burst, and every call takes one token."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the limits.

        Args:
            rate: calls a second; 0 is no limit.
            burst: calls at once.
            clock: seconds that only grow.
        """
        self.rate = rate
        self.burst = max(burst, 1.0)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, calls: int) -> None:
        """Take the tokens of some calls; more than a whole burst at once costs a whole burst.

        Raises:
            TooManyCallsError: there are too few; nothing was taken.
        """
        if self.rate <= 0:
            return
        now = self._clock()
        tokens, since = self._buckets.get(key, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.rate)
        wanted = min(float(calls), self.burst)
        if tokens < wanted:
            self._buckets[key] = (tokens, now)
            wait = int((wanted - tokens) / self.rate) + 1
            raise TooManyCallsError(
                f"This key sends more than {self.rate:,g} calls a second; try again in {wait} s.", wait
            )
        self._buckets[key] = (tokens - wanted, now)


async def read_body(request: Request, limit: int = MAX_BATCH_BYTES) -> bytes:
    """Read a request's body, unpacked if it is gzip or deflate, never holding more than the limit.

    A body that is too large is read to its end and dropped, so that the sender gets to see the answer.

    Raises:
        TooLargeError: it is larger, as sent or unpacked.
        UnsupportedEncodingError: its Content-Encoding is another one.
        InvalidInputError: it is not what its Content-Encoding says.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise UnsupportedEncodingError(
            f"The body is encoded as {encoding[:40]!r}, which is not read here; send gzip, deflate or plain JSON."
        )
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > _DRAIN_BYTES:
            break
    if size > limit:
        raise _too_large(limit)
    body = b"".join(chunks)
    if encoding in ("gzip", "x-gzip", "deflate") or body[:2] == b"\x1f\x8b":
        return _unpack(body, limit)
    return body


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(
        f"The request is larger than {limit // 1024} KB; send at most that much at once, in several batches.",
        limit=limit,
    )


def _unpack(body: bytes, limit: int) -> bytes:
    # 32 more than the window says: find out whether it is gzip or zlib.
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidInputError("The body says it is compressed and is not; correct Content-Encoding.") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not unpacker.eof:
        raise InvalidInputError("The compressed body is cut short; send it again.")
    return plain
