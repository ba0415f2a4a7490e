"""Who is who: the identity graph of a person, and why two identities are one person."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from graphcdp.api.graphql.context import Context, Info
from graphcdp.api.graphql.people import Device, Event, Identity, Profile
from graphcdp.api.graphql.relay import global_id
from graphcdp.identity import PersonsWord as PersonsWordModel
from graphcdp.identity.questions import explain as models
from graphcdp.model import IdentityKey
from graphcdp.profile import Moment, PastPerson


@strawberry.input(description="An identity as a person would give it; it is normalised as on ingestion.")
class IdentityInput:
    namespace: str = strawberry.field(description="email, phone, ecid, crm_id, …")
    value: str = strawberry.field(description="The identifier, in any spelling the namespace's normaliser reads.")


@strawberry.enum(description="What became of a link; links are never deleted.")
class LinkState(Enum):
    ACTIVE = strawberry.enum_value("active", description="In force.")
    SUPPRESSED = strawberry.enum_value("suppressed", description="Lost to a rule.")
    RETIRED = strawberry.enum_value("retired", description="Evicted by the cap on identities.")
    CUT = strawberry.enum_value("cut", description="Cut by a person.")
    PINNED = strawberry.enum_value("pinned", description="Made by a person.")


@strawberry.type(description="An event or record that showed two identities together.")
class Evidence:
    event_id: str = strawberry.field(description="Its own id.")
    type: str = strawberry.field(description="Such as `login`; `record` where there was no interaction.")
    ts: datetime = strawberry.field(description="When it happened.")
    source: str | None = strawberry.field(description="The source that told of it.")
    dataset: str | None = strawberry.field(description="The dataset of that source.")
    channel: str | None = strawberry.field(description="web, mobile, email, store, call_centre, …")
    identity_keys: list[str] = strawberry.field(description="All identities it carried, strongest first.")

    @strawberry.field(description="The whole event; null for a record without an interaction.")
    async def event(self, info: Info) -> Event | None:
        found = await info.context.loaders.event.load(self.event_id)
        return None if found is None else Event.of(found)

    @classmethod
    def maybe(cls, event: models.Evidence | None) -> Self | None:
        """Turn a model into its type, where there is one."""
        return None if event is None else cls.of(event)

    @classmethod
    def of(cls, event: models.Evidence) -> Self:
        """Turn a model into its type."""
        return cls(
            event_id=event.id,
            type=event.type,
            ts=event.ts,
            source=event.source,
            dataset=event.dataset,
            channel=event.channel,
            identity_keys=list(event.identity_keys),
        )


@strawberry.type(description="A person's decision about a link.")
class PersonsWord:
    change_id: str = strawberry.field(description="The audited change, `writer/number`.")
    at: datetime = strawberry.field(description="When it was decided.")
    kind: str = strawberry.field(description="Such as `link_cut`.")
    who: str | None = strawberry.field(description="Who decided.")
    reason: str | None = strawberry.field(description="Why, in the person's own words.")

    @classmethod
    def maybe(cls, word: PersonsWordModel | None) -> Self | None:
        """Turn a model into its type, where there is one."""
        if word is None:
            return None
        return cls(change_id=word.change_id, at=word.at, kind=word.kind, who=word.who, reason=word.reason)


@strawberry.type(description="One link of a chain of evidence.")
class LinkStep:
    step: int = strawberry.field(description="Counted from 1.")
    left_key: str = strawberry.field(description="Where the step begins, `namespace|value`.")
    right_key: str = strawberry.field(description="Where it ends.")
    state: LinkState = strawberry.field(description="Active, or pinned by a person.")
    seen: int = strawberry.field(description="How many events showed the two together.")
    sources: list[str] = strawberry.field(description="Where those came from.")
    first_seen: datetime | None = strawberry.field(description="The first of them.")
    last_seen: datetime | None = strawberry.field(description="The last of them.")
    weakest: bool = strawberry.field(description="Whether this is the chain's weakest link.")
    first_event: Evidence | None = strawberry.field(description="The first event that showed the two together.")
    last_event: Evidence | None = strawberry.field(description="The last event that showed the two together.")
    event_count: int = strawberry.field(
        description="How many events and records that are there showed the two together."
    )
    events: list[Evidence] = strawberry.field(
        description="Some of them, in the order and number asked for; `evidence` pages through all."
    )
    decision: PersonsWord | None = strawberry.field(description="Who pinned it, and why.")

    @classmethod
    def of(cls, step: models.LinkStep) -> Self:
        """Turn a model into its type."""
        return cls(
            step=step.step,
            left_key=step.left_key,
            right_key=step.right_key,
            state=LinkState(step.state),
            seen=step.seen,
            sources=list(step.sources),
            first_seen=step.first_seen,
            last_seen=step.last_seen,
            weakest=step.weakest,
            first_event=Evidence.maybe(step.first_event),
            last_event=Evidence.maybe(step.last_event),
            event_count=step.event_count,
            events=[Evidence.of(each) for each in step.events],
            decision=PersonsWord.maybe(step.decision),
        )


@strawberry.type(description="Whether two identities are one person, and by what evidence.")
class Explanation:
    same_person: bool = strawberry.field(description="Whether one person holds both.")
    sentence: str = strawberry.field(description="The answer in plain English.")
    from_key: str = strawberry.field(description="The first identity, normalised.")
    to_key: str = strawberry.field(description="The second identity, normalised.")
    steps: list[LinkStep] = strawberry.field(
        description="The strongest chain of links from the first to the second: its weakest link has the most "
        "sightings, then it has the fewest steps, then it is the newest. Empty where they are two people."
    )
    weakest: LinkStep | None = strawberry.field(description="The chain's weakest link.")
    profile_id: strawberry.Private[str | None]

    @classmethod
    def of(cls, explanation: models.Explanation) -> Self:
        """Turn a model into its type."""
        weakest = explanation.weakest
        return cls(
            same_person=explanation.profile_id is not None,
            sentence=explanation.sentence(),
            from_key=explanation.from_key,
            to_key=explanation.to_key,
            steps=[LinkStep.of(step) for step in explanation.steps],
            weakest=None if weakest is None else LinkStep.of(weakest),
            profile_id=explanation.profile_id,
        )

    @strawberry.field(description="The person who holds both; null where they are two people.")
    async def profile(self, info: Info) -> Profile | None:
        if self.profile_id is None:
            return None
        return Profile.of(await info.context.profile(self.profile_id))


@strawberry.type(description="An identity in a picture of the graph.")
class GraphIdentity:
    key: str = strawberry.field(description="`namespace|value`.")
    own: bool = strawberry.field(description="Whether the person holds it; else it was lost, one step out.")
    profile_id: str | None = strawberry.field(description="Own id of the profile that holds it.")
    identity: Identity = strawberry.field(description="The identity.")

    @classmethod
    def of(cls, node: models.GraphIdentity, moment: Moment | None) -> Self:
        """Turn a model into its type; `moment` is the past instant it was asked for."""
        return cls(
            key=node.key,
            own=node.own,
            profile_id=node.profile_id,
            identity=Identity(
                id=global_id("Identity", node.key),
                key=node.key,
                namespace=node.namespace,
                value=node.value,
                first_seen=node.first_seen,
                last_seen=node.last_seen,
                known_from=node.known_from,
                moment=moment,
            ),
        )


@strawberry.type(description="A link between two identities, in any state.")
class IdentityLink:
    left_key: str = strawberry.field(description="The smaller key.")
    right_key: str = strawberry.field(description="The larger key.")
    state: LinkState = strawberry.field(description="Whether it is in force.")
    seen: int = strawberry.field(description="How many events showed the two together.")
    sources: list[str] = strawberry.field(description="Where those came from.")
    first_seen: datetime | None = strawberry.field(description="The first of them.")
    last_seen: datetime | None = strawberry.field(description="The last of them.")
    because: str | None = strawberry.field(description="Why it is not in force.")
    by_event: str | None = strawberry.field(description="Id of the event that decided it.")

    @classmethod
    def of(cls, link: models.GraphLink) -> Self:
        """Turn a model into its type."""
        return cls(
            left_key=link.left_key,
            right_key=link.right_key,
            state=LinkState(link.state),
            seen=link.seen,
            sources=list(link.sources),
            first_seen=link.first_seen,
            last_seen=link.last_seen,
            because=link.because,
            by_event=link.by_event,
        )


@strawberry.type(description="A person's identities, what was lost one step out, their links and devices.")
class IdentityGraph:
    identities: list[GraphIdentity] = strawberry.field(description="The person's own by key, then the lost by key.")
    links: list[IdentityLink] = strawberry.field(description="The links among them, in every state (1,000 at most).")
    devices: list[Device] = strawberry.field(description="The devices of the person's own identities.")
    profile_id: str = strawberry.field(description="The person's own id.")
    as_of: datetime | None = strawberry.field(description="The past instant it was asked for; null is now.")
    then: strawberry.Private[PastPerson | None] = None

    @classmethod
    def of(cls, graph: models.IdentityGraph, then: PastPerson | None = None) -> Self:
        """Turn a model into its type; `then` is the person at the past instant it was asked for."""
        moment = None if then is None else then.moment
        keys: dict[str, list[str]] = {}
        for identity_key, device_id in graph.on_device:
            keys.setdefault(device_id, []).append(identity_key)
        return cls(
            identities=[GraphIdentity.of(each, moment) for each in graph.identities],
            links=[IdentityLink.of(each) for each in graph.links],
            devices=[
                Device(
                    id=global_id("Device", each.id),
                    device_id=each.id,
                    kind=each.kind,
                    name=each.name,
                    first_seen=each.first_seen,
                    last_seen=each.last_seen,
                    identity_keys=keys.get(each.id, []),
                )
                for each in graph.devices
            ],
            profile_id=graph.profile_id,
            as_of=None if moment is None else moment.at,
            then=then,
        )

    @strawberry.field(description="The person.")
    async def profile(self, info: Info) -> Profile:
        if self.then is not None:
            return Profile.of_past(self.then)
        return Profile.of(await info.context.profile(self.profile_id))


async def identity_key(context: Context, identity: IdentityInput) -> IdentityKey:
    """Return an identity as it stands in the graph.

    Raises:
        InvalidInputError: no identity can read so; the reason says why.
    """
    return await context.platform.identity_key(identity.namespace, identity.value)
