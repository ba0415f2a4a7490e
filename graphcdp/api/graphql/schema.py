"""The schema: queries, mutations, limits, what an error becomes."""

from __future__ import annotations

from typing import Annotated

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.ahead import newest_wanted
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.decisions import DecisionsMutation, DecisionsQuery
from graphcdp.api.graphql.destinations.activations import ActivationsMutation, ActivationsQuery
from graphcdp.api.graphql.destinations.destinations import DestinationsMutation, DestinationsQuery
from graphcdp.api.graphql.destinations.triggers import TriggersMutation, TriggersQuery
from graphcdp.api.graphql.errors import HandleConflict, HandleInvalidInput, HandleNotFound, InvalidInput, Mask, NotFound
from graphcdp.api.graphql.execution import LeanExecution
from graphcdp.api.graphql.governance.consents import ConsentsMutation, ConsentsQuery
from graphcdp.api.graphql.governance.dataflow import DataflowQuery
from graphcdp.api.graphql.governance.policies import GovernanceMutation, GovernanceQuery
from graphcdp.api.graphql.governance.privacy import PrivacyMutation, PrivacyQuery
from graphcdp.api.graphql.identity.identities import IdentityInput, identity_key
from graphcdp.api.graphql.identity.living_together import HouseholdsMutation, HouseholdsQuery
from graphcdp.api.graphql.identity.questions import QuestionsQuery
from graphcdp.api.graphql.identity.rules import RulesMutation, RulesQuery
from graphcdp.api.graphql.identity.suggestions import SuggestionsMutation, SuggestionsQuery
from graphcdp.api.graphql.identity.trial import TrialQuery
from graphcdp.api.graphql.identity.undo import Change, ChangesQuery, UndoMutation
from graphcdp.api.graphql.intake import IngestInput, IngestPayload, Rejected, Source, ingest
from graphcdp.api.graphql.journeys.journey import JourneyQuery
from graphcdp.api.graphql.journeys.publish import AudiencesMutation, AudiencesQuery
from graphcdp.api.graphql.journeys.run import JourneyRunMutation, JourneyRunQuery
from graphcdp.api.graphql.limits import LIMITS
from graphcdp.api.graphql.past import AsOf, Clock, WhichClock, moment_of
from graphcdp.api.graphql.people import Device, Event, Identity, Profile
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, Node, page_size, read_global_id
from graphcdp.api.graphql.segments.computed import ComputedMutation, ComputedQuery
from graphcdp.api.graphql.segments.language import SegmentLanguageMutation, SegmentLanguageQuery
from graphcdp.api.graphql.segments.reasons import SegmentReasonsQuery
from graphcdp.api.graphql.segments.scores import ScoresMutation, ScoresQuery
from graphcdp.api.graphql.segments.segments import SegmentsMutation, SegmentsQuery
from graphcdp.api.graphql.subscriptions import ChangesSubscription
from graphcdp.identity import IdentityNotFoundError

ProfileResult = Annotated[
    Profile | NotFound | InvalidInput, strawberry.union("ProfileResult", description="A person, or why there is none.")
]
IngestResult = Annotated[
    IngestPayload | InvalidInput,
    strawberry.union("IngestResult", description="What became of the events, or why none was looked at."),
]


