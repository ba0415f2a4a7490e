"""Salted hashes of what was erased: enough to know it again, too little to say what it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from graphcdp.base.ids import keyed_id
from graphcdp.governance.scrub import Scrub
from graphcdp.graph import Transaction
from graphcdp.ingest.bars import Barred

Kind = Literal["identity", "fact", "profile"]


class Tombstones:
    """Makes and looks up the hashes. The salt is the installation's secret: elsewhere they mean nothing."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def hash(self, kind: Kind, name: str) -> str:
        """Return the hash of an identity's key, a fact's id or a profile's id."""
        return keyed_id("tmb", self._secret, f"erased {kind} {name}")

    def rows(self, kind: Kind, names: Iterable[str]) -> list[list[str]]:
        """Return the rows of `governance.erasure_write`."""
        return [[self.hash(kind, name), kind] for name in names]

    async def bar(self, tx: Transaction, keys: Collection[str], fact_ids: Collection[str]) -> Barred:
        """Say which of some identities and facts were erased: the `Bar` of the pipeline."""
        key_of = {self.hash("identity", key): key for key in keys}
        fact_of = {self.hash("fact", id): id for id in fact_ids}
        rows = await tx.rows("governance.tombstones", ids=[*key_of, *fact_of])
        return Barred(
            {key_of[id]: since for id, since in rows if id in key_of},
            frozenset(fact_of[id] for id, _ in rows if id in fact_of),
            lambda id: self.hash("fact", id),
            Scrub,
        )
