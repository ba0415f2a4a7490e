"""Whether an event fulfils the `where` of a computed attribute: comparisons of its properties with literals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from graphcdp.segments.computed.figure import Counted, stamp
from graphcdp.segments.evaluation.compare import Compared, among, compare, compare_date, date_key, literal_key
from graphcdp.segments.rule import ast

Properties = Mapping[str, Any]


def counted(aggregate: ast.Aggregate, ts: datetime, id: str, properties: Properties) -> Counted | None:
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


def _holds(where: ast.Condition, event: Properties) -> bool:
    match where:
        case ast.AllOf():
            return all(_holds(each, event) for each in where.conditions)
        case ast.AnyOf():
            return any(_holds(each, event) for each in where.conditions)
        case ast.Not():
            return not _holds(where.condition, event)
        case ast.Known():
            return (_value(where.value, event) is not None) is where.known
        case ast.When(window=ast.Between() as window):
            key = date_key(_value(where.value, event))
            return (
                key is not None
                and (window.since is None or literal_key(window.since.value) <= key)
                and (window.until is None or key < literal_key(window.until.value))
            )
        case ast.Compare():
            return _compares(where, event)
    return False


def _compares(said: ast.Compare, event: Properties) -> bool:
    left = _value(said.left, event)
    match said.right:
        case ast.Choice():
            return among(left, said.operator, [each.value for each in said.right.values])
        case ast.Date():
            return compare_date(left, said.operator, said.right.value)
    return compare(left, said.operator, _value(said.right, event))


def _value(value: ast.Value, event: Properties) -> Compared:
    match value:
        case ast.Text() | ast.Numeral() | ast.Truth():
            return value.value
        case ast.EventField():
            found: Compared = event.get(value.name)
            return found
    return None
