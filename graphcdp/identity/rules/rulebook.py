"""The versions of the identity rules, kept in the graph, and which of them is in force."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base import Clock, ConfigurationError, NotFoundError
from graphcdp.base.ids import random_id
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.rules.files import Namespace, RuleProblem, RuleReading, RuleSet, default_rules, reading_of
from graphcdp.sources import SourceDefinition, SourceDefinitionError


class RuleSetNotFoundError(NotFoundError):
    """There is no such version of the identity rules."""

    code = "rule_set_not_found"


class RulesTerm(NamedTuple):
    """A time in which a rule set was in force; `ended` is None while it is."""

    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of the identity rules as it stands in the graph.

    Attributes:
        id: the version, a hash of the rules' content.
        number: counted from 1 in the order in which versions were first put in force.
        name: what somebody called it.
        active: whether it decides now.
        known_from: when it was first put in force.
        rules: its content.
        terms: when it was in force, in order.
    """

    id: str
    number: int
    name: str | None
    active: bool
    known_from: datetime
    rules: RuleSet
    terms: tuple[RulesTerm, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> RuleVersion:
        """Read a row of `identity.rule_sets`."""
        ended = [*row["ended"], None]
        return cls(
            row["id"],
            row["number"] or 1,
            row["name"],
            row["active"],
            row["known_from"],
            _rules(row),
            tuple(RulesTerm(began, ended[place]) for place, began in enumerate(row["began"])),
        )


class RuleBook:
    """Reads and sets the rule set in force."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._writer = random_id("w")
        self._seq = itertools.count(1)

    async def in_force(self) -> RuleSet:
        """Return the rule set in force; the default one is put in force where there is none."""
        found = await self._read()
        if found is None:
            await self.put_in_force(default_rules())
            found = await self._read()
        assert found is not None  # noqa: S101  it was written a moment ago
        return found[0]

    async def adopt(self, rules: RuleSet, *, over_data: bool = False) -> bool:
        """Put a rule set in force where no identity was decided by another one yet.

        Where it was in force once, and others were put in force over it since, those stay.

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
                if await self.find_version(rules.version) is not None:
                    return False
                raise ConfigurationError(
                    f"The rule set {rules.version} cannot be put in force: identities in this graph were already "
                    f"decided by {current.version}. Empty the graph, go on with the rules that are in force, or let "
                    "`graphcdp identity apply` decide everything anew."
                )
        await self.put_in_force(rules)
        return True

    async def put_in_force(self, rules: RuleSet, *, name: str | None = None) -> str | None:
        """Let a rule set decide from now on. What was decided stays until `Applying.apply` goes over it.

        Args:
            rules: the rule set.
            name: what to call it; None keeps the name it has.

        Returns:
            The version that was in force before; None if there was none.
        """
        namespaces = [
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
        ]

        async def work(tx: Transaction) -> str | None:
            await tx.consume("ingest.lock", known_at=self._clock.now())
            rows = await tx.rows(
                "identity.rules_save",
                id=rules.version,
                policy=rules.policy,
                max_identities=rules.max_identities,
                visit_minutes=rules.visit_minutes,
                max_links=rules.max_links,
                namespaces=namespaces,
                known_at=self._clock.now(),  # its turn has come: later than all before it
                name=name,
                writer=self._writer,
                seq=number,
            )
            before: str | None = rows[0][1]
            return before

        number = next(self._seq)
        return await self._graph.transact(work)

    async def list_versions(self) -> tuple[RuleVersion, ...]:
        """Return every version that was ever in force, newest first; empty before the first."""
        return tuple(RuleVersion.of(row) for row in await self._graph.read("identity.rule_sets"))

    async def find_version(self, wanted: str) -> RuleVersion | None:
        """Return a version by its id or its number; None if there is none."""
        rows = await self._graph.read("identity.rule_sets", wanted=wanted)
        return RuleVersion.of(rows[0]) if rows else None

    async def get_version(self, wanted: str) -> RuleVersion:
        """Return a version by its id or its number.

        Raises:
            RuleSetNotFoundError: there is none.
        """
        found = await self.find_version(wanted)
        if found is None:
            raise RuleSetNotFoundError(
                "There is no such version of the identity rules. `graphcdp identity rules list` lists them."
            )
        return found

    async def earlier(self) -> RuleVersion:
        """Return the version that was in force before the one that is now.

        Raises:
            RuleSetNotFoundError: no other was ever in force.
        """
        ended = [
            (term.ended, version)
            for version in await self.list_versions()
            if not version.active
            for term in version.terms
            if term.ended is not None
        ]
        if not ended:
            raise RuleSetNotFoundError("No other identity rules were ever in force, so there is nothing to go back to.")
        return max(ended, key=lambda one: one[0])[1]

    async def check(self, text: str) -> RuleReading:
        """Read a rule-set text and say all that is wrong or doubtful, also as this graph shows it.

        A unique namespace of which no identity was ever seen, and which no source's definition maps, is doubtful.
        """
        reading = reading_of(text)
        if reading.rules is None:
            return reading
        more = await self._unsent(reading.rules)
        return RuleReading(reading.rules, (*reading.problems, *more))

    async def _unsent(self, rules: RuleSet) -> list[RuleProblem]:
        unique = [one.name for one in rules.namespaces.values() if one.max_values == 1]
        row = (await self._graph.read("identity.rules_sent", namespaces=unique))[0]
        sent = {*row["seen"], *_mapped(row["definitions"])}
        if "*" in sent:
            return []
        places = {name: place for place, name in enumerate(rules.namespaces)}
        return [
            RuleProblem(
                "warning",
                f"namespaces.{places[name]}.unique",
                f"The namespace {name} is unique, but no identity of it was ever seen and no source maps it, so it "
                "keeps nobody apart. Is it spelled as the sources send it?",
            )
            for name in unique
            if name not in sent
        ]

    async def _read(self) -> tuple[RuleSet, bool] | None:
        rows = await self._graph.read("identity.rules_in_force")
        return (_rules(rows[0]), bool(rows[0]["used"])) if rows else None


def _rules(row: Mapping[str, Any]) -> RuleSet:
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
    return RuleSet(
        namespaces,
        policy=row["policy"],
        max_identities=row["max_identities"],
        visit_minutes=row["visit_minutes"],
        max_links=row["max_links"],
    )


def _mapped(definitions: Sequence[str]) -> set[str]:
    """Return the namespaces that sources map; `*` where one sends whatever its callers say (Adobe's `identityMap`)."""
    found: set[str] = set()
    for text in definitions:
        try:
            definition = SourceDefinition.parse(text)
        except SourceDefinitionError:
            continue
        if definition.format == "xdm":
            found.add("*")
        elif definition.format == "tracking" or not definition.identities:
            found.update(definition.tracking.values())
        found.update(definition.identities)
    return found
