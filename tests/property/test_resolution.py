"""The promises of identity resolution, on generated histories: the real engine on the real Neo4j against the oracle.

Every history gets identities of its own by a prefix, so that hundreds share one graph. The shares add up to the whole
of `profiles.HISTORIES`.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Container, Iterable
from dataclasses import fields
from dataclasses import replace as changed_to
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.graph import Graph
from tests.oracle import ACCEPTED, Answer, Decisions, Namespace, Pair, Rules, Statement, hubs, judge, replay
from tests.property.engine import open_system
from tests.property.profiles import share
from tests.property.strategies import START, History, histories, rule_changes, two_arrivals
from tests.property.system import Snapshot, SystemUnderTest

pytestmark = pytest.mark.anyio


_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)


def _own(history: History) -> History:
    """Return the history under a prefix that was never used."""
    return history.moved_to(f"{_session}-{next(_number):05d}-")


def _agree(snapshot: Snapshot, answer: Answer, rules: Rules) -> None:
    """Say where the graph and the oracle part."""
    assert snapshot.partition == answer.partition
    assert dict(snapshot.links) == dict(answer.links)
    assert _settled(snapshot, answer, rules) == dict(answer.owners)
    assert dict(snapshot.carried) == dict(answer.carried)
    assert dict(snapshot.seen) == dict(answer.seen)
    assert {keys: snapshot.founders[id] for id, keys in snapshot.profiles.items()} == dict(answer.founders)
    assert snapshot.disorder == ()


def _settled(snapshot: Snapshot, answer: Answer, rules: Rules) -> dict[str, str]:
    """Return whose facts are, where a loan inside of one profile may be left undone.

    Under `session` an anonymous fact stays on its thing while nothing is in dispute: whoever it would be lent to holds
    the thing anyway.
    """
    settled = dict(snapshot.owners)
    for id, thing in answer.lent.items() if rules.policy == "session" else ():
        if settled.get(id) == thing and answer.profile_of(thing) == answer.profile_of(answer.owners[id]):
            settled[id] = answer.owners[id]
    return settled


def _possible(decisions: Decisions, seen: Container[str]) -> Decisions:
    """Return the decisions that are about known identities alone."""

    def known(pairs: Iterable[Pair]) -> frozenset[Pair]:
        return frozenset(pair for pair in pairs if all(key in seen for key in pair))

    return Decisions(
        known(decisions.cut),
        known(decisions.pinned),
        {old: new for old, new in decisions.rekeyed.items() if old in seen and new in seen},
        frozenset(key for key in decisions.quarantined if key in seen),
    )


def _besides(decisions: Decisions, earlier: Decisions) -> Decisions:
    """Return the decisions that were not there before."""
    return Decisions(
        decisions.cut - earlier.cut,
        decisions.pinned - earlier.pinned,
        {old: new for old, new in decisions.rekeyed.items() if old not in earlier.rekeyed},
        decisions.quarantined - earlier.quarantined,
    )


async def _play(system: SystemUnderTest, history: History) -> list[tuple[Snapshot, Answer]]:
    """Ingest batch by batch, and decide what can be decided after each; return what graph and oracle say each time."""
    decided = Decisions()
    seen: list[tuple[Snapshot, Answer]] = []
    arrived: tuple[Statement, ...] = ()
    for batch in history.batches:
        before, arrived = len(arrived), arrived + batch
        answer = replay(history.rules, arrived, decided)
        assert await system.ingest(batch) == answer.outcomes[before:]
        seen.append((await system.snapshot(), answer))
        possible = _possible(history.decisions, answer.seen)
        if possible != decided:
            await system.decide(_besides(possible, decided))
            decided = possible
            seen.append((await system.snapshot(), replay(history.rules, arrived, decided)))
    return seen


@share(0.30)
@given(history=histories(decided=True))
async def test_order_any_arrival_gives_the_oracles_answer(graph: Graph, history: History) -> None:
    """Permuted, late, repeated, cut into batches anyhow: after every batch the graph is what the oracle says."""
    own = _own(history)
    for snapshot, answer in await _play(await open_system(graph, own), own):
        _agree(snapshot, answer, own.rules)


@share(0.14)
@given(history=histories(decided=True))
async def test_the_procedure_alone_gives_the_same(graph: Graph, history: History) -> None:
    """Without the fast path every batch is decided by the Cypher procedure."""
    own = _own(history)
    for snapshot, answer in await _play(await open_system(graph, own, fast_path=False), own):
        _agree(snapshot, answer, own.rules)


@share(0.12)
@given(history=histories(decided=True))
async def test_calling_the_procedure_again_changes_nothing(graph: Graph, history: History) -> None:
    """What the fast path left is what `identity.resolve` decides from the evidence, on any identity."""
    own = _own(history)
    system = await open_system(graph, own)
    await _play(system, own)
    before = await system.snapshot()
    for key in before.seen:
        await graph.write("identity.resolve", keys=[key])
    _same(await system.snapshot(), before, own.rules)


@share(0.10)
@given(arrived=two_arrivals())
async def test_order_two_arrivals_give_the_same_profiles_and_ids(
    graph: Graph, arrived: tuple[History, History]
) -> None:
    """The same facts, forgotten and sent again in another way, give the same profiles under the same ids."""
    prefix = f"{_session}-{next(_number):05d}-"
    found: list[Snapshot] = []
    for history in (each.moved_to(prefix) for each in arrived):
        system = await open_system(graph, history)
        found.append((await _play(system, history))[-1][0])
        await system.forget()
        assert (await system.snapshot()).seen == {}
    first, second = found
    assert first.profiles == second.profiles
    assert first.links == second.links
    assert first.owners == second.owners


@share(0.08)
@given(history=histories())
async def test_locality_a_fact_touches_only_its_region(graph: Graph, history: History) -> None:
    """Outside of what was ever linked to its identities no property, edge or neighbour changes."""
    own = _own(history)
    *earlier, last = own.facts
    system = await open_system(graph, own)
    await system.ingest(earlier)
    answer = replay(own.rules, own.facts)
    touched = answer.region_of(answer.carried[last.id]) if answer.outcomes[-1] == ACCEPTED else frozenset[str]()
    outside = sorted(set(replay(own.rules, earlier).seen) - touched)
    before = await system.footprint(outside)
    assert (await system.ingest([last])) == answer.outcomes[-1:]
    assert await system.footprint(outside) == before


@share(0.08)
@given(history=histories())
async def test_stability_and_nothing_lost(graph: Graph, history: History) -> None:
    """An id is its founder's for ever and always answers; facts, links and former holders stay."""
    own = _own(history)
    system = await open_system(graph, own)
    founder_of: dict[str, str] = {}
    earlier: Snapshot | None = None
    arrived: tuple[Statement, ...] = ()
    for batch in own.batches:
        arrived += batch
        await system.ingest(batch)
        now = await system.snapshot()
        for profile_id, founder in now.founders.items():
            assert founder_of.setdefault(profile_id, founder) == founder
        assert len(set(founder_of.values())) == len(founder_of), "one founder, two ids"
        for profile_id, founder in founder_of.items():
            assert await system.resolve(profile_id) == now.holder_of(founder)
        if earlier is not None:
            _kept(earlier, now, own.rules)
        accepted = {
            fact.id
            for fact, outcome in zip(arrived, replay(own.rules, arrived).outcomes, strict=True)
            if outcome == ACCEPTED
        }
        assert set(now.carried) == accepted
        assert now.disorder == ()
        earlier = now


