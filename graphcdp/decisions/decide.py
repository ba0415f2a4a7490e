"""Decides what a person is shown, and keeps that it was unless anything was shown since, so that no cap is exceeded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from graphcdp.base import Clock, NotFoundError
from graphcdp.base.ids import content_hash, keyed_id, random_id
from graphcdp.decisions.choose import Passed, Shown, choose
from graphcdp.decisions.eligible import Visitor
from graphcdp.decisions.impressions import IMPRESSION, Impressed, Impressions, Turn
from graphcdp.decisions.offers import Json
from graphcdp.decisions.recommend import Recommendation, Recommender, asked_of_habits
from graphcdp.decisions.showcase import PURPOSE, Showcase, Showcases
from graphcdp.governance import Consents, allows
from graphcdp.graph import Graph, Mode, Question, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.model import IdentityKey
from graphcdp.segments.evaluation.gather import asked_of_holder, gather, told
from graphcdp.segments.evaluation.person import Occurrence, Person

_HEX = 26
MOST_WARMED = 10
AT_ONCE = 8
"""Decisions of this process that ask the graph at the same time; the others wait in order. A hundred at once took each
of them longer than their turn would have."""


class PlacementNotFoundError(NotFoundError):
    """There is no such placement."""

    code = "placement_not_found"


@dataclass(frozen=True, slots=True)
class Context:
    """What page the person is on."""

    category: str | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person is shown in a placement.

    Attributes:
        id: of the decision; on the impressions as `decision`.
        placement: where.
        at: when it was decided.
        profile_id: of the person; None of a stranger.
        visitor: `stranger` (never seen), `new` (first seen within the last day), `returning`, or `known` (holds a
            person's identity).
        shown: offers, in order.
        passed: offers that are not shown, and why.
        fallback: content to show where no offer is; None where an offer is, or the placement has none.
        recommendations: products, the best first.
        recorded: whether impressions were recorded.
        personal: False where the person refused personalization, so that only what everybody sees is shown.
    """

    id: str
    placement: str
    at: datetime
    profile_id: str | None
    visitor: str
    shown: tuple[Shown, ...]
    passed: tuple[Passed, ...]
    fallback: Json
    recommendations: tuple[Recommendation, ...]
    recorded: bool
    personal: bool = True


class _Row(NamedTuple):
    """A row of `decisions.person`."""

    shelf: str | None
    id: str | None
    turn: str
    turns: int
    founder: str | None
    first_seen: datetime | None
    fields: list[Any]
    namespaces: list[str]
    waiting: list[list[Any]]
    impressions: list[list[Any]]


class _Seen(NamedTuple):
    """What one message told of a person."""

    case: Showcase
    row: _Row
    person: Person
    habits: list[list[Any]]
    now: datetime


