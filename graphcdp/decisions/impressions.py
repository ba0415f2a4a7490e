"""What was shown: durable with the decision, and soon afterwards an event like any other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from graphcdp.base import CDPError, logger
from graphcdp.governance import Leaving
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, IdentityKey

IMPRESSION, CLICK = "offer_impression", "offer_click"
SOURCE, DATASET = "graphcdp", "decisions"
AT_ONCE = 500
SOON_SECONDS = 0.25
LATER_SECONDS = 2.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Impression:
    """An offer that was shown to whoever held an identity.

    Attributes:
        id: of the event that it becomes.
        key: the identity that was asked for.
        ts: when.
        offer, placement, decision, channel: as on the event.
    """

    id: str
    key: str
    ts: datetime
    offer: str
    placement: str
    decision: str
    channel: str

    def fact(self) -> Fact:
        """Return it as an event."""
        said = {"offer": self.offer, "placement": self.placement, "decision": self.decision}
        namespace, _, value = self.key.partition("|")
        return Fact(
            id=self.id,
            ts=self.ts,
            source=SOURCE,
            dataset=DATASET,
            identities=(IdentityKey(namespace, value),),
            type=IMPRESSION,
            channel=self.channel,
            properties=dict(said),
            payload=orjson.dumps({"type": IMPRESSION, **said}).decode(),
        )


class Impressions:
    """Keeps impressions in the transaction of the decision and hands them to ingestion in the background.

    A decision need not wait for its turn at ingestion so. Any process hands in what any left, so none is lost with it.
    """

    def __init__(self, graph: Graph, pipeline: Pipeline) -> None:
        self._graph = graph
        self._pipeline = pipeline
        self._work: asyncio.Task[None] | None = None
        self._wanted = False
        self._closing = asyncio.Event()

    async def take(self, tx: Transaction, shown: Sequence[Impression]) -> None:
        """Keep impressions; durable, and counted by every other decision, when the transaction ends."""
        if shown:
            await tx.consume("decisions.take", rows=[asdict(one) for one in shown])

    def soon(self) -> None:
        """Make events of what was kept, in a moment."""
        self._wanted = True
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._until_done())

    async def settle(self) -> int:
        """Make events of all that is kept, by whatever process, now; return how many."""
        done = 0
        while await self._is_left():
            done += await self._pipeline.within(self._some)
        return done

    async def forget(self, tx: Transaction, leaving: Leaving) -> dict[str, int]:
        """Forget what was kept of a person since all became events, in the transaction that erases the person."""
        return {"impressions_waiting": (await tx.rows("decisions.forget", keys=list(leaving.identities)))[0][0]}

    async def leftovers(self) -> int:
        """Do so unless it is about to be done; for what another process kept and then was killed."""
        return 0 if self._work is not None and not self._work.done() else await self.settle()

    async def close(self) -> None:
        """Make events of what this process kept before it ends."""
        self._closing.set()
        if self._work is not None:
            await self._work

    async def _is_left(self) -> bool:
        return bool(await self._graph.read("decisions.waiting", most=1))

    async def _until_done(self) -> None:
        wait = SOON_SECONDS
        while self._wanted:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait)
            self._wanted, wait = False, SOON_SECONDS
            try:
                # One batch, not until none is left: under load there is always one more, and batches of a few without a
                # pause took more of both processors than the decisions.
                while await self._is_left() and await self._pipeline.within(self._some) == AT_ONCE:
                    pass
            except CDPError as error:
                _log.warning("impressions_wait", code=error.code)
                if self._closing.is_set():
                    return
                self._wanted, wait = True, LATER_SECONDS

    async def _some(self, tx: Transaction, _: datetime) -> tuple[int, list[Fact]]:
        rows = [Impression(*row) for row in await tx.rows("decisions.waiting", most=AT_ONCE)]
        await tx.consume("decisions.settled", ids=[one.id for one in rows])
        return len(rows), [one.fact() for one in rows]
