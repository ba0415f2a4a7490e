"""Drivers and call deflection in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, JourneyCount, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page
from graphcdp.journeys import Selection
from graphcdp.journeys import deflection as models
from graphcdp.journeys.deflection import CALL_DRIVERS, DeflectionRule, Period
from graphcdp.journeys.drivers import Driver as DriverModel
from graphcdp.journeys.drivers import DriverPerson as DriverPersonModel
from graphcdp.journeys.drivers import DriverRule, Drivers


@strawberry.enum(description="A stretch of the calendar, in UTC.")
class JourneyPeriod(Enum):
    DAY = strawberry.enum_value("day", description="A day.")
    WEEK = strawberry.enum_value("week", description="A week, from Monday.")
    MONTH = strawberry.enum_value("month", description="A month.")


@strawberry.input(description="What drives what.")
class DriverInput:
    outcome: str = strawberry.field(default="purchased", description="Events in the segment language.")
    start: str | None = strawberry.field(default=None, description="Events by which people enter; null: their first.")
    events: str | None = strawberry.field(default=None, description="What may be a driver; null: any event.")
    fields: list[str] = strawberry.field(
        default_factory=lambda: ["type"], description="Properties whose values together name a driver; at most 4."
    )
    window_seconds: int = strawberry.field(default=1_209_600, description="From entering to the outcome at most.")
    index_counts: bool = strawberry.field(
        default=False, description="Whether the event by which people enter may be a driver, or the outcome."
    )
    landmark_seconds: int | None = strawberry.field(
        default=None,
        description="Only behaviours that early count, and who had the outcome that early is left out; null: up to it.",
    )
    strata: list[str] = strawberry.field(
        default_factory=list, description="Attributes of profiles that make people comparable; at most 4."
    )
    least_people: int = strawberry.field(default=5, description="Drivers of fewer people are left out.")

    def model(self) -> DriverRule:
        """Return the model."""
        return DriverRule(
            self.outcome, self.start, self.events, tuple(self.fields), self.window_seconds, self.index_counts,
            self.landmark_seconds, tuple(self.strata), self.least_people,
        )  # fmt: skip


@strawberry.input(description="What is self-service, and what a call.")
class DeflectionInput:
    self_service: str = strawberry.field(default="viewed help", description="Events in the segment language.")
    calls: str = strawberry.field(default="called", description="Events in the segment language.")
    content: str = strawberry.field(default="content", description="The property that says what was looked at.")
    window_seconds: int = strawberry.field(default=604_800, description="For how long a call counts.")
    gap_seconds: int = strawberry.field(default=1_800, description="A silence that ends a session.")

    def model(self) -> DeflectionRule:
        """Return the model."""
        return DeflectionRule(self.self_service, self.calls, self.content, self.window_seconds, self.gap_seconds)


@strawberry.type(description="A behaviour, and how it goes with an outcome.")
class Driver:
    label: list[str] = strawberry.field(description="Values of the fields.")
    name: str = strawberry.field(description="The label as one text.")
    with_success: int = strawberry.field(description="People who had it, and the outcome.")
    with_failure: int = strawberry.field(description="People who had it, and not the outcome.")
    without_success: int = strawberry.field(description="People who had it not, and the outcome.")
    without_failure: int = strawberry.field(description="People who had neither.")
    odds_ratio: float = strawberry.field(description="Of the outcome, with one more in every count.")
    low: float = strawberry.field(description="Lower end of its 95 % interval.")
    high: float = strawberry.field(description="Upper end of its 95 % interval.")
    direction: str = strawberry.field(description="`success` where the outcome is more likely with it, or `failure`.")
    lift: float | None = strawberry.field(description="The rate with it over that of all.")
    risk_difference: float | None = strawberry.field(description="The rate with it less that without.")
    p: float = strawberry.field(description="Fisher's exact test, both sides.")
    q: float = strawberry.field(description="Corrected for the number of drivers (Benjamini and Hochberg).")
    skewed: bool = strawberry.field(description="With and without the outcome differ more than tenfold in number.")
    expected_all: float = strawberry.field(description="An estimate: outcomes were everybody exposed.")
    expected_none: float = strawberry.field(description="An estimate: outcomes were nobody exposed.")
    avoidable: float = strawberry.field(description="An estimate: outcomes there would not be without it.")
    mantel_haenszel: float | None = strawberry.field(description="The odds ratio common to the strata.")
    left_out: int = strawberry.field(description="People in strata where everybody, or nobody, had it.")

    @classmethod
    def of(cls, one: DriverModel) -> Self:
        """Turn a model into its type."""
        told: dict[str, Any] = asdict(one)
        return cls(**{**told, "label": list(one.label), "name": one.name})


@strawberry.type(description="Somebody behind a figure.")
class DriverPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    entered: datetime = strawberry.field(description="When.")
    succeeded: datetime | None = strawberry.field(description="When the outcome came.")

    @classmethod
    def of(cls, one: DriverPersonModel) -> Self:
        """Turn a model into its type."""
        return cls(who=one.who, profile_id=one.profile_id, entered=one.entered, succeeded=one.succeeded)


@strawberry.type(description="Behaviours by how strongly they go with an outcome.")
class JourneyDrivers(JourneyAnswer):
    asked: strawberry.Private[DriverRule]
    entered: int = strawberry.field(description="How many people there are.")
    succeeded: int = strawberry.field(description="How many had the outcome.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The strongest first: by the end of the interval that is nearer to 1.")
    def drivers(
        self,
        most: Annotated[int, strawberry.argument(description="So many at most, up to 1,000.")] = 50,
    ) -> list[Driver]:
        found: Drivers = self.found
        return [Driver.of(one) for one in found.drivers[: max(0, min(most, 1_000))]]

    @strawberry.field(description="The people who had a driver; without a label everybody who entered.")
    async def people(
        self,
        info: Info,
        label: Annotated[list[str] | None, strawberry.argument(description="Values of the fields.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[DriverPerson]:
        page: Page[DriverPersonModel] = await info.context.platform.journeys.driver_people(
            label, self.selection, self.asked, first=page_size(first), after=after
        )
        return Connection.of(page, DriverPerson.of, begun=after is not None)


@strawberry.type(description="Self-service sessions that have something in common.")
class DeflectionGroup:
    content: str | None = strawberry.field(description="What was looked at; null: counted together.")
    since: str | None = strawberry.field(description="The first day of the period; null: counted together.")
    sessions: int = strawberry.field(description="How many.")
    escalated: int = strawberry.field(description="After which the person called within the window.")
    contained: int = strawberry.field(description="After which not; that is not the same as solved.")
    deflection_rate: float = strawberry.field(description="Contained over sessions.")
    repeats: int = strawberry.field(description="After which the person helped itself again within the window.")
    calls_after_self_service: int = strawberry.field(description="Calls, each counted for the last session before it.")
    people: int = strawberry.field(description="How many.")
    people_escalated: int = strawberry.field(description="How many of them called after one of these, at least.")

    @classmethod
    def of(cls, one: models.DeflectionGroup) -> Self:
        """Turn a model into its type."""
        told: dict[str, Any] = asdict(one)
        return cls(**told)


@strawberry.type(description="One self-service session.")
class SelfServiceSession:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    at: datetime = strawberry.field(description="Its last self-service event.")
    contents: list[str] = strawberry.field(description="What was looked at, in order.")
    call_id: str | None = strawberry.field(description="The first call within the window.")
    called: datetime | None = strawberry.field(description="When it was.")
    repeats: bool = strawberry.field(description="Whether the person helped itself again within the window.")

    @classmethod
    def of(cls, one: models.SelfServiceSession) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, at=one.at, contents=list(one.contents), call_id=one.call_id,
            called=one.called, repeats=one.repeats,
        )  # fmt: skip


@strawberry.type(description="What was done before a call.")
class PathBefore:
    path: list[list[str]] = strawberry.field(description="Labels, oldest first; empty: nothing.")
    text: str = strawberry.field(description="The path as one text.")
    times: int = strawberry.field(description="How often.")
    people: int = strawberry.field(description="Of how many.")

    @classmethod
    def of(cls, one: models.PathBefore) -> Self:
        """Turn a model into its type."""
        return cls(path=[list(label) for label in one.path], text=one.text, times=one.times, people=one.people)


Content = Annotated[str | None, strawberry.argument(description="Only those that had it.")]
Escalated = Annotated[bool | None, strawberry.argument(description="Only those that were, or were not; null: either.")]


@strawberry.type(description="Self-service sessions, and what became of them.")
class CallDeflection(JourneyAnswer):
    asked: strawberry.Private[DeflectionRule]
    total: DeflectionGroup | None = strawberry.field(description="All together; null where there are none.")
    groups: list[DeflectionGroup] = strawberry.field(description="Periods in order, then the largest first.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The sessions behind a figure, by person and number.")
    async def sessions(
        self, info: Info, content: Content = None, escalated: Escalated = None, first: First = 20, after: After = None
    ) -> Connection[SelfServiceSession]:
        page: Page[models.SelfServiceSession] = await info.context.platform.journeys.self_service_sessions(
            self.selection, self.asked, content=content, escalated=escalated, first=page_size(first), after=after
        )
        return Connection.of(page, SelfServiceSession.of, begun=after is not None)

    @strawberry.field(description="What people usually do before a call, the most frequent first.")
    async def paths_before(
        self,
        info: Info,
        fields: Annotated[list[str] | None, strawberry.argument(description="What names an event; null: type.")] = None,
        length: Annotated[int, strawberry.argument(description="Of a path at most; up to 10.")] = 3,
        most: Annotated[int, strawberry.argument(description="So many paths at most.")] = 20,
    ) -> list[PathBefore]:
        found = await info.context.platform.journeys.paths_before(
            self.selection, self.asked.calls, fields=tuple(fields or ("type",)), length=length,
            window_seconds=self.asked.window_seconds, most=most,
        )  # fmt: skip
        return [PathBefore.of(one) for one in found.paths]


DriversResult = Annotated[
    JourneyDrivers | InvalidInput,
    strawberry.union("JourneyDriversResult", description="The drivers, or what is wrong with the question."),
]
DeflectionResult = Annotated[
    CallDeflection | InvalidInput,
    strawberry.union("JourneyCallDeflectionResult", description="The figures, or what is wrong with the question."),
]


@strawberry.type(description="What drives outcomes, and whether self-service spares calls.")
class DriverFields(JourneyBase):
    @strawberry.field(
        description="Behaviours that go with an outcome; without a rule: before the first call, by type and content."
    )
    async def drivers(
        self,
        info: Info,
        rule: Annotated[DriverInput | None, strawberry.argument(description="What drives what.")] = None,
        count: Annotated[
            JourneyCount,
            strawberry.argument(description="People; others are refused, as those of one person go together."),
        ] = JourneyCount.PEOPLE,
    ) -> DriversResult:
        asked = CALL_DRIVERS if rule is None else rule.model()

        def ask(whose: Selection) -> Awaitable[Drivers]:
            return info.context.platform.journeys.drivers(whose, asked, count=count.model())

        found = await ask(self.selection)
        return JourneyDrivers(
            selection=self.selection, asked=asked, ask=ask, found=found, entered=found.entered,
            succeeded=found.succeeded, rules=shown_rules(found.rules),
        )  # fmt: skip

    @strawberry.field(description="Which self-service keeps people from calling.")
    async def call_deflection(
        self,
        info: Info,
        rule: Annotated[DeflectionInput | None, strawberry.argument(description="What counts as what.")] = None,
        by_content: Annotated[bool, strawberry.argument(description="A group for each content.")] = True,
        period: Annotated[JourneyPeriod | None, strawberry.argument(description="A group for each.")] = None,
    ) -> DeflectionResult:
        asked = DeflectionRule() if rule is None else rule.model()
        each = None if period is None else cast(Period, period.value)

        def ask(whose: Selection) -> Awaitable[models.Deflection]:
            return info.context.platform.journeys.call_deflection(whose, asked, by_content=by_content, period=each)

        found = await ask(self.selection)
        return CallDeflection(
            selection=self.selection, asked=asked, ask=ask, found=found,
            total=None if found.total is None else DeflectionGroup.of(found.total),
            groups=[DeflectionGroup.of(one) for one in found.groups], rules=shown_rules(found.rules),
        )  # fmt: skip
