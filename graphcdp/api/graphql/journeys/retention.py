"""Retention, lifecycle and stickiness in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import Events, JourneyAnswer, JourneyBase, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.journeys import Selection
from graphcdp.journeys import lifecycle as lives
from graphcdp.journeys import retention as models
from graphcdp.journeys.periods import Calendar, Interval


@strawberry.enum(description="How long a period is.")
class JourneyInterval(Enum):
    DAY = strawberry.enum_value("day", description="A day of the time zone.")
    WEEK = strawberry.enum_value("week", description="Seven days, from `weekStart` on.")
    MONTH = strawberry.enum_value("month", description="A month of the calendar.")


@strawberry.enum(description="What a cell of retention says.")
class RetentionMeasure(Enum):
    N_DAY = strawberry.enum_value("n_day", description="Came back in exactly that period.")
    UNBOUNDED = strawberry.enum_value("unbounded", description="Came back in that period or later.")
    BRACKET = strawberry.enum_value("bracket", description="Came back in any period of a bracket.")


@strawberry.enum(description="What time since the start is counted in.")
class RetentionClock(Enum):
    CALENDAR = strawberry.enum_value("calendar", description="Periods of the calendar in the time zone.")
    ELAPSED = strawberry.enum_value("elapsed", description="Spans of 24 hours (7 days for weeks) since the start.")


@strawberry.enum(description="Which starts of a person make cohorts.")
class RetentionCohortOf(Enum):
    RECURRING = strawberry.enum_value("recurring", description="Every period with a start.")
    FIRST_TIME = strawberry.enum_value("first_time", description="Only the first start ever.")


@strawberry.enum(description="How a person's activity in a period came about.")
class LifecycleState(Enum):
    NEW = strawberry.enum_value("new", description="Active for the first time ever.")
    RETURNING = strawberry.enum_value("returning", description="Active in the period before, too.")
    RESURRECTING = strawberry.enum_value("resurrecting", description="Active earlier, but not in the period before.")
    DORMANT = strawberry.enum_value("dormant", description="Active in the period before, and not now.")
    ACTIVE = strawberry.enum_value("active", description="Active now, in whatever way.")


@strawberry.input(description="What a period is.")
class CalendarInput:
    interval: JourneyInterval = strawberry.field(default=JourneyInterval.WEEK, description="How long it is.")
    zone: str = strawberry.field(default="UTC", description="The time zone whose midnight counts.")
    week_start: int = strawberry.field(default=1, description="What a week begins with: 1 (Monday) to 7 (Sunday).")
    until: datetime | None = strawberry.field(default=None, description="Nothing later is known; null: now.")

    def model(self) -> Calendar:
        """Return the model."""
        return Calendar(
            cast(Interval, self.interval.value), self.zone, self.week_start, self.until
        )  # fmt: skip


@strawberry.input(description="Periods after the start, both counted.")
class BracketInput:
    low: int = strawberry.field(description="The first.")
    high: int = strawberry.field(description="The last.")


@strawberry.input(description="What counts as beginning and as coming back.")
class RetentionRuleInput:
    starts: str = strawberry.field(default="any event", description="Events that begin, in the segment language.")
    returns: str = strawberry.field(default="any event", description="Events that count as coming back.")
    measure: RetentionMeasure = strawberry.field(default=RetentionMeasure.N_DAY, description="What a cell says.")
    periods: int = strawberry.field(default=8, description="How many columns, period 0 included.")
    brackets: list[BracketInput] = strawberry.field(default_factory=list, description="Columns of `BRACKET`.")
    clock: RetentionClock = strawberry.field(default=RetentionClock.CALENDAR, description="What time is counted in.")
    cohort: RetentionCohortOf = strawberry.field(
        default=RetentionCohortOf.RECURRING, description="Which starts make cohorts."
    )
    breakdown: str | None = strawberry.field(
        default=None, description="Count apart by this property of the event that begins, or `profile.<attribute>`."
    )
    gap_seconds: int = strawberry.field(
        default=1_800, description="A silence of so long between returns begins another session of them."
    )

    def model(self) -> models.RetentionRule:
        """Return the model."""
        return models.RetentionRule(
            self.starts, self.returns, cast(models.Measure, self.measure.value), self.periods,
            tuple((one.low, one.high) for one in self.brackets), cast(models.Clock, self.clock.value),
            cast(models.CohortOf, self.cohort.value), self.breakdown, self.gap_seconds,
        )  # fmt: skip


CalendarArgument = Annotated[
    CalendarInput | None, strawberry.argument(description="What a period is; weeks of UTC if nothing is said.")
]


@strawberry.type(description="Periods after the start, both counted.")
class RetentionBracket:
    low: int = strawberry.field(description="The first.")
    high: int | None = strawberry.field(description="The last; null: and all later ones.")
    label: str = strawberry.field(description="`3`, `3+` or `3-7`.")
    average: float | None = strawberry.field(description="The share over all cohorts of which it is known.")


@strawberry.type(description="The people who began in one period.")
class RetentionCohort:
    start: date = strawberry.field(description="Its first day.")
    people: int = strawberry.field(description="How many.")
    returned: list[int | None] = strawberry.field(
        description="For each column, how many came back; null where that cannot be known yet."
    )
    rates: list[float | None] = strawberry.field(description="The same as shares.")
    sessions: list[int | None] = strawberry.field(description="In how many sessions they did, together.")
    events: list[int | None] = strawberry.field(description="How many returns there were, together.")
    value: str | None = strawberry.field(description="Of the breakdown; null where there is none, or it is unknown.")

    @classmethod
    def of(cls, one: models.Cohort) -> Self:
        """Turn a model into its type."""
        rates = [one.rate(nr) for nr in range(len(one.returned))]
        return cls(
            start=one.start, people=one.people, returned=list(one.returned), rates=rates, sessions=list(one.sessions),
            events=list(one.events), value=one.value,
        )  # fmt: skip


@strawberry.type(description="A person behind a number of retention, and the events that made it.")
class RetentionPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    started_at: datetime = strawberry.field(description="When the event was that began it.")
    start_event: str = strawberry.field(description="Its id.")
    returned_at: datetime | None = strawberry.field(description="When the first event was that counts as the return.")
    return_event: str | None = strawberry.field(description="Its id.")

    @classmethod
    def of(cls, one: models.Returned) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, started_at=one.started_at, start_event=one.start_event,
            returned_at=one.returned_at, return_event=one.return_event,
        )  # fmt: skip


@strawberry.type(description="Who came back, cohort by cohort.")
class Retention(JourneyAnswer):
    rule: strawberry.Private[models.RetentionRule]
    calendar: strawberry.Private[Calendar]
    columns: list[RetentionBracket] = strawberry.field(description="The periods that a cell is about.")
    cohorts: list[RetentionCohort] = strawberry.field(description="Those that somebody is in, in order of time.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The people behind a number, by `who`.")
    async def people(  # noqa: PLR0917
        self,
        info: Info,
        cohort: Annotated[date, strawberry.argument(description="The first day of the cohort.")],
        column: Annotated[int | None, strawberry.argument(description="From 0; null: the whole cohort.")] = None,
        came_back: Annotated[bool, strawberry.argument(description="Those who came back, or who did not.")] = True,
        value: Annotated[
            str | None, strawberry.argument(description="Only those with this value of the breakdown.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[RetentionPerson]:
        page = await info.context.platform.journeys.retention_people(
            cohort, column, self.selection, self.rule, self.calendar, came_back=came_back, value=value,
            first=page_size(first), after=after,
        )  # fmt: skip
        return Connection.of(page, RetentionPerson.of, begun=after is not None)


@strawberry.type(description="How many sessions or events of a period are whose.")
class LifecycleActivity:
    new: int = strawberry.field(description="Of people active for the first time ever.")
    returning: int = strawberry.field(description="Of people active in the period before, too.")
    resurrecting: int = strawberry.field(description="Of people active earlier, but not in the period before.")

    @classmethod
    def of(cls, one: lives.Activity) -> Self:
        """Turn a model into its type."""
        return cls(new=one.new, returning=one.returning, resurrecting=one.resurrecting)


@strawberry.type(description="A period, and how its active people came about.")
class LifecyclePeriod:
    start: date = strawberry.field(description="Its first day.")
    new: int = strawberry.field(description="Active for the first time ever.")
    returning: int = strawberry.field(description="Active in the period before, too.")
    resurrecting: int = strawberry.field(description="Active earlier, but not in the period before.")
    dormant: int = strawberry.field(description="Active in the period before, and not now.")
    people: int = strawberry.field(description="Active now: new, returning and resurrecting together.")
    complete: bool = strawberry.field(description="Whether it is over; else some of the dormant may still come.")
    sessions: LifecycleActivity = strawberry.field(description="Of the active; each counts in every period it touches.")
    events: LifecycleActivity = strawberry.field(description="Of the active.")

    @classmethod
    def of(cls, one: lives.LifecyclePeriod) -> Self:
        """Turn a model into its type."""
        return cls(
            start=one.start, new=one.new, returning=one.returning, resurrecting=one.resurrecting, dormant=one.dormant,
            people=one.people, complete=one.complete, sessions=LifecycleActivity.of(one.sessions),
            events=LifecycleActivity.of(one.events),
        )  # fmt: skip


@strawberry.type(description="A person behind a number of the lifecycle.")
class LifecyclePerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    at: datetime | None = strawberry.field(description="When the first event of the period was.")
    event: str | None = strawberry.field(description="Its id.")
    last_before: datetime | None = strawberry.field(description="When the person was active last before the period.")

    @classmethod
    def of(cls, one: lives.ActivePerson) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, at=one.at, event=one.event, last_before=one.last_before
        )  # fmt: skip


@strawberry.type(description="The periods of a range.")
class Lifecycle(JourneyAnswer):
    active: strawberry.Private[str]
    calendar: strawberry.Private[Calendar]
    periods: list[LifecyclePeriod] = strawberry.field(description="In order, without a gap.")
    rules: JSON = strawberry.field(description="What they were computed under.")

    @strawberry.field(description="The people behind a number, by `who`.")
    async def people(
        self,
        info: Info,
        period: Annotated[date, strawberry.argument(description="The first day of the period.")],
        state: Annotated[LifecycleState, strawberry.argument(description="Which number.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[LifecyclePerson]:
        page = await info.context.platform.journeys.lifecycle_people(
            period, cast(lives.LifecycleState, state.value), self.selection, self.active, self.calendar,
            first=page_size(first), after=after,
        )  # fmt: skip
        return Connection.of(page, LifecyclePerson.of, begun=after is not None)


@strawberry.type(description="People who were active in so many different periods.")
class StickinessStep:
    periods: int = strawberry.field(description="How many periods.")
    people: int = strawberry.field(description="People in exactly so many.")
    at_least: int = strawberry.field(description="People in so many or more.")
    sessions: int = strawberry.field(description="Sessions of those in exactly so many.")
    events: int = strawberry.field(description="Events of those in exactly so many.")


@strawberry.type(description="A person behind a number of stickiness.")
class StickyPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    periods: int = strawberry.field(description="In how many periods active.")
    first_at: datetime = strawberry.field(description="The first time in the range.")
    last_at: datetime = strawberry.field(description="The last time in the range.")

    @classmethod
    def of(cls, one: lives.StickyPerson) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, periods=one.periods, first_at=one.first_at, last_at=one.last_at
        )  # fmt: skip


@strawberry.type(description="In how many different periods people were active.")
class Stickiness(JourneyAnswer):
    active: strawberry.Private[str]
    calendar: strawberry.Private[Calendar]
    steps: list[StickinessStep] = strawberry.field(description="From 1 period on.")
    rules: JSON = strawberry.field(description="What they were computed under.")

    @strawberry.field(description="The people behind a number, by `who`.")
    async def people(
        self,
        info: Info,
        low: Annotated[int, strawberry.argument(description="In so many periods.")],
        high: Annotated[int | None, strawberry.argument(description="To so many; null: or more.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[StickyPerson]:
        page = await info.context.platform.journeys.stickiness_people(
            low, high, self.selection, self.active, self.calendar, first=page_size(first), after=after
        )
        return Connection.of(page, StickyPerson.of, begun=after is not None)


Gap = Annotated[int, strawberry.argument(description="A silence of activity of so many seconds ends a session.")]
RetentionResult = Annotated[
    Retention | InvalidInput,
    strawberry.union("JourneyRetentionResult", description="Retention, or what is wrong with the question."),
]
LifecycleResult = Annotated[
    Lifecycle | InvalidInput,
    strawberry.union("JourneyLifecycleResult", description="The lifecycle, or what is wrong with the question."),
]
StickinessResult = Annotated[
    Stickiness | InvalidInput,
    strawberry.union("JourneyStickinessResult", description="Stickiness, or what is wrong with the question."),
]


@strawberry.type(description="Who comes back, and how often.")
class RetentionFields(JourneyBase):
    @strawberry.field(description="Who came back, cohort by cohort.")
    async def retention(
        self,
        info: Info,
        rule: Annotated[
            RetentionRuleInput | None, strawberry.argument(description="What counts as beginning and as coming back.")
        ] = None,
        calendar: CalendarArgument = None,
    ) -> RetentionResult:
        asked = models.RetentionRule() if rule is None else rule.model()
        times = Calendar() if calendar is None else calendar.model()

        def ask(whose: Selection) -> Awaitable[models.Retention]:
            return info.context.platform.journeys.retention(whose, asked, times)

        found = await ask(self.selection)
        return Retention(
            selection=self.selection, ask=ask, found=found, rule=asked, calendar=times,
            columns=[
                RetentionBracket(low=one.low, high=one.high, label=one.label, average=found.average(nr))
                for nr, one in enumerate(found.columns)
            ],
            cohorts=[RetentionCohort.of(one) for one in found.cohorts],
            rules=shown_rules(found.rules),
        )  # fmt: skip

    @strawberry.field(description="How the active people of every period came about, and who fell silent.")
    async def lifecycle(
        self, info: Info, active: Events = "any event", calendar: CalendarArgument = None, gap_seconds: Gap = 1_800
    ) -> LifecycleResult:
        times = Calendar() if calendar is None else calendar.model()

        def ask(whose: Selection) -> Awaitable[lives.Lifecycle]:
            return info.context.platform.journeys.lifecycle(whose, active, times, gap_seconds=gap_seconds)

        found = await ask(self.selection)
        return Lifecycle(
            selection=self.selection, ask=ask, found=found, active=active, calendar=times,
            periods=[LifecyclePeriod.of(one) for one in found.periods], rules=shown_rules(found.rules),
        )  # fmt: skip

    @strawberry.field(description="In how many different periods people were active.")
    async def stickiness(
        self, info: Info, active: Events = "any event", calendar: CalendarArgument = None, gap_seconds: Gap = 1_800
    ) -> StickinessResult:
        times = Calendar() if calendar is None else calendar.model()

        def ask(whose: Selection) -> Awaitable[lives.Stickiness]:
            return info.context.platform.journeys.stickiness(whose, active, times, gap_seconds=gap_seconds)

        found = await ask(self.selection)
        steps = [StickinessStep(**asdict(one)) for one in found.steps]
        return Stickiness(
            selection=self.selection, ask=ask, found=found, active=active, calendar=times, steps=steps,
            rules=shown_rules(found.rules),
        )  # fmt: skip
