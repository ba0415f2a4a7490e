"""Whom an offer is for: its rule, made ready for both the look at the person and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphcdp.segments.evaluation.evaluate import Evaluator
from graphcdp.segments.evaluation.needs import Needs, needs
from graphcdp.segments.evaluation.person import Person
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.tree import from_json


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
        needs: what must be gathered for it.
        evaluate: decides about a person at an instant.
    """

    needs: Needs
    evaluate: Evaluator


@lru_cache(maxsize=2_000)
def ready(tree: str) -> Ready:
    """Return a rule that is kept as JSON, made ready."""
    meaning = expand(from_json(tree))
    return Ready(needs(meaning), Evaluator(meaning))
