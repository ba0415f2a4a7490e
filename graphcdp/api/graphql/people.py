"""People: profiles with identities, devices, attributes and their provenance, time line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import orjson
import strawberry
from strawberry.scalars import JSON

from graphcdp import profile as models
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.identity.households import Household
from graphcdp.api.graphql.relay import After, Connection, First, Node, global_id, page_size
from graphcdp.api.graphql.segments.memberships import SegmentMembership

Names = Annotated[
    list[str] | None, strawberry.argument(description="Only these attributes, snake_case; null is all of them.")
]
Types = Annotated[list[str] | None, strawberry.argument(description="Only these types, such as `purchase`.")]
Channels = Annotated[list[str] | None, strawberry.argument(description="Only these channels, such as `web`.")]


@strawberry.type(description="An attribute in force, and where it came from.")
class Attribute:
    name: str = strawberry.field(description="Its name, snake_case.")
    value: JSON = strawberry.field(description="Text, number or boolean.")
    source: str | None = strawberry.field(description="The source that stated it; `computed` where events say it.")
    dataset: str | None = strawberry.field(description="The dataset of that source.")
    at: datetime | None = strawberry.field(description="When it was stated, or computed last.")
    record: str | None = strawberry.field(
        description="Id of the record or event that stated it; of a computed one the latest event behind it."
    )
    events: int | None = strawberry.field(description="Of a computed one: how many events it was computed from.")
    latest_event_at: datetime | None = strawberry.field(
        description="Of a computed one: when the latest of these events happened."
    )

    @classmethod
    def of(cls, attribute: models.Attribute) -> Self:
        """Turn a model into its type."""
        return cls(
            name=attribute.name,
            value=attribute.value,
            source=attribute.source,
            dataset=attribute.dataset,
            at=attribute.at,
            record=attribute.record_id,
            events=attribute.events,
            latest_event_at=attribute.latest_at,
        )


@strawberry.type(description="A browser, phone, till or call-centre line.")
class Device(Node):
    device_id: str = strawberry.field(description="Its own id.")
    kind: str | None = strawberry.field(description="Such as browser, phone, till.")
    name: str | None = strawberry.field(description="For people, such as `Safari on iPhone`.")
    first_seen: datetime | None = strawberry.field(description="Its first event.")
    last_seen: datetime | None = strawberry.field(description="Its last event.")
    identity_keys: list[str] = strawberry.field(
        description="Keys of identities seen on it: those of the profile it was reached from, else all (200 at most)."
    )

    @classmethod
    def of(cls, device: models.SeenDevice) -> Self:
        """Turn a model into its type."""
        return cls(
            id=global_id("Device", device.id),
            device_id=device.id,
            kind=device.kind,
            name=device.name,
            first_seen=device.first_seen,
            last_seen=device.last_seen,
            identity_keys=list(device.identity_keys),
        )


@strawberry.type(description="Something sold.")
class Product:
    product_id: str = strawberry.field(description="Its own id.")
    name: str | None = strawberry.field(description="Its name.")
    category: str | None = strawberry.field(description="Its category.")


@strawberry.type(description="One interaction of a person.")
class Event(Node):
    event_id: str = strawberry.field(description="Its own id, unique in the installation.")
    type: str = strawberry.field(description="What happened, such as `product_view`.")
    ts: datetime = strawberry.field(description="When it happened.")
    received_at: datetime | None = strawberry.field(description="When it came in.")
    channel: str | None = strawberry.field(description="web, mobile, email, store, call_centre, …")
    source: str | None = strawberry.field(description="The source that told of it.")
    dataset: str | None = strawberry.field(description="The dataset of that source.")
    identity_keys: list[str] = strawberry.field(description="All identities it carried, strongest first.")
    product: str | None = strawberry.field(description="Id of the first product it is about.")
    product_name: str | None = strawberry.field(description="That product's name, as told by the event.")
    category: str | None = strawberry.field(description="That product's category.")
    size: str | None = strawberry.field(description="That product's size.")
    price: float | None = strawberry.field(description="Price of one piece.")
    quantity: int | None = strawberry.field(description="How many pieces.")
    currency: str | None = strawberry.field(description="Currency of price and revenue.")
    revenue: float | None = strawberry.field(description="What was paid in all.")
    order_id: str | None = strawberry.field(description="The order.")
    campaign: str | None = strawberry.field(description="The campaign it came from.")
    content: str | None = strawberry.field(description="The content it is about.")
    page: str | None = strawberry.field(description="Page or screen.")
    query: str | None = strawberry.field(description="What was searched for.")
    duration_seconds: float | None = strawberry.field(description="How long it took.")
    outcome: str | None = strawberry.field(description="How it ended, for instance a call.")

    @classmethod
    def of(cls, event: models.Interaction) -> Self:
        """Turn a model into its type."""
        return cls(
            id=global_id("Event", event.id),
            event_id=event.id,
            type=event.type,
            ts=event.ts,
            received_at=event.received_at,
            channel=event.channel,
            source=event.source,
            dataset=event.dataset,
            identity_keys=list(event.identity_keys),
            product=event.product,
            product_name=event.product_name,
            category=event.category,
            size=event.size,
            price=event.price,
            quantity=event.quantity,
            currency=event.currency,
            revenue=event.revenue,
            order_id=event.order_id,
            campaign=event.campaign,
            content=event.content,
            page=event.page,
            query=event.query,
            duration_seconds=event.duration_seconds,
            outcome=event.outcome,
        )

    @strawberry.field(description="The device it happened on.")
    async def device(self, info: Info) -> Device | None:
        details = await info.context.loaders.event_details.load(self.event_id)
        return None if details is None or details.device is None else Device.of(details.device)

    @strawberry.field(description="All products it is about.")
    async def products(self, info: Info) -> list[Product]:
        details = await info.context.loaders.event_details.load(self.event_id)
        found = () if details is None else details.products
        return [Product(product_id=each.id, name=each.name, category=each.category) for each in found]

    @strawberry.field(description="The whole input as its source sent it.")
    async def payload(self, info: Info) -> JSON | None:
        details = await info.context.loaders.event_details.load(self.event_id)
        return None if details is None else read_json(details.payload)


@strawberry.type(description="One identifier of one namespace.")
class Identity(Node):
    key: str = strawberry.field(description="`namespace|value`.")
    namespace: str = strawberry.field(description="email, phone, ecid, crm_id, …")
    value: str = strawberry.field(description="The identifier, normalised.")
    first_seen: datetime | None = strawberry.field(description="Its first event.")
    last_seen: datetime | None = strawberry.field(description="Its last event.")
    known_from: datetime | None = strawberry.field(description="When the system first knew it.")
    moment: strawberry.Private[models.Moment | None] = None

    @classmethod
    def of(cls, identity: models.Identity, moment: models.Moment | None = None) -> Self:
        """Turn a model into its type; `moment` is the past instant it was asked for."""
        return cls(
            id=global_id("Identity", identity.key),
            key=identity.key,
            namespace=identity.namespace,
            value=identity.value,
            first_seen=identity.first_seen,
            last_seen=identity.last_seen,
            known_from=identity.known_from,
            moment=moment,
        )

    @strawberry.field(description="The person who holds it, or held it at the past instant that was asked for.")
    async def profile(self, info: Info) -> Profile | None:
        if self.moment is not None:
            then = await info.context.platform.past.find(self.key, self.moment)
            return None if then is None else Profile.of_past(then)
        found = await info.context.loaders.profile_by_key.load(self.key)
        return None if found is None else Profile.of(found)


@strawberry.type(description="One resolved person.")
class Profile(Node):
    profile_id: str = strawberry.field(description="The profile's own id, as in Neo4j Browser.")
    founder: str | None = strawberry.field(description="Key of the identity that the id comes from.")
    identity_count: int = strawberry.field(description="How many identities the person holds.")
    first_seen: datetime | None = strawberry.field(description="The person's first event.")
    last_seen: datetime | None = strawberry.field(description="The person's last event.")
    known_from: datetime | None = strawberry.field(description="When the system first knew the person.")
    as_of: datetime | None = strawberry.field(description="The past instant it was asked for; null is now.")
    person: strawberry.Private[models.Profile]
    then: strawberry.Private[models.PastPerson | None] = None

    @classmethod
    def of_past(cls, then: models.PastPerson) -> Self:
        """Turn a person at a past instant into its type: everything below is of then, too."""
        shown = cls.of(then.profile)
        shown.as_of, shown.then = then.moment.at, then
        return shown

    @classmethod
    def of(cls, profile: models.Profile) -> Self:
        """Turn a model into its type."""
        return cls(
            id=global_id("Profile", profile.id),
            profile_id=profile.id,
            founder=profile.founder,
            identity_count=profile.identity_count,
            first_seen=profile.first_seen,
            last_seen=profile.last_seen,
            known_from=profile.known_from,
            as_of=None,
            person=profile,
        )

    @strawberry.field(description="The identities the person holds, by key.")
    async def identities(self, info: Info) -> list[Identity]:
        if self.then is not None:
            return [Identity.of(each, self.then.moment) for each in self.then.identities]
        found = await info.context.loaders.identities.load(self.profile_id)
        return [Identity.of(each) for each in found or ()]

    @strawberry.field(description="The devices the person was seen on, most recently used first.")
    async def devices(self, info: Info) -> list[Device]:
        if self.then is not None:
            return [Device.of(each) for each in await info.context.platform.past.devices(self.then)]
        found = await info.context.loaders.devices.load(self.profile_id)
        return [Device.of(each) for each in found or ()]

    @strawberry.field(
        description="Who the person shares a device, an address or a payment card with, as of the last refresh; null "
        "where that is nobody, or where a past instant was asked for."
    )
    async def household(self, info: Info) -> Household | None:
        if self.then is not None:
            return None
        found = await info.context.loaders.household.load(self.profile_id)
        return None if found is None else Household.of(found)

    @strawberry.field(
        description="The segments that the person is in, the newest first; with `former` those that it was in too; "
        "at a past instant those of then."
    )
    async def segments(
        self,
        info: Info,
        former: Annotated[bool, strawberry.argument(description="Whether former stays are wanted too.")] = False,
    ) -> list[SegmentMembership]:
        stays = await info.context.loaders.memberships.load(self.profile_id) or ()
        if self.then is not None:
            at = self.then.moment.at
            stays = tuple(one for one in stays if one.entered <= at and (one.exited is None or at < one.exited))
        return [SegmentMembership.of(one) for one in stays if former or self.then is not None or one.exited is None]

    @strawberry.field(description="What is known of the person, by name; each value says where it came from.")
    def attributes(self, names: Names = None) -> list[Attribute]:
        found = self.person.attributes()
        return [Attribute.of(each) for each in found if names is None or each.name in names]

    @strawberry.field(description="One attribute; null where nothing is known or the value was cleared.")
    def attribute(
        self, name: Annotated[str, strawberry.argument(description="Its name, snake_case.")]
    ) -> Attribute | None:
        return next((Attribute.of(each) for each in self.person.attributes() if each.name == name), None)

    @strawberry.field(description="Everything the person did, on every channel and device, newest first.")
    async def timeline(
        self, info: Info, first: First = 20, after: After = None, types: Types = None, channels: Channels = None
    ) -> Connection[Event]:
        wanted = models.TimelinePage(
            page_size(first),
            after,
            None if types is None else tuple(sorted(set(types))),
            None if channels is None else tuple(sorted(set(channels))),
        )
        if self.then is not None:
            page = await info.context.platform.past.timeline(self.then, wanted)
        else:
            page = await info.context.loaders.timeline.load((self.profile_id, wanted))
        return Connection.of(page, Event.of, begun=after is not None)


def read_json(text: str | None) -> Any:
    """Return what a JSON text says; the text itself where it is none."""
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
