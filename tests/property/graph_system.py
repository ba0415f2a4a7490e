"""The real engine on the real Neo4j as the properties see it: facts in by the pipeline, the graph read back raw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphcdp.graph import Graph, Transaction
from graphcdp.identity.rules.files import Namespace, RuleSet
from graphcdp.model import BatchResult, Fact, Outcome
from tests.make import fact
from tests.oracle import Decisions, Link, Rules, Statement, pair_of
from tests.property.strategies import START, History, number_of
from tests.property.system import Snapshot, partition_of

Ingest = Callable[[Sequence[Fact]], Awaitable[BatchResult]]

_IDENTITIES = """
UNWIND $keys AS key
MATCH (one:Identity {key: key})
RETURN key, one.namespace AS namespace, one.value AS value, one.first_seen AS first_seen, one.last_seen AS last_seen,
       [(profile:Profile)-[:HAS_IDENTITY]->(one) | profile.id] AS holders,
       [(former)-[:HAD_IDENTITY]->(one) | former.id] AS had
"""
_LINKS = """
UNWIND $keys AS key
MATCH (low:Identity {key: key})-[link:LINKED]->(high:Identity)
WHERE link.count > 0
RETURN key AS low, high.key AS high, link.state AS state, link.first_seen AS first_seen, link.last_seen AS last_seen,
       link.count AS count, link.because AS because, link.by_event AS by_event
"""
_FACTS = """
UNWIND $ids AS id
CALL (id) {
  MATCH (fact:Event {id: id}) RETURN fact
  UNION
  MATCH (fact:Record {id: id}) RETURN fact
}
RETURN id, fact.identity_keys AS carried, [(owner)-[:PERFORMED|STATED]->(fact) | owner.key] AS owners,
       fact:Evidence AS is_evidence
"""
_PROFILES = """
UNWIND $keys AS key
MATCH (:Identity {key: key})<-[:HAS_IDENTITY]-(profile:Profile)
WITH DISTINCT profile
RETURN profile.id AS id, profile.founder AS founder, profile.identity_count AS identity_count,
       profile.limited AS limited, [(profile)-[:HAS_IDENTITY]->(one) | one.key] AS keys,
       [(profile)-[:HAS_IDENTITY]->(one) | one.founds] AS founds,
       [(profile)-[:HAS_IDENTITY]->(one) | coalesce(one.counts_as, one.key)] AS counted,
       size([(profile)-[:IN_REGION]->(region) | region.id]) AS regions,
       EXISTS { (profile)-[:HAS_IDENTITY]->(one)-[link:LINKED]-()
                WHERE link.state <> 'active' AND coalesce(link.because, '') <> 'hub'
                  AND coalesce(one.hub, '') <> 'quarantined' } AS disputed
"""
_RESOLVE = """
OPTIONAL MATCH (present:Profile {id: $id})
OPTIONAL MATCH (:FormerProfile {id: $id})-[:MERGED_INTO]->(heir:Profile)
RETURN coalesce(present.id, heir.id) AS id
"""
_FOOTPRINT = """
UNWIND $keys AS key
MATCH (one:Identity {key: key})
RETURN key, properties(one) AS identity,
       [(one)-[edge]-(other) | [elementId(edge), type(edge), properties(edge), labels(other), properties(other)]]
       + [(one)<-[:HAS_IDENTITY]-(:Profile)-[edge]-(other) |
          [elementId(edge), type(edge), properties(edge), labels(other), properties(other)]] AS edges
"""
_DECIDE_LINK = """
MATCH (low:Identity {key: $low}), (high:Identity {key: $high})
MERGE (low)-[link:LINKED]-(high)
  ON CREATE SET link.count = 0, link.sources = []
