"""Decisions on the real graph: who is shown what and why, caps under rivals, hold-outs, recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from graphcdp.base import ConflictError, MovableClock
from graphcdp.decisions import (
    Cap,
    Decider,
    OfferError,
    OfferNotFoundError,
    PlacementNotFoundError,
    Plan,
    Recommender,
    Shelf,
    hold_out,
    offer,
    placement,
    read_plan,
)
from graphcdp.decisions.impressions import SOON_SECONDS, Impressed, Turn
from graphcdp.graph import Graph, Question, Transaction, load_migrations
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, at, fact, record

pytestmark = pytest.mark.anyio
HOME = placement("home", slots=2, recommend=3, fallback={"headline": "Hello"})
SARAH = IdentityKey("user_id", "sarah")
SECRET = b"the same in every test"


class Shop:
    """What decides, over an empty graph, with a clock that is moved by hand."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.clock = MovableClock(NOON + timedelta(days=1))
        self.pipeline = Pipeline(graph, self.clock, RuleBook(graph, self.clock), SECRET)
        self.language = Language(graph, self.clock, RuleBook(graph, self.clock))
        self.shelf = Shelf(graph, self.language)
        self.recommender = Recommender(graph, self.clock)
        self.decider = Decider(graph, self.clock, self.pipeline, self.recommender, SECRET)

    async def shown(self, key: IdentityKey = SARAH, place: str = "home", **more: Any) -> list[str]:
        """Return the ids of the offers that are shown."""
        return [each.offer.id for each in (await self.decider.decide(place, key, **more)).shown]

    async def why_not(self, key: IdentityKey = SARAH, place: str = "home") -> dict[str, str]:
        """Return the codes of the offers that are not, by id; nothing is recorded."""
        decision = await self.decider.decide(place, key, record=False)
        return {each.offer.id: each.reason.code for each in decision.passed}

    async def impressions(self) -> int:
        """Return how many impressions there are, once they are events."""
        await self.decider.impressions.settle()
        rows = await self.graph.read_text("MATCH (e:Event {type: 'offer_impression'}) RETURN count(e) AS found")
        return int(rows[0]["found"])


@pytest.fixture
async def shop(graph: Graph, clean: None) -> AsyncIterator[Shop]:
    """A shop where Sarah has a tier."""
    opened = Shop(graph)
    await opened.pipeline.ingest([record("user_id|sarah", "email|s@shop.example", tier="Bronze", points=1383)])
    yield opened
    await opened.decider.close()


async def test_who_is_shown_what_and_why_not(shop: Shop) -> None:
    await shop.pipeline.ingest([record("user_id|ann", first_name="Ann")])
    await shop.shelf.define(
        Plan(
            placements=(HOME,),
            offers=(
                offer("bronze", content={"text": "{points} points"}, placements=["home"], priority=9,
                      rule='profile.tier = "Bronze"', exclusive="hello"),
                offer("known", content={"text": "Hi"}, placements=["home"], priority=8, exclusive="hello"),
                offer("gold", content={"text": "Hi"}, placements=["home"], priority=7, rule='profile.tier = "Gold"'),
                offer("named", content={"text": "Hi {first_name}"}, placements=["home"], priority=6),
                offer("late", content={"text": "Hi"}, placements=["home"], priority=5, starts=NOON + timedelta(days=2)),
                offer("early", content={"text": "Hi"}, placements=["home"], priority=4, ends=NOON),
                offer("any", content={"text": "Hi"}, placements=["home"], priority=3, rule="has identity email"),
                offer("more", content={"text": "Hi"}, placements=["home"], priority=2),
            ),
        )
    )  # fmt: skip
    decision = await shop.decider.decide("home", SARAH)
    assert [(each.offer.id, each.content) for each in decision.shown] == [
        ("bronze", {"text": "1,383 points"}), ("any", {"text": "Hi"}),
    ]  # fmt: skip
    assert {each.offer.id: each.reason.code for each in decision.passed} == {
        "known": "excluded", "gold": "not_eligible", "named": "unknown_attribute", "late": "not_started",
        "early": "ended", "more": "no_room",
    }  # fmt: skip
    assert (decision.visitor, decision.fallback, decision.recorded) == ("known", None, True)
    assert await shop.impressions() == 2
    assert await shop.graph.read("decisions.waiting") == []
    told = await shop.graph.read_text(
        "MATCH (:Identity {key: 'user_id|sarah'})-[:PERFORMED]->(e:Event) "
        "RETURN e.p_offer AS offer, e.p_placement AS placement, e.p_decision AS decision ORDER BY offer"
    )
    assert told == [{"offer": each, "placement": "home", "decision": decision.id} for each in ("any", "bronze")]


