"""How data flows: from fields of datasets over fields of profiles and events to segments and activations. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphcdp.sources import SourceDefinition

FIELD, COMPUTED, SEGMENT, ACTIVATION = "Field", "ComputedAttribute", "Segment", "Activation"
IDENTITIES = "identities"
"""Stands in a mapping for every identity that a person has."""
MOST_PATHS = 200
"""So many ways of one label to one place are told at most."""


class Reads(NamedTuple):
    """What a rule reads: fields (`profile.city`, `event.size`, `identity.email`) and other segments."""

    fields: tuple[str, ...]
    segments: tuple[str, ...]


ReadsOf = Callable[[str], Reads]
"""Gives what a rule reads, from its tree (JSON)."""


class Place(NamedTuple):
    """A node of the graph: its label and id."""

    kind: str
    id: str


class Flow(NamedTuple):
    """Data flows from one place to another."""

    source: Place
    target: Place


class DatasetField(NamedTuple):
    """A field of a dataset: the dataset's id and the field's name in it."""

    dataset: str
    name: str

    @property
    def id(self) -> str:
        """Return the id of its node."""
        return f"{self.dataset}/{self.name}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Which fields datasets have, and where data flows."""

    fields: tuple[DatasetField, ...]
    flows: tuple[Flow, ...]


def field(id: str) -> Place:
    """Return the place of a field."""
    return Place(FIELD, id)


def lineage(
    definitions: Iterable[SourceDefinition],
    computed: Mapping[str, Reads],
    segments: Mapping[str, Reads],
    activations: Mapping[str, tuple[str, Sequence[str]]],
    identities: Iterable[str] = (),
) -> Lineage:
    """Return how data flows.

    Args:
        definitions: of the sources; a tracking source may state every field that anything reads.
        computed: what each computed attribute reads.
        segments: what each segment reads.
        activations: the segment of each, and what its mapping reads.
        identities: fields of identities beside those that the definitions state.
    """
    flows: dict[Flow, None] = {}
    wanted: set[str] = set()
    for name, read in computed.items():
        place = Place(COMPUTED, name)
        for one in read.fields:
            flows[Flow(field(one), place)] = None
        flows[Flow(place, field(f"profile.{name}"))] = None
        wanted.update(read.fields)
    for id, read in segments.items():
        for one in read.fields:
            flows[Flow(field(one), Place(SEGMENT, id))] = None
        for other in read.segments:
            flows[Flow(Place(SEGMENT, other), Place(SEGMENT, id))] = None
        wanted.update(read.fields)
    for id, (segment, mapped) in activations.items():
        flows[Flow(Place(SEGMENT, segment), Place(ACTIVATION, id))] = None
        for one in mapped:
            if "." in one:
                flows[Flow(field(one), Place(ACTIVATION, id))] = None
                wanted.add(one)
    fields: dict[DatasetField, None] = {}
    for definition in definitions:
        for own, target in _stated(definition, wanted - {f"profile.{name}" for name in computed}):
            fields[own] = None
            flows[Flow(field(own.id), field(target))] = None
    every = {flow.target.id for flow in flows if flow.target.id.startswith("identity.")} | set(identities)
    for id, (_, mapped) in activations.items():
        if IDENTITIES in mapped:
            flows.update((Flow(field(one), Place(ACTIVATION, id)), None) for one in sorted(every))
    return Lineage(tuple(fields), tuple(flows))


def _stated(definition: SourceDefinition, wanted: Iterable[str]) -> Iterator[tuple[DatasetField, str]]:
    """Return the fields of a dataset with the field each is mapped to."""
    dataset = f"{definition.source}.{definition.dataset}"
    if definition.format in ("tracking", "xdm"):
        paths = {namespace: path for path, namespace in definition.tracking.items()}
        for namespace, path in paths.items():
            yield DatasetField(dataset, path), f"identity.{namespace}"
        for one in sorted(wanted):
            kind, _, name = one.partition(".")
            if kind == "profile":
                yield DatasetField(dataset, f"traits.{name}"), one
            elif kind == "event":
                yield DatasetField(dataset, name if name == "type" else f"properties.{name}"), one
        return
    for place, spec in definition.specs():
        part, _, name = place.partition(".")
        own = DatasetField(dataset, spec.field or f"({place})")
        if part == "identities":
            yield own, f"identity.{name}"
        elif part == "attributes":
            yield own, f"profile.{name}"
        elif part == "event":
            yield own, f"event.{name.removeprefix('properties.')}"
        elif part == "device":
            yield own, f"event.device.{name}"


def ways(flows: Iterable[Flow], start: Place, target: Place) -> list[tuple[Place, ...]]:
    """Return the ways from one place to another, the shortest first, `MOST_PATHS` at most."""
    upstream: dict[Place, list[Place]] = {}
    for flow in flows:
        upstream.setdefault(flow.target, []).append(flow.source)
    found: list[tuple[Place, ...]] = []
    queue: list[tuple[Place, ...]] = [(target,)]
    while queue and len(found) < MOST_PATHS:
        way = queue.pop(0)
        if way[0] == start:
            found.append(way)
            continue
        queue.extend((one, *way) for one in sorted(upstream.get(way[0], ())) if one not in way)
    return found


def reaches(flows: Iterable[Flow], target: Place) -> set[Place]:
    """Return every place from which data flows to a place, itself included."""
    upstream: dict[Place, list[Place]] = {}
    for flow in flows:
        upstream.setdefault(flow.target, []).append(flow.source)
    found, todo = {target}, [target]
    while todo:
        for one in upstream.get(todo.pop(), ()):
            if one not in found:
                found.add(one)
                todo.append(one)
    return found
