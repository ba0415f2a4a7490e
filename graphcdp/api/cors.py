"""Which pages of other origins may call: one list for tracking, another for the API."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphcdp.base import ConfigurationError

TRACKING_PATHS = ("/v1/", "/beacon/", "/sourceConfig")
_OWN_CORS = ("/browser/",)
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{0,1000}")
_MAX_AGE_SECONDS = "7200"


class Origins:
    """A list of origins from the settings."""

    def __init__(self, text: str, name: str) -> None:
        """Read the list.

        Raises:
            ConfigurationError: an entry is no origin.
        """
        entries = {entry.strip().rstrip("/").lower() for entry in text.split(",") if entry.strip()}
        for entry in entries:
            if entry not in ("*", "null") and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s]+", entry):
                raise ConfigurationError(
                    f"{name} names {entry!r}, which is no origin; write it like https://shop.example, without a path."
                )
        self.name = name
        self.every = "*" in entries
        self._entries = entries

    def allow(self, origin: str) -> bool:
        """Say whether a page of this origin may call."""
        return self.every or origin.lower() in self._entries


class Cors:
    """Answers preflights and marks replies, by the path's list. A tracking call of another origin is refused."""

    def __init__(self, app: ASGIApp, tracking: Origins, api: Origins) -> None:
        self._app = app
        self._tracking = tracking
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(_OWN_CORS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            await self._app(scope, receive, send)
            return
        tracks = scope["path"].startswith(TRACKING_PATHS)
        origins = self._tracking if tracks else self._api
        own = origin == f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
        allowed = own or origins.allow(origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(headers, origin, origins, allowed=allowed)(scope, receive, send)
            return
        if tracks and not allowed:
            await _refusal(origin, origins)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                out.add_vary_header("Origin")
                if allowed:
                    out["Access-Control-Allow-Origin"] = origin
                    out["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
            await send(message)

        await self._app(scope, receive, marked)

    def _preflight(self, headers: Headers, origin: str, origins: Origins, *, allowed: bool) -> Response:
        if not allowed:
            return _refusal(origin, origins)
        wanted = headers.get("access-control-request-headers", "")
        reply = Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                "Access-Control-Max-Age": _MAX_AGE_SECONDS,
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            },
        )
        if wanted and _HEADER_NAMES.fullmatch(wanted):
            reply.headers["Access-Control-Allow-Headers"] = wanted
        if headers.get("access-control-request-private-network") == "true":
            reply.headers["Access-Control-Allow-Private-Network"] = "true"
        return reply


def _refusal(origin: str, origins: Origins) -> Response:
    shown = re.sub(r"[^\w:/.\-\[\]]", "", origin)[:100]
    return JSONResponse(
        {
            "success": False,
            "code": "origin_refused",
            "message": f"Pages of {shown} may not call here. Add the origin to {origins.name} to let them.",
        },
        status_code=403,
        headers={"Vary": "Origin"},
    )
