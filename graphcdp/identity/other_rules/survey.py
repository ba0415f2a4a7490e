"""All identities and links of a graph in little memory: which regions there are, and which of them need a replay.

A region in which nothing is in dispute under a rule set is one profile, so its links are enough; only the others'
evidence is read and replayed. Pure: what was read is handed in.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from graphcdp.identity.replay.evidence import Decisions, Pair, Seen, key_order, pair
from graphcdp.identity.replay.region import Admission
from graphcdp.identity.replay.replay import replay
from graphcdp.identity.rules.files import RuleSet

CUT, PINNED = 1, 2
_NEVER = 2**62
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_UNKNOWN = 10_000  # the rank of a namespace that the rules do not know


class Survey:
    """Identities by number, in the order in which their profiles were handed in.

    Attributes:
        rules: under which regions are looked at.
        keys: of identities.
        events: how many events hang on each.
        profile_of: the number of the profile that holds each now; -1 where that was not met.
        founder_keys: of profiles, by their number: the identity that names each now.
        founder_of: the number of the identity that names its profile under the rules; itself until it is settled.
    """

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.keys: list[str] = []
        self.events = array("q")
        self.profile_of = array("q")
        self.founder_keys: list[str] = []
        self.founder_of = array("q")
        self._number: dict[str, int] = {}
        self._first_seen = array("q")
        self._degree = array("q")
        self._ends = array("q")  # of links: low, high, low, high, …
        self._states = array("b")
        self._hubs: set[int] = set()
        self._released: set[int] = set()
        self._rekeyed: dict[str, str] = {}
        self._decided: dict[int, list[tuple[Pair, int]]] = {}
        self._near_hubs: dict[int, list[int]] = {}
        self._parent = array("q")
        self._admission = Admission(rules)
        self._ranks = {one.name: one.priority for one in rules.namespaces.values()}
        self._most = {one.name: one.max_values for one in rules.namespaces.values() if one.max_values is not None}

    def __len__(self) -> int:
        return len(self.keys)

    def number(self, key: str) -> int | None:
        """Return an identity's number; None if it was not met."""
        return self._number.get(key)

    def add_profile(self, founder: str, identities: Iterable[Sequence[Any]]) -> None:
        """Take in one profile as it stands.

        Args:
            founder: the key that names it.
            identities: rows of `identity.survey`: key, first seen (microseconds), events, hub, counts_as, links (each
                the other key and 0, `CUT` or `PINNED`; a link stands at one of its ends only).
        """
        place = len(self.founder_keys)
        self.founder_keys.append(founder)
        for key, first_seen, events, hub, counts_as, links in identities:
            mine = self._numbered(key)
            if self.profile_of[mine] != -1:  # it moved while profiles were read: where it was met first counts
                continue
            self.profile_of[mine] = place
            self._first_seen[mine] = first_seen
            self.events[mine] = events
            if hub == "released":
                self._released.add(mine)
            if counts_as is not None:
                self._rekeyed[key] = counts_as
            for other_key, state in links:
                other = self._numbered(other_key)
                self._ends.append(mine)
                self._ends.append(other)
                self._states.append(state)
                self._degree[mine] += 1
                self._degree[other] += 1
                if state:
                    decided = (pair(key, other_key), state)
                    self._decided.setdefault(mine, []).append(decided)
                    self._decided.setdefault(other, []).append(decided)

    def find_regions(self) -> None:
        """Find the regions, when everything is in.

        An identity linked to more others than the rules' `max_links` is a hub, unless it was released: it joins nobody
        but whom a person pinned to it.
        """
        most, hubs = self.rules.max_links, self._hubs
        for mine, degree in enumerate(self._degree):
            if degree > most and mine not in self._released:
                hubs.add(mine)
        self.founder_of = array("q", range(len(self.keys)))
        parent = array("q", range(len(self.keys)))
        ends = self._ends
        for at, state in enumerate(self._states):
            low, high = ends[2 * at], ends[2 * at + 1]
            if hubs and state != PINNED and (low in hubs or high in hubs):
                if low not in hubs:
                    self._near_hubs.setdefault(low, []).append(high)
                elif high not in hubs:
                    self._near_hubs.setdefault(high, []).append(low)
                continue
            while parent[low] != low:
                parent[low] = parent[parent[low]]
                low = parent[low]
            while parent[high] != high:
                parent[high] = parent[parent[high]]
                high = parent[high]
            if low < high:
                parent[high] = low
            else:
                parent[low] = high
        for mine in range(len(parent)):  # a parent has the smaller number, so it is settled already
            parent[mine] = parent[parent[mine]]
        self._parent = parent
        self._ends, self._states, self._degree = array("q"), array("b"), array("q")

    def regions(self) -> Iterator[list[int]]:
        """Yield the members of each region of two identities or more."""
        sizes = array("q", bytes(8 * len(self.keys)))
        for root in self._parent:
            sizes[root] += 1
        begun: dict[int, list[int]] = {}
        for mine, root in enumerate(self._parent):
            if sizes[root] > 1:
                members = begun.setdefault(root, [])
                members.append(mine)
                if len(members) == sizes[root]:
                    yield begun.pop(root)

    def in_dispute(self, members: Sequence[int]) -> bool:
        """Say whether a region needs a replay: a limit, the cap, a cut or an identity that does not count is in it."""
        if len(members) > self.rules.max_identities:
            return True
        counts: dict[str, int] = {}
        for mine in members:
            key = self.keys[mine]
            if not self._admission.counts(key) or any(state == CUT for _, state in self._decided.get(mine, ())):
                return True
            for shown in (mine, *self._near_hubs.get(mine, ())):
                namespace = self.keys[shown].partition("|")[0]
                if namespace in self._most:
                    counts[namespace] = counts.get(namespace, 0) + 1
        return any(count > self._most[namespace] for namespace, count in counts.items())

    def unite(self, members: Sequence[int]) -> None:
        """Make one profile of some identities."""
        founder = min(members, key=self._claim)
        for mine in members:
            self.founder_of[mine] = founder

    def hubs_near(self, members: Iterable[int]) -> set[int]:
        """Return the hubs that are linked to some identities."""
        near = self._near_hubs
        return {hub for mine in members if mine in near for hub in near[mine]}

    def play(self, members: Sequence[int], facts: Iterable[Seen]) -> Mapping[str, str]:
        """Decide a region by a replay.

        Args:
            members: of the region.
            facts: its evidence, with the keys it carried; each id once.

        Returns:
            Fact id to the identity it hangs on; a fact of which no identity counts is not there.
        """
        admission = self._admission
        taken = [Seen(fact.ts, fact.id, keys) for fact in facts if (keys := admission.keys(fact.keys))]
        outcome = replay(self.rules, (*taken, *self._only_known(members, taken)), self._decisions(members, taken))
        own = set(members)
        for profile in outcome.profiles:
            held = [mine for key in profile if (mine := self._number.get(key)) is not None and mine in own]
            if held:
                self.unite(held)
        return outcome.bearers

    def changed(self, mine: int) -> bool:
        """Say whether an identity's profile bears another id under the rules."""
        profile = self.profile_of[mine]
        return profile != -1 and self.founder_keys[profile] != self.keys[self.founder_of[mine]]

    def _numbered(self, key: str) -> int:
        mine = self._number.get(key)
        if mine is None:
            mine = self._number[key] = len(self.keys)
            self.keys.append(key)
            self.events.append(0)
            self.profile_of.append(-1)
            self._first_seen.append(_NEVER)
            self._degree.append(0)
        return mine

    def _claim(self, mine: int) -> tuple[int, int, bytes]:
        key = self.keys[mine]
        return self._ranks.get(key.partition("|")[0], _UNKNOWN), self._first_seen[mine], key_order(key)

    def _only_known(self, members: Sequence[int], facts: Sequence[Seen]) -> Iterator[Seen]:
        """Yield a fact for each identity that no evidence carries, so that what is pinned to it holds."""
        carried = {key for fact in facts for key in fact.keys}
        for mine in members:
            key = self.keys[mine]
            if key not in carried and self._admission.counts(key):
                yield Seen(_LONG_AGO, f"\x00{key}", (key,))

    def _decisions(self, members: Sequence[int], facts: Iterable[Seen]) -> Decisions:
        decided = {both: state for mine in members for both, state in self._decided.get(mine, ())}
        carried = {*(self.keys[mine] for mine in members), *(key for fact in facts for key in fact.keys)}
        return Decisions(
            cut=frozenset(both for both, state in decided.items() if state == CUT),
            pinned=frozenset(both for both, state in decided.items() if state == PINNED),
            rekeyed={key: self._rekeyed[key] for key in carried if key in self._rekeyed},
            quarantined=frozenset(key for key in carried if self._number.get(key) in self._hubs),
        )
