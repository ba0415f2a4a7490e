"""Pages of lists, and cursors: where a page ended, as an opaque text that a client hands back. No offsets."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import orjson

from graphcdp.base.errors import InvalidInputError

T = TypeVar("T")

_WRONG = "The cursor `after` is not one that this list gave out. Take it from an edge's `cursor` or from `endCursor`."


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a list.

    Attributes:
        items: in order, each with the cursor after which the next page begins.
        more: whether there are items after these.
    """

    items: Sequence[tuple[T, str]]
    more: bool


def time_cursor(ts: datetime, id: str) -> str:
    """Name a place in a list sorted by time and id."""
    return _encode([ts.isoformat(), id])


def read_time_cursor(cursor: str | None) -> tuple[datetime | None, str | None]:
    """Read a `time_cursor`; two None for the list's beginning.

    Raises:
        InvalidInputError: the text is no such cursor.
    """
    if cursor is None:
        return None, None
    parts = _decode(cursor)
    if len(parts) != 2:
        raise InvalidInputError(_WRONG, field="after")
    stated, id = parts
    if not isinstance(stated, str) or not isinstance(id, str):
        raise InvalidInputError(_WRONG, field="after")
    try:
        ts = datetime.fromisoformat(stated)
    except ValueError:
        raise InvalidInputError(_WRONG, field="after") from None
    return ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts, id


def score_cursor(score: float, id: str) -> str:
    """Name a place in a list sorted by score and id."""
    return _encode([score, id])


def read_score_cursor(cursor: str | None) -> tuple[float | None, str | None]:
    """Read a `score_cursor`; two None for the list's beginning.

    Raises:
        InvalidInputError: the text is no such cursor.
    """
    if cursor is None:
        return None, None
    parts = _decode(cursor)
    if len(parts) != 2 or not isinstance(parts[0], int | float) or not isinstance(parts[1], str):
        raise InvalidInputError(_WRONG, field="after")
    return float(parts[0]), parts[1]


def numbered_cursor(id: str, number: int) -> str:
    """Name a place in a list sorted by id and number."""
    return _encode([id, number])


def read_numbered_cursor(cursor: str | None) -> tuple[str | None, int]:
    """Read a `numbered_cursor`; None and 0 for the list's beginning.

    Raises:
        InvalidInputError: the text is no such cursor.
    """
    if cursor is None:
        return None, 0
    parts = _decode(cursor)
    if len(parts) != 2 or not isinstance(parts[0], str) or not isinstance(parts[1], int):
        raise InvalidInputError(_WRONG, field="after")
    return parts[0], parts[1]


def id_cursor(id: str) -> str:
    """Name a place in a list sorted by id."""
    return _encode([id])


def read_id_cursor(cursor: str | None) -> str | None:
    """Read an `id_cursor`; None for the list's beginning.

    Raises:
        InvalidInputError: the text is no such cursor.
    """
    if cursor is None:
        return None
    parts = _decode(cursor)
    if len(parts) != 1 or not isinstance(parts[0], str):
        raise InvalidInputError(_WRONG, field="after")
    return parts[0]


def _encode(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _decode(cursor: str) -> list[object]:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise InvalidInputError(_WRONG, field="after") from None
    if not isinstance(parts, list):
        raise InvalidInputError(_WRONG, field="after")
    return parts
