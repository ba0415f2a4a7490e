"""A past instant is found again: on generated histories, by what was known and by what had happened."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import CDPError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, Author, Explainer, IdentityGraph, RuleBook, Undo
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import Writer
from graphcdp.model import IdentityKey
from graphcdp.profile import Attribute, Identity, Moment, Past, PastClock, Profile, Profiles, TimelinePage
from tests.oracle import Rules, replay
from tests.property.graph_system import GraphSystem, rule_set
from tests.property.profiles import share
from tests.property.strategies import START, History, histories, number_of, rule_changes

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

ME = Author("tests")
SECRET = b"the same in every test"
EVERYTHING = TimelinePage(100)
_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)
_days = itertools.count(1)


@dataclass(frozen=True)
class Known:
    """What was answered about one identity: comparable."""

    person: tuple[object, ...]
    attributes: tuple[Attribute, ...]
    identities: frozenset[tuple[object, ...]]
    events: tuple[str, ...]
    links: frozenset[tuple[Any, ...]]

    @classmethod
    def of(cls, profile: Profile, identities: tuple[Identity, ...], events: list[str], graph: IdentityGraph) -> Known:
        """Gather it."""
        return cls(
            (profile.id, profile.founder, profile.identity_count, profile.first_seen, profile.last_seen),
            profile.attributes(),
            frozenset((each.key, each.first_seen, each.last_seen, each.valid_from) for each in identities),
            tuple(events),
            frozenset(
                (frozenset((each.left_key, each.right_key)), each.state, each.seen, each.first_seen, each.last_seen,
                 each.because, each.by_event, frozenset(each.sources))
                for each in graph.links
            ),
        )  # fmt: skip


class Word(NamedTuple):
    """A decision of a person about two of a history's identities, by their places."""

    after_batch: int
    action: str
    one: int
    other: int


DECISIONS = st.builds(
    Word, st.integers(0, 3), st.sampled_from(("cut", "pin", "restore", "rekey")), st.integers(0, 9), st.integers(0, 9)
)


class World:
    """The engine over one history, with a clock that is moved by hand."""

    def __init__(self, graph: Graph, history: History) -> None:
        # Every history has a day of its own: rules have dates as well, and time does not go backwards.
        self.clock = MovableClock(START + timedelta(days=next(_days)))
        self.rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, self.rules, SECRET)
        self.profiles = Profiles(graph)
        self.explainer = Explainer(graph)
        self.past = Past.over(graph, self.clock, self.rules, self.pipeline.profile_id)
        self.applying = Applying(graph, self.clock, self.rules)
        self.undo = Undo(graph, self.clock, self.rules, Writer())
        self.system = GraphSystem.of(graph, self.pipeline.ingest, history, history.rules)

    async def decide(self, word: Word) -> None:
        """Carry a decision out; one that is refused changes nothing."""
        keys = [IdentityKey(*key.split("|", 1)) for key in self.system.keys]
        decide = getattr(self.undo, word.action)
        with contextlib.suppress(CDPError):
            await decide(keys[word.one % len(keys)], keys[word.other % len(keys)], ME)

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


@share(0.05)
@given(changing=rule_changes(), words=st.lists(DECISIONS, max_size=4), change_after=st.integers(-3, 3))
async def test_what_was_known_is_found_again(
    graph: Graph, changing: tuple[History, Rules], words: list[Word], change_after: int
) -> None:
    """Asked for later, everything is the same to the letter as it was then.

    It is noted after every batch, every decision of a person, and after other rules were applied to everybody.
    """
    history, other_rules = changing
    own = history.moved_to(f"{_session}-{next(_number):05d}-")
    world = World(graph, own)
    await world.rules.adopt(rule_set(own.rules), over_data=True)
    noted: list[tuple[datetime, dict[str, Known]]] = []
    for place, batch in enumerate(own.batches):
        world.clock.advance(timedelta(minutes=7))
        await world.system.ingest(batch)
        noted.append((world.clock.now(), await world.now()))
        for word in words:
            if word.after_batch == place:
                world.clock.advance(timedelta(minutes=7))
                await world.decide(word)
                noted.append((world.clock.now(), await world.now()))
        if place == change_after:
            world.clock.advance(timedelta(minutes=7))
            await world.applying.apply(rule_set(other_rules))
            noted.append((world.clock.now(), await world.now()))
    world.clock.advance(timedelta(minutes=7))
    assert await world.then(Moment(noted[0][0] - timedelta(seconds=1))) == {}
    for instant, known in noted:
        for later in (timedelta(0), timedelta(minutes=6)):
            then = await world.then(Moment(instant + later))
            assert then.keys() == known.keys()
            for key, each in known.items():
                for field in fields(Known):
                    assert getattr(then[key], field.name) == getattr(each, field.name), (key, field.name)
    await world.system.forget()


@share(0.05)
@given(history=histories(max_facts=14, decided=True), minute=st.integers(-1, 10))
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
    await world.system.decide(own.decisions)
    instant = START + timedelta(minutes=minute)
    accepted = {
        fact.id: fact
        for fact, outcome in zip(own.facts, replay(own.rules, own.facts).outcomes, strict=True)
        if outcome == "accepted"
    }
    answer = replay(own.rules, [fact for fact in accepted.values() if fact.ts <= instant], own.decisions)
    then = await world.then(Moment(instant, PastClock.HAPPENED))
    assert {frozenset(str(each[0]) for each in known.identities) for known in then.values()} == answer.partition
    for keys, founder in answer.founders.items():
        for key in keys:
            assert then[key].person[:2] == (world.pipeline.profile_id(founder), founder)
    links = {frozenset(both): link for both, link in answer.links.items()}
    for key, known in then.items():
        mine = {id for id, owner in answer.owners.items() if owner in {each[0] for each in known.identities}}
        assert set(known.events) == {id for id in mine if number_of(id) % 4 != 1}, key  # one kind is no event
        stated = [accepted[id] for id in mine if number_of(id) % 4 in (1, 2)]
        newest = max(stated, key=lambda fact: (fact.ts, fact.id), default=None)
        assert [each.record_id for each in known.attributes] == ([] if newest is None else [newest.id]), key
        for both, state, count, first, last, because, by_event, _ in known.links:
            link = links[both]
            assert (link.state, link.count, link.first_seen, link.last_seen, link.because, link.by_event) == (
                state, count, first, last, because, by_event,
            )  # fmt: skip
    await world.system.forget()
