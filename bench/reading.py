"""The HTTP server beside the same graph: a profile through GraphQL against one Cypher statement; memory at rest."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2
import neo4j

from bench import rival
from bench.measure import Measurement, Samples, resident_megabytes
from bench.serving import Served, served
from graphcdp.graph import Graph
from graphcdp.server import Running

REQUESTS = 300
PEOPLE = 20
AT_REST_SECONDS = 5
_GRAPHQL = """
query ($value: String!) {
  profile(identity: {namespace: "email", value: $value}) {
    ... on Profile {
      profileId founder identityCount firstSeen lastSeen
      identities { key namespace value firstSeen lastSeen }
      timeline(first: 50) {
        edges { node { eventId ts type channel source product category price quantity campaign page } }
      }
    }
  }
}
"""
_CYPHER = """
MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(profile:Profile)
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->(one)
  RETURN collect(one {.key, .namespace, .value, .first_seen, .last_seen}) AS identities
}
CALL (profile) {
  MATCH (profile)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event ORDER BY event.ts DESC, event.id DESC LIMIT 50
  RETURN collect(event {.id, .ts, .type, .channel, .source, .product, .category, .price, .quantity, .campaign, .page})
         AS events
}
RETURN profile.id AS id, profile.founder AS founder, profile.identity_count AS identity_count,
       profile.first_seen AS first_seen, profile.last_seen AS last_seen, identities, events
"""
_BUSIEST = """
MATCH (one:Identity) WHERE one.namespace = 'email'
MATCH (one)<-[:HAS_IDENTITY]-(:Profile)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
WITH one.value AS value, count(event) AS events
RETURN value, events ORDER BY events DESC, value LIMIT $most
"""

Tell = Callable[[str], None]


async def measure(
    graph: Graph, running: Running, home: Path, *, repeat: int, parts: Sequence[str], tell: Tell
) -> list[Measurement]:
    """Measure reading and memory on the graph as it stands."""
    found: list[Measurement] = []
    async with served(running, home) as server:
        if "memory" in parts:
            found.append(await _memory(server, running, repeat, tell))
        if "reading" in parts:
            found += await _profiles(graph, running, server, repeat, tell)
    return found


async def _memory(server: Served, running: Running, repeat: int, tell: Tell) -> Measurement:
    await asyncio.sleep(AT_REST_SECONDS)
    values = []
    for _ in range(repeat):
        values.append(resident_megabytes(server.pid))
        await asyncio.sleep(1)
    tell(f"memory at rest: {values[-1]:,.0f} MB")
    return Measurement(
        "memory_at_rest",
        "memory of the HTTP server at rest",
        "one process, no request yet",
        Samples("graphcdp serve", "MB", values),
        target=300,
        better="less",
        note=f"Neo4j beside it holds {resident_megabytes(running.pid):,.0f} MB" if running.pid else "",
    )


async def _profiles(graph: Graph, running: Running, server: Served, repeat: int, tell: Tell) -> list[Measurement]:
    busiest = await graph.read_text(_BUSIEST, {"most": PEOPLE})
    emails = [row["value"] for row in busiest]
    chance = random.Random(7)
    wanted = [chance.choice(emails) for _ in range(REQUESTS)]
    ours: list[float] = []
    theirs: list[float] = []
    rivals: list[float] = []
    seen: list[int] = []
    headers = {"Authorization": f"Bearer {server.api_key}"}
    driver = neo4j.AsyncGraphDatabase.driver(running.bolt_uri, auth=(running.user, running.password))
    async with (
        httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=30) as client,
        driver,
        rival.rival(running) as address,
        httpx2.AsyncClient(timeout=30) as other_client,
    ):

        async def by_graphql(email: str) -> tuple[str, int, int]:
            answer = await client.post("/graphql", json={"query": _GRAPHQL, "variables": {"value": email}})
            profile = answer.raise_for_status().json()["data"]["profile"]
            return profile["profileId"], len(profile["identities"]), len(profile["timeline"]["edges"])

        async def by_cypher(email: str) -> tuple[str, int, int]:
            async with driver.session(database=running.database, default_access_mode=neo4j.READ_ACCESS) as session:
                record: Any = await (await session.run(_CYPHER, key=f"email|{email}")).single(strict=True)
            return record["id"], len(record["identities"]), len(record["events"])

        async def by_rival(email: str) -> tuple[str, int, int]:
            asked = {"query": rival.QUERY, "variables": {"key": f"email|{email}"}}
            answer = await other_client.post(address, json=asked)
            (profile,) = answer.raise_for_status().json()["data"]["profiles"]
            return profile["id"], len(profile["identities"]), len(profile["events"])

        for email in wanted[:50]:  # warms all, and shows that they give the same
            one = await by_graphql(email)
            for other in (await by_cypher(email), await by_rival(email)):
                if one != other:
                    raise AssertionError(f"GraphQL and another way disagree: {one[1:]} and {other[1:]}")
            seen.append(one[2])
        for ask in (by_graphql, by_cypher, by_rival):
            await _median_ms(ask, wanted)
        for run in range(1, repeat + 1):
            ours.append(await _median_ms(by_graphql, wanted))
            theirs.append(await _median_ms(by_cypher, wanted))
            rivals.append(await _median_ms(by_rival, wanted))
            tell(
                f"reading {run}/{repeat}: GraphQL {ours[-1]:.2f} ms, Cypher {theirs[-1]:.2f} ms, "
                f"@neo4j/graphql {rivals[-1]:.2f} ms"
            )
    size = f"the {len(emails):,} busiest people, {REQUESTS} requests a run, one after the other"
    against_rival = Measurement(
        "graphql_profile_against_neo4j_graphql",
        "the same",
        size,
        Samples("GraphQL over HTTP", "ms", ours),
        Samples(rival.NAME, "ms", rivals),
        target=1,
        better="less",
        note="both are processes of their own over HTTP; there the events come by a statement of its `@cypher` field",
    )
    against_cypher = Measurement(
        "graphql_profile_against_cypher",
        "GraphQL profile with identities and at most 50 events, p50",
        size,
        Samples("GraphQL over HTTP", "ms", ours),
        Samples("one Cypher statement through the driver", "ms", theirs),
        target=4,
        better="less",
        note=f"answers hold {statistics.median(seen):.0f} events in the middle; the server is a process of its own, "
        "the statement is written by hand and gives the same fields",
    )
    return [against_cypher, against_rival]


async def _median_ms(ask: Callable[[str], Awaitable[object]], emails: Sequence[str]) -> float:
    """Return the median time of one answer."""
    times: list[float] = []
    for email in emails:
        began = perf_counter()
        await ask(email)
        times.append((perf_counter() - began) * 1000)
    return statistics.median(times)
