"""`graphcdp serve`: the HTTP server over the platform, until Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Annotated, Any

import anyio
import typer
import uvicorn

from graphcdp.api.app import create_app
from graphcdp.api.auth import Keys
from graphcdp.base import CDPError, ConfigurationError, Settings, configure_logging, load_settings, logger
from graphcdp.cli.frame import Json
from graphcdp.cli.frame import app as commands
from graphcdp.platform import Platform

TICK_SECONDS = 1.0
DELIVER = True
WARM = True
RENEW_SECONDS = 600.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """Where a running server answers, and with which keys.

    Attributes:
        url: address without a slash at the end.
        graphiql: address of GraphiQL with the API key in the fragment, which no server gets to see.
        api_key: reads and administers.
        write_key: tracks.
    """

    url: str
    graphiql: str
    api_key: str
    write_key: str


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            await self._started()


async def serve_platform(
    platform: Platform,
    announce: Callable[[Served], None],
    stop: Callable[[uvicorn.Server], None] | None = None,
) -> None:
    """Serve a platform until the process is told to stop.

    Args:
        platform: open.
        announce: called once when the server answers.
        stop: given the server before it starts, for callers that end it themselves by `should_exit`.

    Raises:
        ConfigurationError: the address cannot be bound, or a key is set wrongly.
    """
    settings = platform.settings
    keys = Keys.load(settings)
    await platform.pipeline.warm()
    app = create_app(platform, keys)
    with _bound(settings) as listener:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - only compared
            shown = "127.0.0.1"
        url = f"http://{shown}:{port}"
        served = Served(url, f"{url}/graphql#key={keys.api[0]}", keys.api[0], next(iter(keys.write)))

        async def started() -> None:
            _keep_for_good()
            announce(served)
            if WARM:
                recurring.append(asyncio.create_task(_once("warming", platform.warm)))

        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=10
        )
        server = _Server(config, started)
        if stop is not None:
            stop(server)
        recurring = [
            asyncio.create_task(_every(TICK_SECONDS, "tick", platform.tick)),
            asyncio.create_task(_every(RENEW_SECONDS, "renewal_of_scores", platform.scores.renew_old)),
        ]
        if DELIVER:
            recurring.append(asyncio.create_task(platform.deliverer.run()))
        try:
            await server.serve([listener])
        finally:
            for task in recurring:
                task.cancel()
            await asyncio.gather(*recurring, return_exceptions=True)


def _keep_for_good() -> None:
    """Tell Python's collector that what is there now stays: walking over it stops every answer for 0.2 s."""
    gc.collect()
    gc.freeze()


async def _once(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do what others need not wait for; what fails is told in the log."""
    try:
        await work()
    except CDPError as error:
        _log.warning(f"{name}_failed", code=error.code)


async def _every(seconds: float, name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do again and again what time brings about; what fails is tried again."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except CDPError as error:
            _log.warning(f"{name}_failed", code=error.code)


def run_server(work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
    """Run async work that serves to its end, on the faster event loop where there is one (not on Windows)."""
    anyio.run(work, *arguments, backend_options={"use_uvloop": find_spec("uvloop") is not None})


def require_free_address(settings: Settings) -> None:
    """Find out early whether the address can be taken.

    Raises:
        ConfigurationError: it cannot.
    """
    _bound(settings).close()


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else replies wait for 40 ms (Nagle)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"The address {settings.host}:{settings.port} cannot be taken: {error.strerror}. Set GRAPHCDP_PORT to a "
            "free port, or to 0 to have one chosen.",
            host=settings.host,
            port=settings.port,
        ) from None
    listener.setblocking(False)
    return listener


def show(served: Served, *, as_json: bool) -> None:
    """Print where the server answers."""
    if as_json:
        typer.echo(json.dumps(asdict(served)))
        return
    typer.echo(f"graphcdp answers at {served.url}")
    typer.echo(f"GraphiQL:  {served.graphiql}")
    typer.echo(f"Tracking:  {served.url}/v1")
    typer.echo(f"API key: {served.api_key}")
    typer.echo(f"Write key: {served.write_key}")


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to; GRAPHCDP_HOST otherwise.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to bind to, 0 picks a free one; GRAPHCDP_PORT otherwise.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Serve tracking and GraphQL over HTTP until Ctrl-C."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(**given)
    configure_logging(settings.log_level, json_lines=settings.log_json)
    require_free_address(settings)

    async def run() -> None:
        async with Platform.open(settings) as platform:
            await serve_platform(platform, lambda served: show(served, as_json=as_json))

    run_server(run)
