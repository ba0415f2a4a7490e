"""Changes as they happen: who enters and leaves segments, and what becomes of profiles."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from graphql import GraphQLError

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Context, Info
from graphcdp.api.graphql.errors import shown
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs
from graphcdp.identity.audit.feed import Happened, Named

if TYPE_CHECKING:
    from graphcdp.api.graphql.people import Profile

_KINDS = ("segment_entered", "segment_exited")
SegmentId = Annotated[str | None, strawberry.argument(description="Only of this segment.")]
Who = Annotated[
    IdentityInput | None,
    strawberry.argument(description="Only of the person who holds this identity, whoever that is at the time."),
]
Position = Annotated[
    str | None,
    strawberry.argument(description="`position` of the last change that was taken; null: from now on."),
]


@strawberry.enum(description="What became of a membership.")
class Membership(Enum):
    ENTERED = strawberry.enum_value("segment_entered", description="It began.")
    EXITED = strawberry.enum_value("segment_exited", description="It ended.")


@strawberry.type(description="A membership that began or ended.")
class MembershipChange:
    position: str = strawberry.field(description="Give it as `after` to go on behind this change.")
    at: datetime = strawberry.field(description="When.")
    kind: Membership = strawberry.field(description="Whether it began or ended.")
    segment_id: str = strawberry.field(description="The segment's id.")
    profile_id: str = strawberry.field(description="The person's own id then.")
    because: str | None = strawberry.field(
        description="`event`, `clock`, `rule`, `identity`, `attribute`, `household`, `merged` or `archived`."
    )
    by_event: str | None = strawberry.field(description="The event that did it.")

    @classmethod
    def of(cls, one: Happened) -> Self:
        """Turn a model into its type."""
        return cls(
            position=one.position, at=one.at, kind=Membership(one.kind), segment_id=(*one.after, *one.before)[0],
            profile_id=one.subject, because=one.because, by_event=one.by_event,
        )  # fmt: skip

    @strawberry.field(description="The person as it is now.")
    async def profile(self, info: Info) -> Annotated[Profile, strawberry.lazy("graphcdp.api.graphql.people")] | None:
        return await _person(info, self.profile_id)


@strawberry.type(description="What became of a profile.")
class ProfileChange:
    position: str = strawberry.field(description="Give it as `after` to go on behind this change.")
    at: datetime = strawberry.field(description="When.")
    kind: str = strawberry.field(
        description="As in the audit: `profile_merged`, `profile_resolved`, `profile_split`, `link_cut`, "
        "`segment_entered`, `segment_exited`, …"
    )
    subject: str = strawberry.field(description="What it is about most: a profile's id, or an identity's key.")
    before: list[str] = strawberry.field(description="Ids of profiles before; of memberships those of segments.")
    after: list[str] = strawberry.field(description="The same afterwards.")
    because: str | None = strawberry.field(description="Why, where it is known.")
    by_event: str | None = strawberry.field(description="The event that did it.")
    profile_id: strawberry.Private[str | None]

    @classmethod
    def of(cls, one: Happened) -> Self:
        """Turn a model into its type."""
        ids = [id for id in (*one.after, one.subject, *one.before) if id.startswith("prf_")]
        return cls(
            position=one.position, at=one.at, kind=one.kind, subject=one.subject, before=list(one.before),
            after=list(one.after), because=one.because, by_event=one.by_event, profile_id=ids[0] if ids else None,
        )  # fmt: skip

    @strawberry.field(description="The person as it is now.")
    async def profile(self, info: Info) -> Annotated[Profile, strawberry.lazy("graphcdp.api.graphql.people")] | None:
        return None if self.profile_id is None else await _person(info, self.profile_id)


async def _person(info: Info, id: str) -> Profile | None:
    from graphcdp.api.graphql.people import Profile

    found = await info.context.loaders.profile_by_id.load(id)
    return None if found is None else Profile.of(found)


async def _named(context: Context, identity: IdentityInput | None, *always: str) -> Named | None:
    """Return what says before each look whom changes must be about: every id that the person had meanwhile, too."""
    if identity is None and not always:
        return None
    key = None if identity is None else str(await identity_key(context, identity))
    ids: set[str] = set()

    async def named() -> Sequence[Sequence[str]]:
        if key is None:
            return [always]
        ids.update(row["profile_id"] for row in await context.platform.graph.read("identity.known", keys=[key]))
        return [sorted(ids), *([always] if always else [])]

    return named


async def _changes(
    context: Context,
    identity: IdentityInput | None,
    after: str | None,
    *,
    segment: str | None = None,
    kinds: Sequence[str] | None = None,
) -> AsyncGenerator[Happened, None]:
    """Follow the changes; what goes wrong is told, or hidden, as in queries.

    Raises:
        GraphQLError: with the code of the error.
    """
    try:
        if segment is not None:
            await context.platform.segments.get(segment)
        named = await _named(context, identity, *(() if segment is None else (segment,)))
        async for one in context.platform.feed.follow(kinds=kinds, named=named, after=after):
            context.renew()
            yield one
    except Exception as error:
        raise shown(GraphQLError(str(error), original_error=error), context) from error


@strawberry.type(description="Changes as they happen.")
class ChangesSubscription:
    @strawberry.subscription(
        description="Memberships that begin and end, the oldest first, each once, whichever process writes them.",
        extensions=[needs(Scope.READ)],
    )
    async def membership_changes(
        self, info: Info, segment: SegmentId = None, identity: Who = None, after: Position = None
    ) -> AsyncGenerator[MembershipChange, None]:
        async with aclosing(_changes(info.context, identity, after, segment=segment, kinds=_KINDS)) as changes:
            async for one in changes:
                yield MembershipChange.of(one)

    @strawberry.subscription(
        description="What becomes of profiles: merges, splits, decisions, memberships; the oldest first, each once.",
        extensions=[needs(Scope.READ)],
    )
    async def profile_changes(
        self, info: Info, identity: Who = None, after: Position = None
    ) -> AsyncGenerator[ProfileChange, None]:
        async with aclosing(_changes(info.context, identity, after)) as changes:
            async for one in changes:
                yield ProfileChange.of(one)
