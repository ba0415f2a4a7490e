"""Which value of each profile attribute is in force: the newest stated, with its provenance.

A profile's attributes are a map of last-writer-wins registers, so that the order in which records arrive, and in which
profiles merge, cannot matter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from graphcdp.graph import Transaction
from graphcdp.model import Scalar

Register = list[Any]  # [value, ts (ISO), source, dataset, record id]
Facts = dict[str, Register]
Regrouped = Callable[[Transaction, Sequence[str], Mapping[str, str], datetime], Awaitable[None]]
"""Is told inside the transaction whose identities changed hands: profiles as they are now, former ids and who took
over, the instant."""
PREFIX = "a_"
MAX_SEARCH_WORDS = 400


def read_facts(text: str | None) -> Facts:
    """Read a profile's `facts`."""
    return orjson.loads(text) if text else {}


def stated(attributes: Mapping[str, Scalar], ts: datetime, source: str, dataset: str, record_id: str) -> Facts:
    """Return what one record says."""
    when = stamp(ts)
    return {name: [value, when, source, dataset, record_id] for name, value in attributes.items()}


def stamp(ts: datetime) -> str:
    """Return a time as text that sorts like time."""
    return ts.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def merge(into: Facts, more: Facts) -> None:
    """Let the newer of two registers win (equal times: the larger record id)."""
    for name, register in more.items():
        held = into.get(name)
        if held is None or (held[1], held[4]) < (register[1], register[4]):
            into[name] = register


def write_row(
    profile_id: str, before: Iterable[str], facts: Facts, identity_values: Iterable[str], words: Iterable[str] = ()
) -> list[Any]:
    """Return the row of `ingest.facts_write`.

    Args:
        profile_id: whose.
        before: names of attributes that the node may hold as properties now.
        facts: in force.
        identity_values: values of people's identities, to be found by.
        words: of its identities, by which it could be found before.
    """
    properties: dict[str, Scalar] = {PREFIX + name: None for name in before}
    properties.update({PREFIX + name: register[0] for name, register in facts.items()})
    of_identities = set(words)
    for value in identity_values:
        of_identities.update(value.lower().split())
    of_attributes = {
        word for name, register in facts.items() if isinstance(register[0], str) for word in register[0].lower().split()
    }
    first = sorted(of_identities)[:MAX_SEARCH_WORDS]
    then = sorted(of_attributes - of_identities)[: MAX_SEARCH_WORDS - len(first)]
    return [profile_id, orjson.dumps(facts).decode(), f"{' '.join(first)}\n{' '.join(then)}", properties]


def identity_words(search_text: str | None) -> list[str]:
    """Return the words of a profile's identities: the first line of its `search_text` (the next is attributes')."""
    return (search_text or "").partition("\n")[0].split()


def people(keys: Iterable[str], kinds: Mapping[str, str]) -> list[str]:
    """Return the values of people's identities among some keys.

    Args:
        keys: `namespace|value`.
        kinds: of namespaces, by name.
    """
    parts = (key.split("|", 1) for key in keys)
    return [value for namespace, value in parts if kinds.get(namespace) == "person"]


async def attributes_anew(tx: Transaction, kinds: Mapping[str, str], profile_ids: Sequence[str]) -> None:
    """Make profiles' attributes, what they are found by and when they were seen from all records of their identities.

    For profiles that may have lost some: after a split, a cut, or under other rules. As often as you like.

    Args:
        tx: the transaction that decided whose identity is whose.
        kinds: of namespaces, by name.
        profile_ids: whose; ids that no profile bears are passed over.
    """
    rows: list[list[Any]] = []
    seen: list[list[Any]] = []
    for profile_id, keys, before, first, last, records in await tx.rows("ingest.records_of", ids=list(profile_ids)):
        facts: Facts = {}
        for ts, record_id, source, dataset, attributes in records:
            if attributes:
                merge(facts, stated(orjson.loads(attributes), ts, source, dataset, record_id))
        rows.append(write_row(profile_id, read_facts(before), facts, people(keys, kinds)))
        seen.append([profile_id, first, last])
    await tx.consume("ingest.seen_write", rows=seen)
    await tx.consume("ingest.facts_write", rows=rows)
