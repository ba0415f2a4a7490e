"""Comparison with two truth values: of what is missing, or of two kinds, everything is false.

Dates are ISO text in UTC: `2026-01-31` (its first instant) or `2026-01-31T10:00:00Z` with seconds or parts of them.
They are put in order as text, once a day has its hour, which is the same as putting the instants in order; so a text of
that shape that is no day of the calendar does no harm, here or in Cypher.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from graphcdp.model import Scalar
from graphcdp.segments.rule.ast import Comparison

DATE_SHAPE = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z)?"
_SHAPE = re.compile(DATE_SHAPE, re.ASCII)
_MINUTES = 17  # 2026-01-31T10:00Z
Compared = Scalar | datetime


def compare(left: Compared, operator: Comparison, right: Compared) -> bool:
    """Say whether a comparison of two values holds."""
    if left is None or right is None:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        same = isinstance(left, bool) and isinstance(right, bool)
        return same and ((operator == "=" and left == right) or (operator == "!=" and left != right))
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and _texts(left, operator, right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        both = isinstance(left, datetime) and isinstance(right, datetime)
        return both and _ordered(left, operator, right)
    return _ordered(left, operator, right)


def among(left: Compared, operator: Comparison, right: Sequence[Scalar]) -> bool:
    """Say whether a value is, or with `not in` is not, one of a list; a missing one is neither."""
    if left is None:
        return False
    return any(compare(left, "=", each) for each in right) is (operator == "in")


def compare_date(left: Compared, operator: Comparison, date: str) -> bool:
    """Say whether a date stands so to a date literal; what is no date does not."""
    told = date_key(left)
    return told is not None and _ordered(told, operator, literal_key(date))


EqualKey = tuple[bool, Compared]


def equal_key(value: Compared) -> EqualKey:
    """Return a value so that two are equal only where the language says so: true is not 1."""
    return isinstance(value, bool), value


def date_key(value: Compared) -> str | None:
    """Return a date as text that is in order; None where the value is no date."""
    if isinstance(value, datetime):
        return instant_key(value)
    if not isinstance(value, str) or not _SHAPE.fullmatch(value):
        return None
    return value.removesuffix("Z") if "T" in value else f"{value}T00:00:00"


def literal_key(date: str) -> str:
    """Return a date literal as text that is in order with `date_key`."""
    if "T" not in date:
        return f"{date}T00:00:00"
    return f"{date[:-1]}:00" if len(date) == _MINUTES else date[:-1]


def instant_key(at: datetime) -> str:
    """Return an instant as text that is in order with `date_key`."""
    at = at.astimezone(UTC)
    text = at.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{at.microsecond:06d}".rstrip("0") if at.microsecond else text


def instant_of(key: str) -> datetime | None:
    """Return the instant of a `date_key`; None where it is no day of the calendar."""
    try:
        return datetime.fromisoformat(key[:26]).replace(tzinfo=UTC)
    except ValueError:
        return None


def later(at: datetime, seconds: int) -> datetime:
    """Return an instant so many seconds later, or earlier, as far as the calendar goes."""
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)


def _texts(left: str, operator: str, right: str) -> bool:
    if operator == "contains":
        return right in left
    if operator == "starts with":
        return left.startswith(right)
    if operator == "ends with":
        return left.endswith(right)
    return (operator == "=" and left == right) or (operator == "!=" and left != right)


def _ordered(left: Any, operator: str, right: Any) -> bool:
    match operator:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
    return False
