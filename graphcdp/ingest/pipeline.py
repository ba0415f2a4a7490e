"""The one write path: facts in, one durable transaction, receipts out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, perf_counter
from typing import Any

import orjson

from graphcdp.base import Clock, logger
from graphcdp.base.ids import keyed_id, random_id
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.admit import Gate, Refusal
from graphcdp.identity.plan import Held, Known, Plan, Planner, Sighting
from graphcdp.identity.rulebook import RuleBook
from graphcdp.identity.rules import RuleSet
from graphcdp.ingest import rows as row_makers
from graphcdp.ingest.attributes import Facts, merge, read_facts, stated, write_row
from graphcdp.ingest.check import check, refuse
from graphcdp.ingest.rows import Accepted, hash_of
from graphcdp.model import BatchResult, Fact, IdentityKey, Outcome, Receipt, Rejection

RULES_SECONDS = 10.0
_log = logger(__name__)


class _StaleRulesError(Exception):
    """Another process put other rules in force since this one last looked."""


@dataclass(slots=True)
class _Ruling:
    """A rule set and what is made from it."""

    rules: RuleSet
    gate: Gate
    planner: Planner
    kinds: dict[str, str]
    priorities: dict[str, int]


@dataclass(slots=True)
class _Decided:
    """What the transaction found: outcome by position, profiles touched."""

    outcomes: list[Receipt] = field(default_factory=list)
    profiles: set[str] = field(default_factory=set)


class Pipeline:
    """Takes batches of facts. Any number of processes may do so on one graph; their batches go in one at a time."""

    def __init__(
        self,
        graph: Graph,
        clock: Clock,
        rule_book: RuleBook,
        secret: bytes,
        *,
        default_region: str = "GB",
        unions: bool = True,
    ) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: gives the time facts are received.
            rule_book: the identity rules in force.
            secret: the installation's, from which profile ids are made.
            default_region: country of phone numbers without a prefix.
            unions: False decides everything by `identity.resolve` (to hold the two equal in tests).
        """
        self._graph = graph
        self._clock = clock
        self._rule_book = rule_book
        self._secret = secret
        self._region = default_region
        self._unions = unions
        self._ruling: _Ruling | None = None
        self._ruled_at = monotonic()
        self._writer = random_id("w")
        self._seq = itertools.count(1)

    async def key(self, namespace: str, value: str) -> IdentityKey | Refusal:
        """Return an identity as it stands in the graph, or why it can stand for nobody.

        Other rules that another process put in force are noticed within `RULES_SECONDS`, and at once where the rules
        known here refuse the identity.
        """
        if monotonic() - self._ruled_at > RULES_SECONDS:
            self._ruling = None
        found = (await self._rule()).gate.key(namespace, value)
        if isinstance(found, Refusal):
            self._ruling = None
            found = (await self._rule()).gate.key(namespace, value)
        return found

    async def warm(self) -> None:
        """Let the server plan the longest statement (a second or two) before somebody waits for it."""
        await self._graph.write("identity.resolve", keys=[], evidence=[])

    async def ingest(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Take a batch; what is accepted is durable when this returns.

        Args:
            facts: in any order; a few thousand at once are best.
            rejections: what could not even be read, to be kept beside them.

        Returns:
            A receipt a fact, in the order given.

        Raises:
            GraphUnavailableError: nothing of the batch went in; try again.
        """
        return await self._take(facts, rejections, keep=True)

    async def preview(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Say what `ingest` would answer, by doing it and rolling back."""
        return await self._take(facts, rejections, keep=False)

    async def _take(self, facts: Sequence[Fact], rejections: Sequence[Rejection], *, keep: bool) -> BatchResult:
        if not facts and not rejections:
            return BatchResult(())
        while True:
            ruling = await self._rule()
            try:
                return await self._take_under(ruling, facts, rejections, keep=keep)
            except _StaleRulesError:
                self._ruling = None

    async def _take_under(
        self, ruling: _Ruling, facts: Sequence[Fact], rejections: Sequence[Rejection], *, keep: bool
    ) -> BatchResult:
        began = perf_counter()
        now = self._clock.now()
        admitted: list[Accepted | Rejection] = []
        notes: list[Rejection] = list(rejections)
        for fact in facts:
            wrong = check(fact, now)
            if wrong is not None:
                admitted.append(wrong)
                continue
            verdict = ruling.gate.admit(fact.identities)
            if isinstance(verdict, Refusal):
                admitted.append(refuse(fact, verdict.code, verdict.field, verdict.reason))
                continue
            notes.extend(
                refuse(fact, one.code, one.field, one.reason + " The rest of the fact was taken.")
                for one in verdict.dropped
                if one.code != "blocked_value"
            )
            admitted.append(Accepted(fact, verdict.keys, hash_of(fact)))

        async def work(tx: Transaction) -> _Decided:
            return await _Batch(self, tx, ruling, admitted, notes).run()

        decided = await self._graph.transact(work, keep=keep)
        _log.debug("batch", facts=len(facts), ms=round((perf_counter() - began) * 1000))
        return BatchResult(decided.outcomes, frozenset(decided.profiles))

    async def _rule(self) -> _Ruling:
        if self._ruling is None:
            rules = await self._rule_book.in_force()
            self._ruled_at = monotonic()
            self._ruling = _Ruling(
                rules,
                Gate(rules, self._region),
                Planner(rules, self.profile_id, unions=self._unions),
                {n.name: n.kind for n in rules.namespaces.values()},
                {n.name: n.priority for n in rules.namespaces.values()},
            )
        return self._ruling

    def profile_id(self, founder: str) -> str:
        """Return the id of the profile that an identity founds."""
        return keyed_id("prf", self._secret, founder)

    def next_seq(self) -> int:
        """Return the next number of this writer's changes."""
        return next(self._seq)

    @property
    def writer(self) -> str:
        """The name under which this process numbers its changes."""
        return self._writer

    @property
    def now(self) -> datetime:
        """The time facts are received."""
        return self._clock.now()


class _Batch:
    """One batch in one transaction (one attempt of it)."""

    def __init__(
        self,
        pipeline: Pipeline,
        tx: Transaction,
        ruling: _Ruling,
        admitted: Sequence[Accepted | Rejection],
        notes: Sequence[Rejection],
    ) -> None:
        self._pipeline = pipeline
        self._tx = tx
        self._ruling = ruling
        self._admitted = admitted
        self._notes = list(notes)
        self._known_at = pipeline.now
        self._changes: list[list[Any]] = []

    async def run(self) -> _Decided:
        """Write the batch."""
        decided = _Decided()
        in_force = (await self._tx.rows("ingest.lock", known_at=self._known_at))[0][0]
        if in_force != self._ruling.rules.version:
            raise _StaleRulesError
        fresh = await self._sort_out(decided)
        if fresh:
            await self._write_facts(fresh, decided)
        if self._notes:
            await self._tx.consume("ingest.reject", rows=row_makers.reject_rows(self._notes), known_at=self._known_at)
        if self._changes:
            await self._tx.consume(
                "ingest.change_write", rows=self._changes, writer=self._pipeline.writer, known_at=self._known_at
            )
        return decided

    async def _sort_out(self, decided: _Decided) -> list[Accepted]:
        """Tell new facts from repeats and from other facts of the same id; return the new ones."""
        events = [one.fact.id for one in self._admitted if isinstance(one, Accepted) and one.fact.type is not None]
        records = [one.fact.id for one in self._admitted if isinstance(one, Accepted) and one.fact.type is None]
        there: dict[tuple[bool, str], str] = {}
        if events:
            rows = await self._tx.rows("ingest.seen_events", ids=events)
            there.update(((True, row[0]), row[1]) for row in rows)
        if records:
            rows = await self._tx.rows("ingest.seen_records", ids=records)
            there.update(((False, row[0]), row[1]) for row in rows)
        fresh: list[Accepted] = []
        for one in self._admitted:
            if isinstance(one, Rejection):
                self._notes.append(one)
                decided.outcomes.append(Receipt(one.fact_id or "", Outcome.REJECTED, one))
                continue
            slot = (one.fact.type is not None, one.fact.id)
            held = there.get(slot)
            if held is None:
                there[slot] = one.hash
                fresh.append(one)
                decided.outcomes.append(Receipt(one.fact.id, Outcome.ACCEPTED))
            elif held == one.hash:
                decided.outcomes.append(Receipt(one.fact.id, Outcome.DUPLICATE))
            else:
                wrong = refuse(
                    one.fact,
                    "different_content",
                    "id",
                    "Another fact with this id and other content is already there; give each fact an id of its own.",
                )
                self._notes.append(wrong)
                decided.outcomes.append(Receipt(one.fact.id, Outcome.REJECTED, wrong))
        return fresh

    async def _write_facts(self, fresh: Sequence[Accepted], decided: _Decided) -> None:
        sightings = [Sighting(one.fact.ts, one.fact.id, one.keys, one.fact.source) for one in fresh]
        keys = list({key for one in fresh for key in one.keys})
        plan = self._ruling.planner.plan(sightings, await self._known(keys))
        held = await self._held_facts(plan, fresh)
        await self._write_plan(plan)
        await self._write_interactions(fresh)
        resolved = await self._resolve(plan)
        await self._write_attributes(plan, fresh, held, resolved)
        decided.profiles.update(plan.profile_of[key] for key in keys)

    async def _known(self, keys: Sequence[str]) -> dict[str, Known]:
        priority = self._ruling.priorities
        profiles: dict[str, Held] = {}
        known: dict[str, Known] = {}
        for row in await self._tx.rows("identity.state", keys=keys):
            profile_id = row[3]
            held = profiles.get(profile_id)
            if held is None:
                founder: str = row[6]
                held = profiles[profile_id] = Held(
                    profile_id, row[4], row[5], (priority[founder.split("|", 1)[0]], row[7], founder), row[8], row[9],
                    row[10], row[11], row[12],
                )  # fmt: skip
            known[row[0]] = Known(row[1], row[2], held)
        return known

    async def _held_facts(self, plan: Plan, fresh: Sequence[Accepted]) -> dict[str, tuple[Facts, list[str]]]:
        """Read the attributes of profiles that get more or join, before they do."""
        wanted = {old for olds in plan.joined.values() for old in olds}
        new = {row[0] for row in plan.profile_create}
        for one in fresh:
            if one.fact.attributes:
                wanted.update(plan.profile_of[key] for key in one.keys[:1] if key in plan.profile_of)
        kinds = self._ruling.kinds
        for profile_id, keys in plan.fresh.items():
            if any(kinds[key.split("|", 1)[0]] == "person" for key in keys):
                wanted.add(profile_id)
        ids = [one for one in wanted if one not in new]
        if not ids:
            return {}
        rows = await self._tx.rows("ingest.facts_of", ids=ids)
        return {row[0]: (read_facts(row[1]), (row[2] or "").split()) for row in rows}

    async def _write_plan(self, plan: Plan) -> None:
        tx, at = self._tx, self._known_at
        if plan.profile_create:
            await tx.consume("identity.profile_create", rows=plan.profile_create, known_at=at)
        if plan.profile_revive:
            await tx.consume("identity.profile_revive", rows=plan.profile_revive, known_at=at)
        if plan.profile_move:
            await tx.consume("identity.profile_move", rows=plan.profile_move, known_at=at)
            for old, new, _, by_event, why in plan.profile_move:
                self._change(f"profile_{why}", new, by_event, [old], [new])
        if plan.profile_touch:
            await tx.consume("identity.profile_touch", rows=plan.profile_touch)
        if plan.identity_create:
            await tx.consume("identity.identity_create", rows=plan.identity_create, known_at=at)
        if plan.identity_free:
            await tx.consume("identity.identity_free", rows=plan.identity_free, known_at=at)
        if plan.identity_touch:
            await tx.consume("identity.identity_touch", rows=plan.identity_touch)
        if plan.link_create:
            await tx.consume("identity.link_create", rows=plan.link_create)
        if plan.link_seen:
            await tx.consume("identity.link_seen", rows=plan.link_seen)
        if plan.link_note:
            await tx.consume("identity.link_note", rows=plan.link_note)
        if plan.region_grow:
            await tx.consume("identity.region_grow", rows=plan.region_grow)

    async def _write_interactions(self, fresh: Sequence[Accepted]) -> None:
        tx = self._tx
        devices = row_makers.device_rows(fresh, self._ruling.kinds)
        if devices:
            await tx.consume("ingest.device_note", rows=devices)
        products = row_makers.product_rows(fresh)
        if products:
            await tx.consume("ingest.product_note", rows=products)
        events = row_makers.event_rows(fresh)
        if events:
            await tx.consume("ingest.event_create", rows=events, known_at=self._known_at)
        records = row_makers.record_rows(fresh)
        if records:
            await tx.consume("ingest.record_create", rows=records, known_at=self._known_at)

    async def _resolve(self, plan: Plan) -> set[str]:
        """Let the graph decide what is in dispute; return the profiles it decided about."""
        touched: set[str] = set()
        for dispute in plan.disputes:
            rows = await self._tx.rows(
                "identity.resolve", keys=dispute.keys, evidence=dispute.evidence, known_at=self._known_at
            )
            for profile_id, _, identities, came_from, _ in rows:
                touched.add(profile_id)
                for key in identities:
                    plan.profile_of[key] = profile_id
                if came_from:
                    by_event = dispute.evidence[-1] if dispute.evidence else None
                    self._change("profile_resolved", profile_id, by_event, sorted(came_from), [profile_id])
        return touched

    async def _write_attributes(
        self,
        plan: Plan,
        fresh: Sequence[Accepted],
        held: dict[str, tuple[Facts, list[str]]],
        resolved: set[str],
    ) -> None:
        said: dict[str, Facts] = {}
        for one in fresh:
            fact = one.fact
            if fact.attributes:
                facts = said.setdefault(plan.profile_of[one.keys[0]], {})
                merge(facts, stated(fact.attributes, fact.ts, fact.source, fact.dataset, fact.id))
        rows: list[list[Any]] = []
        for profile_id in {*said, *plan.joined, *plan.fresh} - resolved:
            values = self._people(plan.fresh.get(profile_id, ()))
            olds = plan.joined.get(profile_id, [profile_id])
            facts, words = dict[str, Any](), set[str]()
            for old in olds:
                before = held.get(old)
                if before is not None:
                    merge(facts, before[0])
                    words.update(before[1])
            if profile_id in said:
                merge(facts, said[profile_id])
            if facts or words or values:
                rows.append(write_row(profile_id, (), facts, values, words))
        if resolved:
            rows += await self._attributes_anew(sorted(resolved))
        if rows:
            await self._tx.consume("ingest.facts_write", rows=rows)

    async def _attributes_anew(self, profile_ids: Sequence[str]) -> list[list[Any]]:
        """Make attributes from all records of a profile's identities, for profiles that lost some."""
        rows: list[list[Any]] = []
        seen: list[list[Any]] = []
        for profile_id, keys, before, first, last, records in await self._tx.rows(
            "ingest.records_of", ids=list(profile_ids)
        ):
            facts: Facts = {}
            for ts, record_id, source, dataset, attributes in records:
                if attributes:
                    merge(facts, stated(orjson.loads(attributes), ts, source, dataset, record_id))
            rows.append(write_row(profile_id, read_facts(before), facts, self._people(keys)))
            seen.append([profile_id, first, last])
        await self._tx.consume("ingest.seen_write", rows=seen)
        return rows

    def _people(self, keys: Sequence[str]) -> list[str]:
        kinds = self._ruling.kinds
        parts = (key.split("|", 1) for key in keys)
        return [value for namespace, value in parts if kinds.get(namespace) == "person"]

    def _change(self, kind: str, subject: str, by_event: str | None, before: list[str], after: list[str]) -> None:
        self._changes.append(
            [
                self._pipeline.next_seq(),
                kind,
                subject,
                by_event,
                orjson.dumps(before).decode(),
                orjson.dumps(after).decode(),
            ]
        )
