"""The streaming evaluator: whether a person fulfils a rule at an instant, and until when that is sure to stay so.

It must give what `compile_cypher` gives; a property test holds the two equal on random rules and histories. A rule is
made into nested functions once, so that a batch costs little more than the comparisons in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from graphcdp.governance import agrees
from graphcdp.segments.computed.figure import NEVER, Counted, counts_during, read_anew
from graphcdp.segments.evaluation.compare import (
    Compared,
    EqualKey,
    among,
    compare,
    compare_date,
    date_key,
    equal_key,
    instant_key,
    instant_of,
    later,
    literal_key,
)
from graphcdp.segments.evaluation.person import NODES, Occurrence, Person
from graphcdp.segments.evaluation.scene import Match, Read, Scene, Test, events_by
from graphcdp.segments.evaluation.sequence import sequence
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.walk import walk

_TICK = timedelta(microseconds=1)
_STRANGE_DAY = 3_600  # how long an answer is sure that hangs on a text shaped like a date that is no day


class Verdict(NamedTuple):
    """The answer.

    Attributes:
        member: whether the person fulfils the rule.
        until: the earliest later instant at which that may change with no new fact; None: never.
    """

    member: bool
    until: datetime | None


class Evaluator:
    """A rule made ready. Named conditions must have been expanded."""

    def __init__(self, condition: ast.Condition) -> None:
        self._test = _test(condition)

    def __call__(self, person: Person, now: datetime) -> Verdict:
        """Decide about a person at an instant."""
        scene = Scene(person, now)
        return Verdict(self._test(scene), scene.until)


def evaluate(condition: ast.Condition, person: Person, now: datetime) -> Verdict:
    """Decide whether a person fulfils a rule.

    Args:
        condition: of which named conditions have been expanded.
        person: with all that `needs` names.
        now: the instant.
    """
    return Evaluator(condition)(person, now)


# -- conditions -----------------------------------------------------------------------------------------------------


def _test(condition: ast.Condition) -> Test:
    match condition:
        case ast.AllOf():
            every = [_test(part) for part in condition.conditions]
            return lambda scene: _first(scene, every, wanted=False) is None
        case ast.AnyOf():
            some = [_test(part) for part in condition.conditions]
            return lambda scene: _first(scene, some, wanted=True) is not None
        case ast.Not():
            inner = _test(condition.condition)
            return lambda scene: not inner(scene)
        case ast.Everyone():
            return lambda _: True
        case ast.Compare():
            return _compare(condition)
        case ast.Known():
            read, known = _read(condition.value), condition.known
            return lambda scene: (read(scene) is not None) is known
        case ast.When():
            return _when(condition)
        case ast.SameAs():
            return _same_as(condition)
        case ast.Did():
            return _did(condition)
        case ast.Sequence():
            return sequence(condition, _match, property_of)
        case ast.Member():
            segment = condition.segment
            return lambda scene: segment in scene.person.segments
        case ast.Listed():
            audience = condition.audience
            return lambda scene: audience in scene.person.audiences
        case ast.HasIdentity():
            namespace = condition.namespace
            return lambda scene: namespace in scene.person.namespaces
        case ast.Consents():
            return _consents(condition.to)
        case ast.Household():
            return _household(_test(condition.condition))
        case ast.Named():
            raise ValueError(f"The named condition {condition.name} was not expanded.")


def _first(scene: Scene, tests: Sequence[Test], *, wanted: bool) -> int | None:
    """Return the first test that answers so. What the others may become does not matter as long as it does."""
    before, sure = scene.until, None
    for place, test in enumerate(tests):
        scene.until = None
        if test(scene) is wanted:
            sure = scene.until
            scene.until = before
            scene.changes(sure)
            return place
        if scene.until is not None and (sure is None or scene.until < sure):
            sure = scene.until
    scene.until = before
    scene.changes(sure)
    return None


def _consents(name: str) -> Test:
    def test(scene: Scene) -> bool:
        holds, until = agrees(scene.person.consents, name, scene.now)
        scene.changes(until)
        return holds

    return test


def _household(test: Test) -> Test:
    def some_other(scene: Scene) -> bool:
        for other in scene.person.others:
            theirs = Scene(other, scene.now)
            member = test(theirs)
            scene.changes(theirs.until)
            if member:
                return True
        return False

    return some_other


def _compare(said: ast.Compare) -> Test:
    left, operator, right = _read(said.left), said.operator, said.right
    if isinstance(right, ast.Choice):
        values = [value.value for value in right.values]
        return lambda scene: among(left(scene), operator, values)
    if isinstance(right, ast.Date):
        date = right.value
        return lambda scene: compare_date(left(scene), operator, date)
    if isinstance(right, ast.Text | ast.Numeral | ast.Truth):
        value = right.value
        return lambda scene: compare(left(scene), operator, value)
    other = _read(right)
    return lambda scene: compare(left(scene), operator, other(scene))


def _when(said: ast.When) -> Test:
    read, window = _read(said.value), said.window

    def inside(scene: Scene) -> bool:
        key = date_key(read(scene))
        if key is None:
            return False
        at = instant_of(key)
        moves = not isinstance(window, ast.Between)
        if at is None and moves:
            scene.changes(later(scene.now, _STRANGE_DAY))
        elif at is not None and moves:
            for change in window_changes(window, at):
                scene.changes(change)
        since, until, open_end = window_keys(window, scene.now)
        if since is not None and key < since:
            return False
        return until is None or key < until or (key == until and not open_end)

    return inside


def window_keys(window: ast.Window, now: datetime) -> tuple[str | None, str | None, bool]:
    """Return the ends of a window for dates, as `date_key` writes them, and whether the second end is left out."""
    match window:
        case ast.Last():
            return instant_key(later(now, -window.seconds)), instant_key(now), False
        case ast.Next():
            return instant_key(now), instant_key(later(now, window.seconds)), False
        case ast.Ago():
            oldest = None if window.oldest is None else instant_key(later(now, -window.oldest))
            return oldest, instant_key(later(now, -window.newest)), window.oldest is None
        case ast.Between():
            since = None if window.since is None else literal_key(window.since.value)
            until = None if window.until is None else literal_key(window.until.value)
            return since, until, True


def window_changes(window: ast.Window, at: datetime) -> tuple[datetime, ...]:
    """Return the instants at which a date may enter or leave a window that moves."""
    match window:
        case ast.Last():
            return at, later(at, window.seconds) + _TICK
        case ast.Next():
            return later(at, -window.seconds), at + _TICK
        case ast.Ago(oldest=None):
            return (later(at, window.newest) + _TICK,)
        case ast.Ago():
            return later(at, window.newest), later(at, window.oldest or 0) + _TICK
        case ast.Between():
            return ()


# -- values ---------------------------------------------------------------------------------------------------------


def _read(value: ast.Value) -> Read:
    match value:
        case ast.Text() | ast.Numeral() | ast.Truth() | ast.Date():
            literal = value.value
            return lambda _: literal
        case ast.ProfileField():
            name = value.name
            return lambda scene: scene.person.fields.get(name)
        case ast.EventField():
            name = value.name
            return lambda scene: None if scene.event is None else property_of(scene.event, name)
        case ast.StepField():
            name, place = value.name, value.step - 1
            return lambda scene: property_of(scene.steps[place], name) if place < len(scene.steps) else None
        case ast.Aggregate():
            return _aggregate(value)
        case ast.Choice():
            raise ValueError("A list stands only to the right of `in`.")


def property_of(event: Occurrence, name: str) -> Compared:
    """Return a property of an event by its name in the language."""
    if name == "ts":
        return event.ts
    return event.type if name == "type" else event.properties.get(name)


def _aggregate(said: ast.Aggregate) -> Read:
    match, window, by = _match(said.events), said.events.window, said.events.by
    function, name = said.function, said.field
    alone, shelf = _alone(said), object()

    def figure(scene: Scene) -> Compared:
        events = [
            Counted(event.ts, event.id, True if name is None else property_of(event, name))  # type: ignore[arg-type]
            for event in events_by(scene, by)
            if match(scene, event)
        ]
        found = read_anew(function, window, events, scene.now)
        scene.changes(found.until)
        return found.value if found.events or function not in ("count", "sum", "distinct") else 0

    return (lambda scene: scene.once(shelf, lambda: figure(scene))) if alone else figure


# -- events ---------------------------------------------------------------------------------------------------------


def _match(events: ast.Events) -> Match:
    """Return whether an event is of a pattern, its window aside."""
    types = frozenset(events.types)
    if events.where is None:
        return lambda _, event: not types or event.type in types
    where = _test(events.where)

    def matches(scene: Scene, event: Occurrence) -> bool:
        if types and event.type not in types:
            return False
        outer, scene.event = scene.event, event
        try:
            return where(scene)
        finally:
            scene.event = outer

    return matches


def _did(said: ast.Did) -> Test:
    match, window, by = _match(said.events), said.events.window, said.events.by
    operator, times = said.operator, said.times

    def happened(scene: Scene) -> bool:
        count, turns = 0, list[tuple[datetime, int]]()
        for event in events_by(scene, by):
            if match(scene, event):
                enters, leaves = counts_during(window, event.ts)
                if scene.now < enters < leaves:
                    turns.append((enters, 1))
                elif enters <= scene.now < leaves:
                    count += 1
                if enters < leaves and scene.now < leaves:
                    turns.append((leaves, -1))
        answer = compare(count, operator, times)
        later_count = count
        turns.sort()
        for place, (at, step) in enumerate(turns):
            later_count += step
            if place + 1 < len(turns) and turns[place + 1][0] == at:
                continue  # all that happens at one instant together
            if compare(later_count, operator, times) is not answer:
                scene.changes(at)
                break
        return answer

    return happened


def _same_as(said: ast.SameAs) -> Test:
    match, window, by = _match(said.events), said.events.window, said.events.by
    name, of = said.field, said.of
    nodes = name in NODES and of in NODES
    alone, shelf = _alone(said), object()

    def spans(scene: Scene) -> dict[EqualKey, list[tuple[datetime, datetime]]]:
        """Return when each value counts that some event of the pattern has."""
        found: dict[EqualKey, list[tuple[datetime, datetime]]] = {}
        for other in events_by(scene, by):
            if match(scene, other):
                for value in other.nodes.get(of, ()) if nodes else (property_of(other, of),):
                    found.setdefault(equal_key(value), []).append(counts_during(window, other.ts))
        return found

    def shares(scene: Scene) -> bool:
        event = scene.event
        if event is None:
            return False
        there = scene.once(shelf, lambda: spans(scene)) if alone else spans(scene)
        until, enters = None, NEVER
        for value in event.nodes.get(name, ()) if nodes else (property_of(event, name),):
            for begin, end in there.get(equal_key(value), ()) if value is not None else ():
                if begin <= scene.now < end:
                    until = end if until is None else max(until, end)
                elif scene.now < begin < end:
                    enters = min(enters, begin)
        scene.changes(enters if until is None else until)
        return until is not None

    return shares


def _alone(node: ast.Node) -> bool:
    """Say whether a figure or pattern in a `where` is the same for every event of the person."""
    return not any(isinstance(part, ast.StepField) for part in walk(node))


# -- for explanations -----------------------------------------------------------------------------------------------


def events_of(pattern: ast.Events, person: Person, now: datetime) -> tuple[Occurrence, ...]:
    """Return the events of a pattern that count for a person at an instant, in order."""
    scene, match = Scene(person, now), _match(pattern)
    found = []
    for event in events_by(scene, pattern.by):
        enters, leaves = counts_during(pattern.window, event.ts)
        if enters <= now < leaves and match(scene, event):
            found.append(event)
    return tuple(sorted(found, key=lambda event: (event.ts, event.id)))


def value_of(value: ast.Value, person: Person, now: datetime) -> Compared:
    """Return what a value of a rule about a person is at an instant."""
    return _read(value)(Scene(person, now))
