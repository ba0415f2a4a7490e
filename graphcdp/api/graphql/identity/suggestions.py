"""People who may be one: suggestions with their probability, and a person's answer to them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.undo import Decision
from graphcdp.api.graphql.people import Profile
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.identity.people import suggest as models


@strawberry.enum(description="What became of a suggestion.")
class SuggestionState(Enum):
    PROPOSED = strawberry.enum_value("proposed", description="It waits for an answer.")
    ACCEPTED = strawberry.enum_value("accepted", description="A person merged the two.")
    REFUSED = strawberry.enum_value("refused", description="A person said that they are two.")


@strawberry.type(description="What one field says for two people being one, or against it.")
class SuggestionFactor:
    field: str = strawberry.field(description="`prior`, or the field: first_name, birth_date, email, …")
    left: str | None = strawberry.field(description="The first person's value.")
    right: str | None = strawberry.field(description="The second person's value.")
    bits: float = strawberry.field(description="Match weight, log2 of the Bayes factor: above 0 for, below 0 against.")


@strawberry.type(description="Two people who may be one.")
class Suggestion:
    suggestion_id: str = strawberry.field(description="Its own id.")
    probability: float = strawberry.field(description="That they are one person, 0 to 1.")
    state: SuggestionState = strawberry.field(description="What a person said.")
    sentence: str = strawberry.field(description="The suggestion in plain English.")
    waterfall: list[SuggestionFactor] = strawberry.field(
        description="The prior, then what each field says; the bits add up to the log2 odds."
    )
    suggested_at: datetime = strawberry.field(description="When it was first made.")
    answered_at: datetime | None = strawberry.field(description="When it was answered.")
    answered_by: str | None = strawberry.field(description="Who answered it.")
    left_id: strawberry.Private[str]
    right_id: strawberry.Private[str]

    @classmethod
    def of(cls, suggestion: models.Suggestion) -> Self:
        """Turn a model into its type."""
        return cls(
            suggestion_id=suggestion.id,
            probability=suggestion.probability,
            state=SuggestionState(suggestion.state.value),
            sentence=suggestion.sentence(),
            waterfall=[
                SuggestionFactor(field=each.field, left=each.left, right=each.right, bits=each.bits)
                for each in suggestion.waterfall
            ],
            suggested_at=suggestion.suggested_at,
            answered_at=suggestion.answered_at,
            answered_by=suggestion.answered_by,
            left_id=suggestion.left_id,
            right_id=suggestion.right_id,
        )

    @strawberry.field(description="The two people; one where they were merged since.")
    async def profiles(self, info: Info) -> list[Profile]:
        found = await info.context.loaders.profile_by_id.load_many([self.left_id, self.right_id])
        people = {each.id: each for each in found if each is not None}
        return [Profile.of(each) for each in people.values()]


@strawberry.type(description="What looking for likely same people found.")
class SuggestionRun:
    people: int = strawberry.field(description="How many people were compared.")
    found: int = strawberry.field(description="Pairs at least as likely as the threshold.")
    waiting: int = strawberry.field(description="Of these, how many wait for an answer.")
    dropped: int = strawberry.field(description="Earlier suggestions that no longer hold.")
    seconds: float = strawberry.field(description="How long it took.")


@strawberry.type(description="An answer carried out.")
class SuggestionPayload:
    suggestion: Suggestion = strawberry.field(description="The suggestion as it is now.")
    decision: Decision | None = strawberry.field(
        default=None, description="What the merge did, to be taken back with `undoChange`; null for a refusal."
    )


@strawberry.input(description="How sure to be.")
class SuggestSamePeopleInput:
    threshold: float = strawberry.field(default=0.9, description="Only pairs at least this likely, 0.5 to 1.")


@strawberry.input(description="An answer to a suggestion.")
class AnswerSuggestionInput:
    suggestion_id: str = strawberry.field(description="Its own id.")
    reason: str | None = strawberry.field(default=None, description="Why, in your own words.")


SuggestionRunResult = Annotated[
    SuggestionRun | InvalidInput,
    strawberry.union("SuggestionRunResult", description="What was found, or why nothing could be looked for."),
]
SuggestionResult = Annotated[
    SuggestionPayload | NotFound | InvalidInput | Conflict,
    strawberry.union("SuggestionResult", description="The answer carried out, or why not."),
]


@strawberry.type(description="Questions about likely same people.")
class SuggestionsQuery:
    @strawberry.field(
        description="People who may be one person, the most likely first.", extensions=[needs(Scope.READ)]
    )
    async def suggestions(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        state: Annotated[
            SuggestionState, strawberry.argument(description="Which: by default those that wait for an answer.")
        ] = SuggestionState.PROPOSED,
    ) -> Connection[Suggestion]:
        page = await info.context.platform.suggestions.page(
            page_size(first), after, state=models.SuggestionState[state.name]
        )
        return Connection.of(page, Suggestion.of, begun=after is not None)


@strawberry.type(description="Likely same people.")
class SuggestionsMutation:
    @strawberry.mutation(
        description="Compare all people and propose those who may be one. Nothing is merged. Takes seconds to minutes.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def suggest_same_people(
        self, info: Info, input: Annotated[SuggestSamePeopleInput, strawberry.argument(description="How sure to be.")]
    ) -> SuggestionRunResult:
        done = await info.context.platform.suggestions.run(threshold=input.threshold)
        return SuggestionRun(
            people=done.people, found=done.found, waiting=done.waiting, dropped=done.dropped, seconds=done.seconds
        )

    @strawberry.mutation(
        description="Merge the two people of a suggestion; it can be undone like any merge.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def accept_suggestion(
        self, info: Info, input: Annotated[AnswerSuggestionInput, strawberry.argument(description="Which, and why.")]
    ) -> SuggestionResult:
        suggestions = info.context.platform.suggestions
        done = await suggestions.accept(input.suggestion_id, info.context.author(input.reason))
        return SuggestionPayload(
            suggestion=Suggestion.of(await suggestions.get(input.suggestion_id)), decision=Decision.of(done)
        )

    @strawberry.mutation(
        description="Say that the two people of a suggestion are two; it is not proposed again.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def refuse_suggestion(
        self, info: Info, input: Annotated[AnswerSuggestionInput, strawberry.argument(description="Which, and why.")]
    ) -> SuggestionResult:
        refused = await info.context.platform.suggestions.refuse(input.suggestion_id, info.context.author(input.reason))
        return SuggestionPayload(suggestion=Suggestion.of(refused))
