"""Destinations with all that goes to them: what was sent, what is held, who is to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from graphcdp.destinations.activations import Activations
from graphcdp.destinations.definition import (
    Delivery,
    Held,
    Reminder,
)
from graphcdp.graph import Transaction

RECEIPT_DAYS = 730


class Destinations(Activations):
    """The destinations and activations of one graph, and what was sent."""

    async def deliveries(
        self,
        *,
        destination: str | None = None,
        activation: str | None = None,
        profile: str | None = None,
        state: str | None = None,
        first: int = 50,
        before: tuple[datetime, str] | None = None,
    ) -> tuple[Delivery, ...]:
        """Return deliveries and receipts, the newest first."""
        at, id = before or (None, None)
        rows = await self._graph.read(
            "destinations.deliveries", destination=destination, activation=activation, profile=profile, state=state,
            page_size=first, before_at=at, before_id=id,
        )  # fmt: skip
        return tuple(Delivery(**row) for row in rows)

    async def replay(
        self, destination: str | None = None, ids: Sequence[str] | None = None, *, author: str | None = None
    ) -> int:
        """Put dead letters, and what nobody knows of, into the queue again; return how many."""
        done = 0
        while True:
            rows = await self._graph.write(
                "destinations.replay", at=self._clock.now(), destination=destination,
                ids=None if ids is None else list(ids),
            )  # fmt: skip
            found: int = rows[0]["replayed"]
            done += found
            if not found:
                break
        if done:
            await self._note("deliveries_replayed", destination or "some", [], [str(done)], author)
        return done

    async def holds(self, activation: str, first: int = 100, after: str | None = None) -> tuple[Held, ...]:
        """Return what the destination holds of an activation, by subject, and whose it is: to reconcile with it."""
        await self.activation(activation)
        rows = await self._graph.read_rows(
            "destinations.holds", activation=activation, after=after or "", page_size=first
        )
        return tuple(Held(*row) for row in rows)

    async def forget(self, before: datetime) -> int:
        """Delete some receipts and dead letters from before an instant; return how many, 0 where none are left."""
        rows = await self._graph.write("destinations.receipts_forget", before=before)
        return int(rows[0]["forgotten"])

    # -- reminders and erasure

    async def reminders(self, first: int = 100, profile: str | None = None) -> tuple[Reminder, ...]:
        """Return who is to be reminded when, the next first."""
        rows = await self._graph.read_rows("destinations.reminders", page_size=first, profile=profile)
        return tuple(Reminder(*row) for row in rows)

    async def withdraw(self, tx: Transaction, profile_ids: Sequence[str], at: datetime) -> int:
        """Queue that destinations forget people, in the transaction that erases them and before it does.

        Returns:
            From how many activations they are withdrawn.
        """
        rows = await tx.run("destinations.withdraw", ids=list(profile_ids), at=at)
        return int(rows[0]["withdrawn"]) if rows else 0
