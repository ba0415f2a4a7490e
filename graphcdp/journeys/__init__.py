"""What people did, across channels and devices: one class over the graph, one module an analysis.

An analysis is a class over `Analysis` in a module of its own; `Journeys` is all of them together.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from graphcdp.identity.reports.report import Watch
from graphcdp.journeys.attribution import Attribution, AttributionAnalysis, AttributionRule
from graphcdp.journeys.channels import ChannelAnalysis, ChannelRule, Channels
from graphcdp.journeys.choice import ANY_EVENT, EventChoice
from graphcdp.journeys.comparing import ComparingAnalysis, Comparison
from graphcdp.journeys.deflection import Deflection, DeflectionAnalysis, DeflectionRule
from graphcdp.journeys.drivers import DriverRule, Drivers
from graphcdp.journeys.flow import Flow, FlowAnalysis, FlowRule, Link, Path, PathPerson, Paths, Transition, Transitions
from graphcdp.journeys.funnel import (
    DropOff,
    Exclusion,
    Funnel,
    FunnelAnalysis,
    FunnelPerson,
    FunnelRule,
    FunnelStep,
)
from graphcdp.journeys.lifecycle import Lifecycle, LifecycleAnalysis, LifecyclePeriod, Stickiness
from graphcdp.journeys.limits import JourneyTooLargeError, Limits
from graphcdp.journeys.parts import Parts, PartsAnalysis, Share
from graphcdp.journeys.patterns import Pattern, PatternAnalysis, PatternFound
from graphcdp.journeys.periods import Calendar
from graphcdp.journeys.popularity import Popularity, PopularityAnalysis
from graphcdp.journeys.progress import told_to
from graphcdp.journeys.retention import Cohort, Retention, RetentionAnalysis, RetentionRule
from graphcdp.journeys.selection import EVERYTHING, Analysis, Container, Part, Selection
from graphcdp.journeys.sessions import Session, SessionAnalysis, SessionGroup, SessionRule, Sessions
from graphcdp.journeys.stitching import Stitched, Stitching, StitchingAnalysis, StitchingRule
from graphcdp.journeys.timeline import Moment, TimelineAnalysis
from graphcdp.journeys.tools import ToolAnalysis, ToolRule, Tools

__all__ = [
    "ANY_EVENT",
    "EVERYTHING",
    "Analysis",
    "Attribution",
    "AttributionRule",
    "Calendar",
    "ChannelRule",
    "Channels",
    "Cohort",
    "Comparison",
    "Container",
    "Deflection",
    "DeflectionRule",
    "DriverRule",
    "Drivers",
    "DropOff",
    "EventChoice",
    "Exclusion",
    "Flow",
    "FlowRule",
    "Funnel",
    "FunnelPerson",
    "FunnelRule",
    "FunnelStep",
    "JourneyTooLargeError",
    "Journeys",
    "Lifecycle",
    "LifecyclePeriod",
    "Limits",
    "Link",
    "Moment",
    "Part",
    "Parts",
    "Path",
    "PathPerson",
    "Paths",
    "Pattern",
    "PatternFound",
    "Popularity",
    "Retention",
    "RetentionRule",
    "Selection",
    "Session",
    "SessionGroup",
    "SessionRule",
    "Sessions",
    "Share",
    "Stickiness",
    "Stitched",
    "Stitching",
    "StitchingRule",
    "ToolRule",
    "Tools",
    "Transition",
    "Transitions",
]


_Got = TypeVar("_Got")


class Journeys(
    TimelineAnalysis,
    SessionAnalysis,
    FunnelAnalysis,
    FlowAnalysis,
    AttributionAnalysis,
    DeflectionAnalysis,
    ChannelAnalysis,
    PopularityAnalysis,
    ToolAnalysis,
    StitchingAnalysis,
    RetentionAnalysis,
    LifecycleAnalysis,
    PatternAnalysis,
    ComparingAnalysis,
    PartsAnalysis,
):
    """The analyses of journeys over one graph. Nothing is written."""

    async def watched(self, ask: Callable[[], Awaitable[_Got]], watch: Watch) -> _Got:
        """Put a question, and tell how far it is while it is answered; cancelling the task stops it on the server.

            await journeys.watched(lambda: journeys.funnel(rule), lambda told: print(told.stage, told.share))

        Args:
            ask: puts it.
            watch: is told some times a second what is done now, and an estimate of the share of the whole, 1 at the
                end; what it raises stops the question, and is raised.
        """
        with told_to(watch) as telling:
            found = await ask()
        telling.done()
        return found
