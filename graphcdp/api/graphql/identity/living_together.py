"""The question who lives with whom, and the wish to find out anew."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.households import Household, RefreshHouseholdsInput, RefreshHouseholdsPayload
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs

HouseholdResult = Annotated[
    Household | NotFound | InvalidInput,
    strawberry.union("HouseholdResult", description="A household, or why there is none."),
]
RefreshHouseholdsResult = Annotated[
    RefreshHouseholdsPayload | InvalidInput,
    strawberry.union("RefreshHouseholdsResult", description="What the refresh did, or why it was not begun."),
]


@strawberry.type(description="Questions about households.")
class HouseholdsQuery:
    @strawberry.field(
        description="Who lives with the person who holds an identity, as of the last refresh, and what they share.",
        extensions=[needs(Scope.READ)],
    )
    async def household(
        self,
        info: Info,
        identity: Annotated[IdentityInput, strawberry.argument(description="Any identity of the person.")],
    ) -> HouseholdResult:
        key = await identity_key(info.context, identity)
        return Household.of(await info.context.platform.households.get(key))


@strawberry.type(description="Changes of households.")
class HouseholdsMutation:
    @strawberry.mutation(
        description="Derive all households anew from profiles as they stand.", extensions=[needs(Scope.ADMIN)]
    )
    async def refresh_households(
        self, info: Info, input: Annotated[RefreshHouseholdsInput, strawberry.argument(description="How.")]
    ) -> RefreshHouseholdsResult:
        return RefreshHouseholdsPayload.of(await info.context.platform.households.refresh(input.most_members))
