"""Segments: what there is, who is in them, how many a rule would find; defining and changing them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.api.graphql.segments.memberships import SegmentMembership
from graphcdp.api.graphql.segments.study import SegmentStudy
from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.segments import estimate as estimates
from graphcdp.segments import segment as models
from graphcdp.segments.rule.tree import to_json

RuleText = Annotated[str | None, strawberry.argument(description="The rule as text.")]
RuleTree = Annotated[JSON | None, strawberry.argument(description="The rule as a tree instead.")]
SegmentId = Annotated[str, strawberry.argument(description="The segment's id.")]


@strawberry.enum(description="Where a segment is in its life.")
class SegmentState(Enum):
    DRAFT = strawberry.enum_value("draft", description="Not kept up; nobody is a member.")
    ACTIVE = strawberry.enum_value("active", description="Kept up by every event and by time.")
    PAUSED = strawberry.enum_value("paused", description="Members stay as they are.")
    ARCHIVED = strawberry.enum_value("archived", description="Nobody is a member any more; its history stays.")


@strawberry.type(description="A version of a segment's rule.")
class SegmentVersion:
    version: int = strawberry.field(description="From 1.")
    rule: str = strawberry.field(description="The rule in the canonical words.")
    at: datetime = strawberry.field(description="Since when.")
    author: str | None = strawberry.field(description="Who wrote it.")


@strawberry.type(description="One part of a rule that only one of two versions has.")
class SegmentDifference:
    kind: str = strawberry.field(description="`added` or `removed`.")
    within: list[str] = strawberry.field(description="What it stands in, from the outside in: `and`, `or`, `not`.")
    text: str = strawberry.field(description="The part.")


@strawberry.type(description="A rule about people, and who fulfils it.")
class Segment:
    id: str = strawberry.field(description="A short name.")
    name: str = strawberry.field(description="For people.")
    rule: str = strawberry.field(description="The rule in the canonical words.")
    tree: JSON = strawberry.field(description="The rule as a tree.")
    state: SegmentState = strawberry.field(description="Where it is in its life.")
    version: int = strawberry.field(description="Of the rule, from 1.")
    created_at: datetime = strawberry.field(description="When it was first defined.")
    created_by: str | None = strawberry.field(description="By whom.")
    changed_at: datetime = strawberry.field(description="When it was last changed.")
    filling: bool = strawberry.field(
        description="Whether people who were there before the rule are still being gone through."
    )
    member_count: int = strawberry.field(description="How many members there are.")
    uses: list[str] = strawberry.field(description="Ids of segments that its rule asks for.")
    used_by: list[str] = strawberry.field(description="What uses it, such as `Segment runners`.")

    @classmethod
    def of(cls, one: models.Segment) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, name=one.name, rule=one.rule, tree=JSON(to_json(one.condition)), state=SegmentState(one.state),
            version=one.version, created_at=one.created_at, created_by=one.created_by, changed_at=one.changed_at,
            filling=one.filling, member_count=one.members, uses=list(one.uses), used_by=list(one.used_by),
        )  # fmt: skip

    @strawberry.field(description="Its members, who entered last first.")
    async def members(self, info: Info, first: First = 20, after: After = None) -> Connection[SegmentMembership]:
        size = page_size(first)
        at, id = read_time_cursor(after)
        before = None if at is None or id is None else (at, id)
        found = await info.context.platform.segments.members(self.id, size + 1, before)
        items = [(stay, time_cursor(stay.entered, stay.profile_id)) for stay in found[:size]]
        return Connection.of(Page(items, len(found) > size), SegmentMembership.of, begun=after is not None)

    @strawberry.field(description="The versions of its rule, newest first.")
    async def versions(self, info: Info) -> list[SegmentVersion]:
        found = await info.context.platform.segments.versions(self.id)
        return [SegmentVersion(version=one.version, rule=one.rule, at=one.at, author=one.author) for one in found]

    @strawberry.field(description="How it did over time, against everyone else; the last 30 days if nothing is said.")
    async def study(
        self,
        info: Info,
        since: Annotated[
            datetime | None,
            strawberry.argument(description="The first instant; null: that of the 30th day (UTC) back, today counted."),
        ] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Before this instant; null: now.")] = None,
        weekly: Annotated[bool, strawberry.argument(description="Weeks instead of days.")] = False,
        event: Annotated[str, strawberry.argument(description="What counts as conversion.")] = "purchase",
    ) -> SegmentStudy:
        found = await info.context.platform.segments.study(
            self.id, since=since, until=until, step="week" if weekly else "day", event=event
        )
        return SegmentStudy.of(found)

    @strawberry.field(description="What differs between two versions of its rule; the last two if nothing is said.")
    async def difference(
        self,
        info: Info,
        before: Annotated[int | None, strawberry.argument(description="The one version.")] = None,
        after: Annotated[int | None, strawberry.argument(description="The other.")] = None,
    ) -> list[SegmentDifference]:
        parts, _ = await info.context.platform.segments.difference(self.id, before, after)
        return [SegmentDifference(kind=one.kind, within=list(one.within), text=one.text) for one in parts]


@strawberry.type(description="How many of the people found have something.")
class AudienceShare:
    id: str = strawberry.field(description="A segment's id, a namespace, a destination's id.")
    name: str = strawberry.field(description="For people.")
    people: int = strawberry.field(description="How many; most likely so many where it was sampled.")

    @classmethod
    def of(cls, one: estimates.Share) -> Self:
        """Turn a model into its type."""
        return cls(id=one.id, name=one.name, people=one.people)


@strawberry.type(description="How many people a rule would find.")
class AudienceEstimate:
    people: int = strawberry.field(description="How many fulfil it, exactly or most likely.")
    low: int = strawberry.field(description="Lower end of the 95 % interval.")
    high: int = strawberry.field(description="Upper end of the 95 % interval.")
    exact: bool = strawberry.field(description="Whether everybody was asked.")
    sample: int = strawberry.field(description="How many people were asked.")
    population: int = strawberry.field(description="How many people there are.")
    overlap: list[AudienceShare] = strawberry.field(description="Segments that they are in, the largest first.")
    reach: list[AudienceShare] = strawberry.field(description="Namespaces by which they can be reached.")
    destinations: list[AudienceShare] = strawberry.field(
        description="How many of them each destination can take, consent and suppressions aside."
    )
    began_with: str = strawberry.field(description="What the search began with: `purchase events`, `profiles`, …")
    milliseconds: float = strawberry.field(description="How long it took.")

    @classmethod
    def of(cls, one: estimates.Estimate) -> Self:
        """Turn a model into its type."""
        return cls(
            people=one.people, low=one.low, high=one.high, exact=one.exact, sample=one.sample,
            population=one.population, overlap=[AudienceShare.of(each) for each in one.overlap],
            reach=[AudienceShare.of(each) for each in one.reach],
            destinations=[AudienceShare.of(each) for each in one.destinations], began_with=one.anchor,
            milliseconds=one.milliseconds,
        )  # fmt: skip


@strawberry.input(description="A segment.")
class DefineSegmentInput:
    id: str = strawberry.field(description="A short name: small letters, digits, `_` and `-`.")
    rule: str | None = strawberry.field(default=None, description="The rule as text.")
    tree: JSON | None = strawberry.field(default=None, description="The rule as a tree instead.")
    name: str | None = strawberry.field(default=None, description="For people.")
    activate: bool = strawberry.field(default=False, description="Whether it is to be active at once.")


@strawberry.input(description="Another state for a segment.")
class ChangeSegmentStateInput:
    id: str = strawberry.field(description="The segment's id.")
    state: SegmentState = strawberry.field(description="What it is to be.")


@strawberry.type(description="A segment that was defined or changed.")
class SegmentPayload:
    segment: Segment = strawberry.field(description="As it is now.")


EstimateResult = Annotated[
    AudienceEstimate | InvalidInput,
    strawberry.union("EstimateSegmentResult", description="The estimate, or what is wrong with the rule."),
]
DefineSegmentResult = Annotated[
    SegmentPayload | InvalidInput | Conflict,
    strawberry.union("DefineSegmentResult", description="The segment, or why it is not kept."),
]
ChangeSegmentStateResult = Annotated[
    SegmentPayload | NotFound | Conflict,
    strawberry.union("ChangeSegmentStateResult", description="The segment, or why it stays as it is."),
]
SegmentResult = Annotated[
    Segment | NotFound, strawberry.union("SegmentResult", description="A segment, or why there is none.")
]


@strawberry.type(description="Questions about segments.")
class SegmentsQuery:
    @strawberry.field(description="The segments by id.", extensions=[needs(Scope.READ)])
    async def segments(self, info: Info) -> list[Segment]:
        return [Segment.of(one) for one in await info.context.platform.segments.all()]

    @strawberry.field(description="A segment.", extensions=[needs(Scope.READ)])
    async def segment(self, info: Info, id: SegmentId) -> SegmentResult:
        return Segment.of(await info.context.platform.segments.get(id))

    @strawberry.field(
        description="How many people a rule would find, before it is kept.", extensions=[needs(Scope.READ)]
    )
    async def estimate_segment(self, info: Info, rule: RuleText = None, tree: RuleTree = None) -> EstimateResult:
        return AudienceEstimate.of(await info.context.platform.segments.estimate(rule, tree))


@strawberry.type(description="Changes of segments.")
class SegmentsMutation:
    @strawberry.mutation(
        description="Define a segment, or give it another rule; its versions and past memberships stay.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def define_segment(
        self, info: Info, input: Annotated[DefineSegmentInput, strawberry.argument(description="It.")]
    ) -> DefineSegmentResult:
        segments, author = info.context.platform.segments, info.context.author(None).name
        found = await segments.define(input.id, input.rule, input.tree, name=input.name, author=author)
        if input.activate:
            found = await segments.change_state(input.id, "active", author=author)
        return SegmentPayload(segment=Segment.of(found))

    @strawberry.mutation(
        description="Activate, pause or archive a segment, or make an archived one a draft again.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def change_segment_state(
        self, info: Info, input: Annotated[ChangeSegmentStateInput, strawberry.argument(description="Which, what.")]
    ) -> ChangeSegmentStateResult:
        author = info.context.author(None).name
        found = await info.context.platform.segments.change_state(input.id, input.state.name.lower(), author=author)
        return SegmentPayload(segment=Segment.of(found))