async def test_strangers_newcomers_and_who_came_back_see_other_things(shop: Shop) -> None:
    await shop.shelf.define(
        Plan(
            placements=(HOME,),
            offers=(
                offer("back", content={"a": 1}, placements=["home"], priority=2,
                      rule="profile.first_seen more than 1 day ago and not has identity user_id"),
                offer("points", content={"a": "{points}"}, placements=["home"], rule="profile.points >= 1000"),
            ),
        )
    )  # fmt: skip
    await shop.pipeline.ingest(
        [fact("anonymous_id|old", ts=NOON - timedelta(hours=1)), fact("anonymous_id|new", minute=60 * 23)]
    )
    found = {}
    for name in ("old", "new", "nobody"):
        decision = await shop.decider.decide("home", IdentityKey("anonymous_id", name))
        found[name] = (decision.visitor, [each.offer.id for each in decision.shown], decision.fallback)
    assert found == {
        "old": ("returning", ["back"], None),
        "new": ("new", [], {"headline": "Hello"}),
        "nobody": ("stranger", [], {"headline": "Hello"}),
    }
    assert await shop.shown() == ["points"]


async def test_rivals_never_exceed_a_cap(shop: Shop) -> None:
    caps = [Cap(3, 3_600), Cap(5)]
    await shop.shelf.define(
        Plan(placements=(HOME,), offers=(offer("one", content={"a": 1}, placements=["home"], caps=caps),))
    )
    other = Decider(shop.graph, shop.clock, Pipeline(shop.graph, shop.clock, RuleBook(shop.graph, shop.clock), SECRET),
                    shop.recommender, SECRET)  # fmt: skip
    email = IdentityKey("email", "s@shop.example")
    asked = [
        decider.decide("home", key) for decider in (shop.decider, other) for key in (SARAH, email) for _ in range(5)
    ]
    shown = [len(each.shown) for each in await asyncio.gather(*asked)]
    assert sum(shown) == 3
    assert await shop.impressions() == 3
    assert await shop.why_not() == {"one": "capped"}
    shop.clock.advance(timedelta(hours=2))
    assert [await shop.shown() for _ in range(3)] == [["one"], ["one"], []]
    strangers = [shop.decider.decide("home", IdentityKey("anonymous_id", "x")) for _ in range(9)]
    assert sum(len(each.shown) for each in await asyncio.gather(*strangers)) == 3


async def test_what_was_shown_a_moment_ago_counts_before_it_is_an_event(shop: Shop) -> None:
    rule = "not saw offer where offer = 'one' in last 1 hour"
    await shop.shelf.define(
        Plan(
            placements=(HOME, placement("other")),
            offers=(
                offer("one", content={"a": 1}, placements=["home"], caps=[Cap(1)]),
                offer("two", content={"a": 1}, placements=["other"], rule=rule),
            ),
        )
    )
    email, stranger = IdentityKey("email", "s@shop.example"), IdentityKey("anonymous_id", "x")
    for who, also in ((SARAH, email), (stranger, stranger)):
        assert await shop.shown(also, "other", record=False) == ["two"]
        assert await shop.shown(who) == ["one"]
        shop.decider.impressions._wanted = False  # the process is as good as killed
        assert await shop.why_not(also) == {"one": "capped"}
        assert await shop.why_not(also, "other") == {"two": "not_eligible"}
    assert len(await shop.graph.read("decisions.waiting")) == 2
    await shop.pipeline.ingest([fact("user_id|sarah", "anonymous_id|x", minute=1)])
    assert await shop.impressions() == 2
    assert await shop.why_not(stranger, "other") == {"two": "not_eligible"}
    assert await shop.why_not(stranger) == {"one": "capped"}
    other = Decider(shop.graph, shop.clock, shop.pipeline, shop.recommender, SECRET)
    left = Impressed("left", str(email), NOON, "home", "web", ["one"])
    ((_, _, turn, turns, *_),) = await shop.graph.read_rows("decisions.person", key=str(email), stranger="00")
    assert not await shop.decider.impressions.take(left, Turn("00", turn, turns + 1))
    assert await shop.decider.impressions.take(left, Turn("00", turn, turns))
    assert not await shop.decider.impressions.take(left, Turn("00", turn, turns))  # something was shown since
    assert await other.tick() == 1
    assert await shop.impressions() == 3


