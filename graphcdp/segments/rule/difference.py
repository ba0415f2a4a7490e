"""What differs between two versions of a rule: part by part, and as lines of text."""

from __future__ import annotations

from difflib import unified_diff
from typing import Literal, NamedTuple

from graphcdp.segments.rule.ast import AllOf, AnyOf, Condition, Not
from graphcdp.segments.rule.text import to_text


class Difference(NamedTuple):
    """One part that only one of two versions has.

    Attributes:
        kind: `added` or `removed`.
        within: what it stands in, from the outside in: `and`, `or`, `not`.
        text: the part.
    """

    kind: Literal["added", "removed"]
    within: tuple[str, ...]
    text: str


def differences(before: Condition, after: Condition) -> tuple[Difference, ...]:
    """Return the smallest parts that differ: removed ones first at each place; the order of parts does not matter."""
    return tuple(_between(before, after, ()))


def text_difference(before: Condition, after: Condition) -> str:
    """Return the difference as a unified diff of the canonical texts, a part of the outermost level a line."""
    return "\n".join(unified_diff(_lines(before), _lines(after), "before", "after", lineterm="", n=1))


def _between(before: Condition, after: Condition, within: tuple[str, ...]) -> list[Difference]:
    if before == after:
        return []
    if isinstance(before, Not) and isinstance(after, Not):
        return _between(before.condition, after.condition, (*within, "not"))
    for kind in (AllOf, AnyOf):
        if isinstance(before, kind) and isinstance(after, kind):
            inside = (*within, before.kind)
            gone = [one for one in before.conditions if one not in after.conditions]
            new = [one for one in after.conditions if one not in before.conditions]
            if len(gone) == len(new) == 1:
                return _between(gone[0], new[0], inside)
            return [
                *(Difference("removed", inside, to_text(one)) for one in gone),
                *(Difference("added", inside, to_text(one)) for one in new),
            ]
        if isinstance(after, kind) and before in after.conditions:
            return [
                Difference("added", (*within, after.kind), to_text(one)) for one in after.conditions if one != before
            ]
        if isinstance(before, kind) and after in before.conditions:
            return [
                Difference("removed", (*within, before.kind), to_text(one)) for one in before.conditions if one != after
            ]
    return [Difference("removed", within, to_text(before)), Difference("added", within, to_text(after))]


def _lines(condition: Condition) -> list[str]:
    if isinstance(condition, (AllOf, AnyOf)):
        first, *rest = condition.conditions
        return [to_text(first), *(f"{condition.kind} {_bracketed(one)}" for one in rest)]
    return [to_text(condition)]


def _bracketed(condition: Condition) -> str:
    text = to_text(condition)
    return f"({text})" if isinstance(condition, (AllOf, AnyOf)) else text
