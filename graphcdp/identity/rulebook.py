"""Which rule set is in force, kept in the graph."""

from __future__ import annotations

from graphcdp.base import Clock, ConfigurationError
from graphcdp.graph import Graph
from graphcdp.identity.rules import Namespace, RuleSet, default_rules


class RuleBook:
    """Reads and sets the rule set in force."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock

    async def in_force(self) -> RuleSet:
        """Return the rule set in force; the default one is put in force where there is none."""
        found = await self._read()
        if found is None:
            await self._save(default_rules())
            found = await self._read()
        assert found is not None  # noqa: S101  it was written a moment ago
        return found[0]

    async def adopt(self, rules: RuleSet, *, over_data: bool = False) -> bool:
        """Put a rule set in force.

        Args:
            rules: the rule set.
            over_data: also where identities were already decided by other rules; they stay as decided.

        Returns:
            Whether anything changed.

        Raises:
            ConfigurationError: other rules have already decided identities.
        """
        found = await self._read()
        if found is not None:
            current, used = found
            if current.version == rules.version:
                return False
            if used and not over_data:
                raise ConfigurationError(
                    f"The rule set {rules.version} cannot be put in force: identities in this graph were already "
                    f"decided by {current.version}. Empty the graph, or go on with the rules that are in force."
                )
        await self._save(rules)
        return True

    async def _read(self) -> tuple[RuleSet, bool] | None:
        rows = await self._graph.read("identity.rules_in_force")
        if not rows:
            return None
        row = rows[0]
        namespaces = {
            item["name"]: Namespace(
                name=item["name"],
                kind=item["kind"],
                priority=item["priority"],
                max_values=item.get("max_values"),
                pattern=item.get("pattern"),
                normalize=item.get("normalize"),
                blocked=frozenset(item.get("blocked") or ()),
            )
            for item in row["namespaces"]
        }
        rules = RuleSet(
            namespaces,
            policy=row["policy"],
            max_identities=row["max_identities"],
            visit_minutes=row["visit_minutes"],
            max_links=row["max_links"],
        )
        return rules, bool(row["used"])

    async def _save(self, rules: RuleSet) -> None:
        await self._graph.write(
            "identity.rules_save",
            id=rules.version,
            policy=rules.policy,
            max_identities=rules.max_identities,
            visit_minutes=rules.visit_minutes,
            max_links=rules.max_links,
            namespaces=[
                {
                    "name": n.name,
                    "kind": n.kind,
                    "priority": n.priority,
                    "max_values": n.max_values,
                    "pattern": n.pattern,
                    "normalize": n.normalize,
                    "blocked": sorted(n.blocked),
                }
                for n in rules.namespaces.values()
            ],
            known_at=self._clock.now(),
        )
