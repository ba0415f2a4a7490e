"""Rows L7, L9: two destinations hold Sarah while her gift lies in the cart; neither does a second after she buys."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from graphcdp.base import MovableClock, Settings, SystemClock
from graphcdp.destinations import Deliverer, Destinations, Open, Queue, Remind
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline, Seed, SeedLoader
from graphcdp.segments.seeded import set_up
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from tests.make import fact
from tests.pace import a_second
from tests.receivers import mailbox, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
GIFTS = "gift_cart_abandoners"


async def _until(said: Callable[[], bool], seconds: float = 20) -> float:
    began = perf_counter()
    while not said():
        assert perf_counter() - began < seconds, "It did not come to that."
        await asyncio.sleep(0.005)
    return perf_counter() - began


async def test_two_destinations_hold_sarah_until_she_buys(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    clock = SystemClock()
    seed = replace(Seed.load("luma"), customers=80)
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    segments = Segments(graph, clock, pipeline, Language(graph, clock, rules))
    queue = Queue()
    segments.moved.append(queue.moved)
    pipeline.wakes.append(queue.wake)
    loader = SeedLoader(graph, pipeline, rules, clock, tmp_path)
    await loader.load(seed, until="L6")
    await set_up(segments, seed, "L6")
    destinations = Destinations(graph, clock, pipeline, segments, settings, gate=Open())
    worker = asyncio.create_task(Deliverer(graph, clock, destinations, Open()).run())
    (row,) = await graph.read_text(
        "MATCH (:Identity {key: 'crm_id|C-104187'})<-[:HAS_IDENTITY]-(p)-[:HAS_IDENTITY]->(i {namespace: 'email'}) "
        "RETURN p.id AS id, i.value AS email"
    )
    hash = hashlib.sha256(row["email"].encode()).hexdigest()
    try:
        async with receiving() as network:
            with mailbox() as box:
                await destinations.create("display", "customer_match", {"url": network.url}, actions=["retargeting"])
                mail = {
                    "host": "127.0.0.1", "port": box.port, "security": "none", "sender": "Luma <hello@luma.example>",
                    "subject": "{{ first_name }}, is it a gift?", "text": "Free gift wrap for {{ tier }} members.",
                }  # fmt: skip
                await destinations.create("mails", "email", mail, actions=["email_targeting"])
                await destinations.activate(GIFTS, "display")
                found = await destinations.activate(
                    GIFTS, "mails", fields=["profile.first_name", "profile.loyalty_tier=tier"]
                )
                assert found.ends - found.starts == timedelta(days=90)
                await destinations.activate(
                    "mail_readers", "mails", id="next_year", mode="reminders",
                    remind=Remind("reminder_request", "remind_on"),
                )  # fmt: skip
                await _until(lambda: hash in network.hashes and row["email"] in {to for to, _ in box.messages})
                message = next(told for to, told in box.messages if to == row["email"])
                assert message["Subject"] == "Sarah, is it a gift?"
                assert "Free gift wrap for" in message.get_content()

                async def held() -> list[str]:
                    return [one.subject for one in await destinations.holds(found.id)]

                for _ in range(100):
                    if f"email|{row['email']}" in await held():
                        break
                    await asyncio.sleep(0.05)
                assert f"email|{row['email']}" in await held()

                other = fact("crm_id|C-1", type="purchase", ts=clock.now(), id="a", properties={"product": "MSW01"})
                await pipeline.ingest([other])  # a server that runs has planned its statements
                limit, now = a_second(), clock.now()
                began = perf_counter()
                await pipeline.ingest(
                    [fact("crm_id|C-104187", type="purchase", ts=now, id="b", properties={"product": "MSW01"})]
                )
                await _until(lambda: hash not in network.hashes)
                while f"email|{row['email']}" in await held():
                    await asyncio.sleep(0.005)
                assert perf_counter() - began < limit
                assert await _settled(destinations, row["id"]) <= now + timedelta(seconds=limit + 0.5)
                receipts = await destinations.deliveries(profile=row["id"], first=2)
                assert {(one.destination, one.outcome, one.by_event) for one in receipts} == {
                    ("display", "removed", "b"),
                    ("mails", "removed", "b"),
                }
                sent = len(box.messages)

                await loader.load(seed, until="L9")
                (wish,) = await destinations.reminders(profile=row["id"])
                assert 350 < (wish.due - now).days < 366
                await _remind(graph, settings, wish.due)
                assert len(box.messages) == sent + 1
                assert box.messages[-1][0] == row["email"]
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def _settled(destinations: Destinations, profile: str) -> datetime:
    """Wait for the receipts of the last two deliveries about a person; return when the later one was over."""
    while True:
        times = [one.done_at for one in await destinations.deliveries(profile=profile, first=2)]
        over = [one for one in times if one is not None]
        if len(over) == 2:
            return max(over)
        await asyncio.sleep(0.01)


async def _remind(graph: Graph, settings: Settings, at: datetime) -> None:
    """Let another process do what is due a year later."""
    clock = MovableClock(at)
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    segments = Segments(graph, clock, pipeline, Language(graph, clock, rules))
    destinations = Destinations(graph, clock, pipeline, segments, settings, gate=Open())
    await destinations.turn()
    await Deliverer(graph, clock, destinations, Open()).drain()
    await destinations.close()
