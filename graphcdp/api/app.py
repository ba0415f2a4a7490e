"""The HTTP application over one platform."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import graphcdp
from graphcdp.api.auth import DEFAULT_SOURCE, Keys
from graphcdp.api.cors import Cors, Origins
from graphcdp.api.errors import add_error_handlers
from graphcdp.api.graphql import graphql_routes
from graphcdp.api.health import Metrics, Observed, health_routes
from graphcdp.api.limits import TokenBuckets
from graphcdp.api.neo4j_browser import create_browser_app
from graphcdp.api.tracking import Door, tracking_routes
from graphcdp.base import ConfigurationError
from graphcdp.platform import Platform
from graphcdp.sources import SourceDefinition


def create_app(platform: Platform, keys: Keys | None = None) -> FastAPI:
    """Make the application: tracking at /v1, GraphQL at /graphql, health, and files for Neo4j Browser.

    Args:
        platform: open, and open as long as the application runs.
        keys: the keys in force; None takes them from the platform's settings.

    Raises:
        ConfigurationError: a key or a list of origins is set wrongly, or a write key is bound to an unknown source.
    """
    settings = platform.settings
    keys = keys or Keys.load(settings)
    metrics = Metrics()
    app = FastAPI(title="graphcdp", version=graphcdp.__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.keys = keys
    app.state.platform = platform
    sources = _sources(platform)
    for source in set(keys.write.values()):
        sources(source)
    door = Door(
        platform.batcher,
        sources,
        keys=keys,
        clock=platform.clock,
        buckets=TokenBuckets(settings.tracking_rate, settings.tracking_burst),
        metrics=metrics,
    )
    app.router.routes += tracking_routes(door)
    app.router.routes += health_routes(platform.graph, metrics)
    app.router.routes.append(Route("/", _welcome))
    app.router.routes += graphql_routes(platform)
    app.mount("/browser", create_browser_app())
    add_error_handlers(app)
    app.add_middleware(
        Cors,
        tracking=Origins(settings.tracking_cors_origins, "GRAPHCDP_TRACKING_CORS_ORIGINS"),
        api=Origins(settings.cors_origins, "GRAPHCDP_CORS_ORIGINS"),
    )
    app.add_middleware(Observed, metrics=metrics)
    return app


def _sources(platform: Platform) -> Callable[[str], SourceDefinition]:
    """Return what finds a source's definition by name; the source `http` is there without one."""
    plain = SourceDefinition(
        source=DEFAULT_SOURCE, title="Tracking calls", channel="web", dataset="tracking", format="tracking"
    )

    def find(name: str) -> SourceDefinition:
        found = platform.sources.get(name)
        if found is not None:
            return found
        if name == DEFAULT_SOURCE:
            return plain
        known = ", ".join(sorted({*platform.sources, DEFAULT_SOURCE}))
        raise ConfigurationError(
            f"A write key is bound to the source {name}, which is not defined. Defined are: {known}.", source=name
        )

    return find


async def _welcome(_: Request) -> Response:
    return JSONResponse(
        {
            "graphcdp": graphcdp.__version__,
            "graphql": "/graphql",
            "tracking": "/v1",
            "health": ["/healthz", "/readyz", "/metrics"],
        }
    )
