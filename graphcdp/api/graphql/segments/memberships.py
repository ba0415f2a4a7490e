"""Who is in which segment: stays of people in segments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from graphcdp.api.graphql.context import Info
from graphcdp.segments import segment as models

if TYPE_CHECKING:
    from graphcdp.api.graphql.people import Profile


@strawberry.type(description="A stay of a person in a segment.")
class SegmentMembership:
    segment_id: str = strawberry.field(description="The segment's id.")
    segment_name: str = strawberry.field(description="The segment's name.")
    profile_id: str = strawberry.field(description="The person's own id.")
    entered: datetime = strawberry.field(description="Since when.")
    because: str | None = strawberry.field(
        description="What did it: `event`, `clock`, `rule`, `identity`, `attribute` or `household`."
    )
    by_event: str | None = strawberry.field(description="The event that did it.")
    exited: datetime | None = strawberry.field(description="Until when; null of a member.")
    exited_because: str | None = strawberry.field(description="What ended it: as above, `merged` or `archived`.")
    exited_by_event: str | None = strawberry.field(description="The event that ended it.")

    @classmethod
    def of(cls, stay: models.Membership) -> Self:
        """Turn a model into its type."""
        return cls(
            segment_id=stay.segment_id, segment_name=stay.name, profile_id=stay.profile_id, entered=stay.entered,
            because=stay.because, by_event=stay.by_event, exited=stay.exited, exited_because=stay.exited_because,
            exited_by_event=stay.exited_by_event,
        )  # fmt: skip

    @strawberry.field(description="The person; of a former stay perhaps whom the profile was merged into.")
    async def profile(self, info: Info) -> Annotated[Profile, strawberry.lazy("graphcdp.api.graphql.people")] | None:
        from graphcdp.api.graphql.people import Profile

        found = await info.context.loaders.profile_by_id.load(self.profile_id)
        return None if found is None else Profile.of(found)
