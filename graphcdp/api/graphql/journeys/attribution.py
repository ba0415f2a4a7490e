"""Attribution in GraphQL."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Annotated, Self, cast

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyAnswer, JourneyBase, JourneyContainer, shown_rules
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page
from graphcdp.journeys import Selection
from graphcdp.journeys import attribution as models
from graphcdp.journeys.credit import Transform, U, Weights


@strawberry.enum(description="How a conversion is shared among the touches before it.")
class AttributionModel(Enum):
    FIRST = strawberry.enum_value("first", description="All to the first.")
    LAST = strawberry.enum_value("last", description="All to the last.")
    LAST_NON_DIRECT = strawberry.enum_value("last_non_direct", description="All to the last that is not direct.")
    LINEAR = strawberry.enum_value("linear", description="The same to each.")
    TIME_DECAY = strawberry.enum_value("time_decay", description="Half as much for each half-life of age.")
    U = strawberry.enum_value("u", description="40 % to the first, 40 % to the last, the rest between.")
    J = strawberry.enum_value("j", description="20 % to the first, 60 % to the last, the rest between.")
    INVERSE_J = strawberry.enum_value("inverse_j", description="60 % to the first, 20 % to the last.")
    CUSTOM = strawberry.enum_value("custom", description="By your own weights of first, middle and last.")
    PARTICIPATION = strawberry.enum_value("participation", description="All to each, so sums exceed the value.")
    MARKOV = strawberry.enum_value("markov", description="By what would be lost without it (removal effect).")
    SHAPLEY = strawberry.enum_value("shapley", description="By what it adds to every combination of others.")


@strawberry.enum(description="What becomes of a path before a model sees it.")
class PathTransform(Enum):
    ALL = strawberry.enum_value("all", description="Nothing.")
    EXPOSURE = strawberry.enum_value("exposure", description="Of touches in a row with one label the first.")
    FIRST = strawberry.enum_value("first", description="The first touch of each label.")
    DROP_DIRECT = strawberry.enum_value("drop_direct", description="Without direct ones, unless all are.")
    DROP_DIRECT_AT_END = strawberry.enum_value("drop_direct_at_end", description="Without direct ones at the end.")


@strawberry.input(description="What is attributed to what.")
class AttributionInput:
    conversions: str = strawberry.field(default="purchased", description="Events in the segment language.")
    dimension: str = strawberry.field(default="channel", description="A property: channel, campaign, content, …")
    touches: str | None = strawberry.field(default=None, description="Events; null: all that are no conversion.")
    lookback_seconds: int = strawberry.field(default=2_592_000, description="How old a touch may be; at most 366 days.")
    value: str | None = strawberry.field(default=None, description="A property to share: revenue; null: 1 each.")
    transform: PathTransform = strawberry.field(default=PathTransform.ALL, description="What becomes of a path first.")
    direct: list[str] = strawberry.field(
        default_factory=lambda: ["direct", "(direct)", "none"], description="Values that nobody brought about."
    )
    half_life_seconds: int = strawberry.field(default=604_800, description="Of TIME_DECAY.")
    custom_first: float = strawberry.field(default=U.first, description="Weight of the first touch in CUSTOM.")
    custom_middle: float = strawberry.field(default=U.middle, description="Weight of all between together in CUSTOM.")
    custom_last: float = strawberry.field(default=U.last, description="Weight of the last touch in CUSTOM.")
    session_gap_seconds: int | None = strawberry.field(
        default=None, description="A touch counts only in its session, which a silence of so long ends; null: anywhere."
    )

    def model(self) -> models.AttributionRule:
        """Return the model."""
        return models.AttributionRule(
            self.conversions, self.dimension, self.touches, self.lookback_seconds, self.value,
            cast(Transform, self.transform.value), tuple(self.direct), self.half_life_seconds,
            Weights(self.custom_first, self.custom_middle, self.custom_last), self.session_gap_seconds,
        )  # fmt: skip


@strawberry.type(description="What one channel, campaign or content is owed.")
class AttributionCredit:
    label: str = strawberry.field(description="Which; `(none)`: conversions that nothing was seen before.")
    conversions: float = strawberry.field(description="Its share of the conversions.")
    value: float = strawberry.field(description="Its share of their value.")
    touches: int = strawberry.field(description="How many events, whatever they led to.")
    people: int = strawberry.field(description="Whom they reached.")
    sessions: int | None = strawberry.field(description="In how many; null where nothing is cut into sessions.")

    @classmethod
    def of(cls, one: models.Credit) -> Self:
        """Turn a model into its type."""
        return cls(
            label=one.label, conversions=one.conversions, value=one.value, touches=one.touches, people=one.people,
            sessions=one.sessions,
        )  # fmt: skip


@strawberry.type(description="One conversion that something had a part in.")
class AttributedConversion:
    who: str = strawberry.field(description="The profile's id, or the identity's key where cookies are looked at.")
    profile_id: str = strawberry.field(description="Whose.")
    event_id: str = strawberry.field(description="The conversion.")
    at: datetime = strawberry.field(description="When.")
    value: float = strawberry.field(description="Its value.")
    share: float | None = strawberry.field(description="The part of it; null for MARKOV, which has no single shares.")
    path: list[str] = strawberry.field(description="What was before it, oldest first.")

    @classmethod
    def of(cls, one: models.AttributedConversion) -> Self:
        """Turn a model into its type."""
        return cls(
            who=one.who, profile_id=one.profile_id, event_id=one.event_id, at=one.at, value=one.value, share=one.share,
            path=list(one.path),
        )  # fmt: skip


@strawberry.type(description="Conversions shared among what came before them.")
class Attribution(JourneyAnswer):
    asked: strawberry.Private[models.AttributionRule]
    model: AttributionModel = strawberry.field(description="By which.")
    container: JourneyContainer = strawberry.field(description="Whose touches belong together.")
    credits: list[AttributionCredit] = strawberry.field(description="The largest value first; at most 1,001.")
    conversions: int = strawberry.field(description="How many there were.")
    value: float = strawberry.field(description="Theirs together.")
    rules: JSON = strawberry.field(description="What it was computed under.")

    @strawberry.field(description="The conversions behind one label, by person and time.")
    async def behind(
        self,
        info: Info,
        label: Annotated[str, strawberry.argument(description="Which.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[AttributedConversion]:
        page: Page[models.AttributedConversion] = await info.context.platform.journeys.attributed(
            label, self.selection, self.asked, cast(models.Model, self.model.value),
            first=page_size(first), after=after,
        )  # fmt: skip
        return Connection.of(page, AttributedConversion.of, begun=after is not None)


@strawberry.type(description="Models of attribution side by side, on people and on cookies.")
class AttributionComparison:
    attributions: list[Attribution] = strawberry.field(description="One a container and model.")
    rules: JSON = strawberry.field(description="What is the same in all.")


AttributionResult = Annotated[
    Attribution | InvalidInput,
    strawberry.union("JourneyAttributionResult", description="The shares, or what is wrong with the question."),
]
ComparisonResult = Annotated[
    AttributionComparison | InvalidInput,
    strawberry.union("JourneyAttributionComparisonResult", description="The shares, or what is wrong."),
]
Rule = Annotated[
    AttributionInput | None,
    strawberry.argument(description="What is attributed to what; by default purchases to channels, 30 days back."),
]


@strawberry.type(description="Attribution of the selected people's conversions.")
class AttributionFields(JourneyBase):
    @strawberry.field(description="Which channels, campaigns or contents the conversions are owed to.")
    async def attribution(
        self,
        info: Info,
        rule: Rule = None,
        model: Annotated[AttributionModel, strawberry.argument(description="How.")] = AttributionModel.LAST,
    ) -> AttributionResult:
        asked = models.AttributionRule() if rule is None else rule.model()
        found = await info.context.platform.journeys.attribution(self.selection, asked, cast(models.Model, model.value))
        return _shown(info, self.selection, asked, found)

    @strawberry.field(description="All models side by side, on people and on cookies.")
    async def attribution_comparison(
        self,
        info: Info,
        rule: Rule = None,
        models_: Annotated[
            list[AttributionModel] | None, strawberry.argument(name="models", description="Which; null: all.")
        ] = None,
    ) -> ComparisonResult:
        asked = models.AttributionRule() if rule is None else rule.model()
        chosen = models.MODELS if models_ is None else [cast(models.Model, one.value) for one in models_]
        found = await info.context.platform.journeys.compare_attribution(self.selection, asked, chosen)
        return AttributionComparison(
            attributions=[_shown(info, self.selection, asked, one) for one in found.attributions.values()],
            rules=shown_rules(found.rules),
        )


def _shown(info: Info, selection: Selection, asked: models.AttributionRule, found: models.Attribution) -> Attribution:
    container = found.rules["container"]

    def ask(whose: Selection) -> Awaitable[models.Attribution]:
        return info.context.platform.journeys.attribution(whose, asked, found.model)

    return Attribution(
        selection=replace(selection, container=container), asked=asked, ask=ask, found=found,
        model=AttributionModel(found.model),
        container=JourneyContainer(container), credits=[AttributionCredit.of(one) for one in found.credits],
        conversions=found.conversions, value=found.value, rules=shown_rules(found.rules),
    )  # fmt: skip
