"""Scores: departure from habit, likeness to a segment, propensity to buy; asked for, kept, removed."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp import scores as models
from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import First, page_size
from graphcdp.identity import IdentityNotFoundError


@strawberry.enum(description="What a score tells.")
class ScoreKind(Enum):
    HABIT_CHANGE = strawberry.enum_value("habit_change", description="How far the last days are from the habit.")
    LOOK_ALIKE = strawberry.enum_value("look_alike", description="How alike somebody is to a segment's members.")
    PROPENSITY = strawberry.enum_value("propensity", description="How likely somebody is to buy within some days.")


@strawberry.type(description="A value that a person turned to.")
class Departure:
    dimension: str = strawberry.field(description="`category` or `size`.")
    value: str = strawberry.field(description="What it is.")
    usual: float = strawberry.field(description="Its share of what was done before, 0 to 1.")
    recent: float = strawberry.field(description="Its share lately, 0 to 1.")
    instead_of: str | None = strawberry.field(description="What was most frequent before; null if that is this one.")
    event_ids: list[str] = strawberry.field(description="The newest events with it, five at most.")
    sentence: str = strawberry.field(description="The same for people.")

    @classmethod
    def of(cls, one: models.Departure) -> Self:
        """Turn a model into its type."""
        return cls(
            dimension=one.dimension, value=one.value, usual=one.usual, recent=one.recent, instead_of=one.instead_of,
            event_ids=list(one.events), sentence=one.sentence(),
        )  # fmt: skip


@strawberry.type(description="A dimension of a habit.")
class HabitDimension:
    name: str = strawberry.field(description="`category` or `size`.")
    score: float = strawberry.field(description="0 (as ever) to 1 (all is different).")
    confidence: float = strawberry.field(description="How much is known, 0 to 1; it is a factor of the score.")


@strawberry.type(description="How suddenly a person turned from habit, and to what.")
class HabitChange:
    score: float = strawberry.field(description="0 (as ever, or too little known) to 1 (all is different).")
    dimensions: list[HabitDimension] = strawberry.field(description="What it is made of.")
    departures: list[Departure] = strawberry.field(description="The values turned to, the largest difference first.")

    @classmethod
    def of(cls, one: models.HabitChange) -> Self:
        """Turn a model into its type."""
        return cls(
            score=one.score,
            dimensions=[
                HabitDimension(name=name, score=score, confidence=one.confidence[name])
                for name, score in one.dimensions.items()
            ],
            departures=[Departure.of(each) for each in one.departures],
        )


@strawberry.type(description="A thing that a segment's members share more than everybody does.")
class LookAlikeFactor:
    kind: str = strawberry.field(description="`Product`, `Campaign` or `Content`.")
    id: str = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    seeds: int = strawberry.field(description="How many members had to do with it.")
    people: int = strawberry.field(description="How many of all people had.")
    weight: float = strawberry.field(description="Logarithm of the one share over the other.")

    @classmethod
    def of(cls, one: models.Factor) -> Self:
        """Turn a model into its type."""
        return cls(
            kind=one.kind, id=one.id, name=one.name, seeds=one.seeds, people=one.people, weight=one.weight
        )  # fmt: skip


@strawberry.type(description="Somebody who is like a segment's members.")
class LookAlike:
    profile_id: str = strawberry.field(description="Who.")
    score: float = strawberry.field(description="Cosine with the factors' weights, 0 to 1.")
    factors: list[LookAlikeFactor] = strawberry.field(description="Up to three shared things, the heaviest first.")


@strawberry.type(description="One place of the size slider.")
class LookAlikeLevel:
    share: float = strawberry.field(description="The share of everybody that was wished for.")
    people: int = strawberry.field(description="How many people that is.")
    at_least: float = strawberry.field(description="The score that they have at least.")


@strawberry.type(description="Who is like a segment's members.")
class LookAlikes:
    seeds: int = strawberry.field(description="How many members were looked at.")
    population: int = strawberry.field(description="How many people there are.")
    factors: list[LookAlikeFactor] = strawberry.field(description="What they share, at most 20.")
    people: list[LookAlike] = strawberry.field(description="The most alike first; no members.")
    slider: list[LookAlikeLevel] = strawberry.field(description="How many people which least score gives.")
    auc: float | None = strawberry.field(
        description="The chance that a member kept aside is ranked above somebody else; 0.5 is a guess; null: too few."
    )
    held_out: int = strawberry.field(description="How many members were kept aside for that.")


@strawberry.type(description="A score that is kept with people: `profile.<name>` in segments.")
class Score:
    name: str = strawberry.field(description="Its name.")
    kind: ScoreKind = strawberry.field(description="What it tells.")
    title: str = strawberry.field(description="What it is, for people.")
    people: int = strawberry.field(description="How many have a value.")
    made_at: datetime = strawberry.field(description="When it was last made; a running server does so once a day.")
    settings: JSON = strawberry.field(description="What it is made with.")
    card: JSON = strawberry.field(
        description="How good it is and what drives it: for a propensity AUC, Brier score, lift, calibration and "
        "drivers, measured on a later time than it learned from; for a likeness AUC, factors and the size slider."
    )

    @classmethod
    def of(cls, one: models.Score) -> Self:
        """Turn a model into its type."""
        return cls(
            name=one.name, kind=ScoreKind(one.kind), title=one.title, people=one.people, made_at=one.made_at,
            settings=JSON(dict(one.settings)), card=JSON(dict(one.card)),
        )  # fmt: skip


@strawberry.input(description="Which score to make for everybody and to keep.")
class KeepScoreInput:
    kind: ScoreKind = strawberry.field(description="What it tells.")
    name: str | None = strawberry.field(
        default=None, description="Its name; `habit_change`, `like_<segment>` or `purchase_propensity` else."
    )
    segment: str | None = strawberry.field(default=None, description="Of a likeness: to whose members.")
    days: int | None = strawberry.field(
        default=None, description="Of a habit change: what counts as lately (7); of a propensity: the horizon (14)."
    )


@strawberry.input(description="Which score is to go.")
class RemoveScoreInput:
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A score that was made and kept.")
class KeepScorePayload:
    score: Score = strawberry.field(description="It.")


@strawberry.type(description="A score that is no more.")
class RemoveScorePayload:
    name: str = strawberry.field(description="What it was called.")


HabitChangeResult = Annotated[
    HabitChange | NotFound | InvalidInput,
    strawberry.union("HabitChangeResult", description="The change, or why there is none."),
]
LookAlikesResult = Annotated[
    LookAlikes | NotFound | InvalidInput,
    strawberry.union("LookAlikesResult", description="Who is like them, or why that cannot be said."),
]
KeepScoreResult = Annotated[
    KeepScorePayload | NotFound | InvalidInput | Conflict,
    strawberry.union("KeepScoreResult", description="The score, or why it cannot be made."),
]
RemoveScoreResult = Annotated[
    RemoveScorePayload | NotFound | Conflict,
    strawberry.union("RemoveScoreResult", description="What was removed, or why nothing was."),
]


@strawberry.type(description="Questions about scores.")
class ScoresQuery:
    @strawberry.field(description="The scores that are kept with people.", extensions=[needs(Scope.READ)])
    async def scores(self, info: Info) -> list[Score]:
        return [Score.of(one) for one in await info.context.platform.scores.kept.all()]

    @strawberry.field(
        description="How suddenly a person turned from what they usually look at and buy, in category and size.",
        extensions=[needs(Scope.READ)],
    )
    async def habit_change(
        self,
        info: Info,
        identity: Annotated[IdentityInput, strawberry.argument(description="Any identity of the person.")],
        recent_days: Annotated[int, strawberry.argument(description="What counts as lately.")] = 7,
    ) -> HabitChangeResult:
        key = await identity_key(info.context, identity)
        person = await info.context.loaders.profile_by_key.load(str(key))
        if person is None:
            raise IdentityNotFoundError.of(key.namespace)
        found = await info.context.platform.scores.habit_change(person.id, recent_days=recent_days)
        return HabitChange.of(found)

    @strawberry.field(
        description="Who is like the members of a segment, by the products, campaigns and contents they share.",
        extensions=[needs(Scope.READ)],
    )
    async def look_alikes(
        self,
        info: Info,
        segment: Annotated[str, strawberry.argument(description="The segment's id.")],
        first: First = 20,
    ) -> LookAlikesResult:
        most = page_size(first)
        found = await info.context.platform.scores.look_alikes(segment)
        return LookAlikes(
            seeds=found.seeds,
            population=found.population,
            factors=[LookAlikeFactor.of(one) for one in found.factors[:20]],
            people=[
                LookAlike(
                    profile_id=one.profile_id,
                    score=one.score,
                    factors=[LookAlikeFactor.of(each) for each in one.factors],
                )
                for one in found.people[:most]
            ],
            slider=[LookAlikeLevel(share=one.share, people=one.people, at_least=one.at_least) for one in found.slider],
            auc=found.auc,
            held_out=found.held_out,
        )


@strawberry.type(description="Changes of scores.")
class ScoresMutation:
    @strawberry.mutation(
        description="Make a score for everybody and keep it with them; segments that ask for it follow.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def keep_score(
        self, info: Info, input: Annotated[KeepScoreInput, strawberry.argument(description="Which.")]
    ) -> KeepScoreResult:
        kept = await info.context.platform.scores.keep(str(input.kind.value), input.name, input.segment, input.days)
        return KeepScorePayload(score=Score.of(kept))

    @strawberry.mutation(
        description="Forget a score and its values; refused while a segment or an offer asks for it.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def remove_score(
        self, info: Info, input: Annotated[RemoveScoreInput, strawberry.argument(description="Which.")]
    ) -> RemoveScoreResult:
        await info.context.platform.scores.kept.remove(input.name)
        return RemoveScorePayload(name=input.name)
