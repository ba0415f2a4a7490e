"""Which profiles stay as they are under other rules: those around which nothing can change need no replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcdp.identity.replay.evidence import key_order
from graphcdp.identity.replay.region import Admission
from graphcdp.identity.rules.files import RuleSet


class Standing:
    """Looks at profiles as `identity.apply_page` has them."""

    def __init__(self, rules: RuleSet, earlier: Mapping[str, RuleSet], before: str | None) -> None:
        """Take what it works with.

        Args:
            rules: to be applied.
            earlier: rule sets that may have decided profiles, by version.
            before: the version that decided profiles which do not say so.
        """
        self._rules = rules
        self._earlier = earlier
        self._before = before
        self._admission = Admission(rules)
        self._most = {one.name: one.max_values for one in rules.namespaces.values() if one.max_values is not None}
        self._same: dict[tuple[str | None, frozenset[str]], bool] = {}

    def new_hubs(self, identities: Sequence[Sequence[Any]]) -> list[str]:
        """Return the identities that are linked to more others than the rules allow, and are no hubs yet."""
        return [key for key, _, links, hub, _, _ in identities if links > self._rules.max_links and hub is None]

    def stays(self, founder: str, decided_by: str | None, identities: Sequence[Sequence[Any]]) -> list[str] | None:
        """Say whether a profile, its links and whose its events are stay as they are.

        Args:
            founder: the key that names it.
            decided_by: the version that decided it.
            identities: key, first seen, number of links, hub, counts_as, links (other key, state, other is a hub).

        Returns:
            The keys that count towards limits; None where a replay has to decide.
        """
        rules, own = self._rules, {one[0] for one in identities}
        if len(own) > rules.max_identities:
            return None
        counts: dict[str, int] = {}
        limited: list[str] = []
        for key, _, _, hub, counts_as, links in identities:
            if hub == "quarantined" or counts_as is not None or not self._admission.counts(key):
                return None
            if self._count(key, counts):
                limited.append(key)
            for other, state, at_hub in links:
                if at_hub and state == "suppressed":
                    self._count(other, counts)
                elif state != "active" or other not in own:
                    return None
        if any(count > self._most[name] for name, count in counts.items()):
            return None
        namespaces = frozenset(key.partition("|")[0] for key in own)
        if not self._same_order(decided_by, namespaces) or founder != self._founder(identities):
            return None
        return sorted(limited)

    def _count(self, key: str, counts: dict[str, int]) -> bool:
        namespace = key.partition("|")[0]
        if namespace not in self._most:
            return False
        counts[namespace] = counts.get(namespace, 0) + 1
        return True

    def _founder(self, identities: Sequence[Sequence[Any]]) -> str:
        namespaces = self._rules.namespaces
        claims = (
            (namespaces[key.partition("|")[0]].priority, first_seen, key_order(key), key)
            for key, first_seen, *_ in identities
        )
        founder: str = min(claims)[3]
        return founder

    def _same_order(self, decided_by: str | None, namespaces: frozenset[str]) -> bool:
        """Say whether events hang on the same identities: same order, same kinds, nothing lent."""
        question = (decided_by, namespaces)
        if question not in self._same:
            self._same[question] = self._compare(self._earlier.get(decided_by or self._before or ""), namespaces)
        return self._same[question]

    def _compare(self, earlier: RuleSet | None, namespaces: frozenset[str]) -> bool:
        if earlier is None or any(name not in earlier.namespaces for name in namespaces):
            return False
        ranked = [[one.name for one in rules.ranked if one.name in namespaces] for rules in (earlier, self._rules)]
        kinds = [{name: rules.namespaces[name].kind for name in namespaces} for rules in (earlier, self._rules)]
        both = len({kind == "person" for kind in kinds[1].values()}) == 2
        # Where nothing is in dispute, a new loan would stay inside of the profile; one made earlier goes back.
        returns = both and earlier.policy == "session" and self._rules.policy != "session"
        return ranked[0] == ranked[1] and kinds[0] == kinds[1] and not returns
