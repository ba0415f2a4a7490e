"""Destinations with all that goes to them: what was sent, what is held, who is to be reminded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from graphcdp.destinations.activations import Activations
from graphcdp.destinations.definition import (
    Delivery,
    Held,
    Reconciled,
    Reminder,
)
from graphcdp.destinations.errors import DestinationError
from graphcdp.destinations.kinds.connector import Connector
from graphcdp.graph import Transaction
from graphcdp.ingest.wake import Changes

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

    async def reconcile(
        self, id: str, *, told: Iterable[str] | None = None, preview: bool = False, author: str | None = None
    ) -> Reconciled:
        """Ask a destination what it holds; what it lacks is sent again, what it has too much is taken out.

        Args:
            id: of the activation.
            told: what its owner says that it holds, where it cannot be asked itself: ids of profiles, or identities as
                `email|a@example.com`, or as the destination names them (hashes).
            preview: only say what is different.
            author: who asks.

        Raises:
            DestinationNotFoundError: there is none of that id.
            DestinationError: the destination cannot say what it holds, or it is people who were written to.
            DownError: it cannot be asked now.
        """
        activation = await self.activation(id)
        connector, _ = await self.connector(activation.destination)
        if connector.message_channel is not None or activation.mode != "members":
            raise DestinationError(
                f"{id} sends what is not to be sent twice, so nothing is sent again by comparing. See its receipts: "
                f"`graphcdp delivery list --activation {id}`.",
                field="id",
            )
        # asked first: what changes meanwhile is at worst sent again
        keys: dict[str, str] = {} if told is None else _by_name(told, connector)
        there = await connector.held(id) if told is None else frozenset(keys)
        if there is None:
            raise DestinationError(
                f"A {connector.kind} destination cannot say what it holds. `graphcdp activation held {id}` shows what "
                "it was sent and answered for. Give what its owner says that it has, one a line: --against FILE.",
                field="id",
            )
        names: dict[str, Held] = {}
        after = ""
        while page := await self.holds(id, 1_000, after):
            for one in page:
                namespace, _, value = one.subject.partition("|")
                name = one.subject if one.kind == "person" else connector.name_of(namespace, value)
                if name is not None:
                    names[name] = one
            after = page[-1].subject
        missing = [names[name] for name in sorted(names.keys() - there) if names[name].state == "held"]
        extra = tuple(sorted(there - names.keys()))
        out = _to_take_out(extra, keys, connector)
        if not preview and (missing or extra):
            now = self._clock.now()

            async def work(tx: Transaction) -> None:
                await tx.rows("ingest.lock", known_at=now)
                if missing:
                    rows = [[one.kind, one.subject] for one in missing]
                    found = await tx.run("destinations.unhold", activation=id, rows=rows)
                    profiles = found[0]["profiles"]
                    await tx.consume("destinations.enqueue_people", ids=profiles, cause="reconciled", at=now)
                if out:
                    await tx.consume("destinations.take_out", activation=id, rows=list(out.values()), at=now)
                changes = Changes(self._pipeline.writer)
                changes("activation_reconciled", id, None, [str(len(missing))], [str(len(extra))], because=author)
                await changes.write(tx, now)

            await self._graph.transact(work)
        left = tuple(one for one in extra if one not in out)
        return Reconciled(id, len(there), tuple(one.subject for one in missing), extra, not preview, left)

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


def _by_name(told: Iterable[str], connector: Connector) -> dict[str, str]:
    """Return what an owner says that a destination holds: by the destination's names, as the owner says it."""
    found: dict[str, str] = {}
    for line in told:
        one = line.strip()
        namespace, sign, value = one.partition("|")
        name = connector.name_of(namespace, value) if sign and connector.subject == "identity" else one
        if name:
            found[name] = one
    return found


def _to_take_out(extra: Sequence[str], keys: Mapping[str, str], connector: Connector) -> dict[str, list[str | None]]:
    """Return rows of `take_out` by the destination's names; of identities those whose key is said."""
    if not connector.can_remove:
        return {}
    if connector.subject == "person":
        return {one: [one, one, f"person|{one}"] for one in extra}
    said = {one: keys[one] for one in extra if "|" in keys.get(one, "")}
    return {
        one: [hashlib.blake2b(key.encode(), digest_size=12).hexdigest(), None, f"identity|{key}"]
        for one, key in said.items()
    }
