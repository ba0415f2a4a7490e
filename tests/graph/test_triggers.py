"""Triggers: a destination is told who changed, whether a member of anything or not, and which policies are broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from graphcdp.base import Settings
from graphcdp.destinations import DestinationError, DestinationNotFoundError
from graphcdp.destinations.kinds.hashing import hashed
from graphcdp.destinations.kinds.webhook import SIGNATURE, STAMP, signature
from graphcdp.governance.dataflow import read_dataflow
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.platform import Platform
from tests.make import fact, key, record
from tests.outgoing import World, carts
from tests.receivers import Receiver, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


@pytest.fixture
async def world(graph: Graph, settings: Settings) -> AsyncIterator[World]:
    made = World(graph, settings)
    yield made
    await made.destinations.close()


@pytest.fixture
async def flow() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def told(flow: Receiver) -> list[dict[str, Any]]:
    """All that was told, without keys and times; each request is emptied."""
    found = [change for _, body in flow.requests for change in orjson.loads(body)["changes"]]
    flow.requests.clear()
    return [{name: value for name, value in one.items() if name not in ("id", "at")} for one in found]


async def test_who_changes_is_told_once_signed_and_without_values(world: World, flow: Receiver) -> None:
    await world.hook("dags", flow.url, secret="shared")
    await world.destinations.triggers.define("people", "dags", ["profile"])
    await world.happens(record("email|sarah@example.com", id="r1", first_name="Sarah", last_name="Rose"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    ((headers, body),) = flow.requests
    assert headers[SIGNATURE.lower()] == signature("shared", headers[STAMP.lower()], body)
    assert orjson.loads(body)["trigger"] == "people"
    assert b"Rose" not in body
    changed = ["identities", "profile.first_name", "profile.last_name"]
    assert told(flow) == [{"action": "profile_changed", "profile_id": sarah, "changed": changed, "created": True}]
    # the same value again is no change, an event alone is none either
    await world.happens(record("email|sarah@example.com", id="r2", first_name="Sarah"), carts("sarah"))
    assert await world.deliver() == 0
    await world.happens(record("email|sarah@example.com", id="r3", first_name="Sally"))
    await world.deliver()
    assert told(flow) == [{"action": "profile_changed", "profile_id": sarah, "changed": ["profile.first_name"]}]
    # an older record that does not win is none
    await world.happens(record("email|sarah@example.com", id="r0", minute=-60, first_name="Sal"))
    assert await world.deliver() == 0
    # a merge, with the event that did it; and a cut
    await world.happens(fact("anonymous_id|e1", type="page_view", id="view"))
    await world.deliver()
    stranger = await world.person("anonymous_id|e1")
    flow.requests.clear()
    await world.happens(fact("anonymous_id|e1", "email|sarah@example.com", type="login", id="login"))
    await world.deliver()
    merged = {one["action"]: one for one in told(flow)}
    assert merged["profile_merged"] == {"action": "profile_merged", "profile_id": stranger, "into": sarah}
    assert (merged["profile_changed"]["profile_id"], merged["profile_changed"]["by_event"]) == (sarah, "login")
    await world.undo.cut(key("anonymous_id|e1"), key("email|sarah@example.com"), Author("test", None))
    await world.deliver()
    assert {one["profile_id"] for one in told(flow)} == {sarah, stranger}


async def test_a_trigger_watches_what_it_names_and_is_tried_again(world: World, flow: Receiver) -> None:
    await world.hook("dags", flow.url)
    await world.destinations.triggers.define("tiers", "dags", ["profile"], names=["profile.tier"], author="ana")
    await world.happens(record("email|sarah@example.com", id="r1", first_name="Sarah"))
    assert await world.deliver() == 0
    flow.status = 503
    await world.happens(record("email|sarah@example.com", id="r2", tier="Bronze", first_name="Sally"))
    assert await world.deliver() == 0
    (queued,) = await world.destinations.deliveries()
    assert (queued.trigger, queued.activation, queued.state, queued.answer) == ("tiers", None, "queued", "HTTP 503")
    flow.status, before = 200, [orjson.loads(body) for _, body in flow.requests]
    await world.deliver(seconds=5)
    (again,) = [orjson.loads(body) for _, body in flow.requests][len(before) :]
    assert again["changes"] == before[0]["changes"]
    assert again["changes"][0]["changed"] == ["profile.tier"]
    (done,) = await world.destinations.deliveries(profile=queued.profile)
    assert (done.id, done.state, done.outcome) == (again["changes"][0]["id"], "done", "told")
    # refused for good: a dead letter, which may be told again
    flow.status = 410
    await world.happens(record("email|sarah@example.com", id="r3", tier="Silver"))
    await world.deliver()
    assert (await world.destinations.get("dags")).dead == 1
    flow.status = 200
    flow.requests.clear()
    assert await world.destinations.replay("dags") == 1
    await world.deliver()
    assert len(told(flow)) == 1
    # paused, it tells nothing of what happens meanwhile; removed, not even what waits
    await world.destinations.triggers.change_state("tiers", "paused")
    await world.happens(record("email|sarah@example.com", id="r4", tier="Gold"))
    assert await world.deliver() == 0
    await world.destinations.triggers.change_state("tiers", "active")
    await world.happens(record("email|sarah@example.com", id="r5", tier="Bronze"))
    await world.destinations.triggers.remove("tiers")
    assert await world.deliver() == 0
    assert await world.destinations.triggers.all() == ()
    with pytest.raises(DestinationNotFoundError, match="no trigger"):
        await world.destinations.triggers.remove("tiers")
    for on, names, message in (
        ([], [], "on both"),
        (["who"], [], "on both"),
        (["policy"], ["identities"], "`profile`"),
    ):
        with pytest.raises(DestinationError, match=message):
            await world.destinations.triggers.define("x", "dags", on, names=names)
    await world.destinations.create("list", "customer_match", {"url": "/tmp/never"}, actions=["cross_site_targeting"])
    with pytest.raises(DestinationError, match="cannot be told single things; files, kafka, webhook can"):
        await world.destinations.triggers.define("x", "list", ["profile"])


async def test_a_broken_policy_is_told_and_that_it_is_kept_again(platform: Platform, flow: Receiver) -> None:
    me = Author("cli:test", "the contract says so")
    place, governance = platform.destinations, platform.governance
    await place.create("ads", "webhook", {"url": flow.url}, actions=["cross_site_targeting"])
    await place.create("dags", "webhook", {"url": flow.url, "secret": "shared"}, actions=["measurement"])
    await place.triggers.define("alarm", "dags", ["policy"])
    await platform.segments.define("named", "profile.first_name is known")
    await place.activate("named", "ads", fields=["profile.first_name"])
    await platform.pipeline.ingest([record("email|ana@example.com", first_name="Ana")])
    await governance.put_labels("profile.first_name", ["I1"], me)
    flow.requests.clear()
    await governance.define_policy("no_names", me, forbids=[["I1"]], actions=["cross_site_targeting"])
    await governance.look()
    await platform.deliverer.drain()
    (one,) = [change for change in told(flow) if change["action"].startswith("policy")]
    assert (one["activation"], one["policy"], one["marketing_action"], one["labels"]) == (
        "named-ads", "no_names", "cross_site_targeting", ["I1"],
    )  # fmt: skip
    assert "no_names" in one["told"]
    edges = {(each.source, each.target) for each in (await platform.dataflow()).edges}
    assert edges >= {("activation:named-ads", "trigger:alarm"), ("trigger:alarm", "destination:dags")}
    await governance.look()
    await platform.deliverer.drain()
    assert [change for change in told(flow) if change["action"].startswith("policy")] == []
    await place.change_activation("named-ads", "ended")
    await governance.look()
    await platform.deliverer.drain()
    assert [change["action"] for change in told(flow) if change["action"].startswith("policy")] == ["policy_kept_again"]


async def test_triggers_are_in_the_flow_of_data(world: World, flow: Receiver) -> None:
    await world.hook("dags", flow.url)
    await world.destinations.triggers.define("people", "dags", ["profile"])
    await world.happens(carts("sarah"))
    await world.deliver()
    picture = await read_dataflow(world.graph, world.clock)
    (node,) = [each for each in picture.nodes if each.kind == "trigger"]
    assert (node.id, node.state, node.health) == ("trigger:people", "active", "ok")
    assert {each.what: each.count for each in node.counts} == {"queued": 0, "done": 1, "dead": 0}
    edges = {(each.source, each.target) for each in picture.edges}
    assert edges == {("profiles", "trigger:people"), ("trigger:people", "destination:dags")}
    ((path,),) = await world.graph.read_rows("governance.dataflow_graph")
    assert [one["id"] for one in path.nodes] == ["people", "dags"]


async def test_what_an_owner_says_is_compared_and_put_right(world: World, flow: Receiver) -> None:
    await world.live("carts", "carted")
    await world.destinations.create("ads", "customer_match", {"url": flow.url}, actions=["retargeting"])
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"), carts("ana"))
    await world.deliver()
    sarah, ana, eve = [hashed("email", f"{one}@example.com") or "" for one in ("sarah", "ana", "eve")]
    assert flow.hashes == {sarah, ana}
    with pytest.raises(DestinationError, match="cannot say what it holds"):
        await world.destinations.reconcile("carts-ads")
    flow.hashes = {sarah, eve, "00"}
    told = [sarah, "email|eve@example.com", "00"]
    found = await world.destinations.reconcile("carts-ads", told=told)
    missing = ("email|ana@example.com",)
    assert found == ("carts-ads", 3, missing, tuple(sorted(["00", eve])), True, ("00",))
    await world.deliver()
    assert flow.hashes == {sarah, ana, "00"}
    assert b"eve@" not in repr(await world.destinations.deliveries(first=50)).encode()
