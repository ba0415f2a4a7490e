"""Sessions of a person, event by event. Nothing of graphcdp is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.oracle.funnel import Done


def cut(
    events: Sequence[Done], gap: int, *, longer: bool = False, most: int | None = None, changes: str | None = None
) -> list[list[Done]]:
    """Cut a person's events into sessions."""
    found: list[list[Done]] = []
    known: Any = None
    for event in sorted(events, key=lambda one: (one.ts, one.id)):
        value = event.properties.get(changes) if changes else None
        begins = not found
        if found:
            silence = event.ts - found[-1][-1].ts
            begins = silence > gap if longer else silence >= gap
            begins = begins or (most is not None and event.ts >= found[-1][0].ts + most)
            begins = begins or (value is not None and known is not None and value != known)
        known = known if value is None else value
        if begins:
            found.append([event])
        else:
            found[-1].append(event)
    return found
