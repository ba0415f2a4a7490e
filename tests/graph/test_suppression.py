"""Who is not to be sent anything, what is bought already, and reminders a year ahead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from graphcdp.base import Settings
from graphcdp.destinations import RECEIPT_DAYS, DestinationError, Remind
from graphcdp.governance import GovernanceNotFoundError, Retentions
from graphcdp.graph import Graph
from graphcdp.identity import Author, RuleBook
from tests.graph.test_destination_kinds import campaign
from tests.make import NOON, fact, key
from tests.outgoing import CARTS, World, buys, carts
from tests.receivers import Mailbox, Receiver, mailbox, receiving

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


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


async def test_a_suppressed_identity_is_taken_out_everywhere_until_it_is_over(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads")
    await world.happens(carts("sarah"), carts("kim"))
    await world.deliver()
    until = world.clock.now() + timedelta(days=30)
    listed = [key("email|SARAH@example.com"), key("email|never-seen@example.com")]
    assert await world.destinations.suppressions.add(listed, "complaint", until=until, author="test") == 2
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    assert ads.held.keys() == {await world.person("email|kim@example.com")}
    await world.happens(carts("never-seen"))
    await world.deliver()
    unseen = await world.person("email|never-seen@example.com")
    assert await world.outcomes(profile=unseen) == [("done", "suppressed")]
    assert [one.key for one in await world.destinations.suppressions.all()] == [
        "email|never-seen@example.com",
        "email|sarah@example.com",
    ]
    world.clock.set(until)
    await world.destinations.turn()
    await world.deliver()
    assert {sarah, unseen} <= ads.held.keys()
    assert await world.destinations.suppressions.all() == ()


async def test_a_suppression_may_be_of_one_destination_only(world: World, ads: Receiver) -> None:
    async with receiving() as other:
        await world.live("carts", CARTS)
        for id, receiver in (("ads", ads), ("other", other)):
            await world.hook(id, receiver.url)
            await world.destinations.activate("carts", id)
        await world.destinations.suppressions.add([key("email|sarah@example.com")], "wish", destination="ads")
        await world.happens(carts("sarah"))
        await world.deliver()
        assert (len(ads.held), len(other.held)) == (0, 1)
        (listed,) = await world.destinations.suppressions.all()
        assert await world.destinations.suppressions.remove([listed.id]) == 1
        await world.deliver()
        assert (len(ads.held), len(other.held)) == (1, 1)


async def test_what_was_bought_is_told_at_once_so_that_it_is_not_shown_any_more(world: World, ads: Receiver) -> None:
    await world.live("carters", "carted")
    await world.hook("ads", ads.url)
    await world.destinations.activate("carters", "ads", fields=["bought=suppressed_products"])
    await world.happens(carts("sarah"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    assert ads.held == {sarah: {}}
    await world.happens(buys("sarah"))
    await world.deliver()
    assert ads.held == {sarah: {"suppressed_products": ["P1"]}}
    # a year later it may be shown again, although nothing has happened
    await world.destinations.activate(
        "carters", "ads", fields=["bought=suppressed_products"], ends=NOON.replace(year=2028)
    )
    await world.deliver()
    bought = world.clock.now()
    world.clock.set(bought + timedelta(days=364))
    await world.destinations.turn()
    assert await world.deliver() == 0
    world.clock.set(bought + timedelta(days=365, hours=2))
    await world.destinations.turn()
    await world.deliver()
    assert ads.held == {sarah: {}}
    await world.destinations.turn()
    assert await world.deliver() == 0


async def test_who_is_erased_is_taken_out_although_nobody_is_there_any_more(world: World, ads: Receiver) -> None:
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.create("network", "customer_match", {"url": ads.url + "/match"}, actions=["retargeting"])
    for id in ("ads", "network"):
        await world.destinations.activate("carts", id)
    await world.happens(carts("sarah"))
    await world.deliver()
    sarah = await world.person("email|sarah@example.com")
    world.clock.advance(timedelta(seconds=1))
    withdrawn = await world.graph.transact(lambda tx: world.destinations.withdraw(tx, [sarah], world.clock.now()))
    assert withdrawn == 2
    await world.graph.transact(
        lambda tx: tx.run_text(
            "MATCH (one:Profile {id: $id})-[:HAS_IDENTITY]->(i:Identity) DETACH DELETE one, i", {"id": sarah}
        )
    )
    await world.deliver()
    assert ads.held == {}
    assert b'"remove"' in ads.requests[-1][1]
    kept = await world.graph.read_text("MATCH (one:Delivery) WHERE one.subjects IS NOT NULL RETURN one.id AS id")
    assert kept == []


async def test_a_reminder_a_year_ahead_survives_a_restart_and_a_merge(
    world: World, graph: Graph, settings: Settings, box: Mailbox
) -> None:
    await world.live("all", "everyone")
    await campaign(world, box)
    with pytest.raises(DestinationError, match="say which event is the wish"):
        await world.destinations.activate("all", "mails", mode="reminders")
    await world.destinations.activate(
        "all", "mails", mode="reminders", remind=Remind("reminder_request", "remind_on", 365)
    )
    wish = fact("anonymous_id|e1", type="reminder_request", id="wish", properties={"remind_on": "2027-02-27"})
    later = fact("email|kim@example.com", type="reminder_request", id="later", ts=NOON)
    await world.happens(wish, later)
    assert box.messages == []
    assert [(one.due.isoformat(), one.state) for one in await world.destinations.reminders()] == [
        ("2027-02-27T09:00:00+00:00", "waiting"),
        ("2027-03-01T12:00:00+00:00", "waiting"),
    ]
    await world.happens(fact("anonymous_id|e1", "email|sarah@example.com", id="login"))
    again = World(graph, settings)  # another process, a year later: the activation itself has long ended
    again.clock.set(NOON + timedelta(days=100))
    await again.destinations.turn()
    assert (await again.destinations.activations())[0].state == "ended"
    again.clock.set(NOON.replace(year=2027, month=2, day=27, hour=8))
    await again.destinations.turn()
    await again.deliver()
    assert box.messages == []
    again.clock.set(NOON.replace(year=2027, month=2, day=27, hour=9))
    await again.destinations.turn()
    await again.deliver()
    await again.destinations.turn()
    await again.deliver()
    assert [to for to, _ in box.messages] == ["sarah@example.com"]
    again.clock.set(NOON.replace(year=2027, month=3, day=2))
    await again.destinations.turn()
    await again.deliver()
    assert [to for to, _ in box.messages] == ["sarah@example.com", "kim@example.com"]
    assert [one.state for one in await again.destinations.reminders()] == ["sent", "sent"]
    await again.destinations.close()


async def test_receipts_go_after_their_time_and_what_is_open_stays(world: World, ads: Receiver) -> None:
    rules = RuleBook(world.graph, world.clock)
    kept = Retentions(world.graph, world.clock, rules, world.pipeline)
    kept.kinds["deliveries"] = (RECEIPT_DAYS, world.destinations.forget)
    await world.live("carts", CARTS)
    await world.hook("ads", ads.url)
    await world.destinations.activate("carts", "ads", ends=world.clock.now() + timedelta(days=3_000))
    await world.happens(carts("sarah"))
    await world.deliver()
    ads.status = 410
    await world.happens(carts("ana"))
    await world.deliver()
    ads.status = 503
    await world.happens(carts("eve"))
    await world.deliver()
    assert {one.state for one in await world.destinations.deliveries()} == {"done", "dead", "queued"}
    assert [(one.dataset, one.days) for one in await kept.all()] == [("deliveries", 730), ("rejected", 365)]
    world.clock.advance(timedelta(days=729))
    assert await kept.run() == 0
    world.clock.advance(timedelta(days=2))
    await kept.put("deliveries", None, Author("cli:test", None))
    assert await kept.run() == 0
    await kept.put("deliveries", 400, Author("cli:test", None))
    assert await kept.run() == 2
    assert [one.state for one in await world.destinations.deliveries()] == ["queued"]
    assert len(await world.destinations.holds("carts-ads")) == 2
    with pytest.raises(GovernanceNotFoundError, match="beside datasets there is deliveries"):
        await kept.put("nothing", 3, Author("cli:test", None))
