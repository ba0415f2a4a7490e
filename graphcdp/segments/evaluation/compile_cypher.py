"""The full evaluator: a rule as one Cypher statement over everybody.

It must give what `evaluate` gives. The text is put together from the fragments in this module, with names of properties
(checked by their shape, in back quotes) and parameters; what a user wrote as a literal is always a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from graphcdp.governance import DENIED, names_of
from graphcdp.ingest.rows import node_property
from graphcdp.segments.evaluation.compare import DATE_SHAPE, instant_of, later, literal_key
from graphcdp.segments.evaluation.evaluate import window_keys
from graphcdp.segments.evaluation.gather import PROFILE_PROPERTIES
from graphcdp.segments.evaluation.person import NODES
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.walk import walk

Form = Literal["ids", "count", "of"]
_AtNow = Callable[[datetime], Any]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_NUMBER = "INTEGER NOT NULL | FLOAT NOT NULL"
_EDGE_TO = {"product": "-[:ABOUT]->({}:Product)", "content": "-[:ABOUT]->({}:Content)",
            "campaign": "-[:FROM]->({}:Campaign)"}  # fmt: skip
_TEMPORAL = frozenset({"ts", "first_seen", "last_seen"})


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule as Cypher.

    Attributes:
        text: gives one column, `id` or (form `count`) `people`; form `of` takes `$ids`.
        values: parameters that do not change.
        times: parameters that follow from the instant of evaluation.
        anchor: what it begins with, for people: `purchase events`, `profiles`, …
    """

    text: str
    values: Mapping[str, Any]
    times: Mapping[str, _AtNow] = field(repr=False)
    anchor: str

    def parameters(self, now: datetime, **others: Any) -> dict[str, Any]:
        """Return all parameters for an evaluation at an instant."""
        return {**self.values, **{name: at(now) for name, at in self.times.items()}, "now": now, **others}


def compile_rule(condition: ast.Condition, form: Form = "ids", counts: Mapping[str, int] | None = None) -> Compiled:
    """Compile a rule.

    Args:
        condition: checked, of which named conditions have been expanded.
        form: `ids` of all members, their `count`, or which `of` given profiles are members.
        counts: how many events of each type there are, to begin with the rarest; types that are missing are rare.
    """
    return _Compiler(counts or {}).statement(condition, form)


class _Anchor(NamedTuple):
    """A condition that can only hold where some event exists, so that the statement may begin at the event."""

    condition: ast.Did | ast.Sequence
    events: ast.Events
    cost: tuple[int, float]


@dataclass(frozen=True, slots=True)
class _Scope:
    """The variables in reach: a person, the event of a `where`, the events that earlier steps found.

    `alone`: the person is another member of the household; of that one's household nobody is seen.
    """

    person: str
    event: str | None = None
    steps: tuple[str, ...] = ()
    alone: bool = False


