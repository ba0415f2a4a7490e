"""The generated histories tell the true rule from each of these wrong ones, so an engine that passes them is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from tests.oracle import Answer, Graph, Pair, Rules, Statement, replay
from tests.property.strategies import History, histories, two_arrivals

NEVER = datetime.min.replace(tzinfo=UTC)


class LinksOfFactNotFirst(Graph):
    """Forgets that the triggering fact's links come first."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, Pair]:
        return super().claim(pair, set())


class OnlyRecency(Graph):
    """Forgets the priorities."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, Pair]:
        own, _, age, keys = super().claim(pair, of_fact)
        return own, 0, age, keys


class OlderFirst(Graph):
    """Lets the older link win."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, Pair]:
        own, weight, age, keys = super().claim(pair, of_fact)
        return own, weight, -age, keys


class KeysByNamespace(Graph):
    """Breaks ties by namespace, then value, instead of by the key's text."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, Pair]:
        own, weight, age, (a, b) = super().claim(pair, of_fact)
        return own, weight, age, (a.replace("|", " "), b.replace("|", " "))

    def hold(self, key: str) -> tuple[int, datetime, str]:
        kind, newest, text = super().hold(key)
        return kind, newest, text.replace("|", " ")


class EverReturning(Graph):
    """Reconsiders suppressed links at every conflict."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> None:
        for pair, link in self.links.items():
            if link.state == "suppressed" and set(pair) <= around:
                link.state = "active"
        super().rebuild(around, of_fact, fact_id)


class OnlyNewLinkSuppressed(Graph):
    """Removes the links of the latest fact instead of deciding the component anew."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> None:
        for pair in of_fact:
            self.links[pair].state = "suppressed"


class NoCap(Graph):
    """Never evicts."""

    def cap(self, around: frozenset[str], fact_id: str) -> None:
        return


class KindsAlike(Graph):
    """Evicts the longest unseen whatever it is."""

    def hold(self, key: str) -> tuple[int, datetime, str]:
        return (0, *super().hold(key)[1:])


class NewestEvicted(Graph):
    """Evicts by the first sighting of a link instead of the last."""

    def hold(self, key: str) -> tuple[int, datetime, str]:
        kind, _, text = super().hold(key)
        return kind, min(link.first_seen for pair, link in self.links.items() if key in pair), text


class SightingsOfActiveLinksOnly(Graph):
    """Forgets sightings on links that were lost when it looks for the longest unseen."""

    def hold(self, key: str) -> tuple[int, datetime, str]:
        kind, _, text = super().hold(key)
        return kind, max((link.last_seen for pair, link in self.active().items() if key in pair), default=NEVER), text


class LastCauseWins(Graph):
    """Names the weakest violated namespace."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> None:
        before = {pair for pair, link in self.links.items() if link.because}
        super().rebuild(around, of_fact, fact_id)
        limited = [space.name for space in self.rules.namespaces if space.max_values is not None]
        for pair, link in self.links.items():
            if link.because and pair not in before:
                link.because = f"unique:{limited[-1]}"


WRONG: tuple[type[Graph], ...] = (
    LinksOfFactNotFirst,
    OnlyRecency,
    OlderFirst,
    KeysByNamespace,
    EverReturning,
    OnlyNewLinkSuppressed,
    NoCap,
    KindsAlike,
    NewestEvicted,
    SightingsOfActiveLinksOnly,
    LastCauseWins,
)
FOUND_WITHIN = 4_000


def _differs(right: Answer, wrong: Answer) -> bool:
    return (right.partition, right.links, right.founders) != (wrong.partition, wrong.links, wrong.founders)


def _find(condition: object) -> None:
    limits = settings(
        max_examples=FOUND_WITHIN,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    find(histories(), condition, settings=limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_rule_is_found_out(wrong: type[Graph]) -> None:
    _find(lambda history: _differs(replay(history.rules, history.facts), replay(history.rules, history.facts, wrong)))


def in_order_of_arrival(rules: Rules, facts: Sequence[Statement]) -> Answer:
    """Apply facts as they come, whenever they happened; what an engine without a replay of late facts does."""
    known: set[str] = set()
    graph = Graph(rules)
    for fact in facts:
        alone = replay(rules, [fact])
        if fact.id in alone.carried and fact.id not in known:
            known.add(fact.id)
            graph.take(fact.id, fact.ts, alone.carried[fact.id])
    right = replay(rules, facts)
    return replace(right, links=graph.links)


def test_an_engine_without_replay_of_late_facts_is_found_out() -> None:
    _find(lambda history: _differs(replay(history.rules, history.facts), in_order_of_arrival(*_parts(history))))


def test_an_engine_that_counts_repeats_is_found_out() -> None:
    def counted(history: History) -> Answer:
        numbered = [replace(fact, id=f"{fact.id}-{n}", content="") for n, fact in enumerate(history.facts)]
        return replay(history.rules, numbered)

    _find(lambda history: _differs(replay(history.rules, history.facts), counted(history)))


def _parts(history: History) -> tuple[Rules, tuple[Statement, ...]]:
    return history.rules, history.facts


@given(two_arrivals())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_oracle_itself_does_not_depend_on_arrival(arrived: tuple[History, History]) -> None:
    first, second = (replay(history.rules, history.facts) for history in arrived)
    assert (first.partition, first.links, first.founders, first.owners, first.seen) == (
        second.partition,
        second.links,
        second.founders,
        second.owners,
        second.seen,
    )


@given(histories())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_oracle_keeps_its_own_promises(history: History) -> None:
    answer = replay(history.rules, history.facts)
    for profile in answer.partition:
        assert history.rules.violated(profile) is None
        assert len(profile) <= history.rules.max_identities
    assert sorted(key for profile in answer.partition for key in profile) == sorted(answer.seen)
    for link in answer.links.values():
        assert (link.state == "active") == (link.because is None) == (link.by_event is None)
