"""Named conditions: a name such as `abandoned cart` for a rule, and what a rule is without the names."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

import yaml

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError, nearest
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.rule.walk import replaced, walk

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
    return _Expansion(built_in() if named is None else named).of(condition, ())


class _Expansion:
    def __init__(self, named: Mapping[str, NamedCondition], stay: Container[str] = ()) -> None:
        self._named = named
        self._stay = stay
        self._parts = 0

    def of(self, node: ast.Condition, within: tuple[str, ...]) -> ast.Condition:
        """Return a part of a rule without names; `within` the named conditions that it is part of."""
        return cast("ast.Condition", replaced(node, lambda part: self._swap(part, within)))

    def _swap(self, node: ast.Node, within: tuple[str, ...]) -> ast.Node | None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise RuleError(
                f"With its named conditions the rule has more than {MOST_PARTS:,} parts. Make segments of some of them."
            )
        if isinstance(node, ast.Named) and node.name not in self._stay:
            return self._meaning(node, within)
        return None

    def _meaning(self, asked: ast.Named, within: tuple[str, ...]) -> ast.Condition:
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
    return _Expansion(named, stay).of(condition, ())


def unknown_name(name: str, named: Mapping[str, NamedCondition]) -> RuleError:
    """Return the error about a name that stands for nothing."""
    near = nearest(name, named)
    return RuleError(
        f"There is no named condition or event `{name.replace('_', ' ')[:64]}`.",
        suggestion=near.replace("_", " ") if near else None,
    )


def with_window(condition: ast.Condition, window: ast.Window) -> ast.Condition | None:
    """Return a rule with another window for its first events; None where it names no events itself."""
    first = _first_events(condition)
    if first is None:
        return None
    dated = first.model_copy(update={"window": window})
    return cast("ast.Condition", replaced(condition, lambda part: dated if part is first else None))


def _first_events(node: ast.Node) -> ast.Events | None:
    return next((one for one in walk(node) if isinstance(one, ast.Events)), None)
