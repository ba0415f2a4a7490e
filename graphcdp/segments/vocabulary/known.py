"""Reads what rules may speak of in a graph: what sources declare, and what stands in some people and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest.rows import OWN
from graphcdp.profile.intake import list_sources
from graphcdp.segments.computed.declaration import kept
from graphcdp.segments.evaluation.compare import date_key
from graphcdp.segments.vocabulary.fields import EVENT, PROFILE, Field, Fields, Kind
from graphcdp.sources import SourceDefinition

MOST_COUNTED, PEOPLE_LOOKED_AT, EVENTS_LOOKED_AT = 20_000, 1_000, 100
MOST_VALUES, SEEN_OFTEN = 30, 3
_KINDS: Mapping[str, Kind] = {"STRING": "text", "INTEGER": "number", "FLOAT": "number", "BOOLEAN": "boolean"}
_DECLARED: Mapping[str | None, Kind] = {
    "string": "text", "integer": "number", "number": "number", "boolean": "boolean", "date": "date",
}  # fmt: skip
_AS_IT_IS = ("first", "last", "most frequent")


async def read_fields(graph: Graph, rules: RuleBook) -> Fields:
    """Return what there is, segments and named conditions aside."""
    sources = await _definitions(graph)
    types = await _types(graph)
    people = await graph.read_rows("segments.sample_profiles", most=PEOPLE_LOOKED_AT, values=MOST_VALUES)
    seen = await graph.read_rows(
        "segments.sample_events",
        types=list(types),
        properties=list(EVENT),
        each_type=EVENTS_LOOKED_AT,
        values=MOST_VALUES,
    )
    seen += await graph.read_rows("segments.sample_devices", most=PEOPLE_LOOKED_AT, values=MOST_VALUES)
    written = [name for (name,) in await graph.read_rows("segments.properties")]
    computed: dict[str, Kind] = {
        (one := kept(row)).name: "unknown" if one.aggregate.function in _AS_IT_IS else "number"
        for row in await graph.read("computed.declared")
    }
    computed |= {row["name"]: "number" for row in await graph.read("scores.all")}
    return Fields(
        profile=_profile(sources, written, computed, people),
        event=_event(sources, written, seen),
        types=dict.fromkeys(_declared_types(sources), 0) | types,
        namespaces=frozenset((await rules.in_force()).namespaces),
        empty=not people and not types and not sources,
    )


async def _definitions(graph: Graph) -> dict[str, SourceDefinition]:
    return {
        one.id: _definition(one.definition, one.id) for one in await list_sources(graph) if one.definition is not None
    }


@lru_cache(maxsize=200)
def _definition(text: str, id: str) -> SourceDefinition:
    return SourceDefinition.parse(text, id)


async def _types(graph: Graph) -> dict[str, int]:
    found: list[str] = []
    while rows := await graph.read_rows("segments.next_type", after=found[-1] if found else ""):
        found.append(rows[0][0])
    return dict(await graph.read_rows("segments.count_types", types=found, most=MOST_COUNTED))


def _declared_types(sources: Mapping[str, SourceDefinition]) -> list[str]:
    specs = [definition.event.type for definition in sources.values() if definition.event is not None]
    told = [value for spec in specs for value in (*(spec.map or {}).values(), spec.value, spec.default)]
    return sorted({value for value in told if isinstance(value, str) and value != "skip"})


def _profile(
    sources: Mapping[str, SourceDefinition],
    written: Iterable[str],
    computed: Mapping[str, Kind],
    people: Iterable[Sequence[Any]],
) -> dict[str, Field]:
    """Return the attributes: of one name a computed one comes before a stated one."""
    found = {name[2:]: Field(name[2:]) for name in written if name.startswith("a_")}
    for id, definition in sorted(sources.items()):
        for name, spec in definition.attributes.items():
            before = found.get(name, Field(name))
            kind = before.kind if before.kind != "unknown" else _DECLARED.get(spec.type, "unknown")
            found[name] = replace(before, kind=kind, sources=(*before.sources, id))
    found |= {name: Field(name, kind, "computed") for name, kind in computed.items()}
    for property, *told in people:
        name = property[2:]
        field = found.get(name, Field(name))
        if property.startswith("c_") is (field.origin == "computed"):
            found[name] = _with_values(field, *told)
    return dict(sorted(found.items())) | dict(PROFILE)


def _event(
    sources: Mapping[str, SourceDefinition], written: Iterable[str], seen: Iterable[Sequence[Any]]
) -> dict[str, Field]:
    found = dict(EVENT)
    found |= {name[2:]: Field(name[2:], "unknown", "event") for name in written if name.startswith(OWN)}
    for id, definition in sorted(sources.items()):
        for name, spec in (definition.event.properties if definition.event else {}).items():
            before = found.get(name, Field(name, "unknown", "event"))
            kind = before.kind if before.kind != "unknown" else _DECLARED.get(spec.type, "unknown")
            found[name] = replace(before, kind=kind, sources=(*before.sources, id))
    for property, different, times, kinds, top, types in seen:
        name = property if property in EVENT else property.removeprefix(OWN)
        field = found.get(name, Field(name, "unknown", "event"))
        told = _with_values(field, different, times, kinds, top)
        kind = told.kind if name not in EVENT else field.kind
        found[name] = replace(told, kind=kind, types=tuple(sorted(types)))
    return dict(sorted(found.items()))


def _with_values(field: Field, different: int, times: int, kinds: Sequence[str], top: Sequence[Any]) -> Field:
    """Return a field with the kind of its values, and the values themselves where they are few and come again."""
    told: set[Kind] = {_KINDS.get(kind.split()[0], "unknown") for kind in kinds}
    if told == {"text"} and all(date_key(value) is not None for value in top):
        told = {"date"}
    kind = told.pop() if len(told) == 1 else "mixed"
    few = kind in ("text", "mixed", "boolean") and different <= MOST_VALUES and times >= SEEN_OFTEN * different
    return replace(field, kind=kind, values=tuple(top) if few else (), complete=few)
