"""GraphQL over HTTP: one address for programs and, with GraphiQL, for browsers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from cross_web import HTTPException, StarletteRequestAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UnsetType

from graphcdp.api.auth import api_key_in
from graphcdp.api.cors import Origins
from graphcdp.api.graphql.context import Context
from graphcdp.api.graphql.errors import shown
from graphcdp.api.graphql.graphiql import asset, page
from graphcdp.api.graphql.leaving import ClientLeftError
from graphcdp.api.graphql.schema import schema
from graphcdp.api.limits import read_body
from graphcdp.base import UnauthorizedError

if TYPE_CHECKING:
    from graphcdp.platform import Platform

INIT_SECONDS = 10
MOST_SUBSCRIPTIONS = 50
MAX_BODY_BYTES = 4 * 1024 * 1024
CLIENT_LEFT = 499  # nobody reads it; logs and metrics do


class _Body(StarletteRequestAdapter):
    """Reads a body as the tracking calls do: unpacked, and never more than 4 MB."""

    async def get_body(self) -> bytes:
        """Return the body.

        Raises:
            TooLargeError: it is larger.
        """
        return await read_body(self._request, MAX_BODY_BYTES)


class _Socket(ASGIWebSocketAdapter):
    """Writes text frames, which is what browsers' clients of the protocol read."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message.

        Raises:
            WebSocketDisconnected: the client is gone.
        """
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error


class View(GraphQL[Context, None]):
    """The schema behind HTTP and web sockets."""

    request_adapter_class = _Body
    websocket_adapter_class = _Socket

    def __init__(self, origins: Origins) -> None:
        """Take which pages of other origins may open a web socket."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
        )
        self._origins = origins

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:  # noqa: ARG002
        """Say whether a page of another origin may open a web socket: by the list that HTTP goes by."""
        return self._origins.allow(origin)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Let a web socket in that has an API key in its headers or in its first message.

        Raises:
            ConnectionRejectionError: it has none.
        """
        params = context.connection_params
        told = {name.lower().replace("apikey", "x-api-key"): value for name, value in params.items()
                if isinstance(name, str) and isinstance(value, str)} if isinstance(params, dict) else {}  # fmt: skip
        key = api_key_in(told)
        try:
            if key is not None:
                context.take_key(key)
        except UnauthorizedError:
            raise ConnectionRejectionError from None
        if not context.scopes:
            raise ConnectionRejectionError
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON strictly: no NaN."""
        return orjson.loads(data)

    def parse_json(self, data: str | bytes) -> object:
        """Read a request's JSON, which is an object or a list.

        Raises:
            HTTPException: it is something else, or no JSON.
        """
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict | list):
            raise HTTPException(400, 'The request\'s JSON is no object; send {"query": …, "variables": …}')
        return parsed

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Return an operation's result; errors of reading the query, which no extension sees, get their code too."""
        if result.errors:
            result.errors = [shown(error, None) for error in result.errors]
        return await super().process_result(request, result)

    def shows_page(self, request: Request) -> bool:
        """Say whether a browser asks for the page."""
        accept = request.headers.get("accept", "")
        return request.method == "GET" and "query" not in request.query_params and "text/html" in accept

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:  # noqa: ARG002
        """Never here: the page is served before the view runs."""
        return False


def graphql_routes(platform: Platform) -> list[BaseRoute]:
    """Return the routes over one platform: operations and GraphiQL at `/graphql`, and its files.

    They are Starlette's, like those of tracking: what FastAPI does beside them was 6 % of a decision's time in Python.
    """
    settings = platform.settings
    view = View(Origins(settings.cors_origins, "GRAPHCDP_CORS_ORIGINS"))

    async def operate(request: Request) -> Response:
        if view.shows_page(request):
            return page(request)
        try:
            context = Context(request, platform)
        except UnauthorizedError as error:
            return _refusal(error)
        if not context.scopes:
            return _refusal(
                UnauthorizedError("The request has no API key. Send it in the header `Authorization: Bearer gcdp_…`.")
            )
        try:
            return await context.leaving.answer(view.run(request, context=context, root_value=None))
        except ClientLeftError:
            return Response(status_code=CLIENT_LEFT)
        except HTTPException as error:
            return _errors(error.status_code, "bad_request", f"{error.reason.rstrip('.')}.")

    async def converse(socket: WebSocket) -> None:
        try:
            context = Context(socket, platform)
        except UnauthorizedError:
            await socket.close(code=1008)  # before it is accepted: the handshake is answered with 403
            return
        await view.run(socket, context=context, root_value=None)

    return [
        WebSocketRoute("/graphql", converse),
        Route("/graphql", operate, methods=["GET", "POST"]),
        Route("/graphql/assets/{name}", asset, methods=["GET"]),
    ]


def _refusal(error: UnauthorizedError) -> Response:
    return _errors(401, error.code, error.message, {"WWW-Authenticate": 'Bearer realm="graphcdp"'})


def _errors(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    content: dict[str, Any] = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return JSONResponse(content, status_code=status, headers=headers)
