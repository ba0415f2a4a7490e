"""Email, customer match and tracking calls, against a real SMTP server, real HTTP servers and real files."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphcdp.base import Settings
from graphcdp.destinations import Deliverer, DestinationError
from graphcdp.destinations.kinds.webhook import Webhook
from graphcdp.graph import Graph
from tests.make import fact, record
from tests.outgoing import CARTS, World, buys, carts
from tests.receivers import Mailbox, mailbox, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


@pytest.fixture
async def world(graph: Graph, settings: Settings) -> AsyncIterator[World]:
    made = World(graph, settings)
    yield made
    await made.destinations.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


async def campaign(world: World, box: Mailbox, id: str = "mails", **more: Any) -> None:
    options = {
        "host": "127.0.0.1",
        "port": box.port,
        "security": "none",
        "sender": "Luma <hello@luma.example>",
        "subject": "A gift, {{ first_name | default('friend') }}?",
        "text": "Hello {{ first_name | default('friend') }}, your cart waits.",
        "html": "<p>Hello {{ first_name }}</p>",
        "unsubscribe": "https://luma.example/bye",
    }
    frequency = more.pop("frequency", None)
    await world.destinations.create(id, "email", {**options, **more}, actions=["email_targeting"], frequency=frequency)


async def test_a_member_gets_one_message_by_the_template(world: World, box: Mailbox) -> None:
    await world.live("carts", CARTS)
    await campaign(world, box)
    found = await world.destinations.activate("carts", "mails")
    await world.happens(carts("sarah"), record("email|sarah@example.com", id="n", first_name="Sarah <b>Rose</b>"))
    await world.deliver()
    ((to, told),) = box.messages
    assert to == "sarah@example.com"
    assert told["Subject"] == "A gift, Sarah <b>Rose</b>?"
    assert told["List-Unsubscribe"] == "<https://luma.example/bye>"
    plain, html = told.get_body(("plain",)), told.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Hello Sarah <b>Rose</b>, your cart waits."
    assert html.get_content().strip() == "<p>Hello Sarah &lt;b&gt;Rose&lt;/b&gt;</p>"
    assert [one.subject for one in await world.destinations.holds(found.id)] == ["email|sarah@example.com"]
    await world.happens(record("email|sarah@example.com", id="m", first_name="Sara"))
    await world.happens(buys("sarah"))
    await world.deliver()
    assert await world.destinations.holds(found.id) == ()
    assert len(box.messages) == 1


async def test_who_comes_back_or_merges_is_not_written_to_again(world: World, box: Mailbox) -> None:
    await world.live("carts", "carted in last 1 hours")
    await campaign(world, box)
    await world.destinations.activate("carts", "mails")
    await world.happens(fact("email|sarah@example.com", type="add_to_cart", ts=world.clock.now(), id="c1"))
    await world.deliver()
    world.clock.advance(timedelta(hours=2))
    await world.segments.tick()
    await world.deliver()
    await world.happens(
        fact("email|sarah@example.com", "user_id|sarah", type="add_to_cart", ts=world.clock.now(), id="c2")
    )
    await world.deliver()
    assert len(box.messages) == 1
    assert (await world.outcomes())[-1] == ("done", "sent_before")


async def test_who_has_left_before_the_server_was_back_is_not_written_to(world: World, box: Mailbox) -> None:
    await world.live("carts", CARTS)
    await campaign(world, box, port=1)
    await world.destinations.activate("carts", "mails")
    await world.happens(carts("sarah"), carts("kim"))
    await world.deliver()
    assert (await world.destinations.get("mails")).last_error is not None
    await world.happens(buys("sarah"))
    await campaign(world, box)
    await world.deliver(seconds=60)
    await world.deliver(seconds=60)
    assert [to for to, _ in box.messages] == ["kim@example.com"]


async def test_an_address_that_waits_is_tried_again_and_one_refused_is_a_dead_letter(
    world: World, box: Mailbox
) -> None:
    await world.live("carts", CARTS)
    await campaign(world, box)
    await world.destinations.activate("carts", "mails")
    box.refuse = {"later@example.com": "450 busy", "never@example.com": "550 no such user"}
    await world.happens(carts("later"), carts("never"), carts("sarah"))
    await world.deliver()
    assert [to for to, _ in box.messages] == ["sarah@example.com"]
    (dead,) = await world.destinations.deliveries(state="dead")
    assert dead.answer == "SMTP 550"
    box.refuse = {}
    await world.deliver(seconds=60)
    assert [to for to, _ in box.messages] == ["sarah@example.com", "later@example.com"]


async def test_where_nobody_knows_whether_it_arrived_a_person_decides(world: World, box: Mailbox) -> None:
    await world.live("carts", CARTS)
    await campaign(world, box)
    await world.destinations.activate("carts", "mails")
    box.hang_up = 0
    await world.happens(carts("sarah"))
    for _ in range(4):
        await world.deliver(seconds=60)
    assert len(box.messages) == 1
    (letter,) = await world.destinations.deliveries(state="unsure")
    assert (await world.destinations.get("mails")).unsure == 1
    assert await world.destinations.replay(ids=[letter.id]) == 1
    await world.deliver()
    assert len(box.messages) == 2
    assert box.messages[0][1]["Message-ID"] != ""


async def test_a_worker_that_is_stopped_finishes_the_message_on_its_way(world: World, box: Mailbox) -> None:
    await world.live("carts", CARTS)
    await campaign(world, box)
    await world.destinations.activate("carts", "mails")
    await world.happens(*(carts(f"p{number}") for number in range(5)))
    box.delay_seconds = 0.3
    running = asyncio.create_task(world.deliverer.run(0.01))
    while not box.messages:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(box.messages) == 1
    assert sorted(await world.outcomes()) == [("done", "sent"), *[("queued", None)] * 4]
    box.delay_seconds = 0
    again = Deliverer(world.graph, world.clock, world.destinations, world.gate)
    world.clock.advance(timedelta(seconds=1))
    await again.drain()
    assert len({to for to, _ in box.messages}) == len(box.messages) == 5


async def test_no_more_messages_than_wished_over_all_channels(world: World, box: Mailbox) -> None:
    await world.live("carts", CARTS)
    await world.live("carters", "carted")
    for id in ("mails", "more"):
        await campaign(world, box, id, frequency=(1, 7.0))
    await world.destinations.activate("carts", "mails")
    await world.destinations.activate("carters", "more")
    await world.happens(carts("sarah"))
    await world.deliver()
    assert len(box.messages) == 1
    await world.deliver(seconds=6 * 86_400)
    assert len(box.messages) == 1
    await world.deliver(seconds=86_400 + 60)
    assert len(box.messages) == 2


class Texts(Webhook):
    """A plug-in that speaks to people on another channel: texts, handed to a gateway over HTTP."""

    kind = "texts"
    about = "Texts."
    subject = "identity"
    namespaces = ("phone",)
    one_each = True
    batch_size = 1
    message_channel = "sms"
    fields = ()


async def test_mails_and_texts_count_together(world: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = import_module("graphcdp.destinations.kinds.catalog")
    monkeypatch.setattr(kinds, "_OWN", (*kinds._OWN, Texts))
    kinds.catalog.cache_clear()
    async with receiving() as gateway:
        await world.live("carts", CARTS)
        await campaign(world, box, frequency=(1, 7.0))
        await world.destinations.create(
            "texts", "texts", {"url": gateway.url}, actions=["sms_targeting"], frequency=(2, 7.0)
        )
        await world.destinations.activate("carts", "mails")
        await world.happens(carts("sarah"), fact("email|sarah@example.com", "phone|+447700900123", id="both"))
        await world.deliver()
        assert (len(box.messages), len(gateway.seen)) == (1, 0)
        # of texts two messages a week are allowed, and the mail is one of them
        await world.destinations.activate("carts", "texts")
        await world.deliver()
        assert (len(box.messages), len(gateway.seen)) == (1, 1)
        await world.live("again", "carted")
        for to in ("mails", "texts"):
            await world.destinations.activate("again", to)
        await world.deliver()
        assert (len(box.messages), len(gateway.seen)) == (1, 1)
        assert {one.outcome for one in await world.destinations.deliveries(state="queued")} == {"too_many_messages"}
        # a week later both may speak again
        await world.deliver(seconds=7 * 86_400 + 60)
        assert (len(box.messages), len(gateway.seen)) == (2, 2)
        await world.destinations.close()
    kinds.catalog.cache_clear()


async def test_templates_cannot_reach_out(world: World, box: Mailbox) -> None:
    with pytest.raises(DestinationError, match="the template cannot be read"):
        await campaign(world, box, subject="{{ oops")
    with pytest.raises(DestinationError, match="it is no address"):
        await campaign(world, box, sender="nobody")
    await world.live("carts", CARTS)
    await campaign(world, box, text="{{ segment_name.__class__.__mro__ }}")
    await world.destinations.activate("carts", "mails")
    await world.happens(carts("sarah"))
    await world.deliver()
    assert box.messages == []
    assert await world.outcomes() == [("dead", "refused_there")]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_customer_match_as_files(world: World, tmp_path: Path) -> None:
    await world.live("carts", CARTS)
    await world.destinations.create("network", "customer_match", {"url": str(tmp_path)}, actions=["retargeting"])
    found = await world.destinations.activate("carts", "network")
    await world.happens(
        fact("email|sarah@example.com", "phone|+447700900123", type="add_to_cart", id="c"),
        fact("user_id|unreachable", type="add_to_cart", id="d"),
    )
    await world.deliver()
    assert len(await world.destinations.holds(found.id)) == 2
    await world.happens(buys("sarah"))
    await world.deliver()
    files = sorted((tmp_path / "carts-network").iterdir())
    assert [file.name.split("-")[1] for file in files] == ["add", "remove"]
    for file in files:
        rows = list(csv.DictReader(io.StringIO(file.read_text())))
        assert {row["Email"] for row in rows} == {"", _sha("sarah@example.com")}
        assert {row["Phone"] for row in rows} == {"", _sha("+447700900123")}
        assert "sarah" not in file.read_text()
    unreachable = await world.person("user_id|unreachable")
    assert await world.outcomes(profile=unreachable) == [("done", "no_identity")]


async def test_customer_match_over_http(world: World) -> None:
    async with receiving() as network:
        await world.live("carts", CARTS)
        options = {"url": network.url, "token": "t0"}
        await world.destinations.create("network", "customer_match", options, actions=["retargeting"])
        await world.destinations.activate("carts", "network")
        await world.happens(carts("sarah"))
        await world.deliver()
        await world.happens(buys("sarah"))
        await world.deliver()
        first, second = network.requests
        assert first[0]["authorization"] == "Bearer t0"
        hashed = {"userIdentifiers": [{"hashedEmail": _sha("sarah@example.com")}]}
        assert orjson.loads(first[1])["operations"] == [{"create": hashed}]
        assert orjson.loads(second[1])["operations"] == [{"remove": hashed}]


async def test_an_identity_that_changes_hands_is_at_the_destination_by_whose_it_is(world: World) -> None:
    async with receiving() as network:
        await world.live("carts", CARTS)
        await world.destinations.create("network", "customer_match", {"url": network.url}, actions=["retargeting"])
        found = await world.destinations.activate("carts", "network")
        await world.happens(fact("user_id|u1", type="add_to_cart", id="c"))
        await world.happens(fact("user_id|u1", "email|sarah@example.com", id="login"))
        await world.deliver()
        (held,) = await world.destinations.holds(found.id)
        assert (held.subject, held.state, held.member) == ("email|sarah@example.com", "held", True)


async def test_tracking_calls(world: World) -> None:
    async with receiving() as other:
        await world.live("carts", CARTS)
        options = {"url": other.url, "write_key": "wk"}
        await world.destinations.create("stream", "segment", options, actions=["analysis"])
        await world.destinations.activate("carts", "stream", fields=["identity.email"])
        await world.destinations.activate("carts", "stream", id="told", mode="events")
        await world.happens(fact("user_id|u1", "email|sarah@example.com", type="add_to_cart", id="c"))
        await world.deliver()
        await world.happens(fact("user_id|u1", type="purchase", id="b"))
        await world.deliver()
        calls = [call for _, body in other.requests for call in orjson.loads(body)["batch"]]
        assert {call["userId"] for call in calls} == {"u1"}
        headers = other.requests[0][0]
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"wk:"
        traits = [call["traits"] for call in calls if call["type"] == "identify"]
        assert traits == [{"email": "sarah@example.com", "carts": True}, {"carts": False}]
        assert [call["event"] for call in calls if call["type"] == "track"] == ["Audience Entered", "Audience Exited"]
