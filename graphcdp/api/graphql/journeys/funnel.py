"""Funnels in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from enum import Enum
from typing import Annotated, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page
from graphcdp.journeys import Selection
from graphcdp.journeys import funnel as models


@strawberry.enum(description="How the steps of a funnel follow each other.")
class FunnelOrder(Enum):
    ORDERED = strawberry.enum_value("ordered", description="In order; other events may happen between.")
    STRICT = strawberry.enum_value("strict", description="In order; no other event of the selection happens between.")
    ANY = strawberry.enum_value("any", description="In whatever order.")


@strawberry.enum(description="Where the window of a funnel begins.")
class FunnelAnchor(Enum):
    FIRST_STEP = strawberry.enum_value("first_step", description="With the first step.")
    PREVIOUS_STEP = strawberry.enum_value("previous_step", description="With the step before, for each step anew.")


@strawberry.enum(description="Which first step may begin a try.")
class FunnelEntry(Enum):
    ANY = strawberry.enum_value("any", description="Each.")
    FIRST = strawberry.enum_value("first", description="Only the person's first.")


@strawberry.enum(description="What becomes of ties in time.")
class FunnelTie(Enum):
    STEP_ORDER = strawberry.enum_value(
        "step_order", description="Events at one instant stand in the order of the steps."
    )
    STRICT_INCREASE = strawberry.enum_value("strict_increase", description="The next step must be later.")


@strawberry.enum(description="What an exclusion does.")
class FunnelExclusionPolicy(Enum):
    STOP_AT_STEP = strawberry.enum_value("stop_at_step", description="It ends the try; a later one may succeed.")
    DROP_PERSON = strawberry.enum_value("drop_person", description="It takes the person out of the funnel.")


@strawberry.enum(description="Which people of a step.")
class FunnelOutcome(Enum):
    REACHED = strawberry.enum_value("reached", description="Who reached it, or went further.")
    STOPPED = strawberry.enum_value("stopped", description="Who went no further.")
    EXCLUDED = strawberry.enum_value("excluded", description="Who was taken out of the whole funnel.")


@strawberry.enum(description="Why someone went no further.")
class FunnelReason(Enum):
    NO_LATER_EVENT = strawberry.enum_value("no_later_event", description="The next step never happened after it.")
    WINDOW_EXPIRED = strawberry.enum_value("window_expired", description="It happened too late.")
    EXCLUDED_BY = strawberry.enum_value("excluded_by", description="An exclusion happened between.")
    TIE_REFUSED = strawberry.enum_value("tie_refused", description="It happened at the same instant.")
    NOT_NEXT = strawberry.enum_value("not_next", description="Other events happened between, in a strict funnel.")
    IDENTITY_SPLIT = strawberry.enum_value(
        "identity_split", description="On this cookie it did not happen, but on another one of the same person."
    )


@strawberry.input(description="What must not happen between two steps.")
class FunnelExclusionInput:
    events: str = strawberry.field(description="Events in the segment language.")
    from_step: int = strawberry.field(default=1, description="Later than this step, from 1.")
    to_step: int = strawberry.field(default=2, description="Earlier than this step.")


@strawberry.input(description="What a funnel is.")
class FunnelInput:
    steps: list[str] = strawberry.field(description="Events in the segment language, in order: `viewed product`.")
    order: FunnelOrder = strawberry.field(default=FunnelOrder.ORDERED, description="How they follow each other.")
    window_seconds: int = strawberry.field(default=14 * 86_400, description="How long it may take, end included.")
    window_anchor: FunnelAnchor = strawberry.field(default=FunnelAnchor.FIRST_STEP, description="From where on.")
    entry: FunnelEntry = strawberry.field(default=FunnelEntry.ANY, description="Which first step begins a try.")
    tie: FunnelTie = strawberry.field(
        default=FunnelTie.STEP_ORDER, description="What becomes of events at one instant."
    )
    exclusions: list[FunnelExclusionInput] = strawberry.field(
        default_factory=list, description="What must not happen between."
    )
    exclusion_policy: FunnelExclusionPolicy = strawberry.field(
        default=FunnelExclusionPolicy.STOP_AT_STEP, description="What an exclusion does."
    )
    hold_constant: str | None = strawberry.field(
        default=None, description="A property of events that must be the same along all steps."
    )
    breakdown: str | None = strawberry.field(
        default=None, description="Count apart by this property of the first step, or by `profile.<attribute>`."
    )
    session_gap_seconds: int | None = strawberry.field(
        default=None, description="Every session for itself, cut at silences of so long; null: all that people did."
    )

    def model(self) -> models.FunnelRule:
        """Return the model."""
        return models.FunnelRule(
            steps=tuple(self.steps),
            order=cast(models.Order, self.order.value),
            window_seconds=self.window_seconds,
            window_anchor=cast(models.Anchor, self.window_anchor.value),
            entry=cast(models.Entry, self.entry.value),
            tie=cast(models.Tie, self.tie.value),
            exclusions=tuple(models.Exclusion(one.events, one.from_step, one.to_step) for one in self.exclusions),
            exclusion_policy=cast(models.Policy, self.exclusion_policy.value),
            hold_constant=self.hold_constant,
            breakdown=self.breakdown,
            session_gap_seconds=self.session_gap_seconds,
        )


@strawberry.type(description="How many stopped for one reason.")
class FunnelStopped:
    reason: FunnelReason = strawberry.field(description="Why.")
    people: int = strawberry.field(description="How many.")


@strawberry.type(description="How long people took from one step to the next, counted in bins of one width.")
class FunnelHistogram:
    lowest_seconds: float = strawberry.field(description="Where the first bin begins.")
    bin_seconds: float = strawberry.field(description="How wide a bin is.")
    bins: list[int] = strawberry.field(description="How many people in each.")


@strawberry.type(description="Someone behind a number of a funnel.")
class FunnelPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    value: str | None = strawberry.field(description="Of the breakdown.")
    held: str | None = strawberry.field(description="The value that was held constant.")
    reached: int = strawberry.field(description="The last step reached; 0 of those taken out.")
    reason: FunnelReason | None = strawberry.field(description="Why no further; null at the end.")
    event_ids: list[str] = strawberry.field(description="Of the events that fill the steps.")
    times: list[datetime] = strawberry.field(description="When they happened.")

    @classmethod
    def of(cls, one: models.FunnelPerson) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, value=one.value, held=one.held, reached=one.reached,
            reason=None if one.reason is None else FunnelReason(one.reason), event_ids=list(one.event_ids),
            times=list(one.times),
        )  # fmt: skip


@strawberry.type(description="What people did next who stopped.")
class FunnelDropOff:
    path: list[str] = strawberry.field(description="Types of their next events; empty: nothing more.")
    people: int = strawberry.field(description="How many did so.")


@strawberry.type(description="A step of a funnel, of all people or of those with one value of the breakdown.")
class FunnelStep(JourneyBase):
    asked: strawberry.Private[models.FunnelRule]
    value: str | None = strawberry.field(description="Of the breakdown.")
    step: int = strawberry.field(description="From 1.")
    name: str = strawberry.field(description="As it was asked for.")
    people: int = strawberry.field(description="How many reached it.")
    sessions: int | None = strawberry.field(
        description="How many sessions did, where each is tried for itself; all that follows counts them then."
    )
    from_first: float | None = strawberry.field(description="As a share of those who began.")
    from_previous: float | None = strawberry.field(description="As a share of those who reached the step before.")
    stopped: int = strawberry.field(description="How many went no further.")
    reasons: list[FunnelStopped] = strawberry.field(description="Why.")
    total_median_seconds: float | None = strawberry.field(description="From the first step to this one.")
    next_mean_seconds: float | None = strawberry.field(description="From this step to the next.")
    next_median_seconds: float | None = strawberry.field(description="From this step to the next, the middle one.")
    next_quantiles: list[float] = strawberry.field(description="The same at 10, 25, 50, 75 and 90 %.")
    histogram: FunnelHistogram | None = strawberry.field(description="The same, counted; null where nobody went on.")

    @classmethod
    def of_step(cls, one: models.FunnelStep, asked: models.FunnelRule, base: JourneyBase) -> Self:
        """Turn a model into its type."""
        drawn = None
        if one.lowest_seconds is not None and one.bin_seconds is not None:
            drawn = FunnelHistogram(lowest_seconds=one.lowest_seconds, bin_seconds=one.bin_seconds, bins=list(one.bins))
        return cls(
            selection=base.selection, asked=asked, value=one.value, step=one.step, name=one.name, people=one.people,
            sessions=one.sessions, from_first=one.from_first, from_previous=one.from_previous, stopped=one.stopped,
            reasons=[FunnelStopped(reason=FunnelReason(why), people=many) for why, many in one.reasons.items()],
            total_median_seconds=one.total_median_seconds, next_mean_seconds=one.next_mean_seconds,
            next_median_seconds=one.next_median_seconds, next_quantiles=list(one.next_quantiles), histogram=drawn,
        )  # fmt: skip

    @strawberry.field(description="The people behind the number, by id.")
    async def persons(
        self,
        info: Info,
        outcome: Annotated[FunnelOutcome, strawberry.argument(description="Which.")] = FunnelOutcome.REACHED,
        reason: Annotated[FunnelReason | None, strawberry.argument(description="Who stopped for this.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[FunnelPerson]:
        page: Page[models.FunnelPerson] = await info.context.platform.journeys.funnel_people(
            self.asked,
            self.selection,
            outcome=cast(models.Outcome, outcome.value),
            step=self.step,
            value=self.value,
            reason=None if reason is None else cast(models.Why, reason.value),
            first=page_size(first),
            after=after,
        )
        return Connection.of(page, FunnelPerson.of, begun=after is not None)

    @strawberry.field(description="What people did next who stopped here (of all values of the breakdown).")
    async def drop_off_paths(
        self,
        info: Info,
        length: Annotated[int, strawberry.argument(description="So many events, 1 to 10.")] = 3,
        first: First = 20,
    ) -> list[FunnelDropOff]:
        found = await info.context.platform.journeys.drop_off_paths(
            self.asked, self.selection, step=self.step, length=length, most=page_size(first)
        )
        return [FunnelDropOff(path=list(one.path), people=one.people) for one in found]


@strawberry.type(description="A funnel.")
class Funnel(JourneyAnswer):
    steps: list[FunnelStep] = strawberry.field(description="In order; with a breakdown by value and then in order.")
    conversion: float | None = strawberry.field(description="The share of all who began that reached the end.")
    excluded: int = strawberry.field(description="How many people exclusions took out.")
    rules: JSON = strawberry.field(description="What it was computed under.")


FunnelResult = Annotated[
    Funnel | InvalidInput,
    strawberry.union("JourneyFunnelResult", description="The funnel, or what is wrong with the question."),
]


@strawberry.type(description="Funnels of the selected people.")
class FunnelFields(JourneyBase):
    @strawberry.field(description="How many people got how far along steps, how fast, and why they stopped.")
    async def funnel(
        self, info: Info, input: Annotated[FunnelInput, strawberry.argument(description="What the funnel is.")]
    ) -> FunnelResult:
        asked = input.model()

        def ask(whose: Selection) -> Awaitable[models.Funnel]:
            return info.context.platform.journeys.funnel(asked, whose)

        found = await ask(self.selection)
        return Funnel(
            selection=self.selection,
            ask=ask,
            found=found,
            steps=[FunnelStep.of_step(one, asked, self) for one in found.steps],
            conversion=found.conversion,
            excluded=sum(found.excluded.values()),
            rules=shown_rules(found.rules),
        )
