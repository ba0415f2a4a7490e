"""Why somebody is in a segment, or is not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs
from graphcdp.identity import IdentityNotFoundError
from graphcdp.segments.evaluation import why as models


@strawberry.type(description="An event that counted.")
class CountedEvent:
    event_id: str = strawberry.field(description="The event's own id.")
    ts: datetime = strawberry.field(description="When it happened.")
    type: str = strawberry.field(description="Its type.")
    about: str = strawberry.field(description="A few words about it.")


@strawberry.type(description="A part of a rule, and what became of it for one person.")
class MembershipReason:
    depth: int = strawberry.field(description="How deep in the rule: 0 is the whole; the parts of a part follow it.")
    text: str = strawberry.field(description="The part in the canonical words.")
    holds: bool = strawberry.field(description="Whether the person fulfils it.")
    told: str = strawberry.field(description="What decided it; empty where the parts that follow say it.")
    events: list[CountedEvent] = strawberry.field(description="Events that counted, newest first, five at most.")
    until: datetime | None = strawberry.field(description="Until when that is sure with no new event; null: for ever.")

    @classmethod
    def of(cls, reason: models.Reason, depth: int) -> Self:
        """Turn a model into its type."""
        return cls(
            depth=depth,
            text=reason.text,
            holds=reason.holds,
            told=reason.told,
            events=[CountedEvent(event_id=id, ts=ts, type=type, about=about) for id, ts, type, about in reason.events],
            until=reason.until,
        )


@strawberry.type(description="Why somebody is in a segment, or is not.")
class MembershipExplanation:
    member: bool = strawberry.field(description="Whether the rule holds now.")
    reasons: list[MembershipReason] = strawberry.field(description="The rule and its parts, each before its own parts.")
    text: str = strawberry.field(description="The same for people, a line a part or event.")


ExplainMembershipResult = Annotated[
    MembershipExplanation | NotFound | InvalidInput,
    strawberry.union("ExplainMembershipResult", description="The explanation, or why there is none."),
]


@strawberry.type(description="Questions about memberships.")
class SegmentReasonsQuery:
    @strawberry.field(
        description="Why a person is in a segment, or is not: its rule part by part, with the events and values that "
        "decided each.",
        extensions=[needs(Scope.READ)],
    )
    async def explain_membership(
        self,
        info: Info,
        segment: Annotated[str, strawberry.argument(description="The segment's id.")],
        identity: Annotated[IdentityInput, strawberry.argument(description="Any identity of the person.")],
    ) -> ExplainMembershipResult:
        key = await identity_key(info.context, identity)
        person = await info.context.loaders.profile_by_key.load(str(key))
        if person is None:
            raise IdentityNotFoundError.of(key.namespace)
        found = await info.context.platform.segments.why(segment, person.id)
        return MembershipExplanation(member=found.holds, reasons=_flat(found, 0), text="\n".join(models.lines(found)))


def _flat(reason: models.Reason, depth: int) -> list[MembershipReason]:
    return [MembershipReason.of(reason, depth), *(each for part in reason.parts for each in _flat(part, depth + 1))]
