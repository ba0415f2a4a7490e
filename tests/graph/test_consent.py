"""Consent: the newest word, the stricter of two people's, expiry; asked before a delivery and a decision."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from graphcdp.base import InvalidInputError, Settings
from graphcdp.decisions import read_plan
from graphcdp.destinations import Governed
from graphcdp.governance import Consents, Governance
from graphcdp.graph import Graph
from graphcdp.identity import Author, IdentityNotFoundError
from graphcdp.ingest import Pipeline
from graphcdp.platform import Platform
from tests.make import READERS, fact, key, record
from tests.outgoing import CARTS, World, carts
from tests.receivers import receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
ANA, MAIL, TILL = "user_id|ana", "email|ana@shop.example", "phone|+442079460111"
ME = Author("cli:test")


async def answers(platform: Platform, identity: str) -> dict[str, str]:
    """Return what holds for a person, by name."""
    return {one.name: one.answer for one in await platform.consents.get(key(identity))}


async def test_the_newest_word_of_one_person_counts_whoever_told_it(platform: Platform) -> None:
    await platform.pipeline.ingest(
        [
            record(ANA, MAIL, id="crm-1", minute=1, email_opt_in=True, name="Ana"),
            record(MAIL, id="form", minute=2, consent_marketing__email="no"),
            record(ANA, id="crm-2", minute=3, consent_marketing__email=True),
        ]
    )
    assert await answers(platform, ANA) == {"email": "granted", "marketing__email": "granted"}
    held = await platform.consents.put(key(MAIL), "marketing", granted=False, source="preference_center")
    assert {one.name: (one.answer, one.word.source, one.word.dataset) for one in held}["marketing"] == (
        "denied", "consent", "preference_center",
    )  # fmt: skip
    with pytest.raises(IdentityNotFoundError):
        await platform.consents.put(key(TILL), "marketing", granted=True)
    for wrong in ("Marketing", "a__b", "x" * 21):
        with pytest.raises(InvalidInputError):
            await platform.consents.put(key(ANA), wrong, granted=True)


async def test_of_two_who_become_one_the_stricter_word_holds_in_every_order(
    platform: Platform, pipeline_of: Pipeline, graph: Graph
) -> None:
    facts = [
        record(TILL, id="a", minute=1, consent_marketing=False),
        record(ANA, id="b", minute=5, consent_marketing=True),
        fact(ANA, TILL, id="c", minute=9, type="login"),
    ]
    for order in permutations(facts):
        while (await graph.write("graph.empty"))[0]["deleted"]:
            pass
        await platform.rules.in_force()
        for one in order:
            await pipeline_of.ingest([one])
        assert await answers(platform, ANA) == {"marketing": "denied"}
    (held,) = await platform.consents.get(key(ANA))
    assert [one.record_id for one in held.others] == ["b"]
    await pipeline_of.ingest([record(ANA, id="d", minute=12, consent_marketing=True)])
    assert await answers(platform, TILL) == {"marketing": "granted"}


async def test_rules_answer_as_consents_do_whatever_joins_and_parts_people(
    platform: Platform, pipeline_of: Pipeline, graph: Graph
) -> None:
    await platform.segments.define("agreeing", "consents to marketing__email and everyone")
    await platform.segments.change_state("agreeing", "active")

    async def agreeing() -> set[str]:
        streamed = {one.profile_id for one in await platform.segments.members("agreeing")}
        assert (await platform.segments.estimate("consents to marketing__email")).people == len(streamed)
        return streamed

    async def profile(identity: str) -> str:
        return (await platform.profiles.get(key(identity))).id

    await pipeline_of.ingest(
        [
            record(ANA, id="b", minute=5, consent_marketing=True),
            record(TILL, id="a", minute=1, consent_email=True),
            record(MAIL, id="c", minute=2, email_opt_in="no", consent_marketing=True),
        ]
    )
    assert await agreeing() == {await profile(ANA), await profile(TILL)}
    # Joined with one who refused she agrees no longer; parted again she does; one word of both is enough.
    await pipeline_of.ingest([fact(ANA, MAIL, id="d", minute=9, type="login")])
    assert await agreeing() == {await profile(TILL)}
    await platform.undo.cut(key(ANA), key(MAIL), ME)
    assert await agreeing() == {await profile(ANA), await profile(TILL)}
    await pipeline_of.ingest([record(MAIL, id="e", minute=12, email_opt_in=True)])
    assert await agreeing() == {await profile(ANA), await profile(TILL), await profile(MAIL)}
    # She refused at a till that was known to be hers only later, and agreed again since: the refusal stands, until it
    # is heard late that the till had been known to be hers when she agreed.
    await pipeline_of.ingest([record(TILL, id="f", minute=15, consent_marketing=False)])
    await pipeline_of.ingest([record(ANA, id="g", minute=20, consent_marketing=True)])
    await pipeline_of.ingest([fact(ANA, TILL, id="h", minute=30, type="login")])
    assert await agreeing() == {await profile(MAIL)}
    await pipeline_of.ingest([fact(ANA, TILL, id="i", minute=14, type="login")])
    assert await agreeing() == {await profile(ANA), await profile(MAIL)}
    # What a browser said is the word of whoever logs in on it, who gets a profile of a stronger name by that.
    browser = "anonymous_id|browser-9"
    await pipeline_of.ingest([record(browser, id="j", minute=40, consent_email=True)])
    await pipeline_of.ingest([fact(browser, "user_id|zoe", id="k", minute=41, type="login")])
    assert await agreeing() == {await profile(ANA), await profile(MAIL), await profile("user_id|zoe")}
    # What an earlier version did not keep is made up for.
    there, id = await agreeing(), await profile(MAIL)
    gone = "MATCH (p:Profile {id: $id}) SET p.k_email = null, p.k_marketing = null, p:ConsentDue"
    await graph.transact(lambda tx: tx.run_text(gone, {"id": id}))
    assert await platform.tick() >= 1
    assert await agreeing() == there
    assert await graph.read("governance.agreed_due", most=1) == []


@pytest.fixture
def pipeline_of(platform: Platform) -> Pipeline:
    """The session's pipeline."""
    return platform.pipeline


