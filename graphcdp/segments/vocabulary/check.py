"""What is wrong with a rule that can be read: names that are not there, kinds that do not fit, parts out of place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from graphcdp.governance import names_of
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError, nearest
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.phrases import PHRASES, PRODUCT_VERBS
from graphcdp.segments.rule.walk import parts, walk
from graphcdp.segments.vocabulary.constant import always
from graphcdp.segments.vocabulary.fields import Field, Fields, Kind
from graphcdp.segments.vocabulary.fits import comparison, date, figure, value_kind

MOST_DEEP, MOST_PARTS = 60, 2_000
Severity = Literal["error", "warning"]
_PRODUCT_PHRASES = tuple(f"{verb} product" for verb in PRODUCT_VERBS)
_SAID = frozenset(PHRASES.values()) | frozenset(PRODUCT_VERBS.values())


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a rule.

    Attributes:
        severity: an `error` cannot be kept; a `warning` can.
        message: a sentence.
        path: where in the tree; empty: the whole.
        line, column: where in the text, from 1, where the rule came as text.
        suggestion: what was probably meant.
    """

    severity: Severity
    message: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    @classmethod
    def of(cls, error: RuleError) -> Problem:
        """Turn an error of reading into a problem."""
        return cls("error", error.message, error.path or "", error.line, error.column, error.suggestion)


