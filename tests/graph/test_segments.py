"""Segments in the graph: defined, filled, kept up by events, by time, by merges; versions and states."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Author, RuleBook, Undo
from graphcdp.identity.people.households import Households
from graphcdp.ingest import Pipeline
from graphcdp.model import Device, Fact
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.segment import SegmentConflictError, SegmentNotFoundError
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, fact, key, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

CART = "abandoned cart in last 7 days"


class World:
    """A pipeline with segments over the session's graph, and a clock to move."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.clock = MovableClock(NOON)
        rules = self.rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, rules, b"k" * 32)
        self.undo = Undo(graph, self.clock, rules, self.pipeline.writer)
        self.undo.regrouped = self.pipeline.regroup
        self.segments = Segments(graph, self.clock, self.pipeline, Language(graph, self.clock, rules))

    async def happens(self, *facts: Fact) -> None:
        await self.pipeline.ingest(facts)

    async def live(self, id: str, rule: str) -> None:
        await self.segments.define(id, rule)
        await self.segments.change_state(id, "active")

    async def who(self, id: str) -> list[str]:
        """User ids of the members, in order."""
        rows = await self.graph.read_text(
            "MATCH (:Segment {id: $id})<-[:MEMBER_OF]-(:Profile)-[:HAS_IDENTITY]->(one:Identity {namespace: 'user_id'})"
            " RETURN one.value AS who ORDER BY who",
            {"id": id},
        )
        return [row["who"] for row in rows]

    async def at(self, minute: float) -> None:
        """Move the clock to so many minutes after noon, and do what time brings about."""
        self.clock.set(NOON + timedelta(minutes=minute))
        await self.segments.tick()


@pytest.fixture
async def world(graph: Graph) -> AsyncIterator[World]:
    yield World(graph)


def carts(who: str, minute: float) -> Fact:
    return fact(f"user_id|{who}", type="add_to_cart", minute=minute)


def buys(who: str, minute: float) -> Fact:
    return fact(f"user_id|{who}", type="purchase", minute=minute)


async def test_a_cart_that_lies_idle_and_then_is_bought(world: World) -> None:
    await world.happens(carts("old", -100), carts("bought", -100), buys("bought", -90), fact("user_id|looks"))
    await world.live("carts", CART)
    assert await world.who("carts") == ["old"]
    await world.happens(carts("sarah", 0))
    await world.at(29)
    assert await world.who("carts") == ["old"]
    await world.at(30.1)
    assert await world.who("carts") == ["old", "sarah"]
    await world.happens(buys("sarah", 30.05))
    assert await world.who("carts") == ["old"]
    await world.at(8 * 24 * 60)
    assert await world.who("carts") == []


async def test_memberships_are_dated_and_say_what_did_it(world: World) -> None:
    await world.live("buyers", "purchased in last 1 hour")
    bought = buys("ana", 0)
    await world.happens(bought)
    await world.at(61)
    (profile,) = await world.graph.read_text("MATCH (p:Profile) RETURN p.id AS id")
    ((stay,),) = (await world.segments.of([profile["id"]])).values()
    assert (stay.segment_id, stay.entered, stay.because, stay.by_event) == ("buyers", NOON, "event", bought.id)
    assert (stay.exited, stay.exited_because) == (NOON + timedelta(minutes=61), "clock")
    changes = await world.graph.read_text(
        "MATCH (c:Change) WHERE c.kind STARTS WITH 'segment_e' RETURN c.kind AS kind, c.because AS why ORDER BY c.seq"
    )
    assert changes == [{"kind": "segment_entered", "why": "event"}, {"kind": "segment_exited", "why": "clock"}]


async def test_attributes_wake_a_rule_and_new_people_are_asked(world: World) -> None:
    await world.live("bronze", "profile.tier = 'Bronze' and never purchased")
    await world.happens(record("user_id|ana", tier="Bronze"), record("user_id|ben", minute=-9, tier="Gold"))
    assert await world.who("bronze") == ["ana"]
    await world.happens(record("user_id|ben", minute=0, tier="Bronze"), buys("ana", -1))
    assert await world.who("bronze") == ["ben"]


