"""Notices where something begins or ends to be forbidden, notes it and tells of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from graphcdp.base import Clock, logger
from graphcdp.base.ids import content_hash
from graphcdp.governance.checks import Checks
from graphcdp.governance.flows import Flows
from graphcdp.governance.lineage import Readers
from graphcdp.governance.policy import Check, Violated
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest.wake import Changes, Writer

EVERY = timedelta(minutes=1)
_log = logger(__name__)
Alert = Callable[[Check], Awaitable[None]]
Mark = Callable[[Transaction, Sequence[Violated], Sequence[Violated], datetime], Awaitable[None]]


class Watch(Checks):
    """Looks at every activation and every offer.

    Attributes:
        marks: are told in the transaction that notes it of what began and what ended to be forbidden.
        alerts: are told of each activation and offer in which something begins to be forbidden.
        turned: are told the ids of activations in which something begins or ends to be forbidden.
    """

    def __init__(self, graph: Graph, clock: Clock, writer: Writer, readers: Readers) -> None:
        super().__init__(graph, clock, writer, readers)
        self.marks: list[Mark] = []
        self.alerts: list[Alert] = []
        self.turned: list[Callable[[str], Awaitable[object]]] = []
        self._next: datetime | None = None

    async def look(self) -> tuple[Check, ...]:
        """Check every activation and offer; note what begins and what ends to be forbidden, and tell of it.

        Returns:
            Those in which something is forbidden.
        """
        return await self._look(await self._flows())

    async def _look(self, flows: Flows) -> tuple[Check, ...]:
        await self._keep(flows)
        there = [one for one in flows.activations.values() if one["state"] != "ended"]
        offers = flows.open_offers(self._clock.now())
        checks = [one for one in await self._checked(flows, there, offers) if not one.allowed]
        standing = {
            content_hash("\x1f".join((one.subject, each.policy, each.action, *each.labels))): (one, each)
            for one in checks
            for each in one.standing
        }
        known = {row["id"]: row for row in await self._graph.read("governance.violations_open")}
        fresh, ended = standing.keys() - known.keys(), sorted(known.keys() - standing.keys())
        if fresh or ended:
            now = self._clock.now()
            over = {
                id: Violated(one["activation"], one["policy"], one["action"], one["labels"], one["told"], one["offer"])
                for id, one in ((id, known[id]) for id in ended)
            }

            async def work(tx: Transaction) -> None:
                changes = Changes(self._writer)
                rows = []
                for id in sorted(fresh):
                    one, each = standing[id]
                    labels = list(each.labels)
                    rows.append([id, one.activation, each.policy, labels, each.action, one.sentence, one.offer])
                    changes(
                        "policy_violated", one.subject, None, [], [each.policy, each.action, *each.labels],
                        because=each.policy,
                    )  # fmt: skip
                for id in ended:
                    changes("policy_kept_again", over[id].subject, None, [over[id].policy], [], because=over[id].policy)
                await tx.consume("governance.violations_write", rows=rows, ended=ended, at=now)
                began = [
                    Violated(one.activation, each.policy, each.action, each.labels, one.sentence, one.offer)
                    for one, each in (standing[id] for id in sorted(fresh))
                ]
                for mark in self.marks:
                    await mark(tx, began, list(over.values()), now)
                await changes.write(tx, now)

            await self._graph.transact(work)
            begun = {standing[id][0].subject: standing[id][0] for id in fresh}
            for one in begun.values():
                _log.warning("policy.violated", subject=one.subject, policies=len(one.standing))
                for alert in self.alerts:
                    await alert(one)
            turned = [one.activation for one in begun.values()] + [one.activation for one in over.values()]
            for id in sorted({one for one in turned if one is not None}):
                for look in self.turned:
                    await look(id)
        return tuple(checks)

    async def tick(self, now: datetime | None = None) -> None:
        """Look at everything, at most once a minute: what was edited elsewhere, and permissions that ended."""
        instant = now or self._clock.now()
        if self._next is not None and instant < self._next:
            return
        self._next = instant + EVERY
        flows = await self._flows()
        if flows.activations or flows.offers:
            await self._look(flows)

    async def refresh(self) -> None:
        """Bring the ways of data in the graph up to date."""
        await self._keep(await self._flows())
