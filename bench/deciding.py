"""`decide` at a steady 50 requests a second: rules, caps, impressions, recommendations, and how long it takes."""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import httpx2

from bench.measure import Measurement, Samples
from bench.serving import served
from graphcdp.base import SystemClock
from graphcdp.decisions import Cap, Plan, Recommender, Shelf, hold_out, offer, placement
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.model import IdentityKey
from graphcdp.segments.vocabulary.language import Language
from graphcdp.server import Running

PER_SECOND = 50
SECONDS = 20
OFFERS = 12
ALONE = 200
WARM_UP = 15
"""Runs before what is measured, five minutes: so long Neo4j's compiler still works on what is asked, and p99 falls."""
_DECIDE = """query Decide($placement: String!, $identity: IdentityInput!) {
  decide(placement: $placement, identity: $identity) {
    __typename
    ... on PlacementDecision {
      decisionId visitor fallback offers { offerId content reason } passed { offerId code reason }
      recommendations { productId name reason }
    }
  }
}"""
_PEOPLE = "MATCH (one:Identity {namespace: $namespace}) RETURN one.value AS value ORDER BY value LIMIT $most"

Tell = Callable[[str], None]


def plan() -> Plan:
    """Return a home page with a dozen offers: everybody's, by what was done, by attributes, capped, held out."""
    rules = ("has identity email", "viewed product at least 2 times", "purchased in last 365 days", "everyone")
    return Plan(
        placements=(placement("bench_home", slots=3, recommend=4, fallback={"headline": "Hello"}),),
        hold_outs=(hold_out("bench_study", percent=10),),
        offers=tuple(
            offer(
                f"bench_{number}", content={"headline": f"Offer {number}"}, placements=["bench_home"],
                rule=rules[number % len(rules)], priority=number, caps=[Cap(3, 86_400), Cap(20)],
                hold_out="bench_study" if number % 5 == 0 else None,
            )
            for number in range(OFFERS)
        ),
    )  # fmt: skip


async def measure(
    graph: Graph, running: Running, home: Path, *, events: int, repeat: int, tell: Tell
) -> list[Measurement]:
    """Measure deciding on the graph as it stands; it gets offers and impressions."""
    clock = SystemClock()
    await Shelf(graph, Language(graph, clock, RuleBook(graph, clock))).define(plan())
    await Recommender(graph, clock).refresh()
    known = [
        IdentityKey(namespace, row["value"])
        for namespace in ("email", "ecid")
        for row in await graph.read_text(_PEOPLE, {"namespace": namespace, "most": 2_000})
    ]
    rng = random.Random("bench decide")
    found: list[float] = []
    middle: list[float] = []
    # An idle connection is left before the server closes it (after 5 s), or a request may meet the closing.
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200, keepalive_expiry=3)
    async with served(running, home) as server:
        headers = {"Authorization": f"Bearer {server.api_key}"}
        async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60, limits=limits) as client:
            cold = [await _warm_up(client, known, rng, number, tell) for number in range(WARM_UP)]
            for run in range(repeat):
                seconds = await _steady(client, known, rng, f"{run}")
                found.append(1000 * statistics.quantiles(seconds, n=100)[98])
                middle.append(1000 * statistics.median(seconds))
                tell(f"decide {run + 1}/{repeat}: p99 {found[-1]:.1f} ms, p50 {middle[-1]:.1f} ms")
            alone = []
            for key in rng.sample(known, min(ALONE, len(known))):
                began = perf_counter()
                await _ask(client, key)
                alone.append(1000 * (perf_counter() - began))
    return [
        Measurement(
            "decide_p99",
            f"`decide` at {PER_SECOND} requests/s, p99",
            f"{events:,} events, {OFFERS} offers, {PER_SECOND * SECONDS:,} requests a run, a tenth of them strangers'",
            Samples("p99", "ms", found),
            target=25.0,
            better="less",
            note=f"p50 {statistics.median(middle):.1f} ms; one after the other p50 {statistics.median(alone):.1f} ms; "
            f"the first five minutes, 20 s each: p99 {', '.join(f'{ms:.0f}' for ms in cold)} ms; "
            "GraphQL over HTTP, the server a process of its own, asked whether or not earlier answers have come; each "
            "answer is durable, and its impressions become events meanwhile",
        )
    ]


async def _ask(client: httpx2.AsyncClient, key: IdentityKey) -> None:
    variables = {"placement": "bench_home", "identity": {"namespace": key.namespace, "value": key.value}}
    answer = await client.post("/graphql", json={"query": _DECIDE, "variables": variables})
    answer.raise_for_status()
    assert answer.json()["data"]["decide"]["__typename"] == "PlacementDecision", answer.text


async def _warm_up(
    client: httpx2.AsyncClient, known: list[IdentityKey], rng: random.Random, number: int, tell: Tell
) -> float:
    """Ask as it will be measured; return p99, in milliseconds."""
    seconds = await _steady(client, known, rng, f"warm-{number}")
    p99 = 1000 * statistics.quantiles(seconds, n=100)[98]
    tell(f"decide grows warm: p99 {p99:.1f} ms, p50 {1000 * statistics.median(seconds):.1f} ms")
    return p99


async def _steady(client: httpx2.AsyncClient, known: list[IdentityKey], rng: random.Random, run: str) -> list[float]:
    """Ask at a steady pace whether or not earlier answers have come; return how long each took, in seconds."""
    taken: list[float] = []
    gc.collect()
    gc.freeze()  # that the one who asks tidies up is nothing the server does

    async def ask(key: IdentityKey) -> None:
        began = perf_counter()
        await _ask(client, key)
        taken.append(perf_counter() - began)

    began = perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(PER_SECOND * SECONDS):
        wait = began + number / PER_SECOND - perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        stranger = rng.random() < 0.1
        key = IdentityKey("ecid", f"stranger-{run}-{number}") if stranger else rng.choice(known)
        tasks.append(asyncio.create_task(ask(key)))
    await asyncio.gather(*tasks)
    return taken
