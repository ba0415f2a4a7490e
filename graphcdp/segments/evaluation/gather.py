"""Gathers what rules ask of people: one statement for all rules together, one more where households matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from graphcdp.graph import Question, Transaction
from graphcdp.ingest.rows import node_property
from graphcdp.segments.evaluation.compare import Compared, later
from graphcdp.segments.evaluation.needs import Needs
from graphcdp.segments.evaluation.person import Occurrence, Person

PROFILE_PROPERTIES = frozenset({"first_seen", "last_seen", "identity_count"})
"""Fields of a profile that no source states."""
_ON_EVERY_EVENT = frozenset({"type", "ts"})


async def gather(tx: Transaction, ids: Iterable[str], needs: Needs, now: datetime) -> dict[str, Person]:
    """Read people as rules see them.

    Args:
        tx: where.
        ids: of profiles.
        needs: of all the rules that will be asked.
        now: the instant that they will be asked about.

    Returns:
        By id; what is no profile is left out.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    if not needs.household:
        return await _people(tx, wanted, needs, needs.types, now)
    homes: dict[str, list[str]] = dict(await tx.rows("segments.household_of", ids=wanted))
    all_ids = sorted({*wanted, *(other for others in homes.values() for other in others)})
    types = None if needs.types is None or needs.household_types is None else needs.types | needs.household_types
    people = await _people(tx, all_ids, needs, types, now)
    return {
        id: replace(people[id], others=tuple(people[other] for other in sorted(homes.get(id, ())) if other in people))
        for id in wanted
        if id in people
    }


def asked_of_holder(key: str, needs: Needs, now: datetime) -> Question:
    """Return what to ask of the person who holds an identity, `namespace|value`; whatever household, alone."""
    name, params = _asked((), needs, needs.types, now)
    return name, {**params, "key": key}


async def _people(
    tx: Transaction, ids: Sequence[str], needs: Needs, types: frozenset[str] | None, now: datetime
) -> dict[str, Person]:
    name, params = _asked(ids, needs, types, now)
    return told(await tx.rows(name, **params), needs)


def _asked(ids: Sequence[str], needs: Needs, types: frozenset[str] | None, now: datetime) -> Question:
    names = sorted(needs.fields)
    own = [name in PROFILE_PROPERTIES for name in names]
    back = needs.look_back_seconds
    return "segments.gather", {
        "ids": list(ids),
        "computed": [name if mine else f"c_{name}" for name, mine in zip(names, own, strict=True)],
        "stated": [name if mine else f"a_{name}" for name, mine in zip(names, own, strict=True)],
        "types": None if types is None else sorted(types),
        "since": None if back is None else later(now, -back),
        "properties": [node_property(name) for name in sorted(needs.properties - _ON_EVERY_EVENT)],
        "nodes": sorted(needs.nodes),
        "with_events": types is None or bool(types),
        "with_audiences": needs.audiences,
        "consents": sorted(needs.consents),
    }


def told(rows: Sequence[Sequence[Any]], needs: Needs) -> dict[str, Person]:
    """Return people by id, of the rows that were answered."""
    names, consents = sorted(needs.fields), sorted(needs.consents)
    properties = sorted(needs.properties - _ON_EVERY_EVENT)
    return {
        id: Person(
            id,
            dict(zip(names, fields, strict=True)),
            frozenset(namespaces),
            frozenset(segments),
            tuple(_occurrence(event, properties) for event in events),
            audiences=frozenset(audiences),
            consents={name: until for name, until in zip(consents, agreed, strict=True) if until is not None},
        )
        for id, fields, namespaces, segments, events, audiences, agreed in rows
    }


def _occurrence(event: Sequence[Any], names: Sequence[str]) -> Occurrence:
    ts, id, kind, values, products, contents, campaigns = event
    properties: Mapping[str, Compared] = dict(zip(names, values, strict=True))
    if products is None and contents is None and campaigns is None:
        return Occurrence(ts, id, kind, properties)
    nodes = {"product": products, "content": contents, "campaign": campaigns}
    return Occurrence(
        ts, id, kind, properties, {name: frozenset(found) for name, found in nodes.items() if found is not None}
    )
