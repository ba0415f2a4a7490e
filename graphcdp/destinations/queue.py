"""What is to be sent is queued in the graph by the transaction that changes the membership: both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from graphcdp.graph import Transaction
from graphcdp.ingest.wake import Touched


class Moved(NamedTuple):
    """A membership that began or ended: whose, of what, `entered` or `exited`, by which event."""

    profile_id: str
    segment_id: str
    cause: str
    by_event: str | None


class Queue:
    """Hooks for the stages before. They write deliveries and send nothing."""

    async def moved(self, tx: Transaction, moves: Sequence[tuple[str, str, str, str | None]], at: datetime) -> None:
        """Queue memberships that began or ended.

        Args:
            tx: the one that changes them.
            moves: profile id, segment id, `entered` or `exited`, the event that did it.
            at: the instant of the change.
        """
        if moves and await _any(tx):
            await tx.consume("destinations.enqueue", rows=[list(one) for one in moves], at=at)

    async def wake(self, tx: Transaction, touched: Touched) -> None:
        """Queue people of whom something else changed that destinations may hold: a `Wake` of the pipeline.

        Identities, attributes, computed fields, purchases; and former profiles, which a destination may still hold.
        """
        changed = {*touched.regrouped, *touched.fields, *touched.former, *touched.former.values()}
        for id, facts in touched.facts.items():
            if any(fact.attributes or len(fact.identities) > 1 or fact.type == "purchase" for fact in facts):
                changed.add(id)
        if changed and await _any(tx):
            await tx.consume("destinations.enqueue_people", ids=sorted(changed), cause="changed", at=touched.known_at)


async def _any(tx: Transaction) -> bool:
    return bool((await tx.rows("destinations.any"))[0][0])
