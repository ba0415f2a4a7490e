"""From the tree of a rule to its canonical text; `parse` of it is the same tree again."""

from __future__ import annotations

import re

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.phrases import BEGINNINGS, JOINTS, QUOTED, phrase_of

_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_JOINED = ast.AllOf | ast.AnyOf
_TIMES = {">=": "at least", "<=": "at most", "=": "exactly", ">": "more than", "<": "fewer than"}
_BEGINS_WITH_DIGIT = re.compile(r"\d").match


def to_text(condition: ast.Condition) -> str:
    """Return a condition in the language, always in the same words."""
    match condition:
        case ast.AllOf():
            return " and ".join(_inside(part, _JOINED) for part in condition.conditions)
        case ast.AnyOf():
            return " or ".join(_inside(part, ast.AnyOf) for part in condition.conditions)
        case ast.Not():
            return f"not {_inside(condition.condition, _JOINED)}"
        case ast.Everyone():
            return "everyone"
        case ast.Compare():
            return f"{_value(condition.left)} {condition.operator} {_value(condition.right)}"
        case ast.Known():
            return f"{_value(condition.value)} is {'known' if condition.known else 'unknown'}"
        case ast.When():
            return f"{_value(condition.value)} {window_text(condition.window)}"
        case ast.SameAs():
            return f"{name_text(condition.field)} in ({name_text(condition.of)} of {events_text(condition.events)})"
        case ast.Did():
            return _did(condition)
        case ast.Sequence():
            return " ".join((events_text(condition.first), *map(_step, condition.steps)))
        case ast.Member():
            return f"in segment {condition.segment}"
        case ast.Named():
            words = condition.name.split("_")
            spoken = words[0] not in BEGINNINGS and not JOINTS.intersection(words)
            plain = spoken and all(words) and not any(map(_BEGINS_WITH_DIGIT, words))
            name = " ".join(words) if plain else name_text(condition.name)
            return f"{name} {window_text(condition.window)}" if condition.window else name
        case ast.Listed():
            return f"in audience {condition.audience}"
        case ast.HasIdentity():
            return f"has identity {condition.namespace}"
        case ast.Consents():
            return f"consents to {condition.to}"
        case ast.Household():
            return f"a household member ({to_text(condition.condition)})"


def figure_text(figure: ast.Aggregate) -> str:
    """Return a figure in the language."""
    of = f"{name_text(figure.field)} of " if figure.field else ""
    return f"{figure.function}({of}{events_text(figure.events)})"


def events_text(events: ast.Events) -> str:
    """Return a pattern of events, with its window."""
    window = f" {window_text(events.window)}" if events.window else ""
    return f"{_pattern(events)}{window}"


def name_text(name: str) -> str:
    """Return a name, in back quotes where it would be read as a word of the language."""
    return f"`{name}`" if name.partition(".")[0] in QUOTED else name


def window_text(window: ast.Window) -> str:
    """Return when."""
    match window:
        case ast.Last():
            return f"in last {duration_text(window.seconds)}"
        case ast.Next():
            return f"in next {duration_text(window.seconds)}"
        case ast.Ago(oldest=None):
            return f"more than {duration_text(window.newest)} ago"
        case ast.Ago():
            return f"between {duration_text(window.oldest or 0)} and {duration_text(window.newest)} ago"
        case ast.Between():
            said = (("since", window.since), ("until", window.until))
            return " ".join(f"{word} {date.value}" for word, date in said if date)


def duration_text(seconds: int) -> str:
    """Return a duration in the largest unit that fits: `7 days`, `1 hour`, `90 seconds`."""
    unit, size = next(
        (unit, size) for unit, size in _UNITS if seconds % size == 0 and (unit != "week" or seconds > 2 * size)
    )
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _did(did: ast.Did) -> str:
    events = did.events
    window = f" {window_text(events.window)}" if events.window else ""
    if did.operator == ">=" and did.times == 1:
        return f"{_pattern(events)}{window}"
    exact = {1: "once", 2: "twice"}.get(did.times) if did.operator == "=" else None
    often = exact or f"{_TIMES[did.operator]} {did.times} time{'' if did.times == 1 else 's'}"
    return f"{_pattern(events)} {often}{window}"


def _step(step: ast.Step) -> str:
    within = f" within {duration_text(step.within_seconds)}" if step.within_seconds else ""
    return f"then {'not ' if step.negated else ''}{events_text(step.events)}{within}"


def _pattern(events: ast.Events) -> str:
    by = "household " if events.by == "household" else ""
    where = f" where {_flat(events.where)}" if events.where else ""
    return f"{by}{phrase_of(events.types)}{where}"


def _flat(where: ast.Condition) -> str:
    """Return a `where`: in brackets unless it is one comparison of the event, or several joined by `and`."""
    simple = (ast.Compare, ast.Known, ast.SameAs)
    parts = where.conditions if isinstance(where, ast.AllOf) else (where,)
    if all(isinstance(part, simple) and _begins_with_property(part) for part in parts):
        return to_text(where)
    return f"({to_text(where)})"


def _begins_with_property(part: ast.Condition) -> bool:
    first = part.left if isinstance(part, ast.Compare) else part.value if isinstance(part, ast.Known) else None
    return isinstance(part, ast.SameAs) or isinstance(first, ast.EventField)


def _inside(part: ast.Condition, bracketed: type | object) -> str:
    return f"({to_text(part)})" if isinstance(part, bracketed) else to_text(part)  # type: ignore[arg-type]


def _value(value: ast.Value) -> str:
    match value:
        case ast.Text():
            escaped = value.value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
            return f"'{escaped}'"
        case ast.Numeral():
            return repr(value.value)
        case ast.Truth():
            return "true" if value.value else "false"
        case ast.Date():
            return value.value
        case ast.Choice():
            return f"({', '.join(map(_value, value.values))})"
        case ast.ProfileField():
            return f"profile.{value.name}"
        case ast.EventField():
            return name_text(value.name)
        case ast.StepField():
            return f"step{value.step}.{value.name}"
        case ast.Aggregate():
            return figure_text(value)
