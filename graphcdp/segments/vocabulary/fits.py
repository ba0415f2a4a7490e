"""Whether what is compared is of one kind; a comparison of two kinds is never true, so nobody means it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import nearest
from graphcdp.segments.vocabulary.fields import Field, Kind

_ORDERED = ("<", "<=", ">", ">=")
_OF_TEXT = ("contains", "starts with", "ends with")
_A = {"text": "a text", "number": "a number", "boolean": "true or false", "date": "a date"}


class Found(NamedTuple):
    """What does not fit."""

    message: str
    severity: Literal["error", "warning"] = "error"
    near: str | None = None


def value_kind(value: ast.Value) -> Kind:
    """Return the kind of a literal or a figure; of what is read from somewhere it is unknown here."""
    match value:
        case ast.Text() | ast.Numeral() | ast.Truth() | ast.Date():
            return value.kind
        case ast.Aggregate():
            return "unknown" if value.function in ("first", "last", "most frequent") else "number"
        case _:
            return "unknown"


def comparison(said: ast.Compare, left: Kind, right: Kind, field: Field | None) -> Iterator[Found]:
    """Say what does not fit in a comparison.

    Args:
        said: the comparison.
        left, right: the kinds of its sides.
        field: left of it, where it is one that is known.
    """
    if isinstance(said.right, ast.Choice):
        for each in said.right.values:
            yield from _literal(left, each, field)
        return
    operator = said.operator
    if operator in _OF_TEXT and (left in ("number", "boolean") or right in ("number", "boolean", "date")):
        yield Found(f"`{operator}` is about texts; this is {_A[left if left in ('number', 'boolean') else right]}.")
    elif operator in _ORDERED and "boolean" in (left, right):
        yield Found(f"`{operator}` compares numbers and dates; this is true or false.")
    elif operator in _ORDERED and (left == "text" or right == "text"):
        hint = " Write a date without quotation marks." if left == "date" or right == "text" else ""
        yield Found(f"`{operator}` compares numbers and dates; this is a text.{hint}")
    elif isinstance(said.right, ast.Text | ast.Numeral | ast.Truth | ast.Date):
        yield from _literal(left, said.right, field)
    elif left != right and left in _A and right in _A and {left, right} != {"text", "date"}:
        yield Found(f"{_A[left].capitalize()} is compared with {_A[right]}, so this is never true.")


def date(said: ast.When, kind: Kind) -> Iterator[Found]:
    """Say whether something that is no date is asked to lie in a window."""
    if kind in ("number", "boolean", "text"):
        yield Found(f"Only a date lies in a time; `{said.value.name}` is {_A[kind]}.")


def figure(said: ast.Aggregate, kind: Kind) -> Iterator[Found]:
    """Say whether a figure is of what it cannot be of."""
    if said.function in ("sum", "average", "min", "max") and kind in ("text", "boolean", "date"):
        yield Found(f"`{said.function}` is of numbers; `{said.field}` is {_A[kind]}.")


def _literal(left: Kind, right: ast.Text | ast.Numeral | ast.Truth | ast.Date, field: Field | None) -> Iterator[Found]:
    kind = right.kind
    name = f"`{field.name}`" if field else "this"
    if left not in _A:
        return
    if kind == "text" and left == "date":
        yield Found(f"{name} is a date; write the date without quotation marks, such as 2026-01-31.")
    elif kind != left and not (kind == "date" and left == "text"):
        hint = ""
        if kind == "number" and left == "text":
            hint = f" Write it in quotation marks: '{right.value}'."
        elif kind == "text" and left == "number":
            hint = " Write the number without quotation marks."
        elif kind == "date" and left == "number":
            hint = " Take a field that is a date."
        yield Found(f"{name.capitalize() if not field else name} is {_A[left]}, not {_A[kind]}.{hint}")
    elif kind == "text" and field and field.complete and right.value not in field.values:
        known = [value for value in field.values if isinstance(value, str)]
        near = nearest(str(right.value), known)
        yield Found(f"Wherever one looked, {name} is never `{str(right.value)[:60]}`.", "warning", near)
