"""A rule as JSON: what a builder of segments sends and gets."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.parse import MOST_CHARACTERS

MOST_BYTES = 20 * MOST_CHARACTERS
MOST_DEEP = 200
Json = Any


def to_json(condition: ast.Condition) -> dict[str, Json]:
    """Return a rule as plain dicts, lists, texts and numbers; what is not said is left out."""
    return condition.model_dump(mode="json", exclude_none=True)


def from_json(told: str | bytes | Json) -> ast.Condition:
    """Read a rule from JSON.

    Args:
        told: JSON as text, or what it says.

    Raises:
        RuleError: it is no JSON, or no rule; says where in the tree.
    """
    if isinstance(told, str | bytes):
        if len(told) > MOST_BYTES:
            raise RuleError(f"The tree of the rule has {len(told):,} bytes; {MOST_BYTES:,} are the most.")
        try:
            told = orjson.loads(told)
        except orjson.JSONDecodeError as error:
            raise RuleError(f"The tree of the rule is no JSON: {error.msg}.", error.lineno, error.colno) from None
    if not isinstance(told, dict):
        raise RuleError('The tree of a rule is an object with a `kind`, such as {"kind": "everyone"}.')
    _check_depth(told)
    try:
        return _conditions().validate_python(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise RuleError(_sentence(first["type"], first["msg"]), path=_path(told, first["loc"])) from None


@cache
def _conditions() -> TypeAdapter[ast.Condition]:
    return TypeAdapter(ast.Condition)


def _check_depth(told: dict[str, Json]) -> None:
    level: list[Json] = [told]
    for _ in range(MOST_DEEP):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise RuleError(f"The tree of the rule is more than {MOST_DEEP} levels deep. Make segments of its parts.")


def _path(told: Json, place: tuple[int | str, ...]) -> str:
    """Return where an error is; pydantic names the kind of each node on the way as well."""
    found: list[str] = []
    for step in place:
        if (isinstance(told, dict) and step in told) or (isinstance(told, list) and isinstance(step, int)):
            told = told[step]  # type: ignore[index]
            found.append(str(step))
    last = place[-1] if place else ""
    if isinstance(told, dict) and isinstance(last, str) and (not found or found[-1] != last) and last not in _KINDS:
        found.append(last)
    return ".".join(found) or "rule"


def _sentence(kind: str, said: str) -> str:
    if kind == "extra_forbidden":
        return "There is no such part here."
    if kind == "missing":
        return "This part is missing."
    if kind == "union_tag_not_found":
        return "Say with `kind` what this is."
    if kind == "union_tag_invalid":
        said = said.replace("Input tag", "The kind").replace("found using 'kind' does not match any of", "is none of")
        said = said.replace("the expected tags: ", "")
    return f"{said.removeprefix('Value error, ').rstrip('.')}."


_KINDS = frozenset(
    node.model_fields["kind"].default
    for node in vars(ast).values()
    if isinstance(node, type) and issubclass(node, ast.Node) and "kind" in node.model_fields
)