async def test_what_an_earlier_version_had_shown_becomes_the_events_that_it_would_have(shop: Shop) -> None:
    for offer_id in ("one", "two"):
        await shop.graph.transact(
            lambda tx, offer_id=offer_id: tx.run_text(
                "CREATE (:PendingImpression {id: 'd:' + $offer, key: 'email|s@shop.example', ts: $ts, offer: $offer, "
                "placement: 'home', decision: 'd', channel: 'web'})",
                {"offer": offer_id, "ts": NOON},
            )
        )
    (change,) = (one for one in load_migrations() if one.id == "0271_impressions_of_a_decision")
    for _ in range(2):  # once more changes nothing
        await shop.graph.transact(lambda tx: tx.run_text(change.text))
    assert await shop.decider.tick() == 1
    rows = await shop.graph.read_text("MATCH (e:Event {type: 'offer_impression'}) RETURN e.id AS id ORDER BY id")
    assert [row["id"] for row in rows] == ["d:one", "d:two"]


async def test_decisions_go_on_while_what_was_shown_becomes_events(shop: Shop) -> None:
    offers = tuple(offer(f"o{n}", content={"a": 1}, placements=["home"], caps=[Cap(500)]) for n in range(2))
    await shop.shelf.define(Plan(placements=(HOME,), offers=offers))
    going = True

    async def settling() -> None:
        while going:
            await shop.decider.impressions.settle()

    beside = asyncio.create_task(settling())
    for _ in range(40):
        assert sorted(await shop.shown()) == ["o0", "o1"]
    going = False
    await beside
    assert await shop.impressions() == 80


async def test_what_was_shown_becomes_events_in_batches_not_one_by_one(shop: Shop) -> None:
    await shop.shelf.define(Plan(placements=(HOME,), offers=(offer("one", content={"a": 1}, placements=["home"]),)))
    batches = 0
    some = shop.decider.impressions._some

    async def counted(*given: Any) -> Any:
        nonlocal batches
        batches += 1
        return await some(*given)

    shop.decider.impressions._some = counted  # type: ignore[assignment, method-assign]
    began = monotonic()
    for _ in range(30):
        await shop.shown()
    await shop.decider.close()
    assert await shop.graph.read("decisions.waiting") == []
    assert 1 <= batches <= 2 + (monotonic() - began) / SOON_SECONDS


async def test_offers_that_another_process_changed_are_seen_at_once(shop: Shop) -> None:
    def one(**more: Any) -> Plan:
        return Plan(placements=(HOME,), offers=(offer("one", content={"a": 1}, placements=["home"], **more),))

    await shop.shelf.define(one())
    assert await shop.shown(record=False) == ["one"]
    other = Shelf(shop.graph, shop.language)
    await other.define(one(caps=[Cap(1)]))
    assert [await shop.shown(), await shop.shown()] == [["one"], []]
    await other.remove("one")
    assert await shop.why_not() == {}


async def test_a_decision_costs_few_statements(shop: Shop) -> None:
    await shop.shelf.define(
        Plan(
            placements=(placement("home", recommend=2),),
            offers=(
                offer("one", content={"a": "{points}"}, placements=["home"], caps=[Cap(9)],
                      rule="not purchased in last 7 days"),
            ),
        )
    )  # fmt: skip
    assert await shop.shown() == ["one"]
    assert shop.decider.impressions._work is not None
    await shop.decider.impressions._work  # nothing happens beside what is counted
    before = shop.graph.statements
    assert await shop.shown() == ["one"]
    # The person, what rules ask of it and what recommendations follow from, in one message; what was shown.
    assert shop.graph.statements - before == 2


