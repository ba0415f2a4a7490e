"""The worker: brings each destination in step, one worker a destination, so that a dead one slows nobody.

At least once: a delivery leaves the queue only in the transaction that keeps its receipt. Before anything is sent, the
graph says that the destination may hold it, so a removal that follows is never forgotten. Of messages to people the
graph says first that one is on its way, so what was on its way when a process died is not sent again by itself.
"""

from __future__ import annotations

import asyncio
import traceback
from contextlib import suppress

from graphcdp.base import CDPError, Clock, logger
from graphcdp.base.ids import random_id
from graphcdp.destinations.delivery.activated import Activated
from graphcdp.destinations.delivery.bring import bring, erased, events
from graphcdp.destinations.delivery.patience import LostError, Patience, Task
from graphcdp.destinations.delivery.speak import speak
from graphcdp.destinations.delivery.tell import tell
from graphcdp.destinations.delivery.turn import About, Lease, Turn
from graphcdp.destinations.gate import Gate
from graphcdp.destinations.store import Destinations
from graphcdp.graph import Graph

AT_ONCE, MESSAGES_AT_ONCE = 500, 20
STOP_SECONDS = 10.0
_log = logger(__name__)


class Deliverer:
    """Delivers what is queued. Any number of processes may run one.

    Attributes:
        gate: may say no before a delivery.
        patience: how long is tried.
    """

    def __init__(self, graph: Graph, clock: Clock, destinations: Destinations, gate: Gate) -> None:
        """Take what it works with."""
        self._graph = graph
        self._clock = clock
        self._destinations = destinations
        self._worker = random_id("wkr")
        self._running: dict[str, asyncio.Task[int]] = {}
        self._stopping = False
        self.gate = gate
        self.patience = Patience()

    async def run(self, every_seconds: float = 0.2) -> None:
        """Deliver until it is cancelled; what fails is tried again."""
        try:
            while True:
                with suppress(CDPError):
                    await self.once()
                await asyncio.sleep(every_seconds)
        finally:
            self._stopping = True
            if self._running:  # what is on its way is finished, so that nobody has to wonder whether it arrived
                await asyncio.wait(self._running.values(), timeout=STOP_SECONDS)
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await self.close()

    async def once(self) -> None:
        """Begin work at every destination with something due that this process does not work at yet."""
        for id in await self._waiting():
            task = self._running.get(id)
            if task is None or task.done():
                self._running[id] = asyncio.create_task(self._guarded(id), name=f"deliver {id}")

    async def drain(self) -> int:
        """Deliver all that is due now, and return how many deliveries were settled: for commands and tests."""
        done = 0
        for id in await self._waiting():
            done += await self.deliver(id)
        return done

    async def close(self) -> None:
        """Give back connections."""
        await self._destinations.close()

    async def _waiting(self) -> list[str]:
        return [row[0] for row in await self._graph.read_rows("destinations.waiting", now=self._clock.now())]

    async def _guarded(self, id: str) -> int:
        try:
            return await self.deliver(id)
        except CDPError as error:
            _log.warning("delivery_failed", destination=id, code=error.code)
            if not error.retryable:  # its options or secrets: trying again at once does not help
                await self._rest(id, f"It cannot be used ({error.code}).")
        except Exception as error:  # a plug-in may raise anything: the others go on, and this one is tried again
            where = traceback.extract_tb(error.__traceback__)[-1]
            _log.error(
                "delivery_broke", destination=id, error=type(error).__name__, file=where.filename, line=where.lineno
            )
            await self._rest(id, f"The connector broke ({type(error).__name__}).")
        return 0

    async def _rest(self, id: str, error: str) -> None:
        with suppress(CDPError):
            await self._graph.write(
                "destinations.health", id=id, ok=False, at=self._clock.now(), error=error, trips=self.patience.trips,
                rest_seconds=self.patience.rest_seconds,
            )  # fmt: skip

    async def deliver(self, id: str) -> int:
        """Deliver to one destination what is due; return how many deliveries were settled."""
        settled = 0
        lease = Lease(self._graph, self._clock, self.patience, id, self._worker)
        with suppress(LostError):
            if not await lease.take():
                return 0
            try:
                while found := await self._round(lease):
                    settled += found
                    if self._stopping or not await lease.take():
                        break
            finally:
                await lease.give_back()
        return settled

    async def _round(self, lease: Lease) -> int:
        """Settle one load; return how many deliveries that were, 0 where there is nothing due or it failed."""
        now = self._clock.now()
        rows = await self._graph.read_rows("destinations.take", destination=lease.destination, now=now, most=AT_ONCE)
        if not rows:
            return 0
        tasks = [Task(*row) for row in rows]
        first = tasks[0]
        tasks = [one for one in tasks if (one.activation, one.trigger) == (first.activation, first.trigger)]
        connector, frequency = await self._destinations.connector(lease.destination)
        if connector.message_channel is not None:  # few at once: who leaves meanwhile is not written to
            tasks = tasks[:MESSAGES_AT_ONCE]
        elif first.attempts:  # what failed before goes alone, in ever smaller loads, so that it holds up nobody
            most = max(1, AT_ONCE >> (2 * first.attempts))
            tasks = [one for one in tasks if one.attempts][:most]
        else:
            tasks = [one for one in tasks if not one.attempts]
        if first.activation is None:
            about = About(first.trigger or "", trigger=True)
            return await tell(Turn(lease, about=about, connector=connector, frequency=None, now=now), tasks)
        activation = await self._destinations.activation(first.activation)
        about = About(activation.id, activation.segment, activation.segment_name)
        turn = Turn(lease, about=about, connector=connector, frequency=frequency, now=now)
        if first.subjects is not None:
            return await erased(turn, [one for one in tasks if one.subjects is not None])
        tasks = [one for one in tasks if one.subjects is None]
        activated = Activated(turn, activation, self.gate, self._destinations.stands)
        if activation.mode == "events":
            return await events(activated, tasks)
        if connector.message_channel is not None:
            return await speak(activated, tasks, lambda: self._stopping)
        return await bring(activated, tasks)
