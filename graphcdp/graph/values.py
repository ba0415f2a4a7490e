"""Turn what the driver hands over into plain Python values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from neo4j.graph import Node, Relationship
from neo4j.time import Date, DateTime, Time

from graphcdp.base import StatementError

_PLAIN = frozenset({str, int, float, bool, type(None), bytes})
_values_of = tuple.__iter__  # Record's own iterator is a Python generator


def dicts(keys: Sequence[str], records: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return each record as a dict of plain values."""
    plain = _PLAIN
    return [
        {
            key: value if type(value) in plain else native(value)
            for key, value in zip(keys, _values_of(record), strict=True)
        }
        for record in records
    ]


def lists(records: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Return each record as a list of values as the driver made them (times are `neo4j.time` types)."""
    return [list(_values_of(record)) for record in records]


def native(value: Any) -> Any:
    """Convert one value, and what is inside it.

    Times become aware `datetime` in UTC (a local one stays naive), nodes and relationships the dict of their
    properties; what has no plain form (durations, points, paths) stays.

    Raises:
        StatementError: the value cannot be held (a year after 9999).
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is DateTime:
        return _datetime(value)
    if kind is list:
        return [item if type(item) in _PLAIN else native(item) for item in value]
    if kind is dict:
        return {key: item if type(item) in _PLAIN else native(item) for key, item in value.items()}
    if kind is Date or kind is Time:
        return value.to_native()
    if isinstance(value, Node | Relationship):
        return {key: native(item) for key, item in value.items()}
    broken = getattr(value, "error", None)  # what the driver puts where it could not read a value
    if isinstance(broken, Exception):
        raise StatementError(
            f"A value of the graph cannot be held in Python ({broken}), such as a year after 9999. Correct it there."
        )
    return value


def _datetime(value: DateTime) -> datetime:
    plain = value.to_native()
    return plain if plain.tzinfo is None else plain.astimezone(UTC)
