"""What makes a call unfit as a whole: null bytes, numbers that are none, text that is none, too much of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

MAX_CALL_BYTES = 32 * 1024
MAX_DEPTH = 64
MAX_AHEAD = timedelta(hours=24)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MAX_INTEGER = 2**63 - 1
SECRET_FIELDS = frozenset({"writeKey", "sentAt", "receivedAt", "_metadata"})
"""Fields of the sending, not of what happened: they differ when a call is sent again, or are secret."""


class Fault(NamedTuple):
    """Why a call cannot be taken: the field (None where it is the whole), a stable code, a sentence."""

    field: str | None
    code: str
    reason: str


def as_payload(call: Mapping[str, Any]) -> str | Fault:
    """Return a call as JSON text without what belongs to the sending, or why it cannot be kept.

    Fields with a null byte, a number that is none (NaN, Infinity) or a broken character are named.
    """
    kept = {name: value for name, value in call.items() if name not in SECRET_FIELDS}
    try:
        text = orjson.dumps(kept)
    except (TypeError, RecursionError) as error:
        return _explain(kept) or Fault(None, "malformed", f"The call cannot be written as JSON: {error}.")
    if len(text) > MAX_CALL_BYTES:
        return Fault(
            _largest(kept),
            "too_large",
            f"The call has {len(text):,} bytes and may have {MAX_CALL_BYTES:,}; send less in one call.",
        )
    # orjson writes NaN and Infinity as null, so a null may hide one; a null byte is always written \\u0000.
    if b"\\u0000" in text or b"null" in text:
        fault = _explain(kept)
        if fault is not None:
            return fault
    return text.decode()


def _explain(call: Mapping[str, Any]) -> Fault | None:
    """Find the first field that is unfit; None if all are fit."""
    try:
        for place, value in _leaves(call, "", 0):
            if isinstance(value, float) and not math.isfinite(value):
                return Fault(
                    place,
                    "not_a_number",
                    f"The field {place} is {value}, which JSON does not know; send a number or leave it out.",
                )
            if type(value) is int and not -MAX_INTEGER - 1 <= value <= 2 * MAX_INTEGER + 1:
                return Fault(place, "bad_number", f"The field {place} is a number beyond 64 bits; send it as text.")
            if isinstance(value, str):
                if "\x00" in value:
                    return Fault(place, "null_byte", f"The field {place} holds a null byte; send text without it.")
                if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
                    return Fault(
                        place, "bad_text", f"The field {place} holds half a character; send text in whole UTF-8."
                    )
    except _TooDeepError:
        return Fault(None, "too_deep", f"The call is nested deeper than {MAX_DEPTH} levels; send it flatter.")
    return None


class _TooDeepError(Exception):
    pass


def _leaves(value: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
    """List every name and value with its place."""
    if depth > MAX_DEPTH:
        raise _TooDeepError
    if isinstance(value, Mapping):
        for name, inner in value.items():
            here = f"{place}.{_shown(name)}" if place else _shown(name)
            yield here, name
            yield from _leaves(inner, here, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{place}[{index}]", depth + 1)
    else:
        yield place, value


def _shown(name: Any) -> str:
    """Return a field's name as it can stand in a sentence."""
    return str(name).encode("ascii", "backslashreplace").decode().replace("\x00", "\\0")[:80]


def _largest(call: Mapping[str, Any]) -> str | None:
    """Name the field that takes most room, one level into properties, traits and context."""
    parts: dict[str, int] = {}
    for name, value in call.items():
        if isinstance(value, Mapping):
            parts |= {f"{_shown(name)}.{_shown(inner)}": len(orjson.dumps(item)) for inner, item in value.items()}
        else:
            parts[_shown(name)] = len(orjson.dumps(value))
    return max(parts, key=lambda part: parts[part], default=None)


def read_time(value: object, field: str) -> datetime | Fault | None:
    """Read an ISO 8601 time as aware UTC; a time without zone is UTC. None where there is none.

    Returns:
        The time, None for an absent or empty one, a fault for anything else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return Fault(
                field, "bad_time", f"The field {field} is no time; write it like 2026-11-24T20:15:00.000Z (ISO 8601)."
            )
    else:
        return Fault(
            field,
            "bad_time",
            f"The field {field} is not text; write the time like 2026-11-24T20:15:00.000Z (ISO 8601).",
        )
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return Fault(field, "bad_time", f"The field {field} lies outside the calendar; send when it happened.")


def check_time(ts: datetime, field: str, received_at: datetime | None) -> Fault | None:
    """Say why something cannot have happened then: before 1970, or more than a day ahead of its arrival."""
    if ts < EARLIEST:
        return Fault(field, "bad_time", f"The field {field} says {ts:%Y-%m-%d}, before 1970; send when it happened.")
    if received_at is not None and ts > received_at + MAX_AHEAD:
        return Fault(
            field,
            "bad_time",
            f"The field {field} says {ts:%Y-%m-%d %H:%M} UTC, more than {MAX_AHEAD // timedelta(hours=1)} hours ahead; "
            "set the sender's clock, or send sentAt so that it can be corrected.",
        )
    return None
