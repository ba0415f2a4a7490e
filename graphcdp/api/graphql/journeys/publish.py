"""Publishing people whom journeys found."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self, cast

import orjson
import strawberry
from strawberry.scalars import JSON

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.journeys.base import JourneyContainer
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.segments.segments import Segment
from graphcdp.journeys import Part, Selection
from graphcdp.journeys.publish import PeopleQuestion
from graphcdp.model import Scalar
from graphcdp.segments import audiences as models


@strawberry.type(description="People whom a journey found and somebody published; its segment has the same id.")
class Audience:
    id: str = strawberry.field(description="As its segment's.")
    name: str = strawberry.field(description="For people.")
    question: JSON = strawberry.field(description="What was asked.")
    live: bool = strawberry.field(description="Whether it is asked again by itself, every 15 minutes.")
    people: int = strawberry.field(description="How many are listed.")
    made_at: datetime = strawberry.field(description="When it was published.")
    made_by: str | None = strawberry.field(description="By whom.")
    refreshed_at: datetime | None = strawberry.field(description="When all were found last.")

    @classmethod
    def of(cls, one: models.Audience) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, name=one.name, question=JSON(orjson.loads(one.question)), live=one.live, people=one.people,
            made_at=one.made_at, made_by=one.made_by, refreshed_at=one.refreshed_at,
        )  # fmt: skip


@strawberry.input(description="Which people, and what they become.")
class PublishAudienceInput:
    id: str = strawberry.field(description="Of the segment: free, or of an audience, which is then asked anew.")
    cell: JSON = strawberry.field(
        description="Which number, by `kind`: funnel `{rule: {steps, …}, outcome, step}`, retention `{cohort, column,"
        " came_back, rule, calendar}`, lifecycle `{period, state, active, calendar}`, stickiness `{low, high, …}`,"
        " driver `{label, rule}`, pattern `{pattern}`, path `{taken, step, rule}`, doers `{events, field, value}`,"
        " credit `{label, rule, model}`, self_service `{rule, content, escalated}`; names as in docs/journeys.md."
    )
    name: str | None = strawberry.field(default=None, description="For people.")
    live: bool = strawberry.field(default=False, description="Asked again by itself, every 15 minutes; else fixed.")
    start: datetime | None = strawberry.field(default=None, description="Only events from this instant.")
    end: datetime | None = strawberry.field(default=None, description="Only events before this instant.")
    container: JourneyContainer = strawberry.field(
        default=JourneyContainer.PERSON, description="Whose events belong together."
    )
    segment: str | None = strawberry.field(default=None, description="Only members of this segment.")
    people: str | None = strawberry.field(default=None, description="Only people who fulfil this rule.")
    within: str | None = strawberry.field(default=None, description="Only events that fulfil this.")
    part_by: str | None = strawberry.field(
        default=None, description="Only one part, as `journey { parts }` cuts: of what, such as `profile.loyalty_tier`."
    )
    part_value: JSON | None = strawberry.field(default=None, description="Which: a text, number, truth value or null.")


@strawberry.type(description="An audience that was published or asked again.")
class AudiencePayload:
    audience: Audience = strawberry.field(description="It.")
    segment: Segment = strawberry.field(description="The segment `in audience …`, active.")


PublishAudienceResult = Annotated[
    AudiencePayload | InvalidInput | Conflict,
    strawberry.union("PublishAudienceResult", description="The audience, or why it is not published."),
]
RefreshAudienceResult = Annotated[
    AudiencePayload | NotFound | InvalidInput,
    strawberry.union("RefreshAudienceResult", description="The audience, or why it is not asked again."),
]


@strawberry.type(description="Questions about audiences.")
class AudiencesQuery:
    @strawberry.field(description="The audiences that journeys published, by id.", extensions=[needs(Scope.READ)])
    async def audiences(self, info: Info) -> list[Audience]:
        return [Audience.of(one) for one in await info.context.platform.publishing.audiences.all()]


@strawberry.type(description="Changes of audiences.")
class AudiencesMutation:
    @strawberry.mutation(
        description="Make a segment of the people behind a number of a journey; it is active at once.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def publish_audience(
        self, info: Info, input: Annotated[PublishAudienceInput, strawberry.argument(description="Which people.")]
    ) -> PublishAudienceResult:
        publishing = info.context.platform.publishing
        selection = Selection(
            input.start, input.end, input.container.model(), input.segment, input.people, input.within,
            part=None if input.part_by is None else Part(input.part_by, cast(Scalar, input.part_value)),
        )  # fmt: skip
        segment = await publishing.publish(
            input.id, PeopleQuestion.of(input.cell, selection), name=input.name, live=input.live,
            author=info.context.author(None).name,
        )  # fmt: skip
        return AudiencePayload(
            audience=Audience.of(await publishing.audiences.get(input.id)), segment=Segment.of(segment)
        )

    @strawberry.mutation(
        description="Ask the question of an audience again: who is found enters, who is not leaves.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def refresh_audience(
        self, info: Info, id: Annotated[str, strawberry.argument(description="Of the audience.")]
    ) -> RefreshAudienceResult:
        platform = info.context.platform
        found = await platform.publishing.refresh(id)
        return AudiencePayload(audience=Audience.of(found), segment=Segment.of(await platform.segments.get(id)))
