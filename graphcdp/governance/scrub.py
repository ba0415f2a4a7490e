"""Takes a person's identifiers out of what is kept of others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

GONE = "erased"


def scrub_names(text: str | None, names: Collection[str]) -> str | None:
    """Return a JSON text in which some names (ids, keys) read `erased`; None stays None."""
    return None if text is None else orjson.dumps(_scrub(orjson.loads(text), names)).decode()


def scrub_payload(text: str, values: Collection[str]) -> str:
    """Return a payload without some values (in small letters): whatever says one of them reads `erased`.

    A payload that is no JSON and has one of them in it goes altogether.
    """
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "{}" if any(value in text.lower() for value in values) else text
    return orjson.dumps(_scrub_values(read, values)).decode()


def leaves(text: str) -> set[str]:
    """Return all texts and numbers in a JSON text, as texts in small letters; of what is no JSON, all of it."""
    try:
        read = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {text.strip().lower()}
    found: set[str] = set()
    todo: list[Any] = [read]
    while todo:
        one = todo.pop()
        if isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            found.add(str(one).strip().lower())
    return found


def _scrub(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, str):
        return GONE if value in names else value
    if isinstance(value, list):
        return [_scrub(one, names) for one in value]
    if isinstance(value, dict):
        return {GONE if key in names else key: _scrub(one, names) for key, one in value.items()}
    return value


def _scrub_values(value: Any, values: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {key: _scrub_values(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_scrub_values(one, values) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    return GONE if str(value).strip().lower() in values else value
