"""What is to be computed: a name and an expression of the segment language, checked before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from graphcdp.base import InvalidInputError
from graphcdp.base.ids import content_hash
from graphcdp.segments.rule.ast import (
    Aggregate,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    EventField,
    Known,
    Next,
    Not,
    ProfileField,
    StepField,
    Value,
    When,
)
from graphcdp.segments.rule.parse import parse_figure
from graphcdp.segments.rule.text import figure_text
from graphcdp.sources.yaml_text import parse_yaml

RESERVED = ("first_seen", "last_seen", "identity_count")
PREFIX = "c_"
MOST = 100
"""No graph has more computed attributes than this: each batch looks at all of them."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KEYS = ("expression", "at_least", "title")


class ComputedAttributeError(InvalidInputError):
    """A computed attribute is not declared as it must be."""

    code = "computed_attribute"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A computed attribute as declared.

    Attributes:
        name: snake_case; `profile.name` in rules.
        expression: as text of the language, in its canonical form.
        aggregate: the same, as a tree.
        at_least: of fewer events there is no value.
        title: for people; None where nobody gave one.
    """

    name: str
    expression: str
    aggregate: Aggregate
    at_least: int = 1
    title: str | None = None

    @property
    def tree(self) -> str:
        """The expression as JSON."""
        return self.aggregate.model_dump_json()

    @property
    def version(self) -> str:
        """A hash of what decides the value: figures of another version are read anew."""
        return content_hash(orjson.dumps([self.aggregate.model_dump(mode="json"), self.at_least]))[:12]

    @property
    def property_name(self) -> str:
        """The property of `Profile` that holds the value."""
        return PREFIX + self.name

    @property
    def fields(self) -> tuple[str, ...]:
        """The properties of events that it looks at, by name."""
        where = self.aggregate.events.where
        named = {value.name for value in _values(where) if isinstance(value, EventField)}
        if self.aggregate.field is not None:
            named.add(self.aggregate.field)
        return tuple(sorted(named))

    def looks_at(self, type: str | None) -> bool:
        """Say whether events of a type may count."""
        types = self.aggregate.events.types
        return type is not None and (not types or type in types)


def declare(name: str, figure: str | Aggregate, at_least: int = 1, title: str | None = None) -> Declaration:
    """Return a declaration that can be kept.

    Args:
        name: snake_case.
        figure: as text of the language, or as a tree.
        at_least: of fewer events there is no value.
        title: for people.

    Raises:
        RuleError: the text is no figure; says where and what was expected.
        ComputedAttributeError: says what is wrong and what to write instead.
    """
    aggregate = parse_figure(figure.strip()) if isinstance(figure, str) else figure
    check_name(name)
    if isinstance(at_least, bool) or not isinstance(at_least, int) or not 1 <= at_least <= 1_000_000:
        raise ComputedAttributeError(
            f"`at_least` of {name} is {at_least!r}; give the least number of events, from 1 to 1,000,000.",
            name=name,
            field="at_least",
        )
    if title is not None and (not isinstance(title, str) or len(title) > 200):
        raise ComputedAttributeError(
            f"The title of {name} is no text of up to 200 characters.", name=name, field="title"
        )
    _check_expression(name, aggregate)
    return Declaration(name, figure_text(aggregate), aggregate, at_least, title)


def kept(row: Mapping[str, Any]) -> Declaration:
    """Read a declaration that stands in the graph (a row of `computed.declared`)."""
    return _kept(row["id"], row["expression"], row["tree"], row["at_least"], row["title"])


@lru_cache(maxsize=1_000)
def _kept(name: str, expression: str, tree: str, at_least: int, title: str | None) -> Declaration:
    return Declaration(name, expression, Aggregate.model_validate_json(tree), at_least, title)


def read_declarations(text: str, file: str) -> tuple[Declaration, ...]:
    """Read a YAML file of declarations: `attributes: {usual_size: {expression: …, at_least: 3}}`.

    Args:
        text: the YAML; a declaration may also be the expression alone.
        file: what to call it in messages.

    Raises:
        CDPError: it is no YAML, or a declaration is wrong.
    """
    content = parse_yaml(text, file)
    listed = content.get("attributes")
    if set(content) != {"attributes"} or not isinstance(listed, Mapping) or not listed:
        raise ComputedAttributeError(
            f"{file} declares nothing: its only key must be `attributes`, with a name and an expression a line, such "
            "as `orders: count(purchased)`.",
            file=file,
        )
    return tuple(_read(file, name, entry) for name, entry in listed.items())


def _read(file: str, name: str, entry: Any) -> Declaration:
    said: Mapping[str, Any] = {"expression": entry} if isinstance(entry, str) else entry
    if not isinstance(said, Mapping) or not isinstance(said.get("expression"), str):
        raise ComputedAttributeError(
            f"{file}: {name} has no expression; write for instance `{name}: {{expression: count(purchased)}}`.",
            file=file,
            name=name,
        )
    for key in said:
        if key not in _KEYS:
            raise ComputedAttributeError(
                f"{file}: {name} has a key {key}, which means nothing; the keys are {', '.join(_KEYS)}.",
                file=file,
                name=name,
                field=key,
            )
    return declare(name, said["expression"], said.get("at_least", 1), said.get("title"))


def check_name(name: str) -> None:
    """Refuse a name that no attribute of profiles can have.

    Raises:
        ComputedAttributeError: it is too long, has other characters, or is what every profile has already.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ComputedAttributeError(
            f"{str(name)[:70]!r} is no name of an attribute: use up to 64 small letters, digits and `_`, a letter "
            "first.",
            field="name",
        )
    if name in RESERVED:
        raise ComputedAttributeError(
            f"{name} is what every profile has already; choose another name.", name=name, field="name"
        )


def _check_expression(name: str, aggregate: Aggregate) -> None:
    def refuse(what: str) -> ComputedAttributeError:
        return ComputedAttributeError(f"{name}: {what}", name=name, field="expression")

    if aggregate.function == "count" and aggregate.field is not None:
        raise refuse(f"`count` takes events alone; write `count(…)` without `{aggregate.field} of`.")
    if aggregate.function != "count" and aggregate.field is None:
        raise refuse(f"`{aggregate.function}` needs a property, as in `{aggregate.function}(revenue of purchased)`.")
    events = aggregate.events
    if events.by != "self":
        raise refuse("A computed attribute is about the person's own events; leave `household` out.")
    if isinstance(events.window, Next):
        raise refuse("Events lie in the past; write `in last … days` or no window.")
    for part in _parts(events.where):
        if not isinstance(part, AllOf | AnyOf | Not | Compare | Known | When):
            raise refuse(
                "The `where` of a computed attribute compares properties of the event with values; conditions about "
                "other events, segments or identities belong into a segment."
            )
    for value in _values(events.where):
        if isinstance(value, ProfileField | StepField | Aggregate):
            raise refuse(
                "The `where` of a computed attribute compares properties of the event with values; it knows nothing of "
                "the profile or of other events. Compare with `profile.…` in a segment."
            )


def _parts(where: Condition | None) -> Iterator[Condition]:
    if where is None:
        return
    yield where
    if isinstance(where, AllOf | AnyOf):
        for each in where.conditions:
            yield from _parts(each)
    elif isinstance(where, Not):
        yield from _parts(where.condition)


def _values(where: Condition | None) -> Iterator[Value]:
    for part in _parts(where):
        if isinstance(part, Compare):
            yield part.left
            yield part.right
        elif isinstance(part, Known | When):
            yield part.value
