"""Workers killed with kill -9 in the middle of a load, at five more destinations: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import orjson
import pytest

from graphcdp.base import Settings, SystemClock
from graphcdp.destinations import Deliverer, Open
from graphcdp.destinations.kinds.hashing import hashed
from graphcdp.graph import Graph
from graphcdp.server import Running
from tests.faults.test_delivery_killed import start_worker
from tests.graph.test_destination_services import CARTS
from tests.make import fact
from tests.outgoing import World, buys
from tests.receivers import Receiver, receiving
from tests.services import postgres, s3

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
PEOPLE, LEAVERS, PIECE = 40, 10, 6
SLOWLY = PIECE / 3  # a second: a load goes out in pieces of so many, three seconds apart
BY_EMAIL = "identity.email=email"


def _changes(contents: Iterator[bytes]) -> list[dict[str, Any]]:
    """The rows of NDJSON files."""
    return [orjson.loads(row) for content in contents for row in content.splitlines()]


def _held(changes: list[tuple[str, str, str, str]]) -> set[str]:
    """What is held after changes, each (id, at, action, whose), as one who reads them has it: an id counts once."""
    said: dict[str, tuple[str, str, str]] = {}
    for id, *rest in changes:
        at, action, who = rest
        assert said.setdefault(id, (at, action, who)) == (at, action, who)  # the same id never says two things
    last: dict[str, tuple[str, str]] = {}
    for at, action, who in said.values():
        last[who] = max(last.get(who, ("", "")), (at, action))
    return {who for who, (_, action) in last.items() if action != "remove"}


async def test_every_kind_has_each_member_once(
    graph: Graph, server: Running, settings: Settings, tmp_path: Path
) -> None:
    world = World(graph, settings)
    world.clock.set(datetime.now(UTC))
    await world.live("carts", CARTS)
    with postgres() as base, s3() as address:
        async with receiving() as network, receiving() as tracking:
            login = {"key": "luma", "secret": "secret", "endpoint_url": address}
            store = boto3.client(
                "s3", endpoint_url=address, aws_access_key_id="luma", aws_secret_access_key="secret",
                region_name="us-east-1",
            )  # fmt: skip
            store.create_bucket(Bucket="out")
            table = {"host": "127.0.0.1", "port": base.port, "database": "postgres", "user": "postgres"}
            kinds: dict[str, tuple[str, dict[str, Any]]] = {
                "folder": ("files", {"url": str(tmp_path), "format": "ndjson"}),
                "bucket": (
                    "files", {"url": "s3://out/x", "format": "ndjson", "storage": orjson.dumps(login).decode()}
                ),
                "table": ("postgres", {**table, "security": "disable"}),
                "network": ("customer_match", {"url": network.url}),
                "tracking": ("segment", {"url": tracking.url, "write_key": "k", "user_id": "email"}),
            }  # fmt: skip

            async def rate(items: float | None) -> None:
                for id, (kind, options) in kinds.items():
                    given = {**options, "rate_per_second": items}
                    await world.destinations.create(id, kind, given, actions=["measurement"])

            await rate(SLOWLY)
            for id in kinds:
                fields = None if id == "network" else [BY_EMAIL]
                await world.destinations.activate("carts", id, fields=fields)
            connection = await asyncpg.connect(host="127.0.0.1", port=base.port, user="postgres", database="postgres")

            async def folder() -> list[tuple[str, str, str, str]]:
                files = (one.read_bytes() for one in tmp_path.glob("carts-folder/[!.]*"))
                return [(one["id"], one["at"], one["action"], one.get("email") or "") for one in _changes(files)]

            async def bucket() -> list[tuple[str, str, str, str]]:
                listed = store.list_objects_v2(Bucket="out").get("Contents", [])
                files = (store.get_object(Bucket="out", Key=one["Key"])["Body"].read() for one in listed)
                return [(one["id"], one["at"], one["action"], one["profile_id"]) for one in _changes(files)]

            async def rows() -> list[Any]:
                there = await connection.fetchval("SELECT to_regclass('graphcdp_members')")
                return [] if there is None else await connection.fetch("SELECT * FROM graphcdp_members")

            async def posts() -> list[Any]:
                return [one for _, body in network.requests for one in orjson.loads(body)["operations"]]

            async def calls() -> list[tuple[str, str, str, str]]:
                return [
                    (one["messageId"], one["timestamp"], "add" if one["traits"]["carts"] else "remove", one["userId"])
                    for one in _batch(tracking)
                ]

            seen: dict[str, Callable[[], Awaitable[list[Any]]]] = {
                "folder": folder, "bucket": bucket, "table": rows, "network": posts, "tracking": calls
            }  # fmt: skip
            everybody = [f"p{number}" for number in range(PEOPLE)]
            now = world.clock.now()
            await world.pipeline.ingest(
                [fact(f"email|{one}@example.com", type="add_to_cart", id=f"c{one}", ts=now) for one in everybody]
            )
            await _killed(world, server, settings, dict.fromkeys(kinds, PIECE), seen)
            for id in kinds:  # some have a piece of the load, and nobody has noted that yet
                assert len(await seen[id]()) < PEOPLE
                assert len(await world.destinations.deliveries(destination=id, state="queued", first=100)) == PEOPLE
            leavers = everybody[:LEAVERS]
            await world.happens(*(buys(one) for one in leavers))
            gone = {id: len(await seen[id]()) for id in kinds if id != "table"}
            await _killed(world, server, settings, {id: count + 1 for id, count in gone.items()}, seen)
            await rate(None)
            clock = SystemClock()
            world.destinations._clock = clock
            last = Deliverer(graph, clock, world.destinations, Open())
            for _ in range(3):
                await last.drain()
            stay = {f"{one}@example.com" for one in everybody[LEAVERS:]}
            people = {await world.person(f"email|{one}"): one for one in stay}
            # a removal names only the person
            emails = {one["profile_id"]: one["email"] for one in _changes(
                file.read_bytes() for file in tmp_path.glob("carts-folder/[!.]*")
            ) if one.get("email")}  # fmt: skip
            told = [(one["id"], one["at"], one["action"], one["profile_id"]) for one in _changes(
                file.read_bytes() for file in tmp_path.glob("carts-folder/[!.]*")
            )]  # fmt: skip
            assert {emails[one] for one in _held(told)} == stay
            assert _held(await bucket()) == people.keys()
            assert {one["profile_id"]: orjson.loads(one["fields"])["email"] for one in await rows()} == people
            assert network.hashes == {hashed("email", one) for one in stay}
            assert _held(await calls()) == stay
            for id in kinds:
                assert [one.subject for one in await world.destinations.holds(f"carts-{id}", 100)] == sorted(
                    people if id != "network" else (f"email|{one}" for one in stay)
                )
                assert (await world.destinations.get(id)).queued == 0
            await connection.close()
            await world.destinations.close()


def _batch(receiver: Receiver) -> Iterator[dict[str, Any]]:
    for _, body in receiver.requests:
        yield from orjson.loads(body)["batch"]


async def _killed(
    world: World,
    server: Running,
    settings: Settings,
    wanted: dict[str, int],
    seen: dict[str, Callable[[], Awaitable[list[Any]]]],
) -> None:
    """Run a worker until each destination has seen so much, and kill it."""
    process = await start_worker(server, settings)
    try:
        async with asyncio.timeout(120):
            while any([len(await seen[id]()) < count for id, count in wanted.items()]):
                assert process.returncode is None
                await asyncio.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    await world.graph.transact(  # as if the lease of the dead worker had run out
        lambda tx: tx.run_text("MATCH (one:Destination) SET one.worker_until = datetime('2020-01-01T00:00Z')")
    )