async def test_a_merge_keeps_the_earliest_entry_and_a_split_decides_anew(world: World) -> None:
    await world.live("viewers", "viewed product and purchased")
    await world.live("any", "viewed product")
    await world.happens(fact("anonymous_id|c", type="product_view", minute=-5))
    world.clock.set(NOON + timedelta(minutes=1))
    await world.happens(buys("ana", 0), fact("user_id|ana", type="product_view", id="again"))
    world.clock.set(NOON + timedelta(minutes=2))
    await world.happens(fact("user_id|ana", "anonymous_id|c", type="login", minute=2))
    (stay,) = await world.segments.members("any")
    assert (stay.entered, stay.because) == (NOON, "event")
    former = await world.graph.read_text(
        "MATCH (f:FormerProfile)-[was:WAS_MEMBER_OF]->(s) RETURN s.id AS id, was.because AS why"
    )
    assert former == [{"id": "any", "why": "merged"}]
    assert await world.who("viewers") == ["ana"]
    await world.undo.cut(key("user_id|ana"), key("anonymous_id|c"), Author("test"))
    assert len(await world.segments.members("any")) == 2


async def test_segments_ask_for_segments(world: World) -> None:
    await world.live("buyers", "purchased")
    await world.live("rest", "everyone and not in segment buyers")
    await world.happens(buys("ana", 0), fact("user_id|ben"))
    assert (await world.who("buyers"), await world.who("rest")) == (["ana"], ["ben"])
    with pytest.raises(SegmentConflictError, match="buyers → rest → buyers"):
        await world.segments.define("buyers", "not in segment rest")
    with pytest.raises(SegmentConflictError, match="used by Segment rest"):
        await world.segments.change_state("buyers", "archived")
    await world.segments.define("buyers", "purchased at least 2 times")
    assert (await world.who("buyers"), await world.who("rest")) == ([], ["ana", "ben"])


async def test_versions_and_states(world: World) -> None:
    await world.happens(buys("ana", -10), carts("ben", -100))
    await world.segments.define("s", "PURCHASED", name="Buyers", author="me")
    assert (await world.segments.get("s")).state == "draft"
    assert await world.who("s") == []
    await world.segments.change_state("s", "active")
    assert await world.who("s") == ["ana"]
    again = await world.segments.define("s", "purchased")
    assert (again.version, again.name, again.created_by) == (1, "Buyers", "me")
    changed = await world.segments.define("s", "purchased or added to cart")
    assert (changed.version, await world.who("s")) == (2, ["ana", "ben"])
    assert [one.rule for one in await world.segments.versions("s")] == ["purchased or added to cart", "purchased"]
    parts, text = await world.segments.difference("s")
    assert [(one.kind, one.text) for one in parts] == [("added", "added to cart")]
    assert "+or added to cart" in text
    await world.segments.change_state("s", "paused")
    await world.happens(buys("eve", 0))
    assert await world.who("s") == ["ana", "ben"]
    await world.segments.change_state("s", "active")
    assert await world.who("s") == ["ana", "ben", "eve"]
    await world.segments.change_state("s", "archived")
    assert await world.who("s") == []
    with pytest.raises(SegmentConflictError, match="from there it becomes draft"):
        await world.segments.change_state("s", "active")
    with pytest.raises(SegmentNotFoundError, match="There is no segment nobody"):
        await world.segments.get("nobody")


async def test_what_is_wrong_is_not_kept(world: World) -> None:
    await world.happens(record("user_id|ana", tier="Bronze"))
    for rule, told in (
        ("profile.teir = 'Bronze'", "tier"), ("purchased in", "not expected here"), ("in segment nothing", "nothing"),
    ):  # fmt: skip
        with pytest.raises(RuleError, match=told):
            await world.segments.define("s", rule)
    with pytest.raises(RuleError, match="cannot be a segment's id"):
        await world.segments.define("S'; MATCH (n) DETACH DELETE n", "everyone")
    assert await world.segments.all() == ()


