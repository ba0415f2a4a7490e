"""Erasing a person: everything the graph knows of them goes, in one transaction, and replays do not bring it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from graphcdp.base import Clock, ConflictError, InvalidInputError, NotFoundError, logger
from graphcdp.base.ids import random_id
from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.governance.holdings import Holdings, holdings, on_shared
from graphcdp.governance.receipts import ErasureReceipt, Farewell, Leaving, Settling
from graphcdp.governance.redact import Redaction, rejected_of
from graphcdp.governance.scrub import GONE, Scrub, scrub_names
from graphcdp.governance.tombstones import Tombstones
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author, IdentityNotFoundError, ProfileNotFoundError, RuleBook
from graphcdp.identity.resolution.attributes import attributes_anew
from graphcdp.identity.resolution.resolve import resolve
from graphcdp.identity.rules.files import RuleSet
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import Changes
from graphcdp.model import IdentityKey

AT_ONCE = 2_000
_log = logger(__name__)


class ErasureNotFoundError(NotFoundError):
    """There is no receipt with this id."""

    code = "erasure_not_found"


class Erasures:
    """Erases people, shows what that would do, keeps the receipts.

    Attributes:
        farewells: are told before anything is deleted, so that what was sent elsewhere can be called back.
        settling: is awaited first, so that what waits to become events is events, which go like all others.
        afterwards: are called once it is done, so that what is derived elsewhere follows.
    """

    def __init__(self, graph: Graph, clock: Clock, rules: RuleBook, pipeline: Pipeline, tombstones: Tombstones) -> None:
        self.farewells: list[Farewell] = []
        self.settling: list[Settling] = []
        self.afterwards: list[Callable[[], Awaitable[object]]] = []
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._pipeline = pipeline
        self._tombstones = tombstones

    async def erase(
        self, person: str | IdentityKey, author: Author, *, preview: bool = False, everywhere: bool = False
    ) -> ErasureReceipt:
        """Erase all data of a person, or with `preview` do it and roll it back.

        What goes: the profile and what it was called before, identities, links, events, records, attributes, computed
        values, memberships and former ones, consents, households, suggestions, rejected facts, and the person's names
        in the audit and in reports. What stays: browsers and devices that others used too, with what those others did
        on them; counts in the receipt; salted hashes by which a replay is recognised and refused. What stays of others
        and was done with an identity of the person, or on a thing that both used, says none of the person's identifiers
        any more.

        Args:
            person: a profile's id, present or past, or any identity.
            author: who asks for it; the reason stands on the receipt, so it must not name the person.
            preview: roll back.
            everywhere: take the person's identifiers out of every event and record of anybody, wherever in it they
                stand. It reads them all.

        Raises:
            IdentityNotFoundError, ProfileNotFoundError: the person was never seen, or was erased before.
            ConflictError: the profile holds nothing but a thing that others use.
        """
        author = author.checked()
        for settle in self.settling:
            await settle()
        rules = await self._rules.in_force()

        async def work(tx: Transaction) -> ErasureReceipt:
            await tx.rows("ingest.lock", known_at=self._clock.now())
            now = self._clock.now()
            id = await _profile_id(tx, person)
            one = _Erasure(self, tx, id, rules=rules, author=author, now=now, preview=preview)
            return await one.run(everywhere=everywhere)

        receipt = await self._graph.transact(work, keep=not preview)
        if not preview:
            _log.info("erased", erasure=receipt.id, events=receipt.counts["events"])
            for follow in self.afterwards:
                await follow()
        return receipt

    async def readmit(self, identities: Sequence[IdentityKey], author: Author) -> tuple[IdentityKey, ...]:
        """Take identities in again that were erased, for what happens from now on; older facts stay out.

        Returns:
            Those that had been erased.

        Raises:
            InvalidInputError: none of them had been.
        """
        author = author.checked()
        hashed = {self._tombstones.hash("identity", str(key)): key for key in identities}

        async def work(tx: Transaction) -> tuple[IdentityKey, ...]:
            now = self._clock.now()
            rows = await tx.run("governance.readmit", ids=list(hashed), at=now)
            if not rows:
                raise InvalidInputError(
                    "None of these identities was erased, so there is nothing to readmit.", field="identity"
                )
            changes = Changes(self._pipeline.writer)
            for erasure in sorted({row["erasure"] for row in rows}):
                changes("identity_readmitted", erasure, None, [], [], because=author.name)
            await changes.write(tx, now)
            return tuple(hashed[row["id"]] for row in rows)

        return await self._graph.transact(work)

    async def was_erased(self, key: IdentityKey) -> bool:
        """Say whether an identity was erased and not readmitted since."""
        rows = await self._graph.read("governance.tombstones", ids=[self._tombstones.hash("identity", str(key))])
        return bool(rows) and rows[0]["readmitted_at"] is None

    async def section(self, profile_id: str) -> list[dict[str, Any]]:
        """Return for an export which of a person's identities were erased once and taken in again since when."""
        keys = [row["key"] for row in await self._graph.read("governance.erase_holdings", profile_id=profile_id)]
        names = {self._tombstones.hash("identity", key): key for key in keys}
        rows = await self._graph.read("governance.tombstones", ids=list(names))
        return [{"identity": names[row["id"]], "readmitted_at": row["readmitted_at"]} for row in rows]

    async def get(self, id: str) -> ErasureReceipt:
        """Return a receipt.

        Raises:
            ErasureNotFoundError: there is none.
        """
        rows = await self._graph.read("governance.erasures", id=id, page_size=1)
        if not rows:
            raise ErasureNotFoundError(f"There is no receipt of an erasure {id}. Take its id from the list.", id=id)
        return ErasureReceipt.of(rows[0])

    async def page(self, first: int = 20, after: str | None = None) -> Page[ErasureReceipt]:
        """Return receipts, newest first.

        Raises:
            InvalidInputError: the cursor is none of this list.
        """
        at, last = read_time_cursor(after)
        rows = await self._graph.read("governance.erasures", page_size=first + 1, before_at=at, before_id=last)
        found = [ErasureReceipt.of(row) for row in rows]
        return Page(tuple((one, time_cursor(one.at, one.id)) for one in found[:first]), len(found) > first)


