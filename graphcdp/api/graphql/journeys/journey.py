"""Journeys: what people did. The fields of each analysis are a class in a module of its own, mixed into `Journey`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.attribution import AttributionFields
from graphcdp.api.graphql.journeys.base import JourneyBase, JourneyContainer, JourneyEngine
from graphcdp.api.graphql.journeys.channels import ChannelFields
from graphcdp.api.graphql.journeys.drivers import DriverFields
from graphcdp.api.graphql.journeys.flow import FlowFields
from graphcdp.api.graphql.journeys.funnel import FunnelFields
from graphcdp.api.graphql.journeys.pattern import PatternFields
from graphcdp.api.graphql.journeys.retention import RetentionFields
from graphcdp.api.graphql.journeys.sessions import SessionFields
from graphcdp.api.graphql.journeys.stitching import StitchingFields
from graphcdp.api.graphql.journeys.timeline import TimelineFields
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import First, page_size
from graphcdp.journeys import Selection


@strawberry.type(description="Analyses of what the selected people did.")
class Journey(
    TimelineFields,
    SessionFields,
    FunnelFields,
    FlowFields,
    AttributionFields,
    DriverFields,
    RetentionFields,
    PatternFields,
    ChannelFields,
    StitchingFields,
    JourneyBase,
):
    @strawberry.field(description="The selection in parts; any analysis can be asked of each.")
    async def parts(
        self,
        info: Info,
        by: Annotated[
            str,
            strawberry.argument(
                description="`channel` or another property of events (a part are the events with one value), "
                "`profile.loyalty_tier` or another attribute of people, or `segment` (whose parts overlap)."
            ),
        ],
        first: First = 10,
    ) -> JourneyPartsResult:
        found, left_out = await info.context.platform.journeys.parts(by, self.selection, most=page_size(first))
        parts = [
            JourneyPart(
                label=part.label, people=people, events=events,
                journey=Journey(selection=replace(self.selection, part=part)),
            )
            for part, people, events in found
        ]  # fmt: skip
        return JourneyParts(parts=parts, left_out=left_out)


@strawberry.type(description="One part of a selection.")
class JourneyPart:
    label: str = strawberry.field(description="Its value; `(unknown)`: what has none.")
    people: int = strawberry.field(description="How many people with selected events are in it.")
    events: int = strawberry.field(description="How many of the selected events are.")
    journey: Journey = strawberry.field(description="Analyses of it alone.")


@strawberry.type(description="A selection in parts.")
class JourneyParts:
    parts: list[JourneyPart] = strawberry.field(description="The largest first.")
    left_out: int = strawberry.field(description="How many more values there are.")


JourneyPartsResult = Annotated[
    JourneyParts | InvalidInput,
    strawberry.union("JourneyPartsResult", description="The parts, or what is wrong with the question."),
]


@strawberry.type(description="Questions about journeys.")
class JourneyQuery:
    @strawberry.field(
        description="What people did, across channels: whose events, and which; what is asked of them are its fields.",
        extensions=[needs(Scope.READ)],
    )
    async def journey(  # noqa: PLR0917
        self,
        info: Info,
        start: Annotated[datetime | None, strawberry.argument(description="From this instant.")] = None,
        end: Annotated[datetime | None, strawberry.argument(description="Before this instant.")] = None,
        container: Annotated[
            JourneyContainer, strawberry.argument(description="Whose events belong together.")
        ] = JourneyContainer.PERSON,
        segment: Annotated[str | None, strawberry.argument(description="Only members of this segment.")] = None,
        people: Annotated[
            str | None, strawberry.argument(description="Only people who fulfil this rule, in the segment language.")
        ] = None,
        within: Annotated[
            str | None, strawberry.argument(description="Only events that fulfil this: `channel = 'web'`.")
        ] = None,
        identity_rules: Annotated[
            str | None,
            strawberry.argument(description="People as another identity rule set (YAML) would have them."),
        ] = None,
        engine: Annotated[
            JourneyEngine, strawberry.argument(description="Who answers; `rules` of an answer say who did.")
        ] = JourneyEngine.AUTO,
    ) -> Journey:
        info.context.leaving.stop_with_client()
        asked = Selection(start, end, container.model(), segment, people, within, identity_rules, engine=engine.model())
        return Journey(selection=asked)