@share(0.12)
@given(changed=rule_changes())
async def test_other_rules_decide_what_they_meet(graph: Graph, changed: tuple[History, Rules]) -> None:
    """After a change of rules a fact decides its region under the new ones, and a replay does so for the rest."""
    history, other = changed
    own = _own(history)
    *earlier, last = own.batches
    before = changed_to(own, batches=tuple(earlier))
    system = await open_system(graph, before)
    await _play(system, before)
    stored = before.stored
    decided = _possible(own.decisions, {key for fact in stored for key in fact.keys})
    after = changed_to(
        own, rules=other, batches=(tuple(fact for fact in last if fact.id not in {f.id for f in stored}),)
    )
    system = await open_system(graph, own, rules=other)
    if after.facts:
        await system.ingest(after.facts)
    answer = judge(other, (*stored, *after.stored), decided)
    now = await system.snapshot()
    for fact in after.stored:
        for key in fact.keys:
            assert now.profiles[now.holder_of(key)] == answer.profile_of(key)
    await system.settle()
    now = await system.snapshot()
    known = frozenset(answer.seen)
    assert {keys for keys in now.partition if keys & known} == answer.partition
    assert {key for keys in now.partition if not keys & known for key in keys} == now.seen.keys() - known
    for pair, link in answer.links.items():
        found = now.links[pair]
        assert (found.state, found.because, found.by_event) == (link.state, link.because, link.by_event)
        assert found.last_seen == link.last_seen
    for pair in now.links.keys() - answer.links.keys():
        found = now.links[pair]
        assert found.state in ("suppressed", "cut", "pinned")
    assert {id: key for id, key in _settled(now, answer, other).items() if answer.carried[id]} == dict(answer.owners)
    assert {keys: now.founders[id] for id, keys in now.profiles.items() if keys & known} == dict(answer.founders)
    assert now.disorder == ()


