"""One person's segment after an event, in a graph of any size; it is written in bulk, as who is who is known."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from bench.events import Shape, generate
from bench.growing import slices
from bench.measure import Measurement, Samples
from bench.segmenting import RULE
from bench.writing import BATCH, empty
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest.rows import accept
from graphcdp.segments.evaluation.evaluate import Evaluator
from graphcdp.segments.evaluation.gather import gather
from graphcdp.segments.evaluation.needs import needs
from graphcdp.segments.rule.parse import parse

ASKED = 1_000
_STRENGTH = ("crm_id", "email", "ecid")
_IDENTITIES = """
UNWIND $rows AS row
MERGE (profile:Profile {id: row[1]})
CREATE (profile)-[:HAS_IDENTITY]->(:Identity {key: row[0], namespace: row[2], value: row[3]})
"""
_BUSIEST = """
MATCH (profile:Profile)-[:HAS_IDENTITY]->(one:Identity)
RETURN profile.id AS id, sum(COUNT { (one)-[:PERFORMED]->() }) AS events ORDER BY events DESC LIMIT 1
"""

Tell = Callable[[str], None]


async def measure(graph: Graph, *, events: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure one person's segment in a graph of so many events; it is emptied first, and holds them at the end.

    Args:
        graph: migrated.
        events: of the synthetic history.
        repeat: how often each thing is measured.
        tell: takes progress.
    """
    await empty(graph)
    newest, actors = await _load(graph, events, tell)
    rows = await graph.read_text(_BUSIEST)
    busiest, most = rows[0]["id"], rows[0]["events"]
    chance = random.Random("bench one")
    usual: list[float] = []
    median: list[float] = []
    busy: list[float] = []
    for run in range(repeat + 1):  # the first one warms up
        taken = await _ask(graph, chance.choices(actors, k=ASKED), newest)
        often = await _ask(graph, [busiest] * (ASKED // 10), newest)
        if run:
            usual.append(statistics.quantiles(taken, n=100)[98])
            median.append(statistics.median(taken))
            busy.append(statistics.median(often))
    size = f"{events:,} events"
    tell(
        f"one person of {size}: p50 {statistics.median(median):.2f} ms, p99 {statistics.median(usual):.2f} ms, "
        f"the busiest ({most:,} events) {statistics.median(busy):.2f} ms"
    )
    return [
        Measurement(
            "segment_one", "a segment of one person after an event, p99", size, Samples("p99", "ms", usual),
            target=5.0, better="less",
            note=f"gathered and decided inside a transaction, of {ASKED:,} events a run: who does much is asked often",
        ),
        Measurement(
            "segment_busiest", "the same of the busiest person, p50", f"{most:,} events of {events:,}",
            Samples("p50", "ms", busy),
        ),
    ]  # fmt: skip


async def _ask(graph: Graph, people: Sequence[str], now: datetime) -> list[float]:
    """Decide about people one by one; return the milliseconds that each took."""
    rule = parse(RULE)
    wanted, evaluator = needs(rule), Evaluator(rule)
    taken: list[float] = []

    async def work(tx: Transaction) -> None:
        taken.clear()
        for id in people:
            began = perf_counter()
            person = (await gather(tx, [id], wanted, now))[id]
            evaluator(person, now)
            taken.append(1000 * (perf_counter() - began))

    await graph.transact(work)
    return taken


async def _load(graph: Graph, events: int, tell: Tell) -> tuple[datetime, list[str]]:
    """Write the history; return its newest instant, and whose profiles some events drawn by chance are."""
    shape = Shape.of(events)
    owners: dict[str, str] = {}
    for fact in generate(shape):
        keys = sorted((str(one) for one in fact.identities), key=_strength)
        if _strength(keys[0]) == 0 or keys[0] not in owners:
            owners.update(dict.fromkeys(keys, keys[0]))
    identities = [[key, f"prf_{owner}", *key.split("|", 1)] for key, owner in owners.items()]
    for start in range(0, len(identities), BATCH):
        await _write(graph, _IDENTITIES, {"rows": identities[start : start + BATCH]})
    chance = random.Random("bench actors")
    actors: list[str] = []
    written = 0
    for facts in slices(generate(shape), BATCH):
        rows = []
        for fact in facts:
            keys = tuple(sorted((str(one) for one in fact.identities), key=_strength))
            rows.append(accept(fact, keys).row)
            if chance.random() < 20 * ASKED / events:
                actors.append(f"prf_{owners[keys[0]]}")
        await graph.write("ingest.event_create", rows=rows, known_at=facts[-1].ts)
        written += len(facts)
        if written % 100_000 == 0:
            tell(f"one person: {written:,} of {events:,} events written")
    return facts[-1].ts, actors


async def _write(graph: Graph, text: str, params: dict[str, Any]) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run_text(text, params)

    await graph.transact(work)


def _strength(key: str) -> int:
    return _STRENGTH.index(key.partition("|")[0])
