"""What is kept of others when a person is erased: found where it names the person, and made silent about them."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from graphcdp.governance.scrub import Scrub, leaves
from graphcdp.graph import Transaction

AT_ONCE = 2_000
_OWN_TEXTS = ("id", "type", "channel", "source", "dataset", "hash")


class Read(Protocol):
    """Runs a statement that reads; its rows as maps."""

    def __call__(self, name: str, /, **params: Any) -> Awaitable[Sequence[Mapping[str, Any]]]:
        """Run it."""
        ...


class Redaction:
    """Takes a person's identifiers out of what others did, in one transaction.

    Attributes:
        facts: how many events and records said one.
    """

    def __init__(self, tx: Transaction, scrub: Scrub, keys: Collection[str]) -> None:
        """Take what it works with.

        Args:
            tx: the lock of ingestion is held.
            scrub: knows the identifiers.
            keys: of identities that go.
        """
        self.facts = 0
        self._tx = tx
        self._scrub = scrub
        self._keys = frozenset(keys)

    async def run(self, gone: Sequence[str], beside: Iterable[str], *, everywhere: bool) -> list[str]:
        """Do it, before the person's own facts are deleted.

        Args:
            gone: ids of facts that will be deleted.
            beside: ids of what others did on things that both used.
            everywhere: look through every event and record.

        Returns:
            The profiles whose facts say something else now.
        """
        keys = sorted(self._keys)
        wanted = dict.fromkeys(beside)
        wanted.update((row["id"], None) for row in await self._tx.run("governance.erase_mentions", keys=keys))
        if everywhere:
            found = await self._tx.run(
                "governance.erase_everywhere", keys=keys, values=list(self._scrub.long), tails=list(self._scrub.tails)
            )
            wanted.update((row["id"], None) for row in found)
        wanted.update(dict.fromkeys(await self._things([*gone, *wanted])))
        people: dict[str, None] = {}
        own = frozenset(gone)
        for ids in _some([id for id in wanted if id not in own]):
            rows = []
            for row in await self._tx.run("governance.erase_kept", ids=ids):
                said = row["said"]
                rest = [key for key in said["identity_keys"] if key not in self._keys]
                new = self._silent(said)
                if new or rest != said["identity_keys"]:
                    rows.append([row["id"], rest, new])
                    people[row["profile_id"]] = None
            if rows:
                self.facts += len(rows)
                await self._tx.consume("governance.erase_redact", rows=rows)
        return list(people)

    async def _things(self, ids: Sequence[str]) -> list[str]:
        """Delete products, contents, campaigns and devices that an identifier names; return the facts of them."""
        named: dict[tuple[str, str], None] = {}
        for some in _some(ids):
            for row in await self._tx.run("governance.erase_about", ids=some):
                if self._scrub.has(row["id"]) or self._scrub.has(row["name"]):
                    named[row["kind"], row["id"]] = None
        if not named:
            return []
        found = await self._tx.run("governance.erase_things_named", rows=[list(one) for one in named])
        return [id for row in found for id in row["ids"]]

    def _silent(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of an event or record that have to be others."""
        new: dict[str, Any] = {}
        for name, value in said.items():
            if name in _OWN_TEXTS or isinstance(value, bool):
                continue
            if name in ("payload", "attributes"):
                clean: Any = self._scrub.payload(value)
            elif isinstance(value, str):
                clean = self._scrub.text(value)
            else:
                clean = None if name.startswith("p_") and self._scrub.has(value) else value
            if clean != value:
                new[name] = clean
        return new


async def rejected_of(read: Read, scrub: Scrub, fact_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return what was refused and is about a person: by the fact's id, or an identifier that it says.

    Args:
        read: runs a statement, in a transaction or without.
        scrub: knows the identifiers.
        fact_ids: of the person's facts.
    """
    rows = await read(
        "governance.erase_rejected", values=sorted(scrub.values), fact_ids=list(fact_ids), tails=list(scrub.tails)
    )
    known = frozenset(fact_ids)
    return [
        row
        for row in rows
        if row["fact_id"] in known
        or scrub.has(row["reason"])
        or any(scrub.has(each) for each in leaves(row["payload"] or "{}"))
    ]


def _some(ids: Sequence[str]) -> Iterator[list[str]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield list(ids[begin : begin + AT_ONCE])
