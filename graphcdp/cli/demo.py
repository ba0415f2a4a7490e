"""`graphcdp demo`: from nothing to Sarah Rose, in one command; Ctrl-C stops what it started."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn
from urllib.parse import quote, urlsplit

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, run, say, settings
from graphcdp.cli.serve import Served, require_free_address, run_server, serve_platform
from graphcdp.ingest import Seed, SeedReport
from graphcdp.platform import Platform
from graphcdp.server import EmbeddedNeo4j, Running

SEED = "luma"
UNTIL = "L7"  # where the segment goes to destinations


@app.command()
def demo(*, as_json: Json = False) -> None:
    """Start Neo4j, load the demonstration `luma`, serve GraphQL and tracking, and say where; Ctrl-C stops it all.

    The first time Neo4j is fetched (about 160 MB). Doing it again changes nothing in the graph.
    """
    chosen = settings()
    require_free_address(chosen)
    try:
        with _neo4j(chosen) as running:
            run_server(_serve, chosen, running)
    except KeyboardInterrupt:
        pass
    say("Stopped. The data stays; run it again to go on.")


@contextmanager
def _neo4j(chosen: Settings) -> Iterator[Running]:
    """Have a server; stop it afterwards if it did not run before."""
    embedded = EmbeddedNeo4j(chosen)
    ran_before = run(embedded.status).state != "stopped"
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield run(embedded.up, say)
    finally:
        if not ran_before:
            say("Stopping …")
            run(embedded.down)
        signal.signal(signal.SIGTERM, before)


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(143)


async def _serve(chosen: Settings, running: Running) -> None:
    say("Preparing the graph: its schema and its procedures (the first time about half a minute) …")
    async with Platform.open(chosen) as platform:
        say("Loading the demonstration Luma …")
        shown = -1

        def progress(title: str, share: float) -> None:
            nonlocal shown
            if int(share * 10) > shown:
                shown = int(share * 10)
                say(f"  {share:4.0%}  {title}")

        report = await platform.seeds.load(Seed.load(SEED), until=UNTIL, progress=progress)
        say(_loaded(report))
        if not report.already:
            await platform.households.refresh()
            await platform.tick()  # what follows from all of it is there before anybody looks
        await serve_platform(platform, lambda served: _announce(served, running))


def _loaded(report: SeedReport) -> str:
    if report.already:
        told = f"{report.anchor:%Y-%m-%d %H:%M} UTC"
        return f"Luma was loaded before (told at {told}, up to {report.until}); nothing changed."
    return (
        f"Luma is loaded up to {report.until}: {report.accepted:,} facts in {report.seconds:.0f} s, "
        f"{report.rejected:,} rows rejected and kept with their reasons."
    )


def browser_address(served: Served, running: Running) -> str | None:
    """Return Neo4j Browser's address with server and user filled in and the guide open; None for an outside server."""
    if running.browser_url is None:
        return None
    bolt = urlsplit(running.bolt_uri)
    server = quote(f"{bolt.scheme}://{running.user}@{bolt.netloc}", safe=":/@")
    guide = f"http://localhost:{urlsplit(served.url).port}/browser/guide.html"
    return f"{running.browser_url}?dbms={server}&db={running.database}&cmd=play&arg={guide}"


def _announce(served: Served, running: Running) -> None:
    browser = browser_address(served, running)
    facts = {
        "url": served.url,
        "graphiql": served.graphiql,
        "tracking": f"{served.url}/v1",
        "neo4j_browser": browser,
        "bolt": running.bolt_uri,
        "user": running.user,
        "password": None if running.outside else running.password,
        "api_key": served.api_key,
        "write_key": served.write_key,
    }
    lines = [
        "",
        "graphcdp is up. Ctrl-C stops it.",
        "",
        f"GraphiQL:      {served.graphiql}",
        f"Tracking:      {served.url}/v1",
        f"Neo4j Browser: {browser or 'see the server of GRAPHCDP_NEO4J_URI'}",
        f"  Bolt:        {running.bolt_uri}",
        f"  User:        {running.user}",
        *([] if running.outside else [f"  Password:    {running.password}"]),
        f"API key: {served.api_key}",
        f"Write key: {served.write_key}",
        "",
    ]
    answer(facts, "\n".join(lines))