@share(0.06)
@given(history=histories(), most=st.integers(2, 4))
async def test_whatever_is_linked_to_too_many_makes_no_link(graph: Graph, history: History, most: int) -> None:
    """The fact that links an identity to one more than is plausible quarantines it, as if it had been so ever since."""
    own = _own(changed_to(history, rules=changed_to(history.rules, max_links=most)))
    system = await open_system(graph, own)
    arrived: tuple[Statement, ...] = ()
    for batch in own.batches:
        arrived += batch
        await system.ingest(batch)
        crowded = hubs(replay(own.rules, arrived), most)
        _agree(await system.snapshot(), replay(own.rules, arrived, Decisions(quarantined=crowded)), own.rules)


def _kept(earlier: Snapshot, now: Snapshot, rules: Rules) -> None:
    """Assert that nothing of an earlier state is lost in a later one; only what is lent changes hands."""
    for id, owner in earlier.owners.items():
        assert now.owners[id] == owner or not any(map(rules.is_person, earlier.carried[id]))
        assert now.owners[id] == owner or rules.policy in ("nobody", "session")
    assert earlier.carried.items() <= now.carried.items()
    assert earlier.had <= now.had
    for pair, link in earlier.links.items():
        assert now.links[pair].count >= link.count
        assert now.links[pair].first_seen <= link.first_seen
        assert now.links[pair].last_seen >= link.last_seen
    for profile_id, keys in earlier.profiles.items():
        moved = keys - now.profiles.get(profile_id, frozenset())
        assert {(profile_id, key) for key in moved} <= now.had


def _same(one: Snapshot, other: Snapshot, rules: Rules) -> None:
    for each in fields(Snapshot):
        if each.name == "owners" and rules.policy == "session":  # what was lent inside of one profile
            assert {id: one.holder_of(key) for id, key in one.owners.items()} == {
                id: other.holder_of(key) for id, key in other.owners.items()
            }
            continue
        assert getattr(one, each.name) == getattr(other, each.name), each.name


async def test_no_link_is_lost_where_neo4j_orders_keys_in_two_ways(graph: Graph) -> None:
    """U+FF5A and U+10437 change places between the transaction that writes them and the next."""
    rules = Rules((Namespace("phone", "person", 1, max_values=2),))
    said = [(("phone", "ｚ"), ("phone", "𐐷")), (("phone", "ｚ"), ("phone", "ana"))]
    facts = tuple(Statement(f"f{n}", START + timedelta(minutes=n), two) for n, two in enumerate(said))
    for batches in ((facts,), (facts[:1], facts[1:]), (facts[1:], facts[:1])):
        own = _own(History(rules, batches))
        for snapshot, answer in await _play(await open_system(graph, own), own):
            _agree(snapshot, answer, own.rules)
