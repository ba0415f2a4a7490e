"""`identity.resolve`, the one place where the rule is carried out, called as Neo4j Browser calls it."""

from __future__ import annotations

import pytest

from graphcdp.graph import Graph, install_procedures
from graphcdp.ingest import Pipeline
from graphcdp.platform import Platform
from tests.make import fact

pytestmark = pytest.mark.anyio


async def counts(graph: Graph) -> list[dict[str, object]]:
    """Count nodes and edges by kind."""
    nodes = await graph.read_text("MATCH (n) UNWIND labels(n) AS kind RETURN kind, count(*) AS held ORDER BY kind")
    edges = await graph.read_text("MATCH ()-[r]->() RETURN type(r) AS kind, count(*) AS held ORDER BY kind")
    return nodes + edges


async def states(graph: Graph) -> list[dict[str, object]]:
    """Return every link with its state."""
    return await graph.read_text(
        "MATCH (a)-[l:LINKED]->(b) RETURN a.key AS a, b.key AS b, l.state AS state, l.because AS because, "
        "l.by_event AS by_event ORDER BY a, b"
    )


@pytest.fixture
async def shared(platform: Platform, clean: None) -> Pipeline:
    """Ana and Ben logged in on one browser, Ben last."""
    await platform.rules.in_force()
    await platform.pipeline.ingest(
        [
            fact("user_id|ana", "anonymous_id|e1", minute=1, id="ana-logs-in"),
            fact("anonymous_id|e1", minute=2, id="a-view"),
            fact("user_id|ben", "anonymous_id|e1", minute=3, id="ben-logs-in"),
        ]
    )
    return platform.pipeline


async def test_the_last_login_has_the_browser(shared: Pipeline, graph: Graph) -> None:
    assert await states(graph) == [
        {"a": "anonymous_id|e1", "b": "user_id|ana", "state": "suppressed", "because": "unique:user_id",
         "by_event": "ben-logs-in"},
        {"a": "anonymous_id|e1", "b": "user_id|ben", "state": "active", "because": None, "by_event": None},
    ]  # fmt: skip


async def test_called_again_in_browser_it_says_the_same_and_changes_nothing(shared: Pipeline, graph: Graph) -> None:
    await install_procedures(graph)
    before, links = await counts(graph), await states(graph)
    rows = await graph.transact(
        lambda tx: tx.run_text(
            "CALL custom.graphcdp.identity.resolve(['anonymous_id|e1']) "
            "YIELD founder, identities, came_from, lost_links RETURN founder, identities, came_from, lost_links "
            "ORDER BY founder"
        )
    )
    assert rows == [
        {"founder": "user_id|ana", "identities": ["user_id|ana"], "came_from": [], "lost_links": 1},
        {"founder": "user_id|ben", "identities": ["user_id|ben", "anonymous_id|e1"], "came_from": [], "lost_links": 1},
    ]
    assert await counts(graph) == before
    assert await states(graph) == links


async def test_about_nobody_it_says_nothing_and_writes_nothing(shared: Pipeline, graph: Graph) -> None:
    before = await counts(graph)
    assert await graph.write("identity.resolve", keys=["user_id|never"]) == []
    await shared.warm()
    assert await counts(graph) == before


async def test_a_hub_shared_by_many_costs_a_step_each(shared: Pipeline, graph: Graph) -> None:
    """Sixty people claim one address in turn: the last one keeps it, everybody else stays alone."""
    claims = [fact(f"user_id|p{n:02}", "email|bogus@shop.example", minute=10 + n, id=f"claim{n:02}") for n in range(60)]
    await shared.ingest(claims)
    held = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {key: 'email|bogus@shop.example'}) "
        "RETURN p.founder AS founder, p.identity_count AS held"
    )
    assert held == [{"founder": "user_id|p59", "held": 2}]
    lost = await graph.read_text("MATCH ()-[l:LINKED {state: 'suppressed'}]->() RETURN count(l) AS lost")
    assert lost == [{"lost": 60}]
