"""What the driver raises, as errors of graphcdp with a sentence."""

from __future__ import annotations

import re

from neo4j import exceptions

from graphcdp.base import CDPError, ConfigurationError, GraphUnavailableError, StatementError

_NO_PROCEDURE = "There is no procedure with the name"
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class ConstraintViolatedError(StatementError):
    """A write would break a uniqueness constraint of the graph."""

    code = "constraint_violated"


class StatementTimeoutError(StatementError):
    """A statement ran longer than it may."""

    code = "statement_timeout"
    retryable = True


class StatementMemoryError(StatementError):
    """A statement needs more memory than it may have."""

    code = "statement_memory"


class StatementSyntaxError(StatementError):
    """The server cannot parse or plan a statement."""

    code = "statement_syntax"


class ProcedureMissingError(StatementError):
    """A statement calls a procedure that the server does not have."""

    code = "procedure_missing"


def translate(
    error: exceptions.Neo4jError | exceptions.DriverError, statement: str | None, uri: str, database: str
) -> CDPError:
    """Say in a sentence what the driver reported.

    Args:
        error: what was raised.
        statement: the statement that ran, where known.
        uri: the server's address; database: which of its databases.
    """
    ran = f"The statement {statement}" if statement else "The transaction"
    if isinstance(error, exceptions.Neo4jError):
        return _from_server(error, statement, ran, uri, database)
    if isinstance(error, exceptions.IncompleteCommit):
        return GraphUnavailableError(
            f"The connection to Neo4j at {uri} was lost during a commit: it is unknown whether it took place. Send it "
            "again, that changes nothing twice.",
            uri=uri,
        )
    if isinstance(error, exceptions.ConfigurationError):
        return ConfigurationError(
            f"Neo4j at {uri} cannot be used with these settings: {error}. Correct GRAPHCDP_NEO4J_URI.", uri=uri
        )
    if error.is_retryable() or isinstance(error, exceptions.ConnectionPoolError | exceptions.ServiceUnavailable):
        return GraphUnavailableError(
            f"Neo4j at {uri} does not answer. Start it (graphcdp up) or correct GRAPHCDP_NEO4J_URI, then try again.",
            uri=uri,
            statement=statement,
        )
    return StatementError(f"{ran} could not be read to its end: {error}. This is a fault of graphcdp: report it.")


def too_large(error: exceptions.Neo4jError | exceptions.DriverError) -> bool:
    """Say whether a statement needs more memory than it may have; to try again would need as much."""
    return "MemoryPoolOutOfMemory" in (getattr(error, "code", None) or "")


def _from_server(error: exceptions.Neo4jError, statement: str | None, ran: str, uri: str, database: str) -> CDPError:
    code = error.code or "unknown"
    if isinstance(error, exceptions.AuthError):
        return ConfigurationError(
            f"Neo4j at {uri} refuses the user and password. Set GRAPHCDP_NEO4J_USER and GRAPHCDP_NEO4J_PASSWORD.",
            uri=uri,
            neo4j_code=code,
        )
    if "DatabaseNotFound" in code:
        return ConfigurationError(
            f"Neo4j at {uri} has no database {database}. Create it there or correct GRAPHCDP_NEO4J_DATABASE.",
            uri=uri,
            neo4j_code=code,
        )
    if "TransactionTimedOut" in code:
        return StatementTimeoutError(
            f"{ran} ran longer than its limit and was ended. Ask for less, or try again when the server is less busy.",
            statement=statement,
            neo4j_code=code,
        )
    if too_large(error):
        return StatementMemoryError(
            f"{ran} needs more memory than it may have and was ended. Ask for less, or raise GRAPHCDP_NEO4J_HEAP.",
            statement=statement,
            neo4j_code=code,
        )
    if isinstance(error, exceptions.ConstraintError):
        return ConstraintViolatedError(
            f"{ran} would break a constraint of the graph and nothing of it was written. Another writer may have been "
            "faster: send it again.",
            statement=statement,
            neo4j_code=code,
        )
    if error.is_retryable() or isinstance(error, exceptions.TransientError):
        return GraphUnavailableError(
            f"Neo4j at {uri} gave up on {ran[0].lower()}{ran[1:]} ({code}). Try again.",
            uri=uri,
            statement=statement,
            neo4j_code=code,
        )
    message = error.message or "no message"
    kind = StatementError
    if "ProcedureNotFound" in code or _NO_PROCEDURE in message:  # APOC's own are known to the planner until a restart
        kind = ProcedureMissingError
    elif isinstance(error, exceptions.CypherSyntaxError):
        kind = StatementSyntaxError
    else:
        message = _QUOTED.sub("'…'", message)  # a value could be personal
    return kind(
        f"{ran} was refused by Neo4j ({code}): {message.splitlines()[0].rstrip('.')}. Correct the statement or what it "
        "was given.",
        statement=statement,
        neo4j_code=code,
    )
