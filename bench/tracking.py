"""Tracking over HTTP, `/v1/batch` end to end, against the same calls handed to the same group commit without HTTP."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2

from bench.events import Shape, generate
from bench.measure import Measurement, Samples
from bench.serving import served
from bench.writing import SECRET, empty
from graphcdp.api.auth import DEFAULT_SOURCE
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, default_rules
from graphcdp.ingest import Batcher, Pipeline
from graphcdp.model import Fact, Outcome
from graphcdp.server import Running
from graphcdp.sources import SourceDefinition, parse_call

CALLS = 500
CALLERS = 16

Call = dict[str, Any]
Tell = Callable[[str], None]


def call_of(fact: Fact) -> Call:
    """Return a fact of the synthetic shop as a tracking call, as a browser's SDK would send it."""
    held = {one.namespace: one.value for one in fact.identities}
    call: Call = {
        "type": "track",
        "event": fact.type,
        "messageId": fact.id,
        "anonymousId": held["ecid"],
        "timestamp": fact.ts.isoformat(),
        "properties": dict(fact.properties),
        "context": {"library": {"name": "bench", "version": "1"}},
    }
    if "crm_id" in held:
        call["userId"] = held["crm_id"]
    if "email" in held:
        call["context"]["traits"] = {"email": held["email"]}
    return call


async def _share(work: Callable[[int], Awaitable[None]], pieces: int) -> float:
    """Let callers take one piece after the other; return the seconds until the last is done."""
    left = deque(range(pieces))

    async def caller() -> None:
        while left:
            await work(left.popleft())

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return perf_counter() - began


async def over_http(url: str, write_key: str, batches: Sequence[Sequence[Call]]) -> float:
    """Send batches to `/v1/batch`; return the seconds it took.

    Raises:
        HTTPStatusError: one was refused.
    """
    bodies = [json.dumps({"batch": batch}).encode() for batch in batches]
    limits = httpx2.Limits(max_connections=CALLERS)
    async with httpx2.AsyncClient(base_url=url, auth=(write_key, ""), timeout=120, limits=limits) as client:

        async def send(place: int) -> None:
            answer = await client.post("/v1/batch", content=bodies[place], headers={"Content-Type": "application/json"})
            answer.raise_for_status()

        return await _share(send, len(bodies))


async def without(graph: Graph, definition: SourceDefinition, batches: Sequence[Sequence[Call]]) -> float:
    """Read the same calls by the same code in this process and hand them to group commit; return the seconds it took.

    Raises:
        AssertionError: a call was not accepted.
    """
    clock = SystemClock()
    batcher = Batcher(Pipeline(graph, clock, RuleBook(graph, clock), SECRET))

    async def submit(place: int) -> None:
        facts: list[Fact] = []
        for call in batches[place]:
            fact = parse_call(call, definition, received_at=clock.now())
            assert isinstance(fact, Fact)
            facts.append(fact)
        result = await batcher.submit(facts)
        assert result.count(Outcome.ACCEPTED) == len(facts)

    return await _share(submit, len(batches))


async def measure(
    graph: Graph, running: Running, home: Path, *, events: int, repeat: int, tell: Tell
) -> list[Measurement]:
    """Measure tracking; the graph is emptied."""
    calls = [call_of(fact) for fact in generate(Shape.of(events))]
    batches = [calls[start : start + CALLS] for start in range(0, len(calls), CALLS)]
    definition = SourceDefinition(
        source=DEFAULT_SOURCE, title="Tracking calls", channel="web", dataset="tracking", format="tracking"
    )
    ours: list[float] = []
    theirs: list[float] = []

    async def fresh() -> None:
        await empty(graph)
        await RuleBook(graph, SystemClock()).adopt(default_rules())

    async with served(running, home) as server:
        for run in range(repeat + 1):  # the first one warms both up
            await fresh()
            ours.append(len(calls) / await over_http(server.url, server.write_key, batches))
            held = await graph.read_text("MATCH (event:Event) RETURN count(event) AS held")
            assert held[0]["held"] == len(calls)
            await fresh()
            theirs.append(len(calls) / await without(graph, definition, batches))
            tell(f"tracking {run}/{repeat}: HTTP {ours[-1]:,.0f} events/s, without {theirs[-1]:,.0f}")
    return [
        Measurement(
            "http_against_without",
            "tracking by HTTP `/v1/batch`, end to end",
            f"{events:,} calls, {CALLS:,} a request, {CALLERS} callers at once",
            Samples("HTTP", "events/s", ours[1:]),
            Samples("the same calls without HTTP", "events/s", theirs[1:]),
            target=0.80,
            note="the server is a process of its own; a reply comes after the commit; without HTTP the same calls are "
            "read by the same code and committed by the same group commit in one process",
        )
    ]
