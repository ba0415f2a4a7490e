"""Identity resolution as a replay, policy `last_login`: the definition that the engine is held against.

Written to be read beside shared/design.md section 3 and shared/identity.md sections 0 and 1, not to be fast: every
component is walked anew from the links, every time. Imports nothing of graphcdp.

A key is the text `namespace|value`; keys are compared as text, code point by code point. A pair of keys is always
(smaller, larger).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations

Pair = tuple[str, str]

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
_EVICTED_FIRST = {"cookie": 0, "device": 1, "person": 2}


@dataclass(frozen=True, slots=True)
class Namespace:
    """What the rules say of one kind of identifier.

    Attributes:
        name: as identities name it.
        kind: `person`, `device` or `cookie`.
        priority: 1 is the strongest; no two namespaces share one.
        max_values: at most so many values on one profile (1 is unique); None: any number.
        blocked: values that identify nobody.
    """

    name: str
    kind: str
    priority: int
    max_values: int | None = None
    blocked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the identity rules."""

    namespaces: tuple[Namespace, ...]
    max_identities: int = 50

    def of(self, key: str) -> Namespace:
        """Return the namespace of a key."""
        return next(space for space in self.namespaces if space.name == key.split("|", 1)[0])

    def priority(self, key: str) -> int:
        """Return the priority of a key's namespace."""
        return self.of(key).priority

    def violated(self, keys: Iterable[str]) -> Namespace | None:
        """Return the strongest namespace that has more values among the keys than it may, or None."""
        everyone = set(keys)
        for space in sorted(self.namespaces, key=lambda one: one.priority):
            values = {key for key in everyone if self.of(key) == space}
            if space.max_values is not None and len(values) > space.max_values:
                return space
        return None


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


@dataclass(slots=True)
class Link:
    """Two identities seen together. `because` and `by_event` are None while it is active."""

    first_seen: datetime
    last_seen: datetime
    count: int = 0
    state: str = "active"
    because: str | None = None
    by_event: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the graph must hold.

    Attributes:
        outcomes: one a fact, in the order given: `accepted`, `duplicate`, or the code of the refusal.
        partition: the profiles, each the set of its identities.
        links: every pair ever seen together.
        owners: the identity that each accepted fact hangs on.
        carried: the identities in force of each accepted fact, strongest first.
        founders: of each profile, the identity that names it.
        seen: of each identity, when it was first and last carried.
    """

    outcomes: tuple[str, ...]
    partition: frozenset[frozenset[str]]
    links: Mapping[Pair, Link]
    owners: Mapping[str, str]
    carried: Mapping[str, tuple[str, ...]]
    founders: Mapping[frozenset[str], str]
    seen: Mapping[str, tuple[datetime, datetime]]

    def profile_of(self, key: str) -> frozenset[str]:
        """Return the profile that holds an identity."""
        return next(profile for profile in self.partition if key in profile)

    def founder_of(self, key: str) -> str:
        """Return the identity that names the profile that holds an identity."""
        return self.founders[self.profile_of(key)]

    def region_of(self, keys: Iterable[str]) -> frozenset[str]:
        """Return everything ever linked to the keys, through links of any state, themselves included."""
        return frozenset().union(*(component(key, self.links) for key in keys))


@dataclass(slots=True)
class Graph:
    """The links and identities as the replay builds them."""

    rules: Rules
    links: dict[Pair, Link] = field(default_factory=dict)
    seen: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def active(self) -> dict[Pair, Link]:
        return {pair: link for pair, link in self.links.items() if link.state == "active"}

    def take(self, fact_id: str, ts: datetime, keys: Sequence[str]) -> None:
        """Apply one accepted fact."""
        for key in keys:
            first, last = self.seen.get(key, (ts, ts))
            self.seen[key] = (min(first, ts), max(last, ts))
        pairs = {pair_of(a, b) for a, b in combinations(keys, 2)}
        if not pairs:
            return
        for pair in pairs:
            link = self.links.setdefault(pair, Link(first_seen=ts, last_seen=ts))
            link.first_seen = min(link.first_seen, ts)
            link.last_seen = max(link.last_seen, ts)
            link.count += 1
            link.state, link.because, link.by_event = "active", None, None
        around = component(keys[0], self.active())
        if self.rules.violated(around) is not None:
            self.rebuild(around, pairs, fact_id)
        self.cap(around, fact_id)

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> None:
        """Decide every active link of a component anew, in the policy's order."""
        groups = {key: frozenset({key}) for key in around}
        disputed = [pair for pair in self.active() if pair[0] in around]
        for pair in sorted(disputed, key=lambda pair: self.claim(pair, of_fact)):
            together = groups[pair[0]] | groups[pair[1]]
            lost_to = self.rules.violated(together)
            if lost_to is not None:
                link = self.links[pair]
                link.state, link.because, link.by_event = "suppressed", f"unique:{lost_to.name}", fact_id
                continue
            for key in together:
                groups[key] = together

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, Pair]:
        """Return what links are ordered by: the fact's own first, then the stronger, then the newer, then by keys."""
        weight = self.rules.priority(pair[0]) + self.rules.priority(pair[1])
        age = datetime.max.replace(tzinfo=UTC) - self.links[pair].last_seen
        return (pair not in of_fact, weight, age, pair)

    def cap(self, around: frozenset[str], fact_id: str) -> None:
        """Evict identities while their component is too large."""
        for key in sorted(around, key=self.hold):
            if len(component(key, self.active())) > self.rules.max_identities:
                for pair, link in self.active().items():
                    if key in pair:
                        link.state, link.because, link.by_event = "retired", "cap", fact_id

    def hold(self, key: str) -> tuple[int, datetime, str]:
        """Return what evictions are ordered by: cookies, then devices, then people's; the longest unseen first."""
        newest = max(link.last_seen for pair, link in self.links.items() if key in pair)
        return (_EVICTED_FIRST[self.rules.of(key).kind], newest, key)