async def test_filling_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphcdp.segments.store.AT_ONCE", 3)
    await world.happens(*(buys(f"u{number}", 0) for number in range(8)))
    await world.segments.define("buyers", "purchased")
    await world.segments.change_state("buyers", "active")
    assert len(await world.segments.members("buyers")) == 8
    await world.graph.write("segments.fill", ids=["buyers"])
    assert (await world.segments.get("buyers")).filling
    assert await world.segments.fill() == 8
    assert not (await world.segments.get("buyers")).filling


async def test_a_household_wakes_its_members(world: World) -> None:
    await world.live("gifts", "household viewed product where category = 'toys'")
    await world.live("shoppers", "in segment gifts")
    phone = Device("tablet", "tablet", "Tablet")
    await world.happens(
        fact("user_id|ana", "anonymous_id|a", device=phone),
        fact("user_id|ben", "anonymous_id|b", device=phone),
        fact("user_id|eve", type="product_view", properties={"category": "toys"}),
    )
    homes = Households(world.graph, world.clock, world.rules, lambda founder: f"home {founder}")
    homes.refreshed = world.segments.households_changed
    await world.happens(fact("user_id|ana", type="product_view", properties={"category": "toys"}))
    assert await world.who("gifts") == []
    assert (await homes.refresh()).members == 2
    assert (await world.who("gifts"), await world.who("shoppers")) == (["ben"], ["ben"])
    await world.happens(fact("user_id|ben", type="product_view", minute=-1, properties={"category": "toys"}))
    assert await world.who("gifts") == ["ana", "ben"]


def pays(who: str, minute: float, revenue: float) -> Fact:
    return fact(f"user_id|{who}", type="purchase", minute=minute, properties={"revenue": revenue})


async def test_a_study_over_time(world: World) -> None:
    day = 24 * 60
    await world.live("carts", "added to cart in last 1 day")
    await world.happens(carts("ana", -1), carts("ben", -1), fact("user_id|eve"), pays("eve", -2, 10.0))
    world.clock.set(NOON + timedelta(days=1))
    await world.segments.tick()
    await world.happens(pays("ana", day - 60, 30.0), pays("eve", day - 30, 5.0), carts("cid", day))
    since = NOON - timedelta(days=1)
    found = await world.segments.study("carts", since=since, until=NOON + timedelta(days=2))
    assert [(one.size, one.entries, one.exits) for one in found.buckets] == [(0, 0, 0), (2, 2, 0), (1, 1, 2)]
    assert [one.others.people for one in found.buckets] == [3, 1, 1]  # cid comes last
    assert (found.entered.people, found.entered.converted, found.entered.revenue) == (3, 1, 30.0)
    assert (found.others.people, found.others.converted, found.others.revenue) == (1, 1, 15.0)
    assert found.entered.spend.value == 10.0
    assert found.entered.conversion.low is not None
    assert 0 < found.entered.conversion.low < 1 / 3
    usual = await world.segments.study("carts", days=2)
    assert [one.start for one in usual.buckets] == [usual.since, usual.since + timedelta(days=1)]
    assert (usual.since, usual.until) == (NOON.replace(hour=0), NOON + timedelta(days=1))
    assert [(one.size, one.entries, one.exits) for one in usual.buckets] == [(2, 2, 0), (2, 0, 0)]
    frame = found.frame()
    assert list(frame["entries"]) == [one.entries for one in found.buckets]
    assert frame.index[0] == since
    picture = found.plot()
    drawn = [row["members"] for row in picture.spec["data"]["values"] if row["series"] == "entered"]
    assert drawn == [one.size for one in found.buckets]
    assert "everyone else" in picture.svg()
    with pytest.raises(InvalidInputError, match="must have 1 to 400"):
        await world.segments.study("carts", since=since, until=since)
