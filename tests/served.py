"""A graphcdp that is really served, for tests that talk to it from outside."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from queue import Queue

import anyio
import uvicorn

from graphcdp.base import Settings
from graphcdp.cli import serve as door
from graphcdp.cli.serve import Served, run_server, serve_platform
from graphcdp.platform import Platform

__all__ = ["Served", "serving"]


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Served]:
    """Serve on a free port, in a thread with a loop and a platform of its own, as another process would.

    The thread leaves the tests' own loop free: a test may block while the server answers.
    """
    answer: Queue[Served | BaseException] = Queue()
    servers: list[uvicorn.Server] = []

    door.TICK_SECONDS = 3_600.0  # tests have clocks of their own: they tick and deliver themselves
    door.DELIVER = False
    door.WARM = False
    door.RENEW_SECONDS = 3_600.0

    async def serve() -> None:
        async with Platform.open(settings) as platform:
            await serve_platform(platform, answer.put, servers.append)

    def work() -> None:
        try:
            run_server(serve)
        except BaseException as error:  # handed to the test, which raises it
            answer.put(error)

    thread = threading.Thread(target=work, name="served", daemon=True)
    thread.start()
    told = await anyio.to_thread.run_sync(answer.get)
    if isinstance(told, BaseException):
        raise told
    try:
        yield told
    finally:
        servers[0].should_exit = True
        await anyio.to_thread.run_sync(thread.join, 30)
