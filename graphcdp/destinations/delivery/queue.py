"""What is to be sent is queued in the graph by the transaction that changes the membership: both or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from graphcdp.destinations.definition import Remind
from graphcdp.governance import Violated
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
        altered = _altered(touched)
        changed = {*touched.regrouped, *touched.fields, *touched.former, *touched.former.values()}
        for id, facts in touched.facts.items():
            if any(fact.attributes or len(fact.identities) > 1 or fact.type == "purchase" for fact in facts):
                changed.add(id)
        wishes = {fact.type for facts in touched.facts.values() for fact in facts if fact.type is not None}
        if not changed and not wishes and not altered:
            return
        there, reminding, triggers = await _any(tx)
        await self._tell_of_people(tx, touched, altered, triggers)
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

    async def _tell_of_people(
        self, tx: Transaction, touched: Touched, altered: Mapping[str, set[str]], triggers: Sequence[Any]
    ) -> None:
        rows: list[list[Any]] = []
        at = touched.known_at
        for trigger, on, names in triggers:
            if "profile" not in on:
                continue
            wanted = frozenset(names)
            for person, said in altered.items():
                told = sorted(said & wanted if wanted else said)
                if told:
                    about = {"changed": told, **({"created": True} if person in touched.created else {})}
                    by_event = next((fact.id for fact in reversed(touched.facts.get(person, ())) if fact.type), None)
                    id = _id(trigger, person, "profile_changed", at)
                    rows.append([id, trigger, person, "profile_changed", by_event, _json(about)])
            for former, now in touched.former.items() if not wanted or "identities" in wanted else ():
                id = _id(trigger, former, "profile_merged", at)
                rows.append([id, trigger, former, "profile_merged", None, _json({"into": now})])
        if rows:
            await tx.consume("destinations.enqueue_told", rows=rows, at=at)

    async def violated(
        self, tx: Transaction, began: Sequence[Violated], ended: Sequence[Violated], at: datetime
    ) -> None:
        """Queue what began and what ended to be forbidden, in the transaction that notes it."""
        if not began and not ended:
            return
        _, _, triggers = await _any(tx)
        rows: list[list[Any]] = []
        for trigger, on, _ in triggers:
            for cause, found in (("policy_violated", began), ("policy_kept_again", ended)):
                for one in found if "policy" in on else ():
                    subject = f"{one.subject}|{one.policy}|{one.marketing_action}|{','.join(one.labels)}"
                    id = _id(trigger, subject, cause, at)
                    rows.append([id, trigger, None, cause, None, _json(one._asdict())])
        if rows:
            await tx.consume("destinations.enqueue_told", rows=rows, at=at)


def _altered(touched: Touched) -> dict[str, set[str]]:
    """Return what of each person has another value: `profile.NAME`, `identities`."""
    found = {id: set(names) for id, names in touched.altered.items()}
    for id, names in touched.fields.items():
        found.setdefault(id, set()).update(names)
    for id in touched.regrouped:
        found.setdefault(id, set()).add("identities")
    return found


def _id(trigger: str, subject: str, cause: str, at: datetime) -> str:
    """Return the idempotency key of what a trigger tells."""
    return f"{trigger}|{subject}|{cause}|{at.isoformat()}"


def _json(told: Mapping[str, Any]) -> str:
    return orjson.dumps(told).decode()


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


async def _any(tx: Transaction) -> tuple[int, list[list[Any]], list[list[Any]]]:
    """Return how many activations there are, those that remind, and the active triggers."""
    ((count, reminding, triggers),) = await tx.rows("destinations.any")
    return count, reminding, triggers
