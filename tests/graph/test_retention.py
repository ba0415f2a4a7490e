"""Retention: what is too old goes, who is who stays, attributes and memberships follow."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.governance import GovernanceNotFoundError, Retentions
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.platform import Platform
from tests.make import NOON, fact, key, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
ME = Author("cli:test")
ANA, LAPTOP = "user_id|ana", "anonymous_id|laptop"


async def test_what_is_older_than_its_rule_goes_and_people_stay_together(platform: Platform, graph: Graph) -> None:
    for dataset in ("web", "crm"):
        await graph.write(
            "ingest.source_register",
            source="shop",
            title="Shop",
            channel="web",
            dataset=dataset,
            definition="",
            trust=50,
        )
    day = 24 * 60
    old = [
        fact(ANA, LAPTOP, id="login", type="login", minute=0, source="shop", dataset="web", properties={"page": "/in"},
             attributes={"city": "Leeds"}),
        fact(LAPTOP, id="view", type="page_view", minute=5, source="shop", dataset="web"),
        record(ANA, id="crm", minute=5, plan="free"),
    ]  # fmt: skip
    fresh = [fact(LAPTOP, id="late", type="page_view", minute=40 * day, source="shop", dataset="web")]
    await platform.pipeline.ingest([*old, *fresh])
    clock = MovableClock(NOON + timedelta(days=50))
    retentions = Retentions(graph, clock, platform.rules, platform.pipeline)
    assert await retentions.run() == 0
    await retentions.put("shop.web", 30, ME)
    assert await retentions.tick() == 2
    assert await retentions.tick() == 0
    assert await retentions.run() == 0
    rows = await graph.read_text(
        "MATCH (f:Event|Record) RETURN f.id AS id, f.type AS type, f.payload AS said ORDER BY id"
    )
    assert [(row["id"], row["type"]) for row in rows] == [
        ("crm", None), ("late", "page_view"), ("login", "expired"),
    ]  # fmt: skip
    assert rows[2]["said"] == "{}"
    ana = await platform.profiles.get(key(LAPTOP))
    assert ana.id == (await platform.profiles.get(key(ANA))).id
    assert list(orjson.loads(ana.facts or "{}")) == ["plan"]
    again = await platform.pipeline.ingest(old[:1])
    assert again.receipts[0].outcome == "duplicate"
    kinds = await graph.read_text(
        "MATCH (c:Change) WHERE c.kind STARTS WITH 'retention' RETURN c.kind AS kind ORDER BY kind"
    )
    assert [row["kind"] for row in kinds] == ["retention_applied", "retention_set"]
    await retentions.put("shop.web", None, ME)
    assert [(one.dataset, one.days) for one in await retentions.all()] == [("rejected", 365)]
    await platform.pipeline.ingest([fact("planet|mars", id="strange")])
    clock.set(platform.clock.now() + timedelta(days=364))
    assert await retentions.run() == 0
    clock.set(platform.clock.now() + timedelta(days=366))
    assert await retentions.run() == 1
    assert await graph.read_text("MATCH (r:Rejected) RETURN r.id AS id") == []
    with pytest.raises(GovernanceNotFoundError):
        await retentions.put("shop.nothing", 5, ME)
    with pytest.raises(InvalidInputError):
        await retentions.put("shop.web", 0, ME)
