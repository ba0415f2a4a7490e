"""Sessions in GraphQL."""

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
from graphcdp.journeys import sessions as models


@strawberry.enum(description="What sessions are counted by.")
class SessionsBy(Enum):
    ENTRY_TYPE = strawberry.enum_value("entry_type", description="The type of the first event.")
    EXIT_TYPE = strawberry.enum_value("exit_type", description="The type of the last event.")
    ENTRY_PAGE = strawberry.enum_value("entry_page", description="The page of the first event.")
    EXIT_PAGE = strawberry.enum_value("exit_page", description="The page of the last event.")
    CHANNEL = strawberry.enum_value("channel", description="The channel of the first event.")
    DAY = strawberry.enum_value("day", description="The day of the first event, in UTC.")


@strawberry.input(description="Where a session ends.")
class SessionRuleInput:
    gap_seconds: int = strawberry.field(default=1_800, description="A silence of so long or longer ends it.")
    gap_is_longer: bool = strawberry.field(default=False, description="Only a silence that is longer does.")
    max_seconds: int | None = strawberry.field(default=None, description="It lasts less than that.")
    changes: str | None = strawberry.field(
        default=None, description="A property of events; a known value unlike the last known one begins a session."
    )
    midnight_in: str | None = strawberry.field(default=None, description="A time zone in which midnight ends it.")

    def model(self) -> models.SessionRule:
        """Return the model."""
        return models.SessionRule(
            self.gap_seconds, self.gap_is_longer, self.max_seconds, self.changes, self.midnight_in
        )


Rule = Annotated[
    SessionRuleInput | None,
    strawberry.argument(description="Where a session ends; by default after 30 minutes of silence."),
]


@strawberry.type(description="Sessions that have something in common.")
class SessionGroup:
    value: str | None = strawberry.field(description="What; null where unknown, or where all are counted together.")
    sessions: int = strawberry.field(description="How many.")
    people: int = strawberry.field(description="Of how many people.")
    bounces: int = strawberry.field(description="Sessions of a single event.")
    bounce_rate: float = strawberry.field(description="Their share.")
    events: int = strawberry.field(description="How many events they have together.")
    mean_seconds: float = strawberry.field(description="From first event to last, on average.")
    median_seconds: float = strawberry.field(description="From first event to last, the middle one.")

    @classmethod
    def of(cls, one: models.SessionGroup) -> Self:
        """Turn a model into its type."""
        return cls(
            value=one.value, sessions=one.sessions, people=one.people, bounces=one.bounces, bounce_rate=one.bounce_rate,
            events=one.events, mean_seconds=one.mean_seconds, median_seconds=one.median_seconds,
        )  # fmt: skip


@strawberry.type(description="One stay.")
class Session:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    number: int = strawberry.field(description="From 1, of this person in the selection.")
    started: datetime = strawberry.field(description="Its first event.")
    ended: datetime = strawberry.field(description="Its last event.")
    seconds: float = strawberry.field(description="Between them.")
    events: int = strawberry.field(description="How many.")
    entry_type: str = strawberry.field(description="Type of the first event.")
    entry_page: str | None = strawberry.field(description="Page of the first event.")
    exit_type: str = strawberry.field(description="Type of the last event.")
    exit_page: str | None = strawberry.field(description="Page of the last event.")
    channels: list[str] = strawberry.field(description="In the order they were used.")
    bounced: bool = strawberry.field(description="Whether it has a single event.")

    @classmethod
    def of(cls, one: models.Session) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, number=one.number, started=one.started, ended=one.ended,
            seconds=one.seconds, events=one.events, entry_type=one.entry_type, entry_page=one.entry_page,
            exit_type=one.exit_type, exit_page=one.exit_page, channels=list(one.channels), bounced=one.bounced,
        )  # fmt: skip


@strawberry.type(description="Sessions, counted, and one by one.")
class Sessions(JourneyAnswer):
    asked: strawberry.Private[models.SessionRule]
    groups: list[SessionGroup] = strawberry.field(description="The largest first, days in order; at most 1,000.")
    rules: JSON = strawberry.field(description="What they were computed under.")

    @strawberry.field(description="Single sessions, by person and number.")
    async def items(self, info: Info, first: First = 20, after: After = None) -> Connection[Session]:
        page: Page[models.Session] = await info.context.platform.journeys.list_sessions(
            self.selection, self.asked, first=page_size(first), after=after
        )
        return Connection.of(page, Session.of, begun=after is not None)


SessionsResult = Annotated[
    Sessions | InvalidInput,
    strawberry.union("JourneySessionsResult", description="The sessions, or what is wrong with the question."),
]


@strawberry.type(description="Sessions of the selected people.")
class SessionFields(JourneyBase):
    @strawberry.field(description="Sessions: how many, how long, where they began and ended.")
    async def sessions(
        self,
        info: Info,
        rule: Rule = None,
        by: Annotated[SessionsBy | None, strawberry.argument(description="Count by this.")] = None,
    ) -> SessionsResult:
        asked = models.SessionRule() if rule is None else rule.model()
        by_what = None if by is None else cast(models.SessionsBy, by.value)

        def ask(whose: Selection) -> Awaitable[models.Sessions]:
            return info.context.platform.journeys.sessions(whose, asked, by_what)

        found = await ask(self.selection)
        return Sessions(
            selection=self.selection,
            ask=ask,
            found=found,
            asked=asked,
            groups=[SessionGroup.of(one) for one in found.groups],
            rules=shown_rules(found.rules),
        )
