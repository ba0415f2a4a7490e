"""Identities that nothing is sent to: unsubscribed, complained, or for another reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from graphcdp.base import Clock
from graphcdp.destinations.definition import Suppression, check_id
from graphcdp.destinations.errors import DestinationNotFoundError
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import Changes
from graphcdp.model import IdentityKey


class Suppressions:
    """The list of one graph. It holds identities, so that it also holds for people who were never seen."""

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline) -> None:
        """Take what it works with."""
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline

    async def add(
        self,
        identities: Sequence[IdentityKey],
        because: str,
        *,
        destination: str | None = None,
        until: datetime | None = None,
        author: str | None = None,
    ) -> int:
        """Send nothing to some identities any more, whether they were ever seen or not; what is held is taken out.

        Args:
            identities: of any spelling.
            because: a short word: `unsubscribed`, `complaint`, ….
            destination: only there; None: nowhere.
            until: None: for good.
            author: who says so.

        Returns:
            How many identities were listed; those that can stand for nobody are left out.

        Raises:
            DestinationNotFoundError: there is no such destination.
            DestinationError: the reason is no short word.
        """
        check_id(because)
        if destination is not None:
            await self._require(destination)
        keys = [await self._pipeline.key(*one) for one in identities]
        rows = [[str(one), destination, because, until] for one in keys if isinstance(one, IdentityKey)]
        now = self._clock.now()

        async def work(tx: Transaction) -> None:
            await tx.rows("ingest.lock", known_at=now)
            found = await tx.run("destinations.suppress", rows=rows, at=now, author=author)
            await self._changed(tx, found[0]["profiles"], "suppressed", author)

        if rows:
            await self._graph.transact(work)
        return len(rows)

    async def remove(self, ids: Sequence[str], *, author: str | None = None) -> int:
        """Take suppressions back, by their ids; return how many there were."""
        return await self._lift(ids, author)

    async def all(self, first: int = 100, after: str | None = None) -> tuple[Suppression, ...]:
        """Return the identities that nothing is sent to, by id."""
        rows = await self._graph.read_rows("destinations.suppressions", after=after or "", page_size=first)
        return tuple(Suppression(*row) for row in rows)

    async def expire(self, now: datetime) -> int:
        """Take back the suppressions that are over; return how many."""
        over = [row[0] for row in await self._graph.read_rows("destinations.suppressed_until", now=now)]
        return await self._lift(over, None) if over else 0

    async def _require(self, destination: str) -> None:
        if not await self._graph.read("destinations.all", id=destination):
            raise DestinationNotFoundError(f"There is no destination {destination[:64]}.", id=destination)

    async def _lift(self, ids: Sequence[str], author: str | None) -> int:
        now = self._clock.now()

        async def work(tx: Transaction) -> int:
            await tx.rows("ingest.lock", known_at=now)
            found = await tx.run("destinations.unsuppress", ids=list(ids))
            await self._changed(tx, found[0]["profiles"], "unsuppressed", author)
            return int(found[0]["removed"])

        return await self._graph.transact(work)

    async def _changed(self, tx: Transaction, profiles: Sequence[str], kind: str, author: str | None) -> None:
        now = self._clock.now()
        await tx.consume("destinations.enqueue_people", ids=list(profiles), cause=kind, at=now)
        changes = Changes(self._pipeline.writer)
        for id in profiles:
            changes(kind, id, None, [], [], because=author)
        await changes.write(tx, now)
