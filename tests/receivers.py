"""Real receivers for what destinations send: an HTTP server that keeps what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Receiver:
    """What arrived, and what the receiver holds by now.

    Attributes:
        url: where it listens.
        status: what it answers; other than 2xx: it keeps nothing.
        delay_seconds: so long it takes.
        requests: (headers, body) of all requests.
        held: by profile id, the fields of the last addition or update.
        seen: ids of changes, in order of arrival.
        told: (action, profile id) in order.
    """

    url: str = ""
    status: int = 200
    delay_seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    poison: str | None = None

    async def take(self, request: Request) -> Response:
        """Take a request."""
        body = await request.body()
        self.requests.append((dict(request.headers), body))
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if not 200 <= self.status < 300:
            return Response(status_code=self.status, headers=self.headers)
        changes = orjson.loads(body).get("changes", [])
        if self.poison is not None and any(one["profile_id"] == self.poison for one in changes):
            return Response(status_code=500)
        for change in changes:
            self.seen.append(change["id"])
            self.told.append((change["action"], change["profile_id"]))
            if change["action"] == "remove":
                self.held.pop(change["profile_id"], None)
            elif change["action"] in ("add", "update"):
                self.held[change["profile_id"]] = change.get("fields", {})
        return Response(status_code=self.status)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Listen on a free port in this loop."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    receiver.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task