async def test_a_consent_expires_and_segments_see_the_word(platform: Platform) -> None:
    await platform.pipeline.ingest([fact(ANA, id="x", type="login")])
    now = platform.clock.now()
    await platform.consents.put(key(ANA), "email", granted=True, until=now + timedelta(days=1))
    id = (await platform.profiles.get(key(ANA))).id
    assert (await platform.consents.of([id]))[id]["email"].answer == "granted"
    assert (await platform.consents.of([id], now + timedelta(days=2)))[id]["email"].answer == "expired"
    await platform.segments.define("mailable", "consents to email")
    await platform.segments.change_state("mailable", "active")
    assert [one.profile_id for one in await platform.segments.members("mailable")] == [id]
    why = await platform.segments.why("mailable", id)
    assert why.told == f"email is granted until {now + timedelta(days=1):%Y-%m-%d %H:%M}"
    await platform.segments.tick(now + timedelta(days=2))
    assert await platform.segments.members("mailable") == ()
    await platform.consents.put(key(ANA), "email", granted=True)
    assert [one.profile_id for one in await platform.segments.members("mailable")] == [id]
    await platform.consents.put(key(ANA), "email", granted=False)
    assert await platform.segments.members("mailable") == ()
    with pytest.raises(InvalidInputError, match="expire before"):
        await platform.consents.put(key(ANA), "email", granted=True, until=now - timedelta(days=1))
    told = (await platform.exports.export(key(ANA), ME)).more["consents"]
    assert [(one["purpose"], one["answer"], one["dataset"]) for one in told] == [("email", "denied", "console")]


async def test_before_a_delivery_consent_and_policies_are_asked(graph: Graph, settings: Settings) -> None:
    world = World(graph, settings)
    governance = Governance(graph, world.clock, world.pipeline.writer, READERS)
    consents = Consents(graph, world.clock, world.pipeline)
    world.destinations.gate = world.deliverer.gate = Governed(governance, consents)
    async with receiving() as ads:
        await world.live("carts", CARTS)
        await world.hook("ads", ads.url)
        await world.destinations.activate("carts", "ads")
        (activation,) = await world.destinations.activations()
        await governance.define_action(activation.actions[0], ME, purpose="advertising")
        await world.happens(carts("sarah"), carts("kim"))
        await consents.put(key("email|kim@example.com"), "advertising", granted=False)
        await world.deliver()
        sarah, kim = [await world.person(f"email|{name}@example.com") for name in ("sarah", "kim")]
        assert ads.held.keys() == {sarah}
        assert ("done", "refused:consent") in await world.outcomes(profile=kim)
        await consents.put(key("email|sarah@example.com"), "advertising", granted=False)
        await governance.define_action(activation.actions[0], ME, consent="required")
        await world.happens(carts("noa"))
        await world.deliver()
        assert ads.held == {}  # who refuses is taken out again
        noa = await world.person("email|noa@example.com")
        assert ("done", "refused:consent") in await world.outcomes(profile=noa)
        await consents.put(key("email|noa@example.com"), "advertising", granted=True)
        await world.deliver()
        assert ads.held.keys() == {noa}
        await governance.define_label("secret", "Stays.", ME)
        await governance.put_labels("event.type", ["secret"], ME)
        await governance.define_policy("keep", ME, forbids=[["secret"]], actions=list(activation.actions))
        await consents.put(key("email|kim@example.com"), "advertising", granted=True)
        await world.deliver()
        assert ("done", "refused:policy") in await world.outcomes(profile=kim)
        assert kim not in ads.held
    await world.destinations.close()


async def test_who_refuses_personalization_is_shown_what_everybody_sees(platform: Platform) -> None:
    plan = """
placements: {home: {title: Home, channel: web, slots: 1, fallback: {text: Hello}}}
offers: {bronze: {title: Points, placements: [home], rule: everyone, content: {text: Thanks}}}
"""
    await platform.shelf.define(read_plan(plan, "test"))
    await platform.pipeline.ingest([fact(ANA, id="x", type="login")])
    shown = await platform.decider.decide("home", key(ANA), record=False)
    assert (shown.personal, [one.offer.id for one in shown.shown]) == (True, ["bronze"])
    await platform.consents.put(key(ANA), "personalization", granted=False)
    shown = await platform.decider.decide("home", key(ANA), record=False)
    assert (shown.personal, shown.shown, shown.fallback) == (False, (), {"text": "Hello"})
