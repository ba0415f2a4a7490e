"""One thing, then another: whether events of a person make a sequence, in about as many steps as there are events."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphcdp.segments.computed.figure import counts_during
from graphcdp.segments.evaluation.compare import Compared, EqualKey, equal_key, later
from graphcdp.segments.evaluation.person import Occurrence
from graphcdp.segments.evaluation.scene import Match, Scene, Test, events_by
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.walk import walk

_Key = tuple[datetime, str]
_Found = tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step, made ready.

    Attributes:
        match: whether an event is of its pattern, the window aside.
        events: the pattern.
        negated, within: as the step says them.
        looks_back: the values of earlier steps that it asks for, as (place of the step, property).
        same: a property of its events that must equal a value of an earlier step, and that value.
    """

    match: Match
    events: ast.Events
    negated: bool
    within: int | None
    looks_back: frozenset[tuple[int, str]]
    same: tuple[str, tuple[int, str]] | None


def sequence(
    said: ast.Sequence,
    matcher: Callable[[ast.Events], Match],
    property_of: Callable[[Occurrence, str], Compared],
) -> Test:
    """Return the test of a sequence.

    Args:
        said: the sequence.
        matcher: makes the test of a pattern.
        property_of: reads a property of an event.
    """
    steps = [_Step(matcher(said.first), said.first, False, None, frozenset(), None)]
    for step in said.steps:
        back = frozenset((one.step - 1, one.name) for one in walk(step) if isinstance(one, ast.StepField))
        same = _same(step.events.where) if back else None
        steps.append(_Step(matcher(step.events), step.events, step.negated, step.within_seconds, back, same))
    return lambda scene: _Search(steps, scene, property_of).found()


def _same(where: ast.Condition | None) -> tuple[str, tuple[int, str]] | None:
    """Return `(property, (place, property of that step))` where a `where` asks these two to be equal."""
    for part in where.conditions if isinstance(where, ast.AllOf) else (where,):
        if isinstance(part, ast.Compare) and part.operator == "=":
            for one, other in ((part.left, part.right), (part.right, part.left)):
                if isinstance(one, ast.EventField) and isinstance(other, ast.StepField):
                    return one.name, (other.step - 1, other.name)
    return None


class _Pool:
    """Events of a pattern in order, to be looked up by time."""

    __slots__ = ("events", "keys")

    def __init__(self, events: Sequence[Occurrence]) -> None:
        self.events = events
        self.keys: list[_Key] = [(event.ts, event.id) for event in events]

    def after(self, event: Occurrence, over: datetime | None) -> tuple[int, int]:
        """Return which of them lie after an event and not after `over`: the first one's place and the end."""
        begin = bisect_right(self.keys, (event.ts, event.id))
        end = len(self.keys) if over is None else bisect_right(self.keys, over, key=_ts)
        return begin, max(begin, end)


