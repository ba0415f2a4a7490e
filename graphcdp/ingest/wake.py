"""What later stages are told inside the transaction that changed people, so that all changes or nothing does."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson

from graphcdp.base.ids import random_id
from graphcdp.graph import Graph, Transaction
from graphcdp.model import Fact


class Writer:
    """The name under which a process numbers its changes."""

    def __init__(self) -> None:
        self.name = random_id("w")
        self._seq = itertools.count(1)

    def next_seq(self) -> int:
        """Return the next number of this writer's changes."""
        return next(self._seq)


class WriteChange(Protocol):
    """Keeps a `Change` with the others of the transaction."""

    def __call__(
        self,
        kind: str,
        subject: str,
        by_event: str | None,
        before: list[str],
        after: list[str],
        *,
        keys: list[str] | None = None,
        because: str | None = None,
    ) -> None:
        """Keep it; arguments as in `ingest.change_write`."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The people that a transaction changed.

    Attributes:
        profiles: ids of all of them, as they are now.
        facts: by profile, what was newly taken in.
        regrouped: those of `profiles` whose identities or events changed hands, so that nothing held of them may be
            built on: merged, split, decided anew.
        former: ids that are no profile's any more, and the profile that took over (an identity of) theirs.
        known_at: the instant of the transaction.
        change: keeps a change of the audit.
        created: those of `profiles` that are new, with nothing but `facts`.
        altered: by profile, what of it the batch gave another value: `profile.name` of stated attributes, `identities`.
            Of those in `regrouped` it is not known.
        fields: by profile, names of profile fields (`profile.name`) that an earlier wake of this transaction changed.
            The one thing that wakes write.
    """

    profiles: frozenset[str]
    facts: Mapping[str, Sequence[Fact]]
    regrouped: frozenset[str]
    former: Mapping[str, str]
    known_at: datetime
    change: WriteChange
    created: frozenset[str] = frozenset()
    altered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fields: dict[str, set[str]] = field(default_factory=dict)

    def changed(self, profile_id: str, names: Iterable[str]) -> None:
        """Tell the wakes that follow which fields of a profile have another value."""
        self.fields.setdefault(profile_id, set()).update(names)


class Changes:
    """Gathers the changes of one transaction outside a batch; it is itself the `change` of `Touched`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._rows: list[list[Any]] = []

    def __call__(
        self,
        kind: str,
        subject: str,
        by_event: str | None,
        before: list[str],
        after: list[str],
        *,
        keys: list[str] | None = None,
        because: str | None = None,
    ) -> None:
        """Keep a change."""
        told = [orjson.dumps(each).decode() for each in (before, after)]
        self._rows.append([self._writer.next_seq(), kind, subject, by_event, *told, keys, because])

    async def write(self, tx: Transaction, known_at: datetime) -> None:
        """Write what was kept."""
        if self._rows:
            await tx.consume("ingest.change_write", rows=self._rows, writer=self._writer.name, known_at=known_at)


async def note_change(
    graph: Graph,
    writer: Writer,
    now: datetime,
    *,
    kind: str,
    subject: str,
    before: list[str],
    after: list[str],
    because: str | None,
) -> None:
    """Keep one change that nothing else is written with, in a transaction of its own."""

    async def work(tx: Transaction) -> None:
        changes = Changes(writer)
        changes(kind, subject, None, before, after, because=because)
        await changes.write(tx, now)

    await graph.transact(work)


@asynccontextmanager
async def without_facts(
    tx: Transaction, writer: Writer, ids: Iterable[str], now: datetime, locked_at: datetime | None = None
) -> AsyncIterator[Touched]:
    """Open a change of people that no fact brings about, under the lock of ingestion; write what was kept at its end.

    Args:
        tx: where.
        writer: numbers the changes.
        ids: of the people.
        now: the instant of the change.
        locked_at: when the lock was taken, where that is another instant.
    """
    await tx.rows("ingest.lock", known_at=locked_at or now)
    changes = Changes(writer)
    yield Touched(frozenset(ids), {}, frozenset(), {}, now, changes)
    await changes.write(tx, now)


Wake = Callable[[Transaction, Touched], Awaitable[None]]
"""Called at the end of the transaction, the ingest lock held; may be called again from the start when it is retried."""
