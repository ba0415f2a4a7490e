"""Whether what a journey speaks of is there: a misspelt property would find nothing, and nobody would know why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphcdp.ingest.rows import NUMBERS, OWN, TEXT, WHOLE
from graphcdp.segments.rule.errors import RuleError, nearest
from graphcdp.segments.rule.phrases import PHRASES
from graphcdp.segments.vocabulary.fields import EVENT, Fields

ALWAYS = frozenset({*EVENT, "tool", "id"})
"""Properties that may be spoken of even if no event has them yet: common ones, and what analyses ask for unasked."""
_TYPES = frozenset({*PHRASES.values(), "tool_use"})
_OF_EVENTS = frozenset(
    {"item", "dimension", "field", "fields", "of_what", "split", "breakdown", "hold_constant", "property",
     "content"}
)  # fmt: skip
_OF_PROFILE = "profile."
_COMMON = frozenset({*TEXT, *NUMBERS, *WHOLE})


class Spoken(NamedTuple):
    """What the inputs of a statement speak of, those left out that always may be.

    Attributes:
        properties, types: of events.
        attributes: of profiles.
    """

    properties: frozenset[str]
    types: frozenset[str]
    attributes: frozenset[str]


def spoken_of(params: Mapping[str, Any]) -> Spoken:
    """Return what the inputs of a statement speak of."""
    types = frozenset(one for choice in _choices(params) for one in choice.get("types") or ())
    return Spoken(frozenset(_properties(params)) - ALWAYS, types - _TYPES, frozenset(_attributes(params)))


def unknown(spoken: Spoken, fields: Fields) -> RuleError | None:
    """Return what is wrong, with the nearest name; None: nothing.

    No event has such a property, or no profile such an attribute; or no event is of such a type, while there is one of
    a similar name (else it may be that nobody has done it yet, and the answer is empty).
    """
    if fields.empty:
        return None
    for what, said, there, certain in (
        ("property of events", spoken.properties, fields.event, True),
        ("attribute of profiles", spoken.attributes, fields.profile, True),
        ("type of event", spoken.types, fields.types, False),
    ):
        for name in sorted(said - set(there)):
            if name.startswith(_OF_PROFILE):
                return RuleError(
                    f"`{name}` is an attribute of people, and a property of events is taken here. Ask part by part "
                    f'instead: `--parts-by {name}`, `parts(by: "{name}")`, `parts_by="{name}"`.'
                )
            near = nearest(name, there)
            if near or certain:
                return RuleError(f"There is no {what} `{name}`.", suggestion=near)
    return None


def _choices(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in params.values():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, Mapping) and "types" in one:
                yield one


def _properties(params: Mapping[str, Any]) -> Iterator[str]:
    for choice in _choices(params):
        for option in choice.get("where") or ():
            for atom in option:
                yield f"device.{atom['field']}" if atom.get("of") == "device" else _said(atom["field"])
    if params.get("of_what") in ("profile", "segment", "device"):
        return
    names = _OF_EVENTS | ({"value"} if "dimension" in params else set())  # what is summed up; else it is a value
    for name in names & params.keys():
        value = params[name]
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str) and one not in ("-", "event", "segment") and not one.startswith(_OF_PROFILE):
                yield _said(one)


def _attributes(params: Mapping[str, Any]) -> Iterator[str]:
    for computed, _ in params.get("strata") or ():
        yield computed.removeprefix("c_")
    breakdown = params.get("breakdown")
    if isinstance(breakdown, str) and breakdown.startswith(_OF_PROFILE):
        yield breakdown.removeprefix(_OF_PROFILE)


def _said(property: str) -> str:
    """Return a property of the node by its name in the language."""
    return property if property in _COMMON else property.removeprefix(OWN)