class Decider:
    """Answers `decide` in two messages: one reads all about the person, one keeps what is shown. The second keeps
    nothing where something else was shown in between, and it is decided anew: nobody waits for another's decision.

    Attributes:
        consents: says who refused personalization; None: nobody is asked.
        impressions: what was shown and is not an event yet.
    """

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline, recommender: Recommender, secret: bytes) -> None:
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self._recommender = recommender
        self._secret = secret
        self.consents: Consents | None = None
        self.impressions = Impressions(graph, pipeline)
        self._cases = Showcases()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def decide(
        self, placement: str, key: IdentityKey, context: Context | None = None, *, record: bool = True
    ) -> Decision:
        """Say what whoever holds an identity is shown in a placement, and record that it was shown.

        What is recorded is durable and counted at once, and an event within a second.

        Args:
            placement: its id.
            key: an identity, normalised; one that was never seen is a stranger's, and becomes known by the impression.
            context: the page.
            record: False only asks: nothing is written, and no cap is used up.

        Raises:
            PlacementNotFoundError: there is no such placement.
        """
        page = context or Context()
        persons = await self._pipeline.person_namespaces()
        async with self._turns:
            decision, most, habits = await self._decide(placement, key, persons, record=record)
        if decision.recorded and decision.shown:
            self.impressions.soon()
        if not decision.personal or not most:
            return decision
        found = await self._recommender.by_habits(habits, most, category=page.category, activity=page.activity)
        return replace(decision, recommendations=found)

    async def warm(self) -> None:
        """Let the server plan what decisions ask, before a page waits for it; nothing is kept of it."""
        nobody = IdentityKey("nobody", random_id("nobody"))
        async with self._turns:
            await self._known(None)
        # For each placement: the server plans anew for lists of another order of magnitude.
        for place, case in list(self._cases.by_id.items())[:MOST_WARMED]:
            await self._decide(place, nobody, frozenset(), record=False)
            if case.needs.household:
                await self._at_home(case, nobody.value, self._clock.now())
            if self.consents is not None:
                await self.consents.of([nobody.value])
            shown = Impressed(random_id("dec"), str(nobody), self._clock.now(), place, case.place.channel, (place,))
            await self.impressions.rehearse(shown, Turn(nobody.value, nobody.value, 0))
        await self._recommender.by_habits((), 1)

    async def tick(self) -> int:
        """Make events of what a process that was killed had recorded; return how many."""
        return await self.impressions.leftovers()

    async def close(self) -> None:
        """Wait until everything recorded is an event."""
        await self.impressions.close()

    async def _decide(
        self, placement: str, key: IdentityKey, persons: frozenset[str], *, record: bool
    ) -> tuple[Decision, int, list[list[Any]]]:
        """Decide; return also how many products the placement has, and what they follow from."""
        stranger = content_hash(str(key))[:2]
        while True:
            seen = await self._look(placement, key, stranger)
            decision = await self._choose(seen, key, persons, record=record)
            place, now, row = seen.case.place, decision.at, seen.row
            if record and decision.shown:
                offers = tuple(each.offer.id for each in decision.shown)
                shown = Impressed(decision.id, str(key), now, place.id, place.channel, offers)
                if not await self.impressions.take(shown, Turn(stranger, row.turn, row.turns)):
                    continue
            return decision, place.recommend, seen.habits

    async def _look(self, placement: str, key: IdentityKey, stranger: str) -> _Seen:
        """Read who it is, what rules ask of the person and what recommendations follow from, in this order and one
        message; offers are read where they are not those known here any more.

        What waited and became an event while it was read has lost its values; it is among the events, read afterwards.
        """
        while True:
            cases, began = self._cases, self._clock.now()
            case = cases.by_id.get(placement)
            capped: dict[str, Any] = {}
            asked: list[Question] = []
            if case is not None:
                capped = {"capped": case.capped, "since": case.since(began), "names": case.names}
                asked.append(asked_of_holder(str(key), case.needs, began))
                if case.place.recommend:
                    asked.append(asked_of_habits(str(key)))
            who, *more = await self._graph.together(
                ("decisions.person", {"key": str(key), "stranger": stranger, **capped}), *asked
            )
            row = _Row(*who[0])
            if not cases.known or row.shelf != cases.version:
                await self._known(row.shelf)
                continue
            if case is None:
                raise PlacementNotFoundError(
                    f"There is no placement {placement}. Define it, or look at `graphcdp offer placements`.",
                    placement=placement,
                )
            people = told(more[0], case.needs)
            if row.id is not None and row.id not in people:
                continue  # it was merged, split or erased while it was read
            row = row._replace(waiting=[one for one in row.waiting if None not in one])
            now = self._clock.now()
            person = Person("") if row.id is None else people[row.id]
            if row.id is not None and case.needs.household:
                person = await self._at_home(case, row.id, now) or person
            return _Seen(case, row, person, more[1] if case.place.recommend else [], now)

    async def _known(self, version: str | None) -> None:
        """Read all offers anew."""
        self._cases = await self._graph.transact(lambda tx: Showcases.read(tx, version), mode=Mode.READ)

    async def _at_home(self, case: Showcase, id: str, now: datetime) -> Person | None:
        """Read a person together with the household; None where it is no person any more."""

        async def work(tx: Transaction) -> Person | None:
            return (await gather(tx, [id], case.needs, now)).get(id)

        return await self._graph.transact(work, mode=Mode.READ)

    async def _choose(self, seen: _Seen, key: IdentityKey, persons: frozenset[str], *, record: bool) -> Decision:
        """Choose what is shown, recommendations left aside."""
        case, row, now = seen.case, seen.row, seen.now
        fields = dict(zip(case.names, row.fields, strict=True))
        personal = await self._personal(case, row, fields, now)
        fields["first_seen"] = row.first_seen
        impressions = {id: (offer, ts) for id, ts, offer in row.impressions} | {
            one[0]: (one[2], one[1]) for one in row.waiting
        }
        visitor = Visitor(row.id, row.founder or str(key), fields, _with_waiting(seen.person, row.waiting))
        offers = case.offers if personal else ()
        choice = choose(offers, case.place.slots, visitor, seen=impressions.values(), now=now, share=self._share)
        return Decision(
            random_id("dec"), case.place.id, now, row.id, _kind(row, persons, now), choice.shown, choice.passed,
            case.place.fallback if len(choice.shown) == 0 else None, (), record, personal,
        )  # fmt: skip

    async def _personal(self, case: Showcase, row: _Row, fields: dict[str, Any], now: datetime) -> bool:
        """Say whether the person may be shown what is meant for some; who never said anything is not asked further."""
        if row.id is None or self.consents is None or all(fields[name] is None for name in case.consents):
            return True
        held = (await self.consents.of([row.id], now)).get(row.id, {})
        return allows(held, PURPOSE, case.place.channel, required=False) is True

    def _share(self, group: str, founder: str) -> float:
        """Return where a founder stands in a hold-out group, 0 to 100: always the same, and even over all."""
        digits = keyed_id("hold", self._secret, f"{group}|{founder}").rpartition("_")[2]
        return 100.0 * int(digits, 16) / 16.0**_HEX


def _kind(row: _Row, persons: frozenset[str], now: datetime) -> str:
    if row.id is None:
        return "stranger"
    if not persons.isdisjoint(row.namespaces):
        return "known"
    return "returning" if row.first_seen is not None and (now - row.first_seen).days >= 1 else "new"


def _with_waiting(person: Person, waiting: Iterable[Sequence[Any]]) -> Person:
    """Return a person who also did what is not an event yet: rules may ask for what was shown a moment ago."""
    there = {one.id for one in person.events}
    more = [
        Occurrence(
            ts, id, IMPRESSION, {"offer": offer, "placement": place, "decision": decision, "channel": channel}
        )
        for id, ts, offer, place, decision, channel in waiting
        if id not in there
    ]  # fmt: skip
    if not more:
        return person
    return replace(person, events=tuple(sorted([*person.events, *more], key=attrgetter("ts", "id"))))