class _Compiler:
    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._values: dict[str, Any] = {}
        self._times: dict[str, _AtNow] = {}
        self._variables = 0

    def statement(self, condition: ast.Condition, form: Form) -> Compiled:
        """Put the statement together."""
        parts = list(condition.conditions) if isinstance(condition, ast.AllOf) else [condition]
        scope = _Scope("p")
        anchor = None if form == "of" else self._anchor(parts)
        if form == "of":
            begin, told = "UNWIND $ids AS wanted\nMATCH (p:Profile {id: wanted})", "given profiles"
        elif anchor is not None:
            if not _in_one_pass(anchor.condition):
                parts = [part for part in parts if part is not anchor.condition]
            begin, told = self._begin_at(anchor, scope), f"{' or '.join(anchor.events.types)} events"
        elif members := [part for part in parts if isinstance(part, ast.Member)]:
            parts = [part for part in parts if part is not members[0]]
            begin = f"MATCH (:Segment {{id: {self._value(members[0].segment)}}})<-[:MEMBER_OF]-(p:Profile)"
            told = f"members of {members[0].segment}"
        else:
            begin, told = "MATCH (p:Profile)", "profiles"
        tests = [self.test(part, scope) for part in parts]
        unite = "WITH p"
        if anchor is not None:
            unite = "WITH DISTINCT p"
            if isinstance(anchor.condition, ast.Did) and not _at_least_one(anchor.condition):
                unite = "WITH p, count(*) AS times"
                tests.insert(0, f"times {_SIGNS[anchor.condition.operator]} {self._value(anchor.condition.times)}")
        where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
        end = {
            "ids": "RETURN p.id AS id",
            "count": "RETURN count(p) AS people",
            "of": "RETURN p.id AS id",
        }[form]
        return Compiled(f"{begin}\n{unite}{where}\n{end}", self._values, self._times, told)

    def _anchor(self, parts: Sequence[ast.Condition]) -> _Anchor | None:
        found = [
            _Anchor(part, events, self._cost(events))
            for part in parts
            if isinstance(part, ast.Did | ast.Sequence)
            for events in (part.events if isinstance(part, ast.Did) else part.first,)
            if events.types and events.by == "self" and (isinstance(part, ast.Sequence) or _never_without(part))
        ]
        return min(found, key=lambda anchor: anchor.cost) if found else None

    def _cost(self, events: ast.Events) -> tuple[int, float]:
        """Guess how many events there are: with a recent window first, the narrower the better."""
        many = sum(self._counts.get(kind, 0) for kind in events.types)
        if isinstance(events.window, ast.Last):
            return 0, events.window.seconds * (1 + many)
        return (1 if isinstance(events.window, ast.Ago | ast.Between) else 2), 1 + many

    def _begin_at(self, anchor: _Anchor, scope: _Scope) -> str:
        event = self._variable("e")
        of_event = self._on_event(anchor.events, event)
        condition = anchor.condition
        tests = [] if anchor.events.where is None else [self.test(anchor.events.where, _Scope(scope.person, event))]
        if isinstance(condition, ast.Sequence) and not _in_one_pass(condition):
            tests += self._rest(condition.steps, scope, (event,))
        where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
        return (
            f"MATCH ({event}:Event)\nWHERE {' AND '.join(of_event)}\n"
            f"MATCH ({event})<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(p:Profile){where}"
        )

    # -- conditions

    def test(self, condition: ast.Condition, scope: _Scope) -> str:
        """Return an expression that is true or false, never null."""
        match condition:
            case ast.AllOf():
                return f"({' AND '.join(self.test(part, scope) for part in condition.conditions)})"
            case ast.AnyOf():
                return f"({' OR '.join(self.test(part, scope) for part in condition.conditions)})"
            case ast.Not():
                return f"NOT {self.test(condition.condition, scope)}"
            case ast.Everyone():
                return "true"
            case ast.Compare():
                return self._compare(condition, scope)
            case ast.Known():
                return f"({self._read(condition.value, scope)} IS {'NOT ' if condition.known else ''}NULL)"
            case ast.When():
                return self._when(condition, scope)
            case ast.SameAs():
                return self._same_as(condition, scope)
            case ast.Did():
                return self._did(condition, scope)
            case ast.Sequence() if _in_one_pass(condition):
                return self._pass(condition, scope)
            case ast.Sequence():
                event = self._variable("e")
                match = self._match(condition.first, scope, event)
                rest = self._rest(condition.steps, scope, (event,))
                return f"EXISTS {{ {match} AND {' AND '.join(rest)} }}"
            case ast.Member():
                return (
                    f"EXISTS {{ ({scope.person})-[:MEMBER_OF]->(:Segment {{id: {self._value(condition.segment)}}}) }}"
                )
            case ast.Listed():
                listed = f"(:Identity)-[:LISTED_IN]->(:Audience {{id: {self._value(condition.audience)}}})"
                return f"EXISTS {{ ({scope.person})-[:HAS_IDENTITY]->{listed} }}"
            case ast.HasIdentity():
                namespace = self._value(condition.namespace)
                return f"EXISTS {{ ({scope.person})-[:HAS_IDENTITY]->(:Identity {{namespace: {namespace}}}) }}"
            case ast.Consents():
                return self._consents(condition.to, scope)
            case ast.Household():
                if scope.alone:
                    return "false"
                other = self._variable("o")
                test = self.test(condition.condition, _Scope(other, alone=True))
                return f"EXISTS {{ {self._home(scope, other)} AND {test} }}"
            case ast.Named():
                raise ValueError(f"The named condition {condition.name} was not expanded.")

    def _consents(self, name: str, scope: _Scope) -> str:
        """Return what `governance.agrees` says."""
        kept = [f"{scope.person}.{_quoted(f'k_{one}')}" for one in names_of(name)]
        some = " OR ".join(f"coalesce({one} > $now, false)" for one in kept)
        if len(kept) == 1:
            return some
        denied = self._value(DENIED)
        return f"(({some}) AND NOT ({' OR '.join(f'coalesce({one} = {denied}, false)' for one in kept)}))"

    def _compare(self, said: ast.Compare, scope: _Scope) -> str:
        left, operator, right = self._read(said.left, scope), said.operator, said.right
        temporal = _temporal(said.left)
        if isinstance(right, ast.Choice):
            listed = self._value([value.value for value in right.values])
            no = "NOT " if operator == "not in" else ""
            return f"coalesce({no}{left} IN {listed}, false)"
        number = _number(said.left)
        if isinstance(right, ast.Date):
            sign = _SIGNS.get(operator)
            if sign is None or number:  # the server refuses to ask a number how long it is
                return "false"
            if temporal:
                return f"coalesce({left} {sign} {self._value(instant_of(literal_key(right.value)))}, false)"
            return f"coalesce({_date_key(left)} {sign} {self._value(literal_key(right.value))}, false)"
        if isinstance(right, ast.Text | ast.Numeral | ast.Truth):
            other, kind = self._value(right.value), _KINDS[type(right)]
            allowed = _OPERATORS[type(right)]
        else:
            other = self._read(right, scope)
            if operator not in _SIGNS and (number or _number(right)):
                return "false"
            return self._compare_fields(left, operator, other, temporal, _temporal(right))
        if operator not in allowed or temporal or (number and not isinstance(right, ast.Numeral)):
            return "false"
        sign = _SIGNS.get(operator, operator.upper())
        guard = f" AND {left} IS :: {kind}" if operator == "!=" else ""
        return f"coalesce({left} {sign} {other}{guard}, false)"

    def _compare_fields(self, left: str, operator: str, right: str, one: bool, other: bool) -> str:
        if one or other:
            sign = _SIGNS.get(operator)
            return f"coalesce({left} {sign} {right}, false)" if one and other and sign else "false"
        sign = _SIGNS.get(operator, operator.upper())
        if operator == "=":
            return f"coalesce({left} = {right}, false)"
        if operator == "!=":
            kinds = ("STRING NOT NULL", "BOOLEAN NOT NULL", _NUMBER)
            same = " OR ".join(f"({left} IS :: {kind} AND {right} IS :: {kind})" for kind in kinds)
            return f"coalesce({left} <> {right} AND ({same}), false)"
        kind = _NUMBER if operator in _SIGNS else "STRING NOT NULL"
        return f"coalesce(CASE WHEN {left} IS :: {kind} AND {right} IS :: {kind} THEN {left} {sign} {right} END, false)"

    def _when(self, said: ast.When, scope: _Scope) -> str:
        read, window = self._read(said.value, scope), said.window
        as_instant = _temporal(said.value)
        key = read if as_instant else _date_key(read)

        def end(place: int) -> _AtNow:
            def at(now: datetime) -> Any:
                told = window_keys(window, now)[place]
                return instant_of(str(told)) if as_instant else told

            return at

        since, until, open_end = window_keys(window, _ANY_TIME)
        tests = []
        if since is not None:
            tests.append(f"{key} >= {self._time(end(0))}")
        if until is not None:
            tests.append(f"{key} {'<' if open_end else '<='} {self._time(end(1))}")
        return f"coalesce({' AND '.join(tests) or f'{key} IS NOT NULL'}, false)"

    def _did(self, said: ast.Did, scope: _Scope) -> str:
        match = self._match(said.events, scope, self._variable("e"))
        if _at_least_one(said):
            return f"EXISTS {{ {match} }}"
        return f"COUNT {{ {match} }} {_SIGNS[said.operator]} {self._value(said.times)}"

    def _same_as(self, said: ast.SameAs, scope: _Scope) -> str:
        if scope.event is None:
            return "false"
        other = self._variable("e")
        match = self._match(said.events, scope, other)
        if said.field in NODES and said.of in NODES:
            one, two = self._variable("n"), self._variable("n")
            mine = f"({scope.event}){_EDGE_TO[said.field].format(one)}"
            if said.field == said.of:
                return (
                    f"EXISTS {{ {match} AND EXISTS {{ MATCH {mine} MATCH ({other}){_EDGE_TO[said.of].format(one)} }} }}"
                )
            theirs = f"({other}){_EDGE_TO[said.of].format(two)}"
            return f"EXISTS {{ {match} AND EXISTS {{ MATCH {mine} MATCH {theirs} WHERE {one}.id = {two}.id }} }}"
        left, right = self._event_field(said.field, scope.event), self._event_field(said.of, other)
        return f"EXISTS {{ {match} AND coalesce({left} = {right}, false) }}"

    def _pass(self, said: ast.Sequence, scope: _Scope) -> str:
        """Return the test of a sequence that goes once through the person's events, from the last to the first.

        What is kept of each step, in a list, is when the earliest event was, of those gone through, that is of its
        pattern and that the rest follows; of a `then not`, that is of its pattern. A step follows an event where that
        earliest one is not too late.
        """
        patterns = [said.first, *(step.events for step in said.steps)]
        event, kept, one = self._variable("e"), self._variable("s"), self._variable("x")
        types = sorted({kind for events in patterns for kind in events.types}) if all(p.types for p in patterns) else []
        every = self._on_event(ast.Events(types=tuple(types)), event)
        tests = []
        for events in patterns:
            own = self._on_event(events, event)[:-1]
            if events.where is not None:
                own.append(self.test(events.where, _Scope(scope.person, event, (), scope.alone)))
            tests.append(f"({' AND '.join(own) or 'true'})")
        steps = [
            f"CASE WHEN {' AND '.join((f'{one}[{place + 1}]', *self._follows(said.steps, place, kept, f'{one}[0]')))} "
            f"THEN {one}[0] ELSE {kept}[{place}] END"
            for place in range(len(patterns))
        ]
        path = f"MATCH ({scope.person})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->({event}:Event)"
        events_ = (
            f"COLLECT {{ {path} WHERE {' AND '.join(every)} WITH {event} ORDER BY {event}.ts DESC, {event}.id DESC "
            f"RETURN [{event}.ts, {', '.join(tests)}] }}"
        )
        nothing = ", ".join("null" for _ in patterns)
        return f"(reduce({kept} = [{nothing}], {one} IN {events_} | [{', '.join(steps)}])[0] IS NOT NULL)"

    def _follows(self, steps: Sequence[ast.Step], place: int, kept: str, at: str) -> list[str]:
        """Return the tests that the rest follows an event of a step that was `at`; none for a `then not`."""
        if place > 0 and steps[place - 1].negated:
            return []
        tests = []
        for number, step in enumerate(steps[place:], place + 1):
            over = (
                ""
                if step.within_seconds is None
                else f"{at} + duration({{seconds: {self._value(step.within_seconds)}}})"
            )
            if not step.negated:
                tests.append(f"{kept}[{number}] <= {over}" if over else f"{kept}[{number}] IS NOT NULL")
                break
            nothing = f"{kept}[{number}] IS NULL"
            tests += [f"$now >= {over}", f"({nothing} OR {kept}[{number}] > {over})"] if over else [nothing]
        return tests

    def _rest(self, steps: Sequence[ast.Step], scope: _Scope, found: tuple[str, ...]) -> list[str]:
        """Return the tests that the steps of a sequence put on the events found before them."""
        if not steps:
            return []
        step, last = steps[0], found[-1]
        event = self._variable("e")
        tests = [f"({event}.ts > {last}.ts OR ({event}.ts = {last}.ts AND {event}.id > {last}.id))"]
        over = ""
        if step.within_seconds is not None:
            over = f"{last}.ts + duration({{seconds: {self._value(step.within_seconds)}}})"
            tests.append(f"{event}.ts <= {over}")
        match = self._match(step.events, scope, event, steps=found)
        inside = f"{match} AND {' AND '.join(tests)}"
        if step.negated:
            ripe = [f"$now >= {over}"] if over else []
            return [*ripe, f"NOT EXISTS {{ {inside} }}", *self._rest(steps[1:], scope, found)]
        rest = self._rest(steps[1:], scope, (*found, event))
        return [f"EXISTS {{ {' AND '.join((inside, *rest))} }}"]

    # -- events

    def _match(self, events: ast.Events, scope: _Scope, event: str, steps: tuple[str, ...] = ()) -> str:
        """Return `MATCH … WHERE …` of the events of a pattern; more tests may follow with AND."""
        owner, home = scope.person, ""
        if events.by == "household":
            owner = self._variable("o")
            home = f"{self._home(scope, owner)} "
        tests = self._on_event(events, event)
        if events.by == "household" and scope.alone:
            tests.append("false")
        if events.where is not None:
            tests.append(self.test(events.where, _Scope(scope.person, event, steps, scope.alone)))
        path = f"MATCH ({owner})-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->({event}:Event)"
        return f"{home}{path} WHERE {' AND '.join(tests)}"

    def _home(self, scope: _Scope, other: str) -> str:
        me = scope.person
        return f"MATCH ({me})-[:IN_HOUSEHOLD]->(:Household)<-[:IN_HOUSEHOLD]-({other}:Profile) WHERE {other} <> {me}"

    def _on_event(self, events: ast.Events, event: str) -> list[str]:
        """Return the tests of type and time, which an index answers."""
        tests = []
        if len(events.types) == 1:
            tests.append(f"{event}.type = {self._value(events.types[0])}")
        elif events.types:
            tests.append(f"{event}.type IN {self._value(list(events.types))}")
        match window := events.window:
            case ast.Last():
                seconds = window.seconds
                tests.append(f"{event}.ts >= {self._time(lambda now: later(now, -seconds))}")
            case ast.Ago():
                newest, oldest = window.newest, window.oldest
                if oldest is not None:
                    tests.append(f"{event}.ts >= {self._time(lambda now: later(now, -oldest))}")
                sign = "<" if oldest is None else "<="
                tests.append(f"{event}.ts {sign} {self._time(lambda now: later(now, -newest))}")
            case ast.Between():
                if window.since is not None:
                    tests.append(f"{event}.ts >= {self._value(instant_of(literal_key(window.since.value)))}")
                if window.until is not None:
                    tests.append(f"{event}.ts < {self._value(instant_of(literal_key(window.until.value)))}")
            case _:
                pass
        tests.append(f"{event}.ts <= $now")
        return tests

    # -- values

    def _read(self, value: ast.Value, scope: _Scope) -> str:
        match value:
            case ast.Text() | ast.Numeral() | ast.Truth():
                return self._value(value.value)
            case ast.ProfileField():
                return self._profile_field(value.name, scope)
            case ast.EventField():
                return "null" if scope.event is None else self._event_field(value.name, scope.event)
            case ast.StepField():
                steps = scope.steps
                return self._event_field(value.name, steps[value.step - 1]) if value.step <= len(steps) else "null"
            case ast.Aggregate():
                return self._aggregate(value, scope)
            case ast.Date() | ast.Choice():
                raise ValueError("A date or a list stands only to the right of a comparison.")

    def _profile_field(self, name: str, scope: _Scope) -> str:
        if name in PROFILE_PROPERTIES:
            return f"{scope.person}.{_quoted(name)}"
        return f"coalesce({scope.person}.{_quoted(f'c_{name}')}, {scope.person}.{_quoted(f'a_{name}')})"

    def _event_field(self, name: str, event: str) -> str:
        if name in ("device.kind", "device.name"):
            device = self._variable("d")
            return f"[({event})-[:ON]->({device}:Device) | {device}.{_quoted(name[7:])}][0]"
        return f"{event}.{_quoted(name if name == 'ts' else node_property(name))}"

    def _aggregate(self, said: ast.Aggregate, scope: _Scope) -> str:
        event, value = self._variable("e"), self._variable("v")
        match = self._match(said.events, scope, event)
        if said.function == "count" and said.field is None:
            return f"COUNT {{ {match} }}"
        read = "true" if said.field is None else self._event_field(said.field, event)
        order = f"ORDER BY {event}.ts, {event}.id"
        values = f"{match} WITH {event}, {read} AS {value} WHERE {value} IS NOT NULL"
        numbers = f"{match} WITH {event}, {read} AS {value} WHERE {value} IS :: {_NUMBER}"
        listed = f"COLLECT {{ {numbers} WITH {event}, {value} {order} RETURN {value} }}"
        match said.function:
            case "count":
                return f"COUNT {{ {values} RETURN {value} }}"
            case "sum":
                return f"reduce(total = 0, each IN {listed} | total + each)"
            case "average":
                total = "reduce(total = 0, each IN numbers | total + each)"
                return f"[numbers IN [{listed}] WHERE size(numbers) > 0 | {total} * 1.0 / size(numbers)][0]"
            case "min" | "max":
                return f"COLLECT {{ {numbers} RETURN {said.function}({value}) }}[0]"
            case "distinct":
                return f"COLLECT {{ {values} RETURN count(DISTINCT {value}) }}[0]"
            case "first":
                return f"COLLECT {{ {values} WITH {event}, {value} {order} LIMIT 1 RETURN {value} }}[0]"
            case "last":
                back = f"ORDER BY {event}.ts DESC, {event}.id DESC"
                return f"COLLECT {{ {values} WITH {event}, {value} {back} LIMIT 1 RETURN {value} }}[0]"
            case "most frequent":
                return (
                    f"COLLECT {{ {values} WITH {value}, count(*) AS often, max({event}.ts) AS newest"
                    f" ORDER BY often DESC, newest DESC, toString({value}) LIMIT 1 RETURN {value} }}[0]"
                )

    # -- names

    def _variable(self, letter: str) -> str:
        self._variables += 1
        return f"{letter}{self._variables}"

    def _value(self, value: Any) -> str:
        name = f"v{len(self._values) + 1}"
        self._values[name] = value
        return f"${name}"

    def _time(self, at: _AtNow) -> str:
        name = f"t{len(self._times) + 1}"
        self._times[name] = at
        return f"${name}"


