"""What everything that is sent of an activation shares: how people stand to it, who may not be sent, what is said."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphcdp.base.ids import random_id
from graphcdp.destinations.definition import Activation
from graphcdp.destinations.delivery.patience import Task
from graphcdp.destinations.delivery.step import Deed, Stand, Step, fields_of, identities_of, step
from graphcdp.destinations.delivery.turn import Turn
from graphcdp.destinations.gate import Gate, Plan
from graphcdp.destinations.kinds.connector import Connector, Item

Stands = Callable[[Activation, Sequence[str], datetime], Awaitable[Sequence[Stand]]]


@dataclass(frozen=True, slots=True)
class Activated:
    """One load of one activation.

    Attributes:
        turn: at the destination.
        activation: what is sent.
        gate: may say no.
        read: reads how people stand to it.
    """

    turn: Turn
    activation: Activation
    gate: Gate
    read: Stands

    async def steps(self, tasks: Sequence[Task]) -> tuple[dict[str, list[Task]], dict[str, Step], dict[str, Stand]]:
        """Return the deliveries by person, what is to be done about each, and how each stands."""
        of: dict[str, list[Task]] = {}
        for task in tasks:
            of.setdefault(task.profile, []).append(task)
        stands = await self.stands(list(of))
        refused = await self.refused(list(of))
        turn = self.turn
        steps = {
            id: step(
                stands[id], self.activation, turn.connector, turn.now, frequency=turn.frequency, refused=refused[id]
            )
            for id in of
        }
        return of, steps, stands

    async def stands(self, ids: Sequence[str]) -> dict[str, Stand]:
        """Return how people stand to the activation."""
        return {one.id: one for one in await self.read(self.activation, ids, self.turn.now)}

    async def refused(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Return why the gate says no to each; None: it does not."""
        plan = plan_of(self.activation, self.turn.connector)
        whole = await self.gate.may_activate(plan)
        if whole is not None:
            return dict.fromkeys(ids, f"refused:{whole.because}")
        answers = await self.gate.may_deliver(plan, ids)
        return {id: None if no is None else f"refused:{no.because}" for id, no in zip(ids, answers, strict=True)}

    def fields(self, stand: Stand) -> Mapping[str, Any]:
        """Return what the mapping gives of a person."""
        return fields_of(self.activation.mapping, self.activation, stand)


def item(deed: Deed, task: Task, id: str, stand: Stand) -> Item:
    """Return a deed as a connector takes it."""
    return Item(
        id, deed.action, deed.subject, deed.namespace, task.profile, deed.fields, task.at, task.by_event,
        identities_of(stand),
    )  # fmt: skip


def with_ref(deed: Deed) -> Deed:
    """Return a deed with the reference that its idempotency key is made of."""
    return deed if deed.ref is not None else replace(deed, ref=random_id("ref"))


def item_id(deed: Deed) -> str:
    """Return the idempotency key of a deed: the same while the same thing is tried again."""
    return hashlib.blake2b(f"{deed.ref}|{deed.action}".encode(), digest_size=16).hexdigest()


def plan_of(activation: Activation, connector: Connector) -> Plan:
    """Return what an activation would do, as the gate is asked."""
    sources = [one.source for one in activation.mapping]
    sources += [f"identity.{namespace}" for namespace in connector.namespaces]
    return Plan(
        activation.id, activation.segment, activation.destination, activation.actions,
        tuple(dict.fromkeys(sources)), connector.message_channel, activation.except_,
    )  # fmt: skip
