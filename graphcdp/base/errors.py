"""One tree of errors. Each has a stable code, says whether trying again can help, and names the fields concerned."""

from __future__ import annotations

from typing import ClassVar


class CDPError(Exception):
    """Anything graphcdp can say went wrong, as a sentence a user can act on.

    Attributes:
        code: stable, for programs.
        retryable: whether the same call may succeed later.
        fields: what the message speaks of, for programs (never values of personal data).
    """

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **fields: str | int | float | None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class ConfigurationError(CDPError):
    """A setting or file of settings is wrong."""

    code = "configuration"


class InvalidInputError(CDPError):
    """What the caller gave cannot be taken as it is."""

    code = "invalid_input"


class ConflictError(CDPError):
    """What is wished is well said, but something that stands already forbids it."""

    code = "conflict"


class UnauthorizedError(CDPError):
    """The key is missing, wrong, or not allowed to do this."""

    code = "unauthorized"


class NotFoundError(CDPError):
    """What was asked for was never seen."""

    code = "not_found"


class ServerError(CDPError):
    """The embedded Neo4j could not be fetched, started or stopped."""

    code = "server"


class GraphUnavailableError(CDPError):
    """The Neo4j server does not answer."""

    code = "graph_unavailable"
    retryable = True


class StatementError(CDPError):
    """A Cypher statement of the catalogue is wrong, or the server refused it."""

    code = "statement"
