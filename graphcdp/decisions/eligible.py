"""Whether a person fulfils the rule of an offer, by one look at the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from graphcdp.base import InvalidInputError
from graphcdp.segments.ast import (
    Aggregate,
    Ago,
    AllOf,
    AnyOf,
    Between,
    Choice,
    Compare,
    Condition,
    Consents,
    Did,
    Everyone,
    HasIdentity,
    Known,
    Last,
    Member,
    Next,
    Not,
    Numeral,
    ProfileField,
    Text,
    Truth,
    When,
    Window,
)
from graphcdp.segments.computed.figure import counts_during, instant_of
from graphcdp.segments.computed.pattern import counted


class OfferRuleError(InvalidInputError):
    """The rule of an offer asks what one look at a person cannot tell."""

    code = "offer_rule"


Told = tuple[datetime, str, Mapping[str, Any]]
"""An event: when, its id, its properties by the names of the language."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whoever a decision is about; of a stranger nothing.

    Attributes:
        profile_id: None of a stranger.
        founder: key of the identity that the profile is named after.
        fields: attributes and times by name, a computed one before a stated one.
        namespaces: of the identities.
        segments: that the person is a member of.
        events: of the types that rules ask for.
    """

    profile_id: str | None = None
    founder: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    events: Sequence[Told] = ()


def fulfils(rule: Condition, person: Person, now: datetime) -> bool:
    """Say whether a person fulfils a rule at an instant."""
    if isinstance(rule, AllOf):
        return all(fulfils(each, person, now) for each in rule.conditions)
    if isinstance(rule, AnyOf):
        return any(fulfils(each, person, now) for each in rule.conditions)
    if isinstance(rule, Not):
        return not fulfils(rule.condition, person, now)
    if isinstance(rule, Everyone):
        return True
    if isinstance(rule, Member):
        return rule.segment in person.segments
    if isinstance(rule, HasIdentity):
        return rule.namespace in person.namespaces
    if isinstance(rule, Consents):
        agreed = person.fields.get(f"consent_{rule.to}")
        return (person.fields.get(f"{rule.to}_opt_in") if agreed is None else agreed) is True
    if isinstance(rule, Known):
        return (_field(rule.value, person) is not None) is rule.known
    if isinstance(rule, When):
        at = _instant(_field(rule.value, person))
        return at is not None and _lies_in(rule.window, at, now)
    if isinstance(rule, Did):
        return _compares(rule.operator, _times(rule, person, now), rule.times)
    return isinstance(rule, Compare) and _holds(rule, person)


def check(rule: Condition) -> Condition:
    """Return a rule that `fulfils` can answer.

    Raises:
        OfferRuleError: it asks more than one look at the person can tell.
    """
    for part in parts(rule):
        if isinstance(part, Compare | Known | When):
            value = part.left if isinstance(part, Compare) else part.value
            fine = isinstance(value, ProfileField)
            if isinstance(part, Compare):
                fine = fine and isinstance(part.right, Text | Numeral | Truth | Choice)
        elif isinstance(part, Did):
            fine = part.events.by == "self" and part.events.where is None
        else:
            fine = isinstance(part, AllOf | AnyOf | Not | Everyone | Member | HasIdentity | Consents)
        if not fine:
            raise OfferRuleError(
                "An offer asks for attributes, identities, consents, segments and counts of events. Make a segment of "
                "anything else and write `in segment …`.",
                field="rule",
            )
    return rule


def parts(rule: Condition) -> Iterator[Condition]:
    """Give a rule and everything in it."""
    yield rule
    if isinstance(rule, AllOf | AnyOf):
        for each in rule.conditions:
            yield from parts(each)
    elif isinstance(rule, Not):
        yield from parts(rule.condition)


def types_of(rule: Condition) -> frozenset[str] | None:
    """Return the types of events that a rule looks at; None: all."""
    found: set[str] = set()
    for part in parts(rule):
        if isinstance(part, Did):
            if not part.events.types:
                return None
            found.update(part.events.types)
    return frozenset(found)


def _times(rule: Did, person: Person, now: datetime) -> int:
    figure = Aggregate(function="count", events=rule.events)
    times = 0
    for ts, id, properties in person.events:
        if counted(figure, ts, id, properties) is not None:
            enters, leaves = counts_during(rule.events.window, ts)
            times += enters <= now < leaves
    return times


def _holds(said: Compare, person: Person) -> bool:
    left = _field(said.left, person)
    if left is None:
        return False
    if isinstance(said.right, Choice):
        among = any(_same_kind(left, each.value) and left == each.value for each in said.right.values)
        return among if said.operator == "in" else not among
    right = said.right.value if isinstance(said.right, Text | Numeral | Truth) else None
    if not _same_kind(left, right):
        return False
    if isinstance(left, str) and isinstance(right, str):
        if said.operator == "contains":
            return right in left
        if said.operator == "starts with":
            return left.startswith(right)
        if said.operator == "ends with":
            return left.endswith(right)
    if isinstance(left, str | bool) and said.operator not in ("=", "!="):
        return False
    return _compares(said.operator, left, right)


def _compares(operator: str, left: Any, right: Any) -> bool:
    if operator == "=":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if operator == "<":
        return bool(left < right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right if operator == ">" else left >= right)


def _same_kind(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right) != ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else ""


def _field(value: Any, person: Person) -> Any:
    return person.fields.get(value.name) if isinstance(value, ProfileField) else None


def _lies_in(window: Window, at: datetime, now: datetime) -> bool:
    if isinstance(window, Last):
        return now - timedelta(seconds=window.seconds) <= at <= now
    if isinstance(window, Next):
        return now <= at <= now + timedelta(seconds=window.seconds)
    if isinstance(window, Ago):
        newest = now - timedelta(seconds=window.newest)
        if window.oldest is None:
            return at < newest
        return now - timedelta(seconds=window.oldest) <= at <= newest
    return isinstance(window, Between) and (
        (window.since is None or instant_of(window.since.value) <= at)
        and (window.until is None or at < instant_of(window.until.value))
    )


def _instant(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
