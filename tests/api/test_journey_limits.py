"""What a question of a journey may cost, and that a client that leaves stops it."""

from __future__ import annotations

import asyncio
import json
from asyncio import sleep
from collections.abc import Awaitable, Callable

import pytest
import uvicorn

from graphcdp.api.app import create_app
from graphcdp.api.auth import Keys
from graphcdp.graph import Graph
from graphcdp.journeys import FunnelRule, JourneyTooLargeError, Selection
from graphcdp.journeys.limits import Bounded, Limits
from graphcdp.platform import Platform
from tests.make import fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds, ten seconds at most."""
    for _ in range(200):
        if await holds():
            return
        await sleep(0.05)
    raise AssertionError("It never came about.")


async def test_what_reads_too_much_is_refused_before_it_is_read(platform: Platform) -> None:
    await platform.pipeline.ingest([fact("user_id|ana", minute=each) for each in range(4)] + [fact("user_id|ben")])
    await platform.segments.define("ana", "did page_view at least 2 times")
    await platform.segments.change_state("ana", "active")
    journeys = platform.journeys
    before = journeys._graph
    try:
        journeys._graph = Bounded.over(platform.graph, Limits(events=4), platform.language.fields)
        with pytest.raises(JourneyTooLargeError, match="would read 5 events; 4 are the most") as caught:
            await journeys.funnel(FunnelRule(("any event",)))
        assert caught.value.fields == {"limit": 4, "value": 5}
        for few in (Selection(segment="ana"), Selection(people="did page_view at least 2 times")):
            assert (await journeys.sessions(few)).groups[0].events == 4
        journeys._graph = Bounded.over(platform.graph, Limits(events=3), platform.language.fields)
        for few in (Selection(segment="ana"), Selection(people="did page_view at least 2 times")):
            with pytest.raises(JourneyTooLargeError, match="would read 4 events"):
                await journeys.sessions(few)
    finally:
        journeys._graph = before


async def test_what_takes_too_long_is_stopped(platform: Platform, graph: Graph) -> None:
    fields = platform.language.fields
    bounded = Bounded.over(platform.graph, Limits(seconds=0.5, at_once=1), fields)
    with pytest.raises(JourneyTooLargeError, match=r"longer than 0\.5 s and was stopped. Ask for"):
        await bounded.read_text("CALL apoc.util.sleep(60000)")
    # who does not wait any more stops the statement on the server, and the next has its turn
    waiting = asyncio.create_task(Bounded.over(graph, Limits(), fields).read_text("CALL apoc.util.sleep(60000)"))
    await until(lambda: _runs(graph))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: _rests(graph))
    assert await bounded.read_text("RETURN 1 AS one") == [{"one": 1}]


async def test_a_client_that_leaves_stops_its_question(platform: Platform) -> None:
    graph = platform.journeys._graph
    turns = [graph._turns.acquire() for _ in range(graph.limits.at_once)]
    await asyncio.gather(*turns)  # every question waits for its turn
    keys = Keys.load(platform.settings)
    server = uvicorn.Server(uvicorn.Config(create_app(platform, keys), port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: _is(server.started))
        port = server.servers[0].sockets[0].getsockname()[1]
        body = json.dumps({"query": "{ journey { sessions { __typename } } }"}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {keys.api[0]}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        await until(lambda: _is(graph._turns._waiters))  # type: ignore[attr-defined]
        writer.close()
        await until(lambda: _is(not graph._turns._waiters))  # type: ignore[attr-defined]
        # who stays gets the answer
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        await until(lambda: _is(graph._turns._waiters))  # type: ignore[attr-defined]
        for _ in turns:
            graph._turns.release()
        turns = []
        assert b"200 OK" in await reader.readline()
        writer.close()
    finally:
        for _ in turns:
            graph._turns.release()
        server.should_exit = True
        await serving


async def _is(it: object) -> bool:
    return bool(it)


async def _runs(graph: Graph) -> bool:
    rows = await graph.read_text(
        "SHOW TRANSACTIONS YIELD currentQuery, status WHERE currentQuery STARTS WITH 'CALL apoc.util.sleep'"
    )
    return any(row["status"] == "Running" for row in rows)


async def _rests(graph: Graph) -> bool:
    return not await _runs(graph)
