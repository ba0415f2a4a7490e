"""A worker's turn at one destination: what everything that is sent there shares."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphcdp.base import Clock, logger
from graphcdp.destinations.delivery.patience import LostError, Patience, Task
from graphcdp.destinations.errors import DownError
from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load
from graphcdp.graph import Graph

PACE_SECONDS = 3.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class About:
    """What a turn is about: an activation with its segment, or a trigger, which has none."""

    id: str
    segment: str = ""
    segment_name: str = ""
    trigger: bool = False


class Lease:
    """The right of one worker to deliver to one destination, for some seconds at a time.

    Attributes:
        graph, clock, patience: what it works with.
        destination, worker: where, and who has it.
    """

    def __init__(self, graph: Graph, clock: Clock, patience: Patience, destination: str, worker: str) -> None:
        """Take what it works with; nothing is leased yet."""
        self.graph = graph
        self.clock = clock
        self.patience = patience
        self.destination = destination
        self.worker = worker

    def until(self, seconds: float | None = None) -> datetime:
        """Return how long it holds from now on."""
        return self.clock.now() + timedelta(seconds=seconds or self.patience.lease_seconds)

    async def take(self) -> bool:
        """Take or keep the destination; say whether it is this worker's."""
        return bool(
            await self.graph.write(
                "destinations.lease", id=self.destination, worker=self.worker, now=self.clock.now(), until=self.until()
            )
        )

    async def give_back(self) -> None:
        """Leave it to others."""
        await self.graph.write("destinations.release", id=self.destination, worker=self.worker)


class Turn:
    """One load for one destination, which this worker holds by a lease.

    Attributes:
        lease: of the destination; graph, clock, patience, destination: its.
        about: of what.
        connector, frequency: how it is sent, and how many messages a person may get.
        now: the instant of the turn.
    """

    def __init__(
        self, lease: Lease, *, about: About, connector: Connector, frequency: tuple[int, float] | None, now: datetime
    ) -> None:
        """Take what it works with."""
        self.lease = lease
        self.graph = lease.graph
        self.clock = lease.clock
        self.patience = lease.patience
        self.destination = lease.destination
        self.about = about
        self.connector = connector
        self.frequency = frequency
        self.now = now

    def load(self, items: Sequence[Item]) -> Load:
        """Return what is sent at once."""
        about = self.about
        return Load(about.id, about.segment, about.segment_name, items, self.now, about.trigger)

    async def well(self) -> None:
        """Note that the destination answers."""
        await self.graph.write("destinations.health", id=self.destination, ok=True, at=self.clock.now())

    async def begin(self, rows: Sequence[Any], seconds: float | None = None) -> None:
        """Keep that the destination may hold something from now on, before it is sent.

        Raises:
            LostError: another worker has the destination.
        """
        found = await self.graph.write(
            "destinations.begin", destination=self.destination, worker=self.lease.worker,
            activation=self.about.id, rows=rows, at=self.now, until=self.lease.until(seconds),
        )  # fmt: skip
        if not found:
            raise LostError

    async def settle(
        self, kept: Sequence[Any], dropped: Sequence[Any], messaged: Sequence[str], receipts: Sequence[Any]
    ) -> None:
        """Keep what was sent, and the receipts; arguments as in `destinations.settle`.

        Raises:
            LostError: another worker has the destination.
        """
        found = await self.graph.write(
            "destinations.settle", destination=self.destination, worker=self.lease.worker,
            activation=None if self.about.trigger else self.about.id, kept=kept, dropped=dropped, messaged=messaged,
            receipts=receipts, at=self.clock.now(), until=self.lease.until(),
        )  # fmt: skip
        if not found:
            raise LostError

    async def send(self, items: Sequence[Item], tasks: Sequence[Task]) -> list[Answer] | None:
        """Send in pieces; None where the destination is down: then the tasks wait."""
        answers: list[Answer] = []
        rate = self.connector.rate
        size = self.connector.batch_size
        if rate is not None:
            size = min(size, max(1, int(rate * PACE_SECONDS)))
        try:
            for start in range(0, len(items), size):
                part = items[start : start + size]
                began = asyncio.get_running_loop().time()
                answers += await self.connector.send(self.load(part))
                await self.pace(len(part), asyncio.get_running_loop().time() - began)
        except DownError as error:
            await self.down(tasks, error)
            return None
        await self.well()
        return answers

    async def pace(self, count: int, spent: float = 0.0) -> None:
        """Wait until so many items may be followed by more, and keep the destination meanwhile.

        Raises:
            LostError: another worker has it.
        """
        left = 0.0 if self.connector.rate is None else max(0.0, count / self.connector.rate - spent)
        while True:
            if not await self.lease.take():
                raise LostError
            if left <= 0:
                return
            await asyncio.sleep(min(left, PACE_SECONDS))
            left -= PACE_SECONDS

    async def down(self, tasks: Sequence[Task], error: DownError) -> None:
        """Keep a failure: the tasks wait, and after some in a row the destination rests."""
        now = self.clock.now()
        _log.info("destination_down", destination=self.destination, tasks=len(tasks))
        rest = max(self.patience.rest_seconds, int(error.retry_after or 0))
        (row,) = await self.graph.write(
            "destinations.health", id=self.destination, ok=False, at=now, error=error.message,
            trips=1 if error.retry_after else self.patience.trips, rest_seconds=rest,
        )  # fmt: skip
        last = row["last_success"]
        receipts = [self.later(task, error.message, last, alone=len(tasks) == 1) for task in tasks]
        await self.settle([], [], [], receipts)

    def later(self, task: Task, detail: str, last_success: datetime | None = None, *, alone: bool = True) -> list[Any]:
        """Return the receipt of a task that is tried again, or given up after too long."""
        now, attempts = self.clock.now(), task.attempts + 1
        since = task.first_failed or now
        others = last_success is not None and last_success > since
        hopeless = alone and attempts >= self.patience.attempts and others
        if hopeless or now - since > timedelta(hours=self.patience.hours):
            return [task.id, "dead", "given_up", detail, attempts, None, since, 0]
        return [task.id, "queued", None, detail, attempts, now + self.patience.wait(attempts), since, 0]

    def receipt(self, task: Task, state: str, outcome: str, answer: str | None, items: int = 0) -> list[Any]:
        """Return a receipt as `destinations.settle` takes it."""
        return [task.id, state, outcome, answer, task.attempts + 1, None, task.first_failed, items]

    def answered(self, task: Task, answers: Sequence[Answer], outcome: str) -> list[Any]:
        """Return the receipt of a task by the answers to its items."""
        for verdict in ("refused", "later"):
            said = next((one for one in answers if one.verdict == verdict), None)
            if said is not None and verdict == "refused":
                return self.receipt(task, "dead", "refused_there", said.detail, len(answers))
            if said is not None:
                attempts = task.attempts + 1
                if attempts >= self.patience.attempts:
                    return self.receipt(task, "dead", "given_up", said.detail, len(answers))
                return self.later(task, said.detail, alone=False)
        return self.receipt(task, "done", outcome, answers[-1].detail if answers else None, len(answers))
