"""Whom an offer is for: its rule, made ready for both the look at the person and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from graphcdp.base import InvalidInputError
from graphcdp.segments import ast
from graphcdp.segments.evaluate import Evaluator
from graphcdp.segments.needs import Needs, needs, walk
from graphcdp.segments.person import Person

_RULE: TypeAdapter[ast.Condition] = TypeAdapter(ast.Condition)


class OfferRuleError(InvalidInputError):
    """The rule of an offer asks what an offer cannot ask."""

    code = "offer_rule"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever a decision is about; of a stranger nothing is known.

    Attributes:
        profile_id: None of a stranger.
        founder: key of the identity that the profile is named after; of a stranger the one that was asked for.
        fields: all attributes, a computed one before a stated one, and `first_seen`.
        person: what rules ask for.
    """

    profile_id: str | None
    founder: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    person: Person = field(default_factory=lambda: Person(""))


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule, made ready.

    Attributes:
        condition: as a tree.
        needs: what must be gathered for it.
        evaluate: decides about a person at an instant.
    """

    condition: ast.Condition
    needs: Needs
    evaluate: Evaluator


@lru_cache(maxsize=2_000)
def ready(tree: str) -> Ready:
    """Return a rule that is kept as JSON, made ready."""
    condition = _RULE.validate_json(tree)
    return Ready(condition, needs(condition), Evaluator(condition))


def check(rule: ast.Condition) -> ast.Condition:
    """Return a rule that an offer may have.

    Raises:
        OfferRuleError: it names a condition that is not written out.
    """
    if any(isinstance(part, ast.Named) for part in walk(rule)):
        raise OfferRuleError(
            "An offer takes no named conditions such as `abandoned cart`. Make a segment of it and write `in "
            "segment …`.",
            field="rule",
        )
    return rule
