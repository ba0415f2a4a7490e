"""Which events are meant, as data that static Cypher can work with.

A choice is `{types, where}`: `types` a list of event types (null: every type), `where` a list of options (null: no
condition), each a list of atoms `{field, op, value, holds, of}`: an event fits when in some option every atom is as
`holds` says. It is made from the words of the segment language, and gives what `segments/evaluation/evaluate.py` gives:
of what is missing, or of two kinds, every comparison is false, and `not` of it true.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from graphcdp.base import InvalidInputError
from graphcdp.ingest.rows import node_property
from graphcdp.segments.evaluation.compare import instant_of, literal_key
from graphcdp.segments.evaluation.evaluate import window_keys
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.parse import parse_events
from graphcdp.segments.rule.phrases import PHRASES, phrase_of

MOST_OPTIONS, MOST_ATOMS, MOST_GAP_SECONDS = 50, 200, 366 * 86_400
OF_DEVICE = "device."
_TYPE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?", re.ASCII)
Scalar = str | int | float | bool | datetime


class Atom(NamedTuple):
    """One test of one property of an event.

    Attributes:
        field: the property of the node.
        op: `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `starts with`, `ends with`, `in`, `not in`, `known`.
        value: a scalar, or a list for `in` and `not in`; None for `known`.
        holds: whether it must hold, or must not.
        of: the event's own, or that of the device that it happened on.
    """

    field: str
    op: str
    value: Any
    holds: bool = True
    of: Literal["event", "device"] = "event"

    def data(self) -> dict[str, Any]:
        """Return it as the statements take it."""
        return {"field": self.field, "op": self.op, "value": self.value, "holds": self.holds, "of": self.of}


Options = tuple[tuple[Atom, ...], ...]


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Which events are meant.

    Attributes:
        types: any of these; None: every type.
        where: in some option every atom is fulfilled; None: no condition.
        text: as a person said it.
    """

    types: tuple[str, ...] | None
    where: Options | None
    text: str

    @classmethod
    def read(cls, text: str, now: datetime) -> EventChoice:
        """Read a choice.

        Args:
            text: events in the segment language (`purchased where revenue > 50`, `did any event`), `any event`, or the
                name of an event type.
            now: the instant that `in last 7 days` in a `where` counts from.

        Raises:
            RuleError: it cannot be read, or says what cannot be asked of one event alone.
        """
        said = " ".join(text.split()) if "'" not in text and '"' not in text else text.strip()
        plain = said.lower()
        if plain == "any event" or plain.startswith("any event where "):
            said = f"did {said}"
        elif _TYPE.fullmatch(said) and plain not in PHRASES:
            said = f"did `{said}`"
        events = parse_events(said)
        if events.by != "self":
            raise RuleError("A journey is one person's own: leave out `household`.")
        where = None if events.where is None else _options(events.where, now, holds=True)
        return cls(events.types or None, where, text.strip())

    @classmethod
    def where_only(cls, text: str, now: datetime) -> EventChoice:
        """Read a condition that every event must fulfil: `channel = 'web'`, or events as `read` takes them.

        Raises:
            RuleError: it cannot be read.
        """
        try:
            return cls.read(text, now)
        except RuleError as error:
            try:
                return cls.read(f"any event where {text}", now)
            except RuleError:
                raise error from None

    def data(self) -> dict[str, Any]:
        """Return it as the statements take it."""
        where = None if self.where is None else [[atom.data() for atom in option] for option in self.where]
        return {"types": None if self.types is None else list(self.types), "where": where}

    @property
    def label(self) -> str:
        """A short name: the types, or `any event`; with a condition the words themselves."""
        if self.where is not None:
            return self.text
        return " or ".join(self.types) if self.types else "any event"

    @property
    def canonical(self) -> str:
        """The types in the segment language, without the condition."""
        return phrase_of(self.types or ())


ANY_EVENT = EventChoice(None, None, "any event")


def types_of(choices: Sequence[EventChoice]) -> list[str] | None:
    """Return all types that some choice may take; None where one takes every type."""
    found: dict[str, None] = {}
    for choice in choices:
        if choice.types is None:
            return None
        found |= dict.fromkeys(choice.types)
    return sorted(found)


def _options(condition: ast.Condition, now: datetime, *, holds: bool) -> Options:
    """Return a condition as a disjunction of conjunctions, `not` pushed down to the atoms."""
    match condition:
        case ast.AllOf() | ast.AnyOf():
            parts = [_options(part, now, holds=holds) for part in condition.conditions]
            if isinstance(condition, ast.AnyOf) is holds:
                return _bounded(tuple(option for part in parts for option in part))
            return _product(parts)
        case ast.Not():
            return _options(condition.condition, now, holds=not holds)
        case ast.Known():
            return ((atom_of(_name(condition.value), "known", None, holds=holds is condition.known),),)
        case ast.Compare():
            return ((_compare(condition)._replace(holds=holds),),)
        case ast.When():
            atoms = _window(condition, now)
            return (tuple(atoms),) if holds else tuple((atom._replace(holds=False),) for atom in atoms)
        case _:
            raise RuleError(
                "A journey asks one event alone: its properties compared with values. What is asked of the person goes "
                "into `people`."
            )


def _product(parts: Sequence[Options]) -> Options:
    made: Options = ((),)
    for part in parts:
        made = _bounded(tuple(one + other for one in made for other in part))
    return made


def _bounded(options: Options) -> Options:
    if len(options) > MOST_OPTIONS or sum(map(len, options)) > MOST_ATOMS:
        raise RuleError(
            f"The condition on the event has more than {MOST_OPTIONS} alternatives when written out. Ask for less."
        )
    return options


def atom_of(name: str, op: str, value: Any, *, holds: bool = True) -> Atom:
    """Return a test of a property by its name in the language."""
    if name.startswith(OF_DEVICE):
        return Atom(name.removeprefix(OF_DEVICE), op, value, holds, "device")
    return Atom(name if name == "ts" else node_property(name), op, value, holds)


def _name(value: ast.Value) -> str:
    if not isinstance(value, ast.EventField):
        raise RuleError(
            "A journey asks one event alone: compare properties of the event. What is asked of the person goes into "
            "`people`."
        )
    return value.name


def _compare(said: ast.Compare) -> Atom:
    name, operator, right = _name(said.left), said.operator, said.right
    match right:
        case ast.Choice():
            return atom_of(name, operator, [_value(each) for each in right.values])
        case ast.Text() | ast.Numeral() | ast.Truth():
            return atom_of(name, operator, right.value)
        case ast.Date():
            if name != "ts":
                raise RuleError("A journey compares dates with `ts` only, the time of the event.")
            return atom_of(name, operator, instant_of(literal_key(right.value)))
        case _:
            raise RuleError("A journey compares a property of the event with a value, not with another property.")


def _value(value: ast.Value) -> Scalar:
    if isinstance(value, ast.Text | ast.Numeral | ast.Truth):
        return value.value
    raise RuleError("A list here has values, not properties.")


def _window(said: ast.When, now: datetime) -> list[Atom]:
    if _name(said.value) != "ts":
        raise RuleError("A journey asks only of `ts`, the time of the event, whether it lies in a window.")
    since, until, open_end = window_keys(said.window, now)
    atoms = []
    if since is not None:
        atoms.append(Atom("ts", ">=", instant_of(since)))
    if until is not None:
        atoms.append(Atom("ts", "<" if open_end else "<=", instant_of(until)))
    return atoms


def require_breakdown(value: str | None, breakdown: str | None) -> None:
    """Refuse a value of a breakdown where there is none: nobody would be found.

    Raises:
        InvalidInputError: so it is.
    """
    require(
        value is None or breakdown is not None,
        f"Nothing is counted apart, so nobody has the value `{value}`: say by what (`--by`, `breakdown`), or leave it "
        "out.",
        field="value",
    )


def require_gap(session_gap_seconds: int | None) -> None:
    """Refuse a silence between sessions that is none.

    Raises:
        InvalidInputError: it is not from a second to 366 days.
    """
    require(
        session_gap_seconds is None or 0 < session_gap_seconds <= MOST_GAP_SECONDS,
        f"`session_gap_seconds` is {session_gap_seconds}; it is from 1 to {MOST_GAP_SECONDS} (366 days).",
        field="session_gap_seconds",
        limit=MOST_GAP_SECONDS,
    )


def require(condition: bool, sentence: str, **fields: str | int | float | None) -> None:
    """Refuse what cannot be asked.

    Raises:
        InvalidInputError: the condition does not hold.
    """
    if not condition:
        raise InvalidInputError(sentence, **fields)
