"""A person's right to see what is held, and to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import orjson
import strawberry
from strawberry.scalars import JSON

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base import InvalidInputError
from graphcdp.governance import ErasureReceipt as ReceiptModel
from graphcdp.governance import page
from graphcdp.model import IdentityKey


@strawberry.type(description="How much of what an erasure removed.")
class ErasureCount:
    what: str = strawberry.field(description="Such as `events`.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="The receipt of an erasure. It says nothing about the person.")
class ErasureReceipt:
    erasure_id: str = strawberry.field(description="Of the receipt.")
    at: datetime = strawberry.field(description="When.")
    author: str = strawberry.field(description="Who erased.")
    reason: str | None = strawberry.field(description="Why, in their words.")
    counts: list[ErasureCount] = strawberry.field(description="How much of what.")
    dry_run: bool = strawberry.field(description="Nothing was erased: it was rolled back.")
    shared: list[str] = strawberry.field(
        description="Browsers and devices that others used too and that stay; told at the erasure only."
    )
    sentence: str = strawberry.field(description="The same in a sentence.")

    @classmethod
    def of(cls, one: ReceiptModel) -> Self:
        """Turn a model into its type."""
        return cls(
            erasure_id=one.id, at=one.at, author=one.author, reason=one.reason,
            counts=[ErasureCount(what=what, count=count) for what, count in one.counts.items()],
            dry_run=one.preview, shared=list(one.shared), sentence=one.sentence,
        )  # fmt: skip


@strawberry.type(description="Everything that is held about a person.")
class PersonExport:
    document: JSON = strawberry.field(description="As a document for programs.")
    html: str = strawberry.field(description="As a page for people: one file, without scripts.")


@strawberry.input(description="Whom to erase.")
class EraseProfileInput:
    identity: IdentityInput | None = strawberry.field(default=None, description="Any identity of the person.")
    profile_id: str | None = strawberry.field(default=None, description="Or the profile's own id, present or past.")
    dry_run: bool = strawberry.field(default=False, description="Do it, say what goes, and roll it back.")
    everywhere: bool = strawberry.field(
        default=False, description="Look for the person's identifiers in what everybody did, too: it reads everything."
    )
    reason: str | None = strawberry.field(default=None, description="Stands on the receipt; must not name the person.")


@strawberry.input(description="Who came back.")
class ReadmitInput:
    identities: list[IdentityInput] = strawberry.field(description="That were erased.")
    reason: str | None = strawberry.field(default=None, description="In your own words.")


@strawberry.type(description="Who is taken in again.")
class ReadmitPayload:
    identities: list[str] = strawberry.field(description="Keys of identities that had been erased.")


EraseProfileResult = Annotated[
    ErasureReceipt | NotFound | InvalidInput | Conflict,
    strawberry.union("EraseProfileResult", description="The receipt, or why nothing was erased."),
]
PersonExportResult = Annotated[
    PersonExport | NotFound | InvalidInput,
    strawberry.union("PersonExportResult", description="The export, or why there is none."),
]
ErasureResult = Annotated[
    ErasureReceipt | NotFound, strawberry.union("ErasureResult", description="A receipt, or why there is none.")
]
ReadmitResult = Annotated[
    ReadmitPayload | InvalidInput,
    strawberry.union("ReadmitResult", description="Who is taken in again, or why nobody."),
]


@strawberry.type(description="How long facts of a dataset are kept.")
class DatasetRetention:
    dataset: str = strawberry.field(description="The dataset's id; `deliveries` (receipts, dead letters); `rejected`.")
    days: int | None = strawberry.field(description="So many days from when they happened; null: for good.")


@strawberry.input(description="How long facts of a dataset are kept.")
class SetRetentionInput:
    dataset: str = strawberry.field(description="The dataset's id (`luma_web.web_hits`), `deliveries` or `rejected`.")
    days: int | None = strawberry.field(default=None, description="From when they happened; null: for good.")


SetRetentionResult = Annotated[
    DatasetRetention | NotFound | InvalidInput,
    strawberry.union("SetRetentionResult", description="The rule, or why there is none."),
]


@strawberry.type(description="Questions about privacy.")
class PrivacyQuery:
    @strawberry.field(
        description="Everything that is held about a person (their right of access).", extensions=[needs(Scope.ADMIN)]
    )
    async def person_export(
        self, info: Info, identity: Annotated[IdentityInput, strawberry.argument(description="Any identity.")]
    ) -> PersonExportResult:
        key = await identity_key(info.context, identity)
        found = await info.context.platform.exports.export(key, info.context.author(None))
        return PersonExport(document=JSON(orjson.loads(found.json())), html=page(found))

    @strawberry.field(description="Receipts of erasures, newest first.", extensions=[needs(Scope.READ)])
    async def erasures(self, info: Info, first: First = 20, after: After = None) -> Connection[ErasureReceipt]:
        found = await info.context.platform.erasures.page(page_size(first), after)
        return Connection.of(found, ErasureReceipt.of, begun=after is not None)

    @strawberry.field(description="The receipt of an erasure.", extensions=[needs(Scope.READ)])
    async def erasure(
        self, info: Info, id: Annotated[str, strawberry.argument(description="Of the receipt.")]
    ) -> ErasureResult:
        return ErasureReceipt.of(await info.context.platform.erasures.get(id))

    @strawberry.field(description="Datasets whose facts are kept for a time only.", extensions=[needs(Scope.READ)])
    async def retentions(self, info: Info) -> list[DatasetRetention]:
        return [
            DatasetRetention(dataset=one.dataset, days=one.days) for one in await info.context.platform.retentions.all()
        ]


@strawberry.type(description="Changes for privacy.")
class PrivacyMutation:
    @strawberry.mutation(
        description="Say how long facts of a dataset are kept. What is older goes within an hour.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def set_retention(
        self, info: Info, input: Annotated[SetRetentionInput, strawberry.argument(description="Which, how long.")]
    ) -> SetRetentionResult:
        await info.context.platform.retentions.put(input.dataset, input.days, info.context.author(None))
        return DatasetRetention(dataset=input.dataset, days=input.days)

    @strawberry.mutation(
        description="Erase everything about a person for good; a replay does not bring it back. Try `dryRun` first.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def erase_profile(
        self, info: Info, input: Annotated[EraseProfileInput, strawberry.argument(description="Whom.")]
    ) -> EraseProfileResult:
        if input.identity is not None and input.profile_id is None:
            person: str | IdentityKey = await identity_key(info.context, input.identity)
        elif input.profile_id is not None and input.identity is None:
            person = input.profile_id
        else:
            raise InvalidInputError("Name the person by identity or by profileId, by one of them.", field="identity")
        receipt = await info.context.platform.erasures.erase(
            person, info.context.author(input.reason), preview=input.dry_run, everywhere=input.everywhere
        )
        return ErasureReceipt.of(receipt)

    @strawberry.mutation(
        description="Take an erased person in again who came back: what happens from now on.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def readmit(
        self, info: Info, input: Annotated[ReadmitInput, strawberry.argument(description="Who.")]
    ) -> ReadmitResult:
        keys = [await identity_key(info.context, each) for each in input.identities]
        found = await info.context.platform.erasures.readmit(keys, info.context.author(input.reason))
        return ReadmitPayload(identities=[str(key) for key in found])
