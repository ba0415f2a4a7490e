"""What may not come in again: facts of people whose data was erased. Who they are is asked of a later stage."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphcdp.graph import Transaction
from graphcdp.ingest.rows import Accepted, accept
from graphcdp.model import IdentityKey, Rejection, Scalar

ERASED = "erased"


class Scrub(Protocol):
    """Makes texts without some identifiers."""

    def text(self, text: str) -> str:
        """Return a text without them."""
        ...

    def payload(self, text: str) -> str:
        """Return a payload without them."""
        ...

    def scalars(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return properties or attributes without them."""
        ...

    def has(self, value: object) -> bool:
        """Say whether a value says one of them."""
        ...


@dataclass(frozen=True, slots=True)
class Barred:
    """What of some facts was erased.

    Attributes:
        keys: identities, each with the instant since when it is taken again; None: it is not.
        fact_ids: of facts.
        names: a salted hash of each fact id that was asked about, under which its refusal is kept.
        scrub: takes identities (keys) out of what a fact says.
    """

    keys: Mapping[str, datetime | None]
    fact_ids: Collection[str]
    names: Callable[[str], str]
    scrub: Callable[[Collection[str]], Scrub]

    def bars(self, key: str, ts: datetime) -> bool:
        """Say whether an identity may not come in with a fact of that time."""
        if key not in self.keys:
            return False
        since = self.keys[key]
        return since is None or ts < since


Bar = Callable[[Transaction, Collection[str], Collection[str]], Awaitable[Barred]]
"""Says which of some identity keys and fact ids were erased."""
Key = Callable[[IdentityKey], str | None]
"""Gives an identity as it stands in the graph, None where it can stand for nobody."""


async def held_back(
    bar: Bar, tx: Transaction, facts: Sequence[Accepted | Rejection], kinds: Mapping[str, str], key_of: Key
) -> tuple[list[Accepted | Rejection], list[Rejection]]:
    """Refuse what names somebody who was erased.

    A person's identity bars the whole fact, also where an alias call names it as a former one. A browser's or a
    device's is left out where somebody else is named beside it, since things change hands; alone it bars the fact. What
    was refused for another reason stays refused, and nothing is kept of what it said.

    Args:
        bar: knows what was erased.
        tx: the lock of ingestion is held.
        facts: admitted or refused, in order.
        kinds: of namespaces, by name.
        key_of: reads identities of refused facts.

    Returns:
        The same facts in the same order, and notes about identities that were left out.
    """
    said = [list(_keys(one, key_of)) for one in facts]
    ids = {one.fact.id if isinstance(one, Accepted) else one.fact_id or "" for one in facts}
    barred = await bar(tx, {key for keys in said for key in keys}, ids)
    if not barred.keys and not barred.fact_ids:
        return list(facts), []
    kept: list[Accepted | Rejection] = []
    notes: list[Rejection] = []
    for one, keys in zip(facts, said, strict=True):
        if isinstance(one, Rejection):
            known = one.fact_id in barred.fact_ids or any(key in barred.keys for key in keys)
            kept.append(_silent(one, barred) if known else one)
            continue
        fact = one.fact
        gone = {key for key in keys if barred.bars(key, fact.ts)}
        rest = tuple(key for key in one.keys if key not in gone)
        people = any(kinds.get(key.split("|", 1)[0]) == "person" for key in gone)
        others = any(kinds.get(key.split("|", 1)[0]) == "person" for key in rest)
        if fact.id in barred.fact_ids or people or (gone and not others):
            kept.append(_refusal(one, barred))
        elif gone:
            kept.append(_without(one, rest, barred.scrub(gone)))
            notes.append(_left_out(one, barred))
        else:
            kept.append(one)
    return kept, notes


def _without(one: Accepted, rest: tuple[str, ...], scrub: Scrub) -> Accepted:
    """Return a fact that names neither an erased thing nor says it; its hash stays, by which a repeat is known."""
    fact = one.fact
    device = fact.device
    clean = dataclasses.replace(
        fact,
        payload=scrub.payload(fact.payload),
        properties=scrub.scalars(fact.properties),
        attributes=scrub.scalars(fact.attributes),
        products=tuple(each for each in fact.products if not scrub.has(each)),
        device=None if device is not None and (scrub.has(device.id) or scrub.has(device.name)) else device,
    )
    return accept(clean, rest, one.hash)


def _keys(one: Accepted | Rejection, key_of: Key) -> Iterator[str]:
    if isinstance(one, Accepted):
        yield from one.keys
    for identity in one.fact.former if isinstance(one, Accepted) else one.identities:
        key = key_of(identity)
        if key is not None:
            yield key


def _silent(one: Rejection, barred: Barred) -> Rejection:
    """Return a refusal without what was refused."""
    return dataclasses.replace(
        one,
        payload="",
        reason="It was refused, and it names somebody whose data was erased, so nothing of it is kept.",
        fact_id=None if one.fact_id is None else barred.names(one.fact_id),
        identities=(),
    )


def _refusal(one: Accepted, barred: Barred) -> Rejection:
    fact = one.fact
    return Rejection(
        source=fact.source,
        dataset=fact.dataset,
        row=fact.row,
        field="identities",
        code=ERASED,
        reason="It is about somebody whose data was erased on request, so it is not taken. Stop sending it; if the "
        "person came back, readmit the identity.",
        fact_id=barred.names(fact.id),
    )


def _left_out(one: Accepted, barred: Barred) -> Rejection:
    fact = one.fact
    return Rejection(
        source=fact.source,
        dataset=fact.dataset,
        row=fact.row,
        field="identities",
        code=ERASED,
        reason="A browser or device of somebody whose data was erased was left out. The rest of the fact was taken.",
        fact_id=barred.names(fact.id),
    )
