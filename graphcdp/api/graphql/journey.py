"""Journeys: what people did. The fields of each analysis are a class in a module of its own, mixed into `Journey`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.journey_attribution import AttributionFields
from graphcdp.api.graphql.journey_base import JourneyBase, JourneyContainer
from graphcdp.api.graphql.journey_channels import ChannelFields
from graphcdp.api.graphql.journey_drivers import DriverFields
from graphcdp.api.graphql.journey_flow import FlowFields
from graphcdp.api.graphql.journey_funnel import FunnelFields
from graphcdp.api.graphql.journey_pattern import PatternFields
from graphcdp.api.graphql.journey_retention import RetentionFields
from graphcdp.api.graphql.journey_sessions import SessionFields
from graphcdp.api.graphql.journey_timeline import TimelineFields
from graphcdp.api.graphql.permissions import needs
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
    JourneyBase,
):
    pass


@strawberry.type(description="Questions about journeys.")
class JourneyQuery:
    @strawberry.field(
        description="What people did, across channels: whose events, and which; what is asked of them are its fields.",
        extensions=[needs(Scope.READ)],
    )
    async def journey(  # noqa: PLR0917
        self,
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
    ) -> Journey:
        return Journey(selection=Selection(start, end, container.model(), segment, people, within, identity_rules))
