"""Triggers: what destinations are told of beside segments."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from graphcdp import destinations as models
from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs

TriggerId = Annotated[str, strawberry.argument(description="The trigger's id.")]


@strawberry.enum(description="What a trigger tells of.")
class TriggerOn(Enum):
    PROFILE = strawberry.enum_value("profile", description="A person changed, or became part of another.")
    POLICY = strawberry.enum_value("policy", description="Something in an activation begins or ends to be forbidden.")


@strawberry.type(description="What a destination is told of beside segments: who and what, not the values.")
class Trigger:
    id: str = strawberry.field(description="A short name.")
    destination: str = strawberry.field(description="Who is told.")
    on: list[TriggerOn] = strawberry.field(description="Of what.")
    names: list[str] = strawberry.field(description="Only where one of these has another value; none: of anything.")
    state: str = strawberry.field(description="`active` or `paused`.")
    created_at: datetime = strawberry.field(description="When it was first defined.")
    created_by: str | None = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, one: models.Trigger) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, destination=one.destination, on=[TriggerOn(each) for each in one.on], names=list(one.names),
            state=one.state, created_at=one.created_at, created_by=one.created_by,
        )  # fmt: skip


@strawberry.input(description="A trigger.")
class DefineTriggerInput:
    id: str = strawberry.field(description="A short name: small letters, digits, `_` and `-`.")
    destination: str = strawberry.field(description="A webhook, a topic, files.")
    on: list[TriggerOn] = strawberry.field(description="Of what is told.")
    names: list[str] = strawberry.field(
        default_factory=list, description="Only where one of these has another value: `profile.NAME`, `identities`."
    )


@strawberry.input(description="Another state for a trigger.")
class ChangeTriggerInput:
    id: str = strawberry.field(description="The trigger's id.")
    state: str = strawberry.field(description="`active` or `paused`: then what happens is not told.")


@strawberry.type(description="A trigger that was defined, changed or removed.")
class TriggerPayload:
    trigger: Trigger = strawberry.field(description="As it is now, or was.")


TriggerResult = Annotated[
    TriggerPayload | InvalidInput | NotFound,
    strawberry.union("TriggerResult", description="The trigger, or why there is none."),
]


@strawberry.type(description="Questions about triggers.")
class TriggersQuery:
    @strawberry.field(description="The triggers by id.", extensions=[needs(Scope.READ)])
    async def triggers(self, info: Info) -> list[Trigger]:
        return [Trigger.of(one) for one in await info.context.platform.destinations.triggers.all()]


@strawberry.type(description="Changes of triggers.")
class TriggersMutation:
    @strawberry.mutation(
        description="Tell a destination of what happens from now on, or change of what.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def define_trigger(
        self, info: Info, input: Annotated[DefineTriggerInput, strawberry.argument(description="Who, of what.")]
    ) -> TriggerResult:
        found = await info.context.platform.destinations.triggers.define(
            input.id, input.destination, [str(one.value) for one in input.on], names=input.names,
            author=info.context.author(None).name,
        )  # fmt: skip
        return TriggerPayload(trigger=Trigger.of(found))

    @strawberry.mutation(description="Pause a trigger, or let it go on.", extensions=[needs(Scope.ADMIN)])
    async def change_trigger(
        self, info: Info, input: Annotated[ChangeTriggerInput, strawberry.argument(description="Which, what.")]
    ) -> TriggerResult:
        author = info.context.author(None).name
        found = await info.context.platform.destinations.triggers.change_state(input.id, input.state, author=author)
        return TriggerPayload(trigger=Trigger.of(found))

    @strawberry.mutation(description="Remove a trigger, and what it has not told yet.", extensions=[needs(Scope.ADMIN)])
    async def remove_trigger(self, info: Info, id: TriggerId) -> TriggerResult:
        author = info.context.author(None).name
        found = await info.context.platform.destinations.triggers.remove(id, author=author)
        return TriggerPayload(trigger=Trigger.of(found))
