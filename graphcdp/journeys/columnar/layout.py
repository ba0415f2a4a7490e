"""What the projection keeps of an event: a column a property that is known to all, the source's own ones in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import pyarrow as pa

from graphcdp.ingest.rows import NUMBERS, OWN, TEXT, WHOLE

VERSION = 1
"""Of the tables; a file of another one is made anew."""

KINDS: dict[str, str] = {
    "id": "VARCHAR",
    "ts": "BIGINT",
    **dict.fromkeys(("type", "channel", "source", "dataset"), "VARCHAR"),
    "batch": "BIGINT",
    **dict.fromkeys(TEXT, "VARCHAR"),
    **dict.fromkeys(NUMBERS, "DOUBLE"),
    **dict.fromkeys(WHOLE, "BIGINT"),
    "own": "VARCHAR",
}
"""Columns of an event in the order of the statements in cypher/columnar, with the types that DuckDB keeps them in.
`ts` is microseconds since 1970, `batch` the number of the writing that it came in or changed with."""

_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}

_COLUMNS = ", ".join(f'"{name}" {kind}' for name, kind in KINDS.items())
TABLES = (
    "CREATE TABLE meta (layout INTEGER, graph VARCHAR, number BIGINT, removals BIGINT, reached BIGINT)",
    "CREATE TABLE people (number INTEGER, id VARCHAR)",
    "CREATE TABLE identities (number INTEGER, key VARCHAR, profile INTEGER)",
    f"CREATE TABLE events (identity INTEGER, {_COLUMNS})",
)


def is_own(field: str) -> bool:
    """Say whether a property is one of the source's own."""
    return field.startswith(OWN)


def holders(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return whose identities are: from rows that begin with an identity's key and its profile's id."""
    return pa.table(
        {
            "place": pa.array(range(len(rows)), pa.int32()),
            "key": pa.array([row[0] for row in rows], pa.string()),
            "profile_id": pa.array([row[1] for row in rows], pa.string()),
        }
    )


def events(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return the events of rows (key, profile id, events), each with the place of its row."""
    places = [place for place, row in enumerate(rows) for _ in row[2]]
    columns: Iterable[Sequence[Any]] = zip(*(event for row in rows for event in row[2]), strict=True)
    found: dict[str, pa.Array] = {"place": pa.array(places, pa.int32())}
    if not places:
        columns = [()] * len(KINDS)
    for (name, kind), values in zip(KINDS.items(), columns, strict=True):
        cells = [orjson.dumps(dict(each)).decode() if each else None for each in values] if name == "own" else values
        found[name] = pa.array(cells, _ARROW[kind])
    return pa.table(found)
