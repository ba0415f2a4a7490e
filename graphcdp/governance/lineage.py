"""How data flows: from fields of datasets over fields of profiles and events to segments and activations. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphcdp.identity.people.households import SHARED_ATTRIBUTES
from graphcdp.sources import SourceDefinition

FIELD, COMPUTED, SEGMENT, ACTIVATION = "Field", "ComputedAttribute", "Segment", "Activation"
AUDIENCE, SCORE, OFFER = "Audience", "Score", "Offer"
IDENTITIES = "identities"
"""Stands in a mapping for every identity that a person has."""
MOST_PATHS = 200
"""So many ways of one label to one place are told at most."""


HOUSEHOLD = "profile.household"
"""Stands for who lives with whom, which follows from fields of profiles and from shared things."""


class Reads(NamedTuple):
    """What a rule or a question reads.

    Attributes:
        fields: `profile.city`, `event.size`, `identity.email`; `profile.household` where it asks for people who live
            together.
        segments, audiences: ids.
    """

    fields: tuple[str, ...]
    segments: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()


ReadsOf = Callable[[str], Reads]
"""Gives what a rule reads, from its tree (JSON); or what a question about journeys reads, from its JSON."""
ScoreReads = Callable[[str, str], Reads]
"""Gives what a score reads, from its kind and its settings (JSON)."""
OfferReads = Callable[[str, str], Reads]
"""Gives what an offer reads, from the tree of its rule and its content (both JSON)."""


class Readers(NamedTuple):
    """Say what things read that belong to later stages.

    Attributes:
        rule: of segments and computed attributes.
        question: of audiences.
        score: of scores.
        offer: of offers.
    """

    rule: ReadsOf
    question: ReadsOf
    score: ScoreReads
    offer: OfferReads


class Sent(NamedTuple):
    """What an activation uses: the segment that it sends, segments that it leaves out, and what its mapping reads."""

    segment: str
    sources: Sequence[str]
    apart: Sequence[str] = ()


class Offered(NamedTuple):
    """An offer as it would be: its id, its marketing actions, the tree of its rule and its content (both JSON)."""

    id: str
    actions: Sequence[str]
    tree: str
    content: str


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


def household_fields(things: Iterable[str]) -> tuple[str, ...]:
    """Return the fields from which follows who lives with whom.

    Args:
        things: namespaces of browsers and devices.
    """
    return (*(f"profile.{name}" for name in SHARED_ATTRIBUTES), *(f"identity.{name}" for name in sorted(things)))


def lineage(
    definitions: Iterable[SourceDefinition],
    computed: Mapping[str, Reads],
    segments: Mapping[str, Reads],
    activations: Mapping[str, Sent],
    identities: Iterable[str] = (),
    *,
    audiences: Mapping[str, Reads] | None = None,
    scores: Mapping[str, Reads] | None = None,
    offers: Mapping[str, Reads] | None = None,
    household: Iterable[str] = (),
) -> Lineage:
    """Return how data flows.

    Args:
        definitions: of the sources; a tracking source may state every field that anything reads.
        computed: what each computed attribute reads.
        segments: what each segment reads.
        activations: what each sends.
        identities: fields of identities beside those that the definitions state.
        audiences: what the question of each reads.
        scores, offers: what each reads.
        household: fields from which follows who lives with whom.
    """
    flows: dict[Flow, None] = {}
    wanted: set[str] = set()
    audiences, scores, offers = audiences or {}, scores or {}, offers or {}
    for kind, things in (
        (COMPUTED, computed), (SCORE, scores), (AUDIENCE, audiences), (SEGMENT, segments), (OFFER, offers),
    ):  # fmt: skip
        for id, read in things.items():
            place = Place(kind, id)
            for one in read.fields:
                flows[Flow(field(one), place)] = None
            for other in read.segments:
                flows[Flow(Place(SEGMENT, other), place)] = None
            for audience in read.audiences:
                flows[Flow(Place(AUDIENCE, audience), place)] = None
            if kind in (COMPUTED, SCORE):
                flows[Flow(place, field(f"profile.{id}"))] = None
            wanted.update(read.fields)
    if HOUSEHOLD in wanted:
        for one in sorted(household):
            flows[Flow(field(one), field(HOUSEHOLD))] = None
            wanted.add(one)
    for id, (segment, mapped, apart) in activations.items():
        for one in (segment, *apart):
            flows[Flow(Place(SEGMENT, one), Place(ACTIVATION, id))] = None
        for one in mapped:
            if "." in one:
                flows[Flow(field(one), Place(ACTIVATION, id))] = None
                wanted.add(one)
    fields: dict[DatasetField, None] = {}
    stated = wanted - {f"profile.{name}" for name in (*computed, *scores)} - {HOUSEHOLD}
    for definition in definitions:
        for own, target in _stated(definition, stated):
            fields[own] = None
            flows[Flow(field(own.id), field(target))] = None
    every = {flow.target.id for flow in flows if flow.target.id.startswith("identity.")} | set(identities)
    for id, (_, mapped, _) in activations.items():
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
