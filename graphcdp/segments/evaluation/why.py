"""Why somebody fulfils a rule, or does not: the rule part by part, each with what decided it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from graphcdp.governance import DENIED, FOREVER, names_of
from graphcdp.segments.evaluation.compare import Compared, instant_key
from graphcdp.segments.evaluation.evaluate import Evaluator, events_of, value_of
from graphcdp.segments.evaluation.person import Occurrence, Person
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.named import NamedCondition, built_in, expand
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.walk import unfold

MOST_EVENTS = 5


class SeenEvent(NamedTuple):
    """An event that counted: its id, when, its type, and a few words about it."""

    id: str
    ts: datetime
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a rule and what became of it.

    Attributes:
        text: the part in the canonical words.
        holds: whether the person fulfils it.
        told: what decided it, in a few words; empty where the parts inside say it.
        events: those that counted, newest first, five at most.
        until: until when that is sure with no new fact; None: for ever.
        parts: of the part.
    """

    text: str
    holds: bool
    told: str
    events: tuple[SeenEvent, ...] = ()
    until: datetime | None = None
    parts: tuple[Reason, ...] = ()


class Explainer:
    """Explains rules about one person at one instant.

    Args:
        person: with all that the rule needs.
        now: the instant.
        segments: rules of other segments by id, without named conditions and other segments in them.
        named: named conditions; None: those that come with graphcdp.
    """

    def __init__(
        self,
        person: Person,
        now: datetime,
        segments: Mapping[str, ast.Condition] | None = None,
        named: Mapping[str, NamedCondition] | None = None,
    ) -> None:
        self._person = person
        self._now = now
        self._segments = segments or {}
        self._named = built_in() if named is None else named

    def explain(self, condition: ast.Condition) -> Reason:
        """Explain a rule, or a part of one, about the person."""
        parts = self._parts(condition)
        verdict = Evaluator(self._alone(condition))(self._person, self._now)
        told, events = self._told(condition, holds=verdict.member)
        return Reason(to_text(condition), verdict.member, told, events, verdict.until, parts)

    def _alone(self, condition: ast.Condition) -> ast.Condition:
        plain = expand(condition, self._named)
        return unfold(plain, self._segments) if self._segments else plain

    def _parts(self, condition: ast.Condition) -> tuple[Reason, ...]:
        match condition:
            case ast.AllOf() | ast.AnyOf():
                return tuple(map(self.explain, condition.conditions))
            case ast.Not():
                return (self.explain(condition.condition),)
            case ast.Named():
                return (self.explain(expand(condition, self._named)),)
            case ast.Member() if condition.segment in self._segments:
                return (self.explain(self._segments[condition.segment]),)
            case ast.Household():
                others = [
                    Explainer(other, self._now, self._segments, self._named).explain(condition.condition)
                    for other in self._person.others
                ]
                return tuple(others)
        return ()

    def _told(self, condition: ast.Condition, *, holds: bool) -> tuple[str, tuple[SeenEvent, ...]]:
        match condition:
            case ast.Did():
                found = events_of(condition.events, self._person, self._now)
                return _counted(len(found)), _newest(found)
            case ast.Sequence():
                return self._sequence(condition, holds=holds)
            case ast.Compare():
                return "; ".join(self._values(condition.left, condition.right)), self._counting(condition.left)
            case ast.Known():
                return "; ".join(self._values(condition.value)), self._counting(condition.value)
            case ast.When():
                return "; ".join(self._values(condition.value)), ()
            case ast.Consents():
                return "; ".join(self._consents(condition.to)) or "nothing was ever said", ()
            case ast.Listed():
                return f"{'one' if holds else 'none'} of the identities is listed in it", ()
            case ast.HasIdentity():
                return f"there is {'one' if holds else 'none'}", ()
            case ast.Member() if condition.segment not in self._segments:
                return "a member" if holds else "no member", ()
            case ast.Household():
                count = len(self._person.others)
                return f"{count} other {'person' if count == 1 else 'people'} in the household", ()
        return "", ()

    def _sequence(self, said: ast.Sequence, *, holds: bool) -> tuple[str, tuple[SeenEvent, ...]]:
        begun = events_of(said.first, self._person, self._now)
        if holds:
            return f"found; {_counted(len(begun))} to begin with", _newest(begun)
        if not begun:
            return "it never begins", ()
        reached = 0
        for count in range(1, len(said.steps)):
            part = ast.Sequence(first=said.first, steps=said.steps[:count])
            if not Evaluator(self._alone(part))(self._person, self._now).member:
                break
            reached = count
        step = said.steps[reached]
        in_words = to_text(ast.Did(events=step.events))
        why = f"then came, or may still come: {in_words}" if step.negated else f"then never came: {in_words}"
        return f"{_counted(len(begun))} to begin with, {why}", _newest(begun)

    def _consents(self, name: str) -> list[str]:
        found = []
        for one in names_of(name):
            until = self._person.consents.get(one)
            if until is not None:
                word = "denied" if until == DENIED else "granted" if until > self._now else "expired"
                ends = f" until {until:%Y-%m-%d %H:%M}" if word != "denied" and until < FOREVER else ""
                found.append(f"{one} is {word}{ends}")
        return found

    def _values(self, *values: ast.Value) -> list[str]:
        found = []
        for value in values:
            if isinstance(value, ast.ProfileField):
                found.append(f"profile.{value.name} is {_shown(value_of(value, self._person, self._now))}")
            elif isinstance(value, ast.Aggregate):
                found.append(f"the {value.function} is {_shown(value_of(value, self._person, self._now))}")
        return found

    def _counting(self, value: ast.Value) -> tuple[SeenEvent, ...]:
        return _newest(events_of(value.events, self._person, self._now)) if isinstance(value, ast.Aggregate) else ()


def lines(reason: Reason, depth: int = 0) -> list[str]:
    """Return a reason as lines of text, parts indented under what they are parts of."""
    told = f": {reason.told}" if reason.told else ""
    found = [f"{'  ' * depth}{'yes' if reason.holds else 'no '} {reason.text}{told}"]
    for event in reason.events:
        about = f" {event.about}" if event.about else ""
        found.append(f"{'  ' * depth}      {event.ts:%Y-%m-%d %H:%M:%S} {event.type}{about}")
    for part in reason.parts:
        found += lines(part, depth + 1)
    return found


def _counted(count: int) -> str:
    return "no event" if count == 0 else f"{count} event{'s'[: count != 1]}"


def _newest(events: tuple[Occurrence, ...]) -> tuple[SeenEvent, ...]:
    return tuple(SeenEvent(event.id, event.ts, event.type, _about(event)) for event in events[: -MOST_EVENTS - 1 : -1])


def _about(event: Occurrence) -> str:
    said = [f"{name} {_shown(value)}" for name, value in sorted(event.properties.items()) if value is not None]
    return ", ".join(said)


def _shown(value: Compared) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant_key(value)
    return f"'{value}'" if isinstance(value, str) else str(value)