async def test_who_is_held_out_stays_held_out_through_merges(shop: Shop) -> None:
    await shop.shelf.define(
        Plan(
            placements=(HOME,),
            hold_outs=(hold_out("study", percent=50),),
            offers=(offer("one", content={"a": 1}, placements=["home"], hold_out="study"),),
        )
    )
    people = [IdentityKey("user_id", f"u{number}") for number in range(60)]
    await shop.pipeline.ingest([record(str(key), name="x") for key in people])
    before = {key: await shop.shown(key, record=False) for key in people}
    held = sum(1 for shown in before.values() if not shown)
    assert 15 <= held <= 45
    await shop.pipeline.ingest(
        [fact(str(key), f"anonymous_id|a{number}", minute=number) for number, key in enumerate(people)]
    )
    assert {key: await shop.shown(key, record=False) for key in people} == before
    merged = {key: await shop.shown(IdentityKey("anonymous_id", f"a{n}"), record=False) for n, key in enumerate(people)}
    assert merged == before


async def test_what_is_wrong_is_refused_and_nothing_is_kept(shop: Shop) -> None:
    with pytest.raises(OfferError, match="placements"):
        await shop.shelf.define(Plan(offers=(offer("one", content={"a": 1}, placements=["nowhere"]),)))
    assert await shop.shelf.offers() == ()
    with pytest.raises(OfferError, match="no such group"):
        held = offer("one", content={"a": 1}, placements=["home"], hold_out="nobody")
        await shop.shelf.define(Plan(placements=(HOME,), offers=(held,)))
    assert await shop.shelf.placements() == ()
    with pytest.raises(PlacementNotFoundError, match="nowhere"):
        await shop.decider.decide("nowhere", SARAH)
    with pytest.raises(OfferNotFoundError):
        await shop.shelf.remove("one")
    for actions in ("[]", "[1]", "shouting", "{a: 1}"):
        with pytest.raises(OfferError, match="`actions` of one"):
            read_plan(f"offers: {{one: {{content: {{a: 1}}, placements: [home], actions: {actions}}}}}", "offers.yaml")
    assert await shop.impressions() == 0


async def test_recommendations_follow_others_and_never_offer_what_was_just_bought(shop: Shop) -> None:
    def did(who: str, type: str, product: str, minute: float, activity: str = "running") -> Any:
        return fact(f"user_id|{who}", id=f"{who}-{type}-{product}", type=type, minute=minute, products=(product,),
                    properties={"product": product, "product_name": product.upper(), "category": "men",
                                "activity": activity})  # fmt: skip

    await shop.pipeline.ingest(
        [did(f"p{n}", "product_view", product, n) for n in range(4) for product in ("tee", "short", "sock")]
        + [did(f"p{n}", "purchase", product, 10 + n) for n in range(3) for product in ("tee", "sock")]
        + [did("p9", "product_view", "mat", 20, "yoga")]
        + [did("sarah", "product_view", "short", 30), did("sarah", "purchase", "tee", 31)]
    )
    assert await shop.recommender.refresh() == 4
    found = {each.product_id: each for each in await shop.recommender.recommend(str(SARAH), 5)}
    assert list(found) == ["short", "sock", "mat"]
    assert "tee" not in found
    assert (found["short"].code, found["sock"].code, found["sock"].because) == ("viewed", "also_bought", "tee")
    assert found["sock"].reason == "4 people who bought TEE also bought it."
    assert found["mat"].code == "popular"
    stranger = await shop.recommender.recommend("user_id|nobody", 2, activity="yoga")
    assert [(each.product_id, each.code) for each in stranger] == [("mat", "popular"), ("tee", "popular")]
    decision = await shop.decider.decide("home", SARAH) if await _home(shop) else None
    assert decision is not None
    assert [each.product_id for each in decision.recommendations] == ["short", "sock", "mat"]


async def _home(shop: Shop) -> bool:
    await shop.shelf.define(Plan(placements=(HOME,)))
    return True


async def test_offers_know_what_is_named_here_and_are_checked_like_segments(shop: Shop) -> None:
    def one(rule: str) -> Plan:
        return Plan(placements=(HOME,), offers=(offer("one", content={"a": 1}, placements=["home"], rule=rule),))

    with pytest.raises(RuleError, match=r"column 5.*Did you mean `profile.tier`"):
        await shop.shelf.define(one("not profile.teir = 'Gold'"))
    await shop.language.name("metal holder", "profile.tier in ('Bronze', 'Gold')")
    await shop.shelf.define(one("metal  holder and has identity email"))
    assert (await shop.shelf.offers())[0].rule == "metal holder and has identity email"
    assert await shop.shown() == ["one"]
    with pytest.raises(ConflictError, match="used by Offer one"):
        await shop.language.unname("metal holder")
    await shop.shelf.define(one("everyone"))
    await shop.language.unname("metal holder")


