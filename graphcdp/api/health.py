"""How the server is: alive (/healthz), ready for work (/readyz), in numbers (/metrics)."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphcdp.base import CDPError, logger
from graphcdp.graph import Graph

_READY_SECONDS = 3.0
_log = logger(__name__)


class Metrics:
    """What is counted, in a registry of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "graphcdp_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "graphcdp_http_request_seconds", "How long a request took.", ["route"], registry=self.registry
        )
        self.calls = Counter(
            "graphcdp_calls", "Tracking calls by what became of them.", ["source", "outcome"], registry=self.registry
        )
        self.statements = Gauge("graphcdp_statements", "Statements sent to Neo4j.", registry=self.registry)


class Observed:
    """Gives every request an id, counts and times it, and logs it without its query string, which may hold a key."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, observed)
            finally:
                seconds = time.perf_counter() - started
                route = _route(scope)
                self._metrics.requests.labels(scope["method"], route, str(status)).inc()
                self._metrics.seconds.labels(route).observe(seconds)
                _log.debug("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    """Name the route of an answered request, out of a small number of names."""
    if "endpoint" not in scope:
        return "other"
    path: str = scope["path"]
    return f"/{path.split('/')[1]}/…" if scope.get("path_params") else path


def health_routes(graph: Graph, metrics: Metrics) -> list[BaseRoute]:
    """Return the routes /healthz, /readyz and /metrics. They hold no personal data and need no key."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        try:
            async with asyncio.timeout(_READY_SECONDS):
                version = await graph.verify()
        except CDPError as error:
            return _not_ready(error.code, error.message)
        except TimeoutError:
            return _not_ready("graph_unavailable", f"Neo4j did not answer within {_READY_SECONDS:.0f} s.")
        return JSONResponse({"status": "ready", "neo4j": version})

    async def show_metrics(_: Request) -> Response:
        metrics.statements.set(graph.statements)
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", show_metrics)]


def _not_ready(code: str, message: str) -> Response:
    content: dict[str, Any] = {"status": "not ready", "code": code, "message": message}
    return JSONResponse(content, status_code=503, headers={"Retry-After": "5"})
