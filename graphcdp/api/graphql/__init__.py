"""GraphQL: people, who is who, what came in. Parses, calls the platform, prints; holds no rule of the domain."""

from graphcdp.api.graphql.schema import schema, sdl
from graphcdp.api.graphql.view import graphql_routes

__all__ = ["graphql_routes", "schema", "sdl"]
