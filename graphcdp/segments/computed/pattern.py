"""Whether an event fulfils the `where` of a computed attribute: comparisons of its properties with literals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from graphcdp.segments.ast import (
    Aggregate,
    AllOf,
    AnyOf,
    Between,
    Choice,
    Compare,
    Condition,
    Date,
    EventField,
    Known,
    Not,
    Numeral,
    Text,
    Truth,
    Value,
    When,
)
from graphcdp.segments.computed.figure import Counted, instant_of, stamp

Properties = Mapping[str, Any]
_ISO = 10  # shortest text that can be a date


def counted(aggregate: Aggregate, ts: datetime, id: str, properties: Properties) -> Counted | None:
    """Return an event as the figure counts it; None where it is none of the pattern (its window aside).

    Args:
        aggregate: the figure.
        ts, id: the event's.
        properties: of the event by the names of the language, `type` among them.
    """
    events = aggregate.events
    if events.types and properties.get("type") not in events.types:
        return None
    if events.where is not None and not _holds(events.where, {**properties, "ts": ts}):
        return None
    if aggregate.field is None:
        return Counted(ts, id, True)
    value = stamp(ts) if aggregate.field == "ts" else properties.get(aggregate.field)
    return Counted(ts, id, value)


def _holds(where: Condition, event: Properties) -> bool:
    if isinstance(where, AllOf):
        return all(_holds(each, event) for each in where.conditions)
    if isinstance(where, AnyOf):
        return any(_holds(each, event) for each in where.conditions)
    if isinstance(where, Not):
        return not _holds(where.condition, event)
    if isinstance(where, Known):
        return (_value(where.value, event) is not None) is where.known
    if isinstance(where, When):
        at, window = _instant(_value(where.value, event)), where.window
        return (
            at is not None
            and isinstance(window, Between)
            and (window.since is None or instant_of(window.since.value) <= at)
            and (window.until is None or at < instant_of(window.until.value))
        )
    return isinstance(where, Compare) and _compares(where, event)


def _compares(said: Compare, event: Properties) -> bool:
    left = _value(said.left, event)
    if left is None:
        return False
    if isinstance(said.right, Choice):
        among = any(_equal(left, each.value) for each in said.right.values)
        return among if said.operator == "in" else said.operator == "not in" and not among
    if isinstance(said.right, Date):
        at = _instant(left)
        return at is not None and _ordered(said.operator, at, instant_of(said.right.value))
    right = _value(said.right, event)
    if right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        return _texts(said.operator, left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        same_kind = isinstance(left, bool) and isinstance(right, bool)
        return same_kind and said.operator in ("=", "!=") and _ordered(said.operator, left, right)
    if isinstance(left, str) or isinstance(right, str) or isinstance(left, datetime) or isinstance(right, datetime):
        return False
    return _ordered(said.operator, left, right)


def _texts(operator: str, left: str, right: str) -> bool:
    if operator == "contains":
        return right in left
    if operator == "starts with":
        return left.startswith(right)
    if operator == "ends with":
        return left.endswith(right)
    return (left == right) if operator == "=" else operator == "!=" and left != right


def _ordered(operator: str, left: Any, right: Any) -> bool:
    return bool(
        {
            "=": left == right,
            "!=": left != right,
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }.get(operator, False)
    )


def _equal(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _value(value: Value, event: Properties) -> Any:
    if isinstance(value, Text | Numeral | Truth):
        return value.value
    return event.get(value.name) if isinstance(value, EventField) else None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) < _ISO:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