async def test_a_refusal_says_which_offer_is_wrong_and_where(shop: Shop) -> None:
    def two(**more: Any) -> Plan:
        right = offer("right", content={"a": "{tier}, {first_seen}"}, placements=["home"])
        return Plan(placements=(HOME,), offers=(right, offer("wrong", placements=["home"], **more)))

    with pytest.raises(RuleError, match=r"^The rule of wrong: .*`profile.teir`.*Did you mean `profile.tier`"):
        await shop.shelf.define(two(content={"a": 1}, rule="profile.teir = 'Gold'"))
    with pytest.raises(OfferError, match=r"The content of wrong asks for \{pionts\}.* Did you mean \{points\}\?"):
        await shop.shelf.define(two(content={"a": ["You have {pionts}"]}))
    assert await shop.shelf.offers() == ()
    with pytest.raises(OfferError, match=r"A cap of wrong is 0 times; give 1 or more"):
        two(content={"a": 1}, caps=[Cap(0)])
    await shop.pipeline.ingest([record("user_id|ann", coupons=1)])
    await shop.shelf.define(two(content={"a": ["You have {coupons}"]}))
    assert (await shop.why_not())["wrong"] == "unknown_attribute"


async def test_an_offer_can_ask_for_what_was_done(shop: Shop) -> None:
    rule = "viewed page at least 2 times in last 1 day"
    await shop.shelf.define(
        Plan(placements=(HOME,), offers=(offer("one", content={"a": 1}, placements=["home"], rule=rule),))
    )
    await shop.pipeline.ingest([fact("user_id|sarah", id="v1", minute=1), fact("user_id|sarah", id="v2", ts=at(-60))])
    assert await shop.why_not() == {"one": "not_eligible"}
    await shop.pipeline.ingest([fact("user_id|sarah", id="v3", minute=2)])
    assert await shop.shown() == ["one"]


async def test_what_is_warmed_is_what_a_decision_asks_and_nothing_is_written(
    platform: Platform, graph: Graph, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.pipeline.ingest(
        [record("user_id|sarah", tier="Gold", consent_personalization=True), fact("user_id|sarah", products=("p1",))]
    )
    gold = offer("gold", content={"a": "{tier}"}, placements=["home"], rule="profile.tier = 'Gold'", caps=[Cap(9)])
    await platform.shelf.define(Plan(placements=(placement("home", recommend=2),), offers=(gold,)))
    asked: set[str] = set()
    send, read, together = Transaction._send, Graph._read, Graph.together
    write_if = Graph.write_if

    async def sent(self: Transaction, name: str, params: dict[str, Any], text: str | None = None) -> Any:
        asked.add(name)
        return await send(self, name, params, text)

    async def was_read(self: Graph, name: str, params: dict[str, Any]) -> Any:
        asked.add(name)
        return await read(self, name, params)

    async def written(self: Graph, name: str, /, **params: Any) -> Any:
        asked.add(name)
        return await write_if(self, name, **params)

    async def several(self: Graph, *questions: Question) -> Any:
        asked.update(name for name, _ in questions)
        return await together(self, *questions)

    monkeypatch.setattr(Graph, "write_if", written)
    monkeypatch.setattr(Graph, "together", several)
    monkeypatch.setattr(Transaction, "_send", sent)
    monkeypatch.setattr(Graph, "_read", was_read)
    count = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n) AS nodes, count(r) AS edges"
    await platform.segments.define("gold", "profile.tier = 'Gold'")
    await platform.recommender.refresh()  # what another test asked for is remembered no longer
    before = await graph.read_text(count)
    await platform.warm()
    assert await graph.read_text(count) == before
    warmed, decision = set(asked), await platform.decider.decide("home", SARAH)
    assert asked == warmed
    assert [each.offer.id for each in decision.shown] == ["gold"]
    assert {"decisions.person", "segments.gather", "decisions.take", "governance.consents"} <= warmed
    assert {"decisions.habits", "decisions.popular"} <= warmed
    monkeypatch.undo()
    await platform.decider.impressions.settle()
