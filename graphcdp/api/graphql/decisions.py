"""Decisions: what a person is shown and why; offers and placements; recommendations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp import decisions as models
from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs

Who = Annotated[IdentityInput, strawberry.argument(description="Any identity of the person; never seen: a stranger.")]


@strawberry.type(description="How often one person is shown an offer.")
class OfferCap:
    times: int = strawberry.field(description="So many times at most.")
    seconds: int | None = strawberry.field(description="In so many seconds; null: ever.")


@strawberry.type(description="Something to show to some people.")
class Offer:
    offer_id: str = strawberry.field(description="Its own id.")
    title: str = strawberry.field(description="For those who run it.")
    priority: int = strawberry.field(description="Larger goes first.")
    rule: str = strawberry.field(description="Whom it is for, in the segment language.")
    content: JSON = strawberry.field(description="Texts, images and links; `{name}` stands for an attribute.")
    placements: list[str] = strawberry.field(description="Where it may be shown.")
    starts: datetime | None = strawberry.field(description="From when on it may be shown.")
    ends: datetime | None = strawberry.field(description="From when on it may not any more.")
    caps: list[OfferCap] = strawberry.field(description="How often one person is shown it; all hold.")
    exclusive: str | None = strawberry.field(description="Of offers with the same word one is shown in one answer.")
    hold_out: str | None = strawberry.field(description="The group of people who are never shown it.")
    hold_out_percent: float | None = strawberry.field(description="The share of everybody that this group is.")
    actions: list[str] = strawberry.field(description="The marketing actions that it serves.")
    forbidden: list[str] = strawberry.field(
        description="What policies forbid in it now, in sentences; then nobody sees it."
    )

    @classmethod
    def of(cls, offer: models.Offer) -> Self:
        """Turn a model into its type."""
        return cls(
            offer_id=offer.id,
            title=offer.title,
            priority=offer.priority,
            rule=offer.rule,
            content=JSON(offer.content),
            placements=list(offer.placements),
            starts=offer.starts,
            ends=offer.ends,
            caps=[OfferCap(times=each.times, seconds=each.seconds) for each in offer.caps],
            exclusive=offer.exclusive,
            hold_out=offer.hold_out,
            hold_out_percent=offer.percent,
            actions=list(offer.actions),
            forbidden=[each.sentence for each in offer.forbidden],
        )


@strawberry.type(description="A place that offers are shown in.")
class Placement:
    placement_id: str = strawberry.field(description="Its own id.")
    title: str = strawberry.field(description="For those who run it.")
    channel: str = strawberry.field(description="Of the impressions.")
    slots: int = strawberry.field(description="So many offers at most.")
    recommend: int = strawberry.field(description="So many products beside them.")
    fallback: JSON | None = strawberry.field(description="Content to show where no offer is.")

    @classmethod
    def of(cls, place: models.Placement) -> Self:
        """Turn a model into its type."""
        return cls(
            placement_id=place.id,
            title=place.title,
            channel=place.channel,
            slots=place.slots,
            recommend=place.recommend,
            fallback=None if place.fallback is None else JSON(place.fallback),
        )


@strawberry.type(description="An offer that is shown.")
class ShownOffer:
    offer_id: str = strawberry.field(description="Which.")
    content: JSON = strawberry.field(description="Its content, with the person's attributes in its texts.")
    reason: str = strawberry.field(description="Why it was chosen.")


@strawberry.type(description="An offer that is not shown.")
class PassedOffer:
    offer_id: str = strawberry.field(description="Which.")
    code: str = strawberry.field(
        description="`not_started`, `ended`, `forbidden`, `not_eligible`, `unknown_attribute`, `held_out`, `capped`, "
        "`excluded`, `no_room`."
    )
    reason: str = strawberry.field(description="Why, as a sentence.")


@strawberry.type(description="A product for a person.")
class Recommendation:
    product_id: str = strawberry.field(description="The product's own id.")
    name: str | None = strawberry.field(description="Its name.")
    category: str | None = strawberry.field(description="Its category.")
    activity: str | None = strawberry.field(description="What it is for.")
    score: float = strawberry.field(description="Larger is better, comparable within one answer.")
    code: str = strawberry.field(description="`viewed`, `also_bought`, `also_viewed`, `popular`.")
    reason: str = strawberry.field(description="Why, as a sentence.")
    because: str | None = strawberry.field(description="Id of the product that led to it.")

    @classmethod
    def of(cls, one: models.Recommendation) -> Self:
        """Turn a model into its type."""
        return cls(
            product_id=one.product_id,
            name=one.name,
            category=one.category,
            activity=one.activity,
            score=one.score,
            code=one.code,
            reason=one.reason,
            because=one.because,
        )


@strawberry.type(description="What a person is shown in a placement.")
class PlacementDecision:
    decision_id: str = strawberry.field(description="Its own id; on impressions the property `decision`.")
    placement: str = strawberry.field(description="Where.")
    at: datetime = strawberry.field(description="When it was decided.")
    profile_id: str | None = strawberry.field(description="The person's own id; null of a stranger.")
    visitor: str = strawberry.field(description="`stranger`, `new`, `returning` or `known`.")
    offers: list[ShownOffer] = strawberry.field(description="What is shown, in order.")
    passed: list[PassedOffer] = strawberry.field(description="What is not, the most important first.")
    fallback: JSON | None = strawberry.field(description="What to show where no offer is.")
    recommendations: list[Recommendation] = strawberry.field(description="Products, the best first.")
    recorded: bool = strawberry.field(description="Whether impressions were recorded.")

    @classmethod
    def of(cls, one: models.Decision) -> Self:
        """Turn a model into its type."""
        return cls(
            decision_id=one.id,
            placement=one.placement,
            at=one.at,
            profile_id=one.profile_id,
            visitor=one.visitor,
            offers=[
                ShownOffer(offer_id=each.offer.id, content=each.content, reason=each.reason.sentence)
                for each in one.shown
            ],
            passed=[
                PassedOffer(offer_id=each.offer.id, code=each.reason.code, reason=each.reason.sentence)
                for each in one.passed
            ],
            fallback=one.fallback,
            recommendations=[Recommendation.of(each) for each in one.recommendations],
            recorded=one.recorded,
        )


@strawberry.input(description="The page a person is on.")
class DecisionContext:
    category: str | None = strawberry.field(default=None, description="Of products; goes before the person's own.")
    activity: str | None = strawberry.field(default=None, description="Likewise.")

    def model(self) -> models.Context:
        """Return it as the domain takes it."""
        return models.Context(self.category, self.activity)


@strawberry.input(description="How often one person is shown an offer.")
class OfferCapInput:
    times: int = strawberry.field(description="So many times at most.")
    seconds: int | None = strawberry.field(default=None, description="In so many seconds; null: ever.")


@strawberry.input(description="An offer. One of the same id is replaced.")
class DefineOfferInput:
    id: str = strawberry.field(description="Small letters, digits, `_` and `-`.")
    content: JSON = strawberry.field(description="Texts, images and links; `{name}` stands for an attribute.")
    placements: list[str] = strawberry.field(description="Where it may be shown; they must be defined.")
    rule: str | None = strawberry.field(default=None, description="Whom it is for; null: everyone.")
    tree: JSON | None = strawberry.field(default=None, description="The rule as a tree instead.")
    title: str | None = strawberry.field(default=None, description="For those who run it.")
    priority: int = strawberry.field(default=0, description="Larger goes first.")
    starts: datetime | None = strawberry.field(default=None, description="From when on it may be shown.")
    ends: datetime | None = strawberry.field(default=None, description="From when on it may not any more.")
    caps: list[OfferCapInput] | None = strawberry.field(default=None, description="How often one person is shown it.")
    exclusive: str | None = strawberry.field(default=None, description="One of those with the same word is shown.")
    hold_out: str | None = strawberry.field(default=None, description="A group of people who are never shown it.")
    actions: list[str] | None = strawberry.field(
        default=None, description="Marketing actions that it serves, for the policies; null: `onsite_personalization`."
    )

    def model(self) -> models.Offer:
        """Return it as the domain takes it."""
        tree: Any = self.tree
        return models.offer(
            self.id,
            content=self.content,
            placements=self.placements,
            rule=self.rule if tree is None else tree,
            title=self.title,
            priority=self.priority,
            starts=self.starts,
            ends=self.ends,
            caps=[models.Cap(each.times, each.seconds) for each in self.caps or ()],
            exclusive=self.exclusive,
            hold_out=self.hold_out,
            actions=self.actions,
        )


@strawberry.input(description="A placement. One of the same id is replaced.")
class DefinePlacementInput:
    id: str = strawberry.field(description="Small letters, digits, `_` and `-`.")
    title: str | None = strawberry.field(default=None, description="For those who run it.")
    channel: str = strawberry.field(default="web", description="Of the impressions.")
    slots: int = strawberry.field(default=1, description="So many offers at most.")
    recommend: int = strawberry.field(default=0, description="So many products beside them.")
    fallback: JSON | None = strawberry.field(default=None, description="Content to show where no offer is.")


@strawberry.type(description="An offer that is defined.")
class DefineOfferPayload:
    offer: Offer = strawberry.field(description="It.")


@strawberry.type(description="A placement that is defined.")
class DefinePlacementPayload:
    placement: Placement = strawberry.field(description="It.")


PlacementDecisionResult = Annotated[
    PlacementDecision | NotFound | InvalidInput,
    strawberry.union("PlacementDecisionResult", description="What a person is shown, or why nothing can be decided."),
]
DefineOfferResult = Annotated[
    DefineOfferPayload | InvalidInput | NotFound | Conflict,
    strawberry.union("DefineOfferResult", description="The offer, or why it cannot be."),
]
DefinePlacementResult = Annotated[
    DefinePlacementPayload | InvalidInput,
    strawberry.union("DefinePlacementResult", description="The placement, or why it cannot be."),
]


@strawberry.type(description="Questions about what to show.")
class DecisionsQuery:
    @strawberry.field(
        description="What a person is shown in a placement, and why; the impressions are recorded unless `record` is "
        "false.",
        extensions=[needs(Scope.READ)],
    )
    async def decide(
        self,
        info: Info,
        placement: Annotated[str, strawberry.argument(description="The id of the placement.")],
        identity: Who,
        context: Annotated[DecisionContext | None, strawberry.argument(description="The page.")] = None,
        record: Annotated[bool, strawberry.argument(description="Whether what is shown counts.")] = True,
    ) -> PlacementDecisionResult:
        key = await identity_key(info.context, identity)
        page = None if context is None else context.model()
        return PlacementDecision.of(await info.context.platform.decider.decide(placement, key, page, record=record))

    @strawberry.field(description="Products for a person, the best first, each with its reason.",
                      extensions=[needs(Scope.READ)])  # fmt: skip
    async def recommendations(
        self,
        info: Info,
        identity: Who,
        first: Annotated[int, strawberry.argument(description="So many at most, 50 or fewer.")] = 4,
        context: Annotated[DecisionContext | None, strawberry.argument(description="The page.")] = None,
    ) -> list[Recommendation]:
        key = await identity_key(info.context, identity)
        page = models.Context() if context is None else context.model()
        found = await info.context.platform.recommender.recommend(
            str(key), first, category=page.category, activity=page.activity
        )
        return [Recommendation.of(each) for each in found]

    @strawberry.field(description="Offers, the most important first.", extensions=[needs(Scope.READ)])
    async def offers(
        self,
        info: Info,
        placement: Annotated[str | None, strawberry.argument(description="Only of this placement.")] = None,
    ) -> list[Offer]:
        return [Offer.of(each) for each in await info.context.platform.shelf.offers(placement)]

    @strawberry.field(description="Placements by id.", extensions=[needs(Scope.READ)])
    async def placements(self, info: Info) -> list[Placement]:
        return [Placement.of(each) for each in await info.context.platform.shelf.placements()]


@strawberry.type(description="Changes of what to show.")
class DecisionsMutation:
    @strawberry.mutation(description="Define an offer, or replace the one of its id.", extensions=[needs(Scope.ADMIN)])
    async def define_offer(
        self, info: Info, input: Annotated[DefineOfferInput, strawberry.argument(description="It.")]
    ) -> DefineOfferResult:
        wanted, shelf = input.model(), info.context.platform.shelf
        await shelf.define(models.Plan(offers=(wanted,)))
        kept = next(each for each in await shelf.offers() if each.id == wanted.id)
        return DefineOfferPayload(offer=Offer.of(kept))

    @strawberry.mutation(
        description="Define a placement, or replace the one of its id.", extensions=[needs(Scope.ADMIN)]
    )
    async def define_placement(
        self, info: Info, input: Annotated[DefinePlacementInput, strawberry.argument(description="It.")]
    ) -> DefinePlacementResult:
        wanted = models.placement(**vars(input))
        await info.context.platform.shelf.define(models.Plan(placements=(wanted,)))
        return DefinePlacementPayload(placement=Placement.of(wanted))
