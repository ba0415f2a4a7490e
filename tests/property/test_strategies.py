"""The generated histories tell the true rule from each of these wrong ones, so an engine that passes them is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from tests.oracle import Answer, Graph, Namespace, Pair, Policy, Rules, judge, replay
from tests.property.strategies import POLICIES, History, histories, rule_changes, two_arrivals

NEVER = datetime.min.replace(tzinfo=UTC)
Claim = tuple[bool, int, timedelta, tuple[bytes, bytes]]


def _blank(order: bytes) -> bytes:
    return order.replace(b"\x00|", b"\x00 ")


class LinksOfFactNotFirst(Graph):
    """Forgets that the triggering fact's links come first."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> Claim:
        return super().claim(pair, set())


class OnlyRecency(Graph):
    """Forgets the priorities."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> Claim:
        own, _, age, keys = super().claim(pair, of_fact)
        return own, 0, age, keys


class OlderFirst(Graph):
    """Lets the older link win."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> Claim:
        own, weight, age, keys = super().claim(pair, of_fact)
        return own, weight, -age, keys


class KeysByNamespace(Graph):
    """Breaks ties by namespace, then value, instead of by the key's text."""

    def claim(self, pair: Pair, of_fact: set[Pair]) -> Claim:
        own, weight, age, (a, b) = super().claim(pair, of_fact)
        return own, weight, age, (_blank(a), _blank(b))

    def hold(self, key: str) -> tuple[int, datetime, bytes]:
        kind, newest, text = super().hold(key)
        return kind, newest, _blank(text)


class EverReturning(Graph):
    """Reconsiders suppressed links at every conflict."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> dict[str, frozenset[str]]:
        for pair, link in self.links.items():
            if link.state == "suppressed" and set(pair) <= around:
                link.state = "active"
        return super().rebuild(around, of_fact, fact_id)


class OnlyNewLinkSuppressed(Graph):
    """Removes the links of the latest fact instead of deciding the component anew."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> dict[str, frozenset[str]]:
        for pair in of_fact:
            self.links[pair].state = "suppressed"
        return {}


class NoCap(Graph):
    """Never evicts."""

    def cap(self, around: frozenset[str], fact_id: str) -> None:
        return


class KindsAlike(Graph):
    """Evicts the longest unseen whatever it is."""

    def hold(self, key: str) -> tuple[int, datetime, bytes]:
        return (0, *super().hold(key)[1:])


class NewestEvicted(Graph):
    """Evicts by the first sighting of a link instead of the last."""

    def hold(self, key: str) -> tuple[int, datetime, bytes]:
        kind, _, text = super().hold(key)
        return kind, min(link.first_seen for pair, link in self.links.items() if key in pair), text


class SightingsOfActiveLinksOnly(Graph):
    """Forgets sightings on links that were lost when it looks for the longest unseen."""

    def hold(self, key: str) -> tuple[int, datetime, bytes]:
        kind, _, text = super().hold(key)
        return kind, max((link.last_seen for pair, link in self.active().items() if key in pair), default=NEVER), text


