"""What another rule set would make of the people around one identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphcdp.identity.questions.history import Group, HistoryEntry
from graphcdp.identity.replay.evidence import Outcome, key_order
from graphcdp.identity.replay.region import RegionIdentity
from graphcdp.identity.rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class RegionTrial:
    """What a rule set would make of everything that was ever linked to a person; the graph is as it was.

    Attributes:
        rules: the rule set tried.
        profiles: that it would make, each strongest identity first; strongest first identity first.
        today: that hold these identities now, each by key.
        left_out: identities that would count for nobody: of unknown namespaces, or blocked; by key.
        entries: how the rules would come to that, fact by fact.
    """

    rules: RuleSet
    profiles: tuple[Group, ...]
    today: tuple[Group, ...]
    left_out: Group
    entries: tuple[HistoryEntry, ...]

    @classmethod
    def of(
        cls,
        rules: RuleSet,
        identities: Mapping[str, RegionIdentity],
        outcome: Outcome,
        entries: tuple[HistoryEntry, ...],
    ) -> RegionTrial:
        """Put it together from a region's identities, by key in key order, and the replay of the region."""
        held: dict[str, list[str]] = {}
        for key, one in identities.items():
            if one.profile_id is not None:
                held.setdefault(one.profile_id, []).append(key)
        today = sorted(map(tuple, held.values()), key=lambda group: key_order(group[0]))
        left_out = tuple(key for key in identities if key not in outcome.founders)
        return cls(rules, outcome.profiles, tuple(today), left_out, entries)

    def sentence(self) -> str:
        """Say in plain English what would be otherwise."""
        would, now = {frozenset(group) for group in self.profiles}, {frozenset(group) for group in self.today}
        told = f"By these rules ({self.rules.policy}) everything ever linked to this person would be {_people(would)}"
        if would == now:
            return f"{told}, just as it is now."
        return f"{told}; now it is {_people(now)}, {len(now & would)} of them with the same identities."


def _people(groups: set[frozenset[str]]) -> str:
    return "1 person" if len(groups) == 1 else f"{len(groups)} people"
