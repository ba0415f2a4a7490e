"""Destinations: who enters a segment is delivered, who leaves is taken out; queues, retries, receipts, schedules."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from graphcdp.base import Settings
from graphcdp.destinations import (
    ActivationRefusedError,
    DestinationError,
)
from graphcdp.destinations.kinds.webhook import KEY, SIGNATURE, STAMP, signature
from graphcdp.graph import Graph
from graphcdp.identity import Author
from tests.graph.test_plans import operators
from tests.make import NOON, fact, key, record
from tests.outgoing import CARTS, World, buys, carts
from tests.receivers import Receiver, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


@pytest.fixture
async def world(graph: Graph, settings: Settings) -> AsyncIterator[World]:
    made = World(graph, settings)
    yield made
    await made.destinations.close()


@pytest.fixture
async def ads() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_who_enters_is_added_and_who_leaves_is_removed(world: World, ads: Receiver) -> None:
    await world.happens(carts("before"))
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url, secret="shared", headers={"X-Team": "gifts"})
    found = await world.destinations.activate("carts", "ads", fields=["profile.first_name=firstName", "identity.email"])
    assert found.state == "active"
    assert found.ends - found.starts == timedelta(days=90)
    assert found.actions == ("retargeting",)
    await world.happens(carts("sarah"), record("email|sarah@example.com", id="named", first_name="Sarah"))
    assert await world.deliver() == 2
    before, sarah = [await world.person(f"email|{one}@example.com") for one in ("before", "sarah")]
    assert ads.held == {
        before: {"email": "before@example.com"},
        sarah: {"firstName": "Sarah", "email": "sarah@example.com"},
    }
    for headers, body in ads.requests:
        assert headers[SIGNATURE.lower()] == signature("shared", headers[STAMP.lower()], body)
        assert headers["x-team"] == "gifts"
        assert headers[KEY.lower()]
    assert [one.subject for one in await world.destinations.holds(found.id)] == sorted([before, sarah])
    await world.happens(buys("sarah"))
    assert await world.deliver() == 1
    assert ads.held == {before: {"email": "before@example.com"}}
    assert await world.outcomes(profile=sarah) == [("done", "added"), ("done", "removed")]
    assert (await world.destinations.deliveries(profile=sarah))[0].by_event == "buy-sarah"
    assert await world.deliver() == 0


async def test_a_change_that_is_sent_is_one_that_is_seen(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads", fields=["profile.first_name=name", "bought"])
    await world.happens(carts("sarah"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    assert ads.held == {sarah: {}}
    await world.happens(record("email|sarah@example.com", id="r1", first_name="Sarah"))
    await world.happens(record("email|sarah@example.com", id="r2", last_name="Rose"))
    await world.deliver()
    assert ads.held == {sarah: {"name": "Sarah"}}
    assert ads.told == [("add", sarah), ("update", sarah)]
    await world.happens(record("email|sarah@example.com", id="r3", last_name="Rosen"))
    await world.deliver()
    assert len(ads.told) == 2
    assert (await world.outcomes(profile=sarah))[-1] == ("done", "unchanged")


async def test_in_and_out_before_anything_was_sent_is_nothing_to_send(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    await world.happens(buys("sarah"))
    assert await world.deliver() == 2
    assert ads.requests == []
    assert set(await world.outcomes()) == {("done", "not_member")}


async def test_a_merge_leaves_one_and_a_cut_takes_the_other_out(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(fact("anonymous_id|e1", type="add_to_cart", id="anonymous"), carts("sarah"))
    await world.deliver()
    assert len(ads.held) == 2
    await world.happens(fact("anonymous_id|e1", "email|sarah@example.com", id="login"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    assert ads.held == {sarah: {"identities": {"anonymous_id": ["e1"], "email": ["sarah@example.com"]}}}
    world.clock.advance(timedelta(seconds=1))
    pair = key("anonymous_id|e1"), key("email|sarah@example.com")
    shown = await world.undo.cut(*pair, Author("test", None), preview=True)
    assert await world.outcomes() == [one for one in await world.outcomes() if one[0] == "done"]
    told = await world.undo.cut(*pair, Author("test", None))
    stranger = await world.person("anonymous_id|e1")
    queued = await world.graph.read_text(
        "MATCH (d:Delivery {state: 'queued'})-[:FOR]->(p:Profile) RETURN p.id AS person, d.id AS id ORDER BY person, id"
    )
    assert {row["person"] for row in queued} == {sarah, stranger}
    assert [(one.profile_id, one.id) for one in told.deliveries if one.entered] == [
        (row["person"], row["id"]) for row in queued
    ]
    assert [(one.profile_id, one.id, one.entered) for one in told.memberships] == [(stranger, "carts", True)]
    assert (shown.memberships, shown.deliveries) == (told.memberships, told.deliveries)
    await world.deliver()
    assert ads.held == {
        sarah: {"identities": {"email": ["sarah@example.com"]}},
        stranger: {"identities": {"anonymous_id": ["e1"]}},
    }


async def test_a_dead_destination_slows_nobody_and_nothing_is_lost(world: World, ads: Receiver) -> None:
    async with receiving() as other:
        ads.status = 503
        await world.live("carts", CARTS)
        await world.hook("ads", ads.url)
        await world.hook("other", other.url)
        for one in ("ads", "other"):
            await world.destinations.activate("carts", one)
        await world.happens(carts("sarah"))
        assert await world.deliver() == 1
        assert len(other.held) == 1
        for _ in range(6):
            await world.deliver(seconds=5)
        down = await world.destinations.get("ads")
        assert (down.failures, down.queued, down.dead, down.last_error) == (5, 1, 0, "HTTP 503")
        assert down.open_until is not None
        assert down.open_until > world.clock.now()
        asked = len(ads.requests)
        await world.deliver(seconds=1)
        assert len(ads.requests) == asked
        ads.status = 200
        await world.deliver(seconds=40)
        assert ads.held.keys() == other.held.keys()
        up = await world.destinations.get("ads")
        assert (up.failures, up.queued, up.open_until, up.last_error) == (0, 0, None, None)


async def test_one_that_is_never_taken_holds_up_nobody_and_is_a_dead_letter(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("poison"), carts("sarah"), carts("kim"))
    poison = ads.poison = await world.person("email|poison@example.com")
    for _ in range(12):
        await world.deliver(seconds=40)
        await world.happens(carts(f"more{world.clock.now():%H%M%S}"))
    assert {await world.person(f"email|{one}@example.com") for one in ("sarah", "kim")} <= ads.held.keys()
    (dead,) = await world.destinations.deliveries(state="dead")
    assert (dead.profile, dead.outcome, dead.answer) == (poison, "given_up", "HTTP 500")
    ads.poison = None
    assert await world.destinations.replay("ads") == 1
    await world.deliver()
    assert poison in ads.held
    assert (await world.destinations.get("ads")).dead == 0


async def test_what_is_refused_for_good_is_a_dead_letter_at_once(world: World, ads: Receiver) -> None:
    ads.status = 400
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    found = await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    await world.deliver()
    assert await world.outcomes() == [("dead", "refused_there")]
    assert await world.destinations.holds(found.id) == ()


async def test_the_same_thing_tried_again_has_the_same_id(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    ads.status = 500
    await world.deliver()
    ads.status = 200
    await world.deliver(seconds=5)
    ids = [orjson.loads(body)["changes"][0]["id"] for _, body in ads.requests]
    assert len(ids) >= 2
    assert len(set(ids)) == 1


async def test_a_schedule_begins_and_ends(world: World, ads: Receiver) -> None:
    await world.happens(carts("sarah"))
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    start = world.clock.now() + timedelta(days=1)
    found = await world.destinations.activate("carts", "ads", starts=start, ends=start + timedelta(days=2))
    assert found.state == "scheduled"
    await world.happens(carts("kim"))
    await world.deliver()
    assert ads.held == {}
    world.clock.set(start)
    await world.destinations.turn()
    await world.deliver()
    assert len(ads.held) == 2
    world.clock.set(start + timedelta(days=2))
    await world.destinations.turn()
    await world.deliver()
    assert ads.held == {}
    assert (await world.destinations.activation(found.id)).state == "ended"
    await world.happens(carts("late"))
    assert await world.deliver() == 0


async def test_a_pause_keeps_what_happens_meanwhile(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    found = await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    await world.deliver()
    await world.destinations.change_activation(found.id, "paused")
    await world.happens(buys("sarah"), carts("kim"))
    assert await world.deliver() == 0
    assert await world.deliverer._waiting() == []
    await world.destinations.change_activation(found.id, "active")
    await world.deliver()
    assert ads.held.keys() == {await world.person("email|kim@example.com")}


async def test_a_cadence_gathers(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads", every_minutes=60)
    await world.happens(carts("sarah"))
    await world.happens(carts("kim"))
    assert await world.deliver(seconds=60) == 0
    assert await world.deliver(seconds=3_600) == 2
    assert len(ads.requests) == 1


async def test_what_the_gate_refuses_is_not_sent_and_is_taken_out(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"), carts("kim"))
    sarah = await world.person("email|sarah@example.com")
    world.gate.no.add(sarah)
    await world.deliver()
    assert ads.held.keys() == {await world.person("email|kim@example.com")}
    assert await world.outcomes(profile=sarah) == [("done", "refused:consent")]
    world.gate.no = {await world.person("email|kim@example.com")}
    await world.happens(*(record(f"email|{one}@example.com", id=one, plan="x") for one in ("sarah", "kim")))
    await world.deliver()
    assert ads.held.keys() == {sarah}
    world.gate.never = "The policy `no_ads` forbids it."
    with pytest.raises(ActivationRefusedError, match="no_ads"):
        await world.destinations.activate("carts", "ads", id="other")
    assert [one.id for one in await world.destinations.activations()] == ["carts-ads"]


async def test_no_faster_than_wished_and_only_for_the_actions_chosen(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    options = {"url": ads.url, "rate_per_second": 20, "batch_size": 2}
    await world.destinations.create("ads", "webhook", options, actions=["retargeting", "measurement", "analytics"])
    found = await world.destinations.activate("carts", "ads", actions=["measurement", "retargeting"])
    assert found.actions == ("measurement", "retargeting")
    await world.happens(*(carts(f"p{number}") for number in range(10)))
    began = perf_counter()
    await world.deliver()
    assert perf_counter() - began >= 0.5
    assert len(ads.held) == 10
    assert {plan.actions for plan in world.gate.plans} == {("measurement", "retargeting")}
    again = await world.destinations.activate("carts", "ads", actions=["measurement"])
    assert (again.id, again.actions) == (found.id, ("measurement",))
    with pytest.raises(DestinationError, match="rate_per_second"):
        await world.hook("never", ads.url, rate_per_second=0)


async def test_members_of_a_segment_can_be_left_out(world: World, ads: Receiver) -> None:
    await world.live("carts", "carted")
    await world.live("buyers", "purchased")
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads", except_=["buyers"])
    await world.happens(carts("sarah"), carts("kim"))
    await world.deliver()
    assert len(ads.held) == 2
    await world.happens(buys("sarah"))
    await world.deliver()
    assert ads.held.keys() == {await world.person("email|kim@example.com")}


async def test_entries_and_exits_are_told_each(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("airflow", ads.url)
    await world.destinations.activate("carts", "airflow", mode="events", fields=["segment", "identity.email"])
    await world.happens(carts("sarah"))
    await world.happens(buys("sarah"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    assert ads.told == [("entered", sarah), ("exited", sarah)]
    change = orjson.loads(ads.requests[0][1])["changes"][0]
    assert change["fields"] == {"segment": "carts", "email": "sarah@example.com"}
    assert change["by_event"] == "cart-sarah"


async def test_an_orchestrator_gets_it_under_the_name_that_it_reads(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("airflow", ads.url, wrap="conf", beside={"logical_date": None})
    await world.destinations.activate("carts", "airflow", mode="events")
    await world.happens(carts("sarah"))
    await world.deliver()
    told = orjson.loads(ads.requests[0][1])
    assert told["logical_date"] is None
    assert [one["action"] for one in told["conf"]["changes"]] == ["entered"]


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
async def test_files(world: World, tmp_path: Path, kind: str) -> None:
    await world.live("carts", CARTS)
    await world.destinations.create("lake", "files", {"url": str(tmp_path), "format": kind}, actions=["analysis"])
    await world.destinations.activate("carts", "lake", fields=["identity.email", "profile.points"])
    await world.happens(carts("sarah"), record("email|sarah@example.com", id="points", points=150))
    await world.deliver()
    await world.happens(buys("sarah"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    rows: list[Mapping[str, Any]] = []
    for file in sorted((tmp_path / "carts-lake").iterdir()):
        assert file.suffix == f".{kind}"
        if kind == "csv":
            rows += csv.DictReader(io.StringIO(file.read_text()))
        elif kind == "ndjson":
            rows += [orjson.loads(each) for each in file.read_text().splitlines()]
        else:
            rows += pq.read_table(file).to_pylist()
    assert [(row["action"], row["profile_id"]) for row in rows] == [("add", sarah), ("remove", sarah)]
    assert rows[0]["email"] == "sarah@example.com"
    assert str(rows[0]["points"]) == "150"


async def test_secrets_are_sealed_and_never_shown(world: World, ads: Receiver) -> None:
    await world.hook("ads", ads.url, secret="very-secret", authorization="Bearer token-1")
    found = await world.destinations.get("ads")
    assert "secret" not in found.options
    rows = await world.graph.read_text("MATCH (one:Destination) RETURN properties(one) AS told")
    assert "very-secret" not in repr(rows) + repr(found)
    assert "token-1" not in repr(rows) + repr(found)
    await world.destinations.create("ads", "webhook", {"url": ads.url + "/other"}, actions=["retargeting"])
    await world.live("carts", CARTS)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    await world.deliver()
    headers, body = ads.requests[0]
    assert headers["authorization"] == "Bearer token-1"
    assert headers[SIGNATURE.lower()] == signature("very-secret", headers[STAMP.lower()], body)


async def test_a_destination_whose_secrets_cannot_be_opened_rests(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url, secret="one")
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"))
    await world.graph.transact(lambda tx: tx.run_text("MATCH (one:Destination) SET one.sealed = 'broken'"))
    for _ in range(5):
        assert await world.deliverer._guarded("ads") == 0
    assert await world.deliverer._waiting() == []
    assert (await world.destinations.get("ads")).last_error == "It cannot be used (configuration)."


async def test_what_cannot_be_is_refused_in_a_sentence(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    with pytest.raises(DestinationError, match="There is no kind of destination `fax`; there is"):
        await world.destinations.create("fax", "fax", {}, actions=["retargeting"])
    with pytest.raises(DestinationError, match="The option url of a webhook destination is wrong") as caught:
        await world.destinations.create("ads", "webhook", {"url": "nowhere secret"}, actions=["retargeting"])
    assert "nowhere" not in caught.value.message
    with pytest.raises(DestinationError, match="It takes url, secret"):
        await world.destinations.create("ads", "webhook", {"url": ads.url, "sekret": "x"}, actions=["retargeting"])
    await world.hook("ads", ads.url)
    with pytest.raises(DestinationError, match=r"The mapping reads `profile`, which there is not"):
        await world.destinations.activate("carts", "ads", fields=["profile=x"])
    with pytest.raises(DestinationError, match="ads serves retargeting"):
        await world.destinations.activate("carts", "ads", actions=["email_targeting"])
    with pytest.raises(DestinationError, match="has ended already"):
        await world.destinations.activate("carts", "ads", ends=NOON - timedelta(days=1))
    assert await world.destinations.activations() == ()


async def test_a_preview_says_what_would_be_sent(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.happens(carts("sarah"), record("email|sarah@example.com", id="n", first_name="Sarah"))
    found = await world.destinations.preview("carts", "ads", ["profile.first_name=firstName", "identity.email=to"])
    assert found == [{"firstName": "Sarah", "to": "sarah@example.com"}]
    assert ads.requests == []


@pytest.mark.parametrize(
    "name",
    [
        *("any", "enqueue", "enqueue_people", "enqueue_told", "remind"),
        *("take", "stand", "begin", "settle", "health", "lease", "deliveries"),
    ],
)
async def test_what_runs_for_every_change_finds_by_key(graph: Graph, name: str) -> None:
    statement = graph.catalogue.get(f"destinations.{name}")
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
        summary = await result.consume()
    assert summary.plan is not None
    found = {operator for operator, _ in operators(summary.plan)}
    scans = {one for one in found if one.endswith("Scan") and not one.endswith("IndexSeekByRange")}
    assert scans <= ({"NodeByLabelScan"} if name in ("any", "deliveries") else set()), found
    if name == "deliveries":  # it looks at the few destinations, and reads each one's in their order
        assert ("NodeByLabelScan", "delivery:Delivery") not in set(operators(summary.plan))
        assert "NodeIndexSeekByRange" in found or "NodeIndexSeek" in found, found


async def test_pages_of_all_destinations_are_in_order_and_miss_nothing(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    for id in ("one", "two", "three"):
        await world.hook(id, ads.url)
        await world.destinations.activate("carts", id)
    await world.happens(*(carts(f"p{number}") for number in range(4)))
    await world.deliver()
    await world.happens(buys("p1"))
    await world.deliver()
    found, before = [], None
    while page := await world.destinations.deliveries(first=2, before=before):
        found += page
        before = (page[-1].at, page[-1].id)
    assert len({one.id for one in found}) == len(found) == 15
    assert [(one.at, one.id) for one in found] == sorted(((one.at, one.id) for one in found), reverse=True)
    (row,) = await world.graph.read_text("MATCH (one:Delivery) RETURN count(*) AS count", {})
    assert row["count"] == 15
    of_two = await world.destinations.deliveries(activation="carts-two", state="done", first=50)
    assert len(of_two) == 5
    assert {one.destination for one in of_two} == {"two"}


async def test_what_becomes_forbidden_is_taken_out_and_comes_back(world: World) -> None:
    async with receiving() as ads:
        await world.live("carts", CARTS)
        await world.hook("ads", ads.url)
        one = await world.destinations.activate("carts", "ads")
        await world.happens(carts("sarah"), carts("kim"))
        await world.deliver()
        held = set(ads.held)
        assert len(held) == 2
        world.gate.never = "A policy forbids it."
        await world.destinations.look_again(one.id)
        await world.destinations.turn()
        await world.deliver()
        assert ads.held == {}
        world.gate.never = None
        await world.destinations.look_again(one.id)
        await world.destinations.turn()
        await world.deliver()
        assert set(ads.held) == held
        await world.destinations.change_activation(one.id, "ended")
        await world.deliver()
        await world.destinations.look_again(one.id)
        assert (await world.destinations.activation(one.id)).state == "ended"
        assert await world.destinations.turn() == 0
