"""Opens the real engine for one history: its rules in force, a pipeline of its own."""

from __future__ import annotations

from datetime import timedelta

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from tests.property.graph_system import GraphSystem, rule_set
from tests.property.strategies import START, History

SECRET = b"the same in every test"


async def open_system(graph: Graph, history: History, *, fast_path: bool = True) -> GraphSystem:
    """Put the history's rules in force and return the engine.

    Args:
        graph: migrated; may hold other histories.
        history: whose identities nobody else uses.
        fast_path: False decides everything by the Cypher procedure.
    """
    clock = MovableClock(START + timedelta(days=1))
    rules = RuleBook(graph, clock)
    await rules.adopt(rule_set(history.rules), over_data=True)
    pipeline = Pipeline(graph, clock, rules, SECRET, unions=fast_path)
    return GraphSystem.of(graph, pipeline.ingest, history)
