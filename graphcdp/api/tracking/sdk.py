"""What the browser SDKs ask for before they send: where to send, and that nothing else is connected."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from graphcdp.api.auth import write_key_in
from graphcdp.api.tracking.door import Door

_NEVER_STORED = {"Cache-Control": "no-store"}


def sdk_routes(door: Door) -> list[BaseRoute]:
    """Return the routes that answer @segment/analytics-next and @rudderstack/analytics-js when a page loads."""

    async def segment(request: Request) -> Response:
        key = str(request.path_params["key"])
        door.keys.require_source(key)
        return JSONResponse(
            {
                "integrations": {
                    "Segment.io": {
                        "apiKey": key,
                        "apiHost": f"{request.url.netloc}/v1",
                        "protocol": request.url.scheme,
                        "addBundledMetadata": True,
                        "unbundledIntegrations": [],
                        "maybeBundledConfigIds": {},
                        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
                    }
                },
                "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
                "edgeFunction": {},
                "analyticsNextEnabled": True,
                "middlewareSettings": {},
                "enabledMiddleware": {},
                "metrics": {"sampleRate": 0},
                "legacyVideoPluginsEnabled": False,
                "remotePlugins": [],
            },
            headers=_NEVER_STORED,
        )

    async def rudderstack(request: Request) -> Response:
        key = write_key_in(request.headers) or request.query_params.get("writeKey")
        source = door.keys.require_source(key)
        return JSONResponse(
            {
                "source": {
                    "id": source,
                    "name": source,
                    "writeKey": key,
                    "enabled": True,
                    "workspaceId": "graphcdp",
                    "destinations": [],
                    "connections": [],
                    "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
                },
                "isHosted": True,
            },
            headers=_NEVER_STORED,
        )

    return [
        Route("/v1/projects/{key}/settings", segment),
        Route("/sourceConfig", rudderstack),
        Route("/sourceConfig/", rudderstack),
    ]
