"""Usual questions, and the statements that answer them sooner than those that answer every question.

A statement of cypher/journey answers whatever its analysis can be asked, so that every event is held against conditions
that are mostly not there. What is asked most (people as they are, events by their type alone, perhaps only those of one
channel or with another value) has a shorter one. Tests hold both equal; the long one is what Neo4j Browser calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Inputs = Mapping[str, Any]
_WHOSE = ("segment", "ids", "start_at", "end_at")


def sooner(name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Return the statement that answers a question soonest, and its inputs; where there is but one, that.

    Args:
        name: of the statement in cypher/journey that asks it.
        inputs: of that statement.
    """
    translate = _USUAL.get(name)
    usual = None if translate is None or not _plain(inputs) else translate(inputs)
    if usual is None:
        return name, dict(inputs)
    return f"{name}_usual", {**usual, **{one: inputs[one] for one in _WHOSE}, "alike": _alike(inputs["within"])}


def _plain(inputs: Inputs) -> bool:
    within = inputs["within"]
    return inputs["container"] == "person" and not inputs.get("others") and (within is None or bool(_alike(within)))


def _alike(within: Inputs | None) -> list[list[Any]] | None:
    """Return what values properties must have, each [property, value]; None where it asks for more, or for nothing."""
    if within is None or within["types"] is not None or within["where"] is None or len(within["where"]) != 1:
        return None
    atoms = within["where"][0]
    if any(one["op"] != "=" or not one["holds"] or one["of"] != "event" for one in atoms):
        return None
    return [[one["field"], one["value"]] for one in atoms]


def _funnel(inputs: Inputs) -> dict[str, Any] | None:
    usual: dict[str, Any] = {
        "order": "ordered", "window_anchor": "first_step", "entry": "any", "tie": "step_order", "exclusions": [],
        "hold_constant": None, "breakdown": None, "session_gap_seconds": None,
    }  # fmt: skip
    steps = [step["types"] for step in inputs["steps"]]
    if any(inputs[one] != value for one, value in usual.items()) or None in steps:
        return None
    places = {kind: place for place, types in enumerate(steps) for kind in types}
    if len(places) < sum(map(len, steps)):  # an event fits several steps
        return None
    conditions = {
        kind: step["where"] for step in inputs["steps"] if step["where"] is not None for kind in step["types"]
    }
    return {
        "places": places,
        "many": len(steps),
        "conditions": conditions or None,
        "window_seconds": inputs["window_seconds"],
    }


def _touches(inputs: Inputs) -> dict[str, Any] | None:
    conversions = _types(inputs["conversions"])
    touches = None if inputs["touches"] is None else _types(inputs["touches"])
    if inputs["session_gap_seconds"] is not None:
        return None
    if conversions is None or (inputs["touches"] is not None and touches is None):
        return None
    return {
        "conversion_types": conversions,
        "touch_types": touches,
        **{one: inputs[one] for one in ("dimension", "lookback_seconds", "value")},
    }


def _path(inputs: Inputs) -> dict[str, Any] | None:
    anchor = inputs["anchor"]
    types = None if anchor is None else _types(anchor)
    if not _whole(inputs) or (anchor is not None and types is None):
        return None
    asked = ("anchor_at", "before", "after", "item", "top_n", "min_share", "most")
    return {"anchor_types": types, **{one: inputs[one] for one in asked if one in inputs}}


def _transitions(inputs: Inputs) -> dict[str, Any] | None:
    return {one: inputs[one] for one in ("item", "most")} if _whole(inputs) else None


def _whole(inputs: Inputs) -> bool:
    """Say whether all that a person did is one sequence, with every event in it."""
    return inputs["session_gap_seconds"] is None and not inputs["collapse"]


def _types(choice: Inputs) -> list[str] | None:
    """Return the types of a choice of events; None where it asks for more, or takes any."""
    types: list[str] | None = choice["types"]
    return None if choice["where"] is not None else types


_USUAL: Mapping[str, Callable[[Inputs], dict[str, Any] | None]] = {
    "journey.funnel": _funnel,
    "journey.touches": _touches,
    "journey.flow": _path,
    "journey.paths": _path,
    "journey.transitions": _transitions,
}
