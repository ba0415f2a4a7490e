"""What was shown: durable with the decision, and soon afterwards an event like any other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from graphcdp.base import CDPError, logger
from graphcdp.governance import Leaving
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, IdentityKey

IMPRESSION, CLICK = "offer_impression", "offer_click"
SOURCE, DATASET = "graphcdp", "decisions"
AT_ONCE = 200
SOON_SECONDS = 0.5
LATER_SECONDS = 2.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Impressed:
    """What one decision showed to whoever held an identity.

    Attributes:
        decision: its id.
        key: the identity that was asked for.
        ts: when.
        placement, channel: where.
        offers: their ids; each becomes an event.
    """

    decision: str
    key: str
    ts: datetime
    placement: str
    channel: str
    offers: Sequence[str]

    def facts(self) -> list[Fact]:
        """Return them as events."""
        namespace, _, value = self.key.partition("|")
        found = []
        for offer in self.offers:
            said = {"offer": offer, "placement": self.placement, "decision": self.decision}
            fact = Fact(
                id=f"{self.decision}:{offer}",
                ts=self.ts,
                source=SOURCE,
                dataset=DATASET,
                identities=(IdentityKey(namespace, value),),
                type=IMPRESSION,
                channel=self.channel,
                properties=dict(said),
                payload=orjson.dumps({"type": IMPRESSION, **said}).decode(),
            )
            found.append(fact)
        return found


class Turn(NamedTuple):
    """Where decisions about a person are counted, and how many there were when the person was read.

    Attributes:
        stranger: where they are counted while nobody holds the identity.
        place: where they were counted.
        number: how many.
    """

    stranger: str
    place: str
    number: int


class Impressions:
    """Keeps impressions with the decision and hands them to ingestion in the background.

    A decision need not wait for its turn at ingestion so. Any process hands in what any left, so none is lost with it.
    """

    def __init__(self, graph: Graph, pipeline: Pipeline) -> None:
        self._graph = graph
        self._pipeline = pipeline
        self._work: asyncio.Task[None] | None = None
        self._wanted = False
        self._closing = asyncio.Event()

    async def take(self, shown: Impressed, turn: Turn) -> bool:
        """Keep impressions; durable, and counted by every other decision, when this returns.

        Returns:
            False where something else was shown to the person since: nothing is kept then.
        """
        return bool(await self._graph.write_if("decisions.take", **_asked(shown, turn)))

    async def rehearse(self, shown: Impressed, turn: Turn) -> None:
        """Let the server plan the same; nothing is kept."""
        await self._graph.transact(lambda tx: tx.rows("decisions.take", **_asked(shown, turn)), keep=False)

    def soon(self) -> None:
        """Make events of what was kept, in a moment."""
        self._wanted = True
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._until_done())

    async def settle(self) -> int:
        """Make events of all that is kept, by whatever process, now; return of how many decisions."""
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
        rows = [Impressed(*row) for row in await tx.rows("decisions.waiting", most=AT_ONCE)]
        await tx.consume("decisions.settled", decisions=[one.decision for one in rows])
        return len(rows), [fact for one in rows for fact in one.facts()]


def _asked(shown: Impressed, turn: Turn) -> dict[str, Any]:
    return {**asdict(shown), "stranger": turn.stranger, "turn": turn.place, "turns": turn.number}
