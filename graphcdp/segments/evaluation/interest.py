"""Which changes of a person a rule is interested in: what wakes a segment."""

from __future__ import annotations

from dataclasses import dataclass

from graphcdp.segments.evaluation.needs import needs
from graphcdp.segments.rule.ast import (
    Aggregate,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Did,
    Events,
    Known,
    ProfileField,
    Sequence,
    When,
)

_OF_EVENTS = ("first_seen", "last_seen")


@dataclass(frozen=True, slots=True)
class Interest:
    """What wakes a segment.

    Attributes:
        types: events of these types; None: of every type.
        anything: any fact of the person, whatever it says.
        fields: profile fields.
        identities: which identities the person has.
        household: what others of the household do or are.
        requires: where a person has no event and no field of these, the rule is false; None: cannot be said.
    """

    types: frozenset[str] | None
    anything: bool
    fields: frozenset[str]
    identities: bool
    household: bool
    requires: frozenset[str] | None


def interest(condition: Condition) -> Interest:
    """Return what may change a rule's answer, besides time. The rule asks for no other segment by name."""
    asked = needs(condition)
    either = (asked.types, asked.household_types)
    return Interest(
        types=None if None in either else frozenset().union(*(types or () for types in either)),
        anything=not asked.fields.isdisjoint(_OF_EVENTS),
        fields=asked.fields,
        identities=asked.identities or "identity_count" in asked.fields,
        household=asked.household,
        requires=_requires(condition),
    )


def _requires(condition: Condition) -> frozenset[str] | None:
    """Return names of events (`event:…`) and fields (`field:…`) of which a person needs at least one."""
    if isinstance(condition, AllOf):
        known = [found for found in map(_requires, condition.conditions) if found is not None]
        return min(known, key=len) if known else None
    if isinstance(condition, AnyOf):
        each = [_requires(one) for one in condition.conditions]
        return None if None in each else frozenset().union(*(one for one in each if one is not None))
    if isinstance(condition, Did):
        at_least_one = condition.operator in (">", ">=") and condition.times >= (1 if condition.operator == ">=" else 0)
        return _events(condition.events) if at_least_one else None
    if isinstance(condition, Sequence):
        return _events(condition.first)
    if isinstance(condition, Compare):
        for side in (condition.left, condition.right):
            if isinstance(side, ProfileField):
                return _field(side)
            if isinstance(side, Aggregate) and side.function not in ("count", "sum", "distinct"):
                return _events(side.events)
    if isinstance(condition, Known) and condition.known and isinstance(condition.value, ProfileField):
        return _field(condition.value)
    if isinstance(condition, When) and isinstance(condition.value, ProfileField):
        return _field(condition.value)
    return None


def _events(events: Events) -> frozenset[str] | None:
    return frozenset(f"event:{type}" for type in events.types) if events.types and events.by == "self" else None


def _field(field: ProfileField) -> frozenset[str] | None:
    always = (*_OF_EVENTS, "identity_count")
    return None if field.name in always else frozenset({f"field:{field.name}"})
