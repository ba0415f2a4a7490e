"""Decides what a person is shown, and records it in the same transaction, so that no cap is ever exceeded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from graphcdp.base import Clock, InvalidInputError, NotFoundError
from graphcdp.base.ids import keyed_id, random_id
from graphcdp.decisions.choose import Passed, Shown, choose
from graphcdp.decisions.eligible import Visitor
from graphcdp.decisions.offers import Json, Offer, Placement, kept_offer, kept_placement
from graphcdp.decisions.recommend import Recommendation, Recommender
from graphcdp.governance import Consent, Consents, allows, asked
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, IdentityKey
from graphcdp.segments.gather import gather
from graphcdp.segments.needs import Needs, together
from graphcdp.segments.person import Person

IMPRESSION, CLICK = "offer_impression", "offer_click"
SOURCE, DATASET = "graphcdp", "decisions"
PURPOSE = "personalization"
AT_ONCE = 200
_HEX = 26


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


@dataclass(slots=True)
class _Waiting:
    placement: str
    key: IdentityKey
    record: bool
    done: asyncio.Future[Decision]


class Decider:
    """Answers `decide`. What comes in while one transaction runs is decided together in the next one.

    Attributes:
        consents: says who refused personalization; None: nobody is asked.
    """

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline, recommender: Recommender, secret: bytes) -> None:
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self._recommender = recommender
        self._secret = secret
        self.consents: Consents | None = None
        self._queue: deque[_Waiting] = deque()
        self._recommended: dict[str, int] = {}
        self._writer: asyncio.Task[None] | None = None

    async def decide(
        self, placement: str, key: IdentityKey, context: Context | None = None, *, record: bool = True
    ) -> Decision:
        """Say what whoever holds an identity is shown in a placement, and record that it was shown.

        Args:
            placement: its id.
            key: an identity, normalised; one that was never seen is a stranger's, and becomes known by the impression.
            context: the page.
            record: False only asks: nothing is written, and no cap is used up.

        Raises:
            PlacementNotFoundError: there is no such placement.
        """
        page = context or Context()
        waiting = _Waiting(placement, key, record, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._work())
        # How many it was last time says how many to look for meanwhile.
        likely = self._recommended.get(placement, 0)
        decision, found = await asyncio.gather(waiting.done, self._products(key, likely, page))
        if not decision.personal:
            return decision
        most = self._recommended[placement]
        return replace(decision, recommendations=found if most == likely else await self._products(key, most, page))

    async def close(self) -> None:
        """Wait until everything asked is decided."""
        while self._writer is not None and not self._writer.done():
            await asyncio.wait([self._writer])

    async def _products(self, key: IdentityKey, most: int, page: Context) -> tuple[Recommendation, ...]:
        if not most:
            return ()
        return await self._recommender.recommend(str(key), most, category=page.category, activity=page.activity)

    async def _work(self) -> None:
        while self._queue:
            taken = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
            try:
                decided = await self._together(taken)
            except BaseException as error:
                for one in taken:
                    if not one.done.done():
                        one.done.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for one, answer in zip(taken, decided, strict=True):
                if one.done.done():
                    continue
                if isinstance(answer, Decision):
                    one.done.set_result(answer)
                else:
                    one.done.set_exception(answer)

    async def _together(self, taken: Sequence[_Waiting]) -> list[Decision | PlacementNotFoundError]:
        async def make(tx: Transaction, now: datetime) -> tuple[list[Decision | PlacementNotFoundError], list[Fact]]:
            return await self._decide(tx, taken, now)

        if any(one.record for one in taken):
            return await self._pipeline.within(make)
        answers, _ = await self._graph.transact(lambda tx: make(tx, self._clock.now()))
        return answers

    async def _decide(
        self, tx: Transaction, taken: Sequence[_Waiting], now: datetime
    ) -> tuple[list[Decision | PlacementNotFoundError], list[Fact]]:
        places, offers = await self._offers(tx, {one.placement for one in taken})
        needed = together(offer.ready.needs for each in offers.values() for offer in each)
        needed |= Needs(fields=frozenset[str]().union(*(asked(PURPOSE, place.channel) for place in places.values())))
        rows = await tx.rows("decisions.people", keys=sorted({str(one.key) for one in taken}))
        by_key = {row[0]: row for row in rows}
        persons = await gather(tx, [row[1] for row in rows if row[1] is not None], needed, now)
        held = await self._consents(tx, persons, needed.fields, now)
        people: dict[str, tuple[Visitor, list[tuple[str, datetime]]]] = {}
        answers: list[Decision | PlacementNotFoundError] = []
        facts: list[Fact] = []
        for one in taken:
            place = places.get(one.placement)
            if place is None:
                answers.append(
                    PlacementNotFoundError(
                        f"There is no placement {one.placement}. Define it, or look at `graphcdp offer placements`.",
                        placement=one.placement,
                    )
                )
                continue
            self._recommended[place.id] = place.recommend
            row = by_key[str(one.key)]
            person, seen = people.setdefault(row[1] or row[0], (_visitor(row, persons), _seen(row)))
            said = held.get(person.profile_id or "", {})
            personal = allows(said, PURPOSE, place.channel, required=False) is True
            there = offers[place.id] if personal else []
            choice = choose(there, place.slots, person, seen=seen, now=now, share=self._share)
            decision = Decision(
                random_id("dec"), place.id, now, person.profile_id, self._kind(person, row[4], now), choice.shown,
                choice.passed, place.fallback if len(choice.shown) == 0 else None, (), one.record, personal,
            )  # fmt: skip
            answers.append(decision)
            if one.record:
                seen.extend((shown.offer.id, now) for shown in choice.shown)
                facts.extend(_impression(decision, shown.offer, place, one.key) for shown in choice.shown)
        return answers, facts

    async def _consents(
        self, tx: Transaction, persons: Mapping[str, Person], fields: frozenset[str], now: datetime
    ) -> Mapping[str, Mapping[str, Consent]]:
        """Return the consents of those who ever said something that matters here."""
        names = [name for name in fields if name.startswith("consent_") or name.endswith("_opt_in")]
        ids = [id for id, one in persons.items() if any(one.fields.get(name) is not None for name in names)]
        return await self.consents.within(tx, ids, now) if ids and self.consents is not None else {}

    async def _offers(
        self, tx: Transaction, placements: set[str]
    ) -> tuple[dict[str, Placement], dict[str, list[Offer]]]:
        places: dict[str, Placement] = {}
        offers: dict[str, list[Offer]] = {}
        for row in await tx.run("decisions.shown_at", ids=sorted(placements)):
            places[row["id"]] = kept_placement(row)
            offers[row["id"]] = [kept_offer(each) for each in row["offers"]]
        return places, offers

    def _share(self, group: str, founder: str) -> float:
        """Return where a founder stands in a hold-out group, 0 to 100: always the same, and even over all."""
        digits = keyed_id("hold", self._secret, f"{group}|{founder}").rpartition("_")[2]
        return 100.0 * int(digits, 16) / 16.0**_HEX

    def _kind(self, person: Visitor, namespaces: Sequence[str], now: datetime) -> str:
        if person.profile_id is None:
            return "stranger"
        if any(self._pipeline.is_person(namespace) for namespace in namespaces):
            return "known"
        first = person.fields.get("first_seen")
        return "returning" if isinstance(first, datetime) and (now - first).days >= 1 else "new"


def require_key(found: Any) -> IdentityKey:
    """Return an identity as the rules take it.

    Raises:
        InvalidInputError: they do not.
    """
    if not isinstance(found, IdentityKey):
        raise InvalidInputError(found.reason, field=found.field)
    return found


def _visitor(row: Sequence[Any], persons: Mapping[str, Person]) -> Visitor:
    asked, id, founder, properties, _, _ = row
    fields: dict[str, Any] = {}
    for prefix in ("a_", "c_"):
        fields.update(
            (name[2:], value) for name, value in (properties or {}).items() if name[:2] == prefix and value is not None
        )
    if id is None:
        return Visitor(None, asked)
    fields["first_seen"] = properties["first_seen"]
    return Visitor(id, founder, fields, persons[id])


def _seen(row: Sequence[Any]) -> list[tuple[str, datetime]]:
    return [(offer, ts) for ts, offer in row[5] if offer is not None]


def _impression(decision: Decision, offer: Offer, place: Placement, key: IdentityKey) -> Fact:
    said = {"offer": offer.id, "placement": place.id, "decision": decision.id}
    return Fact(
        id=f"{decision.id}:{offer.id}",
        ts=decision.at,
        source=SOURCE,
        dataset=DATASET,
        identities=(key,),
        type=IMPRESSION,
        channel=place.channel,
        properties=said,
        payload=orjson.dumps({"type": IMPRESSION, **said}).decode(),
    )
