"""The worker: brings each destination in step, one worker a destination, so that a dead one slows nobody.

At least once: a delivery leaves the queue only in the transaction that keeps its receipt. Before anything is sent, the
graph says that the destination may hold it, so a removal that follows is never forgotten. Of messages to people the
graph says first that one is on its way, so what was on its way when a process died is not sent again by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from graphcdp.base import CDPError, Clock, logger
from graphcdp.base.ids import random_id
from graphcdp.destinations.connector import Answer, Connector, Item, Load
from graphcdp.destinations.definition import Activation
from graphcdp.destinations.errors import DownError
from graphcdp.destinations.gate import Gate, Plan
from graphcdp.destinations.step import Deed, Stand, Step, fields_of, identities_of, step
from graphcdp.destinations.store import Destinations
from graphcdp.graph import Graph

AT_ONCE, MESSAGES_AT_ONCE = 500, 20
STOP_SECONDS = 10.0
_UNSURE = "The process ended while the message was on its way; whether it arrived is not known. Replay it, or leave it."
_log = logger(__name__)
_DONE = {"add": "added", "update": "updated", "remove": "removed", "entered": "told", "exited": "told"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is tried.

    Attributes:
        first_seconds, most_seconds: waits between attempts, doubled each time, with jitter of a half.
        attempts: after so many a delivery is given up, if the destination took others meanwhile.
        hours: after so long it is given up in any case.
        trips: failures in a row that make a destination rest, for `rest_seconds`.
        lease_seconds: a worker that says nothing for so long has lost its destination; `message_seconds` while a
            message to a person is on its way.
    """

    first_seconds: float = 1.0
    most_seconds: float = 300.0
    attempts: int = 8
    hours: float = 72.0
    trips: int = 5
    rest_seconds: int = 30
    lease_seconds: float = 15.0
    message_seconds: float = 45.0

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts."""
        seconds = min(self.most_seconds, self.first_seconds * 2 ** max(0, attempts - 1))
        return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311  no secret


class Task(NamedTuple):
    """A delivery that is due."""

    id: str
    activation: str
    profile: str
    cause: str
    by_event: str | None
    at: datetime
    attempts: int
    first_failed: datetime | None
    subjects: Sequence[str] | None


class LostError(Exception):
    """Another worker has the destination."""


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
        with suppress(LostError):
            if not await self._lease(id):
                return 0
            try:
                while found := await self._round(id):
                    settled += found
                    if self._stopping or not await self._lease(id):
                        break
            finally:
                await self._graph.write("destinations.release", id=id, worker=self._worker)
        return settled

    async def _lease(self, id: str) -> bool:
        now = self._clock.now()
        return bool(
            await self._graph.write("destinations.lease", id=id, worker=self._worker, now=now, until=self._until())
        )

    def _until(self, seconds: float | None = None) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds or self.patience.lease_seconds)

    async def _round(self, id: str) -> int:
        """Settle one load; return how many deliveries that were, 0 where there is nothing due or it failed."""
        now = self._clock.now()
        rows = await self._graph.read_rows("destinations.take", destination=id, now=now, most=AT_ONCE)
        if not rows:
            return 0
        tasks = [Task(*row) for row in rows]
        first = tasks[0]
        tasks = [one for one in tasks if one.activation == first.activation]
        activation = await self._destinations.activation(first.activation)
        connector, frequency = await self._destinations.connector(id)
        if connector.message_channel is not None:  # few at once: who leaves meanwhile is not written to
            tasks = tasks[:MESSAGES_AT_ONCE]
        elif first.attempts:  # what failed before goes alone, in ever smaller loads, so that it holds up nobody
            most = max(1, AT_ONCE >> (2 * first.attempts))
            tasks = [one for one in tasks if one.attempts][:most]
        else:
            tasks = [one for one in tasks if not one.attempts]
        work = _Work(self, id, activation, connector, frequency=frequency, now=now)
        if first.subjects is not None:
            return await work.erased([one for one in tasks if one.subjects is not None])
        tasks = [one for one in tasks if one.subjects is None]
        return await (work.events(tasks) if activation.mode == "events" else work.members(tasks))


class _Work:
    """One load of one activation."""

    def __init__(
        self, deliverer: Deliverer, destination: str, activation: Activation, connector: Connector, *,
        frequency: tuple[int, float] | None, now: datetime,
    ) -> None:  # fmt: skip
        self._deliverer = deliverer
        self._graph = deliverer._graph
        self._clock = deliverer._clock
        self._patience = deliverer.patience
        self._destination = destination
        self._activation = activation
        self._connector = connector
        self._frequency = frequency
        self._now = now

    async def events(self, tasks: Sequence[Task]) -> int:
        """Tell entries and exits, each as it happened."""
        stands = await self._stands([task.profile for task in tasks])
        refused = await self._refused([task.profile for task in tasks])
        sent, receipts = [], []
        for task in tasks:
            stand, no = stands[task.profile], refused[task.profile]
            if task.cause == "entered" and (no is not None or stand.suppressed):
                receipts.append(self._receipt(task, "done", no or "suppressed", None))
                continue
            told = Deed(
                "entered" if task.cause == "entered" else "exited",
                "person",
                task.profile,
                task.profile,
                None,
                self._fields(stand),
            )
            sent.append((task, self._item(told, task, task.id, stand)))
        if sent:
            answers = await self._send([item for _, item in sent], [task for task, _ in sent])
            if answers is None:
                if receipts:
                    await self._settle([], [], [], receipts)
                return 0
            receipts += [
                self._answered(task, [answer], "told") for (task, _), answer in zip(sent, answers, strict=True)
            ]
        await self._settle([], [], [], receipts)
        return len(receipts)

    async def members(self, tasks: Sequence[Task]) -> int:
        """Bring the destination in step about the people of some deliveries."""
        of: dict[str, list[Task]] = {}
        for task in tasks:
            of.setdefault(task.profile, []).append(task)
        stands = await self._stands(list(of))
        refused = await self._refused(list(of))
        steps = {id: self._step(stands[id], refused[id]) for id in of}
        if self._connector.message_channel is not None:
            return await self._speak(of, steps, stands)
        return await self._bring(of, steps, stands)

    async def erased(self, tasks: Sequence[Task]) -> int:
        """Take out people who are not in the graph any more; the deliveries say what they were known by."""
        items, of = [], []
        for task in tasks if self._connector.can_remove and self._connector.message_channel is None else ():
            for said in task.subjects or ():
                kind, _, key = said.partition("|")
                namespace, _, value = key.partition("|")
                name = key if kind == "person" else self._connector.name_of(namespace, value)
                if name is not None:
                    id = hashlib.blake2b(f"{task.id}|{key}".encode(), digest_size=16).hexdigest()
                    spaces = None if kind == "person" else namespace
                    items.append(Item(id, "remove", name, spaces, task.profile, {}, task.at))
                    of.append(task.id)
        answers: list[Answer] = []
        if items:
            given = await self._send(items, tasks)
            if given is None:
                return 0
            answers = given
        told: dict[str, list[Answer]] = {}
        for id, answer in zip(of, answers, strict=True):
            told.setdefault(id, []).append(answer)
        receipts = [
            self._answered(task, told.get(task.id, []), "removed" if task.id in told else "forgotten") for task in tasks
        ]
        await self._settle([], [], [], receipts)
        return len(receipts)

    async def _bring(
        self, of: Mapping[str, Sequence[Task]], steps: Mapping[str, Step], stands: Mapping[str, Stand]
    ) -> int:
        deeds = [(id, self._with_ref(deed)) for id in steps for deed in steps[id].deeds]
        deeds.sort(key=lambda one: one[1].action != "remove")
        answers: list[Answer] = []
        if deeds:
            begun = [
                [deed.kind, deed.key, "sending", deed.ref, deed.hash] for _, deed in deeds if deed.action != "remove"
            ]
            if begun:
                await self._begin(begun)
            items = [self._item(deed, of[id][-1], _item_id(deed), stands[id]) for id, deed in deeds]
            tasks = [task for each in of.values() for task in each]
            given = await self._send(items, tasks)
            if given is None:
                return 0
            answers = list(given)
        kept, dropped = [], []
        by_person: dict[str, list[tuple[Deed, Answer]]] = {}
        for (id, deed), answer in zip(deeds, answers, strict=True):
            by_person.setdefault(id, []).append((deed, answer))
            if answer.verdict == "later":
                continue
            if deed.action == "remove" or (deed.action == "add" and answer.verdict == "refused"):
                if answer.verdict == "done" or deed.action == "add":
                    dropped.append([deed.kind, deed.key])
            else:
                kept.append([deed.kind, deed.key, "held", deed.hash])
        receipts = []
        for id, tasks_of in of.items():
            done = by_person.get(id, [])
            outcome = _outcome(done) or steps[id].outcome
            for task in tasks_of:
                receipts.append(self._answered(task, [answer for _, answer in done], outcome))
        await self._settle(kept, dropped, [], receipts)
        return len(receipts)

    async def _speak(
        self, of: Mapping[str, Sequence[Task]], steps: Mapping[str, Step], stands: Mapping[str, Stand]
    ) -> int:
        """Send messages, one after the other, each between two transactions: on its way, and what became of it."""
        settled = 0
        for id, tasks in of.items():
            if self._deliverer._stopping:
                break
            found = steps[id]
            gone = [deed for deed in found.deeds if deed.action == "remove"]
            lost = {one.subject for one in found.unsure}
            dropped = [[deed.kind, deed.key] for deed in gone]
            messaged = [deed.key for deed in gone if deed.ref in {one.ref for one in found.unsure}]
            kept = [[one.kind, one.subject, "unsure", one.hash] for one in found.unsure if one.subject not in messaged]
            add = next((deed for deed in found.deeds if deed.action == "add"), None)
            if lost:
                receipts = [self._receipt(task, "unsure", "unsure", _UNSURE) for task in tasks]
            elif found.wait_until is not None:
                receipts = [
                    [task.id, "queued", found.outcome, None, task.attempts, found.wait_until, task.first_failed, 0]
                    for task in tasks
                ]
            elif add is None:
                receipts = [self._receipt(task, "done", "removed" if gone else found.outcome, None) for task in tasks]
            else:
                sent = await self._one_message(self._with_ref(add), tasks, stands[id])
                if sent is None:
                    return 0
                verdict, more, messaged_now, receipts = sent
                kept += more
                messaged += messaged_now
                stays = verdict == "unsure" or (verdict == "done" and self._activation.mode != "reminders")
                dropped += [] if stays else [[add.kind, add.key]]
            await self._settle(kept, dropped, messaged, receipts)
            settled += len(receipts)
        return settled

    async def _one_message(
        self, deed: Deed, tasks: Sequence[Task], stand: Stand
    ) -> tuple[str, list[Any], list[str], list[list[Any]]] | None:
        await self._begin([[deed.kind, deed.key, "in_flight", deed.ref, deed.hash]], self._patience.message_seconds)
        item = self._item(deed, tasks[-1], _item_id(deed), stand)
        load = Load(self._activation.id, self._activation.segment, self._activation.segment_name, [item], self._now)
        try:
            (answer,) = await self._connector.send(load)
        except DownError as error:  # a connector of messages says so only where nothing has gone out
            await self._settle([], [[deed.kind, deed.key]], [], [])
            await self.down(tasks, error)
            return None
        await self._graph.write("destinations.health", id=self._destination, ok=True, at=self._clock.now())
        if self._connector.rate is not None:
            await asyncio.sleep(1 / self._connector.rate)
        if answer.verdict == "unsure":
            receipts = [self._receipt(task, "unsure", "unsure", answer.detail, 1) for task in tasks]
            return "unsure", [[deed.kind, deed.key, "unsure", deed.hash]], [], receipts
        receipts = [self._answered(task, [answer], "sent") for task in tasks]
        done = answer.verdict == "done"
        once = self._activation.mode == "reminders"  # the next wish is another one
        kept = [[deed.kind, deed.key, "held", deed.hash]] if done and not once else []
        return answer.verdict, kept, [deed.key] if done else [], receipts

    # -- parts

    async def _stands(self, ids: Sequence[str]) -> dict[str, Stand]:
        found = await self._deliverer._destinations.stands(self._activation, ids, self._now)
        return {one.id: one for one in found}

    async def _refused(self, ids: Sequence[str]) -> dict[str, str | None]:
        plan = plan_of(self._activation, self._connector)
        gate = self._deliverer.gate
        whole = await gate.may_activate(plan)
        if whole is not None:
            return dict.fromkeys(ids, f"refused:{whole.because}")
        answers = await gate.may_deliver(plan, ids)
        return {id: None if no is None else f"refused:{no.because}" for id, no in zip(ids, answers, strict=True)}

    def _step(self, stand: Stand, refused: str | None) -> Step:
        return step(stand, self._activation, self._connector, self._now, frequency=self._frequency, refused=refused)

    def _fields(self, stand: Stand) -> Mapping[str, Any]:
        return fields_of(self._activation.mapping, self._activation, stand)

    def _with_ref(self, deed: Deed) -> Deed:
        return deed if deed.ref is not None else replace(deed, ref=random_id("ref"))

    def _item(self, deed: Deed, task: Task, id: str, stand: Stand) -> Item:
        return Item(
            id,
            deed.action,
            deed.subject,
            deed.namespace,
            task.profile,
            deed.fields,
            task.at,
            task.by_event,
            identities_of(stand),
        )

    async def _begin(self, rows: Sequence[Any], seconds: float | None = None) -> None:
        found = await self._graph.write(
            "destinations.begin", destination=self._destination, worker=self._deliverer._worker,
            activation=self._activation.id, rows=rows, at=self._now, until=self._deliverer._until(seconds),
        )  # fmt: skip
        if not found:
            raise LostError

    async def _settle(
        self, kept: Sequence[Any], dropped: Sequence[Any], messaged: Sequence[str], receipts: Sequence[Any]
    ) -> None:
        found = await self._graph.write(
            "destinations.settle", destination=self._destination, worker=self._deliverer._worker,
            activation=self._activation.id, kept=kept, dropped=dropped, messaged=messaged, receipts=receipts,
            at=self._clock.now(), until=self._deliverer._until(),
        )  # fmt: skip
        if not found:
            raise LostError

    async def _send(self, items: Sequence[Item], tasks: Sequence[Task]) -> list[Answer] | None:
        """Send in pieces; None where the destination is down: then the tasks wait."""
        answers: list[Answer] = []
        size = self._connector.batch_size
        try:
            for start in range(0, len(items), size):
                part = items[start : start + size]
                began = asyncio.get_running_loop().time()
                load = Load(
                    self._activation.id, self._activation.segment, self._activation.segment_name, part, self._now
                )
                answers += await self._connector.send(load)
                if self._connector.rate is not None:
                    spent = asyncio.get_running_loop().time() - began
                    await asyncio.sleep(max(0.0, len(part) / self._connector.rate - spent))
                await self._deliverer._lease(self._destination)
        except DownError as error:
            await self.down(tasks, error)
            return None
        await self._graph.write("destinations.health", id=self._destination, ok=True, at=self._clock.now())
        return answers

    async def down(self, tasks: Sequence[Task], error: DownError) -> None:
        """Keep a failure: the tasks wait, and after some in a row the destination rests."""
        now = self._clock.now()
        _log.info("destination_down", destination=self._destination, tasks=len(tasks))
        rest = max(self._patience.rest_seconds, int(error.retry_after or 0))
        await self._graph.write(
            "destinations.health", id=self._destination, ok=False, at=now, error=error.message,
            trips=1 if error.retry_after else self._patience.trips, rest_seconds=rest,
        )  # fmt: skip
        last = (await self._deliverer._destinations.get(self._destination)).last_success
        receipts = [self._later(task, error.message, last, alone=len(tasks) == 1) for task in tasks]
        await self._settle([], [], [], receipts)

    def _later(self, task: Task, detail: str, last_success: datetime | None = None, *, alone: bool = True) -> list[Any]:
        """Return the receipt of a task that is tried again, or given up after too long."""
        now, attempts = self._clock.now(), task.attempts + 1
        since = task.first_failed or now
        others = last_success is not None and last_success > since
        hopeless = alone and attempts >= self._patience.attempts and others
        if hopeless or now - since > timedelta(hours=self._patience.hours):
            return [task.id, "dead", "given_up", detail, attempts, None, since, 0]
        return [task.id, "queued", None, detail, attempts, now + self._patience.wait(attempts), since, 0]

    def _receipt(self, task: Task, state: str, outcome: str, answer: str | None, items: int = 0) -> list[Any]:
        return [task.id, state, outcome, answer, task.attempts + 1, None, task.first_failed, items]

    def _answered(self, task: Task, answers: Sequence[Answer], outcome: str) -> list[Any]:
        """Return the receipt of a task by the answers to its items."""
        for verdict in ("refused", "later"):
            said = next((one for one in answers if one.verdict == verdict), None)
            if said is not None and verdict == "refused":
                return self._receipt(task, "dead", "refused_there", said.detail, len(answers))
            if said is not None:
                attempts = task.attempts + 1
                if attempts >= self._patience.attempts:
                    return self._receipt(task, "dead", "given_up", said.detail, len(answers))
                return self._later(task, said.detail, alone=False)
        return self._receipt(task, "done", outcome, answers[-1].detail if answers else None, len(answers))


def plan_of(activation: Activation, connector: Connector) -> Plan:
    """Return what an activation would do, as the gate is asked."""
    sources = [one.source for one in activation.mapping]
    sources += [f"identity.{namespace}" for namespace in connector.namespaces]
    return Plan(
        activation.id, activation.segment, activation.destination, activation.actions,
        tuple(dict.fromkeys(sources)), connector.message_channel,
    )  # fmt: skip


def _item_id(deed: Deed) -> str:
    """Return the idempotency key of a deed: the same while the same thing is tried again."""
    return hashlib.blake2b(f"{deed.ref}|{deed.action}".encode(), digest_size=16).hexdigest()


def _outcome(done: Sequence[tuple[Deed, Answer]]) -> str | None:
    """Return what was done to a person, the most telling first."""
    actions = {deed.action for deed, answer in done if answer.verdict == "done"}
    return next((_DONE[one] for one in ("add", "update", "remove") if one in actions), None)
