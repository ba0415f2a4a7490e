"""What loading a file, or looking at it before, has to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import pandas as pd

from graphcdp.model import Fact, Rejection


class RunState(StrEnum):
    """How far the loading of a file has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Counts:
    """What became of the rows of a file so far.

    Attributes:
        position: records (lines, in NDJSON) read and durable.
        accepted: facts that are new.
        duplicates: facts that were there already.
        rejected: rows that could not be taken.
        skipped: rows that the definition says to leave out.
    """

    position: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of a file.

    Attributes:
        run_id: of its `Run` node.
        path: the file.
        source, dataset: what it belongs to.
        counts: over all calls that loaded it.
        already: whether it was in before this call, which then changed nothing.
        resumed_at: the position this call went on from; 0 for the start.
        seconds: how long this call took.
    """

    run_id: str
    path: str
    source: str
    dataset: str
    counts: Counts
    already: bool
    resumed_at: int
    seconds: float


@dataclass(slots=True)
class FilePreview:
    """What loading a file would do; nothing was written.

    Attributes:
        path: the file.
        source, dataset: what it belongs to.
        rows: how many rows were looked at.
        facts, events, records: how many would be facts, and of these interactions and profile records (some are both).
        skipped: rows that the definition says to leave out.
        rejected: rows that would be rejected, by code.
        types: interactions by type.
        namespaces: identities by namespace.
        checked: whether the graph was asked, so that `accepted`, `duplicates` and the identity rules' refusals count.
        accepted: facts that would be new.
        duplicates: facts that are there already.
        first, last: the earliest and latest time; None without a fact.
        samples: the first facts.
        rejections: the first rejections.
    """

    path: str
    source: str
    dataset: str
    rows: int = 0
    facts: int = 0
    events: int = 0
    records: int = 0
    skipped: int = 0
    checked: bool = False
    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    namespaces: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    samples: list[Fact] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """Return the first facts as a table, one a row, its columns as the graph names them."""
        return pd.DataFrame([in_columns(fact) for fact in self.samples])

    def as_json(self) -> Mapping[str, Any]:
        """Return it as plain values, times as ISO text."""
        return {
            "path": self.path,
            "source": self.source,
            "dataset": self.dataset,
            "rows": self.rows,
            "facts": self.facts,
            "events": self.events,
            "records": self.records,
            "skipped": self.skipped,
            "checked": self.checked,
            "accepted": self.accepted if self.checked else None,
            "duplicates": self.duplicates if self.checked else None,
            "rejected": dict(self.rejected),
            "types": dict(self.types),
            "namespaces": dict(self.namespaces),
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "samples": [in_columns(fact) for fact in self.samples],
            "rejections": rejections_as_json(self.rejections),
        }


def rejections_as_json(rejections: Sequence[Rejection]) -> list[dict[str, Any]]:
    """Return rejections as plain values, without their payload."""
    return [
        {"row": each.row, "field": each.field, "code": each.code, "reason": each.reason, "fact_id": each.fact_id}
        for each in rejections
    ]


def in_columns(fact: Fact) -> dict[str, Any]:
    """Lay a fact out in columns."""
    columns: dict[str, Any] = {"row": fact.row, "id": fact.id, "ts": fact.ts.isoformat()}
    for key in fact.identities:
        name = f"identity {key.namespace}"
        columns[name] = f"{columns[name]}, {key.value}" if name in columns else key.value
    if fact.type is not None:
        columns |= {"type": fact.type, "channel": fact.channel}
    columns |= {f"property {name}": value for name, value in fact.properties.items()}
    if len(fact.products) > 1:
        columns["products"] = ", ".join(fact.products)
    columns |= {f"attribute {name}": value for name, value in fact.attributes.items()}
    if fact.device is not None:
        columns["device"] = " · ".join(part for part in fact.device if part)
    return columns
