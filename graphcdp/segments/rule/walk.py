"""Walks through rules: every part of one, what it refers to, the same rule with parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from graphcdp.segments.rule.ast import Condition, Member, Node
from graphcdp.segments.rule.errors import RuleError

MOST_PARTS = 5_000
"""Of a rule with the rules of the segments it asks for."""


def parts(node: Node) -> Iterator[Node]:
    """Yield the nodes directly in a node, in order."""
    for name in type(node).model_fields:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all that is in it, each before what is in it, in order."""
    yield node
    for part in parts(node):
        yield from walk(part)


def segments_in(condition: Condition) -> tuple[str, ...]:
    """Return the segments that a rule asks for, by id."""
    return tuple(sorted({one.segment for one in walk(condition) if isinstance(one, Member)}))


def unfold(condition: Condition, rules: Mapping[str, Condition]) -> Condition:
    """Return a rule with the rules of the segments it asks for in their places, so that it stands by itself.

    Args:
        condition: the rule.
        rules: by segment; without a cycle.

    Raises:
        RuleError: it asks for a segment that is not there, or becomes too large.
    """
    known: dict[str, Condition] = {}
    sizes: dict[str, int] = {}

    def of(segment: str) -> Condition:
        if segment not in known:
            rule = rules.get(segment)
            if rule is None:
                raise RuleError(f"There is no segment {segment}. Define it first, or ask for another.")
            known[segment] = cast("Condition", replaced(rule, swap))
            sizes[segment] = sum(1 for _ in walk(known[segment]))
        return known[segment]

    def swap(node: Node) -> Node | None:
        if not isinstance(node, Member):
            return None
        inner = of(node.segment)
        if sizes[node.segment] > MOST_PARTS:
            raise _too_large()
        return inner

    found = cast("Condition", replaced(condition, swap))
    if sum(1 for _ in walk(found)) > MOST_PARTS:
        raise _too_large()
    return found


def replaced(node: Node, swap: Callable[[Node], Node | None]) -> Node:
    """Return a part of a rule with every part for which `swap` gives another replaced by that."""
    other = swap(node)
    if other is not None:
        return other
    changes: dict[str, Any] = {}
    for name in type(node).model_fields:
        value = getattr(node, name)
        if isinstance(value, Node):
            new = replaced(value, swap)
            if new is not value:
                changes[name] = new
        elif isinstance(value, tuple) and any(isinstance(each, Node) for each in value):
            news = tuple(replaced(each, swap) if isinstance(each, Node) else each for each in value)
            if any(one is not was for one, was in zip(news, value, strict=True)):
                changes[name] = news
    return node.model_copy(update=changes) if changes else node


def circle(start: str, uses: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the shortest way from a segment through what it uses back to itself, both ends named; empty: none."""
    came: dict[str, str] = {}
    todo = [start]
    while todo:
        following: list[str] = []
        for one in todo:
            for other in uses.get(one, ()):
                if other == start:
                    way = [start, one]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return tuple(reversed(way))
                if other not in came:
                    came[other] = one
                    following.append(other)
        todo = following
    return ()


def _too_large() -> RuleError:
    return RuleError(
        f"With the rules of the segments it asks for, the rule has more than {MOST_PARTS:,} parts. Ask for fewer."
    )
