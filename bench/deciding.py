"""`decide` at a steady 50 requests a second: rules, caps, impressions, recommendations, and how long it takes."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Callable
from time import perf_counter

from bench.measure import Measurement, Samples
from bench.writing import SECRET
from graphcdp.base import SystemClock
from graphcdp.decisions import Cap, Decider, Plan, Recommender, Shelf, hold_out, offer, placement
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.model import IdentityKey

PER_SECOND = 50
SECONDS = 20
OFFERS = 12
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


async def measure(graph: Graph, *, events: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure deciding on the graph as it stands; it gets offers and impressions."""
    clock = SystemClock()
    pipeline = Pipeline(graph, clock, RuleBook(graph, clock), SECRET)
    recommender = Recommender(graph, clock)
    decider = Decider(graph, clock, pipeline, recommender, SECRET)
    await Shelf(graph).define(plan())
    await recommender.refresh()
    known = [
        IdentityKey(namespace, row["value"])
        for namespace in ("email", "ecid")
        for row in await graph.read_text(_PEOPLE, {"namespace": namespace, "most": 2_000})
    ]
    rng = random.Random("bench decide")
    found: list[float] = []
    middle: list[float] = []
    for run in range(repeat + 1):  # the first one warms up
        seconds = await _steady(decider, known, rng, run)
        if run:
            found.append(1000 * statistics.quantiles(seconds, n=100)[98])
            middle.append(1000 * statistics.median(seconds))
            tell(f"decide {run}/{repeat}: p99 {found[-1]:.1f} ms, p50 {middle[-1]:.1f} ms")
    return [
        Measurement(
            "decide_p99",
            f"`decide` at {PER_SECOND} requests/s, p99",
            f"{events:,} events, {OFFERS} offers, {PER_SECOND * SECONDS:,} requests a run, a tenth of them strangers'",
            Samples("p99", "ms", found),
            target=25.0,
            better="less",
            note=f"p50 {statistics.median(middle):.1f} ms; in one process, without HTTP; each answer is durable: its "
            "impressions are events",
        )
    ]


async def _steady(decider: Decider, known: list[IdentityKey], rng: random.Random, run: int) -> list[float]:
    """Ask at a steady pace whether or not earlier answers have come; return how long each took, in seconds."""
    taken: list[float] = []

    async def ask(key: IdentityKey) -> None:
        began = perf_counter()
        await decider.decide("bench_home", key)
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
