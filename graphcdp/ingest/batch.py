"""One batch in one transaction: what is new goes in, who is who is decided, attributes follow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcdp.base import Clock, logger
from graphcdp.graph import Transaction
from graphcdp.identity.resolution.attributes import (
    Facts,
    attributes_anew,
    identity_words,
    merge,
    people,
    read_facts,
    stated,
    write_row,
)
from graphcdp.identity.resolution.plan import Dispute, Founder, Held, Known, Plan, Sighting, Span, spans_of
from graphcdp.identity.resolution.resolve import filled, resolve
from graphcdp.ingest import rows as row_makers
from graphcdp.ingest.bars import Bar, held_back
from graphcdp.ingest.check import refuse
from graphcdp.ingest.prepare import Ruling
from graphcdp.ingest.rows import Accepted
from graphcdp.ingest.wake import Changes, Touched, Wake, Writer
from graphcdp.model import Fact, IdentityKey, Outcome, Receipt, Rejection

_WEAKEST = 1 << 30
_AT_ONCE = 500
SENDING_SECONDS = 2e-6
"""So long may an event take to reach the server; what is planned meanwhile would hold it up."""
REGION_MOST = 5_000
"""A region of more identities is not replayed in one statement: its hub is quarantined."""
_log = logger(__name__)


class StaleRulesError(Exception):
    """Another process put other rules in force since this one last looked."""


@dataclass(slots=True)
class Decided:
    """What the transaction found: outcome by position, profiles touched."""

    outcomes: list[Receipt] = field(default_factory=list)
    profiles: set[str] = field(default_factory=set)


class Batch:
    """One batch in one transaction (one attempt of it)."""

    def __init__(
        self,
        tx: Transaction,
        ruling: Ruling,
        writer: Writer,
        clock: Clock,
        *,
        admitted: Sequence[Accepted | Rejection],
        notes: Sequence[Rejection],
        wakes: Sequence[Wake] = (),
        lull: asyncio.Event | None = None,
        bar: Bar | None = None,
    ) -> None:
        """Take what it needs.

        Args:
            tx: open; nothing was done in it.
            ruling: the rules that the facts were admitted under.
            writer: numbers the changes.
            clock: says when the facts were received; asked once their turn has come, so that later batches have later
                times whoever waited for whom.
            admitted: in the order given, what may go in and what may not.
            notes: further refusals to keep.
            wakes: told in order who was touched, when everything else is written.
            lull: is set while Neo4j writes the events, so that others may use this thread.
            bar: knows whose data was erased.
        """
        self._tx = tx
        self._wakes = wakes
        self._bar = bar
        self._lull = lull or asyncio.Event()
        self._former: dict[str, str] = {}
        self._altered: dict[str, frozenset[str]] = {}
        self._ruling = ruling
        self._admitted = admitted
        self._names = [one.fact.id if isinstance(one, Accepted) else one.fact_id or "" for one in admitted]
        self._notes = list(notes)
        self._clock = clock
        self._known_at = clock.now()
        self._change = Changes(writer)

    async def run(self) -> Decided:
        """Write the batch.

        Raises:
            StaleRulesError: other rules are in force.
        """
        decided = Decided()
        in_force, erasures = (await self._tx.rows("ingest.lock", known_at=self._known_at))[0]
        if in_force != self._ruling.rules.version:
            raise StaleRulesError
        self._known_at = self._clock.now()
        if erasures and self._bar is not None:
            await self._hold_back(self._bar)
        fresh = await self._sort_out(decided)
        if fresh:
            await self._write_facts(fresh, decided)
        if self._notes:
            await self._tx.consume("ingest.reject", rows=row_makers.reject_rows(self._notes), known_at=self._known_at)
        await self._change.write(self._tx, self._known_at)
        return decided

    async def _hold_back(self, bar: Bar) -> None:
        """Refuse facts of people whose data was erased."""
        gate = self._ruling.gate

        def key_of(identity: IdentityKey) -> str | None:
            found = gate.key(*identity)
            return str(found) if isinstance(found, IdentityKey) else None

        facts = [*self._admitted, *self._notes]
        kept, more = await held_back(bar, self._tx, facts, self._ruling.kinds, key_of)
        many = len(self._admitted)
        self._admitted = kept[:many]
        self._notes = [*(one for one in kept[many:] if isinstance(one, Rejection)), *more]

    async def _sort_out(self, decided: Decided) -> list[Accepted]:
        """Tell new facts from repeats and from other facts of the same id; return the new ones."""
        ids = [one.fact.id for one in self._admitted if isinstance(one, Accepted)]
        there: dict[str, str] = dict(await self._tx.rows("ingest.seen", ids=ids)) if ids else {}
        fresh: list[Accepted] = []
        for name, one in zip(self._names, self._admitted, strict=True):
            if isinstance(one, Rejection):
                self._notes.append(one)
                decided.outcomes.append(Receipt(name, Outcome.REJECTED, one))
                continue
            held = there.get(one.fact.id)
            if held is None:
                there[one.fact.id] = one.hash
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

    async def _write_facts(self, fresh: Sequence[Accepted], decided: Decided) -> None:
        sightings = [Sighting(one.fact.ts, one.fact.id, one.keys, one.fact.source) for one in fresh]
        keys = list({key for one in fresh for key in one.keys})
        known = await self._known(keys)
        planner, spans = self._ruling.planner, spans_of(sightings)
        newcomers = planner.new_identities(spans, known)
        if newcomers:
            await self._tx.consume("identity.identity_create", rows=newcomers, known_at=self._known_at)
        writing = asyncio.create_task(self._write_interactions(fresh))
        try:
            await asyncio.sleep(SENDING_SECONDS * len(fresh))
            plan = planner.plan(sightings, spans, known)
        finally:
            self._lull.set()
            await writing
            self._lull.clear()
        hubs: set[str] = set()
        if plan.crowded:
            plan, hubs = await self._set_apart(plan, sightings, spans, known)
        held = await self._held_facts(plan, fresh)
        await self._write_plan(plan)
        if hubs:
            newest = sorted(sightings, key=lambda one: one.ts)
            plan.disputes += await self._quarantine(
                {key: next(one.fact_id for one in reversed(newest) if key in one.keys) for key in sorted(hubs)}
            )
        resolved = await self._resolve(plan, fresh)
        await self._write_attributes(plan, fresh, held, resolved)
        decided.profiles.update(plan.profile_of[key] for key in keys)
        if self._wakes:
            await self._wake(plan, fresh, resolved)

    async def _wake(self, plan: Plan, fresh: Sequence[Accepted], resolved: set[str]) -> None:
        facts: dict[str, list[Fact]] = {}
        for one in fresh:
            facts.setdefault(plan.profile_of[one.keys[0]], []).append(one.fact)
        regrouped = frozenset({*resolved, *plan.joined})
        gone = self._former.keys() - resolved
        touched = Touched(
            profiles=frozenset(plan.profile_of[key] for one in fresh for key in one.keys) | regrouped,
            facts=facts,
            regrouped=regrouped,
            former={old: self._former[old] for old in gone},
            known_at=self._known_at,
            change=self._change,
            created=frozenset(row[0] for row in plan.profile_create),
            altered=self._altered,
        )
        for wake in self._wakes:
            await wake(self._tx, touched)

    async def _set_apart(
        self, plan: Plan, sightings: Sequence[Sighting], spans: Mapping[str, Span], known: dict[str, Known]
    ) -> tuple[Plan, set[str]]:
        """Find out which identities are linked to more others than is plausible, and plan with them as hubs."""
        hubs: set[str] = set()
        counted: set[str] = set()
        while new := plan.crowded.keys() - counted:
            counted |= new
            found = set()
            for key in sorted(new):
                rows = await self._tx.rows("identity.hub_links", key=key, others=plan.crowded[key])
                if rows[0][0] > self._ruling.rules.max_links:
                    found.add(key)
            if found:
                hubs |= found
                plan = self._ruling.planner.plan(sightings, spans, known, hubs)
        return plan, hubs

    async def _quarantine(self, hubs: Mapping[str, str | None]) -> list[Dispute]:
        """Take hubs (with the fact that did it) out of all profiles; return what is to be decided anew, in pieces."""
        rows = await self._tx.rows("identity.hub_quarantine", keys=sorted(hubs), known_at=self._known_at)
        around = list(dict.fromkeys([*sorted(hubs), *(row[0] for row in rows)]))
        for key, by_event in hubs.items():
            self._change("identity_quarantined", key, by_event, [], [], keys=[key], because="hub")
        _log.warning("identity.quarantined", hubs=len(hubs), neighbours=len(rows), most=self._ruling.rules.max_links)
        return [Dispute(around[at : at + _AT_ONCE], None) for at in range(0, len(around), _AT_ONCE)]

    async def _bounded(self, dispute: Dispute) -> list[Dispute] | None:
        """Return what to decide instead of a replay that is too large: halves of it, or all without its hub."""
        if dispute.evidence is not None:
            return None
        rows = await self._tx.rows("identity.region_hub", keys=filled(dispute.keys), most=REGION_MOST)
        if not rows:
            return None
        if len(dispute.keys) > 1:
            half = len(dispute.keys) // 2
            return [Dispute(dispute.keys[:half], None), Dispute(dispute.keys[half:], None)]
        return [*await self._quarantine({rows[0][0]: None}), dispute]

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
                    profile_id, row[4], row[5],
                    Founder.of(priority.get(founder.split("|", 1)[0], _WEAKEST), row[7], founder),
                    row[8], row[9], row[10], row[11], row[12], bool(row[13]), row[14],
                )  # fmt: skip
            known[row[0]] = Known(row[1], row[2], held, row[15], row[16])
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
        return {row[0]: (read_facts(row[1]), identity_words(row[2])) for row in rows}

    async def _write_plan(self, plan: Plan) -> None:
        tx, at, version = self._tx, self._known_at, self._ruling.rules.version
        if plan.profile_create:
            await tx.consume("identity.profile_create", rows=plan.profile_create, known_at=at, decided_by=version)
        if plan.profile_revive:
            await tx.consume("identity.profile_revive", rows=plan.profile_revive, known_at=at, decided_by=version)
        if plan.profile_move:
            await tx.consume("identity.profile_move", rows=plan.profile_move, known_at=at)
            for old, new, _, by_event, why in plan.profile_move:
                self._former[old] = new
                self._change(f"profile_{why}", new, by_event, [old], [new])
        if plan.profile_touch:
            await tx.consume("identity.profile_touch", rows=plan.profile_touch)
        if plan.identity_hold:
            await tx.consume("identity.identity_hold", rows=plan.identity_hold, known_at=at)
        if plan.identity_touch:
            await tx.consume("identity.identity_touch", rows=plan.identity_touch)
        if plan.link_create:
            await tx.consume("identity.link_create", rows=plan.link_create)
        if plan.link_seen:
            await tx.consume("identity.link_seen", rows=plan.link_seen)
        if plan.link_note:
            await tx.consume("identity.link_note", rows=plan.link_note)
        if plan.link_hub:
            await tx.consume("identity.link_hub", rows=plan.link_hub)
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

    async def _resolve(self, plan: Plan, fresh: Sequence[Accepted]) -> set[str]:
        """Let the graph decide what is in dispute; return the profiles it decided about."""
        touched: set[str] = set()
        todo = deque(plan.disputes)
        while todo:
            dispute = todo.popleft()
            instead = await self._bounded(dispute)
            if instead is not None:
                todo.extendleft(reversed(instead))
                continue
            rows = await resolve(self._tx, dispute.keys, dispute.evidence, known_at=self._known_at)
            for profile_id, _, identities, came_from, _ in rows:
                touched.add(profile_id)
                for key in identities:
                    plan.profile_of[key] = profile_id
                self._former.update((old, profile_id) for old in came_from if old != profile_id)
                if came_from:
                    by_event = dispute.evidence[-1] if dispute.evidence else None
                    self._change("profile_resolved", profile_id, by_event, sorted(came_from), [profile_id])
        if touched:
            events = [one.fact.id for one in fresh]
            lost = await self._tx.rows("identity.links_lost", ids=sorted(touched), events=events)
            for kind, shown, holders, why, event in lost:
                self._change(kind, shown[0], event, [], sorted(set(holders)), keys=shown, because=why)
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
            values = people(plan.fresh.get(profile_id, ()), self._ruling.kinds)
            olds = plan.joined.get(profile_id, [profile_id])
            facts, words = dict[str, Any](), set[str]()
            for old in olds:
                before = held.get(old)
                if before is not None:
                    merge(facts, before[0])
                    words.update(before[1])
            had = {name: facts[name][0] for name in said.get(profile_id, ()) if name in facts}
            if profile_id in said:
                merge(facts, said[profile_id])
            other = {f"profile.{name}" for name in said.get(profile_id, ()) if facts[name][0] != had.get(name)}
            if other or profile_id in plan.fresh:
                self._altered[profile_id] = frozenset(other | ({"identities"} if profile_id in plan.fresh else set()))
            if facts or words or values:
                rows.append(write_row(profile_id, (), facts, values, words))
        if rows:
            await self._tx.consume("ingest.facts_write", rows=rows)
        if resolved:
            await attributes_anew(self._tx, self._ruling.kinds, sorted(resolved))
