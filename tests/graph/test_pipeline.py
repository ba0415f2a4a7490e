"""The one write path: what a batch leaves in the graph, and what it must not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from graphcdp.base import ConfigurationError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, parse_rules
from graphcdp.ingest import Batcher, Pipeline
from graphcdp.model import IdentityKey, Outcome
from graphcdp.platform import Platform
from tests.make import NOON, fact, record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pipeline(platform: Platform, clean: None) -> Pipeline:
    """The session's pipeline over an empty graph under the default rules."""
    await platform.rules.in_force()
    return platform.pipeline


async def people(graph: Graph) -> dict[str, list[str]]:
    """Return every profile's identities by its founder."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity) WITH p, i ORDER BY i.key "
        "RETURN p.founder AS founder, collect(i.key) AS keys"
    )
    return {row["founder"]: row["keys"] for row in rows}


async def attributes(graph: Graph, founder: str) -> dict[str, list[object]]:
    """Return the attributes in force of a profile, as [value, record id]."""
    rows = await graph.read_text("MATCH (p:Profile {founder: $founder}) RETURN p.facts AS facts", {"founder": founder})
    return {name: [held[0], held[4]] for name, held in orjson.loads(rows[0]["facts"] or "{}").items()}


async def test_an_anonymous_visitor_who_logs_in_keeps_her_history_and_her_old_id(
    pipeline: Pipeline, platform: Platform, graph: Graph
) -> None:
    first = await pipeline.ingest([fact("anonymous_id|a1", minute=1, id="view", type="product_view")])
    (anonymous,) = first.profiles
    second = await pipeline.ingest([fact("anonymous_id|a1", "user_id|sarah", minute=2, id="login", type="login")])
    (known,) = second.profiles
    assert anonymous != known
    assert await people(graph) == {"user_id|sarah": ["anonymous_id|a1", "user_id|sarah"]}
    assert (await platform.profiles.get_by_id(anonymous)).id == known
    assert known == pipeline.profile_id("user_id|sarah")


async def test_attributes_the_newest_wins_whatever_the_order(pipeline: Pipeline, graph: Graph) -> None:
    await pipeline.ingest(
        [record("user_id|s", "email|s@shop.example", id="crm-2", minute=9, tier="Silver", town="York")]
    )
    await pipeline.ingest([record("user_id|s", "email|s@shop.example", id="crm-1", minute=1, tier="Bronze", points=12)])
    assert await attributes(graph, "user_id|s") == {
        "tier": ["Silver", "crm-2"],
        "town": ["York", "crm-2"],
        "points": [12, "crm-1"],
    }
    await pipeline.ingest([record("user_id|s", id="crm-3", minute=10, town=None)])
    held = await graph.read_text("MATCH (p:Profile) RETURN p.a_tier AS tier, p.a_town AS town, p.a_points AS points")
    assert held == [{"tier": "Silver", "town": None, "points": 12}]


async def test_a_split_leaves_each_their_own_attributes(pipeline: Pipeline, graph: Graph) -> None:
    """A browser changes hands: what was stated by it alone goes with it, what each stated logged in stays."""
    await pipeline.ingest(
        [
            fact("user_id|ana", "anonymous_id|e1", minute=1, id="f1", type="identify", attributes={"name": "Ana"}),
            fact("anonymous_id|e1", minute=2, id="f2", type="identify", attributes={"language": "en"}),
        ]
    )
    assert await attributes(graph, "user_id|ana") == {"name": ["Ana", "f1"], "language": ["en", "f2"]}
    await pipeline.ingest(
        [fact("user_id|ben", "anonymous_id|e1", minute=3, id="f3", type="identify", attributes={"name": "Ben"})]
    )
    assert await attributes(graph, "user_id|ana") == {"name": ["Ana", "f1"]}
    assert await attributes(graph, "user_id|ben") == {"name": ["Ben", "f3"], "language": ["en", "f2"]}
    shown = await graph.read_text("MATCH (p:Profile) RETURN p.founder AS who, p.a_language AS said ORDER BY who")
    assert shown == [{"who": "user_id|ana", "said": None}, {"who": "user_id|ben", "said": "en"}]


async def test_a_handover_and_back(pipeline: Pipeline, graph: Graph) -> None:
    """Kim, Noa, nobody, Kim on one tablet: the anonymous part goes along, what was done logged in never moves."""

    async def owner(event: str) -> str:
        rows = await graph.read_text(
            "MATCH (:Event {id: $id})<-[:PERFORMED]-()<-[:HAS_IDENTITY]-(p:Profile) RETURN p.founder AS who",
            {"id": event},
        )
        return str(rows[0]["who"])

    story = [
        fact("anonymous_id|tablet", minute=0, id="before"),
        fact("user_id|kim", "anonymous_id|tablet", minute=1, id="kim"),
        fact("user_id|noa", "anonymous_id|tablet", minute=2, id="noa"),
        fact("anonymous_id|tablet", minute=3, id="nobody"),
        fact("user_id|kim", "anonymous_id|tablet", minute=4, id="kim-again"),
    ]
    owners = []
    for one in story:
        await pipeline.ingest([one])
        owners.append(await owner("before"))
    assert owners == ["anonymous_id|tablet", "user_id|kim", "user_id|noa", "user_id|noa", "user_id|kim"]
    assert [await owner(one) for one in ("kim", "noa", "nobody", "kim-again")] == [
        "user_id|kim", "user_id|noa", "user_id|kim", "user_id|kim",
    ]  # fmt: skip


async def test_merging_long_histories_moves_no_event(pipeline: Pipeline, graph: Graph) -> None:
    views = [fact(f"anonymous_id|{who}", minute=n / 60, id=f"{who}{n}") for who in ("a", "b") for n in range(1500)]
    await pipeline.ingest(views)
    edges = "MATCH (i:Identity)-[r:PERFORMED]->(e:Event) RETURN i.key AS who, count(r) AS held ORDER BY who"
    before = await graph.read_text(edges)
    await pipeline.ingest([fact("anonymous_id|a", "anonymous_id|b", minute=90, id="both", type=None)])
    assert await people(graph) == {"anonymous_id|a": ["anonymous_id|a", "anonymous_id|b"]}
    assert await graph.read_text(edges) == before


async def test_a_preview_says_what_would_be_and_leaves_nothing(pipeline: Pipeline, graph: Graph) -> None:
    told = await pipeline.preview([fact("user_id|x", id="one"), fact("user_id|x", "user_id|y", id="two")])
    assert [one.outcome for one in told.receipts] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert await graph.read_text("MATCH (n) WHERE n:Event OR n:Identity OR n:Rejected RETURN count(n) AS held") == [
        {"held": 0}
    ]


async def test_a_future_beyond_a_day_is_refused_by_the_clock_in_force(graph: Graph, clean: None) -> None:
    clock = MovableClock(datetime(2026, 3, 1, tzinfo=UTC))
    pipeline = Pipeline(graph, clock, RuleBook(graph, clock), b"k" * 32)
    early, late = fact("user_id|u", ts=NOON + timedelta(days=2), id="e"), fact("user_id|u", ts=NOON, id="n")
    first = await pipeline.ingest([early, late])
    assert [one.outcome for one in first.receipts] == [Outcome.REJECTED, Outcome.ACCEPTED]
    rejection = first.receipts[0].rejection
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("bad_time", "ts")
    clock.advance(timedelta(days=5))
    assert [one.outcome for one in (await pipeline.ingest([early])).receipts] == [Outcome.ACCEPTED]


async def test_another_process_that_changes_the_rules_is_noticed(pipeline: Pipeline, platform: Platform) -> None:
    rules = parse_rules("namespaces: [{name: badge, unique: true}]")
    refused = await pipeline.ingest([fact("badge|7", id="before")])
    assert refused.receipts[0].outcome is Outcome.REJECTED
    await RuleBook(platform.graph, platform.clock).adopt(rules)
    assert await pipeline.key("badge", "7") == IdentityKey("badge", "7")
    taken = await pipeline.ingest([fact("badge|7", id="after")])
    assert taken.receipts[0].outcome is Outcome.ACCEPTED
    with pytest.raises(ConfigurationError, match="already decided"):
        await platform.rules.adopt(parse_rules("namespaces: [{name: badge}]"))


async def test_what_arrives_together_is_committed_together(pipeline: Pipeline, graph: Graph) -> None:
    """A hundred callers at once share a few transactions, and each gets its own receipt."""
    batcher = Batcher(pipeline)
    before = graph.statements
    told = await asyncio.gather(*(batcher.submit([fact(f"user_id|u{n}", id=f"g{n}")]) for n in range(100)))
    assert [one.receipts[0].fact_id for one in told] == [f"g{n}" for n in range(100)]
    assert {one.receipts[0].outcome for one in told} == {Outcome.ACCEPTED}
    assert graph.statements - before < 40
    assert len(await people(graph)) == 100


async def test_phones_are_one_however_they_are_written(pipeline: Pipeline, graph: Graph) -> None:
    assert await pipeline.key("phone", "07700 900123") == IdentityKey("phone", "+447700900123")
    await pipeline.ingest([fact("phone|07700 900123", id="p1"), fact("phone|+44 (0)7700 900123", id="p2")])
    assert await people(graph) == {"phone|+447700900123": ["phone|+447700900123"]}


async def test_an_id_is_one_fact_whether_an_event_or_a_record(pipeline: Pipeline, graph: Graph) -> None:
    await pipeline.ingest([fact("user_id|u", id="one"), record("user_id|u", id="two", tier="Bronze")])
    again = [record("user_id|u", id="one", tier="Gold"), fact("user_id|u", id="two"), fact("user_id|u", id="one")]
    within = [fact("user_id|u", id="three"), record("user_id|u", id="three", tier="Gold")]
    told = (await pipeline.ingest(again + within)).receipts
    assert [(one.fact_id, one.outcome, one.rejection.code if one.rejection else None) for one in told] == [
        ("one", Outcome.REJECTED, "different_content"),
        ("two", Outcome.REJECTED, "different_content"),
        ("one", Outcome.DUPLICATE, None),
        ("three", Outcome.ACCEPTED, None),
        ("three", Outcome.REJECTED, "different_content"),
    ]
    held = await graph.read_text(
        "MATCH (f) WHERE f:Event OR f:Record RETURN f.id AS id, labels(f)[0] AS kind ORDER BY id"
    )
    assert [(row["id"], row["kind"]) for row in held] == [("one", "Event"), ("three", "Event"), ("two", "Record")]


async def test_what_was_prepared_under_other_rules_is_looked_at_anew(pipeline: Pipeline, platform: Platform) -> None:
    refused = await pipeline.prepare([fact("badge|7", id="ahead")])
    await RuleBook(platform.graph, platform.clock).adopt(parse_rules("namespaces: [{name: badge, unique: true}]"))
    told = await pipeline.commit([refused])
    assert [one.outcome for one in told.receipts] == [Outcome.ACCEPTED]


async def test_batches_go_in_in_the_order_of_their_turn_and_receipts_stay_with_their_facts(
    pipeline: Pipeline, graph: Graph
) -> None:
    ready = [await pipeline.prepare([fact(f"user_id|u{n}", id=f"t{n}")]) for n in range(6)]
    told = await asyncio.gather(*(pipeline.commit(ready[n : n + 2]) for n in (0, 2, 4)))
    assert [[one.fact_id for one in each.receipts] for each in told] == [["t0", "t1"], ["t2", "t3"], ["t4", "t5"]]
    received = await graph.read_text("MATCH (e:Event) RETURN e.id AS id ORDER BY e.received_at, e.id")
    assert [row["id"] for row in received] == [f"t{n}" for n in range(6)]


async def test_closing_waits_for_what_is_still_being_prepared(pipeline: Pipeline, graph: Graph) -> None:
    batcher = Batcher(pipeline)
    sent = asyncio.create_task(batcher.submit([fact(f"user_id|u{n}", id=f"c{n}") for n in range(200)]))
    await asyncio.sleep(0)
    await batcher.close()
    assert (await sent).count(Outcome.ACCEPTED) == 200
