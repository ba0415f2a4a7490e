"""What comes in: the mutation `ingest`, what was rejected, the sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Self

import orjson
import strawberry
from strawberry.scalars import JSON

from graphcdp import model as models
from graphcdp import profile as read
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.identity.identities import IdentityInput
from graphcdp.api.graphql.people import Profile, read_json
from graphcdp.base import InvalidInputError
from graphcdp.base.ids import random_id

MOST_EVENTS = 1_000
_LONGEST_TEXT = 100_000


@strawberry.input(description="The thing an interaction happened on.")
class DeviceInput:
    id: str = strawberry.field(description="Its own id.")
    kind: str = strawberry.field(default="browser", description="browser, phone, tablet, till, call_centre_line, …")
    name: str | None = strawberry.field(default=None, description="For people, such as `Safari on iPhone`.")


@strawberry.input(description="One thing that happened or was stated: with a type an event, with attributes a record.")
class EventInput:
    identities: list[IdentityInput] = strawberry.field(description="Whose it is: all identifiers it carries.")
    id: str | None = strawberry.field(
        default=None, description="Unique in the installation; the same id is the same event. Null makes one."
    )
    ts: datetime | None = strawberry.field(default=None, description="When it happened; null is now.")
    type: str | None = strawberry.field(default=None, description="What happened, snake_case.")
    channel: str | None = strawberry.field(default=None, description="web, mobile, email, store, call_centre, …")
    source: str = strawberry.field(default="graphql", description="The source to book it under.")
    dataset: str = strawberry.field(default="events", description="The dataset of that source.")
    properties: JSON | None = strawberry.field(default=None, description="Its properties: names to plain values.")
    attributes: JSON | None = strawberry.field(
        default=None, description="Profile attributes it states: names to plain values; null clears one."
    )
    products: list[str] = strawberry.field(default_factory=list, description="Ids of the products it is about.")
    device: DeviceInput | None = strawberry.field(default=None, description="What it happened on.")


@strawberry.input(description="Events to take in together.")
class IngestInput:
    events: list[EventInput] = strawberry.field(description="At most 1,000.")


@strawberry.enum(description="What became of an event; accepted and duplicate both mean that it is stored.")
class Outcome(Enum):
    ACCEPTED = strawberry.enum_value("accepted", description="It is new, and stored.")
    DUPLICATE = strawberry.enum_value("duplicate", description="It was stored before.")
    REJECTED = strawberry.enum_value("rejected", description="It was refused; the receipt says why.")


@strawberry.type(description="What became of one event.")
class Receipt:
    event_id: str = strawberry.field(description="Its id.")
    outcome: Outcome = strawberry.field(description="What became of it.")
    code: str | None = strawberry.field(description="Why it was rejected, for programs.")
    field: str | None = strawberry.field(description="Which field was wrong.")
    reason: str | None = strawberry.field(description="Why it was rejected and what to do.")

    @classmethod
    def of(cls, receipt: models.Receipt) -> Self:
        """Turn a model into its type."""
        rejection = receipt.rejection
        return cls(
            event_id=receipt.fact_id,
            outcome=Outcome(receipt.outcome.value),
            code=rejection.code if rejection else None,
            field=rejection.field if rejection else None,
            reason=rejection.reason if rejection else None,
        )


@strawberry.type(description="What became of the events; they are durable when this answer arrives.")
class IngestPayload:
    receipts: list[Receipt] = strawberry.field(description="One an event, in the order given.")
    accepted: int = strawberry.field(description="How many are new.")
    duplicates: int = strawberry.field(description="How many were there already.")
    rejected: int = strawberry.field(description="How many were refused.")
    identities: strawberry.Private[list[models.IdentityKey]]

    @strawberry.field(description="The people who hold the identities of the stored events, as they are afterwards.")
    async def profiles(self, info: Info) -> list[Profile]:
        pipeline = info.context.platform.pipeline
        keys = {await pipeline.key(*each) for each in self.identities}
        known = sorted(str(key) for key in keys if isinstance(key, models.IdentityKey))
        people = {each.id: each for each in await info.context.loaders.profile_by_key.load_many(known) if each}
        return [Profile.of(people[id]) for id in sorted(people)]


@strawberry.type(description="Something that was not taken in, and why.")
class Rejected:
    id: str = strawberry.field(description="Its own id.")
    source: str | None = strawberry.field(description="The source that sent it.")
    dataset: str | None = strawberry.field(description="The dataset of that source.")
    row: str | None = strawberry.field(description="Where it stood, such as `row 12`.")
    field: str | None = strawberry.field(description="Which field was wrong.")
    code: str = strawberry.field(description="Why, for programs.")
    reason: str = strawberry.field(description="Why, and what to do.")
    event_id: str | None = strawberry.field(description="The id it had.")
    received_at: datetime = strawberry.field(description="When it came in.")
    payload: JSON | None = strawberry.field(description="The input, as far as it could be read.")

    @classmethod
    def of(cls, fact: read.RejectedFact) -> Self:
        """Turn a model into its type."""
        return cls(
            id=fact.id,
            source=fact.source,
            dataset=fact.dataset,
            row=fact.row,
            field=fact.field,
            code=fact.code,
            reason=fact.reason,
            event_id=fact.fact_id,
            received_at=fact.received_at,
            payload=read_json(fact.payload),
        )


@strawberry.type(description="A table or stream of a source.")
class Dataset:
    dataset_id: str = strawberry.field(description="Its own id.")
    name: str | None = strawberry.field(description="Its name.")


@strawberry.type(description="Where data comes from.")
class Source:
    source_id: str = strawberry.field(description="Its own id.")
    name: str | None = strawberry.field(description="Its name.")
    channel: str | None = strawberry.field(description="The channel of its interactions, unless they say another.")
    trust: float | None = strawberry.field(description="How much it is trusted where sources disagree.")
    definition: str | None = strawberry.field(description="Its definition (YAML).")
    datasets: list[Dataset] = strawberry.field(description="Its tables or streams.")

    @classmethod
    def of(cls, source: read.SourceEntry) -> Self:
        """Turn a model into its type."""
        return cls(
            source_id=source.id,
            name=source.name,
            channel=source.channel,
            trust=source.trust,
            definition=source.definition,
            datasets=[Dataset(dataset_id=id, name=name) for id, name in source.datasets],
        )


async def ingest(info: Info, given: IngestInput) -> IngestPayload:
    """Take events in by the one write path.

    Raises:
        InvalidInputError: there are too many, or none.
    """
    if not 1 <= len(given.events) <= MOST_EVENTS:
        raise InvalidInputError(
            f"`events` has {len(given.events):,} events; one call takes 1 to {MOST_EVENTS:,}. Send several calls.",
            field="events",
            limit=MOST_EVENTS,
        )
    now = info.context.platform.clock.now()
    read_events = [to_fact(event, index, now) for index, event in enumerate(given.events)]
    facts = [each for each in read_events if isinstance(each, models.Fact)]
    rejections = [each for each in read_events if isinstance(each, models.Rejection)]
    result = await info.context.platform.batcher.submit(facts, rejections)
    stored = iter(result.receipts)
    receipts = [
        next(stored)
        if isinstance(each, models.Fact)
        else models.Receipt(each.fact_id or "", models.Outcome.REJECTED, each)
        for each in read_events
    ]
    outcomes = [receipt.outcome for receipt in receipts]
    return IngestPayload(
        receipts=[Receipt.of(receipt) for receipt in receipts],
        accepted=outcomes.count(models.Outcome.ACCEPTED),
        duplicates=outcomes.count(models.Outcome.DUPLICATE),
        rejected=outcomes.count(models.Outcome.REJECTED),
        identities=[
            key
            for each, outcome in zip(read_events, outcomes, strict=True)
            if isinstance(each, models.Fact) and outcome is not models.Outcome.REJECTED
            for key in each.identities
        ],
    )


def to_fact(event: EventInput, index: int, now: datetime) -> models.Fact | models.Rejection:
    """Read one event of the mutation.

    Args:
        event: as given.
        index: where it stood.
        now: the time of an event without one.
    """
    row = f"events[{index}]"
    id = event.id or random_id("gql")
    payload = _payload(event)

    def rejected(field: str, code: str, reason: str) -> models.Rejection:
        return models.Rejection(
            event.source, event.dataset, row, field, code, reason, payload[:16_384], event.id or None
        )

    for field, values in (("properties", event.properties), ("attributes", event.attributes)):
        wrong = _wrong(values)
        if wrong is not None:
            return rejected(f"{field}.{wrong[0]}" if wrong[0] else field, *wrong[1:])
    properties = _plain(event.properties)
    attributes = _plain(event.attributes)
    if event.type is None and not attributes:
        return rejected("type", "empty", "It has neither a type nor attributes: give one of them.")
    ts = event.ts or now
    return models.Fact(
        id=id,
        ts=ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC),
        source=event.source,
        dataset=event.dataset,
        identities=tuple(models.IdentityKey(each.namespace, each.value) for each in event.identities),
        type=event.type,
        channel=event.channel,
        properties=properties,
        products=tuple(event.products),
        attributes=attributes,
        device=models.Device(event.device.id, event.device.kind, event.device.name) if event.device else None,
        payload=payload,
        row=row,
    )


def _wrong(values: Any) -> tuple[str, str, str] | None:
    """Say what is wrong with properties or attributes: where, code, reason."""
    if values is None:
        return None
    if not isinstance(values, Mapping):
        return "", "bad_property", "It must be an object of names and plain values."
    for name, value in values.items():
        if not isinstance(value, str | int | float | bool | None):
            return name, "bad_property", "Its value must be a text, number, boolean or null, not a list or object."
        if isinstance(value, str) and len(value) > _LONGEST_TEXT:
            return (
                name,
                "too_long",
                f"It is {len(value):,} characters long; at most {_LONGEST_TEXT:,} are kept.",
            )
    return None


def _plain(values: Any) -> dict[str, models.Scalar]:
    return dict(values or {})


def _payload(event: EventInput) -> str:
    whole: dict[str, Any] = {
        "type": event.type,
        "channel": event.channel,
        "ts": event.ts,
        "identities": [{"namespace": each.namespace, "value": each.value} for each in event.identities],
        "properties": event.properties,
        "attributes": event.attributes,
        "products": event.products or None,
        "device": None if event.device is None else vars(event.device),
    }
    return orjson.dumps({name: value for name, value in whole.items() if value is not None}, default=str).decode()
