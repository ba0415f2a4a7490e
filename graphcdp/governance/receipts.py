"""What an erasure did, and to whom it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from graphcdp.graph import Transaction


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person whose data is about to be erased, as the hooks of `Erasures` are told.

    Attributes:
        profile_id: the profile.
        former_ids: what profiles that are gone were called which it answers for.
        identities: all that go, `namespace|value`.
        erasure_id: of the receipt.
        at: the instant.
        preview: all of it will be rolled back.
    """

    profile_id: str
    former_ids: Sequence[str]
    identities: Sequence[str]
    erasure_id: str
    at: datetime
    preview: bool


Farewell = Callable[[Transaction, Leaving], Awaitable[Mapping[str, int]]]
"""Is told before anything is deleted, in the same transaction; says how much of what it did, for the receipt
(`deliveries_queued: 2`)."""


Settling = Callable[[], Awaitable[object]]
"""Makes events of what waits to become events, so that whoever looks at all of a person finds it."""


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was erased. It says nothing about the person.

    Attributes:
        id: of the receipt; at: when; author: who erased.
        reason: in that person's words.
        counts: how much of what, such as `events: 12`.
        preview: nothing was erased: it was rolled back.
        shared: browsers and devices that others used too and that stay; told once, never kept.
    """

    id: str
    at: datetime
    author: str
    reason: str | None
    counts: Mapping[str, int]
    preview: bool = False
    shared: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `governance.erasures`."""
        return cls(row["id"], row["at"], row["author"], row["reason"], orjson.loads(row["counts"]))

    @property
    def sentence(self) -> str:
        """Say it in a sentence."""
        parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in self.counts.items() if count]
        kept = f" {len(self.shared)} browsers or devices that others used too stay." if self.shared else ""
        if self.preview:
            return f"Would erase {', '.join(parts)}.{kept} Nothing was erased."
        return f"Erased {', '.join(parts)}.{kept} The receipt is {self.id}."
