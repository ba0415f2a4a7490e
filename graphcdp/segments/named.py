"""Named conditions: a name such as `abandoned cart` for a rule, and what a rule is without the names."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from graphcdp.segments import ast
from graphcdp.segments.errors import RuleError
from graphcdp.segments.parse import parse

MOST_PARTS = 5_000


@dataclass(frozen=True, slots=True)
class NamedCondition:
    """A rule that others ask for by name.

    Attributes:
        name: as in the tree: `abandoned_cart`.
        title: what it means, for people.
        condition: the rule.
        built_in: whether it comes with graphcdp.
    """

    name: str
    title: str
    condition: ast.Condition
    built_in: bool = False

    @property
    def takes_window(self) -> bool:
        """Whether it names events, whose window may be asked for."""
        return _first_events(self.condition) is not None


@cache
def built_in() -> Mapping[str, NamedCondition]:
    """Return the named conditions that come with graphcdp."""
    told: dict[str, dict[str, str]] = yaml.safe_load(
        files(__package__).joinpath("named.yaml").read_text(encoding="utf-8")
    )
    return MappingProxyType(
        {name: NamedCondition(name, one["title"], parse(one["rule"]), built_in=True) for name, one in told.items()}
    )


def expand(condition: ast.Condition, named: Mapping[str, NamedCondition] | None = None) -> ast.Condition:
    """Return a rule with every named condition replaced by what it stands for.

    Args:
        condition: the rule.
        named: all that there are; None: those that come with graphcdp.

    Raises:
        RuleError: a name is not known, stands for itself, takes no window, or the whole becomes too large.
    """
    expanded: ast.Condition = _Expansion(built_in() if named is None else named).of(condition, ())
    return expanded


class _Expansion:
    def __init__(self, named: Mapping[str, NamedCondition], stay: Container[str] = ()) -> None:
        self._named = named
        self._stay = stay
        self._parts = 0

    def of(self, node: ast.Node, within: tuple[str, ...]) -> Any:
        """Return a part of a rule without names; `within` the named conditions that it is part of."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise RuleError(
                f"With its named conditions the rule has more than {MOST_PARTS:,} parts. Make segments of some of them."
            )
        if isinstance(node, ast.Named) and node.name not in self._stay:
            return self._meaning(node, within)
        changed = {}
        for name in type(node).model_fields:
            value = getattr(node, name)
            if isinstance(value, ast.Node):
                new: Any = self.of(value, within)
                same = new is value
            elif isinstance(value, tuple):
                new = tuple(self.of(each, within) if isinstance(each, ast.Node) else each for each in value)
                same = all(one is other for one, other in zip(new, value, strict=True))
            else:
                continue
            if not same:
                changed[name] = new
        return node.model_copy(update=changed) if changed else node

    def _meaning(self, asked: ast.Named, within: tuple[str, ...]) -> Any:
        said = asked.name.replace("_", " ")
        found = self._named.get(asked.name)
        if found is None:
            raise unknown_name(asked.name, self._named)
        if asked.name in within:
            raise RuleError(f"The named condition `{said}` stands for itself, by way of {' → '.join(within)}.")
        condition = found.condition
        if asked.window is not None:
            dated = with_window(condition, asked.window)
            if dated is None:
                raise RuleError(f"The named condition `{said}` names no events, so it takes no window.")
            condition = dated
        return self.of(condition, (*within, asked.name))


def written_out(condition: ast.Condition, named: Mapping[str, NamedCondition]) -> ast.Condition:
    """Return a rule with the named conditions made here replaced by what they stand for; the built-in ones stay.

    Raises:
        RuleError: the whole becomes too large, or one takes no window.
    """
    stay = {name: None for name, one in named.items() if one.built_in}
    out: ast.Condition = _Expansion(named, stay).of(condition, ())
    return out


def unknown_name(name: str, named: Mapping[str, NamedCondition]) -> RuleError:
    """Return the error about a name that stands for nothing."""
    near = get_close_matches(name, named, 1, 0.6)
    return RuleError(
        f"There is no named condition or event `{name.replace('_', ' ')[:64]}`.",
        suggestion=near[0].replace("_", " ") if near else None,
    )


def with_window(condition: ast.Condition, window: ast.Window) -> ast.Condition | None:
    """Return a rule with another window for its first events; None where it names no events itself."""
    first = _first_events(condition)
    return None if first is None else _replaced(condition, first, first.model_copy(update={"window": window}))


def _first_events(node: ast.Node) -> ast.Events | None:
    if isinstance(node, ast.Events):
        return node
    for name in type(node).model_fields:
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            found = _first_events(each) if isinstance(each, ast.Node) else None
            if found is not None:
                return found
    return None


def _replaced(node: Any, old: ast.Node, new: ast.Node) -> Any:
    """Return a tree with one node, the same object as `old`, replaced."""
    if node is old:
        return new
    for name in type(node).model_fields:
        value = getattr(node, name)
        if isinstance(value, ast.Node):
            other: Any = _replaced(value, old, new)
            if other is not value:
                return node.model_copy(update={name: other})
        elif isinstance(value, tuple):
            for place, each in enumerate(value):
                changed = _replaced(each, old, new) if isinstance(each, ast.Node) else each
                if changed is not each:
                    return node.model_copy(update={name: (*value[:place], changed, *value[place + 1 :])})
    return node
