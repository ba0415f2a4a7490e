"""Questions about who is who: why one person, why not, event by event, and the picture."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Context, Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import (
    Evidence,
    Explanation,
    IdentityGraph,
    IdentityInput,
    LinkState,
    PersonsWord,
    identity_key,
)
from graphcdp.api.graphql.past import AsOf, Clock, WhichClock, moment_of
from graphcdp.api.graphql.people import Profile
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size, read_global_id
from graphcdp.base import InvalidInputError
from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.identity import HistoryEntry as EntryModel
from graphcdp.identity import Hub as HubModel
from graphcdp.identity import HubState as HubStateModel
from graphcdp.identity.questions import why_not as models
from graphcdp.model import IdentityKey

One = Annotated[IdentityInput, strawberry.argument(description="One identity.")]
Other = Annotated[IdentityInput, strawberry.argument(description="The other.")]


@strawberry.enum(description="Which events come first.")
class EventOrder(Enum):
    NEWEST = strawberry.enum_value("newest", description="The newest first.")
    OLDEST = strawberry.enum_value("oldest", description="The oldest first.")


Order = Annotated[EventOrder, strawberry.argument(description="Which events come first.")]


@strawberry.enum(description="Whether two identities are two people, and whether anything ever linked them.")
class Verdict(Enum):
    ONE_PERSON = strawberry.enum_value("one person", description="They are one person: `explain` says why.")
    NEVER_LINKED = strawberry.enum_value("never linked", description="Two people that nothing ever linked.")
    LOST = strawberry.enum_value("lost", description="Two people: links between them were lost.")


@strawberry.type(description="A link on the way from an end of a lost link to what stands against it.")
class Hold:
    left_key: str = strawberry.field(description="Where the step begins.")
    right_key: str = strawberry.field(description="Where it ends.")
    state: LinkState = strawberry.field(description="In force; at something shared the first one is lost.")
    seen: int = strawberry.field(description="How many events showed the two together.")
    last_seen: datetime | None = strawberry.field(description="The last of them.")

    @classmethod
    def of(cls, hold: models.Hold) -> Self:
        """Turn a model into its type."""
        return cls(
            left_key=hold.left_key,
            right_key=hold.right_key,
            state=LinkState(hold.state),
            seen=hold.seen,
            last_seen=hold.last_seen,
        )


@strawberry.type(description="What stands against a lost link, seen from one of its ends.")
class Opposition:
    end_key: str = strawberry.field(description="The end of the lost link.")
    value_key: str = strawberry.field(description="The value of the limited namespace that this side holds.")
    counts_as: str = strawberry.field(description="The value it was declared to be; itself where nothing was.")
    steps: list[Hold] = strawberry.field(
        description="The links from the end to the value; empty: the end is the value."
    )

    @classmethod
    def of(cls, one: models.Opposition) -> Self:
        """Turn a model into its type."""
        return cls(
            end_key=one.end_key,
            value_key=one.value_key,
            counts_as=one.counts_as,
            steps=[Hold.of(each) for each in one.steps],
        )


@strawberry.type(description="A link of the chain between two people, in force or lost.")
class ApartStep:
    step: int = strawberry.field(description="Counted from 1.")
    left_key: str = strawberry.field(description="Where the step begins, `namespace|value`.")
    right_key: str = strawberry.field(description="Where it ends.")
    state: LinkState = strawberry.field(description="Suppressed, retired or cut: lost.")
    in_force: bool = strawberry.field(description="Whether it is not lost.")
    seen: int = strawberry.field(description="How many events showed the two together.")
    sources: list[str] = strawberry.field(description="Where those came from.")
    first_seen: datetime | None = strawberry.field(description="The first of them.")
    last_seen: datetime | None = strawberry.field(description="The last of them.")
    first_event: Evidence | None = strawberry.field(description="The first event that showed the two together.")
    last_event: Evidence | None = strawberry.field(description="The last event that showed the two together.")
    because: str | None = strawberry.field(
        description="What took it out of force: `unique:<namespace>`, `shared:<namespace>`, `cap` or `hub`."
    )
    by_event: Evidence | None = strawberry.field(description="The event that decided it.")
    decision: PersonsWord | None = strawberry.field(description="Who cut it, and why.")
    most: int | None = strawberry.field(description="How many values, identities or links the constraint allows.")
    would_hold: list[str] = strawberry.field(description="The values of the limited namespace on both sides.")
    stands: bool = strawberry.field(description="Whether the limit would be broken today, were the link in force.")
    against: list[Opposition] = strawberry.field(description="What stands against it.")

    @classmethod
    def of(cls, step: models.ApartStep) -> Self:
        """Turn a model into its type."""
        return cls(
            step=step.step,
            left_key=step.left_key,
            right_key=step.right_key,
            state=LinkState(step.state),
            in_force=step.in_force,
            seen=step.seen,
            sources=list(step.sources),
            first_seen=step.first_seen,
            last_seen=step.last_seen,
            first_event=Evidence.maybe(step.first_event),
            last_event=Evidence.maybe(step.last_event),
            because=step.because,
            by_event=Evidence.maybe(step.by_event),
            decision=PersonsWord.maybe(step.decision),
            most=step.most,
            would_hold=list(step.would_hold),
            stands=step.stands,
            against=[Opposition.of(each) for each in step.against],
        )


@strawberry.type(description="Why two identities are two people.")
class WhyNot:
    verdict: Verdict = strawberry.field(description="What was found.")
    sentence: str = strawberry.field(description="The answer in plain English.")
    from_key: str = strawberry.field(description="The first identity, normalised.")
    to_key: str = strawberry.field(description="The second identity, normalised.")
    steps: list[ApartStep] = strawberry.field(
        description="The chain from the first to the second, over links of any state, with the fewest lost links (then "
        "the one whose weakest lost link has the most sightings); empty unless links were lost."
    )
    lost: list[ApartStep] = strawberry.field(description="The links of the chain that are not in force.")
    from_profile_id: strawberry.Private[str]
    to_profile_id: strawberry.Private[str]

    @classmethod
    def of(cls, answer: models.WhyNot) -> Self:
        """Turn a model into its type."""
        return cls(
            verdict=Verdict(answer.verdict.value),
            sentence=answer.sentence(),
            from_key=answer.from_key,
            to_key=answer.to_key,
            steps=[ApartStep.of(each) for each in answer.steps],
            lost=[ApartStep.of(each) for each in answer.lost],
            from_profile_id=answer.from_profile,
            to_profile_id=answer.to_profile,
        )

    @strawberry.field(description="The person who holds the first.")
    async def from_profile(self, info: Info) -> Profile:
        return Profile.of(await info.context.profile(self.from_profile_id))

    @strawberry.field(description="The person who holds the second.")
    async def to_profile(self, info: Info) -> Profile:
        return Profile.of(await info.context.profile(self.to_profile_id))


@strawberry.type(description="One thing that happened to a person's identities.")
class HistoryEntry:
    at: datetime = strawberry.field(
        description="When: event time of an event's doing, system time of a person's decision or a change of rules."
    )
    what: str = strawberry.field(
        description="By an event `created`, `joined`, `returned` (a lost link seen again), `shared` (a device or "
        "cookie became nobody's), `suppressed`, `split` or `evicted`; else the kind of a decision, such as `link_cut`; "
        "or `rules_applied`."
    )
    sentence: str = strawberry.field(description="The entry in plain English.")
    keys: list[str] = strawberry.field(
        description="The identities it is about: the new ones, the strongest of each part that joined or parted, a "
        "pair, or the one."
    )
    because: str | None = strawberry.field(
        description="`unique:<namespace>`, `shared:<namespace>`, `cap` or `hub`; or the rules that came in force."
    )
    event: Evidence | None = strawberry.field(description="The event or record that did it.")
    before: list[list[str]] = strawberry.field(description="The profiles concerned before, strongest identity first.")
    after: list[list[str]] = strawberry.field(description="The profiles concerned after.")
    who: str | None = strawberry.field(description="Who decided.")
    reason: str | None = strawberry.field(description="Why, in the person's own words.")
    change_id: str | None = strawberry.field(description="The audited change, `writer/number`.")

    @classmethod
    def of(cls, entry: EntryModel) -> Self:
        """Turn a model into its type."""
        return cls(
            at=entry.at,
            what=entry.what,
            sentence=entry.sentence(),
            keys=list(entry.keys),
            because=entry.because,
            event=Evidence.maybe(entry.event),
            before=[list(group) for group in entry.before],
            after=[list(group) for group in entry.after],
            who=entry.who,
            reason=entry.reason,
            change_id=entry.change_id,
        )


@strawberry.enum(description="What became of an identity that very many others were seen with.")
class HubState(Enum):
    QUARANTINED = strawberry.enum_value("quarantined", description="It joins nobody.")
    RELEASED = strawberry.enum_value("released", description="A person let it link again.")


@strawberry.type(description="An identity that so many others were seen with that it says nothing about who is who.")
class Hub:
    key: str = strawberry.field(description="`namespace|value`.")
    state: HubState = strawberry.field(description="Whether it joins people.")
    quarantined_at: datetime | None = strawberry.field(description="When that was last found.")
    links: int = strawberry.field(description="How many others it was seen with.")

    @classmethod
    def of(cls, hub: HubModel) -> Self:
        """Turn a model into its type."""
        return cls(key=hub.key, state=HubState(hub.state.value), quarantined_at=hub.quarantined_at, links=hub.links)


IdentityGraphResult = Annotated[
    IdentityGraph | NotFound | InvalidInput,
    strawberry.union("IdentityGraphResult", description="An identity graph, or why there is none."),
]
ExplainResult = Annotated[
    Explanation | NotFound | InvalidInput,
    strawberry.union("ExplainResult", description="An explanation, or why there is none."),
]
WhyNotResult = Annotated[
    WhyNot | NotFound | InvalidInput,
    strawberry.union("WhyNotResult", description="Why two identities are two people, or why there is no answer."),
]


ByIdentity = Annotated[
    IdentityInput | None, strawberry.argument(description="Any identity of the person; or give `profile`.")
]
ByProfile = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Global id of the person, present or past; or give `identity`."),
]


@strawberry.type(description="Questions about who is who.")
class QuestionsQuery:
    @strawberry.field(
        description="A person's identities, what was lost one step out, the links in every state, the devices.",
        extensions=[needs(Scope.READ)],
    )
    async def identity_graph(
        self,
        info: Info,
        identity: ByIdentity = None,
        profile: ByProfile = None,
        as_of: AsOf = None,
        clock: Clock = WhichClock.KNOWN,
    ) -> IdentityGraphResult:
        explainer, past = info.context.platform.identity, info.context.platform.past
        person = await person_of(info.context, identity, profile)
        moment = moment_of(info.context, as_of, clock)
        if moment is None:
            return IdentityGraph.of(
                await (
                    explainer.graph_around(person) if isinstance(person, IdentityKey) else explainer.graph_of(person)
                )
            )
        then = await (past.get(person, moment) if isinstance(person, IdentityKey) else past.get_by_id(person, moment))
        return IdentityGraph.of(await past.graph_of(then), then)

    @strawberry.field(
        description="Why two identities are one person: the strongest chain of evidence, event by event.",
        extensions=[needs(Scope.READ)],
    )
    async def explain(
        self,
        info: Info,
        a: One,
        b: Other,
        events: Annotated[int, strawberry.argument(description="How many events of each link, 0 to 100.")] = 3,
        order: Order = EventOrder.NEWEST,
    ) -> ExplainResult:
        context = info.context
        one, other = await identity_key(context, a), await identity_key(context, b)
        return Explanation.of(
            await context.platform.identity.explain(one, other, events=events, oldest_first=order is EventOrder.OLDEST)
        )

    @strawberry.field(
        description="Why two identities are two people: which links between them were lost, to which constraint, by "
        "which event, and what stands against them.",
        extensions=[needs(Scope.READ)],
    )
    async def why_not(self, info: Info, a: One, b: Other) -> WhyNotResult:
        context = info.context
        one, other = await identity_key(context, a), await identity_key(context, b)
        return WhyNot.of(await context.platform.identity.why_not(one, other))

    @strawberry.field(
        description="What happened to a person's identities, in order: every join, split, suppression, eviction and "
        "decision, with what caused it. Give `identity` or `profile`.",
        extensions=[needs(Scope.READ)],
    )
    async def identity_history(
        self,
        info: Info,
        *,
        identity: ByIdentity = None,
        profile: ByProfile = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[HistoryEntry]:
        size = page_size(first)
        person = await person_of(info.context, identity, profile)
        history = await info.context.platform.identity.history(person)
        return Connection.of(history.page(size, after), HistoryEntry.of, begun=after is not None)

    @strawberry.field(
        description="The events and records that showed two identities together.", extensions=[needs(Scope.READ)]
    )
    async def evidence(
        self,
        info: Info,
        *,
        a: One,
        b: Other,
        first: First = 20,
        after: After = None,
        order: Order = EventOrder.NEWEST,
    ) -> Connection[Evidence]:
        context, size = info.context, page_size(first)
        one, other = await identity_key(context, a), await identity_key(context, b)
        ts, id = read_time_cursor(after)
        found = await context.platform.identity.evidence(
            one,
            other,
            size + 1,
            oldest_first=order is EventOrder.OLDEST,
            after=None if ts is None or id is None else (ts, id),
        )
        page = Page([(each, time_cursor(each.ts, each.id)) for each in found[:size]], more=len(found) > size)
        return Connection.of(page, Evidence.of, begun=after is not None)

    @strawberry.field(
        description="Identities that so many others were seen with that they say nothing about who is who, those with "
        "the most links first. `releaseHub` lets one link again.",
        extensions=[needs(Scope.READ)],
    )
    async def identity_hubs(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        state: Annotated[HubState, strawberry.argument(description="Which.")] = HubState.QUARANTINED,
    ) -> Connection[Hub]:
        page = await info.context.platform.identity.hubs(page_size(first), after, state=HubStateModel[state.name])
        return Connection.of(page, Hub.of, begun=after is not None)


async def person_of(
    context: Context, identity: IdentityInput | None, profile: strawberry.ID | None
) -> str | IdentityKey:
    """Return who is meant: an identity, or a profile's own id.

    Raises:
        InvalidInputError: neither or both are given, or the id is not that of a profile.
    """
    if (identity is None) == (profile is None):
        raise InvalidInputError("Give either `identity` or `profile`.", field="identity")
    if identity is not None:
        return await identity_key(context, identity)
    kind, own = read_global_id(profile or "")
    if kind != "Profile":
        raise InvalidInputError(f"`profile` is the id of a {kind}. Give that of a Profile.", field="profile")
    return own
