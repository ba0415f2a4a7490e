"""What the modules about journeys share: the selection, the rules of an answer, and the answer under other rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.journeys import Comparison, Container, Selection
from graphcdp.journeys.columnar import Engine
from graphcdp.journeys.retention import Count

MOST_ROWS = 5_000

Events = Annotated[
    str, strawberry.argument(description="Events in the segment language: `purchased where revenue > 50`, `any event`.")
]


@strawberry.enum(description="Whose events belong together.")
class JourneyContainer(Enum):
    PERSON = strawberry.enum_value("person", description="A person's, on every device.")
    COOKIE = strawberry.enum_value("cookie", description="Those of one identity, as if nobody were recognised.")

    def model(self) -> Container:
        """Return the model's word."""
        return cast(Container, self.value)


@strawberry.enum(description="Who answers a question about journeys.")
class JourneyEngine(Enum):
    AUTO = strawberry.enum_value(
        "auto", description="The projection where it is there, up to date and able; else Neo4j."
    )
    CYPHER = strawberry.enum_value("cypher", description="Neo4j.")
    COLUMNAR = strawberry.enum_value(
        "columnar", description="The columnar projection, brought up to date first; an error where it cannot answer."
    )

    def model(self) -> Engine:
        """Return the model's word."""
        return cast(Engine, self.value)


@strawberry.enum(description="What is counted.")
class JourneyCount(Enum):
    PEOPLE = strawberry.enum_value("people", description="People, or cookies.")
    SESSIONS = strawberry.enum_value("sessions", description="Their sessions.")
    EVENTS = strawberry.enum_value("events", description="Their events.")

    def model(self) -> Count:
        """Return the model's word."""
        return cast(Count, self.value)


@strawberry.type(description="What every analysis of journeys has.")
class JourneyBase:
    selection: strawberry.Private[Selection]


@strawberry.type(description="One figure of an answer, and the same under the other rules.")
class JourneyDifference:
    at: list[str] = strawberry.field(description="The row of the answer: a step, a channel, a day, …")
    figure: str = strawberry.field(description="Which figure: people, sessions, …")
    here: float | None = strawberry.field(description="As people are; null where the answer has no such row.")
    there: float | None = strawberry.field(description="Under the other rules, or on cookies.")
    difference: float | None = strawberry.field(description="There less here; null where one of them is.")


@strawberry.type(description="An answer as people are, and again under other identity rules or on cookies.")
class JourneyComparison:
    keys: list[str] = strawberry.field(description="What the parts of `at` are.")
    rows: list[JourneyDifference] = strawberry.field(description="Row by row and figure by figure; at most 5,000.")
    changed: JSON = strawberry.field(description="The rules of the two answers that differ: [here, there].")


ComparedResult = Annotated[
    JourneyComparison | InvalidInput,
    strawberry.union("JourneyComparedResult", description="What differs, or what is wrong with the question."),
]


@strawberry.interface(description="An answer; it can be asked for under other rules, too.")
class JourneyAnswer(JourneyBase):
    ask: strawberry.Private[Callable[[Selection], Awaitable[Any]]]
    found: strawberry.Private[Any]

    @strawberry.field(
        description="The same question under another identity rule set, or on cookies instead of people, and what "
        "differs. Nothing is written."
    )
    async def compared(
        self,
        info: Info,
        identity_rules: Annotated[str | None, strawberry.argument(description="Another rule set, as YAML.")] = None,
        cookies: Annotated[bool, strawberry.argument(description="On cookies instead of people.")] = False,
    ) -> ComparedResult:
        compared: Comparison[Any] = await info.context.platform.journeys.compare(
            self.ask, self.selection, identity_rules=identity_rules, cookies=cookies, here=self.found
        )
        keys, rows = compared.rows(MOST_ROWS)
        return JourneyComparison(
            keys=list(keys),
            rows=[
                JourneyDifference(
                    at=list(one.at), figure=one.figure, here=one.here, there=one.there, difference=one.difference
                )
                for one in rows
            ],
            changed=shown_rules(compared.changed),
        )


def shown_rules(rules: Mapping[str, Any]) -> JSON:
    """Return the rules of an answer as JSON."""
    return JSON({name: _plain(value) for name, value in rules.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
