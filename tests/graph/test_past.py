"""A person as of a past instant, by what was known then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.model import Device, Fact
from graphcdp.profile import (
    IdentityNotFoundError,
    Moment,
    NotKnownThenError,
    Past,
    PastPerson,
    ProfileNotFoundError,
    Profiles,
    TimelinePage,
)
from tests.graph.test_plans import operators
from tests.make import fact, key, record

pytestmark = pytest.mark.anyio

DAY = datetime(2026, 5, 1, 9, tzinfo=UTC)
LAPTOP = Device("a1", "browser", "Firefox")


@dataclass
class Story:
    """An engine whose clock is moved by hand."""

    clock: MovableClock
    pipeline: Pipeline
    past: Past
    profiles: Profiles

    async def on(self, day: int, *facts: Fact) -> None:
        """Take facts on a day of May 2026."""
        self.clock.set(DAY + timedelta(days=day - 1))
        await self.pipeline.ingest(facts)

    def day(self, day: int, hour: int = 12) -> Moment:
        """Return an instant of a day of May."""
        return self.past.moment(datetime(2026, 5, day, hour, tzinfo=UTC))

    async def who(self, identity: str, day: int) -> PastPerson:
        """Return who held an identity on a day."""
        return await self.past.get(key(identity), self.day(day))


@pytest.fixture
async def story(graph: Graph, clean: None) -> AsyncIterator[Story]:
    """Day 1 an anonymous visit; day 3 she logs in; day 5 the CRM and a late event; day 7 Ben takes the laptop."""
    clock = MovableClock(DAY)
    rules = RuleBook(graph, clock)
    await rules.in_force()
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    made = Story(clock, pipeline, Past.over(graph, clock, rules, pipeline.profile_id), Profiles(graph))
    await made.on(1, fact("anonymous_id|a1", id="view", minute=10, device=LAPTOP))
    await made.on(3, fact("anonymous_id|a1", "user_id|sarah", id="login", minute=20, type="login", device=LAPTOP))
    await made.on(
        5,
        record("user_id|sarah", "email|s@shop.example", id="crm", minute=5, town="York", tier="Bronze"),
        fact("anonymous_id|a1", id="late", minute=1, device=LAPTOP),
    )
    await made.on(7, fact("anonymous_id|a1", "user_id|ben", id="ben", minute=40, type="login", device=LAPTOP))
    await made.on(9, record("user_id|sarah", id="crm2", minute=50, tier="Silver"))
    clock.set(DAY + timedelta(days=20))
    yield made


def ids(page: object) -> list[str]:
    """Return the ids of a page's events."""
    return [event.id for event, _ in page.items]  # type: ignore[attr-defined]


async def test_each_day_is_found_again(story: Story) -> None:
    first = await story.who("anonymous_id|a1", 2)
    assert [each.key for each in first.identities] == ["anonymous_id|a1"]
    assert first.profile.id == story.pipeline.profile_id("anonymous_id|a1")
    assert first.profile.attributes() == ()
    known = await story.who("anonymous_id|a1", 4)
    assert [each.key for each in known.identities] == ["anonymous_id|a1", "user_id|sarah"]
    assert known.profile.id == story.pipeline.profile_id("user_id|sarah")
    before, after = await story.who("user_id|sarah", 6), await story.who("user_id|sarah", 10)
    assert {each.name: each.value for each in before.profile.attributes()} == {"town": "York", "tier": "Bronze"}
    assert {each.name: each.value for each in after.profile.attributes()} == {"town": "York", "tier": "Silver"}
    assert [each.key for each in before.identities] == ["anonymous_id|a1", "email|s@shop.example", "user_id|sarah"]
    assert [each.key for each in after.identities] == ["email|s@shop.example", "user_id|sarah"]
    now = await story.profiles.get(key("user_id|sarah"))
    assert after.profile.attributes() == now.attributes()
    assert replace(after.profile, facts=None) == replace(now, facts=None)
    everything = TimelinePage(10)
    assert ids(await story.past.timeline(known, everything)) == ["login", "view"]
    assert ids(await story.past.timeline(before, everything)) == ["login", "view", "late"]
    assert ids(await story.past.timeline(after, everything)) == ["login"]
    assert [each.identity_keys for each in await story.past.devices(known)] == [("anonymous_id|a1",)]
    assert await story.past.devices(after) == ()


