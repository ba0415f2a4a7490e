"""The statements in cypher/journey that the columnar engine answers too, with the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphcdp.journeys.columnar.store import Store

Answer = Callable[[Store, Mapping[str, Any], Sequence[str] | None], list[list[Any]]]
"""Takes the store, the inputs of the statement and the ids of the selected profiles (None: everybody)."""


def _funnel(store: Store, inputs: Mapping[str, Any], ids: Sequence[str] | None) -> list[list[Any]]:
    from graphcdp.journeys.columnar.funnel import funnel
    from graphcdp.journeys.columnar.question import Question

    return funnel(Question(store, inputs, ids))


ANSWERS: Mapping[str, Answer] = {"journey.funnel": _funnel}