def _in_one_pass(said: ast.Condition) -> bool:
    """Say whether it is a sequence to look for in one pass over a person's events: no step asks for an earlier one."""
    return (
        isinstance(said, ast.Sequence)
        and all(events.by == "self" for events in (said.first, *(step.events for step in said.steps)))
        and not any(isinstance(part, ast.StepField) for part in walk(said))
    )


def _at_least_one(said: ast.Did) -> bool:
    return (said.operator, said.times) in ((">=", 1), (">", 0))


def _never_without(said: ast.Did) -> bool:
    """Say whether it holds only where there is some such event, so that a search may begin with these events."""
    return said.operator in (">", ">=", "=") and said.times >= (0 if said.operator == ">" else 1)


def _temporal(value: ast.Value) -> bool:
    """Say whether a value is an instant of the graph rather than a text."""
    if isinstance(value, ast.Aggregate):
        return value.field == "ts" and value.function in ("first", "last", "most frequent")
    if isinstance(value, ast.ProfileField):
        return value.name in ("first_seen", "last_seen")
    return isinstance(value, ast.EventField | ast.StepField) and value.name == "ts"


def _number(value: ast.Value) -> bool:
    """Say whether a value can be nothing but a number."""
    return isinstance(value, ast.Aggregate) and value.function not in ("first", "last", "most frequent")


def _date_key(read: str) -> str:
    """Return what `compare.date_key` gives, in Cypher."""
    day = f"CASE WHEN size({read}) = 10 THEN {read} + 'T00:00:00' ELSE left({read}, size({read}) - 1) END"
    return f"CASE WHEN {read} IS :: STRING NOT NULL THEN CASE WHEN {read} =~ '{_SHAPE}' THEN {day} END END"


def _quoted(name: str) -> str:
    plain = name.removeprefix("c_").removeprefix("a_").removeprefix("p_")
    if not _NAME.fullmatch(plain):
        raise ValueError("This is no name of a property.")
    return f"`{name}`"


_SHAPE = DATE_SHAPE.replace("\\", "\\\\")
_ANY_TIME = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
_SIGNS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KINDS: dict[type, str] = {ast.Text: "STRING NOT NULL", ast.Numeral: _NUMBER, ast.Truth: "BOOLEAN NOT NULL"}
_OPERATORS: dict[type, frozenset[str]] = {
    ast.Text: frozenset({"=", "!=", "contains", "starts with", "ends with"}),
    ast.Numeral: frozenset(_SIGNS),
    ast.Truth: frozenset({"=", "!="}),
}
