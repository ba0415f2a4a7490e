"""The paths that tracking SDKs call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from graphcdp.api.tracking.body import MalformedError
from graphcdp.api.tracking.door import Delivery, Door
from graphcdp.api.tracking.sdk import sdk_routes
from graphcdp.model import Fact, Rejection
from graphcdp.sources import SourceDefinition, parse_call, parse_event

CALLS = ("identify", "track", "page", "screen", "group", "alias")
Endpoint = Callable[[Request], Awaitable[Response]]


def tracking_routes(door: Door) -> list[BaseRoute]:
    """Return the tracking routes: calls by name and by first letter, batches, beacons, XDM, settings of SDKs."""
    routes: list[BaseRoute] = []
    for kind in CALLS:
        endpoint = _one(door, kind)
        routes += [
            Route(f"/v1/{kind}", endpoint, methods=["POST"]),
            Route(f"/v1/{kind[0]}", endpoint, methods=["POST"]),
        ]
    for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"):
        routes.append(Route(path, _many(door), methods=["POST"]))
    routes.append(Route("/v1/xdm", _events(door), methods=["POST"]))
    return routes + sdk_routes(door)


def _one(door: Door, kind: str) -> Endpoint:
    """Take one call; the path says its type."""

    async def endpoint(request: Request) -> Response:
        source, content = await door.read(request)

        def parse(call: Mapping[str, Any], source: SourceDefinition, now: datetime, row: str) -> Fact | Rejection:
            return parse_call({**call, "type": kind}, source, received_at=now, row=row)

        return await door.take(source, Delivery([content], batch=False), parse)

    return endpoint


def _many(door: Door) -> Endpoint:
    """Take a batch: `{"batch": [call, …], "sentAt": …, "context": …}`."""

    async def endpoint(request: Request) -> Response:
        source, content = await door.read(request)
        calls = content.get("batch") if isinstance(content, Mapping) else None
        if not isinstance(calls, list):
            raise MalformedError('The body has no list "batch"; send {"batch": [call, …]}.', field="batch")
        sent_at = content.get("sentAt")
        shared = content.get("context")

        def parse(call: Mapping[str, Any], source: SourceDefinition, now: datetime, row: str) -> Fact | Rejection:
            if isinstance(shared, Mapping) and shared and isinstance(call.get("context", {}), Mapping | None):
                call = {**call, "context": {**shared, **(call.get("context") or {})}}
            return parse_call(call, source, received_at=now, sent_at=sent_at, row=row)

        return await door.take(source, Delivery(calls, batch=True), parse)

    return endpoint


def _events(door: Door) -> Endpoint:
    """Take Adobe XDM experience events: one, a list, or in one of Adobe's envelopes."""

    async def endpoint(request: Request) -> Response:
        source, content = await door.read(request)
        delivery = unwrap(content)

        def parse(event: Mapping[str, Any], source: SourceDefinition, now: datetime, row: str) -> Fact | Rejection:
            return parse_event(event, source, received_at=now, row=row)

        return await door.take(source, delivery, parse)

    return endpoint


def unwrap(content: Any) -> Delivery:
    """Take XDM events out of their envelopes.

    Known are `{"messages": [{"body": {"xdmEntity": event}}]}` and one such message (streaming ingestion),
    `{"events": [{"xdm": event}]}` and `{"event": {"xdm": event}}` (Edge Network), a plain list, a plain event.
    """
    if isinstance(content, Mapping):
        for field in ("messages", "events"):
            if isinstance(content.get(field), list):
                return Delivery([_bare(item) for item in content[field]], batch=True)
        if isinstance(content.get("event"), Mapping):
            return Delivery([_bare(content["event"])], batch=False)
    if isinstance(content, list):
        return Delivery([_bare(item) for item in content], batch=True)
    return Delivery([_bare(content)], batch=False)


def _bare(item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    body = item.get("body")
    if isinstance(body, Mapping) and "xdmEntity" in body:
        return body["xdmEntity"]
    for field in ("xdmEntity", "xdm"):
        if field in item and "identityMap" not in item:
            return item[field]
    return item
