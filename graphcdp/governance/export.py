"""Access: everything the graph knows of a person, as one document for programs and one page for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from graphcdp.base import Clock
from graphcdp.governance.holdings import Holdings, holdings, on_shared
from graphcdp.governance.receipts import Settling
from graphcdp.governance.redact import rejected_of
from graphcdp.governance.scrub import Scrub
from graphcdp.graph import Graph
from graphcdp.identity import Author, IdentityNotFoundError, ProfileNotFoundError, RuleBook
from graphcdp.ingest.wake import Writer, note_change
from graphcdp.model import IdentityKey

Section = Callable[[str], Awaitable[Sequence[Mapping[str, Any]]]]
"""Gives what a later stage knows of a profile (by id), a map a line."""


@dataclass(frozen=True, slots=True)
class PersonExport:
    """Everything about a person.

    Attributes:
        at: when it was made.
        profile: id, ids before, when seen.
        attributes: value, since when, stated by whom, of each.
        computed: name, value, since when, from how many events.
        scores: name, title, value, when made.
        identities, former_identities, links, devices, memberships, audiences, suggestions: a map each.
        household: since when, what is shared, how many others; None: none.
        facts: events and records in order of time, with all that the source said.
        rejected: facts that were refused and are about the person, with what the source said.
        audit: what happened to the profile, in order of time.
        sent: where it went: `deliveries` (receipts), `held_by` (destinations that hold it now), `messages`, `reminders`
            and `suppressions`.
        more: what other parts know, by section (`consents`).
    """

    at: datetime
    profile: Mapping[str, Any]
    attributes: Sequence[Mapping[str, Any]]
    computed: Sequence[Mapping[str, Any]]
    scores: Sequence[Mapping[str, Any]]
    identities: Sequence[Mapping[str, Any]]
    former_identities: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    devices: Sequence[Mapping[str, Any]]
    memberships: Sequence[Mapping[str, Any]]
    audiences: Sequence[Mapping[str, Any]]
    household: Mapping[str, Any] | None
    suggestions: Sequence[Mapping[str, Any]]
    facts: Sequence[Mapping[str, Any]]
    rejected: Sequence[Mapping[str, Any]]
    audit: Sequence[Mapping[str, Any]]
    sent: Mapping[str, Sequence[Mapping[str, Any]]]
    more: Mapping[str, Sequence[Mapping[str, Any]]]

    def as_map(self) -> dict[str, Any]:
        """Return it as maps and lists, in the order in which people want it."""
        return {
            "exported_at": self.at,
            "profile": self.profile,
            "identities": self.identities,
            "attributes": self.attributes,
            "computed_attributes": self.computed,
            "scores": self.scores,
            "memberships": self.memberships,
            "audiences": self.audiences,
            **self.more,
            **self.sent,
            "devices": self.devices,
            "household": self.household,
            "facts": self.facts,
            "rejected": self.rejected,
            "links": self.links,
            "former_identities": self.former_identities,
            "likely_same_suggestions": self.suggestions,
            "audit": self.audit,
        }

    def json(self) -> str:
        """Return it as a JSON document; times are ISO 8601 in UTC."""
        return orjson.dumps(self.as_map(), default=str, option=orjson.OPT_INDENT_2).decode()


class Exports:
    """Makes exports.

    Attributes:
        sections: what later stages add, by name.
        settling: is awaited first, so that what waits to become events is among the facts.
    """

    def __init__(self, graph: Graph, clock: Clock, rules: RuleBook, writer: Writer) -> None:
        self.sections: dict[str, Section] = {}
        self.settling: list[Settling] = []
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._writer = writer

    async def export(self, person: str | IdentityKey, author: Author) -> PersonExport:
        """Return everything about a person. What others did on a browser or device that is the person's now is not.

        That it was asked for stands in the audit.

        Args:
            person: a profile's id, present or past, or any identity.
            author: who asks for it.

        Raises:
            IdentityNotFoundError, ProfileNotFoundError: never seen, or erased.
        """
        for settle in self.settling:
            await settle()
        id = await self._profile_id(person)
        rows = await self._graph.read("governance.export_person", profile_id=id)
        if not rows:
            raise ProfileNotFoundError(f"There is no profile {id} any more. Try again.", id=id)
        row = rows[0]
        await self._note(id, author.checked())
        kinds = await self._kinds()
        held = holdings(await self._graph.read("governance.erase_holdings", profile_id=id), kinds)
        keys = [*(one["key"] for one in row["identities"]), *held.evicted]
        own = [key for key in keys if key not in held.shared]
        ids = [id, *row["former_ids"]]
        facts = await self._facts(id, held, kinds)
        (sent,) = await self._graph.read("governance.export_sent", ids=ids, keys=keys)
        return PersonExport(
            at=self._clock.now(),
            profile={name: row[name] for name in ("id", "former_ids", "first_seen", "last_seen", "known_from")},
            attributes=_attributes(row["facts"]),
            computed=_computed(row["computed"]),
            scores=row["scores"],
            identities=row["identities"],
            former_identities=row["former_identities"],
            links=row["links"],
            devices=row["devices"],
            memberships=row["memberships"],
            audiences=row["audiences"],
            household=row["household"],
            suggestions=row["suggestions"],
            facts=facts,
            rejected=await self._rejected(own, [one["id"] for one in facts]),
            audit=await self._graph.read("governance.export_changes", ids=ids, keys=keys),
            sent=sent,
            more={name: await section(id) for name, section in self.sections.items()},
        )

    async def _note(self, id: str, author: Author) -> None:
        told = f"{author.name}: {author.reason}" if author.reason else author.name
        await note_change(
            self._graph,
            self._writer,
            self._clock.now(),
            kind="person_exported",
            subject=id,
            before=[],
            after=[],
            because=told,
        )

    async def _profile_id(self, person: str | IdentityKey) -> str:
        if isinstance(person, IdentityKey):
            rows = await self._graph.read("identity.known", keys=[str(person)])
            if not rows:
                raise IdentityNotFoundError.of(person.namespace)
            return str(rows[0]["profile_id"])
        rows = await self._graph.read("identity.decide_person", id=person)
        if not rows:
            raise ProfileNotFoundError(f"There is no profile {person} (any more). Check the id.", id=person)
        return str(rows[0]["profile_id"])

    async def _kinds(self) -> dict[str, str]:
        return {one.name: one.kind for one in (await self._rules.in_force()).namespaces.values()}

    async def _rejected(self, keys: Sequence[str], fact_ids: Sequence[str]) -> list[dict[str, Any]]:
        found = await rejected_of(self._graph.read, Scrub(keys), fact_ids)
        return [{**row, "payload": _read(row["payload"])} for row in found]

    async def _facts(self, id: str, held: Holdings, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what the person did, on things too that the cap took from them, in order of time."""
        shared = await on_shared(self._graph.read_rows, held, kinds)
        others = {one.id for one in shared if not one.theirs}
        found = await self._facts_of(id, others)
        gone = await self._graph.read("identity.known", keys=list(held.evicted)) if held.evicted else []
        for other in sorted({row["profile_id"] for row in gone}):
            found += await self._facts_of(other, others)
        return sorted(found, key=lambda one: (one["ts"], one["id"])) if gone else found

    async def _facts_of(self, id: str, others: Collection[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        last: Mapping[str, Any] = {"ts": None, "id": None}
        while True:
            page = await self._graph.read(
                "governance.export_facts", profile_id=id, after_ts=last["ts"], after_id=last["id"]
            )
            found += [
                {**row, "attributes": orjson.loads(row["attributes"] or "{}"), "payload": _read(row["payload"])}
                for row in page
                if row["id"] not in others
            ]
            if not page:
                return found
            last = page[-1]


def _attributes(text: str | None) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value, "stated_at": ts, "source": source, "dataset": dataset, "record": record}
        for name, (value, ts, source, dataset, record) in sorted(orjson.loads(text or "{}").items())
    ]


def _computed(text: str | None) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": held[0], "since": held[1], "events": held[2]}
        for name, held in sorted(orjson.loads(text or "{}").items())
    ]


def _read(payload: str | None) -> Any:
    try:
        return orjson.loads(payload or "{}")
    except orjson.JSONDecodeError:
        return payload
