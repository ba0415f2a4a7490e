"""The links of the replay, and the two things all policies do with them: rebuild a component, and keep it small.

Beside /work/shared/identity.md section 1. Nothing is kept between steps but the links: every component is walked anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.oracle.rules import Decisions, Namespace, Pair, Rules, key_order

_EVICTED_FIRST = {"cookie": 0, "device": 1, "person": 2}


@dataclass(slots=True)
class Link:
    """Two identities seen together. `because` and `by_event` are None while it is in force."""

    first_seen: datetime
    last_seen: datetime
    count: int = 0
    state: str = "active"
    because: str | None = None
    by_event: str | None = None

    def lose(self, state: str, because: str, by_event: str | None) -> None:
        """Put the link out of force."""
        self.state, self.because, self.by_event = state, because, by_event

    def stand(self, state: str) -> None:
        """Put the link into a state that needs no reason."""
        self.state, self.because, self.by_event = state, None, None


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


@dataclass(slots=True)
class Links:
    """The links and identities as a replay builds them."""

    rules: Rules
    decisions: Decisions = field(default_factory=Decisions)
    links: dict[Pair, Link] = field(default_factory=dict)
    seen: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def active(self) -> dict[Pair, Link]:
        """Return the links that evidence holds together."""
        return {pair: link for pair, link in self.links.items() if link.state == "active"}

    def in_force(self) -> set[Pair]:
        """Return the pairs that make profiles: the active links, and every pair that a person pinned."""
        return set(self.active()) | self.decisions.pinned

    def parts(self, keys: Iterable[str]) -> set[frozenset[str]]:
        """Return the components of some keys."""
        pairs = self.in_force()
        return {component(key, pairs) for key in keys}

    def violated(self, keys: Iterable[str]) -> Namespace | None:
        """Return the strongest namespace whose limit the keys break together, or None."""
        return self.rules.violated(keys, self.decisions.rekeyed)

    def is_decided(self, pair: Pair) -> bool:
        """Say whether a person's decision stands, so that no evidence changes the pair's state."""
        return pair in self.decisions.cut or pair in self.decisions.pinned or self.is_hub(pair)

    def is_hub(self, pair: Pair) -> bool:
        """Say whether an end of the pair is quarantined."""
        return not self.decisions.quarantined.isdisjoint(pair)

    def sight(self, pair: Pair, ts: datetime) -> None:
        """Note that two identities were seen together."""
        link = self.links.setdefault(pair, Link(first_seen=ts, last_seen=ts))
        link.first_seen = min(link.first_seen, ts)
        link.last_seen = max(link.last_seen, ts)
        link.count += 1
        if link.count > 1:
            return
        if pair in self.decisions.cut:
            link.stand("cut")
        elif pair in self.decisions.pinned:
            link.stand("pinned")
        elif self.is_hub(pair):
            link.lose("suppressed", "hub", None)
        else:
            link.state = "unseen"

    def rebuild(self, around: frozenset[str], of_fact: set[Pair], fact_id: str) -> dict[str, frozenset[str]]:
        """Decide every active link inside `around` anew, in the policy's order; return the group of each key."""
        groups = {key: frozenset({key}) for key in around}

        def join(a: str, b: str) -> None:
            together = groups[a] | groups[b]
            for key in together:
                groups[key] = together

        for a, b in self.decisions.pinned:
            if a in around and b in around:
                join(a, b)
        disputed = [pair for pair in self.active() if set(pair) <= around]
        for pair in sorted(disputed, key=lambda pair: self.claim(pair, of_fact)):
            a, b = pair
            if groups[a] == groups[b]:
                continue
            lost_to = self.violated(groups[a] | groups[b])
            if lost_to is None:
                join(a, b)
            else:
                self.links[pair].lose("suppressed", f"unique:{lost_to.name}", fact_id)
        return groups

    def claim(self, pair: Pair, of_fact: set[Pair]) -> tuple[bool, int, timedelta, tuple[bytes, bytes]]:
        """Return what links are ordered by: the fact's own first, then the stronger, then the newer, then by keys."""
        weight = self.rules.priority(pair[0]) + self.rules.priority(pair[1])
        age = datetime.max.replace(tzinfo=UTC) - self.links[pair].last_seen
        return (pair not in of_fact, weight, age, (key_order(pair[0]), key_order(pair[1])))

    def cap(self, around: frozenset[str], fact_id: str) -> None:
        """Evict identities while their component is too large; what is pinned stays with them."""
        for key in sorted(around, key=self.hold):
            if len(component(key, self.in_force())) > self.rules.max_identities:
                for pair, link in self.active().items():
                    if key in pair:
                        link.lose("retired", "cap", fact_id)

    def hold(self, key: str) -> tuple[int, datetime, bytes]:
        """Return what evictions are ordered by: cookies, then devices, then people's; the longest unseen first."""
        never = datetime.min.replace(tzinfo=UTC)
        newest = max((link.last_seen for pair, link in self.links.items() if key in pair), default=never)
        return (_EVICTED_FIRST[self.rules.of(key).kind], newest, key_order(key))