def check(
    condition: ast.Condition, fields: Fields, places: Mapping[int, tuple[int, int]] | None = None
) -> tuple[Problem, ...]:
    """Return what is wrong with a rule, errors first, each in order of the rule.

    Args:
        condition: the rule.
        fields: what there is.
        places: of the nodes in the text, as `parse_located` gives them.
    """
    checker = _Checker(fields, places or {})
    if not checker.too_large(condition):
        checker.person(condition, "", of_others=False)
        checker.whole(condition)
    return tuple(sorted(checker.problems, key=lambda problem: problem.severity))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise the first error among problems.

    Raises:
        RuleError: there is one.
    """
    for problem in problems:
        if problem.severity == "error":
            error = RuleError(problem.message)
            error.line, error.column = problem.line, problem.column
            error.path, error.suggestion = problem.path, problem.suggestion
            raise error


class _Checker:
    def __init__(self, fields: Fields, places: Mapping[int, tuple[int, int]]) -> None:
        self._fields = fields
        self._places = places
        self.problems: list[Problem] = []

    def _say(
        self, node: ast.Node, path: str, message: str, severity: Severity = "error", near: str | None = None
    ) -> None:
        line, column = self._places.get(id(node), (None, None))
        where = f"Line {line}, column {column}: " if line is not None else ""
        hint = f" Did you mean `{near}`?" if near else ""
        self.problems.append(Problem(severity, f"{where}{message}{hint}", path, line, column, near))

    # -- the whole

    def too_large(self, condition: ast.Condition) -> bool:
        """Say whether a rule is too large to be looked at."""
        parts = sum(1 for _ in walk(condition))
        if parts > MOST_PARTS:
            self._say(
                condition, "", f"The rule has {parts:,} parts; {MOST_PARTS:,} are the most. Make segments of some."
            )
        deep = _depth(condition)
        if deep > MOST_DEEP:
            self._say(
                condition,
                "",
                f"The rule is {deep} parts deep, one in another; {MOST_DEEP} are the most. Make segments.",
            )
        return bool(self.problems)

    def whole(self, condition: ast.Condition) -> None:
        """Look at what a rule means as a whole."""
        if any(problem.severity == "error" for problem in self.problems):
            return
        try:
            meaning = expand(condition, self._fields.named)
        except RuleError as error:
            self._say(condition, "", error.message)
            return
        if meaning is not condition:
            inside = _Checker(self._fields, {})
            if not inside.too_large(meaning):
                inside.person(meaning, "", of_others=False)
            for problem in inside.problems:
                if problem.severity == "error":
                    self._say(condition, "", f"With its named conditions written out: {problem.message}")
                    return
        truth = always(meaning)
        if truth is not None:
            whom = "everyone" if truth else "nobody"
            self._say(condition, "", f"This rule matches {whom}, whatever happens.", "warning")

    # -- conditions

    def person(self, node: ast.Condition, path: str, *, of_others: bool) -> None:
        """Look at a condition about a person; `of_others` inside `a household member (…)`."""
        match node:
            case ast.AllOf() | ast.AnyOf():
                for place, part in enumerate(node.conditions):
                    self.person(part, _at(path, f"conditions.{place}"), of_others=of_others)
            case ast.Not():
                self.person(node.condition, _at(path, "condition"), of_others=of_others)
            case ast.Compare() | ast.Known() | ast.When():
                self._asked(node, path, of_event=False, steps=0, of_others=of_others)
            case ast.Did():
                self._events(node.events, _at(path, "events"), 0, of_others=of_others)
            case ast.Sequence():
                self._sequence(node, path, of_others=of_others)
            case ast.Household():
                if of_others:
                    self._say(node, path, "The household of a household member is the same; ask it outside.")
                self.person(node.condition, _at(path, "condition"), of_others=True)
            case ast.SameAs():
                self._say(node, path, "This compares an event with other events: it stands in a `where` only.")
            case ast.Member():
                self._known(node, path, node.segment, self._fields.segments, "segment", certain=True)
            case ast.Named():
                self._named(node, path)
            case ast.Listed():
                self._known(node, path, node.audience, self._fields.audiences, "audience", certain=True)
            case ast.HasIdentity():
                self._known(node, path, node.namespace, self._fields.namespaces, "namespace of identities")
            case ast.Consents():
                self._consents(node, path)
            case ast.Everyone():
                pass

    def _sequence(self, node: ast.Sequence, path: str, *, of_others: bool) -> None:
        self._events(node.first, _at(path, "first"), 0, of_others=of_others)
        found = 1
        for place, step in enumerate(node.steps):
            self._events(step.events, _at(path, f"steps.{place}.events"), found, of_others=of_others)
            found += not step.negated

    def _events(self, events: ast.Events, path: str, steps: int, *, of_others: bool) -> None:
        for kind in events.types:
            if not self._fields.types.get(kind) and kind in _SAID:
                self._say(events, path, f"No event `{kind}` has come in yet.", "warning")
            else:
                self._known(events, path, kind, self._fields.types, "type of event")
        if of_others and events.by == "household":
            self._say(events, path, "The household of a household member is the same; ask it outside.")
        if events.where is not None:
            self._where(events.where, _at(path, "where"), steps, of_others=of_others)

    def _where(self, node: ast.Condition, path: str, steps: int, *, of_others: bool) -> None:
        match node:
            case ast.AllOf() | ast.AnyOf():
                for place, part in enumerate(node.conditions):
                    self._where(part, _at(path, f"conditions.{place}"), steps, of_others=of_others)
            case ast.Not():
                self._where(node.condition, _at(path, "condition"), steps, of_others=of_others)
            case ast.Compare() | ast.Known() | ast.When():
                self._asked(node, path, of_event=True, steps=steps, of_others=of_others)
            case ast.SameAs():
                self._field(ast.EventField(name=node.field), node, _at(path, "field"))
                self._field(ast.EventField(name=node.of), node, _at(path, "of"))
                self._events(node.events, _at(path, "events"), 0, of_others=of_others)
            case _:
                self._say(node, path, "This is about a person: it cannot stand in the `where` of an event.")

    def _named(self, node: ast.Named, path: str) -> None:
        found = self._fields.named.get(node.name)
        if found is None and node.name in self._fields.event:
            self._say(
                node,
                path,
                f"There is no named condition or event `{_said(node.name)}`. If the property of the event is meant, put"
                " all that follows `where` in brackets.",
            )
        elif found is None and (attribute := self._attribute_in(node.name)) is not None:
            self._say(
                node, path, f"There is no named condition or event `{_said(node.name)}`. An attribute of the person is"
                f" written with `profile.` in front.",
                near=f"profile.{attribute}{_said(node.name.removeprefix(attribute))}",
            )  # fmt: skip
        elif found is None:
            self._say(
                node, path, f"There is no named condition or event `{_said(node.name)}`.",
                near=nearest(_said(node.name), [*map(_said, self._fields.named), *PHRASES, *_PRODUCT_PHRASES]),
            )  # fmt: skip
        elif node.window is not None and not found.takes_window:
            self._say(node, _at(path, "window"), f"`{_said(node.name)}` names no events, so it takes no window.")

    def _attribute_in(self, name: str) -> str | None:
        """Return the attribute that a name is, or begins with, as in `loyalty tier is known`; None if it is none."""
        words = name.split("_")
        starts = ("_".join(words[:end]) for end in range(len(words), 0, -1))
        return next((start for start in starts if start in self._fields.profile), None)

    def _consents(self, node: ast.Consents, path: str) -> None:
        names = [each for one in names_of(node.to) for each in (f"consent_{one}", f"{one}_opt_in")]
        if not any(name in self._fields.profile for name in names):
            there = {name.removeprefix("consent_").removesuffix("_opt_in") for name in self._fields.profile
                     if name.startswith("consent_") or name.endswith("_opt_in")}  # fmt: skip
            near = nearest(node.to, there)
            self._say(
                node, path, f"No source states `{names[0]}` or `{names[1]}`, so nobody is known to consent.", "warning",
                near,
            )  # fmt: skip

    # -- values

    def _asked(
        self, node: ast.Compare | ast.Known | ast.When, path: str, *, of_event: bool, steps: int, of_others: bool
    ) -> None:
        sides = {"left": node.left, "right": node.right} if isinstance(node, ast.Compare) else {"value": node.value}
        fields: dict[str, Field | None] = {}
        for side, value in sides.items():
            here = _at(path, side)
            if isinstance(value, ast.EventField | ast.StepField) and not of_event:
                self._say(value, here, "A property of an event is asked for in the `where` of an event.")
            elif isinstance(value, ast.StepField) and value.step > steps:
                self._say(value, here, f"There is no step {value.step} before this one.")
            elif isinstance(value, ast.Aggregate):
                self._figure(value, here, of_others=of_others)
            elif isinstance(value, ast.ProfileField | ast.EventField | ast.StepField):
                fields[side] = self._field(value, value, here)
        kinds: dict[str, Kind] = {side: self._kind(value, fields.get(side)) for side, value in sides.items()}
        if isinstance(node, ast.Compare):
            left = fields.get("left")
            for found in comparison(node, kinds["left"], kinds["right"], left):
                self._say(node, path, found.message, found.severity, found.near)
        elif isinstance(node, ast.When):
            for found in date(node, kinds["value"]):
                self._say(node, path, found.message, found.severity, found.near)

    def _figure(self, node: ast.Aggregate, path: str, *, of_others: bool) -> None:
        if node.field is not None:
            asked = self._field(ast.EventField(name=node.field), node, _at(path, "field"))
            for found in figure(node, asked.kind if asked else "unknown"):
                self._say(node, path, found.message, found.severity, found.near)
        self._events(node.events, _at(path, "events"), 0, of_others=of_others)

    def _kind(self, value: ast.Value, field: Field | None) -> Kind:
        if isinstance(value, ast.Aggregate) and value.field is not None and value.function in _AS_IT_IS:
            there = self._fields.event.get(value.field)
            return there.kind if there else "unknown"
        return field.kind if field else value_kind(value)

    def _field(
        self, value: ast.ProfileField | ast.EventField | ast.StepField, node: ast.Node, path: str
    ) -> Field | None:
        of_person = isinstance(value, ast.ProfileField)
        there = self._fields.profile if of_person else self._fields.event
        found = there.get(value.name)
        if found is None:
            what = "attribute of profiles" if of_person else "property of events"
            self._known(node, path, value.name, there, what, before="profile." if of_person else "")
        return found

    def _known(
        self, node: ast.Node, path: str, name: str, there: Iterable[str], what: str, *, certain: bool = False,
        before: str = "",
    ) -> None:  # fmt: skip
        """Say that a name is not there; for what sources tell that is a warning as long as nothing has come in."""
        if name in there:
            return
        near = nearest(name, there)
        severity: Severity = "warning" if self._fields.empty and not certain else "error"
        self._say(node, path, f"There is no {what} `{before}{name}`.", severity, near and f"{before}{near}")


_AS_IT_IS = ("first", "last", "most frequent")


def _said(name: str) -> str:
    return name.replace("_", " ")


def _at(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _depth(condition: ast.Node) -> int:
    deepest, level = 0, [condition]
    while level:
        deepest += 1
        level = [part for node in level for part in parts(node)]
    return deepest
