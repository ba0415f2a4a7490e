"""What is to be sent is queued in the graph by the transaction that changes the membership: both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from graphcdp.destinations.definition import Remind
from graphcdp.graph import Transaction
from graphcdp.ingest.wake import Touched
from graphcdp.model import Fact


class Queue:
    """Hooks for the stages before. They write deliveries and send nothing."""

    async def moved(self, tx: Transaction, moves: Sequence[tuple[str, str, str, str | None]], at: datetime) -> None:
        """Queue memberships that began or ended.

        Args:
            tx: the one that changes them.
            moves: profile id, segment id, `entered` or `exited`, the event that did it.
            at: the instant of the change.
        """
        if moves and (await _any(tx))[0]:
            await tx.consume("destinations.enqueue", rows=[list(one) for one in moves], at=at)

    async def wake(self, tx: Transaction, touched: Touched) -> None:
        """Queue people of whom something else changed that destinations may hold: a `Wake` of the pipeline.

        Identities, attributes, computed fields, purchases; and former profiles, which a destination may still hold.
        """
        changed = {*touched.regrouped, *touched.fields, *touched.former, *touched.former.values()}
        for id, facts in touched.facts.items():
            if any(fact.attributes or len(fact.identities) > 1 or fact.type == "purchase" for fact in facts):
                changed.add(id)
        wishes = {fact.type for facts in touched.facts.values() for fact in facts if fact.type is not None}
        if not changed and not wishes:
            return
        there, reminding = await _any(tx)
        wanted = [Remind(*one[1:]) for one in reminding]
        rows = [
            [f"{one[0]}|{fact.id}", one[0], str(fact.identities[0]), due(fact, remind), fact.id]
            for facts in touched.facts.values()
            for fact in facts
            for one, remind in zip(reminding, wanted, strict=True)
            if fact.type == remind.event
        ]
        if rows:
            await tx.consume("destinations.remind", rows=rows, at=touched.known_at)
        if changed and there:
            await tx.consume("destinations.enqueue_people", ids=sorted(changed), cause="changed", at=touched.known_at)


def due(fact: Fact, remind: Remind) -> datetime:
    """Return when somebody is to be reminded: on the day that the wish names, at nine (UTC), else after some days."""
    said = None if remind.on_property is None else fact.properties.get(remind.on_property)
    if isinstance(said, str):
        try:
            when = datetime.fromisoformat(said)
        except ValueError:
            pass
        else:
            if len(said) == len("2027-11-26"):
                return when.replace(hour=9, tzinfo=UTC)
            return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return fact.ts + timedelta(days=remind.days)


async def _any(tx: Transaction) -> tuple[int, list[list[Any]]]:
    """Return how many activations there are, and those that remind."""
    ((count, reminding),) = await tx.rows("destinations.any")
    return count, reminding
