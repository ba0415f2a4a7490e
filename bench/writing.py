"""Ingestion with identity resolution, against a bare write of the same graph and against one MERGE an event."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from time import perf_counter

from bench import bare
from bench.events import Shape, generate, rules
from bench.measure import Measurement, Samples
from graphcdp.base import SystemClock
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact, Outcome

BATCH = 5_000
MERGED = 1_000
SECRET = b"bench"
_MERGE = """
MERGE (event:Event {id: $id})
  ON CREATE SET event.type = $type, event.ts = $ts, event.channel = $channel, event.source = $source,
                event.dataset = $dataset, event.identity_keys = $keys, event.payload = $payload, event += $properties
WITH event
UNWIND $keys AS key
MERGE (one:Identity {key: key})
WITH event, collect(one) AS carried
FOREACH (owner IN carried[..1] | MERGE (owner)-[:PERFORMED]->(event))
WITH carried
UNWIND carried AS low
UNWIND carried AS high
WITH low, high WHERE low.key < high.key
MERGE (low)-[link:LINKED]->(high)
  ON CREATE SET link.first_seen = $ts, link.last_seen = $ts, link.count = 1
  ON MATCH SET link.last_seen = $ts, link.count = link.count + 1
"""

Tell = Callable[[str], None]


async def empty(graph: Graph) -> None:
    """Empty the graph; schema and procedures stay."""
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass


async def ingest(graph: Graph, facts: Sequence[Fact], batch: int = BATCH) -> float:
    """Ingest facts through the one write path; return the seconds it took.

    Raises:
        AssertionError: a fact was not accepted.
    """
    clock = SystemClock()
    book = RuleBook(graph, clock)
    await book.adopt(rules())
    return await take(Pipeline(graph, clock, book, SECRET), facts, batch)


async def take(pipeline: Pipeline, facts: Sequence[Fact], batch: int = BATCH) -> float:
    """Ingest facts as files are loaded: the next batch is prepared while one is written; return the seconds it took.

    Raises:
        AssertionError: a fact was not accepted.
    """
    gc.collect()
    gc.freeze()  # the history is the benchmark's own, and no collector need walk over it
    began = perf_counter()
    following = asyncio.create_task(pipeline.prepare(facts[:batch]))
    for start in range(0, len(facts), batch):
        prepared = await following
        following = asyncio.create_task(pipeline.prepare(facts[start + batch : start + 2 * batch]))
        result = await pipeline.commit([prepared])
        assert result.count(Outcome.ACCEPTED) == len(result.receipts)
    await following
    return perf_counter() - began


async def merge_each(graph: Graph, facts: Sequence[Fact]) -> float:
    """Write each fact by MERGE in a transaction of its own, without any resolution; return the seconds it took."""
    began = perf_counter()
    for fact in facts:

        async def work(tx: Transaction, fact: Fact = fact) -> None:
            await tx.run_text(
                _MERGE,
                {
                    "id": fact.id,
                    "type": fact.type,
                    "ts": fact.ts,
                    "channel": fact.channel,
                    "source": fact.source,
                    "dataset": fact.dataset,
                    "keys": [str(key) for key in fact.identities],
                    "payload": fact.payload,
                    "properties": dict(fact.properties),
                },
            )

        await graph.transact(work)
    return perf_counter() - began


async def measure(graph: Graph, events: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure writing; the graph is emptied, and holds the last ingested run at the end."""
    shape = Shape.of(events)
    facts = list(generate(shape))
    tell("warming up")
    for warm in (facts[: min(len(facts), 10_000)], facts):
        await empty(graph)
        await ingest(graph, warm)
    ours: list[float] = []
    bares: list[float] = []
    merges: list[float] = []
    wanted: bare.Picture | None = None
    for run in range(1, repeat + 1):
        await empty(graph)
        ours.append(len(facts) / await ingest(graph, facts))
        if wanted is None:
            wanted = await bare.picture(graph)
            await empty(graph)
            await bare.write(graph, wanted, BATCH)  # once unmeasured, so that its plans are made as the engine's are
            await empty(graph)
            await merge_each(graph, facts[:MERGED])
        await empty(graph)
        gc.collect()
        gc.freeze()
        began = perf_counter()
        await bare.write(graph, wanted, BATCH)
        bares.append(len(facts) / (perf_counter() - began))
        assert await bare.counts(graph) == (wanted.nodes, wanted.edges)
        await empty(graph)
        few = facts[:MERGED]
        merges.append(len(few) / await merge_each(graph, few))
        tell(f"writing {run}/{repeat}: {ours[-1]:,.0f} events/s, bare {bares[-1]:,.0f}, one by one {merges[-1]:,.0f}")
    await empty(graph)
    await ingest(graph, facts)
    assert wanted is not None
    size = f"{events:,} events, {shape.cookies:,} cookies, {shape.people:,} people, batches of {BATCH:,}"
    engine = Samples("ingest", "events/s", ours)
    return [
        Measurement(
            "ingest_against_bare",
            "ingest with resolution, no segments",
            size,
            engine,
            Samples("bare UNWIND … CREATE", "events/s", bares),
            target=0.70,
            note=f"the same {wanted.nodes:,} nodes and {wanted.edges:,} edges, properties and indexes included",
        ),
        Measurement(
            "ingest_against_merge",
            "the same",
            size,
            engine,
            Samples("one MERGE transaction per event", "events/s", merges),
            target=30,
            note=f"{MERGED:,} events one by one, into an empty graph, linked but not resolved",
        ),
    ]


async def load(graph: Graph, events: int) -> None:
    """Put the synthetic history into an emptied graph."""
    await empty(graph)
    await ingest(graph, list(generate(Shape.of(events))))