@strawberry.type(description="Questions.")
class Query(
    QuestionsQuery,
    SuggestionsQuery,
    HouseholdsQuery,
    TrialQuery,
    ChangesQuery,
    RulesQuery,
    ComputedQuery,
    DecisionsQuery,
    SegmentLanguageQuery,
    SegmentsQuery,
    AudiencesQuery,
    SegmentReasonsQuery,
    ScoresQuery,
    DestinationsQuery,
    ActivationsQuery,
    TriggersQuery,
    JourneyQuery,
    JourneyRunQuery,
    PrivacyQuery,
    GovernanceQuery,
    ConsentsQuery,
    DataflowQuery,
):
    @strawberry.field(description="Any thing by its global id; null if there is none.", extensions=[needs(Scope.READ)])
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="From a field `id`.")]
    ) -> Node | None:
        kind, own = read_global_id(id)
        loaders = info.context.loaders
        if kind == "Profile":
            profile = await loaders.profile_by_id.load(own)
            return None if profile is None else Profile.of(profile)
        if kind == "Identity":
            identity = await loaders.identity.load(own)
            return None if identity is None else Identity.of(identity)
        if kind == "Device":
            device = await loaders.device.load(own)
            return None if device is None else Device.of(device)
        if kind == "Event":
            event = await loaders.event.load(own)
            return None if event is None else Event.of(event)
        if kind == "Change":
            change = await info.context.platform.changes.get(own)
            return None if change is None else Change.of(change)
        return None

    @strawberry.field(
        description="The person who holds an identity, or who held it at a past instant.",
        extensions=[needs(Scope.READ)],
    )
    async def profile(
        self,
        info: Info,
        identity: Annotated[IdentityInput, strawberry.argument(description="Any identity of the person.")],
        as_of: AsOf = None,
        clock: Clock = WhichClock.KNOWN,
    ) -> ProfileResult:
        key = await identity_key(info.context, identity)
        moment = moment_of(info.context, as_of, clock)
        if moment is not None:
            return Profile.of_past(await info.context.platform.past.get(key, moment))
        loaders, newest = info.context.loaders, newest_wanted(info)
        found = await (loaders.profile_by_key.load(str(key)) if newest is None else loaders.overview(str(key), newest))
        if found is None:
            raise IdentityNotFoundError.of(key.namespace)
        return Profile.of(found)

    @strawberry.field(
        description="People: by words of names, addresses and identities, best match first; else all, by id.",
        extensions=[needs(Scope.READ)],
    )
    async def profiles(
        self,
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(description="Words that must all match; the last one may be the beginning of a word."),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Profile]:
        page = await info.context.platform.profiles.search(search, page_size(first), after)
        return Connection.of(page, Profile.of, begun=after is not None)

    @strawberry.field(description="What was not taken in and why, newest first.", extensions=[needs(Scope.READ)])
    async def rejected(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        of_source: Annotated[str | None, strawberry.argument(name="source", description="Only of this source.")] = None,
    ) -> Connection[Rejected]:
        page = await info.context.platform.profiles.rejected(page_size(first), after, of_source)
        return Connection.of(page, Rejected.of, begun=after is not None)

    @strawberry.field(description="The sources that data came from, by id.", extensions=[needs(Scope.READ)])
    async def sources(self, info: Info) -> list[Source]:
        return [Source.of(each) for each in await info.context.platform.profiles.sources()]


@strawberry.type(description="Changes.")
class Mutation(
    UndoMutation,
    SuggestionsMutation,
    HouseholdsMutation,
    RulesMutation,
    ComputedMutation,
    DecisionsMutation,
    SegmentLanguageMutation,
    SegmentsMutation,
    DestinationsMutation,
    ActivationsMutation,
    TriggersMutation,
    AudiencesMutation,
    JourneyRunMutation,
    PrivacyMutation,
    ScoresMutation,
    GovernanceMutation,
    ConsentsMutation,
):
    @strawberry.mutation(
        description="Take events in; they are durable when the answer arrives. The same id is the same event.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def ingest(
        self, info: Info, input: Annotated[IngestInput, strawberry.argument(description="The events.")]
    ) -> IngestResult:
        return await ingest(info, input)


@strawberry.type(description="Changes as they happen, over the protocol `graphql-transport-ws`.")
class Subscription(ChangesSubscription):
    pass


class _Schema(strawberry.Schema):
    """Leaves the log of errors to `Mask`: the library's own would show queries, and with them people's addresses."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


schema = _Schema(
    Query,
    Mutation,
    Subscription,
    types=[Identity, Device, Event, Change],
    extensions=[Mask, *LIMITS],
    execution_context_class=LeanExecution,
    exception_handlers=[HandleNotFound(), HandleInvalidInput(), HandleConflict()],
    config=StrawberryConfig(auto_camel_case=True),
)


def sdl() -> str:
    """Return the schema as text, as `graphql_schema/schema.graphql` has it."""
    return schema.as_str().rstrip() + "\n"
