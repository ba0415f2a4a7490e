"""A client that no longer waits: what is still being computed for it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import HTTPConnection, Request

Got = TypeVar("Got")


class ClientLeftError(Exception):
    """The client closed the connection; nobody reads an answer any more."""


class Leaving:
    """Watches one request from the moment on that something asks for it.

    Only what reads may ask for it: what writes is brought to its end even if nobody waits for the answer.
    """

    def __init__(self, request: HTTPConnection) -> None:
        self._request = request
        self._work: asyncio.Task[object] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._left = False

    async def answer(self, work: Awaitable[Got]) -> Got:
        """Do the work of the request, unless the client leaves while it is watched.

        Raises:
            ClientLeftError: it left, and the work was stopped.
        """
        self._work = asyncio.current_task()
        try:
            return await work
        except asyncio.CancelledError:
            if not self._left:
                raise
            if self._work is not None:
                self._work.uncancel()
            raise ClientLeftError from None
        finally:
            if self._watch is not None:
                self._watch.cancel()

    def stop_with_client(self) -> None:
        """From now on stop the work when the client leaves; its request has been read."""
        if self._watch is None and self._work is not None and isinstance(self._request, Request):
            self._watch = asyncio.create_task(self._wait(self._request))

    async def _wait(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self._left = True
        if self._work is not None:
            self._work.cancel()
