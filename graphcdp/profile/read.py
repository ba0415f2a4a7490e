"""The reading side of a person: one service over one graph, one statement a call."""

from __future__ import annotations

from collections.abc import Sequence

from graphcdp.base.paging import Page
from graphcdp.graph import Graph
from graphcdp.identity import IdentityNotFoundError, ProfileNotFoundError
from graphcdp.model import IdentityKey
from graphcdp.profile.intake import list_rejected, list_sources
from graphcdp.profile.search import search_profiles
from graphcdp.profile.timeline import Timelines, page_of
from graphcdp.profile.values import (
    Identity,
    Interaction,
    InteractionDetails,
    Overview,
    Profile,
    RejectedFact,
    SeenDevice,
    SourceEntry,
    TimelinePage,
)


class Profiles:
    """Reads people, their identities, devices and time lines.

    The methods in the plural take many keys and send one statement; they answer with a dict that lacks what was not
    found. Identity keys are taken as they are: normalise them first.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._timelines = Timelines(graph)

    async def get(self, key: IdentityKey) -> Profile:
        """Return the person who holds an identity.

        Raises:
            IdentityNotFoundError: it was never seen.
        """
        found = await self.by_keys([str(key)])
        if not found:
            raise IdentityNotFoundError.of(key.namespace)
        return found[str(key)]

    async def get_by_id(self, id: str) -> Profile:
        """Return the person of an id, present or past.

        Raises:
            ProfileNotFoundError: the id was never given out.
        """
        found = await self.by_ids([id])
        if not found:
            raise ProfileNotFoundError(f"There is no profile {id}, and never was. Check the id.", id=id)
        return found[id]

    async def by_keys(self, keys: Sequence[str]) -> dict[str, Profile]:
        """Return people by the keys (`namespace|value`) of identities they hold."""
        return {row["asked"]: Profile.of(row) for row in await self._graph.read("profile.by_keys", keys=list(keys))}

    async def overview(self, key: str, first: int) -> Overview | None:
        """Return a person with all identities and the newest events by one statement; None if never seen.

        Args:
            key: `namespace|value` of any identity.
            first: at most so many events.
        """
        rows = await self._graph.read("profile.overview", key=key, page_size=first + 1)
        if not rows:
            return None
        row = rows[0]
        identities = tuple(Identity.of(each) for each in row["identities"])
        return Overview(Profile.of(row), identities, page_of(row["events"], first))

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Profile]:
        """Return people by ids, present or past, under the id that was asked for."""
        return {row["asked"]: Profile.of(row) for row in await self._graph.read("profile.by_ids", ids=list(ids))}

    async def identities(self, profile_ids: Sequence[str]) -> dict[str, tuple[Identity, ...]]:
        """Return the identities each person holds, by key."""
        rows = await self._graph.read("profile.identities", ids=list(profile_ids))
        return {row["id"]: tuple(Identity.of(each) for each in row["identities"]) for row in rows}

    async def identities_by_keys(self, keys: Sequence[str]) -> dict[str, Identity]:
        """Return identities by their keys (`namespace|value`)."""
        rows = await self._graph.read("profile.identities_by_keys", keys=list(keys))
        return {row["key"]: Identity.of(row) for row in rows}

    async def devices(self, profile_ids: Sequence[str]) -> dict[str, tuple[SeenDevice, ...]]:
        """Return the devices each person was seen on, most recently used first."""
        rows = await self._graph.read("profile.devices", ids=list(profile_ids))
        return {row["id"]: tuple(SeenDevice.of(each) for each in row["devices"]) for row in rows}

    async def devices_by_ids(self, ids: Sequence[str]) -> dict[str, SeenDevice]:
        """Return devices by their ids."""
        rows = await self._graph.read("profile.devices_by_ids", ids=list(ids))
        return {row["id"]: SeenDevice.of(row) for row in rows}

    async def timelines(self, profile_ids: Sequence[str], page: TimelinePage) -> list[Page[Interaction]]:
        """Return the same stretch of several people's time lines, in the order of the ids, newest event first.

        Raises:
            InvalidInputError: the cursor is none.
        """
        return await self._timelines.pages(profile_ids, page)

    async def events(self, ids: Sequence[str]) -> dict[str, Interaction]:
        """Return events by their ids."""
        return await self._timelines.events(ids)

    async def event_details(self, ids: Sequence[str]) -> dict[str, InteractionDetails]:
        """Return payload, device and products of events by their ids."""
        return await self._timelines.details(ids)

    async def search(self, text: str | None, first: int = 20, after: str | None = None) -> Page[Profile]:
        """Return people, best match first; without a text everyone, by id.

        Raises:
            InvalidInputError: the cursor is none of this list.
        """
        return await search_profiles(self._graph, text, first, after)

    async def rejected(
        self, first: int = 20, after: str | None = None, source: str | None = None
    ) -> Page[RejectedFact]:
        """Return what could not be taken in and why, newest first.

        Raises:
            InvalidInputError: the cursor is none of this list.
        """
        return await list_rejected(self._graph, first, after, source)

    async def sources(self) -> tuple[SourceEntry, ...]:
        """Return the sources that data came from, by id."""
        return await list_sources(self._graph)
