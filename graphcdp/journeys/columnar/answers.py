"""The statements in cypher/journey that the columnar engine answers too, with the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from graphcdp.journeys.columnar.store import Store

ANSWERS: Mapping[str, str] = {
    "journey.funnel": "funnel",
    "journey.flow": "flow",
    "journey.paths": "flow",
    "journey.transitions": "flow",
    "journey.touches": "touches",
    "journey.credits": "credits",
    "journey.retention": "retention",
}
"""The names of the statements, and the module here with a function of the statement's name. They are loaded when asked:
arrays take their time. `journey.credits` is no statement: it is what Python makes of the rows of `journey.touches`."""

ANSWERED: tuple[str, ...] = ("funnel", "flow", "paths", "transitions", "attribution", "retention")
"""What people call them."""


def answered(name: str, store: Store, inputs: Mapping[str, Any], ids: Sequence[str] | None) -> list[list[Any]]:
    """Answer what a statement asks.

    Args:
        name: of the statement.
        store: up to date, nobody else's meanwhile.
        inputs: of the statement.
        ids: of the selected profiles; None: everybody.

    Raises:
        CannotAnswerError: it cannot.
    """
    from graphcdp.journeys.columnar.question import Question

    module = import_module(f"graphcdp.journeys.columnar.{ANSWERS[name]}")
    answer: Callable[[Question], list[list[Any]]] = getattr(module, name.removeprefix("journey."))
    return answer(Question(store, inputs, ids))
