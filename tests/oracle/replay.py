"""Identity resolution as a replay: the definition that every engine is held against.

Written to be read beside shared/identity.md section 0 and the rules of the four policies, not to be fast. Imports
nothing of graphcdp. A key is the text `namespace|value`; keys and ids are compared by UTF-16 code units. A pair of keys
is always (smaller, larger).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.oracle.bearers import Taken, bearers
from tests.oracle.links import Link, component
from tests.oracle.policies import Graph, Shared
from tests.oracle.rules import Decisions, Pair, Rules, key_order

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact, as far as identity is concerned.

    Attributes:
        id: the same id is the same fact.
        ts: when it happened.
        identities: (namespace, value), in the order given.
        content: stands for everything else it says; two facts of one id must agree in all of it.
    """

    id: str
    ts: datetime
    identities: tuple[tuple[str, str], ...]
    content: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return its identities as keys, in the order given."""
        return tuple(f"{namespace}|{value}" for namespace, value in self.identities)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the graph must hold.

    Attributes:
        outcomes: one a fact, in the order given: `accepted`, `duplicate`, or the code of the refusal.
        partition: the profiles, each the set of its identities.
        links: every pair that a sound fact ever showed.
        owners: the identity that each fact hangs on: its bearer.
        carried: the identities of each fact that count, strongest first.
        founders: of each profile, the identity that names it.
        seen: of each identity, when it was first and last carried.
        shared: things that are nobody's, and why.
        refused: stored facts that break a limit by themselves under these rules, and the limit.
        refused_pairs: pairs that only such facts show, and the latest of them.
    """

    outcomes: tuple[str, ...]
    partition: frozenset[frozenset[str]]
    links: Mapping[Pair, Link]
    owners: Mapping[str, str]
    carried: Mapping[str, tuple[str, ...]]
    founders: Mapping[frozenset[str], str]
    seen: Mapping[str, tuple[datetime, datetime]]
    shared: Mapping[str, Shared]
    refused: Mapping[str, str]
    refused_pairs: Mapping[Pair, str]

    @property
    def lent(self) -> Mapping[str, str]:
        """Facts that hang on another key than their strongest, and that strongest key."""
        return {id: self.carried[id][0] for id, bearer in self.owners.items() if bearer != self.carried[id][0]}

    def profile_of(self, key: str) -> frozenset[str]:
        """Return the profile that holds an identity."""
        return next(profile for profile in self.partition if key in profile)

    def founder_of(self, key: str) -> str:
        """Return the identity that names the profile that holds an identity."""
        return self.founders[self.profile_of(key)]

    def region_of(self, keys: Iterable[str]) -> frozenset[str]:
        """Return everything ever linked to the keys, through links of any state, themselves included."""
        return frozenset().union(*(component(key, self.links) for key in keys))


def replay(
    rules: Rules,
    facts: Sequence[Statement],
    decisions: Decisions = NOTHING_DECIDED,
    *,
    graph_type: type[Graph] = Graph,
) -> Answer:
    """Say what the graph must hold after these facts, which arrived in this order.

    The order of arrival decides only which of several facts with one id is taken.

    Args:
        rules: the identity rules in force.
        facts: in order of arrival.
        decisions: what a person decided, at whatever time.
        graph_type: another than the true one, to see what a wrong rule would give.
    """
    outcomes: list[str] = []
    taken: dict[str, Statement] = {}
    for fact in facts:
        refusal = refusal_of(rules, fact)
        if refusal is not None:
            outcomes.append(refusal)
        elif fact.id not in taken:
            outcomes.append(ACCEPTED)
            taken[fact.id] = fact
        else:
            outcomes.append(DUPLICATE if fact == taken[fact.id] else "different_content")
    return judge(rules, list(taken.values()), decisions, outcomes=tuple(outcomes), graph_type=graph_type)


def judge(
    rules: Rules,
    stored: Iterable[Statement],
    decisions: Decisions = NOTHING_DECIDED,
    *,
    outcomes: tuple[str, ...] = (),
    until: datetime | None = None,
    graph_type: type[Graph] = Graph,
) -> Answer:
    """Say what facts mean that are stored already, perhaps under other rules than these.

    Args:
        rules: the identity rules in force.
        stored: facts with ids of their own, in any order.
        decisions: what a person decided.
        outcomes: what was answered when they came, for the answer.
        until: leaves out what happened later.
        graph_type: another than the true one, to see what a wrong rule would give.
    """
    ordered = sorted(
        (Taken(fact.id, fact.ts, rules.admitted(fact.keys)) for fact in stored if until is None or fact.ts <= until),
        key=lambda one: one.place,
    )
    pinned = frozenset(pair for pair in decisions.pinned - decisions.cut if len(rules.admitted(pair)) == len(pair))
    graph = graph_type(rules, replace(decisions, pinned=pinned))
    for fact in ordered:
        graph.take(fact.id, fact.ts, fact.keys)
    pairs = graph.in_force()
    everyone = frozenset(graph.seen)
    partition = frozenset(component(key, pairs) & everyone for key in everyone)
    return Answer(
        outcomes=outcomes,
        partition=partition,
        links=graph.links,
        owners=bearers(rules, ordered, graph.shared, decisions.quarantined),
        carried={fact.id: fact.keys for fact in ordered},
        founders={
            profile: min(profile, key=lambda key: (rules.priority(key), graph.seen[key][0], key_order(key)))
            for profile in partition
        },
        seen=graph.seen,
        shared=graph.shared,
        refused=graph.refused,
        refused_pairs={pair: fact_id for pair, fact_id in graph.refused_pairs.items() if pair not in graph.links},
    )


def refusal_of(rules: Rules, fact: Statement) -> str | None:
    """Return the code under which a fact is refused when it arrives, None if it is not."""
    names = {space.name for space in rules.namespaces}
    if any(namespace not in names for namespace, _ in fact.identities):
        return "unknown_namespace"
    keys = rules.admitted(fact.keys)
    if not keys:
        return "no_identity"
    return "unique_conflict" if rules.violated(keys) is not None else None


def hubs(answer: Answer, max_links: int) -> frozenset[str]:
    """Return the identities that were ever linked to more others than is plausible of one person's."""
    return frozenset(key for key in answer.seen if len({pair for pair in answer.links if key in pair}) > max_links)
