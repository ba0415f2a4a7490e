"""Channels, popular contents and products, and tools in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, JourneyCount, shown_rules
from graphcdp.api.graphql.journeys.drivers import JourneyPeriod
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page
from graphcdp.journeys import Selection
from graphcdp.journeys import channels as channel_models
from graphcdp.journeys import popularity as popular_models
from graphcdp.journeys import tools as tool_models
from graphcdp.journeys.channels import ChannelRule
from graphcdp.journeys.deflection import Period
from graphcdp.journeys.tools import ToolRule, Tools


@strawberry.input(description="What is counted of channels.")
class ChannelInput:
    conversions: str = strawberry.field(default="purchased", description="Events in the segment language.")
    dimension: str = strawberry.field(default="channel", description="A property: channel, source, campaign, …")
    value: str | None = strawberry.field(default="revenue", description="A property of conversions to sum up.")
    lookback_seconds: int = strawberry.field(default=2_592_000, description="How old an event may be that assists.")
    gap_seconds: int = strawberry.field(default=1_800, description="A silence that ends a session.")

    def model(self) -> ChannelRule:
        """Return the model."""
        return ChannelRule(self.conversions, self.dimension, self.value, self.lookback_seconds, self.gap_seconds)


@strawberry.type(description="One channel.")
class ChannelFigures:
    channel: str = strawberry.field(description="Which; `(unknown)` where events have none.")
    people: int = strawberry.field(description="Who used it.")
    events: int = strawberry.field(description="How many.")
    sessions: int = strawberry.field(description="That had it.")
    engaged: int = strawberry.field(description="Sessions that had it, of two events or more.")
    engagement_rate: float = strawberry.field(description="Their share.")
    converted: int = strawberry.field(description="People who used it and converted, there or elsewhere.")
    conversion_rate: float = strawberry.field(description="Their share.")
    conversions: int = strawberry.field(description="That happened on it.")
    value: float = strawberry.field(description="Of these.")
    last_touches: int = strawberry.field(description="Conversions whose last event before was on it.")
    assisted: int = strawberry.field(description="Conversions that it was before, but not last.")
    assist_ratio: float | None = strawberry.field(description="Assisted for one that it was last before.")

    @classmethod
    def of(cls, one: channel_models.Channel) -> Self:
        """Turn a model into its type."""
        told: dict[str, Any] = asdict(one)
        return cls(
            **told, engagement_rate=one.engagement_rate, conversion_rate=one.conversion_rate,
            assist_ratio=one.assist_ratio,
        )  # fmt: skip


@strawberry.type(description="People who used exactly these channels.")
class ChannelSet:
    channels: list[str] = strawberry.field(description="By name.")
    people: int = strawberry.field(description="How many.")
    converted: int = strawberry.field(description="How many of them converted.")
    conversions: int = strawberry.field(description="How often.")

    @classmethod
    def of(cls, one: channel_models.ChannelSet) -> Self:
        """Turn a model into its type."""
        return cls(channels=list(one.channels), people=one.people, converted=one.converted, conversions=one.conversions)


@strawberry.type(description="Channels side by side, and together.")
class JourneyChannels(JourneyAnswer):
    channels: list[ChannelFigures] = strawberry.field(description="The one of most people first.")
    overlap: list[ChannelSet] = strawberry.field(description="Sets of an upset plot, the largest first.")
    rules: JSON = strawberry.field(description="What they were computed under.")


@strawberry.type(description="A value, and how popular it is.")
class PopularValue:
    since: str | None = strawberry.field(description="The first day of the period; null: all time together.")
    part: str | None = strawberry.field(description="The channel or segment; null: all together.")
    value: str = strawberry.field(description="An id of a product, a category, a content, …")
    title: str | None = strawberry.field(description="A product's name.")
    rank: int = strawberry.field(description="From 1, in its period and part.")
    times: int = strawberry.field(description="Events.")
    people: int = strawberry.field(description="How many.")
    sessions: int = strawberry.field(description="That had it; one that goes on into the next period counts in both.")
    share: float = strawberry.field(description="Of the events of its period and part that have a value.")

    @classmethod
    def of(cls, one: popular_models.Popular) -> Self:
        """Turn a model into its type."""
        told: dict[str, Any] = asdict(one)
        return cls(**told)


@strawberry.type(description="What is popular.")
class JourneyPopularity(JourneyAnswer):
    rows: list[PopularValue] = strawberry.field(description="Periods, parts, then those of most `count` first.")
    rules: JSON = strawberry.field(description="What it was computed under.")


@strawberry.input(description="What is a use of a tool, and when it succeeds.")
class ToolInput:
    tools: str = strawberry.field(default=ToolRule().tools, description="Uses, in the segment language.")
    field: str = strawberry.field(default=ToolRule().field, description="The property that names the tool.")
    success: str = strawberry.field(default=ToolRule().success, description="What a use that succeeds fulfils.")
    followed_by: str | None = strawberry.field(
        default=None, description="Events that make a use before them a success, too."
    )
    window_seconds: int = strawberry.field(default=86_400, description="For how long what follows counts.")
    gap_seconds: int = strawberry.field(default=1_800, description="A silence that ends a session.")

    def model(self) -> ToolRule:
        """Return the model."""
        return ToolRule(self.tools, self.field, self.success, self.followed_by, self.window_seconds, self.gap_seconds)


@strawberry.type(description="What people did next.")
class ToolStep:
    succeeded: bool = strawberry.field(description="After a use that succeeded, or did not.")
    step: str = strawberry.field(description="The type of the next event within the window, or `(exit)`.")
    times: int = strawberry.field(description="How often.")
    people: int = strawberry.field(description="Of how many.")


@strawberry.type(description="One tool.")
class ToolFigures:
    tool: str = strawberry.field(description="Which.")
    uses: int = strawberry.field(description="How often it was used.")
    people: int = strawberry.field(description="By how many.")
    successes: int = strawberry.field(description="Uses that succeeded.")
    success_rate: float = strawberry.field(description="Their share.")
    again: int = strawberry.field(description="After which the same person used it again within the window.")
    sessions: int = strawberry.field(description="That had a use.")
    solved: int = strawberry.field(description="Sessions of which a use succeeded.")
    solved_rate: float = strawberry.field(description="Their share.")
    steps: list[ToolStep] = strawberry.field(description="What people did next, after successes first.")

    @classmethod
    def of(cls, one: tool_models.Tool) -> Self:
        """Turn a model into its type."""
        steps = [
            ToolStep(succeeded=each.succeeded, step=each.step, times=each.times, people=each.people)
            for each in one.steps
        ]
        return cls(
            tool=one.tool, uses=one.uses, people=one.people, successes=one.successes, success_rate=one.success_rate,
            again=one.again, sessions=one.sessions, solved=one.solved, solved_rate=one.solved_rate, steps=steps,
        )  # fmt: skip


@strawberry.type(description="Tools side by side.")
class JourneyTools(JourneyAnswer):
    tools: list[ToolFigures] = strawberry.field(description="The most used first.")
    rules: JSON = strawberry.field(description="What they were computed under.")


@strawberry.type(description="Somebody who did something.")
class Doer:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    times: int = strawberry.field(description="How often.")
    first_at: datetime = strawberry.field(description="First.")
    last_at: datetime = strawberry.field(description="Last.")

    @classmethod
    def of(cls, one: channel_models.Doer) -> Self:
        """Turn a model into its type."""
        return cls(who=one.who, profile_id=one.profile_id, times=one.times, first_at=one.first_at, last_at=one.last_at)


ChannelsResult = Annotated[
    JourneyChannels | InvalidInput,
    strawberry.union("JourneyChannelsResult", description="The channels, or what is wrong with the question."),
]
PopularityResult = Annotated[
    JourneyPopularity | InvalidInput,
    strawberry.union("JourneyPopularityResult", description="What is popular, or what is wrong with the question."),
]
ToolsResult = Annotated[
    JourneyTools | InvalidInput,
    strawberry.union("JourneyToolsResult", description="The tools, or what is wrong with the question."),
]
Which = Annotated[str | None, strawberry.argument(description="Which events count: `viewed product`; null: any.")]
Split = Annotated[str | None, strawberry.argument(description="`channel`, another property, or `segment`.")]
Each = Annotated[JourneyPeriod | None, strawberry.argument(description="Rank each.")]
Zone = Annotated[str, strawberry.argument(description="Whose days these are.")]
Counted = Annotated[JourneyCount, strawberry.argument(description="What the first have most of.")]
Gap = Annotated[int, strawberry.argument(description="A silence of so many seconds ends a session.")]
Most = Annotated[int, strawberry.argument(description="Of each period and part; up to 200.")]


@strawberry.type(description="Channels, contents, products and tools of the selected people.")
class ChannelFields(JourneyBase):
    @strawberry.field(description="Engagement, conversion and overlap of channels.")
    async def channels(
        self,
        info: Info,
        rule: Annotated[ChannelInput | None, strawberry.argument(description="What is counted.")] = None,
        most: Annotated[int, strawberry.argument(description="So many sets of the overlap; up to 1,000.")] = 100,
    ) -> ChannelsResult:
        asked = ChannelRule() if rule is None else rule.model()

        def ask(whose: Selection) -> Awaitable[channel_models.Channels]:
            return info.context.platform.journeys.channels(whose, asked, most=most)

        found = await ask(self.selection)
        return JourneyChannels(
            selection=self.selection, ask=ask, found=found,
            channels=[ChannelFigures.of(one) for one in found.channels],
            overlap=[ChannelSet.of(one) for one in found.overlap], rules=shown_rules(found.rules),
        )  # fmt: skip

    @strawberry.field(description="The most viewed contents, or values of another property of events.")
    async def content(  # noqa: PLR0917
        self,
        info: Info,
        of: Annotated[str, strawberry.argument(description="content, page, query, campaign, …")] = "content",
        events: Which = None,
        split: Split = None,
        period: Each = None,
        time_zone: Zone = "UTC",
        most: Most = 20,
        count: Counted = JourneyCount.EVENTS,
        gap_seconds: Gap = 1_800,
    ) -> PopularityResult:
        return await _popular(info, self, of, events, split, period, time_zone, most, count, gap_seconds)

    @strawberry.field(description="The most popular products, or with `categories` the most popular categories.")
    async def products(  # noqa: PLR0917
        self,
        info: Info,
        categories: Annotated[bool, strawberry.argument(description="Categories instead.")] = False,
        events: Which = None,
        split: Split = None,
        period: Each = None,
        time_zone: Zone = "UTC",
        most: Most = 20,
        count: Counted = JourneyCount.EVENTS,
        gap_seconds: Gap = 1_800,
    ) -> PopularityResult:
        of = "category" if categories else "product"
        return await _popular(info, self, of, events, split, period, time_zone, most, count, gap_seconds)

    @strawberry.field(description="Which self-service tools work: use, success, and what people do next.")
    async def tools(
        self,
        info: Info,
        rule: Annotated[ToolInput | None, strawberry.argument(description="What counts as what.")] = None,
        most: Annotated[int, strawberry.argument(description="So many next steps; up to 50.")] = 5,
    ) -> ToolsResult:
        asked = ToolRule() if rule is None else rule.model()

        def ask(whose: Selection) -> Awaitable[Tools]:
            return info.context.platform.journeys.tools(whose, asked, most=most)

        found = await ask(self.selection)
        return JourneyTools(
            selection=self.selection, ask=ask, found=found,
            tools=[ToolFigures.of(one) for one in found.tools], rules=shown_rules(found.rules),
        )  # fmt: skip

    @strawberry.field(description="Who did something, by id: the people behind a channel, content, product or tool.")
    async def doers(  # noqa: PLR0917
        self,
        info: Info,
        events: Which = None,
        field: Annotated[str | None, strawberry.argument(description="A property that has a value there.")] = None,
        value: Annotated[str | None, strawberry.argument(description="Which value.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Doer]:
        page: Page[channel_models.Doer] = await info.context.platform.journeys.doers(
            self.selection, events, field=field, value=value, first=page_size(first), after=after
        )
        return Connection.of(page, Doer.of, begun=after is not None)


async def _popular(  # noqa: PLR0917
    info: Info,
    of_selection: JourneyBase,
    of: str,
    events: str | None,
    split: str | None,
    period: JourneyPeriod | None,
    time_zone: str,
    most: int,
    count: JourneyCount,
    gap_seconds: int,
) -> JourneyPopularity:
    each = None if period is None else cast(Period, period.value)

    def ask(whose: Selection) -> Awaitable[popular_models.Popularity]:
        return info.context.platform.journeys.popular(
            whose, of, events, split=split, period=each, time_zone=time_zone, most=most, count=count.model(),
            gap_seconds=gap_seconds,
        )  # fmt: skip

    found = await ask(of_selection.selection)
    return JourneyPopularity(
        selection=of_selection.selection, ask=ask, found=found,
        rows=[PopularValue.of(one) for one in found.rows], rules=shown_rules(found.rules),
    )  # fmt: skip
