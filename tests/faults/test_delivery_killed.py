"""A worker killed with kill -9 in the middle: nothing is lost, and nobody gets two emails."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graphcdp.base import Settings, SystemClock
from graphcdp.destinations import Deliverer, Open, Patience
from graphcdp.graph import Graph
from graphcdp.server import Running
from tests.graph.test_destination_kinds import campaign
from tests.make import fact
from tests.outgoing import World
from tests.receivers import mailbox, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
PEOPLE = 60
WORKER = """
import asyncio, sys
from pathlib import Path
from graphcdp.base import SystemClock, load_settings
from graphcdp.destinations import Deliverer, Open
from graphcdp.graph import Graph
from tests.outgoing import World

async def main():
    uri, user, password, home = sys.argv[1:]
    async with Graph.connect(uri, user, password) as graph:
        world = World(graph, load_settings(home=Path(home)))
        clock = SystemClock()
        world.destinations._clock = clock
        await Deliverer(graph, clock, world.destinations, Open()).run(0.02)

asyncio.run(main())
"""


async def start_worker(server: Running, settings: Settings) -> asyncio.subprocess.Process:
    """Start a process that delivers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(WORKER)),
        *(server.bolt_uri, server.user, server.password, str(settings.home)),
        env=environment,
    )


async def test_nothing_is_lost_and_nobody_gets_two_emails(graph: Graph, server: Running, settings: Settings) -> None:
    world = World(graph, settings)
    world.clock.set(datetime.now(UTC))
    await world.live("carts", "carted")
    async with receiving() as ads:
        with mailbox() as box:
            ads.delay_seconds = 0.05
            await world.hook("ads", ads.url, batch_size=1)
            await campaign(world, box)
            for id in ("ads", "mails"):
                await world.destinations.activate("carts", id)
            now = world.clock.now()
            await world.pipeline.ingest(
                [
                    fact(f"email|p{number}@example.com", type="add_to_cart", id=f"c{number}", ts=now)
                    for number in range(PEOPLE)
                ]
            )
            for wanted in (8, 25, 40):
                process = await start_worker(server, settings)
                try:
                    for _ in range(12_000):
                        if len(box.messages) >= wanted and len(ads.seen) >= 3:
                            break
                        await asyncio.sleep(0.01)
                finally:
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
                assert len(box.messages) >= wanted
                await graph.transact(  # as if the lease of the dead worker had run out
                    lambda tx: tx.run_text(
                        "MATCH (one:Destination) SET one.worker_until = datetime('2020-01-01T00:00Z')"
                    )
                )
            clock = SystemClock()
            world.destinations._clock = clock
            last = Deliverer(graph, clock, world.destinations, Open())
            last.patience = Patience(first_seconds=0.01)
            ads.delay_seconds = 0
            for _ in range(20):
                await last.drain()
            everybody = {f"p{number}@example.com" for number in range(PEOPLE)}
            assert len(ads.held) == PEOPLE
            times = Counter(to for to, _ in box.messages)
            assert max(times.values()) == 1
            unsure = await world.destinations.deliveries(destination="mails", state="unsure")
            assert len(unsure) <= 3  # at most the one that was on its way each time
            lacking = everybody - times.keys()
            assert len(lacking) <= len(unsure)
            done = await world.destinations.deliveries(destination="mails", state="done", first=100)
            assert len(done) + len(unsure) == PEOPLE
    await world.destinations.close()
