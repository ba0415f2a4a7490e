"""The replay in plain Python (`graphcdp.identity.replay.replay`) on generated histories: held against the oracle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.identity.replay.replay import Decisions, Occurrence, Outcome, Replay, Seen, key_order, replay
from tests import oracle
from tests.oracle import Answer, Policy, Rules, Statement
from tests.property.graph_system import rule_set
from tests.property.profiles import share
from tests.property.strategies import POLICIES, START, History, histories, rule_changes

by_policy = pytest.mark.parametrize("policy", POLICIES)
"""Hypothesis draws for one policy at a time, so that none is left out; the shares are of all four together."""


def seen(rules: Rules, stored: Iterable[Statement]) -> list[Seen]:
    """Return facts as the replay takes them, in the order given; facts of which no identity counts are none."""
    facts = [Seen(fact.ts, fact.id, rules.admitted(fact.keys)) for fact in stored]
    return [fact for fact in facts if fact.keys]


def decided(decisions: oracle.Decisions) -> Decisions:
    """Return decisions as the replay takes them."""
    return Decisions(decisions.cut, decisions.pinned, decisions.rekeyed, decisions.quarantined)


def play(history: History, *, occurrences: bool = False) -> Outcome:
    """Return what the replay says of a history."""
    return replay(
        rule_set(history.rules),
        seen(history.rules, history.stored),
        decided(history.decisions),
        occurrences=occurrences,
    )


def agree(outcome: Outcome, answer: Answer) -> None:
    """Say where the replay and the oracle part."""
    assert {frozenset(profile) for profile in outcome.profiles} == answer.partition
    assert sum(map(len, outcome.profiles)) == len(answer.seen)
    for pair, link in answer.links.items():
        found = outcome.links[pair]
        assert (pair, found.state, found.because, found.by_event) == (pair, link.state, link.because, link.by_event)
        assert (pair, found.first_seen, found.last_seen, found.count) == (
            pair,
            link.first_seen,
            link.last_seen,
            link.count,
        )
    for pair, fact_id in answer.refused_pairs.items():
        found = outcome.links[pair]
        if found.count == 0 and found.state not in ("cut", "pinned") and found.because != "hub":
            assert (found.state, found.because, found.by_event) == ("suppressed", answer.refused[fact_id], fact_id)
    for pair in outcome.links.keys() - answer.links.keys() - answer.refused_pairs.keys():
        assert outcome.links[pair].state in ("cut", "pinned"), pair
    assert dict(outcome.bearers) == dict(answer.owners)
    assert dict(outcome.founders) == {key: answer.founder_of(key) for key in answer.seen}
    assert dict(outcome.refused) == dict(answer.refused)


@by_policy
@share(0.1)
@given(data=st.data())
def test_the_replay_is_the_oracle(policy: Policy, data: st.DataObject) -> None:
    """Profiles, founders, links with state and reason, bearers; whatever was decided."""
    history = data.draw(histories((policy,), decided=True))
    agree(play(history), oracle.replay(history.rules, history.facts, history.decisions))


@by_policy
@share(0.05)
@given(data=st.data())
def test_the_replay_is_the_oracle_under_other_rules(policy: Policy, data: st.DataObject) -> None:
    """Facts that were stored under earlier rules: some now break a limit by themselves, some lose identities."""
    history, rules = data.draw(rule_changes((policy,)))
    outcome = replay(rule_set(rules), seen(rules, history.stored), decided(history.decisions))
    agree(outcome, oracle.judge(rules, history.stored, history.decisions))


@by_policy
@share(0.02)
@given(data=st.data())
def test_order_does_not_matter(policy: Policy, data: st.DataObject) -> None:
    history = data.draw(histories((policy,), decided=True))
    shuffled = list(history.stored)
    Random(len(shuffled)).shuffle(shuffled)
    rules, decisions = rule_set(history.rules), decided(history.decisions)
    outcomes = [
        replay(rules, seen(history.rules, facts), decisions, occurrences=True)
        for facts in (history.stored, history.stored[::-1], shuffled)
    ]
    assert outcomes[0] == outcomes[1] == outcomes[2]


@by_policy
@share(0.02)
@given(data=st.data())
def test_step_by_step_is_the_same_as_at_once(policy: Policy, data: st.DataObject) -> None:
    """After every fact the answer is that of a replay of the facts so far."""
    history = data.draw(histories((policy,), decided=True))
    rules, decisions = rule_set(history.rules), decided(history.decisions)
    facts = sorted(seen(history.rules, history.stored), key=lambda fact: (fact.ts, key_order(fact.id)))
    steps = Replay(rules, decisions, occurrences=True)
    for number, fact in enumerate(facts, start=1):
        steps.take(fact)
        assert steps.outcome() == replay(rules, facts[:number], decisions, occurrences=True)


@by_policy
@share(0.02)
@given(data=st.data())
def test_a_replay_stopped_earlier_knows_nothing_of_later(policy: Policy, data: st.DataObject) -> None:
    history = data.draw(histories((policy,), decided=True))
    until = START + timedelta(minutes=data.draw(st.integers(0, 60)))
    outcome = replay(
        rule_set(history.rules), seen(history.rules, history.stored), decided(history.decisions), until=until
    )
    agree(outcome, oracle.judge(history.rules, history.stored, history.decisions, until=until))


@by_policy
@share(0.02)
@given(data=st.data())
def test_what_happened_adds_up(policy: Policy, data: st.DataObject) -> None:
    """Occurrences lead from nobody to the profiles after every fact; every lost link has its occurrence.

    Several occurrences of one fact may tell of one change; each starts from what was before the fact or is now.
    """
    history = data.draw(histories((policy,), decided=True))
    outcome = play(history, occurrences=True)
    standing: frozenset[frozenset[str]] = frozenset()
    for (ts, _), told in groupby(outcome.occurrences, key=lambda each: (each.ts, each.fact_id)):
        before_fact = standing
        for each in told:
            before, after = (frozenset(frozenset(profile) for profile in side) for side in (each.before, each.after))
            assert before <= before_fact | standing, each
            touched = frozenset[str]().union(*before, *after)
            standing = frozenset(profile for profile in standing if profile.isdisjoint(touched)) | after
        assert sum(map(len, standing)) == len(frozenset[str]().union(*standing)), (ts, standing)
    assert standing == {frozenset(profile) for profile in outcome.profiles}
    for pair, link in outcome.links.items():
        if link.because is not None:
            # Told once: where the next fact that shows the pair loses it again (to a pin, say), no profile changes.
            again = link.count > 1
            why = (None, None) if again else (link.because, link.by_event)
            assert any(_tells_of(each, pair, *why) for each in outcome.occurrences), pair
    order = {fact.id: (fact.ts, key_order(fact.id)) for fact in history.stored}
    places = [order[each.fact_id] for each in outcome.occurrences if each.fact_id is not None]
    assert places == sorted(places)


def _tells_of(told: Occurrence, pair: tuple[str, str], because: str | None, by_event: str | None) -> bool:
    """Say whether an occurrence is the loss of a link, of the pair or of one of its ends; None is any cause."""
    if because not in (None, told.because) or by_event not in (None, told.fact_id):
        return False
    if told.kind in ("evicted", "shared"):
        return not set(told.keys).isdisjoint(pair)
    return told.kind == "suppressed" and set(told.keys) == set(pair)


@by_policy
@share(0.02)
@given(data=st.data())
def test_crowded_identities_are_hubs(policy: Policy, data: st.DataObject) -> None:
    """Linked to more than two others, where two is the most."""
    history = data.draw(histories((policy,)))
    history = replace(history, rules=replace(history.rules, max_links=2))
    assert play(history).crowded == oracle.hubs(oracle.replay(history.rules, history.facts), 2)
