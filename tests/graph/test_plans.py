"""Plans of what writes: made once, perhaps on an empty graph, so they must find everything by key from the start."""

from __future__ import annotations

import pytest

from graphcdp.graph import Catalogue, Graph, Mode

pytestmark = pytest.mark.anyio

RARE = ("identity.rules_save", "ingest.seed_anchor", "ingest.seed_loaded")
"""Once or twice in a graph's life, over a handful of nodes."""
IN_THE_BATCH = (
    *("computed.events", "computed.gone", "computed.held", "computed.write"),
    *("segments.due", "segments.enter", "segments.gather", "segments.hand_over", "segments.held", "segments.leave"),
    *("segments.household_of", "segments.due_now", "computed.due_now", "segments.reach", "segments.reach_any"),
    *("scores.habits", "scores.held", "scores.write", "destinations.enqueue", "destinations.enqueue_people"),
)
"""What computed attributes, segments and destinations do in the transaction of a batch, or each second."""
IN_A_DECISION = ("decisions.person", "decisions.habits", "decisions.take")
HOT = sorted(
    statement.name
    for statement in Catalogue.load()
    if statement.name in IN_THE_BATCH + IN_A_DECISION
    or (
        statement.name.startswith(("ingest.", "identity."))
        and statement.name not in RARE
        and (
            statement.mode is Mode.WRITE
            or statement.name in ("identity.state", "ingest.facts_of", "ingest.records_of", "ingest.seen")
        )
    )
)


def operators(plan: dict[str, object]) -> list[tuple[str, str]]:
    """Return every operator of a plan with its details."""
    found, todo = [], [plan]
    while todo:
        node = todo.pop()
        details = str(node.get("args", {}).get("Details", ""))  # type: ignore[attr-defined]
        found.append((str(node["operatorType"]).split("@")[0], details))
        todo += node.get("children", ())  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("name", HOT)
async def test_nothing_is_scanned_even_if_planned_on_an_empty_graph(graph: Graph, clean: None, name: str) -> None:
    statement = graph.catalogue.get(name)
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
        plan = (await result.consume()).plan
    scans = [  # but of rule sets, which are a handful
        (operator, details)
        for operator, details in operators(plan)
        if "Scan" in operator and not any(few in details for few in ("RANKS", "RuleSet", "FOLLOWED"))
    ]
    assert scans == []
