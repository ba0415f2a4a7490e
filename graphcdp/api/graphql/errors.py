"""Errors: those that a client can act on are members of a result's union; the rest is hidden behind a request id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self
from uuid import uuid4

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from graphcdp.base import CDPError, ConflictError, InvalidInputError, NotFoundError, UnauthorizedError, logger

_log = logger(__name__)
_TOLD = (ConflictError, InvalidInputError, NotFoundError, UnauthorizedError)


@strawberry.interface(description="Why a wish was not granted, for a client to act on.")
class Error:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="A sentence for people: what, where, what to do.")

    @classmethod
    def of(cls, error: CDPError) -> Self:
        """Turn an error of the domain into its GraphQL type."""
        return cls(code=error.code, message=error.message)


@strawberry.type(description="What was asked for was never seen.")
class NotFound(Error):
    pass


@strawberry.type(description="What was given cannot be taken as it is.")
class InvalidInput(Error):
    pass


@strawberry.type(description="What is wished is well said, but something that stands already forbids it.")
class Conflict(Error):
    pass


class HandleNotFound(strawberry.ExceptionHandler[NotFoundError, NotFound]):
    """Makes a `NotFound` of the domain's error, in fields whose union has it."""

    def handle(self, exception: NotFoundError, *, field: Any, info: Any) -> NotFound:  # noqa: ARG002
        """Return what the client sees."""
        return NotFound.of(exception)


class HandleInvalidInput(strawberry.ExceptionHandler[InvalidInputError, InvalidInput]):
    """Makes an `InvalidInput` of the domain's error, in fields whose union has it."""

    def handle(self, exception: InvalidInputError, *, field: Any, info: Any) -> InvalidInput:  # noqa: ARG002
        """Return what the client sees."""
        return InvalidInput.of(exception)


class HandleConflict(strawberry.ExceptionHandler[ConflictError, Conflict]):
    """Makes a `Conflict` of the domain's error, in fields whose union has it."""

    def handle(self, exception: ConflictError, *, field: Any, info: Any) -> Conflict:  # noqa: ARG002
        """Return what the client sees."""
        return Conflict.of(exception)


class Mask(SchemaExtension):
    """Shows errors of the query and of the domain with their code; hides all others behind the request's id."""

    def on_operation(self) -> Iterator[None]:
        """After the operation: look at its errors."""
        yield
        result = self.execution_context.result
        if isinstance(result, CoreResult | ExecutionResult) and result.errors:
            result.errors = [shown(error, self.execution_context.context) for error in result.errors]


def shown(error: GraphQLError, context: Any) -> GraphQLError:
    """Return an error as the client may see it; one that has its code already stays.

    Args:
        error: what was raised, wrapped by the executor.
        context: the request's context.
    """
    if error.original_error is None and "code" in (error.extensions or {}):
        return error
    origin = error.original_error
    while isinstance(origin, GraphQLError) and origin.original_error is not None:
        origin = origin.original_error
    if origin is None or isinstance(origin, GraphQLError):
        extensions = {"code": "bad_query", **(error.extensions or {})}
        return _copy(error, error.message, extensions)
    if isinstance(origin, CDPError) and (isinstance(origin, _TOLD) or origin.retryable):
        return _copy(error, origin.message, {"code": origin.code, "retryable": origin.retryable})
    id = request_id(context)
    _log.error("graphql_error", request_id=id, path=error.path, exc_info=origin)
    return _copy(
        error,
        f"Something went wrong here. Report it with the request id {id}; the server's log has the details.",
        {"code": "internal", "request_id": id},
    )


def request_id(context: Any) -> str:
    """Return the id of the request of a GraphQL context: the one the server gave it, else a fresh one."""
    state = getattr(getattr(context, "request", None), "state", None)
    known = getattr(state, "request_id", None)
    return known if isinstance(known, str) else uuid4().hex


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
