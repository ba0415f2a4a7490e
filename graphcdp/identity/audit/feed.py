"""Follows the audit as it grows, whichever process writes it, from now on or from where a client left off."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from graphcdp.base import CDPError, Clock, ConflictError, InvalidInputError, logger
from graphcdp.graph import Graph, Row

AT_ONCE = 200
"""So many changes at most are held for one follower, who asks for more when these were taken."""
MOST_FOLLOWERS = 500
LOOK_SECONDS = 0.25
LOOK_ANYWAY_SECONDS = 10.0
LATE = timedelta(seconds=60)
"""So much later than its time a change may be committed."""
_log = logger(__name__)
Named = Callable[[], Awaitable[Sequence[Sequence[str]]]]
"""Says before each look which ids a change must name: one of each list."""


class TooManyFollowersError(ConflictError):
    """So many follow already that this process takes no more."""

    code = "too_many_followers"


@dataclass(frozen=True, slots=True)
class Happened:
    """A change.

    Attributes:
        position: to go on after it.
        at: when it was written.
        kind: such as `segment_entered`, `profile_merged`.
        subject: what it is about most.
        by_event: the event it followed from.
        before, after: ids of profiles, of memberships those of segments.
        because: why.
    """

    position: str
    at: datetime
    kind: str
    subject: str
    by_event: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    because: str | None


class _Position:
    """How far a follower got: an instant, and of each writer up to it or a little before the last number."""

    def __init__(self, at: datetime, seen: dict[str, tuple[int, datetime]]) -> None:
        self.at = at
        self.seen = seen

    @classmethod
    def read(cls, text: str) -> _Position:
        """Read what `text` gave.

        Raises:
            InvalidInputError: it is something else.
        """
        try:
            told = orjson.loads(base64.urlsafe_b64decode(text.encode()))
            at, seen = datetime.fromisoformat(told[0]), told[1]
            known = {str(name): (int(seq), datetime.fromisoformat(then)) for name, seq, then in seen}
            if at.tzinfo is None or any(each[1].tzinfo is None for each in known.values()):
                raise ValueError
        except (binascii.Error, ValueError, TypeError, KeyError, IndexError):
            raise InvalidInputError(
                "`after` is no position of a change. Leave it out to follow from now on.", field="after"
            ) from None
        return cls(at, known)

    @property
    def text(self) -> str:
        """The position as a client keeps it."""
        told = [[name, seq, at.isoformat()] for name, (seq, at) in self.seen.items()]
        return base64.urlsafe_b64encode(orjson.dumps([self.at.isoformat(), told])).decode()

    def take(self, row: Row) -> None:
        """Go on to a change."""
        self.at = max(self.at, row["at"])
        seq = max(row["seq"], self.seen.get(row["writer"], (0, row["at"]))[0])
        self.seen[row["writer"]] = (seq, row["at"])
        self.seen = {name: each for name, each in self.seen.items() if each[1] >= self.at - LATE}

    def to(self, at: datetime) -> None:
        """Go on to an instant up to which everything was taken."""
        self.at = max(self.at, at)


class Feed:
    """Tells many followers of changes; one look at the graph each quarter of a second says whether there are any."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._news = asyncio.Event()
        self._followers = 0
        self._looking: asyncio.Task[None] | None = None

    async def follow(
        self, *, kinds: Sequence[str] | None = None, named: Named | None = None, after: str | None = None
    ) -> AsyncIterator[Happened]:
        """Yield changes, the oldest first, for ever; each once.

        What a follower does not take stays in the graph: nothing piles up, and nothing is lost.

        Args:
            kinds: only these; None: all about profiles.
            named: only those that name some ids.
            after: the position of the last one taken; None: from now on.

        Raises:
            InvalidInputError: `after` is no position.
            TooManyFollowersError: 500 follow already in this process.
        """
        if self._followers >= MOST_FOLLOWERS:
            raise TooManyFollowersError(
                f"{MOST_FOLLOWERS} subscriptions are open here, the most there may be. End some, or ask another server."
            )
        self._followers += 1
        try:
            place = _Position.read(after) if after is not None else await self._now()
            while True:
                if self._looking is None or self._looking.done():
                    self._looking = asyncio.create_task(self._look())
                news, now = self._news, self._clock.now()
                rows = await self._graph.read(
                    "identity.changes_since",
                    since=place.at - LATE,
                    seen={name: seq for name, (seq, _) in place.seen.items()},
                    kinds=kinds,
                    named=None if named is None else await named(),
                    most=AT_ONCE,
                )
                for row in rows:
                    place.take(row)
                    yield Happened(
                        place.text, row["at"], row["kind"], row["subject"], row["by_event"],
                        tuple(orjson.loads(row["before"] or "[]")), tuple(orjson.loads(row["after"] or "[]")),
                        row["because"],
                    )  # fmt: skip
                if len(rows) < AT_ONCE:
                    place.to(now)
                    try:
                        await asyncio.wait_for(news.wait(), LOOK_ANYWAY_SECONDS)
                    except TimeoutError:
                        continue
        finally:
            self._followers -= 1

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _now(self) -> _Position:
        now = self._clock.now()
        rows = await self._graph.read("identity.changes_heads", since=now - LATE)
        return _Position(now, {row["writer"]: (row["seq"], row["at"]) for row in rows})

    async def _look(self) -> None:
        """Look whether there is anything new as long as somebody follows."""
        since, before = self._clock.now() - LATE, 0
        while self._followers:
            try:
                rows = await self._graph.read("identity.changes_heads", since=since)
                found = sum(row["number"] for row in rows)
            except CDPError as error:
                _log.warning("feed_look_failed", code=error.code)
                found = before
            if found != before:
                told, self._news = self._news, asyncio.Event()
                told.set()
                before = found
            if self._clock.now() - since > 2 * LATE:
                since, before = self._clock.now() - LATE, -1  # the window moves: counted anew, and told once in vain
            await asyncio.sleep(LOOK_SECONDS)
