"""Households: people who share a device, an address or a card; hubs, merges and splits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.base.ids import keyed_id
from graphcdp.graph import Graph
from graphcdp.identity import IdentityNotFoundError, RuleBook
from graphcdp.identity.people.households import Household, HouseholdNotFoundError, Households
from graphcdp.ingest import Pipeline
from graphcdp.model import Device, Fact
from tests.make import fact, key, record

pytestmark = pytest.mark.anyio

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
TABLET = Device("tablet", "tablet", "Safari on iPad")


def name(founder: str) -> str:
    """Return the id of the household that a key founds."""
    return keyed_id("hhd", b"k" * 32, founder)


class Town:
    """An engine and its households."""

    def __init__(self, graph: Graph) -> None:
        self.clock = MovableClock(START)
        rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, rules, b"k" * 32)
        self.households = Households(graph, self.clock, rules, name)

    async def take(self, *facts: Fact) -> None:
        """Ingest facts a day later."""
        self.clock.advance(timedelta(days=1))
        await self.pipeline.ingest(facts)

    async def of(self, identity: str) -> Household:
        """Return the household of whoever holds an identity."""
        return await self.households.get(key(identity))

    def profile(self, founder: str) -> str:
        """Return the id of the profile that an identity founds."""
        return self.pipeline.profile_id(founder)


@pytest.fixture
async def town(graph: Graph, clean: None) -> Town:
    """An engine over an empty graph under the default rules."""
    made = Town(graph)
    await made.pipeline.key("email", "a@b.example")
    return made


def lives(who: str, street: str = "12 Mill Lane", code: str = "OX1 4AB", *, minute: float = 0, **more: str) -> Fact:
    """Return a record of where somebody lives."""
    return record(f"user_id|{who}", minute=minute, street=street, postcode=code, **more)


async def test_an_address_in_two_spellings_and_a_shared_tablet(town: Town, graph: Graph) -> None:
    await town.take(
        lives("ana"),
        lives("ben", "12, mill ln.", "ox14ab", country="GB"),
        lives("cas", "13 Mill Lane"),
        fact("anonymous_id|t1", "user_id|cas", minute=1, device=TABLET),
        fact("anonymous_id|t1", "user_id|dee", minute=2, device=TABLET),
        fact("anonymous_id|nobody", minute=3, device=TABLET),
        lives("eve", "14 Mill Lane"),
    )
    report = await town.households.refresh()
    assert (report.households, report.members, report.joined, report.left) == (2, 4, 4, 0)
    assert (report.hubs, report.too_large) == (0, 0)
    mill = await town.of("user_id|ben")
    assert mill.id == name("user_id|ana")
    assert mill == await town.of("user_id|ana")
    assert [(each.kind, each.value) for each in mill.evidence()] == [("address", "12 mill lane|OX14AB|GB")]
    assert {each.profile_id for each in mill.members} == {town.profile("user_id|ana"), town.profile("user_id|ben")}
    assert {each.since for each in mill.members} == {town.clock.now()}
    shared = await town.of("anonymous_id|t1")  # the tablet is Dee's now, and Cas used it before
    (tablet,) = shared.evidence()
    assert (tablet.kind, tablet.value) == ("device", "tablet")
    assert set(tablet.profile_ids) == {town.profile("user_id|cas"), town.profile("user_id|dee")}
    with pytest.raises(HouseholdNotFoundError) as alone:
        await town.of("user_id|eve")
    assert "--refresh" in alone.value.message
    with pytest.raises(IdentityNotFoundError):
        await town.of("user_id|nobody")
    rows = await graph.read("identity.household", namespace="user_id", value="ana")
    assert [(row["household_id"], row["profile_id"], row["because"]) for row in rows] == [
        (mill.id, each.profile_id, list(each.because)) for each in mill.members
    ]
    assert await graph.read("identity.household", namespace="user_id", value="eve") == []


async def test_cards_join_and_the_end_of_a_card_alone_does_not(town: Town) -> None:
    await town.take(
        record("user_id|ana", payment_card="hash-1"),
        record("user_id|ben", payment_card="hash-1"),
        record("user_id|cas", card_last4="4242", card_expiry="12/29"),
        record("user_id|dee", card_last4="4242", card_expiry="12/29"),
        record("user_id|eve", card_last4="1881", card_expiry="12/29", postal_code="OX1 4AB"),
        record("user_id|fay", card_last4="1881", card_expiry="12/29", postal_code="ox14ab"),
    )
    report = await town.households.refresh()
    assert (report.households, report.members) == (2, 4)
    assert [each[:2] for each in (await town.of("user_id|ana")).evidence()] == [("card", "hash-1")]
    assert [each[:2] for each in (await town.of("user_id|fay")).evidence()] == [("card", "1881|12/29|OX14AB")]


async def test_an_office_is_no_household_and_neither_is_a_chain_of_many(town: Town) -> None:
    await town.take(*(lives(f"clerk{number}", "1 Office Park") for number in range(9)))
    report = await town.households.refresh()
    assert (report.households, report.hubs, report.too_large) == (0, 1, 0)
    assert (await town.households.refresh(9)).households == 1
    report = await town.households.refresh()
    assert (report.households, report.left) == (0, 9)
    for number in range(8):  # each couple of neighbours shares a card
        await town.take(record(f"user_id|n{number}", payment_card=f"card{number // 2}"))
        await town.take(lives(f"n{number}", f"{(number + 1) // 2} Chain Road"))
    assert (await town.households.refresh(7)).too_large == 1
    assert (await town.households.refresh(8)).households == 1
    for wrong in (1, 51):
        with pytest.raises(InvalidInputError):
            await town.households.refresh(wrong)


async def test_refreshed_again_nothing_changes_and_since_stays(town: Town, graph: Graph) -> None:
    await town.take(lives("ana"), lives("ben"))
    await town.households.refresh()
    before = await town.of("user_id|ana")
    await town.take(lives("cas"))
    report = await town.households.refresh()
    assert (report.joined, report.left, report.members) == (1, 0, 3)
    after = await town.of("user_id|ana")
    assert after.id == before.id
    assert {each.profile_id: each.since for each in before.members}.items() <= {
        each.profile_id: each.since for each in after.members
    }.items()
    report = await town.households.refresh()
    assert (report.joined, report.left) == (0, 0)
    assert await town.of("user_id|ana") == after


async def test_merges_and_splits_are_followed_by_the_next_refresh(town: Town, graph: Graph) -> None:
    await town.take(lives("ana"), record("email|a@shop.example", street="12 Mill Lane", postcode="OX1 4AB"))
    assert (await town.households.refresh()).members == 2
    await town.take(fact("user_id|ana", "email|a@shop.example", minute=5))  # the two are one person
    report = await town.households.refresh()
    assert (report.households, report.members, report.left) == (0, 0, 2)
    assert (await graph.read_text("MATCH (h:Household) RETURN count(h) AS left"))[0]["left"] == 0
    await town.take(lives("ben"))
    assert (await town.households.refresh()).members == 2
    await town.take(fact("user_id|ana2", "email|a@shop.example", minute=9))  # a new account has it
    assert (await town.households.refresh()).members == 3
    found = await town.of("user_id|ana2")
    assert {each.profile_id for each in found.members} == {
        town.profile(f"user_id|{each}") for each in ("ana", "ana2", "ben")
    }
    await town.take(lives("ben", "1 Far Street", minute=20))
    report = await town.households.refresh()
    assert (report.members, report.left, report.joined) == (2, 1, 0)
