"""Households: people who share a device, a postal address or a payment card."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from graphcdp.api.graphql.context import Info
from graphcdp.identity.people import households as models

if TYPE_CHECKING:
    from graphcdp.api.graphql.people import Profile


@strawberry.type(description="One person of a household.")
class HouseholdMember:
    profile_id: str = strawberry.field(description="The person's own id.")
    since: datetime = strawberry.field(description="When a refresh first found the person in the household.")
    because: list[str] = strawberry.field(
        description="What is shared with another member, each `device|…`, `address|…` or `card|…`."
    )

    @classmethod
    def of(cls, member: models.HouseholdMember) -> Self:
        """Turn a model into its type."""
        return cls(profile_id=member.profile_id, since=member.since, because=list(member.because))

    @strawberry.field(description="The person; null where the profile was merged into another since the last refresh.")
    async def profile(self, info: Info) -> Annotated[Profile, strawberry.lazy("graphcdp.api.graphql.people")] | None:
        from graphcdp.api.graphql.people import Profile

        found = await info.context.loaders.profile_by_id.load(self.profile_id)
        return None if found is None else Profile.of(found)


@strawberry.type(description="Something that members of a household share.")
class HouseholdEvidence:
    kind: str = strawberry.field(description="`device`, `address` or `card`.")
    value: str = strawberry.field(
        description="Which: a device's id, a normalised address `street|postal code|country`, a card's hash."
    )
    profile_ids: list[str] = strawberry.field(description="The own ids of the members who share it.")


@strawberry.type(description="People who share a device, a postal address or a payment card.")
class Household:
    household_id: str = strawberry.field(description="Its own id, as in Neo4j Browser.")
    known_from: datetime = strawberry.field(description="When a refresh first found it.")
    members: list[HouseholdMember] = strawberry.field(description="The people, by the ids of their profiles.")
    evidence: list[HouseholdEvidence] = strawberry.field(description="What holds it together, by kind and value.")

    @classmethod
    def of(cls, household: models.Household) -> Self:
        """Turn a model into its type."""
        return cls(
            household_id=household.id,
            known_from=household.known_from,
            members=[HouseholdMember.of(each) for each in household.members],
            evidence=[
                HouseholdEvidence(kind=each.kind, value=each.value, profile_ids=list(each.profile_ids))
                for each in household.evidence()
            ],
        )


@strawberry.input(description="How households are to be derived.")
class RefreshHouseholdsInput:
    most_members: int = strawberry.field(
        default=models.MOST_MEMBERS,
        description="What more people than this share counts for nobody, and a larger group is no household: 2 to 50.",
    )


@strawberry.type(description="What a refresh of households found and did.")
class RefreshHouseholdsPayload:
    households: int = strawberry.field(description="How many there are now.")
    members: int = strawberry.field(description="How many people are in one.")
    joined: int = strawberry.field(description="How many came into one, or into another one.")
    left: int = strawberry.field(description="How many are in none any more.")
    hubs: int = strawberry.field(description="Devices, addresses and cards that too many people share to say anything.")
    too_large: int = strawberry.field(description="Groups of more people than a household may have.")
    seconds: float = strawberry.field(description="How long it took.")

    @classmethod
    def of(cls, report: models.HouseholdReport) -> Self:
        """Turn a model into its type."""
        return cls(
            households=report.households,
            members=report.members,
            joined=report.joined,
            left=report.left,
            hubs=report.hubs,
            too_large=report.too_large,
            seconds=report.seconds,
        )
