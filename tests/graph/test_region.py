"""Regions: all evidence and decisions around identities, as a replay is given them."""

from __future__ import annotations

import pytest

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, parse_rules
from graphcdp.identity.replay.evidence import Decisions, Seen
from graphcdp.identity.replay.region import Regions
from graphcdp.ingest import Pipeline
from tests.make import at, fact, record

RULES = parse_rules("namespaces: [{name: crm_id, unique: true}, {name: email}, {name: ecid, kind: cookie}]")
pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(graph: Graph, clean: None) -> Regions:
    """Ana and Ben on one browser; Cy, whom a quarantined email address joins to many; what each device did alone."""
    clock = MovableClock(at(60))
    book = RuleBook(graph, clock)
    await book.adopt(RULES)
    pipeline = Pipeline(graph, clock, book, b"k" * 32)
    await pipeline.ingest(
        [
            fact("crm_id|ana", "ecid|e1", id="a1", minute=1),
            fact("ecid|e1", id="a2", minute=2),
            fact("crm_id|ana", id="a3", minute=3),
            record("crm_id|ben", "email|b@shop.example", id="b1", minute=4, town="Ghent"),
            fact("crm_id|cy", "email|info@shop.example", "ecid|e9", id="c1", minute=5),
            fact("crm_id|dee", "email|info@shop.example", id="d1", minute=6),
        ]
    )
    clock.set(at(90))
    await pipeline.ingest([fact("crm_id|ben", "ecid|e1", id="b2", minute=7)])
    await graph.transact(
        lambda tx: tx.run_text(
            """
            MATCH (hub:Identity {key: 'email|info@shop.example'})
            SET hub.hub = 'quarantined'
            WITH hub MATCH (hub)-[link:LINKED]-() SET link.state = 'suppressed', link.because = 'hub'
            WITH count(*) AS links
            MATCH (ana:Identity {key: 'crm_id|ana'}), (ben:Identity {key: 'crm_id|ben'})
            CREATE (ana)-[:LINKED {state: 'cut', count: 0, decided_at: $at}]->(ben)
            SET ana.counts_as = 'crm_id|anna'
            """,
            {"at": at(80)},
        )
    )
    return Regions(graph)


async def test_it_has_everything_ever_linked_and_what_people_decided(shop: Regions) -> None:
    region = await shop.around(["crm_id|ana", "crm_id|nobody"])
    assert region.keys == ("crm_id|ana", "crm_id|ben", "ecid|e1", "email|b@shop.example")
    assert region.facts == (
        Seen(at(1), "a1", ("crm_id|ana", "ecid|e1")),
        Seen(at(4), "b1", ("crm_id|ben", "email|b@shop.example")),
        Seen(at(7), "b2", ("crm_id|ben", "ecid|e1")),
    )
    assert region.decisions == Decisions(
        cut=frozenset({("crm_id|ana", "crm_id|ben")}), rekeyed={"crm_id|ana": "crm_id|anna"}
    )
    assert region.decided_at == {("crm_id|ana", "crm_id|ben"): at(80)}
    assert (region.identities["ecid|e1"].first_seen, region.identities["ecid|e1"].last_seen) == (at(1), at(7))


async def test_it_stops_at_a_quarantined_identity(shop: Regions) -> None:
    region = await shop.around(["ecid|e9"])
    assert region.keys == ("crm_id|cy", "ecid|e9", "email|info@shop.example")
    assert region.facts == (Seen(at(5), "c1", ("crm_id|cy", "email|info@shop.example", "ecid|e9")),)
    assert region.decisions.quarantined == {"email|info@shop.example"}


async def test_what_a_device_did_alone_is_there_when_asked_for(shop: Regions) -> None:
    region = await shop.around(["ecid|e1"], anonymous=True)
    assert [one.id for one in region.facts] == ["a1", "a2", "b1", "b2"]


async def test_it_can_be_what_was_known_by_an_instant(shop: Regions) -> None:
    region = await shop.around(["ecid|e1"], known_by=at(70))
    assert [one.id for one in region.facts] == ["a1", "b1"]
    assert region.decisions.cut == frozenset()


async def test_facts_are_admitted_under_other_rules(shop: Regions) -> None:
    other = parse_rules("namespaces: [{name: email}, {name: crm_id}, {name: ecid, kind: cookie, blocked: [E1]}]")
    region = await shop.around(["ecid|e1"], rules=other)
    assert [(one.id, one.keys) for one in region.facts] == [
        ("a1", ("crm_id|ana",)),
        ("b1", ("email|b@shop.example", "crm_id|ben")),
        ("b2", ("crm_id|ben",)),
    ]


async def test_the_region_of_nobody_is_empty(shop: Regions) -> None:
    region = await shop.around([])
    assert (region.keys, region.facts, region.decisions) == ((), (), Decisions())
