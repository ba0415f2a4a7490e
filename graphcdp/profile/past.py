"""A person as of a past instant: profile, identities, attributes, devices, time line, identity graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from graphcdp.base import Clock, InvalidInputError
from graphcdp.base.paging import Page, read_time_cursor
from graphcdp.graph import Graph
from graphcdp.identity import IdentityGraph, IdentityNotFoundError, ProfileNotFoundError, RuleBook
from graphcdp.identity.questions.holders import Found, Holder, Holders
from graphcdp.identity.questions.moments import Moment, NotKnownThenError, PastClock, require_zone
from graphcdp.identity.questions.stood import Stood
from graphcdp.identity.resolution.attributes import Facts, merge, stated
from graphcdp.model import IdentityKey
from graphcdp.profile.past_graph import PastGraphs
from graphcdp.profile.timeline import page_of
from graphcdp.profile.values import Identity, Interaction, Profile, SeenDevice, TimelinePage


@dataclass(frozen=True, slots=True)
class PastPerson:
    """A person at a past instant.

    Attributes:
        moment: the instant.
        profile: with the id, the attributes and the times of then.
        identities: those held then, by key.
        holder: what the person was made of.
    """

    moment: Moment
    profile: Profile
    identities: tuple[Identity, ...]
    holder: Holder


class Past:
    """Reads people as they were. Identity keys are taken as they are: normalise them first."""

    def __init__(self, graph: Graph, clock: Clock, holders: Holders, graphs: PastGraphs) -> None:
        self._graph = graph
        self._clock = clock
        self._holders = holders
        self._graphs = graphs

    def moment(self, at: datetime, clock: PastClock = PastClock.KNOWN, field: str = "asOf") -> Moment:
        """Return a past instant to ask for.

        Args:
            at: the instant, with a time zone.
            clock: by what was known then, or by what had happened by then.
            field: what to call the instant in a message.

        Raises:
            InvalidInputError: it has no time zone, or lies in the future.
        """
        instant, now = require_zone(at, field), self._clock.now()
        if instant > now:
            raise InvalidInputError(
                f"`{field}` is {Moment(instant).stamp}, which is in the future; now it is {Moment(now).stamp}. Give an "
                "instant up to now, or leave it out for the present.",
                field=field,
            )
        return Moment(instant, clock)

    @classmethod
    def over(cls, graph: Graph, clock: Clock, rules: RuleBook, name_profile: Callable[[str], str]) -> Self:
        """Put the service together over one graph; `name_profile` gives the id of the profile that a key founds."""
        stood = Stood(graph, rules)
        holders = Holders(graph, stood, name_profile)
        return cls(graph, clock, holders, PastGraphs(graph, holders, stood))

    async def get(self, key: IdentityKey, moment: Moment) -> PastPerson:
        """Return the person who held an identity then.

        Raises:
            IdentityNotFoundError: it was never seen.
            NotKnownThenError: it was seen later only.
        """
        found = (await self._holders.by_keys([str(key)], moment)).get(str(key))
        if found is None:
            raise IdentityNotFoundError.of(key.namespace)
        return await self._person(key.namespace, found, moment)

    async def get_by_id(self, id: str, moment: Moment) -> PastPerson:
        """Return whoever had a profile's id then; where nobody had, whoever held the identity that the id comes from.

        Raises:
            ProfileNotFoundError: the id was never given out.
            NotKnownThenError: the person was seen later only.
        """
        key = await self._holders.key_of(id, moment)
        found = None if key is None else (await self._holders.by_keys([key], moment)).get(key)
        if key is None or found is None:
            raise ProfileNotFoundError(f"There is no profile {id}, and never was. Check the id.", id=id)
        return await self._person(key.split("|", 1)[0], found, moment)

    async def find(self, key: str, moment: Moment) -> PastPerson | None:
        """Return the person who held an identity (`namespace|value`) then; None where it was not seen yet."""
        found = (await self._holders.by_keys([key], moment)).get(key)
        return None if found is None or found.holder is None else await self._read(found.holder, moment)

    async def timeline(self, person: PastPerson, page: TimelinePage) -> Page[Interaction]:
        """Return a stretch of a person's time line as it was then, newest event first.

        Raises:
            InvalidInputError: the cursor is none.
        """
        before_ts, before_id = read_time_cursor(page.after)
        rows = await self._graph.read(
            "past.timeline",
            **_bounds(person.holder, person.moment),
            lent=list(person.holder.lent),
            away=list(person.holder.away),
            page_size=page.first + 1,
            before_ts=before_ts,
            before_id=before_id,
            types=None if page.types is None else list(page.types),
            channels=None if page.channels is None else list(page.channels),
        )
        return page_of(rows[0]["events"], page.first)

    async def devices(self, person: PastPerson) -> tuple[SeenDevice, ...]:
        """Return the devices a person had been seen on, most recently used first, with this person's times on them."""
        rows = await self._graph.read("past.devices", **_bounds(person.holder, person.moment))
        return tuple(SeenDevice.of(each) for each in rows[0]["devices"])

    async def graph_of(self, person: PastPerson) -> IdentityGraph:
        """Return a person's identity graph as it was then: links with the state, counts and times of then.

        `profile_id` of an identity that the person had lost is the profile that held it then.
        """
        devices = await self.devices(person)
        return await self._graphs.around(person.holder, person.identities, devices, person.moment)

    async def _person(self, namespace: str, found: Found, moment: Moment) -> PastPerson:
        if found.holder is None:
            raise NotKnownThenError.at(namespace, moment, found.since)
        return await self._read(found.holder, moment)

    async def _read(self, holder: Holder, moment: Moment) -> PastPerson:
        bounds = _bounds(holder, moment)
        since = {each.key: each.valid_from for each in holder.held}
        identities = tuple(
            Identity.of({**row, "valid_from": since[row["key"]]})
            for row in await self._graph.read("past.identities", **bounds)
        )
        facts: Facts = {}
        for ts, record_id, source, dataset, attributes in await self._graph.read_rows(
            "past.records", **bounds, lent=list(holder.lent), away=list(holder.away)
        ):
            merge(facts, stated(orjson.loads(attributes), ts, source, dataset, record_id))
        profile = Profile(
            holder.id,
            holder.founder,
            len(identities),
            orjson.dumps(facts).decode() if facts else None,
            _least(each.first_seen for each in identities),
            max((each.last_seen for each in identities if each.last_seen is not None), default=None),
            holder.known_from or _least(each.known_from for each in identities),
        )
        return PastPerson(moment, profile, identities, holder)


def _bounds(holder: Holder, moment: Moment) -> dict[str, Any]:
    return {"keys": holder.keys, "known_by": moment.known_by, "happened_by": moment.happened_by}


def _least(times: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in times if each is not None), default=None)