async def _profile_id(tx: Transaction, person: str | IdentityKey) -> str:
    if isinstance(person, IdentityKey):
        rows = await tx.run("identity.known", keys=[str(person)])
        if not rows:
            raise IdentityNotFoundError.of(person.namespace)
        return str(rows[0]["profile_id"])
    rows = await tx.run("identity.decide_person", id=person)
    if not rows:
        raise ProfileNotFoundError(f"There is no profile {person} (any more). Check the id.", id=person)
    return str(rows[0]["profile_id"])


class _Erasure:
    """One erasure in one transaction (one attempt of it); the lock of ingestion is held."""

    def __init__(
        self,
        parent: Erasures,
        tx: Transaction,
        id: str,
        *,
        rules: RuleSet,
        author: Author,
        now: datetime,
        preview: bool,
    ) -> None:
        self._parent = parent
        self._tx = tx
        self._kinds = {one.name: one.kind for one in rules.namespaces.values()}
        self._id = id
        self._author = author
        self._now = now
        self._preview = preview
        self._receipt_id = random_id("ers")
        self._counts: dict[str, int] = {}

    async def run(self, *, everywhere: bool) -> ErasureReceipt:
        """Erase; every count is of what was found and deleted."""
        tx = self._tx
        rows = await tx.run("governance.erase_holdings", profile_id=self._id)
        held = holdings(rows, self._kinds)
        keys = [*held.own, *held.evicted]
        if not held.own:
            raise ConflictError(
                f"The profile {self._id} holds nothing but browsers or devices that others used too "
                f"({', '.join(held.shared[:5])}), so nothing in it is one person's. Cut the link that is wrong, or "
                "erase the people who used them.",
                field="person",
            )
        former = [row["id"] for row in await tx.run("governance.erase_former", profile_id=self._id, keys=keys)]
        evicted = [row["profile_id"] for row in await tx.run("identity.known", keys=list(held.evicted))]
        ids = [self._id, *former, *evicted]
        leaving = Leaving(self._id, former, keys, self._receipt_id, self._now, self._preview)
        for farewell in self._parent.farewells:
            for name, count in (await farewell(tx, leaving)).items():
                self._counts[name] = self._counts.get(name, 0) + count
        removed = await tx.run("governance.erase_sent", ids=ids, keys=keys)
        self._counts["receipts_of_deliveries"] = removed[0]["removed"]
        scrub = Scrub(keys)
        facts, bare, beside = await self._facts(held, keys)
        devices = set(facts.values()) - {None}
        devices |= {row["id"] for row in await tx.run("governance.erase_things", keys=keys)}
        redaction = Redaction(tx, scrub, keys)
        touched = await redaction.run(list(facts), beside, everywhere=everywhere)
        self._counts["mentions_redacted"] = redaction.facts
        await self._remove_facts(facts)
        await self._changes(ids, keys, list(facts))
        await self._rejected(scrub, list(facts))
        rest = await self._households(ids, keys, devices)
        await tx.consume("governance.erase_remove_identities", keys=keys)
        self._counts["identities"] = len(keys)
        decided = await resolve(tx, held.shared, None, known_at=self._now) if held.shared else []
        around = sorted({*held.shared, *(other[0] for row in rows for other in row["others"])})
        await tx.consume("governance.erase_traces", keys=around, ids=rest, fact_ids=list(facts))
        stays = {one.profile_id for one in decided}  # one bears this very id where a shared thing founded it
        ids = [id for id in ids if id not in stays]
        await tx.consume("governance.erase_cursors", ids=ids)
        await tx.consume("governance.erase_remove_profiles", ids=ids)
        self._counts["profiles"] = len(ids)
        removed = await tx.run("governance.erase_devices", ids=sorted(one for one in devices if one))
        self._counts["devices"] = removed[0]["removed"]
        await self._write(ids, keys, bare)
        anew = sorted({*stays, *touched})
        if anew:
            await attributes_anew(tx, self._kinds, anew)
        if anew or rest:
            await self._parent._pipeline.regroup(tx, sorted({*anew, *rest}), {}, self._now)
        return ErasureReceipt(
            self._receipt_id,
            self._now,
            self._author.name,
            self._author.reason,
            self._counts,
            self._preview,
            held.shared,
        )

    async def _facts(
        self, held: Holdings, keys: Sequence[str]
    ) -> tuple[dict[str, str | None], list[str], dict[str, None]]:
        """Return the person's facts with their devices, those of them that no erased identity would give away, and what
        others did on things that both used.
        """
        tx, facts = self._tx, dict[str, str | None]()
        self._counts["events"] = self._counts["records"] = 0
        bare: list[str] = []
        for _, id, _, is_event, named, device in await tx.rows("governance.erase_facts", keys=list(keys)):
            self._found(facts, id, device, is_event=is_event)
            if not set(keys).intersection(named):
                bare.append(id)
        beside: dict[str, None] = {}
        for one in await on_shared(tx.rows, held, self._kinds):
            if one.theirs:
                self._found(facts, one.id, one.device, is_event=one.is_event)
                bare.append(one.id)
            else:
                beside[one.id] = None
        if held.shared:
            logins = await tx.rows("governance.erase_logins", keys=list(held.shared))
            beside.update((id, None) for _, _, id, _ in logins if id not in facts)
        return facts, bare, beside

    def _found(self, facts: dict[str, str | None], id: str, device: str | None, *, is_event: bool) -> None:
        if id not in facts:
            facts[id] = device
            self._counts["events" if is_event else "records"] += 1

    async def _remove_facts(self, facts: Mapping[str, str | None]) -> None:
        ids = list(facts)
        for at in range(0, len(ids), AT_ONCE):
            await self._tx.consume("governance.erase_remove_facts", ids=ids[at : at + AT_ONCE])

    async def _changes(self, ids: Sequence[str], keys: Sequence[str], facts: Sequence[str]) -> None:
        names = {*ids, *keys}
        rows: list[list[Any]] = []
        found = await self._tx.run("governance.erase_changes", ids=list(ids), keys=list(keys), fact_ids=list(facts))
        for row in found:
            before, after, moved, _, _ = (scrub_names(text, names) for text in row["texts"])
            told = None if row["keys"] is None else [GONE if key in names else key for key in row["keys"]]
            subject = GONE if row["subject"] in names else row["subject"]
            rows.append([row["writer"], row["seq"], subject, told, before, after, moved])
        self._counts["audit_entries_redacted"] = len(rows)
        for at in range(0, len(rows), AT_ONCE):
            await self._tx.consume("governance.erase_redact_changes", rows=rows[at : at + AT_ONCE])
        found = await self._tx.run("governance.erase_report_rows", ids=list(ids), keys=list(keys))
        self._counts["report_rows_redacted"] = found[0]["redacted"]

    async def _rejected(self, scrub: Scrub, fact_ids: Sequence[str]) -> None:
        """Delete what was refused and is about the person."""
        ids = [row["id"] for row in await rejected_of(self._tx.run, scrub, fact_ids)]
        self._counts["rejected_facts"] = len(ids)
        if ids:
            await self._tx.consume("governance.erase_remove_rejected", ids=ids)

    async def _households(self, ids: Sequence[str], keys: Sequence[str], devices: set[str | None]) -> list[str]:
        """Take the person out of a household; return who is left in it."""
        marks = [f"device|{one}" for one in (*keys, *sorted(each for each in devices if each))]
        rows = await self._tx.run("governance.erase_households", ids=list(ids), marks=marks)
        self._counts["households_left"] = len(rows)
        return [id for row in rows for id in row["left_ids"]]

    async def _write(self, ids: Sequence[str], keys: Sequence[str], bare: Sequence[str]) -> None:
        stones = self._parent._tombstones
        rows = [*stones.rows("identity", keys), *stones.rows("profile", ids), *stones.rows("fact", bare)]
        self._counts["tombstones"] = len(rows)
        await self._tx.consume(
            "governance.erasure_write",
            id=self._receipt_id,
            at=self._now,
            author=self._author.name,
            reason=self._author.reason,
            counts=orjson.dumps(self._counts).decode(),
            tombstones=rows,
        )
        changes = Changes(self._parent._pipeline.writer)
        changes("profile_erased", self._receipt_id, None, [], [], because=self._author.name)
        await changes.write(self._tx, self._now)
