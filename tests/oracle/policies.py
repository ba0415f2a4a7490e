"""One fact, by each of the four policies: section 2 of the rules, sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from tests.oracle.links import Links
from tests.oracle.rules import Pair, pair_of


@dataclass(frozen=True, slots=True)
class Shared:
    """Why a thing is nobody's: the limit that its people break together, and the fact that showed it."""

    namespace: str
    fact_id: str


@dataclass(slots=True)
class Graph(Links):
    """Links that take facts.

    Attributes:
        shared: things that became nobody's (policy `nobody`).
        refused: facts that break a limit by themselves, and the limit.
        refused_pairs: what those facts carried, and the latest of them.
    """

    shared: dict[str, Shared] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    refused_pairs: dict[Pair, str] = field(default_factory=dict)

    def take(self, fact_id: str, ts: datetime, keys: Sequence[str]) -> None:
        """Apply one fact: its id, its time, and the keys that count, strongest first."""
        for key in keys:
            first, last = self.seen.get(key, (ts, ts))
            self.seen[key] = (min(first, ts), max(last, ts))
        own = {pair_of(a, b) for a, b in combinations(keys, 2)}
        if not own:
            return
        by_itself = self.violated(keys)
        if by_itself is not None:
            self.refused[fact_id] = f"unique:{by_itself.name}"
            self.refused_pairs |= dict.fromkeys(own, fact_id)
            return
        for pair in own:
            self.sight(pair, ts)
        open_pairs = {pair for pair in own if not self.is_decided(pair)}
        if self.rules.policy == "first_owner":
            self.first_owner(fact_id, keys, open_pairs)
        elif self.rules.policy == "nobody":
            self.nobody(fact_id, keys, open_pairs)
        else:
            self.last_login(fact_id, keys, open_pairs)
        self.cap(frozenset().union(*self.parts(keys)), fact_id)

    def last_login(self, fact_id: str, keys: Sequence[str], own: set[Pair]) -> None:
        """The latest evidence wins: `last_login` and `session`."""
        for pair in own:
            self.links[pair].stand("active")
        for part in self.parts(keys):
            if self.violated(part) is not None:
                self.rebuild(part, own, fact_id)

    def first_owner(self, fact_id: str, keys: Sequence[str], own: set[Pair]) -> None:
        """What is held stays; the fact gives up its weakest keys until the rest fits."""
        kept = [key for key in keys if key not in self.decisions.quarantined]
        dropped: dict[str, str] = {}
        while len(kept) > 1:
            broken = self.violated(frozenset().union(*self.parts(kept)))
            if broken is None:
                break
            dropped[kept.pop()] = broken.name
        for pair in own:
            link = self.links[pair]
            for key, namespace in dropped.items():
                if key in pair:
                    if link.state != "active":
                        link.lose("suppressed", f"unique:{namespace}", fact_id)
                    break
            else:
                link.stand("active")

    def nobody(self, fact_id: str, keys: Sequence[str], own: set[Pair]) -> None:
        """A thing that two people use is neither's."""
        for pair in own:
            ends = sorted((key for key in pair if key in self.shared), key=self.rules.strength)
            if ends:
                why = self.shared[ends[-1]]
                self.links[pair].lose("suppressed", f"shared:{why.namespace}", why.fact_id)
            else:
                self.links[pair].stand("active")
        for part in self.parts(keys):
            if self.violated(part) is not None:
                people = self.rebuild(frozenset(filter(self.rules.is_person, part)), own, fact_id)
                self.share(part, people, fact_id)
                self.rebuild(part, own, fact_id)

    def share(self, part: frozenset[str], people: dict[str, frozenset[str]], fact_id: str) -> None:
        """Take every thing of a component from people who cannot be one, for good."""
        things = [key for key in part if not self.rules.is_person(key) and key not in self.shared]
        for thing in sorted(things, key=self.rules.strength):
            users = {key for pair in self.in_force() if thing in pair for key in pair if key in people}
            broken = self.violated(frozenset().union(*(people[user] for user in users)))
            if broken is None:
                continue
            self.shared[thing] = Shared(broken.name, fact_id)
            for pair, link in self.links.items():
                if thing in pair and not self.is_decided(pair):
                    link.lose("suppressed", f"shared:{broken.name}", fact_id)
