"""How data flows in one graph, as it is or as it would be after an edit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from graphcdp.base.ids import content_hash
from graphcdp.governance.lineage import FIELD, Readers, Reads, Sent, household_fields, lineage
from graphcdp.governance.policy import Map
from graphcdp.sources import SourceDefinition


@dataclass(frozen=True, slots=True)
class Edit:
    """What is about to be changed on the ways of data.

    Attributes:
        segments, computed, audiences, scores, offers: what each would read, by id.
        definitions: of datasets, as they would be.
    """

    segments: Mapping[str, Reads] = field(default_factory=dict)
    computed: Mapping[str, Reads] = field(default_factory=dict)
    audiences: Mapping[str, Reads] = field(default_factory=dict)
    scores: Mapping[str, Reads] = field(default_factory=dict)
    offers: Mapping[str, Reads] = field(default_factory=dict)
    definitions: Sequence[SourceDefinition] = ()


NOTHING = Edit()
_TOLD = ("datasets", "computed", "segments", "audiences", "scores", "offers", "things", "activations", "left_out")


class Flows:
    """What says how data flows, as it was read, and the map that follows from it."""

    def __init__(self, row: Mapping[str, Any], readers: Readers) -> None:
        self.version_written: str | None = row["version"]
        self.segments = {one["id"]: readers.rule(one["tree"]) for one in row["segments"]}
        self.computed = {one["id"]: readers.rule(one["tree"]) for one in row["computed"]}
        self.audiences = {one["id"]: readers.question(one["question"]) for one in row["audiences"]}
        self.scores = {one["id"]: readers.score(one["kind"], one["settings"]) for one in row["scores"]}
        self.offers = {one["id"]: one for one in row["offers"]}
        self.offer_reads = {id: readers.offer(one["tree"], one["content"]) for id, one in self.offers.items()}
        self.household = household_fields(row["things"])
        self.left_out = {one["id"]: one["segments"] for one in row["left_out"]}
        self.activations = {one["id"]: one for one in row["activations"]}
        self.definitions = {
            one["id"]: _definition(one["definition"], one["id"]) for one in row["datasets"] if one["definition"]
        }
        self.source_of = {one["id"]: one["source"] for one in row["datasets"] if one["source"]}
        told = {name: row[name] for name in _TOLD}
        self.version = content_hash(orjson.dumps(told))

    def knows(self, definition: SourceDefinition) -> bool:
        """Say whether a dataset has exactly this definition."""
        before = self.definitions.get(_dataset(definition))
        return before is not None and before.model_dump() == definition.model_dump()

    def open_offers(self, now: datetime) -> list[Mapping[str, Any]]:
        """Return the offers that are or will be shown."""
        return [one for one in self.offers.values() if one["ends"] is None or one["ends"] > now]

    def sent(self, activation: Mapping[str, Any]) -> Sent:
        """Return what an activation uses, there or planned: what its destination leaves out, too."""
        apart = (*activation["apart"], *self.left_out.get(activation["destination"], ()))
        return Sent(activation["segment"], activation["sources"], tuple(dict.fromkeys(apart)))

    def map(
        self,
        labelled: Iterable[Mapping[str, Any]],
        *,
        edit: Edit = NOTHING,
        activations: Mapping[str, Sent] | None = None,
    ) -> tuple[Map, tuple[tuple[str, str, str | None], ...]]:
        """Return the map, and the fields of it with name and dataset.

        Args:
            labelled: rows of `governance.labelled`.
            edit: as if it were done; activations: as if they were there.
        """
        planned = {id: self.sent(one) for id, one in self.activations.items()} | dict(activations or {})
        definitions = {**self.definitions, **{_dataset(one): one for one in edit.definitions}}
        source_of = {**self.source_of, **{_dataset(one): one.source for one in edit.definitions}}
        labelled = list(labelled)
        identities = [row["id"] for row in labelled if row["id"].startswith("identity.")]
        found = lineage(
            definitions.values(), {**self.computed, **edit.computed}, {**self.segments, **edit.segments}, planned,
            identities, audiences={**self.audiences, **edit.audiences}, scores={**self.scores, **edit.scores},
            offers={**self.offer_reads, **edit.offers}, household=self.household,
        )  # fmt: skip
        dataset_of = {one.id: one.dataset for one in found.fields}
        marks: dict[str, dict[str, list[str]]] = {FIELD: {}, "Dataset": {}}
        for row in labelled:
            marks[row["kind"]][row["id"]] = row["labels"]
            dataset, slash, _ = row["id"].partition("/")
            if row["kind"] == FIELD and slash:
                dataset_of.setdefault(row["id"], dataset)
        fields: dict[str, tuple[str, str, str | None]] = {
            one.id: (one.id, one.name, one.dataset) for one in found.fields
        }
        for flow in found.flows:
            for place in flow:
                if place.kind == FIELD:
                    fields.setdefault(place.id, (place.id, place.id.partition(".")[2], None))
        return Map(found.flows, dataset_of, source_of, marks[FIELD], marks["Dataset"]), tuple(fields.values())


@lru_cache(maxsize=1_000)
def _definition(text: str, id: str) -> SourceDefinition:
    return SourceDefinition.parse(text, id)


def _dataset(definition: SourceDefinition) -> str:
    return f"{definition.source}.{definition.dataset}"
