"""What a score is made from, as governance follows data."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from graphcdp.governance import Reads

_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "habit_change": ("category", "size", "type"),
    "look_alike": ("campaign", "content", "product", "type"),
    "propensity": ("channel", "device.kind", "device.name", "revenue", "type"),
}
"""The properties of events that each kind reads."""


def score_reads(kind: str, settings: str) -> Reads:
    """Return what a score reads; a likeness reads the segment too.

    Args:
        kind: `habit_change`, `look_alike` or `propensity`.
        settings: what it was made with (JSON).
    """
    segment = orjson.loads(settings).get("segment")
    return Reads(tuple(f"event.{name}" for name in _OF_KIND[kind]), () if segment is None else (segment,))
