"""A past instant is found again: on generated histories, by what was known and by what had happened."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Explainer, IdentityGraph, RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.profile import Attribute, Identity, Moment, Past, PastClock, Profile, Profiles, TimelinePage
from tests.oracle import replay
from tests.property.graph_system import GraphSystem, rule_set
from tests.property.profiles import share
from tests.property.strategies import START, History, histories

pytestmark = pytest.mark.anyio

SECRET = b"the same in every test"
EVERYTHING = TimelinePage(100)
_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)


@dataclass(frozen=True)
class Known:
    """What was answered about one identity: comparable."""

    person: tuple[object, ...]
    attributes: tuple[Attribute, ...]
    identities: tuple[tuple[object, ...], ...]
    events: tuple[str, ...]
    links: frozenset[tuple[object, ...]]

    @classmethod
    def of(cls, profile: Profile, identities: tuple[Identity, ...], events: list[str], graph: IdentityGraph) -> Known:
        """Gather it."""
        return cls(
            (profile.id, profile.founder, profile.identity_count, profile.first_seen, profile.last_seen),
            profile.attributes(),
            tuple((each.key, each.first_seen, each.last_seen, each.valid_from) for each in identities),
            tuple(events),
            frozenset(
                (each.left_key, each.right_key, each.state, each.seen, each.first_seen, each.last_seen, each.because,
                 each.by_event, frozenset(each.sources))
                for each in graph.links
            ),
        )  # fmt: skip


class World:
    """The engine over one history, with a clock that is moved by hand."""

    def __init__(self, graph: Graph, history: History) -> None:
        self.clock = MovableClock(START + timedelta(days=1))
        self.rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, self.rules, SECRET)
        self.profiles = Profiles(graph)
        self.explainer = Explainer(graph)
        self.past = Past.over(graph, self.clock, self.rules, self.pipeline.profile_id)
        self.system = GraphSystem.of(graph, self.pipeline.ingest, history)

    async def now(self) -> dict[str, Known]:
        """Return what is answered about every identity now, by key."""
        found: dict[str, Known] = {}
        for key, profile in (await self.profiles.by_keys(self.system.keys)).items():
            identities = (await self.profiles.identities([profile.id]))[profile.id]
            page = (await self.profiles.timelines([profile.id], EVERYTHING))[0]
            events = [event.id for event, _ in page.items]
            found[key] = Known.of(profile, identities, events, await self.explainer.graph_of(profile.id))
        return found

    async def then(self, moment: Moment) -> dict[str, Known]:
        """Return what is answered about every identity as of a past instant."""
        found: dict[str, Known] = {}
        for key in self.system.keys:
            person = await self.past.find(key, moment)
            if person is not None:
                page = await self.past.timeline(person, EVERYTHING)
                events = [event.id for event, _ in page.items]
                graph = await self.past.graph_of(person)
                found[key] = Known.of(person.profile, person.identities, events, graph)
        return found


@share(0.08)
@given(history=histories(max_facts=12))
async def test_what_was_known_is_found_again(graph: Graph, history: History) -> None:
    """After every batch everything is noted; asked for later, it is the same to the letter."""
    own = history.moved_to(f"{_session}-{next(_number):05d}-")
    world = World(graph, own)
    await world.rules.adopt(rule_set(own.rules), over_data=True)
    noted: list[tuple[datetime, dict[str, Known]]] = []
    for batch in own.batches:
        world.clock.advance(timedelta(minutes=7))
        await world.system.ingest(batch)
        noted.append((world.clock.now(), await world.now()))
    world.clock.advance(timedelta(minutes=7))
    assert await world.then(Moment(noted[0][0] - timedelta(seconds=1))) == {}
    for instant, known in noted:
        for later in (timedelta(0), timedelta(minutes=6)):
            then = await world.then(Moment(instant + later))
            assert then.keys() == known.keys()
            for key, each in known.items():
                assert then[key] == each, key


@share(0.08)
@given(history=histories(max_facts=14), minute=st.integers(-1, 10))
async def test_what_had_happened_is_the_oracles_answer_on_the_shortened_history(
    graph: Graph, history: History, minute: int
) -> None:
    """However facts arrived: by the other clock those after the instant do not count, and all the others do."""
    own = history.moved_to(f"{_session}-{next(_number):05d}-")
    world = World(graph, own)
    await world.rules.adopt(rule_set(own.rules), over_data=True)
    for batch in own.batches:
        world.clock.advance(timedelta(minutes=7))
        await world.system.ingest(batch)
    instant = START + timedelta(minutes=minute)
    accepted = {
        fact.id: fact
        for fact, outcome in zip(own.facts, replay(own.rules, own.facts).outcomes, strict=True)
        if outcome == "accepted"
    }
    answer = replay(own.rules, [fact for fact in accepted.values() if fact.ts <= instant])
    then = await world.then(Moment(instant, PastClock.HAPPENED))
    assert {frozenset(str(each[0]) for each in known.identities) for known in then.values()} == answer.partition
    for keys, founder in answer.founders.items():
        for key in keys:
            assert then[key].person[:2] == (world.pipeline.profile_id(founder), founder)
    for key, known in then.items():
        mine = {id for id, owner in answer.owners.items() if owner in {each[0] for each in known.identities}}
        assert set(known.events) == {id for id in mine if int(id.rsplit("f", 1)[1]) % 4 != 1}, (
            key
        )  # one kind is no event
        for low, high, state, count, first, last, because, by_event, _ in known.links:
            link = answer.links[str(low), str(high)]
            assert (link.state, link.count, link.first_seen, link.last_seen, link.because, link.by_event) == (
                state, count, first, last, because, by_event,
            )  # fmt: skip
