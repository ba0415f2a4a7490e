"""What one request carries through its resolvers: the platform, who asks, and the loaders that gather reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import strawberry
from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.dataloader import DataLoader

from graphcdp.api.auth import Scope, api_key_in, key_name, scopes_of
from graphcdp.api.graphql.leaving import Leaving
from graphcdp.identity import Author, ProfileNotFoundError
from graphcdp.identity.people.households import Household, Households
from graphcdp.profile import (
    Identity,
    Interaction,
    InteractionDetails,
    Page,
    Profile,
    Profiles,
    SeenDevice,
    TimelinePage,
)
from graphcdp.segments.segment import Membership
from graphcdp.segments.store import Segments

if TYPE_CHECKING:
    from graphcdp.platform import Platform

V = TypeVar("V")


class Loaders:
    """Gathers the keys that resolvers ask for in one tick of the loop into one statement; new for each request."""

    def __init__(self, profiles: Profiles, households: Households, segments: Segments) -> None:
        self._profiles = profiles
        self._segments = segments
        self._households = households

    @cached_property
    def profile_by_key(self) -> DataLoader[str, Profile | None]:
        """People by the key of an identity."""
        return DataLoader(_in_order(self._profiles.by_keys))

    @cached_property
    def profile_by_id(self) -> DataLoader[str, Profile | None]:
        """People by id, present or past."""
        return DataLoader(_in_order(self._profiles.by_ids))

    @cached_property
    def identities(self) -> DataLoader[str, tuple[Identity, ...] | None]:
        """The identities of a person, by the person's id."""
        return DataLoader(_in_order(self._profiles.identities))

    @cached_property
    def identity(self) -> DataLoader[str, Identity | None]:
        """Identities by key."""
        return DataLoader(_in_order(self._profiles.identities_by_keys))

    @cached_property
    def devices(self) -> DataLoader[str, tuple[SeenDevice, ...] | None]:
        """The devices of a person, by the person's id."""
        return DataLoader(_in_order(self._profiles.devices))

    @cached_property
    def device(self) -> DataLoader[str, SeenDevice | None]:
        """Devices by id."""
        return DataLoader(_in_order(self._profiles.devices_by_ids))

    @cached_property
    def household(self) -> DataLoader[str, Household | None]:
        """The household of a person, by the person's id."""
        return DataLoader(_in_order(self._households.of))

    @cached_property
    def memberships(self) -> DataLoader[str, tuple[Membership, ...] | None]:
        """The stays of a person in segments, by the person's id."""
        return DataLoader(_in_order(self._segments.of))

    @cached_property
    def event(self) -> DataLoader[str, Interaction | None]:
        """Events by id."""
        return DataLoader(_in_order(self._profiles.events))

    @cached_property
    def event_details(self) -> DataLoader[str, InteractionDetails | None]:
        """Payload, device and products of events by id."""
        return DataLoader(_in_order(self._profiles.event_details))

    @cached_property
    def timeline(self) -> DataLoader[tuple[str, TimelinePage], Page[Interaction]]:
        """Stretches of time lines: one statement for all people of whom the same stretch is wanted."""
        return DataLoader(self._timelines)

    async def overview(self, key: str, first: int) -> Profile | None:
        """Return a person by the key of an identity; the identities and newest events are known from then on."""
        found = await self._profiles.overview(key, first)
        if found is None:
            return None
        id = found.profile.id
        self.identities.prime(id, found.identities)
        self.timeline.prime((id, TimelinePage(first)), found.newest)
        return found.profile

    async def _timelines(self, keys: list[tuple[str, TimelinePage]]) -> Sequence[Page[Interaction] | BaseException]:
        wanted: dict[TimelinePage, list[str]] = {}
        for profile_id, page in keys:
            wanted.setdefault(page, []).append(profile_id)
        found: dict[tuple[str, TimelinePage], Page[Interaction]] = {}
        for page, ids in wanted.items():
            found.update(zip(((id, page) for id in ids), await self._profiles.timelines(ids, page), strict=True))
        return [found[key] for key in keys]


class Context:
    """The context of one request."""

    __slots__ = ("connection_params", "key", "leaving", "loaders", "platform", "request", "scopes")

    def __init__(self, request: Request | WebSocket, platform: Platform) -> None:
        self.request = request
        self.platform = platform
        self.connection_params: object = None
        self.leaving = Leaving(request)
        self.key = api_key_in(request.headers)
        self.scopes: frozenset[Scope] = scopes_of(request, self.key)
        self.renew()

    def renew(self) -> None:
        """Forget what was read: what follows is to be told as it is now."""
        self.loaders = Loaders(self.platform.profiles, self.platform.households, self.platform.segments)

    def take_key(self, key: str) -> None:
        """Take the key that a web socket sends after it is opened, as pages cannot set its headers.

        Raises:
            UnauthorizedError: it is not known.
        """
        self.key, self.scopes = key, scopes_of(self.request, key)

    def author(self, reason: str | None) -> Author:
        """Return who asks, for the audit: the request's key by its fingerprint."""
        return Author(key_name(self.key), reason)

    async def profile(self, id: str) -> Profile:
        """Return a person by id, present or past.

        Raises:
            ProfileNotFoundError: the id was never given out.
        """
        found = await self.loaders.profile_by_id.load(id)
        if found is None:
            raise ProfileNotFoundError(f"There is no profile {id}, and never was. Check the id.", id=id)
        return found


Info: TypeAlias = strawberry.Info[Context, None]


def _in_order(
    read: Callable[[Sequence[str]], Awaitable[dict[str, V]]],
) -> Callable[[list[str]], Awaitable[Sequence[Any]]]:
    """Make a loader's function of one that answers with a dict: values in key order, None where there is none."""

    async def load(keys: list[str]) -> Sequence[V | None]:
        found = await read(keys)
        return [found.get(key) for key in keys]

    return load
