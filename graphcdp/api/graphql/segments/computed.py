"""Computed attributes: what is declared, declaring and removing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs
from graphcdp.segments import computed as models


@strawberry.type(description="A figure over a person's events, kept with every profile.")
class ComputedAttribute:
    name: str = strawberry.field(description="Its name; `profile.name` in segments.")
    expression: str = strawberry.field(description="What it is, in the segment language.")
    at_least: int = strawberry.field(description="Of fewer events there is no value.")
    title: str | None = strawberry.field(description="What it is, for people.")
    state: str = strawberry.field(
        description="`filling` until the profiles that were there before it have been gone through, then `current`."
    )
    declared_at: datetime = strawberry.field(description="When it was declared.")
    declared_by: str | None = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, one: models.ComputedAttribute) -> Self:
        """Turn a model into its type."""
        said = one.declaration
        return cls(
            name=said.name,
            expression=said.expression,
            at_least=said.at_least,
            title=said.title,
            state=one.state,
            declared_at=one.declared_at,
            declared_by=one.declared_by,
        )


@strawberry.input(description="A computed attribute.")
class DeclareComputedAttributeInput:
    name: str = strawberry.field(description="Its name, snake_case.")
    expression: str = strawberry.field(description="Such as `most frequent(category of purchased in last 365 days)`.")
    at_least: int = strawberry.field(default=1, description="Of fewer events there is no value.")
    title: str | None = strawberry.field(default=None, description="What it is, for people.")


@strawberry.input(description="Which computed attribute is to go.")
class RemoveComputedAttributeInput:
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A computed attribute that was declared, and computed for everybody.")
class DeclareComputedAttributePayload:
    attribute: ComputedAttribute = strawberry.field(description="It.")


@strawberry.type(description="A computed attribute that is no more.")
class RemoveComputedAttributePayload:
    name: str = strawberry.field(description="What it was called.")


DeclareComputedAttributeResult = Annotated[
    DeclareComputedAttributePayload | InvalidInput | Conflict,
    strawberry.union("DeclareComputedAttributeResult", description="The attribute, or why it cannot be."),
]
RemoveComputedAttributeResult = Annotated[
    RemoveComputedAttributePayload | NotFound | Conflict,
    strawberry.union("RemoveComputedAttributeResult", description="What was removed, or why nothing was."),
]


@strawberry.type(description="Questions about computed attributes.")
class ComputedQuery:
    @strawberry.field(description="The computed attributes by name.", extensions=[needs(Scope.READ)])
    async def computed_attributes(self, info: Info) -> list[ComputedAttribute]:
        return [ComputedAttribute.of(each) for each in await info.context.platform.computed.all()]


@strawberry.type(description="Changes of computed attributes.")
class ComputedMutation:
    @strawberry.mutation(
        description="Declare a computed attribute and compute it for everybody; from then on it follows the events.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def declare_computed_attribute(
        self, info: Info, input: Annotated[DeclareComputedAttributeInput, strawberry.argument(description="It.")]
    ) -> DeclareComputedAttributeResult:
        wanted = models.declare(input.name, input.expression, input.at_least, input.title)
        (found,) = await info.context.platform.computed.declare([wanted], author=info.context.author(None).name)
        return DeclareComputedAttributePayload(attribute=ComputedAttribute.of(found))

    @strawberry.mutation(
        description="Remove a computed attribute with its values; what sources state under its name counts again.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def remove_computed_attribute(
        self, info: Info, input: Annotated[RemoveComputedAttributeInput, strawberry.argument(description="Which.")]
    ) -> RemoveComputedAttributeResult:
        await info.context.platform.computed.remove(input.name)
        return RemoveComputedAttributePayload(name=input.name)
