"""What people agreed to and refused."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs
from graphcdp.governance import Consent as ConsentModel


@strawberry.enum(description="What a person answered.")
class ConsentAnswer(Enum):
    GRANTED = strawberry.enum_value("granted", description="Yes.")
    DENIED = strawberry.enum_value("denied", description="No; of two people who became one, the no holds.")
    EXPIRED = strawberry.enum_value("expired", description="Yes, for a time that is over.")


@strawberry.type(description="What a person agreed to or refused.")
class Consent:
    purpose: str = strawberry.field(description="What for; or the channel where only that was said.")
    channel: str | None = strawberry.field(description="On what; null: on everything.")
    answer: ConsentAnswer = strawberry.field(description="What holds.")
    said_at: datetime = strawberry.field(description="When it was said.")
    source: str | None = strawberry.field(description="Who told of it.")
    dataset: str | None = strawberry.field(description="In which dataset; of `setConsent` where it was said.")
    by: str | None = strawberry.field(description="Who wrote it down; of an API key its fingerprint; null: unsaid.")
    until: datetime | None = strawberry.field(description="When it expires; null: never.")
    overruled: int = strawberry.field(description="How many other words of the person lost to this stricter one.")

    @classmethod
    def of(cls, one: ConsentModel) -> Self:
        """Turn a model into its type."""
        return cls(
            purpose=one.purpose, channel=one.channel, answer=ConsentAnswer(one.answer), said_at=one.word.ts,
            source=one.word.source, dataset=one.word.dataset, by=one.word.by, until=one.word.until,
            overruled=len(one.others),
        )  # fmt: skip


@strawberry.input(description="What somebody agreed to or refused.")
class SetConsentInput:
    identity: IdentityInput = strawberry.field(description="Any identity of the person.")
    purpose: str = strawberry.field(description="`marketing`, `advertising`, `personalization`, …; or a channel.")
    granted: bool = strawberry.field(description="Yes or no.")
    channel: str | None = strawberry.field(default=None, description="On what: `email`, `sms`; null: on everything.")
    source: str = strawberry.field(default="api", description="Where it was said, such as `preference_center`.")
    until: datetime | None = strawberry.field(default=None, description="When it expires; null: never.")
    at: datetime | None = strawberry.field(default=None, description="When it was said; null: now.")


@strawberry.type(description="What a person agreed to and refused.")
class Consents:
    consents: list[Consent] = strawberry.field(description="By name; empty if nothing was ever said.")


SetConsentResult = Annotated[
    Consents | NotFound | InvalidInput,
    strawberry.union("SetConsentResult", description="What holds now, or why nothing was noted."),
]
ConsentsResult = Annotated[
    Consents | NotFound | InvalidInput,
    strawberry.union("ConsentsResult", description="What holds, or why nobody was asked about."),
]


@strawberry.type(description="Questions about consent.")
class ConsentsQuery:
    @strawberry.field(description="What a person agreed to and refused.", extensions=[needs(Scope.READ)])
    async def consents(
        self, info: Info, identity: Annotated[IdentityInput, strawberry.argument(description="Any identity.")]
    ) -> ConsentsResult:
        found = await info.context.platform.consents.get(await identity_key(info.context, identity))
        return Consents(consents=[Consent.of(one) for one in found])


@strawberry.type(description="Changes of consent.")
class ConsentsMutation:
    @strawberry.mutation(
        description="Note that a person agreed to something, or refused. Deliveries and decisions ask for it.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def set_consent(
        self, info: Info, input: Annotated[SetConsentInput, strawberry.argument(description="Who, what.")]
    ) -> SetConsentResult:
        found = await info.context.platform.consents.put(
            await identity_key(info.context, input.identity), input.purpose, granted=input.granted,
            channel=input.channel, source=input.source, until=input.until, at=input.at,
            by=info.context.author(None).name,
        )  # fmt: skip
        return Consents(consents=[Consent.of(one) for one in found])