def replay(rules: Rules, facts: Sequence[Statement], graph_type: type[Graph] = Graph) -> Answer:
    """Say what the graph must hold after these facts, which arrived in this order.

    The order of arrival decides only which of several facts with one id is taken.

    Args:
        rules: the identity rules in force.
        facts: in order of arrival.
        graph_type: another than the true one, to see what a wrong rule would give.
    """
    outcomes: list[str] = []
    taken: dict[str, Statement] = {}
    carried: dict[str, tuple[str, ...]] = {}
    for fact in facts:
        keys, refusal = _identities(rules, fact)
        if refusal is not None:
            outcomes.append(refusal)
        elif fact.id not in taken:
            outcomes.append(ACCEPTED)
            taken[fact.id] = fact
            carried[fact.id] = keys
        else:
            outcomes.append(DUPLICATE if fact == taken[fact.id] else "different_content")

    graph = graph_type(rules)
    for fact in sorted(taken.values(), key=lambda one: (one.ts, one.id)):
        graph.take(fact.id, fact.ts, carried[fact.id])

    active = graph.active()
    partition = frozenset(component(key, active) for key in graph.seen)
    return Answer(
        outcomes=tuple(outcomes),
        partition=partition,
        links=graph.links,
        owners={fact_id: keys[0] for fact_id, keys in carried.items()},
        carried=carried,
        founders={
            profile: min(profile, key=lambda key: (rules.priority(key), graph.seen[key][0], key))
            for profile in partition
        },
        seen=graph.seen,
    )


def _identities(rules: Rules, fact: Statement) -> tuple[tuple[str, ...], str | None]:
    """Return the keys in force of a fact, strongest first, or why it is refused."""
    blocked = {space.name: space.blocked for space in rules.namespaces}
    if any(namespace not in blocked for namespace, _ in fact.identities):
        return (), "unknown_namespace"
    keys = {f"{namespace}|{value}" for namespace, value in fact.identities if value not in blocked[namespace]}
    if not keys:
        return (), "no_identity"
    if rules.violated(keys) is not None:
        return (), "unique_conflict"
    return tuple(sorted(keys, key=lambda key: (rules.priority(key), key))), None


def pair_of(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def component(start: str, links: Iterable[Pair]) -> frozenset[str]:
    """Return everything that can be reached over the links, the start included."""
    pairs = list(links)
    reached = {start}
    grown = True
    while grown:
        grown = False
        for a, b in pairs:
            if (a in reached) != (b in reached):
                reached |= {a, b}
                grown = True
    return frozenset(reached)