class _Search:
    """The search in the events of one person.

    Where no later step asks for a value of an earlier one, it is known of every event once whether the rest follows it;
    otherwise ways that agree in all that is asked for are tried once.

    What may change the answer: while there is none, an event that enters its window, one that leaves the window of a
    `then not`, or a `within` that is over; while there is one, what befalls the events that were found.
    """

    def __init__(
        self, steps: Sequence[_Step], scene: Scene, property_of: Callable[[Occurrence, str], Compared]
    ) -> None:
        self._steps = steps
        self._scene = scene
        self._property_of = property_of
        self._opens: datetime | None = None
        self._pools: dict[int, _Pool] = {}
        self._groups: dict[int, dict[EqualKey, _Pool]] = {}
        self._following: dict[int, _Pool] = {}
        self._tried: set[tuple[Any, ...]] = set()
        self._asked = [
            frozenset().union(*(step.looks_back for step in steps[place:])) for place in range(len(steps) + 1)
        ]

    def found(self) -> bool:
        """Say whether there is such a sequence; notes in the scene until when that is sure."""
        outer = self._scene.steps
        try:
            way = self._go(0, ())
        finally:
            self._scene.steps = outer
        if way is None:
            self._scene.changes(self._opens)
        else:
            self._sure(way)
        return way is not None

    def _go(self, place: int, found: _Found) -> _Found | None:
        """Return the events of the steps, those found before and those from `place` on; None: there is no such way."""
        if place == len(self._steps):
            return found
        if not self._asked[place]:
            return self._straight(place, found)
        asked = tuple(self._value(found, one) for one in sorted(self._asked[place]))
        here = (place, found[-1].id if found else None, asked)
        if here in self._tried:
            return None
        step, way = self._steps[place], None
        if step.negated:
            way = self._go(place + 1, found) if self._quiet(place, found) else None
        else:
            for event in self._candidates(place, found):
                if self._counts(place, event) and (way := self._go(place + 1, (*found, event))) is not None:
                    break
        if way is None:
            self._tried.add(here)
        return way

    def _straight(self, place: int, found: _Found) -> _Found | None:
        """Go on where no step asks for earlier ones: the latest events will do, since they count for longest."""
        while place < len(self._steps):
            if self._steps[place].negated:
                if not self._quiet(place, found):
                    return None
            else:
                pool = self._leading_on(place)
                begin, end = pool.after(found[-1], self._over(place, found[-1])) if found else (0, len(pool.events))
                if begin == end:
                    return None
                found = (*found, pool.events[end - 1])
            place += 1
        return found

    def _leading_on(self, place: int) -> _Pool:
        """Return the events that count for a step and that the rest follows."""
        if place not in self._following:
            pool = self._pool(place)
            self._following[place] = _Pool(
                [one for one in pool.events if self._counts(place, one) and self._leads_on(place + 1, one)]
            )
        return self._following[place]

    def _leads_on(self, place: int, last: Occurrence) -> bool:
        if place == len(self._steps):
            return True
        if self._steps[place].negated:
            return self._quiet(place, (last,)) and self._leads_on(place + 1, last)
        begin, end = self._leading_on(place).after(last, self._over(place, last))
        return begin < end

    # -- what is in a step

    def _pool(self, place: int) -> _Pool:
        """Return the events of a step that asks for no other: all of the pattern, whether they count now or not."""
        if place not in self._pools:
            step, scene = self._steps[place], self._scene
            events = (one for one in events_by(scene, step.events.by) if step.match(scene, one))
            self._pools[place] = _Pool(_ordered(events))
        return self._pools[place]

    def _candidates(self, place: int, found: _Found, *, latest: bool = False) -> Iterator[Occurrence]:
        """Yield the events of a pattern that may follow those found, whether they count now or not."""
        step = self._steps[place]
        pool = self._group(place, found) if step.looks_back else self._pool(place)
        begin, end = pool.after(found[-1], self._over(place, found[-1])) if found else (0, len(pool.events))
        for number in reversed(range(begin, end)) if latest else range(begin, end):
            event = pool.events[number]
            if step.looks_back:
                self._scene.steps = found
                if not step.match(self._scene, event):
                    continue
            yield event

    def _group(self, place: int, found: _Found) -> _Pool:
        """Return the events that a step which looks back may find: those of its types, with the value it asks for."""
        step = self._steps[place]
        if place not in self._groups:
            groups: dict[EqualKey, list[Occurrence]] = {}
            for event in _ordered(events_by(self._scene, step.events.by)):
                if not step.events.types or event.type in step.events.types:
                    value = equal_key(self._property_of(event, step.same[0])) if step.same else _NOTHING
                    groups.setdefault(value, []).append(event)
            self._groups[place] = {value: _Pool(events) for value, events in groups.items()}
        return self._groups[place].get(self._value(found, step.same[1]) if step.same else _NOTHING, _EMPTY)

    def _value(self, found: _Found, of: tuple[int, str]) -> EqualKey:
        return equal_key(self._property_of(found[of[0]], of[1])) if of[0] < len(found) else _NOTHING

    def _over(self, place: int, last: Occurrence) -> datetime | None:
        within = self._steps[place].within
        return None if within is None else later(last.ts, within)

    # -- what counts now, and until when

    def _counts(self, place: int, event: Occurrence) -> bool:
        """Say whether an event lies in the window of its step."""
        now = self._scene.now
        enters, leaves = counts_during(self._steps[place].events.window, event.ts)
        if now < enters < leaves:
            self._may_open(enters)
        return enters <= now < leaves

    def _quiet(self, place: int, found: _Found) -> bool:
        """Say whether nothing of a `then not` follows the last event found, and its time is over."""
        now = self._scene.now
        for event in self._candidates(place, found, latest=True):
            enters, leaves = counts_during(self._steps[place].events.window, event.ts)
            if enters <= now < leaves:
                self._may_open(leaves)
                return False
        over = self._over(place, found[-1])
        if over is not None and now < over:
            self._may_open(over)
            return False
        return True

    def _may_open(self, at: datetime) -> None:
        if self._opens is None or at < self._opens:
            self._opens = at

    def _sure(self, way: _Found) -> None:
        """Note until when a way that was found is one."""
        number = 0
        for place, step in enumerate(self._steps):
            if not step.negated:
                self._scene.changes(counts_during(step.events.window, way[number].ts)[1])
                number += 1
                continue
            for event in self._candidates(place, way[:number]):
                enters, leaves = counts_during(step.events.window, event.ts)
                if enters < leaves:
                    self._scene.changes(enters)


def _ts(key: _Key) -> datetime:
    return key[0]


def _ordered(events: Iterator[Occurrence]) -> list[Occurrence]:
    return sorted(events, key=lambda event: (event.ts, event.id))


_EMPTY = _Pool(())
_NOTHING = equal_key(None)
