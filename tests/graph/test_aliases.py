"""Alias calls: a customer id that changed is one with the new one; an anonymous id of before is a link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, Outcome
from graphcdp.platform import Platform
from tests.make import fact, key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pipeline(platform: Platform, clean: None) -> Pipeline:
    """The session's pipeline over an empty graph under the default rules."""
    await platform.rules.in_force()
    return platform.pipeline


def alias(previous: str, new: str, *, minute: float, id: str) -> Fact:
    """Return what a tracking call `alias` states."""
    said = fact(f"user_id|{new}", type="alias", minute=minute, id=id)
    return replace(said, former=(key(f"user_id|{previous}"), key(f"anonymous_id|{previous}")))


async def people(graph: Graph) -> list[list[str]]:
    """Return every profile's identities."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity) WITH p, i ORDER BY i.key "
        "RETURN p.id AS id, collect(i.key) AS keys"
    )
    return sorted(row["keys"] for row in rows)


async def test_a_changed_customer_id_is_a_rekey(pipeline: Pipeline, platform: Platform, graph: Graph) -> None:
    told = await pipeline.ingest(
        [
            fact("user_id|old", "anonymous_id|e1", minute=1, id="login"),
            alias("old", "new", minute=2, id="changed"),
            fact("user_id|new", "anonymous_id|e1", minute=3, id="login again"),
        ]
    )
    assert {one.outcome for one in told.receipts} == {Outcome.ACCEPTED}
    assert await people(graph) == [["anonymous_id|e1", "user_id|new", "user_id|old"]]
    page = await platform.changes.page(of=key("user_id|old"), decided_only=True)
    [(change, _)] = page.items
    assert (change.kind, change.who) == ("identity_rekeyed", "alias:changed")
    await platform.undo.undo(change.id, Author("cli:test"))
    parted = await people(graph)
    assert parted == [["anonymous_id|e1", "user_id|new"], ["user_id|old"]]
    again = await pipeline.ingest([alias("old", "new", minute=2, id="changed")])
    assert again.receipts[0].outcome is Outcome.DUPLICATE
    assert await people(graph) == parted  # a call that comes again takes nobody's word back


async def test_an_anonymous_id_of_before_is_a_link(pipeline: Pipeline, graph: Graph) -> None:
    await pipeline.ingest([fact("anonymous_id|a1", minute=1, id="view")])
    call = alias("a1", "sarah", minute=2, id="signed up")
    await pipeline.ingest([call])
    assert await people(graph) == [["anonymous_id|a1", "user_id|sarah"]]
    await pipeline.ingest([call])
    assert await graph.read_text("MATCH ()-[l:LINKED]->() RETURN l.state AS state, l.count AS seen") == [
        {"state": "active", "seen": 1}
    ]
    assert await graph.read_text("MATCH (c:Change) WHERE c.who IS NOT NULL RETURN count(c) AS decided") == [
        {"decided": 0}
    ]


async def test_an_alias_that_is_refused_says_why_and_stays_an_event(pipeline: Pipeline, graph: Graph) -> None:
    told = await pipeline.ingest(
        [
            fact("user_id|one", "email|one@shop.example", minute=1, id="f1"),
            fact("user_id|two", "email|two@shop.example", minute=2, id="f2"),
        ]
    )
    await graph.transact(lambda tx: tx.run_text("MATCH ()-[l:LINKED]->() SET l.state = 'pinned'"))
    told = await pipeline.ingest([alias("one", "two", minute=3, id="f3")])
    assert told.receipts[0].outcome is Outcome.ACCEPTED
    [row] = await graph.read_text("MATCH (r:Rejected) RETURN r.code AS code, r.field AS field, r.reason AS reason")
    assert (row["code"], row["field"]) == ("alias_refused", "previousId")
    assert "email|one@shop.example and email|two@shop.example" in row["reason"]


async def test_an_alias_to_itself_does_nothing(pipeline: Pipeline, graph: Graph) -> None:
    await pipeline.ingest([alias("me", "me", minute=1, id="f1")])
    assert await people(graph) == [["user_id|me"]]