SET link.state = $state, link.because = null, link.by_event = null
"""
_DECIDE_VALUE = """
MATCH (one:Identity {key: $key})
SET one.counts_as = $counts_as
"""
_FORGET = """
MATCH (one:Identity) WHERE one.key IN $keys
OPTIONAL MATCH (one)-[:PERFORMED|STATED]->(fact)
OPTIONAL MATCH (holder)-[:HAS_IDENTITY|HAD_IDENTITY]->(one)
OPTIONAL MATCH (holder)-[:IN_REGION]->(region)
DETACH DELETE region, holder, fact, one
"""


def rule_set(rules: Rules) -> RuleSet:
    """Return the oracle's rules as the engine takes them."""
    return RuleSet(
        namespaces={
            space.name: Namespace(
                name=space.name,
                kind=space.kind,  # type: ignore[arg-type]
                priority=space.priority,
                max_values=space.max_values,
                blocked=space.blocked,
            )
            for space in rules.namespaces
        },
        policy=rules.policy,
        max_identities=rules.max_identities,
        visit_minutes=rules.visit_minutes,
        max_links=rules.max_links,
    )


def as_fact(statement: Statement) -> Fact:
    """Return a statement as a fact; by its number an event, a record, or both (never another kind of one id)."""
    kind = number_of(statement.id) % 4
    said = {"note": statement.content}
    return fact(
        *(f"{namespace}|{value}" for namespace, value in statement.identities),
        id=statement.id,
        ts=statement.ts,
        type=None if kind == 1 else "page_view",
        properties={} if kind == 1 else said,
        attributes=said if kind in (1, 2) else None,
    )


