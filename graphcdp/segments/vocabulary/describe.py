"""The language for a builder of rules: every phrase, time and figure with how it is written and what it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.phrases import PHRASES, PRODUCT_VERBS, phrase_of
from graphcdp.segments.vocabulary.fields import Fields

WINDOWS = (
    ("in last 7 days", "From that long ago until now. Seconds, minutes, hours, days, weeks."),
    ("more than 30 days ago", "Longer ago than that."),
    ("between 60 and 30 days ago", "Between the two, both included."),
    ("since 2026-01-01", "From the first instant of that day (UTC), or from an instant such as 2026-01-01T10:00Z."),
    ("until 2026-02-01", "Before that day or instant."),
    ("since 2026-01-01 until 2026-02-01", "From the one to before the other."),
    ("in next 30 days", "From now on; for dates of a profile or a property, not for events."),
)
TIMES = (
    ("at least 3 times", "That often or more."),
    ("at most 3 times", "That often or less, also never."),
    ("more than 3 times", "More often."),
    ("fewer than 3 times", "Less often, also never."),
    ("exactly 3 times", "Just so often."),
    ("once", "Exactly 1 time."),
    ("twice", "Exactly 2 times."),
)
FUNCTIONS: dict[ast.Function, tuple[str, str]] = {
    "count": ("count(purchased)", "How many events."),
    "sum": ("sum(revenue of purchased)", "The sum of a number; of no events 0."),
    "average": ("average(price of viewed product)", "The mean of a number."),
    "min": ("min(price of viewed product)", "The smallest number."),
    "max": ("max(price of viewed product)", "The largest number."),
    "distinct": ("distinct(category of viewed product)", "How many different values."),
    "first": ("first(channel of did any event)", "The value of the earliest event that has one."),
    "last": ("last(size of purchased)", "The value of the latest event that has one."),
    "most frequent": ("most frequent(category of purchased)", "The value of most events; of equals the latest."),
}


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event as rules say it.

    Attributes:
        type: its name.
        phrase: as the canonical text says it.
        phrases: all ways to say it.
        count: how many there are, as far as they were counted.
    """

    type: str
    phrase: str
    phrases: tuple[str, ...]
    count: int


def event_types(fields: Fields) -> tuple[EventType, ...]:
    """Return the types of events that there are, and those that have a phrase, the most frequent first."""
    names = {*fields.types, *PHRASES.values(), *PRODUCT_VERBS.values()}
    said: dict[str, list[str]] = {name: [] for name in names}
    for phrase, kind in PHRASES.items():
        said[kind].append(phrase)
    for verb, kind in PRODUCT_VERBS.items():
        said[kind].append(f"{verb} product")
    found = (
        EventType(name, phrase_of((name,)), (*said[name], f"did {name}"), fields.types.get(name, 0)) for name in names
    )
    return tuple(sorted(found, key=lambda one: (-one.count, one.type)))