class LastCauseWins(Graph):
    """Names the weakest violated namespace."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> dict[str, frozenset[str]]:
        before = {pair for pair, link in self.links.items() if link.because}
        groups = super().rebuild(around, of_fact, fact_id)
        limited = [space.name for space in self.rules.namespaces if space.max_values is not None]
        for pair, link in self.links.items():
            if link.because and pair not in before:
                link.because = f"unique:{limited[-1]}"
        return groups


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


class SharedForAWhile(Graph):
    """Gives a shared thing to whoever logs in next."""

    def take(self, fact_id: str, ts: datetime, keys: Sequence[str]) -> None:
        self.shared.clear()
        super().take(fact_id, ts, keys)


class SharedByNeighbours(Graph):
    """Looks only at the people a thing was used by, not at whom they are one with."""

    def share(self, part: frozenset[str], people: dict[str, frozenset[str]], fact_id: str) -> None:
        super().share(part, {key: frozenset({key}) for key in people}, fact_id)


class SharedKeepsFriends(Graph):
    """Takes a shared thing from people and leaves it linked to other things."""

    def share(self, part: frozenset[str], people: dict[str, frozenset[str]], fact_id: str) -> None:
        between = {pair: replace(link) for pair, link in self.links.items() if not people.keys() & set(pair)}
        super().share(part, people, fact_id)
        self.links |= between


class FirstOwnerGivesUpStrongest(Graph):
    """Drops the strongest identity of a fact first."""

    def first_owner(self, fact_id: str, keys: Sequence[str], own: set[Pair]) -> None:
        super().first_owner(fact_id, keys[::-1], own)


class FirstOwnerRenames(Graph):
    """Names the last limit that made it drop something, for all it dropped."""

    def first_owner(self, fact_id: str, keys: Sequence[str], own: set[Pair]) -> None:
        super().first_owner(fact_id, keys, own)
        lost = [pair for pair in own if self.links[pair].by_event == fact_id]
        for pair in lost:
            self.links[pair].because = self.links[max(lost)].because


class CutOnlyOnce(Graph):
    """Lets a new sighting undo a cut."""

    def is_decided(self, pair: Pair) -> bool:
        return super().is_decided(pair) and not (pair in self.decisions.cut and self.links[pair].count > 1)


class PinnedOnlyOnceSeen(Graph):
    """Forgets pins between identities that no fact shows together."""

    def in_force(self) -> set[Pair]:
        return {pair for pair in super().in_force() if pair in self.links}


class PinnedAfterTheRest(Graph):
    """Forgets that pinned links come first in a rebuild."""

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> dict[str, frozenset[str]]:
        decisions, self.decisions = self.decisions, replace(self.decisions, pinned=frozenset())
        try:
            return super().rebuild(around, of_fact, fact_id)
        finally:
            self.decisions = decisions


class ForgetsWhoCountsAsWhom(Graph):
    """Takes a declared former key for another person."""

    def violated(self, keys: Iterable[str]) -> Namespace | None:
        return self.rules.violated(keys)


class HubsAreAnybody(Graph):
    """Lets a quarantined identity make links."""

    def is_hub(self, pair: Pair) -> bool:
        return False


OF_DECISIONS = (CutOnlyOnce, PinnedOnlyOnceSeen, ForgetsWhoCountsAsWhom, HubsAreAnybody, PinnedAfterTheRest)
WRONG_BY_POLICY: tuple[tuple[Policy, type[Graph]], ...] = (
    *(("last_login", wrong) for wrong in WRONG),
    ("nobody", SharedForAWhile),
    ("nobody", SharedByNeighbours),
    ("nobody", SharedKeepsFriends),
    ("first_owner", FirstOwnerGivesUpStrongest),
    ("first_owner", FirstOwnerRenames),
    *(
        (policy, wrong)
        for policy in POLICIES
        for wrong in (CutOnlyOnce, PinnedOnlyOnceSeen, ForgetsWhoCountsAsWhom, HubsAreAnybody)
    ),
    ("last_login", PinnedAfterTheRest),
    ("nobody", PinnedAfterTheRest),
)
FOUND_WITHIN = 4_000


def _differs(right: Answer, wrong: Answer) -> bool:
    return _decided(right) != _decided(wrong)


def _decided(answer: Answer) -> tuple[object, ...]:
    return answer.partition, answer.links, answer.founders, answer.owners


def _find(
    condition: Callable[[History], bool], policies: Sequence[Policy] = POLICIES, *, decided: bool = False
) -> None:
    limits = settings(
        max_examples=FOUND_WITHIN,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    find(histories(policies, decided=decided), condition, settings=limits)


@pytest.mark.parametrize(("policy", "wrong"), WRONG_BY_POLICY)
def test_a_wrong_rule_is_found_out(policy: Policy, wrong: type[Graph]) -> None:
    def condition(history: History) -> bool:
        right = replay(history.rules, history.facts, history.decisions)
        return _differs(right, replay(history.rules, history.facts, history.decisions, graph_type=wrong))

    _find(condition, (policy,), decided=wrong in OF_DECISIONS)


def in_order_of_arrival(history: History) -> Answer:
    """Apply facts as they come, whenever they happened; what an engine without a replay of late facts does."""
    graph = Graph(history.rules, history.decisions)
    for fact in history.stored:
        graph.take(fact.id, fact.ts, fact.keys)
    return replace(replay(history.rules, history.facts, history.decisions), links=graph.links)


@pytest.mark.parametrize("policy", POLICIES)
def test_an_engine_without_replay_of_late_facts_is_found_out(policy: Policy) -> None:
    _find(
        lambda history: _differs(replay(history.rules, history.facts, history.decisions), in_order_of_arrival(history)),
        (policy,),
    )


def test_an_engine_that_counts_repeats_is_found_out() -> None:
    def counted(history: History) -> Answer:
        numbered = [replace(fact, id=f"{fact.id}-{n}", content="") for n, fact in enumerate(history.facts)]
        return replay(history.rules, numbered)

    _find(lambda history: replay(history.rules, history.facts).links != counted(history).links)


@pytest.mark.parametrize("policy", ["nobody", "session"])
@pytest.mark.parametrize("minutes", [-1, 1, 1_000])
def test_an_engine_with_another_idea_of_visits_is_found_out(policy: Policy, minutes: int) -> None:
    def condition(history: History) -> bool:
        rules = replace(history.rules, visit_minutes=history.rules.visit_minutes + minutes)
        return replay(history.rules, history.facts).owners != replay(rules, history.facts).owners

    _find(condition, (policy,))


def test_policies_differ_on_the_same_history() -> None:
    for one, other in combinations(POLICIES, 2):

        def condition(history: History, one: Policy = one, other: Policy = other) -> bool:
            first, second = (replay(replace(history.rules, policy=each), history.facts) for each in (one, other))
            return _differs(first, second)

        _find(condition)


def _share_of(policy: Policy, counted: Callable[[History, Answer], Iterable[str]]) -> Counter[str]:
    """Return in how many of a hundred histories something occurs."""
    examples, found = 200, Counter[str]()

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories((policy,), decided=True))
    def look(history: History) -> None:
        found.update(set(counted(history, replay(history.rules, history.facts, history.decisions))))

    look()
    return Counter({name: 100 * count // examples for name, count in found.items()})


def _occurrences(history: History, answer: Answer) -> Iterator[str]:
    for pair, link in answer.links.items():
        yield (link.because or link.state).split(":")[0]
        if link.state in ("cut", "pinned") and link.count > 1:
            yield f"{link.state} and seen again"
        if set(pair) & answer.shared.keys():
            yield "link of a shared thing"
    if answer.lent:
        yield "lent"
    times = [fact.ts for fact in history.stored]
    if times != sorted(times):
        yield "late"
    if len(set(times)) < len(times):
        yield "same time"
    for old, new in history.decisions.rekeyed.items():
        if {old, new} <= answer.seen.keys():
            yield "rekeyed"


@pytest.mark.parametrize("policy", POLICIES)
def test_what_matters_occurs_often(policy: Policy) -> None:
    """In so many of a hundred histories at least."""
    often = {"unique": 15, "cap": 5, "late": 30, "same time": 40, "cut": 10, "pinned": 5, "hub": 5, "rekeyed": 5}
    if policy == "nobody":
        often |= {"shared": 15, "lent": 5, "unique": 5}
    if policy == "session":
        often |= {"lent": 40}
    found = _share_of(policy, _occurrences)
    assert {name: found[name] for name, least in often.items() if found[name] < least} == {}, found


def test_changed_rules_refuse_stored_facts_and_forget_keys() -> None:
    found = Counter[str]()

    @settings(max_examples=200, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rule_changes())
    def look(changed: tuple[History, Rules]) -> None:
        history, rules = changed
        before = replay(history.rules, history.facts, history.decisions)
        after = judge(rules, history.stored, history.decisions)
        assert before == replace(judge(history.rules, history.stored, history.decisions), outcomes=before.outcomes)
        found["refused"] += bool(after.refused)
        found["forgotten"] += before.seen.keys() != after.seen.keys()
        found["other profiles"] += before.partition != after.partition

    look()
    assert {name for name in ("refused", "forgotten", "other profiles") if found[name] < 8} == set(), found


@given(two_arrivals())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_oracle_itself_does_not_depend_on_arrival(arrived: tuple[History, History]) -> None:
    first, second = (replay(history.rules, history.facts) for history in arrived)
    assert _decided(first) == _decided(second)
    assert first.seen == second.seen


@given(histories(decided=True))
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_oracle_keeps_its_own_promises(history: History) -> None:
    decided = history.decisions
    answer = replay(history.rules, history.facts, decided)
    for profile in answer.partition:
        assert history.rules.violated(profile, decided.rekeyed) is None
        pinned = {pair for pair in decided.pinned if set(pair) & profile}
        assert len(profile) <= history.rules.max_identities or pinned
    assert sorted(key for profile in answer.partition for key in profile) == sorted(answer.seen)
    for pair, link in answer.links.items():
        lost = link.state in ("suppressed", "retired")
        assert lost == (link.because is not None)
        assert (lost and link.because != "hub") == (link.by_event is not None)
        assert (link.state == "cut") == (pair in decided.cut)
        assert (link.state == "pinned") == (pair in decided.pinned)
        if link.state == "active":
            assert not set(pair) & (decided.quarantined | answer.shared.keys())
    for fact_id, bearer in answer.owners.items():
        assert bearer == answer.carried[fact_id][0] or history.rules.policy in ("nobody", "session")
