"""What the question of an audience reads, as governance follows data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from graphcdp.governance import Reads
from graphcdp.journeys.patterns import Pattern
from graphcdp.journeys.selection import OF_PROFILE
from graphcdp.segments.reads import reads_of
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.parse import parse, parse_events

_EVENTS = frozenset(
    ("steps", "events", "anchor", "starts", "returns", "active", "outcome", "start", "self_service", "calls",
     "conversions", "touches")
)  # fmt: skip
"""Say which events are meant, in the segment language."""
_FIELDS = frozenset(("item", "fields", "field", "dimension", "breakdown", "hold_constant", "by", "strata"))
"""Name a property of events, or an attribute as `profile.NAME`."""
_FIELDS_OF = {"dimension": "value", "self_service": "content"}
"""So does the second where the first is said beside it; elsewhere it is a value."""
_CONDITIONS = frozenset(("people", "within", "pattern", "segment"))
_VALUES = frozenset(
    ("kind", "outcome", "value", "content", "reason", "state", "taken", "label", "model", "order", "window_anchor",
     "entry", "tie", "exclusion_policy", "container", "engine", "identity_rules",
     "anchor_at", "clock", "cohort", "direct", "interval", "measure", "transform", "zone")
)  # fmt: skip
"""Say nothing of fields."""


@lru_cache(maxsize=500)
def question_reads(question: str) -> Reads:
    """Return what a question about journeys reads, from its JSON (`PeopleQuestion.to_json`).

    That something happened at all is read from the event's type.
    """
    fields: dict[str, None] = {"event.type": None}
    segments: dict[str, None] = {}
    audiences: dict[str, None] = {}
    for one in _reads(orjson.loads(question)):
        fields |= dict.fromkeys(one.fields)
        segments |= dict.fromkeys(one.segments)
        audiences |= dict.fromkeys(one.audiences)
    return Reads(tuple(sorted(fields)), tuple(sorted(segments)), tuple(sorted(audiences)))


def _reads(part: Mapping[str, Any]) -> Iterator[Reads]:
    """Go through a question; every name in it is looked at, whatever analysis it belongs to."""
    fields = _FIELDS | {second for first, second in _FIELDS_OF.items() if first in part}
    for name, value in part.items():
        texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else [value]
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                yield from _reads(one)
        for text in texts:
            if not isinstance(text, str):
                continue
            if name == "segment" or (name == "value" and part.get("by") == "segment"):
                yield Reads((), (text,))
            elif name == "people":
                yield reads_of(expand(parse(text)))
            elif name == "within":
                yield _events(text) or _events(f"any event where {text}") or _NOTHING
            elif name == "pattern":
                for element in Pattern.parse(text).elements:
                    yield _events(element.events) or _NOTHING
            elif name in _EVENTS:
                yield _events(text) or _NOTHING
            elif name in fields and text != "segment":
                yield Reads((text if text.startswith(OF_PROFILE) else f"event.{text}",))


_NOTHING = Reads(())


def _events(text: str) -> Reads | None:
    """Return what a choice of events reads; None: it is none, but the name of a type."""
    for said in (text, f"did {text}"):
        try:
            return reads_of(ast.Did(events=parse_events(said)))
        except RuleError:
            continue
    return None
