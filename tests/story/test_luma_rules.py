"""Luma under other rules: simulated, applied, taken back; people, their events and attributes are as before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, RuleBook, Simulations, parse_rules
from graphcdp.ingest import Pipeline, Seed, SeedLoader

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

PEOPLE = """
MATCH (p:Profile)
CALL (p) {
  MATCH (p)-[:HAS_IDENTITY]->(one)
  WITH one ORDER BY one.key
  RETURN collect([one.key, COUNT { (one)-[:PERFORMED]->() }, COUNT { (one)-[:STATED]->() }]) AS identities
}
RETURN p.id AS id, p.founder AS founder, identities, p.facts AS facts,
       p.first_seen AS first_seen, p.last_seen AS last_seen, p.identity_count AS identity_count
ORDER BY id
"""
LINKS = """
MATCH (a:Identity)-[link:LINKED]->(b:Identity)
RETURN a.key AS a, b.key AS b, link.state AS state, link.because AS because, link.by_event AS by_event,
       link.count AS count ORDER BY a, b
"""


async def people(graph: Graph) -> list[Any]:
    """Return everybody with identities, events counted, attributes; and all links."""
    rows = await graph.read_text(PEOPLE)
    return [[row | {"facts": json.loads(row["facts"] or "{}")} for row in rows], await graph.read_text(LINKS)]


@pytest.mark.parametrize("policy", ["nobody", "session"])
async def test_rollback_gives_luma_back_exactly(graph: Graph, tmp_path: Path, policy: str) -> None:
    clock = SystemClock()
    book = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, book, b"k" * 32)
    seed, loader = replace(Seed.load("luma"), customers=60), SeedLoader(graph, pipeline, book, clock, tmp_path)
    await loader.load(seed)
    rules = parse_rules((await book.in_force()).to_yaml().replace("last_login", policy))
    before = await people(graph)

    report = await Simulations(graph, clock, book, pipeline.profile_id).simulate(rules)
    assert report.head.state == "done"
    applying = Applying(graph, clock, book)
    applied = await applying.apply(rules)
    assert (applied.head.state, await applying.undecided()) == ("done", 0)
    profiles = await graph.read_text("MATCH (p:Profile) RETURN count(p) AS many")
    assert profiles[0]["many"] == report.profiles_after
    if policy != "session":
        assert (report.splits or 0) > 0
    events = "MATCH (e:Event) RETURN count(e) AS many"
    kept = await graph.read_text(events)

    await applying.rollback()
    after = await people(graph)
    assert [(one, was) for one, was in zip(after[0], before[0], strict=True) if one != was] == []
    assert after[1] == before[1]
    assert await graph.read_text(events) == kept
    assert (await loader.load(seed)).accepted == 0
