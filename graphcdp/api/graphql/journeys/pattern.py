"""Patterns of journeys in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.journeys import Selection
from graphcdp.journeys import patterns as models


@strawberry.type(description="A person who did what a pattern says, with the first match.")
class PatternPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    matches: int = strawberry.field(description="How many events begin a match.")
    event_ids: list[str] = strawberry.field(description="The events of the first match, in order.")
    times: list[datetime] = strawberry.field(description="When they were.")
    types: list[str] = strawberry.field(description="Their types.")

    @classmethod
    def of(cls, one: models.PatternPerson) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, matches=one.matches, event_ids=list(one.event_ids),
            times=list(one.times), types=list(one.types),
        )  # fmt: skip


@strawberry.type(description="How many people a pattern finds.")
class PatternFound(JourneyAnswer):
    pattern: str = strawberry.field(description="In its canonical text.")
    people: int = strawberry.field(description="How many.")
    matches: int = strawberry.field(description="How many events begin a match.")
    sessions: int | None = strawberry.field(
        description="In how many sessions there is a match; null where a match need not lie in one."
    )
    cypher: str = strawberry.field(description="The statement that found them.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The people, by `who`, each with the first match.")
    async def items(self, info: Info, first: First = 20, after: After = None) -> Connection[PatternPerson]:
        page = await info.context.platform.journeys.pattern_people(
            self.pattern, self.selection, first=page_size(first), after=after
        )
        return Connection.of(page, PatternPerson.of, begun=after is not None)


PatternResult = Annotated[
    PatternFound | InvalidInput,
    strawberry.union("JourneyPatternResult", description="What was found, or what is wrong with the pattern."),
]


@strawberry.type(description="Paths over people's events.")
class PatternFields(JourneyBase):
    @strawberry.field(description="Who did what a pattern says.")
    async def pattern(
        self,
        info: Info,
        path: Annotated[
            str,
            strawberry.argument(
                description="`(viewed product)->{1,5}(not purchase)->(call) within 2 days`, perhaps ` in one session`."
            ),
        ],
    ) -> PatternResult:

        def ask(whose: Selection) -> Awaitable[models.PatternFound]:
            return info.context.platform.journeys.pattern(path, whose)

        found = await ask(self.selection)
        return PatternFound(
            selection=self.selection, ask=ask, found=found, pattern=found.pattern, people=found.people,
            matches=found.matches, sessions=found.sessions, cypher=found.compiled.text, rules=shown_rules(found.rules),
        )  # fmt: skip
