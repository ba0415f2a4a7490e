"""What a rule reads, as governance follows data: fields, namespaces, households, other segments, audiences."""

from __future__ import annotations

from functools import lru_cache

import orjson

from graphcdp.governance.lineage import HOUSEHOLD, Reads
from graphcdp.segments.evaluation.needs import needs
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.tree import from_json
from graphcdp.segments.rule.walk import walk


@lru_cache(maxsize=2_000)
def reads(tree: str) -> Reads:
    """Return what a rule or a figure, kept as a tree (JSON), reads."""
    if orjson.loads(tree).get("kind") == "aggregate":
        return reads_of(ast.Aggregate.model_validate_json(tree))
    return reads_of(expand(from_json(tree)))


def reads_of(condition: ast.Condition | ast.Aggregate) -> Reads:
    """Return what a rule reads.

    That something happened at all is read from the event's type; who lives with whom from `profile.household`.
    """
    wanted = needs(condition)
    properties = {*wanted.properties, *({"type"} if wanted.events else ())}
    namespaces = {one.namespace for one in walk(condition) if isinstance(one, ast.HasIdentity)}
    return Reads(
        tuple(
            sorted(
                {
                    *(f"profile.{name}" for name in wanted.fields),
                    *(f"event.{name}" for name in properties),
                    *(f"identity.{name}" for name in namespaces),
                    *((HOUSEHOLD,) if wanted.household else ()),
                }
            )
        ),
        tuple(sorted(wanted.segments)),
        tuple(sorted({one.audience for one in walk(condition) if isinstance(one, ast.Listed)})),
    )