async def test_first_and_last_sightings_are_those_known_then(story: Story) -> None:
    spans = {}
    for day in (2, 4, 6, 8):
        person = await story.who("anonymous_id|a1", day)
        (one,) = [each for each in person.identities if each.key == "anonymous_id|a1"]
        assert one.first_seen is not None and one.last_seen is not None
        spans[day] = (one.first_seen.minute, one.last_seen.minute)
    assert spans == {2: (10, 10), 4: (10, 20), 6: (1, 20), 8: (1, 40)}


async def test_a_profile_id_is_whoever_bore_it_then(story: Story) -> None:
    anonymous, sarah = (story.pipeline.profile_id(each) for each in ("anonymous_id|a1", "user_id|sarah"))
    assert (await story.past.get_by_id(anonymous, story.day(2))).profile.id == anonymous
    assert (await story.past.get_by_id(anonymous, story.day(4))).profile.id == sarah  # it was an old name by then
    assert (await story.past.get_by_id(anonymous, story.day(8))).profile.founder == "user_id|ben"
    with pytest.raises(NotKnownThenError) as caught:
        await story.past.get_by_id(sarah, story.day(2))
    assert "at 2026-05-02T12:00:00Z: it first came in at 2026-05-03T09:00:00Z" in caught.value.message
    with pytest.raises(ProfileNotFoundError):
        await story.past.get_by_id("prf_nobody", story.day(2))


async def test_who_was_not_known_then_and_who_never_was(story: Story) -> None:
    with pytest.raises(NotKnownThenError) as caught:
        await story.who("user_id|sarah", 2)
    assert caught.value.code == "identity_not_found"
    assert "sarah" not in caught.value.message
    with pytest.raises(IdentityNotFoundError) as never:
        await story.who("user_id|nobody", 2)
    assert "ever seen" in never.value.message


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 5, 4, 12), "has no time zone. Add one: 2026-05-04T12:00:00Z for UTC."),
        (datetime(2026, 9, 4, 12, tzinfo=UTC), "which is in the future; now it is 2026-05-21T09:00:00Z."),
    ],
)
async def test_an_instant_that_cannot_be_asked_for(story: Story, instant: datetime, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        story.past.moment(instant)
    assert said in caught.value.message


def test_an_instant_is_written_with_four_digits_of_its_year() -> None:
    assert Moment(datetime(1, 1, 1, tzinfo=UTC)).stamp == "0001-01-01T00:00:00Z"
    assert Moment(datetime(2026, 5, 4, 12, 0, 10, 250_000, tzinfo=UTC)).stamp == "2026-05-04T12:00:10.25Z"


async def test_the_procedures_say_the_same(story: Story, graph: Graph) -> None:
    for identity in ("anonymous_id|a1", "user_id|sarah", "user_id|ben"):
        for day in range(1, 12):
            moment = story.day(day)
            person = await story.past.find(identity, moment)
            namespace, value = identity.split("|")
            rows = await graph.read("profile.as_of", namespace=namespace, value=value, instant=moment.at)
            drawn = await graph.read("identity.graph_as_of", namespace=namespace, value=value, instant=moment.at)
            if person is None:
                assert rows == [] and drawn == []
                continue
            (row,) = rows
            assert (row["id"], row["identities"]) == (person.profile.id, [each.key for each in person.identities])
            assert [(each["name"], each["value"]) for each in row["attributes"]] == [
                (each.name, each.value) for each in person.profile.attributes()
            ]
            assert [each["id"] for each in row["events"]] == ids(await story.past.timeline(person, TimelinePage(50)))
            assert [(each["id"], each["last_seen"]) for each in row["devices"]] == [
                (each.id, each.last_seen) for each in await story.past.devices(person)
            ]
            assert len(drawn) >= len(person.identities)


async def test_nothing_is_scanned(graph: Graph, clean: None) -> None:
    for statement in graph.catalogue:
        if not statement.name.startswith("past.") and not statement.name.endswith("as_of"):
            continue
        async with graph._driver.session(database=graph.database) as session:
            result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
            plan = (await result.consume()).plan
        assert [each for each in operators(plan) if "Scan" in each[0]] == [], statement.name
