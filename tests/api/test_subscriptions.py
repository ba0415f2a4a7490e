"""Subscriptions: a real client of `graphql-transport-ws` on a real server; another platform writes the changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graphcdp.platform import Platform
from tests.api.test_graphql_operations import OPERATIONS
from tests.make import fact, record
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
PROTOCOL: Any = "graphql-transport-ws"
SECONDS = 20


class Client:
    """A connection that was let in."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def subscribe(self, id: str, name: str, **variables: Any) -> None:
        """Begin a subscription; it holds when the server answered a ping that was sent behind it."""
        payload = {"query": OPERATIONS[name], "variables": variables}
        await self.socket.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))
        await self.socket.send(json.dumps({"type": "ping"}))
        assert (await self.told())["type"] == "pong"
        await asyncio.sleep(0.5)

    async def told(self) -> dict[str, Any]:
        """Return the next message."""
        found = await asyncio.wait_for(self.socket.recv(), SECONDS)
        assert isinstance(found, str)
        read: dict[str, Any] = json.loads(found)
        return read

    async def next(self, field: str) -> dict[str, Any]:
        """Return the next change."""
        message = await self.told()
        assert message["type"] == "next", message
        change: dict[str, Any] = message["payload"]["data"][field]
        return change


@asynccontextmanager
async def opened(served: Served, *, params: Any = None, **more: Any) -> AsyncIterator[Client]:
    """Open a connection and say who asks."""
    async with connect(f"{served.url.replace('http', 'ws', 1)}/graphql", subprotocols=[PROTOCOL], **more) as socket:
        told = {"Authorization": f"Bearer {served.api_key}"} if params is None else params
        await socket.send(json.dumps({"type": "connection_init", "payload": told}))
        assert json.loads(await asyncio.wait_for(socket.recv(), SECONDS))["type"] == "connection_ack"
        yield Client(socket)


async def test_memberships_are_told_filtered_and_gone_on_with(served: Served, platform: Platform) -> None:
    for name, rule in (("payers", "purchased"), ("lookers", "viewed page")):
        await platform.segments.define(name, rule)
        await platform.segments.change_state(name, "active")
    sarah = {"namespace": "user_id", "value": "sarah"}
    async with opened(served) as client:
        await client.subscribe("a", "MembershipChanges", segment="payers")
        await platform.pipeline.ingest(
            [fact("user_id|ben", id="v1"), fact("user_id|ben", id="b1", minute=1, type="purchase")]
        )
        await platform.pipeline.ingest([fact("user_id|sarah", id="b2", type="purchase")])
        ben, hers = [await client.next("membershipChanges") for _ in range(2)]
        assert [(each["kind"], each["segmentId"], each["byEvent"]) for each in (ben, hers)] == [
            ("ENTERED", "payers", "b1"), ("ENTERED", "payers", "b2"),
        ]  # fmt: skip
        assert ben["profile"]["profileId"] == ben["profileId"] != hers["profileId"]
        await client.socket.send(json.dumps({"id": "a", "type": "complete"}))
        await platform.segments.change_state("payers", "archived")
        await client.subscribe("b", "MembershipChanges", after=ben["position"], segment="payers")
        rest = [await client.next("membershipChanges") for _ in range(3)]
        assert rest[0] == hers | {"position": rest[0]["position"]}
        assert {(each["kind"], each["because"], each["profileId"]) for each in rest[1:]} == {
            ("EXITED", "archived", each["profileId"]) for each in (ben, hers)
        }  # fmt: skip
    async with opened(served, params={"apiKey": served.api_key}) as client:
        await client.subscribe("c", "MembershipChanges", after=ben["position"], identity=sarah)
        assert [(await client.next("membershipChanges"))["kind"] for _ in range(2)] == ["ENTERED", "EXITED"]


async def test_what_becomes_of_a_person_is_told_through_a_merge(served: Served, platform: Platform) -> None:
    await platform.pipeline.ingest([record("user_id|sarah", name="Sarah"), fact("anonymous_id|a", minute=1)])
    await platform.pipeline.ingest([record("user_id|ben", name="Ben"), fact("anonymous_id|b", minute=1)])
    headers = {"Authorization": f"Bearer {served.api_key}"}
    async with opened(served, params={}, additional_headers=headers) as client:
        await client.subscribe("a", "ProfileChanges", identity={"namespace": "anonymous_id", "value": "a"})
        await platform.pipeline.ingest([fact("user_id|ben", "anonymous_id|b", minute=2)])
        await platform.pipeline.ingest([fact("user_id|sarah", "anonymous_id|a", minute=3)])
        told = await client.next("profileChanges")
        assert (told["kind"].startswith("profile_"), told["profile"]["profileId"]) == (True, told["after"][0])


async def test_many_changes_arrive_whole_however_slowly_they_are_taken(served: Served, platform: Platform) -> None:
    await platform.segments.define("payers", "purchased")
    await platform.segments.change_state("payers", "active")
    async with opened(served) as client:
        await client.subscribe("a", "MembershipChanges", segment="payers")
        for part in range(3):
            await platform.pipeline.ingest(
                [fact(f"user_id|p{part}-{n}", id=f"b{part}-{n}", type="purchase") for n in range(300)]
            )
        await asyncio.sleep(1)
        told = [(await client.next("membershipChanges"))["byEvent"] for _ in range(900)]
        assert sorted(told) == sorted(f"b{part}-{n}" for part in range(3) for n in range(300))


async def test_who_may_not_is_not_let_in(served: Served) -> None:
    address = f"{served.url.replace('http', 'ws', 1)}/graphql"
    for headers, origin in (({"X-API-Key": "wrong-key"}, None), ({}, "https://elsewhere.example")):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, subprotocols=[PROTOCOL], additional_headers=headers, origin=origin)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
    for params in ({}, {"apiKey": "wrong-key"}):
        with pytest.raises(ConnectionClosed) as closed:
            async with opened(served, params=params):
                pass
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
    async with opened(served, params={"apiKey": served.write_key}) as client:
        payload = {"query": OPERATIONS["ProfileChanges"], "variables": {}}
        await client.socket.send(json.dumps({"id": "a", "type": "subscribe", "payload": payload}))
        assert "scope `read`" in json.dumps(await client.told())
    async with opened(served, origin=served.url) as client:
        for number, variables in enumerate(({"after": "nonsense"}, {"segment": "nobody"})):
            payload = {"query": OPERATIONS["MembershipChanges"], "variables": variables}
            await client.socket.send(json.dumps({"id": str(number), "type": "subscribe", "payload": payload}))
            told = await client.told()
            assert ("no position" if number == 0 else "no segment nobody") in json.dumps(told)
            assert ("invalid_input" if number == 0 else "segment_not_found") in json.dumps(told)
            if told["type"] == "next":
                assert (await client.told())["type"] == "complete"
