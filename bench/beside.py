"""Journeys by chdb (ClickHouse inside the process) on the same events, where it is installed: half a gigabyte.

It is asked what a person would ask it: `windowFunnel` where it has one, window functions else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

HINT = "chdb is not installed, so it is not shown beside the journeys: pip install '.[compare]'"
_DAY = 86_400_000_000


def installed() -> bool:
    """Say whether chdb is there."""
    return find_spec("chdb") is not None


class Beside:
    """chdb with a copy of the events, in memory."""

    def __init__(self, flat: duckdb.DuckDBPyConnection, file: Path) -> None:
        """Copy the table `flat` (person, ts in microseconds, id, type, campaign).

        Args:
            flat: where it is.
            file: a Parquet file to carry it over by; it is removed.
        """
        from chdb.session import Session

        flat.execute(f"COPY (SELECT person, ts, id, type, campaign FROM flat) TO '{file}' (FORMAT parquet)")
        self._session = Session()
        self._session.query("CREATE DATABASE bench")
        self._session.query(
            "CREATE TABLE bench.flat (person String, ts Int64, id String, type LowCardinality(String), "
            "campaign LowCardinality(Nullable(String))) ENGINE = MergeTree ORDER BY (person, ts, id)"
        )
        self._session.query(f"INSERT INTO bench.flat SELECT * FROM file('{file}', Parquet)")
        file.unlink()

    def questions(self, steps: Sequence[str], days: int, lookback: int) -> dict[str, Callable[[], list[Any]]]:
        """Return what answers each of the measured questions, in the form that the others answer in.

        Args:
            steps: types of events, of the funnel.
            days: of its window.
            lookback: in days, of attribution.
        """
        levels = ", ".join(f"countIf(level >= {step})" for step in range(1, len(steps) + 1))
        fits = ", ".join(f"type = '{one}'" for one in steps)
        funnel = (
            f"SELECT {levels} FROM (SELECT windowFunnel({days * _DAY})(toUInt64(ts), {fits}) AS level "
            "FROM bench.flat GROUP BY person)"
        )
        transitions = (
            "SELECT source, target, count() AS times, uniqExact(person) FROM (SELECT person, type AS source, "
            "leadInFrame(toNullable(type)) OVER (PARTITION BY person ORDER BY ts, id "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS target FROM bench.flat) "
            "WHERE target IS NOT NULL GROUP BY source, target ORDER BY times DESC, source, target"
        )
        paths = (
            "SELECT way, count() AS many FROM (SELECT arraySlice(arrayPushBack(arrayMap(one -> one.3, "
            "arraySort(groupArray((ts, id, toString(type))))), '(exit)'), 1, 6) AS way FROM bench.flat "
            "GROUP BY person) "
            "GROUP BY way ORDER BY many DESC, way LIMIT 50"
        )
        attribution = (
            f"SELECT coalesce(if(touched >= ts - {lookback * _DAY}, label, NULL), '(none)') AS label, count() AS many "
            "FROM (SELECT type, ts, "
            "last_value(if(type != 'purchase', toString(campaign), NULL)) IGNORE NULLS OVER mine AS label, "
            "last_value(if(type != 'purchase' AND campaign IS NOT NULL, ts, NULL)) IGNORE NULLS OVER mine AS touched "
            "FROM bench.flat WHERE campaign IS NOT NULL OR type = 'purchase' WINDOW mine AS (PARTITION BY person "
            "ORDER BY ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) "
            "WHERE type = 'purchase' GROUP BY 1 ORDER BY many DESC, label"
        )
        return {
            "funnel": lambda: self._rows(funnel)[0],
            "transitions": lambda: [tuple(row) for row in self._rows(transitions)],
            "paths": lambda: [(way, many) for way, many in self._rows(paths)],
            "attribution": lambda: [(label, many) for label, many in self._rows(attribution)],
        }

    def close(self) -> None:
        """Let the copy go."""
        self._session.close()

    def _rows(self, text: str) -> list[list[Any]]:
        told = self._session.query(text, "JSONCompact")
        found: list[list[Any]] = json.loads(str(told))["data"]
        return found
