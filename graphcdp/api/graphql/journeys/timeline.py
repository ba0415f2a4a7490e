"""Time lines of single people in GraphQL."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.journeys.base import JourneyBase
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.journeys import timeline as models


@strawberry.type(description="Something that a person did.")
class JourneyMoment:
    event_id: str = strawberry.field(description="Of the event.")
    ts: datetime = strawberry.field(description="When.")
    type: str = strawberry.field(description="What.")
    channel: str | None = strawberry.field(description="Where.")
    identity_key: str = strawberry.field(description="The identity that it hangs on, `namespace|value`.")
    about: str | None = strawberry.field(description="The product, its category, the words searched or the page.")
    campaign: str | None = strawberry.field(description="That it came from.")
    session: int = strawberry.field(description="From 1.")
    seconds_since: float | None = strawberry.field(description="After the event before; null of the first.")

    @classmethod
    def of(cls, one: models.Moment) -> Self:
        """Turn a model into its type."""
        return cls(**one._asdict())


@strawberry.type(description="What one person did, in order.")
class JourneyTimeline:
    profile_id: str = strawberry.field(description="Whose.")
    moments: Connection[JourneyMoment] = strawberry.field(description="The earliest first.")


TimelineResult = Annotated[
    JourneyTimeline | NotFound | InvalidInput,
    strawberry.union("JourneyTimelineResult", description="The time line, or why there is none."),
]


@strawberry.type(description="Time lines of single people.")
class TimelineFields(JourneyBase):
    @strawberry.field(
        description="What one person did on every device, in order and in sessions; of the selection the period and "
        "`within` count."
    )
    async def timeline(
        self,
        info: Info,
        identity: Annotated[IdentityInput, strawberry.argument(description="Any identity of the person.")],
        gap_seconds: Annotated[int, strawberry.argument(description="A silence of so long ends a session.")] = 1_800,
        first: First = 20,
        after: After = None,
    ) -> TimelineResult:
        platform = info.context.platform
        person = await platform.profiles.get(await identity_key(info.context, identity))
        page = await platform.journeys.timeline(
            person.id, self.selection, gap_seconds=gap_seconds, first=page_size(first), after=after
        )
        return JourneyTimeline(
            profile_id=person.id, moments=Connection.of(page, JourneyMoment.of, begun=after is not None)
        )
