"""Who is who by definition: the replay of facts in event time under a rule set and standing decisions. No graph.

Parts are kept by union and decided anew only where a limit breaks, so a fact without dispute costs microseconds.
Source of the rules: docs/identity.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import combinations, pairwise

from graphcdp.base import InvalidInputError
from graphcdp.identity.replay.bearers import Stop, by_nobody, by_session
from graphcdp.identity.replay.evidence import Decisions, Link, Occurrence, Outcome, Pair, Seen, key_order, pair
from graphcdp.identity.replay.occurrences import Journal
from graphcdp.identity.replay.parts import Held, Node, Parts, Shared, Value, links_into
from graphcdp.identity.rules.files import RuleSet

__all__ = ["Decisions", "Link", "Occurrence", "Outcome", "Pair", "Replay", "Seen", "key_order", "pair", "replay"]


def replay(
    rules: RuleSet,
    facts: Iterable[Seen],
    decisions: Decisions | None = None,
    *,
    occurrences: bool = False,
    until: datetime | None = None,
) -> Outcome:
    """Say who is who after some facts.

    Args:
        rules: the rule set.
        facts: in any order, each id once.
        decisions: what people decided; None is nothing.
        occurrences: also tell what happened to profiles, in order.
        until: only facts up to and with this time.
    """
    player = Replay(rules, decisions, occurrences=occurrences)
    chosen = facts if until is None else (fact for fact in facts if fact.ts <= until)
    for fact in sorted(chosen, key=lambda fact: (fact.ts, key_order(fact.id))):
        player.take(fact)
    return player.outcome()


class Replay:
    """The same, fact by fact."""

    def __init__(self, rules: RuleSet, decisions: Decisions | None = None, *, occurrences: bool = False) -> None:
        """Begin with nobody known.

        Args:
            rules: the rule set.
            decisions: hold from the beginning.
            occurrences: also tell what happened to profiles.
        """
        decided = decisions or Decisions()
        self._rules = rules
        self._parts = Parts(rules)
        self._canonical = decided.rekeyed
        self._nodes: dict[str, Node] = {}
        self._last: tuple[datetime, str] | None = None
        self._bearers: dict[str, str] = {}
        self._lends = rules.policy in ("session", "nobody")
        self._stops: dict[Node, list[Stop]] = {}
        self._refused: dict[str, str] = {}
        self._refused_pairs: dict[Pair, tuple[str, str]] = {}
        self._journal = Journal() if occurrences else None
        policies: Mapping[str, Callable[[Seen, list[Node]], None]] = {
            "last_login": self._last_login,
            "session": self._last_login,
            "first_owner": self._first_owner,
            "nobody": self._nobody,
        }
        self._apply = policies[rules.policy]
        self._quarantined = decided.quarantined
        self._cut = decided.cut
        for each in decided.cut:
            for key in each:
                self._node(key).bound = True
        for a, b in sorted(decided.pinned - decided.cut):
            one, other = self._node(a), self._node(b)
            if one is not other and self._counts(one) and self._counts(other):  # else the pin sleeps
                one.near[other] = other.near[one] = Link(None, None, 0, "pinned")
                self._parts.unite(one, other)

    def take(self, fact: Seen) -> None:
        """Play one more fact.

        Raises:
            InvalidInputError: it comes before a fact already played.
        """
        last = self._last
        if last is not None and (fact.ts < last[0] or (fact.ts == last[0] and key_order(fact.id) < key_order(last[1]))):
            raise InvalidInputError(f"The fact {fact.id} comes before one already played; give facts in order.")
        self._last = (fact.ts, fact.id)
        nodes = self._sight(fact)
        if nodes:
            self._play(fact, nodes)
            if self._journal is not None:
                self._journal.close()

    def outcome(self) -> Outcome:
        """Say who is who now."""
        seen = [node for node in self._nodes.values() if node.first_seen is not None and node.rank]
        links = {
            (node.key, other.key): link
            for node in seen
            for other, link in node.near.items()
            if node.order < other.order and other.first_seen is not None
        }
        for shown, (because, by_event) in self._refused_pairs.items():
            if shown not in links:
                links[shown] = self._never_linked(shown, because, by_event)
        return Outcome(
            profiles=tuple(tuple(node.key for node in group) for group in self._groups(seen)),
            founders=self.founders(),
            links=links,
            bearers=self.bearers(),
            refused=dict(self._refused),
            occurrences=() if self._journal is None else tuple(self._journal.told),
            crowded=frozenset(node.key for node in seen if len(node.near) > self._rules.max_links),
        )

    def founders(self) -> dict[str, str]:
        """Return the founder of every identity's profile."""
        founder = self._parts.founder
        return {n.key: founder(n).key for n in self._nodes.values() if n.first_seen is not None and n.rank}

    def bearers(self) -> dict[str, str]:
        """Return which identity every fact hangs on."""
        bearers = dict(self._bearers)
        for node, stops in self._stops.items():
            if self._rules.policy == "session":
                bearers.update(by_session(node.key, stops, self._rules.visit_minutes))
            else:
                bearers.update(by_nobody(node.key, stops, self._rules.visit_minutes, node.shared))
        return bearers

    # What a fact shows.

    def _play(self, fact: Seen, nodes: list[Node]) -> None:
        self._bearers[fact.id] = nodes[0].key
        if self._lends:
            self._stop_at(fact, nodes)
        if len(nodes) == 1:
            return
        if len(nodes) == 2:  # nearly all: two identities seen together before, nothing in dispute
            a, b = nodes
            link = a.near.get(b)
            if link is not None and link.state == "active" and a.part is not None and not a.part.over:
                link.last_seen = a.last_linked = b.last_linked = fact.ts
                link.count += 1
                return
        if self._refuses(fact, nodes):
            return
        for node in nodes:
            node.last_linked = fact.ts
        self._apply(fact, nodes)
        if self._journal is not None:
            self._journal.close()
        for node in nodes:
            if node.part is not None and len(node.part.members) > self._parts.cap:
                self._evict(fact, node.part.members)

    def _counts(self, node: Node) -> bool:
        """Whether the rules admit an identity: its namespace is known, its value not blocked."""
        name, _, value = node.key.partition("|")
        rule = self._rules.get(name)
        return rule is not None and value.lower() not in rule.blocked

    def _node(self, key: str) -> Node:
        node = self._nodes.get(key)
        if node is None:
            rule = self._rules.get(key.partition("|")[0])
            value: Value | None = None
            if rule is not None and self._parts.limited(rule):
                value = (rule.priority, self._canonical.get(key, key))
            node = self._nodes[key] = Node(key, rule, value)
            node.hub = key in self._quarantined
        return node

    def _sight(self, fact: Seen) -> list[Node]:
        """Return the identities of a fact that the rules know, strongest first."""
        known = self._nodes
        nodes = [known.get(key) or self._node(key) for key in fact.keys]
        rank = 0
        for node in nodes:
            if node.rank <= rank:  # not known, or not surely in order
                nodes = sorted((n for n in set(nodes) if n.rank), key=lambda n: n.strength)
                break
            rank = node.rank
        if self._journal is not None:
            self._journal.open(fact, nodes)
        for node in nodes:
            if node.first_seen is None:
                node.first_seen = fact.ts
                if node.part is not None:
                    node.part.founder = None
        return nodes

    def _stop_at(self, fact: Seen, nodes: list[Node]) -> None:
        login = next((node.key for node in nodes if node.person), None)
        for node in nodes:
            if not node.person and not node.hub:  # a hub lends nothing
                stop = Stop(fact.ts, fact.id, login, login is None and node is nodes[0])
                self._stops.setdefault(node, []).append(stop)

    def _refuses(self, fact: Seen, nodes: list[Node]) -> bool:
        """Say whether a fact breaks a limit by itself."""
        if not any(a.rank == b.rank for a, b in pairwise(nodes)):
            return False
        broken = self._parts.broken({node.value for node in nodes if node.value is not None})
        if not broken:
            return False
        because = f"unique:{self._parts.name(broken)}"
        self._refused[fact.id] = because
        for a, b in combinations(nodes, 2):
            self._refused_pairs[_pair(a, b)] = (because, fact.id)
        return True

    def _never_linked(self, shown: Pair, because: str, by_event: str) -> Link:
        """Return the link of a pair that only refused facts showed."""
        if shown in self._cut:
            return Link(None, None, 0, "cut")
        if not self._quarantined.isdisjoint(shown):
            return Link(None, None, 0, "suppressed", "hub")
        return Link(None, None, 0, "suppressed", because, by_event)

    def _show(self, a: Node, b: Node, ts: datetime) -> Link | None:
        """Count one sighting of a pair; return its link where a policy may decide about it."""
        link = a.near.get(b)
        if link is None:
            link = Link(ts, ts, 1, "suppressed")
            if a.bound and b.bound and _pair(a, b) in self._cut:
                link.state = "cut"
            elif a.hub or b.hub:
                link.because = "hub"
            a.near[b] = b.near[a] = link
            if self._journal is not None:
                self._journal.touched(a, b, link, new=True)
        else:
            if self._journal is not None:
                self._journal.touched(a, b, link)
            if link.first_seen is None:
                link.first_seen = ts
            link.last_seen = ts
            link.count += 1
        return None if link.state in ("cut", "pinned") or link.because == "hub" else link

    def _join(self, a: Node, b: Node, link: Link) -> None:
        link.state, link.because, link.by_event = "active", None, None
        self._parts.unite(a, b)

    def _suppress(self, held: Held, because: str, by_event: str) -> None:
        low, high, link = held
        if self._journal is not None:
            self._journal.touched(low, high, link)
        link.state, link.because, link.by_event = "suppressed", because, by_event

    # The policies.

    def _last_login(self, fact: Seen, nodes: list[Node]) -> None:
        own = set()
        for a, b in combinations(nodes, 2):
            link = self._show(a, b, fact.ts)
            if link is not None:
                self._join(a, b, link)
                own.add(id(link))
        for node in nodes:
            if node.part is not None and node.part.over:
                self._rebuild(fact, node.part.members, own)

    def _rebuild(self, fact: Seen, members: list[Node], own: set[int]) -> None:
        def lose(held: Held, rank: int) -> None:
            self._suppress(held, f"unique:{self._parts.name(rank)}", fact.id)

        self._parts.rebuild(members, own, lose)

    def _first_owner(self, fact: Seen, nodes: list[Node]) -> None:
        kept = [node for node in nodes if not node.hub]
        dropped: dict[Node, str] = {}
        while len(kept) > 1:
            broken = self._parts.broken(set().union(*(node.values() for node in kept)))
            if not broken:
                break
            dropped[kept.pop()] = self._parts.name(broken)
        first = {node: turn for turn, node in enumerate(dropped)}
        for a, b in combinations(nodes, 2):
            link = self._show(a, b, fact.ts)
            if link is None:
                continue
            lost = [node for node in (a, b) if node in first]
            if not lost:
                self._join(a, b, link)
            elif link.state != "active":
                because = f"unique:{dropped[min(lost, key=first.__getitem__)]}"
                self._suppress(Held(a, b, link), because, fact.id)

    def _nobody(self, fact: Seen, nodes: list[Node]) -> None:
        own = set()
        for a, b in combinations(nodes, 2):
            link = self._show(a, b, fact.ts)
            if link is None:
                continue
            shared = b.shared or a.shared  # b is the later one in strength order
            if shared is None:
                self._join(a, b, link)
                own.add(id(link))
            else:
                self._suppress(Held(a, b, link), f"shared:{shared.namespace}", shared.fact_id)
        for node in nodes:
            if node.part is not None and node.part.over:
                self._share(fact, node.part.members, own)

    def _share(self, fact: Seen, members: list[Node], own: set[int]) -> None:
        """Make nobody's what leads to people of different groups, and build anew what is left."""
        self._rebuild(fact, [node for node in members if node.person], own)
        for thing in sorted((n for n in members if not n.person and n.shared is None), key=lambda n: n.strength):
            values: set[Value] = set()
            for other, _ in links_into(thing, members):
                if other.person:
                    values |= other.values()
            broken = self._parts.broken(values)
            if not broken:
                continue
            thing.shared = Shared(self._parts.name(broken), fact.id, fact.ts)
            if self._journal is not None:
                self._journal.shared(thing)
            for other, link in thing.near.items():
                if link.state not in ("cut", "pinned") and link.because != "hub":
                    self._suppress(Held(thing, other, link), f"shared:{thing.shared.namespace}", fact.id)
        self._rebuild(fact, members, own)

    def _evict(self, fact: Seen, crowd: list[Node]) -> None:
        for node in self._parts.too_many(list(crowd)):
            members = node.together()
            gone = [link for _, link in links_into(node, members) if link.state == "active"]
            if not gone:
                continue
            for link in gone:
                link.state, link.because, link.by_event = "retired", "cap", fact.id
            self._parts.regroup(members)
            if self._journal is not None:
                self._journal.evicted(fact, node, members)

    def _groups(self, seen: list[Node]) -> list[list[Node]]:
        groups: dict[Node, list[Node]] = {}
        for node in sorted(seen, key=lambda node: node.strength):
            groups.setdefault(self._parts.founder(node), []).append(node)
        return list(groups.values())


def _pair(a: Node, b: Node) -> Pair:
    return (a.key, b.key) if a.order < b.order else (b.key, a.key)