@dataclass(frozen=True)
class GraphSystem:
    """The engine, seen only through the identities and facts of one history."""

    graph: Graph
    take: Ingest
    keys: tuple[str, ...]
    ids: tuple[str, ...]
    rules: Rules

    @classmethod
    def of(cls, graph: Graph, take: Ingest, history: History, rules: Rules) -> GraphSystem:
        """Return the system for one history, whose identities nobody else uses."""
        keys = {f"{namespace}|{value}" for each in history.facts for namespace, value in each.identities}
        ids = {each.id for each in history.facts}
        return cls(graph, take, tuple(sorted(keys)), tuple(sorted(ids)), rules)

    async def ingest(self, batch: Sequence[Statement]) -> tuple[str, ...]:
        """Take a batch; return each statement's outcome, or the code of its refusal."""
        result = await self.take([as_fact(statement) for statement in batch])
        assert [receipt.fact_id for receipt in result.receipts] == [statement.id for statement in batch]
        return tuple(
            receipt.rejection.code
            if receipt.outcome is Outcome.REJECTED and receipt.rejection is not None
            else receipt.outcome.value
            for receipt in result.receipts
        )

    async def decide(self, decisions: Decisions) -> None:
        """Carry out what a person decides, about identities that are known, in one transaction."""
        if decisions == Decisions():
            return
        words = [(pair, "cut") for pair in decisions.cut] + [(pair, "pinned") for pair in decisions.pinned]

        async def work(tx: Transaction) -> None:
            concerned = {key for pair, _ in words for key in pair}.union(*decisions.rekeyed.items())
            for (low, high), state in words:
                await tx.run_text(_DECIDE_LINK, {"low": low, "high": high, "state": state})
            for old, new in decisions.rekeyed.items():
                await tx.run_text(_DECIDE_VALUE, {"key": old, "counts_as": new})
            if decisions.quarantined:
                hubs = sorted(decisions.quarantined)
                rows = await tx.rows("identity.hub_quarantine", keys=hubs, known_at=START + timedelta(days=1))
                concerned.update(hubs, (row[0] for row in rows))
            await tx.rows("identity.resolve", keys=sorted(concerned), evidence=None)

        await self.graph.transact(work)

    async def settle(self) -> None:
        """Decide everything anew under the rules in force."""
        await self.graph.write("identity.resolve", keys=list(self.keys), evidence=None)

    async def snapshot(self) -> Snapshot:
        """Read back everything about the history's identities and facts, and whatever contradicts docs/model.md."""
        identities = await self.graph.read_text(_IDENTITIES, {"keys": self.keys})
        links = await self.graph.read_text(_LINKS, {"keys": self.keys})
        facts = await self.graph.read_text(_FACTS, {"ids": self.ids})
        profiles = await self.graph.read_text(_PROFILES, {"keys": self.keys})
        held = partition_of({row["key"]: row["holders"][0] for row in identities if row["holders"]})
        return Snapshot(
            profiles=held,
            founders={row["id"]: row["founder"] for row in profiles},
            links={
                (row["low"], row["high"]): Link(
                    first_seen=row["first_seen"],
                    last_seen=row["last_seen"],
                    count=row["count"],
                    state=row["state"],
                    because=row["because"],
                    by_event=row["by_event"],
                )
                for row in links
            },
            owners={row["id"]: row["owners"][0] for row in facts if row["owners"]},
            carried={row["id"]: tuple(row["carried"]) for row in facts},
            seen={row["key"]: (row["first_seen"], row["last_seen"]) for row in identities},
            had=frozenset((holder, row["key"]) for row in identities for holder in row["had"]),
            disorder=tuple(self._disorder(identities, links, facts, profiles)),
        )

    def _disorder(self, identities: Any, links: Any, facts: Any, profiles: Any) -> list[str]:
        limited = {space.name for space in self.rules.namespaces if space.max_values is not None}
        found: list[str] = []
        for row in identities:
            if len(row["holders"]) != 1:
                found.append(f"{row['key']} has {len(row['holders'])} profiles")
            if row["key"] != f"{row['namespace']}|{row['value']}":
                found.append(f"{row['key']} is {row['namespace']}, {row['value']}")
        pairs = [(row["low"], row["high"]) for row in links]
        found += [f"{pair} is linked twice" for pair in set(pairs) if pairs.count(pair) > 1]
        found += [f"{pair} runs the wrong way" for pair in pairs if pair != pair_of(*pair)]
        for row in facts:
            if len(row["owners"]) != 1:
                found.append(f"{row['id']} hangs on {row['owners']}")
            if row["is_evidence"] != (len(row["carried"]) > 1):
                found.append(f"{row['id']} with {row['carried']}: Evidence is {row['is_evidence']}")
        for row in profiles:
            if row["identity_count"] != len(row["keys"]):
                found.append(f"{row['id']} counts {row['identity_count']} identities of {row['keys']}")
            counted = {key for key in row["counted"] if key.split("|")[0] in limited}
            if sorted(row["limited"] or []) != sorted(counted):
                found.append(f"{row['id']} says {row['limited']} are limited of {row['keys']}")
            if row["id"] not in row["founds"]:
                found.append(f"{row['id']} is founded by none of {row['keys']}")
            if row["disputed"] and row["regions"] != 1:
                found.append(f"{row['id']} lost links and is in {row['regions']} regions")
            if not set(row["keys"]) <= set(self.keys):
                found.append(f"{row['id']} holds strangers: {row['keys']}")
        return found

    async def resolve(self, profile_id: str) -> str | None:
        """Return the id of the profile that answers to an id now."""
        rows = await self.graph.read_text(_RESOLVE, {"id": profile_id})
        assert len(rows) == 1, f"{profile_id} answers more than once: {rows}"
        found: str | None = rows[0]["id"]
        return found

    async def footprint(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return all properties and edges around identities and their profiles."""
        rows = await self.graph.read_text(_FOOTPRINT, {"keys": list(keys)})
        return {row["key"]: (row["identity"], sorted(row["edges"], key=str)) for row in rows}

    async def forget(self) -> None:
        """Remove the history's nodes."""

        async def work(tx: Transaction) -> None:
            await tx.run_text(_FORGET, {"keys": self.keys})

        await self.graph.transact(work)
