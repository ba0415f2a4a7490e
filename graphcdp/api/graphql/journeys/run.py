"""Questions about journeys that are answered in the background, with progress, and can be stopped."""

from __future__ import annotations

from typing import Annotated, Self

import orjson
import strawberry
from graphql import FieldNode, GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse
from strawberry.scalars import JSON
from strawberry.types.graphql import OperationType as Allowed

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Context, Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound, shown
from graphcdp.api.graphql.identity.rules import LongRun, ReportId, WaitSeconds, run_head, seconds_to_wait
from graphcdp.api.graphql.limits import MOST_TOKENS
from graphcdp.api.graphql.permissions import needs
from graphcdp.base import InvalidInputError
from graphcdp.journeys import runs as models


@strawberry.type(description="A question about journeys that is answered in the background.")
class JourneyRun(LongRun):
    answer: JSON | None = strawberry.field(
        description="`{data, errors}` as the operation answers; null until it is done, after a day, and once anybody "
        "is erased."
    )

    @classmethod
    def of(cls, one: models.JourneyRun) -> Self:
        """Turn a model into its type; the estimate of the share is that of the report."""
        return cls(**run_head(one.head), answer=None if one.answer is None else JSON(orjson.loads(one.answer)))


RunJourneyResult = Annotated[
    JourneyRun | InvalidInput,
    strawberry.union("RunJourneyResult", description="The question as it stands, or what is wrong with it."),
]
JourneyRunResult = Annotated[
    JourneyRun | NotFound, strawberry.union("JourneyRunResult", description="The question as it stands, or no such.")
]


@strawberry.type(description="Questions in the background.")
class JourneyRunQuery:
    @strawberry.field(
        description="Answer a query of `journey` in the background; nothing but the report is written. Ask "
        "`journeyRun` for it by its id until it is done; its `progress` is an estimate.",
        extensions=[needs(Scope.READ)],
    )
    async def run_journey(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="`query { journey { … } }`, and nothing else in it.")],
        variables: Annotated[JSON | None, strawberry.argument(description="Its variables.")] = None,
        wait_seconds: WaitSeconds = 10,
    ) -> RunJourneyResult:
        wait = seconds_to_wait(wait_seconds)
        _require_journey(query)
        if variables is not None and not isinstance(variables, dict):
            raise InvalidInputError("`variables` is no object.", field="variables")
        context, schema = Context(info.context.request, info.context.platform), info.schema
        context.key, context.scopes = info.context.key, info.context.scopes

        async def ask() -> str:
            result = await schema.execute(
                query, variables, context_value=context, allowed_operation_types=[Allowed.QUERY]
            )
            errors = [shown(one, context).formatted for one in result.errors or ()]
            return orjson.dumps({"data": result.data, **({"errors": errors} if errors else {})}).decode()

        return JourneyRun.of(await info.context.platform.journey_runs.start(ask, wait_seconds=wait))

    @strawberry.field(description="A question in the background as it stands.", extensions=[needs(Scope.READ)])
    async def journey_run(self, info: Info, id: ReportId) -> JourneyRunResult:
        return JourneyRun.of(await info.context.platform.journey_runs.get(str(id)))


@strawberry.type(description="Changes of questions in the background.")
class JourneyRunMutation:
    @strawberry.mutation(
        description="Stop a question, on the server of the graph too; one that has ended stays as it is.",
        extensions=[needs(Scope.READ)],
    )
    async def cancel_journey_run(self, info: Info, id: ReportId) -> JourneyRunResult:
        return JourneyRun.of(await info.context.platform.journey_runs.cancel(str(id)))


def _require_journey(query: str) -> None:
    """Refuse what is no single query of `journey`.

    Raises:
        InvalidInputError: it is not.
    """
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        raise InvalidInputError(f"The query cannot be read: {error.message}", field="query") from None
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fields = [each for one in operations for each in one.selection_set.selections]
    if (
        len(operations) != 1
        or operations[0].operation is not OperationType.QUERY
        or not all(isinstance(each, FieldNode) and each.name.value == "journey" for each in fields)
    ):
        raise InvalidInputError("Give one query of `journey` alone: `query { journey { … } }`.", field="query")
