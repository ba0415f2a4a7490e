"""A server that is not ours, named by GRAPHCDP_NEO4J_URI: asked whether it answers, never started or stopped."""

from __future__ import annotations

from graphcdp.base import GraphUnavailableError, Settings, UnauthorizedError
from graphcdp.server import bolt
from graphcdp.server.running import Running, Status


def reach(settings: Settings) -> Running:
    """Log in to the outside server.

    Raises:
        GraphUnavailableError: it does not answer, or has no such database.
        UnauthorizedError: it refuses user or password.
    """
    uri = str(settings.neo4j_uri)
    password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
    try:
        answer = bolt.ask(uri, settings.neo4j_user, password, settings.neo4j_database)
    except bolt.NoAnswerError as error:
        raise GraphUnavailableError(
            f"The Neo4j server at {uri} (GRAPHCDP_NEO4J_URI) does not answer: {error}. Start it or correct the "
            "address; unset the variable to use the embedded server.",
            uri=uri,
        ) from None
    except bolt.RefusedError as error:
        if error.is_wrong_password:
            raise UnauthorizedError(
                f"The Neo4j server at {uri} refuses user {settings.neo4j_user}. Set GRAPHCDP_NEO4J_USER and "
                "GRAPHCDP_NEO4J_PASSWORD.",
                uri=uri,
            ) from None
        raise GraphUnavailableError(
            f"The Neo4j server at {uri} answers, but its database {settings.neo4j_database} "
            f"(GRAPHCDP_NEO4J_DATABASE) cannot be used: {error}",
            uri=uri,
            code=error.code,
        ) from None
    return Running(
        bolt_uri=uri,
        http_url=None,
        user=settings.neo4j_user,
        password=password,
        database=settings.neo4j_database,
        agent=answer.agent,
        pid=None,
        started_here=False,
        outside=True,
    )


def outside_status(settings: Settings) -> Status:
    """Say whether the outside server answers."""
    uri = str(settings.neo4j_uri)
    try:
        return Status("outside", uri, agent=reach(settings).agent)
    except (GraphUnavailableError, UnauthorizedError) as error:
        return Status("outside_silent", uri, problem=error.message)
