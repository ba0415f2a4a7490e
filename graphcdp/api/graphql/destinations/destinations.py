"""Destinations: the catalog, what is there and how it does; creating and pausing; who is suppressed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp import destinations as models
from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import page_size
from graphcdp.base import InvalidInputError
from graphcdp.model import IdentityKey

DestinationId = Annotated[str, strawberry.argument(description="The destination's id.")]


@strawberry.type(description="Something that a kind of destination is to be told.")
class DestinationOption:
    name: str = strawberry.field(description="Its name.")
    required: bool = strawberry.field(description="Whether it must be given.")
    secret: bool = strawberry.field(description="Whether it is sealed and never shown again.")
    about: str = strawberry.field(description="What it is.")


@strawberry.type(description="A kind of destination.")
class DestinationKind:
    kind: str = strawberry.field(description="Its name.")
    title: str = strawberry.field(description="For people.")
    about: str = strawberry.field(description="What it does.")
    takes: list[str] = strawberry.field(description="Namespaces of identities it takes, best first; none: any person.")
    hashing: str | None = strawberry.field(description="How identities are made unreadable on the way.")
    can_remove: bool = strawberry.field(description="Whether people can be taken out again.")
    batch_size: int = strawberry.field(description="So many changes at once.")
    rate: float | None = strawberry.field(
        description="So many items a second at most, unless `rate_per_second` says otherwise; null: as it can."
    )
    tells: bool = strawberry.field(description="Whether triggers can tell it of what happens.")
    says_held: bool = strawberry.field(
        description="Whether it can be asked what it holds; else the receipts kept here are the answer."
    )
    channel: str | None = strawberry.field(description="The channel on which it speaks to people.")
    mapping: list[str] = strawberry.field(description="The mapping where none is given, `source=target`.")
    options: list[DestinationOption] = strawberry.field(description="What it is to be told.")

    @classmethod
    def of(cls, one: type[models.Connector]) -> Self:
        """Turn a kind into its type."""
        return cls(
            kind=one.kind, title=one.title, about=one.about, takes=list(one.namespaces), hashing=one.hashing,
            can_remove=one.can_remove, batch_size=one.batch_size, rate=one.rate, tells=one.tells,
            says_held=one.says_held(),
            channel=one.message_channel,
            mapping=list(one.fields),
            options=[
                DestinationOption(name=each.name, required=each.required, secret=each.secret, about=each.about)
                for each in models.options_of(one)
            ],
        )  # fmt: skip


@strawberry.type(description="A place that audiences are sent to.")
class Destination:
    id: str = strawberry.field(description="A short name.")
    kind: str = strawberry.field(description="Its kind in the catalog.")
    title: str = strawberry.field(description="For people.")
    options: JSON = strawberry.field(description="What it was told, without secrets.")
    actions: list[str] = strawberry.field(description="Marketing actions that it serves.")
    state: str = strawberry.field(description="`active` or `paused`.")
    frequency_times: int | None = strawberry.field(description="So many messages to one person at most …")
    frequency_days: float | None = strawberry.field(description="… in so many days.")
    except_segments: list[str] = strawberry.field(description="Segments whose members are never sent there.")
    created_at: datetime = strawberry.field(description="When it was first defined.")
    created_by: str | None = strawberry.field(description="By whom.")
    failures: int = strawberry.field(description="Failures in a row.")
    rests_until: datetime | None = strawberry.field(description="After failures it is left alone until then.")
    last_success: datetime | None = strawberry.field(description="When it last took something.")
    last_error: str | None = strawberry.field(description="What it last answered, where that was no success.")
    queued: int = strawberry.field(description="Deliveries that wait.")
    dead: int = strawberry.field(description="Deliveries that were given up.")
    unsure: int = strawberry.field(description="Messages of which nobody knows whether they arrived.")

    @classmethod
    def of(cls, one: models.Destination) -> Self:
        """Turn a model into its type."""
        times, days = one.frequency or (None, None)
        return cls(
            id=one.id, kind=one.kind, title=one.title, options=JSON(dict(one.options)), actions=list(one.actions),
            state=one.state, frequency_times=times, frequency_days=days, except_segments=list(one.except_),
            created_at=one.created_at, created_by=one.created_by, failures=one.failures, rests_until=one.open_until,
            last_success=one.last_success, last_error=one.last_error, queued=one.queued, dead=one.dead,
            unsure=one.unsure,
        )  # fmt: skip


@strawberry.type(description="An identity that nothing is sent to.")
class Suppression:
    id: str = strawberry.field(description="To take it back by.")
    key: str = strawberry.field(description="The identity, `namespace|value`.")
    destination: str | None = strawberry.field(description="Only there; null: everywhere.")
    because: str = strawberry.field(description="Why.")
    at: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(description="Until when; null: for good.")
    by: str | None = strawberry.field(description="Who said so.")

    @classmethod
    def of(cls, one: models.Suppression) -> Self:
        """Turn a model into its type."""
        return cls(**one._asdict())


@strawberry.input(description="A destination.")
class CreateDestinationInput:
    id: str = strawberry.field(description="A short name: small letters, digits, `_` and `-`.")
    kind: str = strawberry.field(description="Of the catalog.")
    options: JSON = strawberry.field(description="What the kind is to be told; secrets that are left out stay.")
    actions: list[str] = strawberry.field(description="Marketing actions that it serves, such as `email_targeting`.")
    title: str | None = strawberry.field(default=None, description="For people.")
    frequency_times: int | None = strawberry.field(
        default=None, description="So many messages to one person at most, over all destinations that send messages …"
    )
    frequency_days: float | None = strawberry.field(default=None, description="… in so many days.")
    except_segments: list[str] = strawberry.field(
        default_factory=list, description="Segments whose members are never sent there."
    )


@strawberry.input(description="Another state for a destination.")
class ChangeDestinationStateInput:
    id: str = strawberry.field(description="The destination's id.")
    state: str = strawberry.field(description="`active` or `paused`.")


@strawberry.input(description="Identities that nothing is to be sent to.")
class SuppressInput:
    identities: list[IdentityInput] = strawberry.field(description="In any spelling; they need not have been seen.")
    because: str = strawberry.field(description="A short word: `unsubscribed`, `complaint`, ….")
    destination: str | None = strawberry.field(default=None, description="Only there; null: everywhere.")
    until: datetime | None = strawberry.field(default=None, description="Until when; null: for good.")


@strawberry.type(description="A destination that was created or changed.")
class DestinationPayload:
    destination: Destination = strawberry.field(description="As it is now.")


@strawberry.type(description="How many suppressions were made or taken back.")
class SuppressPayload:
    count: int = strawberry.field(description="How many.")


CreateDestinationResult = Annotated[
    DestinationPayload | InvalidInput | NotFound,
    strawberry.union("CreateDestinationResult", description="The destination, or why it is not kept."),
]
SuppressResult = Annotated[
    SuppressPayload | InvalidInput | NotFound,
    strawberry.union("SuppressResult", description="How many, or why none."),
]
DestinationResult = Annotated[
    Destination | NotFound, strawberry.union("DestinationResult", description="A destination, or why there is none.")
]


@strawberry.type(description="Questions about destinations.")
class DestinationsQuery:
    @strawberry.field(description="The kinds of destinations there are.", extensions=[needs(Scope.READ)])
    async def destination_kinds(self) -> list[DestinationKind]:
        return [DestinationKind.of(one) for one in models.catalog().values()]

    @strawberry.field(description="The destinations by id.", extensions=[needs(Scope.READ)])
    async def destinations(self, info: Info) -> list[Destination]:
        return [Destination.of(one) for one in await info.context.platform.destinations.all()]

    @strawberry.field(description="A destination.", extensions=[needs(Scope.READ)])
    async def destination(self, info: Info, id: DestinationId) -> DestinationResult:
        return Destination.of(await info.context.platform.destinations.get(id))

    @strawberry.field(description="Identities that nothing is sent to, by id.", extensions=[needs(Scope.READ)])
    async def suppressions(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 50,
        after: Annotated[str | None, strawberry.argument(description="The id of the last one before.")] = None,
    ) -> list[Suppression]:
        found = await info.context.platform.destinations.suppressions.all(page_size(first), after)
        return [Suppression.of(one) for one in found]


@strawberry.type(description="Changes of destinations.")
class DestinationsMutation:
    @strawberry.mutation(
        description="Define a destination, or give it other options. Its secrets are sealed and never shown again.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def create_destination(
        self, info: Info, input: Annotated[CreateDestinationInput, strawberry.argument(description="It.")]
    ) -> CreateDestinationResult:
        if not isinstance(input.options, dict):
            raise InvalidInputError("`options` is no object; give the options by name.", field="options")
        if (input.frequency_times is None) != (input.frequency_days is None):
            raise InvalidInputError("Give both frequencyTimes and frequencyDays, or neither.", field="frequencyTimes")
        frequency = (
            None
            if input.frequency_times is None or input.frequency_days is None
            else (input.frequency_times, input.frequency_days)
        )
        found = await info.context.platform.destinations.create(
            input.id, input.kind, input.options, actions=input.actions, title=input.title, frequency=frequency,
            except_=input.except_segments, author=info.context.author(None).name,
        )  # fmt: skip
        return DestinationPayload(destination=Destination.of(found))

    @strawberry.mutation(description="Pause a destination, or let it go on.", extensions=[needs(Scope.ADMIN)])
    async def change_destination_state(
        self, info: Info, input: Annotated[ChangeDestinationStateInput, strawberry.argument(description="Which, what.")]
    ) -> CreateDestinationResult:
        author = info.context.author(None).name
        found = await info.context.platform.destinations.change_state(input.id, input.state, author=author)
        return DestinationPayload(destination=Destination.of(found))

    @strawberry.mutation(
        description="Send nothing to some identities any more; what destinations hold of them is taken out.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def suppress(
        self, info: Info, input: Annotated[SuppressInput, strawberry.argument(description="Which, why.")]
    ) -> SuppressResult:
        count = await info.context.platform.destinations.suppressions.add(
            [IdentityKey(one.namespace, one.value) for one in input.identities], input.because,
            destination=input.destination, until=input.until, author=info.context.author(None).name,
        )  # fmt: skip
        return SuppressPayload(count=count)

    @strawberry.mutation(description="Take suppressions back.", extensions=[needs(Scope.ADMIN)])
    async def unsuppress(
        self, info: Info, ids: Annotated[list[str], strawberry.argument(description="Ids of suppressions.")]
    ) -> SuppressResult:
        author = info.context.author(None).name
        return SuppressPayload(count=await info.context.platform.destinations.suppressions.remove(ids, author=author))
