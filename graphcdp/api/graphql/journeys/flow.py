"""Flow, paths and transitions in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from enum import Enum
from typing import Annotated, Literal, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page
from graphcdp.journeys import Selection
from graphcdp.journeys import flow as models


@strawberry.enum(description="Which of several events that fit.")
class FlowAnchorAt(Enum):
    FIRST = strawberry.enum_value("first", description="The first of each sequence.")
    LAST = strawberry.enum_value("last", description="The last of each sequence.")


@strawberry.input(description="Which stretch of people's events, and how it is told.")
class FlowInput:
    anchor: str | None = strawberry.field(
        default=None, description="Events in the segment language around which it lies; null: the sequence's first."
    )
    anchor_at: FlowAnchorAt = strawberry.field(default=FlowAnchorAt.FIRST, description="Which of several.")
    before: int = strawberry.field(default=0, description="So many places before it.")
    after: int = strawberry.field(default=5, description="So many places after it.")
    item: str = strawberry.field(default="type", description="The property of events that tells a place.")
    collapse: bool = strawberry.field(default=False, description="Equal neighbours are one place.")
    session_gap_seconds: int | None = strawberry.field(
        default=None, description="Sequences are sessions, which a silence of so long ends; null: all events."
    )

    def model(self) -> models.FlowRule:
        """Return the model."""
        return models.FlowRule(
            anchor=self.anchor,
            anchor_at=cast(Literal["first", "last"], self.anchor_at.value),
            before=self.before,
            after=self.after,
            item=self.item,
            collapse=self.collapse,
            session_gap_seconds=self.session_gap_seconds,
        )


@strawberry.type(description="How many sequences go from one place to the next.")
class FlowLink:
    step: int = strawberry.field(description="Where it begins, counted from the anchor (0).")
    source: str = strawberry.field(description="What is there; `(entry)` before a sequence, `(other)` for the rare.")
    target: str = strawberry.field(description="What is at the next place; `(exit)` behind a sequence.")
    sequences: int = strawberry.field(description="How many.")


@strawberry.type(description="Someone who took a path.")
class PathPerson:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    sequences: int = strawberry.field(description="In how many sequences.")

    @classmethod
    def of(cls, one: models.PathPerson) -> Self:
        """Turn a model into its type."""
        return cls(who=one.who, profile_id=one.profile_id, sequences=one.sequences)


@strawberry.type(description="What happens before and after an event.")
class Flow(JourneyAnswer):
    asked: strawberry.Private[models.FlowRule]
    links: list[FlowLink] = strawberry.field(description="By place, the strongest first.")
    sequences: int = strawberry.field(description="How many there are in total.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The people behind a place, a link or a path, by id.")
    async def persons(
        self,
        info: Info,
        taken: Annotated[list[str], strawberry.argument(description="Items at neighbouring places, none folded.")],
        step: Annotated[int, strawberry.argument(description="The place of the first one.")] = 0,
        first: First = 20,
        after: After = None,
    ) -> Connection[PathPerson]:
        page: Page[models.PathPerson] = await info.context.platform.journeys.path_people(
            tuple(taken), self.selection, self.asked, step=step, first=page_size(first), after=after
        )
        return Connection.of(page, PathPerson.of, begun=after is not None)


@strawberry.type(description="A way that people take.")
class JourneyPath:
    path: list[str] = strawberry.field(description="Its places.")
    sequences: int = strawberry.field(description="How many sequences take it.")
    people: int = strawberry.field(description="Of how many people.")
    share: float = strawberry.field(description="Of all sequences.")


@strawberry.type(description="The ways that most sequences take.")
class JourneyPaths(JourneyAnswer):
    paths: list[JourneyPath] = strawberry.field(description="The most frequent first.")
    sequences: int = strawberry.field(description="How many there are in total.")
    rules: JSON = strawberry.field(description="What they were computed under.")


@strawberry.type(description="What follows what.")
class JourneyTransition:
    source: str = strawberry.field(description="From what; `(entry)`: the beginning.")
    target: str = strawberry.field(description="To what; `(exit)`: the end.")
    times: int = strawberry.field(description="How often.")
    people: int = strawberry.field(description="How many of them.")
    mean_seconds: float | None = strawberry.field(description="Between the two, on average; null at the ends.")
    sessions: int | None = strawberry.field(description="In how many of them; null where nothing is cut into sessions.")


@strawberry.type(description="The graph of what follows what.")
class JourneyTransitions(JourneyAnswer):
    edges: list[JourneyTransition] = strawberry.field(description="The most frequent first.")
    rules: JSON = strawberry.field(description="What it was computed under.")


FlowResult = Annotated[
    Flow | InvalidInput,
    strawberry.union("JourneyFlowResult", description="The flow, or what is wrong with the question."),
]
PathsResult = Annotated[
    JourneyPaths | InvalidInput,
    strawberry.union("JourneyPathsResult", description="The paths, or what is wrong with the question."),
]
TransitionsResult = Annotated[
    JourneyTransitions | InvalidInput,
    strawberry.union("JourneyTransitionsResult", description="The transitions, or what is wrong with the question."),
]
Stretch = Annotated[FlowInput | None, strawberry.argument(description="Which stretch, told how.")]


@strawberry.type(description="Flow, paths and transitions of the selected people.")
class FlowFields(JourneyBase):
    @strawberry.field(description="What happens before and after an event: the links of a Sankey diagram.")
    async def flow(
        self,
        info: Info,
        input: Stretch = None,
        top: Annotated[int, strawberry.argument(description="So many items a place; the others are `(other)`.")] = 10,
        min_share: Annotated[
            float, strawberry.argument(description="An item of less than this share of its place is `(other)` too.")
        ] = 0.0,
    ) -> FlowResult:
        asked = models.FlowRule() if input is None else input.model()

        def ask(whose: Selection) -> Awaitable[models.Flow]:
            return info.context.platform.journeys.flow(whose, asked, top_n=top, min_share=min_share)

        found = await ask(self.selection)
        return Flow(
            selection=self.selection,
            ask=ask,
            found=found,
            asked=asked,
            links=[FlowLink(**one._asdict()) for one in found.links],
            sequences=found.sequences,
            rules=shown_rules(found.rules),
        )

    @strawberry.field(description="The ways that most sequences take.")
    async def paths(self, info: Info, input: Stretch = None, first: First = 20) -> PathsResult:
        asked = models.FlowRule() if input is None else input.model()

        def ask(whose: Selection) -> Awaitable[models.Paths]:
            return info.context.platform.journeys.paths(whose, asked, most=page_size(first))

        found = await ask(self.selection)
        return JourneyPaths(
            selection=self.selection,
            ask=ask,
            found=found,
            paths=[
                JourneyPath(path=list(one.path), sequences=one.sequences, people=one.people, share=one.share)
                for one in found.paths
            ],
            sequences=found.sequences,
            rules=shown_rules(found.rules),
        )

    @strawberry.field(description="What follows what, how often and after how long; item and cut as of `input`.")
    async def transitions(self, info: Info, input: Stretch = None, first: First = 100) -> TransitionsResult:
        asked = models.FlowRule() if input is None else input.model()

        def ask(whose: Selection) -> Awaitable[models.Transitions]:
            return info.context.platform.journeys.transitions(
                whose, item=asked.item, collapse=asked.collapse, session_gap_seconds=asked.session_gap_seconds,
                most=page_size(first),
            )  # fmt: skip

        found = await ask(self.selection)
        return JourneyTransitions(
            selection=self.selection, ask=ask, found=found,
            edges=[JourneyTransition(**one._asdict()) for one in found.edges], rules=shown_rules(found.rules),
        )  # fmt: skip
