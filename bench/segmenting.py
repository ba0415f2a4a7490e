"""Segments: a rule over everybody against hand-written Cypher, and ingestion that keeps 20 up."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from bench.events import Shape, generate, rules
from bench.measure import Measurement, Samples
from bench.writing import BATCH, SECRET, empty, take
from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.segments.evaluation.compile_cypher import compile_rule
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language

STREAMING = 20
RULE = "viewed product where price > 20 at least 2 times in last 30 days and not purchased in last 1 day"
_BY_HAND = """
MATCH (event:Event)
WHERE event.type = 'product_view' AND event.ts >= $since AND event.ts <= $now AND event.price > 20
MATCH (event)<-[:PERFORMED]-(:Identity)<-[:HAS_IDENTITY]-(person:Profile)
WITH person, count(event) AS times
WHERE times >= 2 AND NOT EXISTS {
  MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(bought:Event)
  WHERE bought.type = 'purchase' AND bought.ts >= $recent AND bought.ts <= $now
}
RETURN person.id AS id
"""
_NEWEST = "MATCH (event:Event {type: 'product_view'}) RETURN max(event.ts) AS newest"

Tell = Callable[[str], None]


async def measure(graph: Graph, *, events: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure segments; the graph is emptied, and holds the events of the last run at the end."""
    shape = Shape.of(events)
    facts = list(generate(shape))
    plain: list[float] = []
    kept: list[float] = []
    newest = max(fact.ts for fact in facts)
    for run in range(repeat + 1):  # the first one warms up
        for segments, found in ((0, plain), (STREAMING, kept)):
            await empty(graph)
            pipeline = await _pipeline(graph, newest, segments)
            taken = len(facts) / await take(pipeline, facts, BATCH)
            if run:
                found.append(taken)
        if run:
            tell(f"segments {run}/{repeat}: {kept[-1]:,.0f} events/s with {STREAMING}, {plain[-1]:,.0f} without")
    size = f"{events:,} events, {shape.cookies:,} cookies, {shape.people:,} people"
    return [
        *await _everybody(graph, newest, repeat, size, tell),
        Measurement(
            "segments_streaming", f"ingest with {STREAMING} streaming segments", size,
            Samples("with", "events/s", kept), Samples("without", "events/s", plain), target=0.50,
        ),
    ]  # fmt: skip


async def _pipeline(graph: Graph, newest: datetime, segments: int) -> Pipeline:
    clock = MovableClock(newest)
    book = RuleBook(graph, clock)
    await book.adopt(rules())
    pipeline = Pipeline(graph, clock, book, SECRET)
    if segments:
        store = Segments(graph, clock, pipeline, Language(graph, clock, book))
        for number in range(segments):
            await store.define(f"bench_{number}", _rule(number))
            await store.change_state(f"bench_{number}", "active")
    return pipeline


def _rule(number: int) -> str:
    """Return one of the usual kinds of rules: counts, absence, sequences, sums, over windows."""
    category = f"category-{number % 20}"
    kinds = (
        f"viewed product where category = '{category}' at least 2 times in last {7 + number} days",
        f"added to cart where category = '{category}' in last 7 days and not purchased in last 7 days",
        f"viewed product where category = '{category}' then purchased within {1 + number} days",
        f"sum(price of purchased in last {30 + number} days) > {50 + number}",
    )
    return kinds[number % len(kinds)]


async def _everybody(graph: Graph, newest: datetime, repeat: int, size: str, tell: Tell) -> list[Measurement]:
    compiled = compile_rule(parse(RULE))
    by_hand = {"since": newest - timedelta(days=30), "recent": newest - timedelta(days=1), "now": newest}
    ours: list[float] = []
    hand: list[float] = []
    for run in range(repeat + 2):  # the first two warm up
        began = perf_counter()
        found = {row["id"] for row in await graph.read_text(compiled.text, compiled.parameters(newest))}
        middle = perf_counter()
        wanted = {row["id"] for row in await graph.read_text(_BY_HAND, by_hand)}
        end = perf_counter()
        assert found == wanted
        if run > 1:
            ours.append(1000 * (middle - began))
            hand.append(1000 * (end - middle))
    tell(f"segment over everybody: {statistics.median(ours):.1f} ms, by hand {statistics.median(hand):.1f} ms")
    return [
        Measurement(
            "segment_everybody", "a segment over everybody, compiled", size, Samples("compiled", "ms", ours),
            Samples("by hand", "ms", hand), target=1.2, better="less", note=f"{RULE}: {len(wanted):,} people",
        )
    ]  # fmt: skip
