"""Opens the real engine for one history: its rules in force, a pipeline of its own."""

from __future__ import annotations

from datetime import timedelta

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from tests.oracle import Rules
from tests.property.graph_system import GraphSystem, rule_set
from tests.property.strategies import START, History

SECRET = b"the same in every test"


async def open_system(
    graph: Graph, history: History, *, rules: Rules | None = None, fast_path: bool = True
) -> GraphSystem:
    """Put the history's rules in force and return the engine.

    Args:
        graph: migrated; may hold other histories.
        history: whose identities nobody else uses.
        rules: others than the history's.
        fast_path: False decides everything by the Cypher procedure.
    """
    clock = MovableClock(START + timedelta(days=1))
    book, chosen = RuleBook(graph, clock), rules or history.rules
    await book.adopt(rule_set(chosen), over_data=True)
    pipeline = Pipeline(graph, clock, book, SECRET, unions=fast_path)
    return GraphSystem.of(graph, pipeline.ingest, history, chosen)
