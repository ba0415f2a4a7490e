"""All evidence and decisions around some identities: what a replay of their region is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from graphcdp.graph import Graph
from graphcdp.identity.replay.evidence import Decisions, Pair, Seen, key_order, pair
from graphcdp.identity.rules.files import RuleSet


class RegionIdentity(NamedTuple):
    """An identity of a region as it stands; `hub` is `quarantined`, `released` or None, `profile_id` whose it is."""

    key: str
    first_seen: datetime
    last_seen: datetime
    counts_as: str | None
    hub: str | None
    profile_id: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that decides who is who around some identities.

    Attributes:
        identities: by key, in key order.
        facts: evidence in order of replay; asked for with `anonymous`, also facts that carry one thing alone.
        decisions: what people decided, and which identities are quarantined.
        decided_at: when each cut or pinned pair was decided; None where nobody noted it.
    """

    identities: Mapping[str, RegionIdentity]
    facts: tuple[Seen, ...]
    decisions: Decisions
    decided_at: Mapping[Pair, datetime | None]

    @property
    def keys(self) -> tuple[str, ...]:
        """The identities' keys, in key order."""
        return tuple(self.identities)

    def under(self, rules: RuleSet) -> Region:
        """Return the region with its facts as a rule set admits them."""
        return replace(self, facts=admitted(rules, self.facts))


class Regions:
    """Reads regions out of the graph, each as of one instant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def around(
        self,
        keys: Iterable[str],
        *,
        rules: RuleSet | None = None,
        known_by: datetime | None = None,
        anonymous: bool = False,
    ) -> Region:
        """Return the region around some identities.

        It does not go on through what a quarantined identity joins: the hub itself is in, its other neighbours are not.
        A pin holds from the first sighting of both: what is pinned and carried by no fact here has one of its own.

        Args:
            keys: `namespace|value`; unknown ones are passed over.
            rules: admit facts under these rules; None leaves each with the keys that were admitted when it came.
            known_by: only facts received, and decisions taken, by that instant (of the decisions that stand today).
            anonymous: also facts that carry one device or cookie alone; policies `session` and `nobody` need them.

        Raises:
            GraphUnavailableError: the server does not answer.
        """
        rows = await self._graph.read_rows("identity.region", keys=list(keys), anonymous=anonymous, known_by=known_by)
        identities, facts, links = rows[0]
        found = sorted((RegionIdentity(*each) for each in identities), key=lambda one: key_order(one.key))
        seen = [Seen(ts, fact_id, tuple(carried)) for fact_id, ts, carried in facts]
        decided = {pair(low, high): (state, when) for low, high, state, when in links}
        pinned = {key for both, (state, _) in decided.items() if state == "pinned" for key in both}
        pinned.difference_update(key for fact in seen for key in fact.keys)
        seen += [Seen(one.first_seen, f"\x00{one.key}", (one.key,)) for one in found if one.key in pinned]
        seen.sort(key=lambda fact: (fact.ts, key_order(fact.id)))
        region = Region(
            {one.key: one for one in found},
            tuple(seen),
            Decisions(
                cut=frozenset(both for both, (state, _) in decided.items() if state == "cut"),
                pinned=frozenset(both for both, (state, _) in decided.items() if state == "pinned"),
                rekeyed={one.key: one.counts_as for one in found if one.counts_as is not None},
                quarantined=frozenset(one.key for one in found if one.hub == "quarantined"),
            ),
            {both: when for both, (_, when) in decided.items()},
        )
        return region if rules is None else region.under(rules)


class Admission:
    """Which keys of stored facts count under a rule set: known namespaces, no blocked values, strongest first."""

    def __init__(self, rules: RuleSet) -> None:
        self._ranks = {one.name: (one.priority, one.blocked) for one in rules.namespaces.values()}

    def keys(self, carried: Iterable[str]) -> tuple[str, ...]:
        """Return the keys that count, strongest first."""
        counting: list[tuple[int, bytes, str]] = []
        for key in carried:
            namespace, _, value = key.partition("|")
            rank = self._ranks.get(namespace)
            if rank is not None and not (rank[1] and value.lower() in rank[1]):
                counting.append((rank[0], key_order(key), key))
        counting.sort()
        return tuple(one[2] for one in counting)

    def counts(self, key: str) -> bool:
        """Say whether a key counts."""
        return bool(self.keys((key,)))


def admitted(rules: RuleSet, facts: Iterable[Seen]) -> tuple[Seen, ...]:
    """Return stored facts as a rule set admits them; one of which no key counts is left out."""
    admission = Admission(rules)
    taken = (Seen(fact.ts, fact.id, admission.keys(fact.keys)) for fact in facts)
    return tuple(fact for fact in taken if fact.keys)
