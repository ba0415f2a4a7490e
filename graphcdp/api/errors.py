"""Errors as replies: a status, a stable code and a sentence; what was not foreseen is masked."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphcdp.api.limits import TooLargeError, TooManyCallsError, UnsupportedEncodingError
from graphcdp.base import (
    CDPError,
    GraphUnavailableError,
    InvalidInputError,
    NotFoundError,
    UnauthorizedError,
    logger,
)

_log = logger(__name__)
_STATUS: tuple[tuple[type[CDPError], int], ...] = (
    (UnauthorizedError, 401),
    (NotFoundError, 404),
    (TooLargeError, 413),
    (UnsupportedEncodingError, 415),
    (TooManyCallsError, 429),
    (InvalidInputError, 400),
    (GraphUnavailableError, 503),
)


def add_error_handlers(app: FastAPI) -> None:
    """Make an app answer every error as JSON."""

    @app.exception_handler(CDPError)
    async def known(request: Request, error: CDPError) -> Response:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
        if status is None and error.retryable:
            status = 503
        if status is None:
            _log.error("request_failed", code=error.code, reason=error.message)
            return _masked(request)
        headers: dict[str, str] = {}
        if isinstance(error, TooManyCallsError):
            headers["Retry-After"] = str(error.retry_after)
        elif status == 503:
            headers["Retry-After"] = "2"
        elif status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="graphcdp"'
        content: dict[str, Any] = {"success": False, "code": error.code, "message": error.message, **error.fields}
        return JSONResponse(content, status_code=status, headers=headers)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> Response:
        sentence = {
            404: f"There is nothing at {request.url.path[:200]}.",
            405: f"{request.url.path[:200]} does not answer to {request.method}.",
        }.get(error.status_code, str(error.detail))
        content = {"success": False, "code": f"http_{error.status_code}", "message": sentence}
        return JSONResponse(content, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        _log.error("request_crashed", kind=type(error).__name__, exc_info=error)
        return _masked(request)


def _masked(request: Request) -> Response:
    request_id = request.scope.get("state", {}).get("request_id", "")
    return JSONResponse(
        {
            "success": False,
            "code": "internal",
            "message": f"Something went wrong inside graphcdp; its log tells more under the request {request_id}.",
            "request": request_id,
        },
        status_code=500,
        headers={"X-Request-Id": request_id},
    )
