"""The commands of the server: up, down, status, doctor."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from graphcdp.cli.frame import FAILED, NOT_RUNNING, Json, answer, app, leave, run, say, settings
from graphcdp.server import EmbeddedNeo4j, Running, examine, password_file


@app.command()
def up(*, as_json: Json = False) -> None:
    """Start the Neo4j server, fetching it first if need be; do nothing where it runs already.

    With GRAPHCDP_NEO4J_URI set nothing is started: the server named there is asked whether it answers.
    """
    chosen = settings()
    server = EmbeddedNeo4j(chosen)
    running = run(server.up, say)
    answer(_told(running) | {"password_file": _password_place(server, running)}, _up_text(server, running))


@app.command()
def down(*, as_json: Json = False) -> None:
    """Stop the Neo4j server that `up` started; any other is left alone."""
    chosen = settings()
    if chosen.neo4j_uri:
        answer(
            {"stopped": False, "outside": True},
            f"The server at {chosen.neo4j_uri} is not ours (GRAPHCDP_NEO4J_URI); it was left alone.",
        )
        return
    stopped = run(EmbeddedNeo4j(chosen).down)
    answer(
        {"stopped": stopped, "outside": False},
        "Neo4j stopped." if stopped else f"No Neo4j of {chosen.home} runs; nothing to stop.",
    )


@app.command()
def status(*, as_json: Json = False) -> None:
    """Say whether the Neo4j server runs, and where (exit code 3: it does not answer)."""
    found = run(EmbeddedNeo4j(settings()).status)
    since = datetime.fromtimestamp(found.since, UTC) if found.since else None
    lines = {
        "running": f"Neo4j runs ({found.agent}, pid {found.pid}, since {since:%Y-%m-%d %H:%M:%S} UTC).\n"
        f"  Bolt     {found.bolt_uri}\n  Browser  {found.http_url}/browser/\n  Home     {found.home}"
        if since
        else "",
        "starting": f"Neo4j (pid {found.pid}) does not answer at {found.bolt_uri}: {found.problem}.",
        "stopped": f"Neo4j is not running (home {found.home}). Start it with `graphcdp up`.",
        "outside": f"The outside server at {found.bolt_uri} answers ({found.agent}).",
        "outside_silent": found.problem or "",
    }
    answer(dataclasses.asdict(found) | {"since": since}, lines[found.state])
    if found.state not in ("running", "outside"):
        leave(NOT_RUNNING)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Check what the server needs, one line each (exit code 1: something must be mended)."""
    checks = run(examine, settings())
    signs = {True: "ok  ", False: "FAIL", None: "note"}
    width = max(len(check.name) for check in checks)
    well = all(check.ok is not False for check in checks)
    answer(
        {"ok": well, "checks": [dataclasses.asdict(check) for check in checks]},
        "\n".join(f"{signs[check.ok]}  {check.name:<{width}}  {check.detail}" for check in checks),
    )
    if not well:
        leave(FAILED)


def _told(running: Running) -> dict[str, Any]:
    """Return what may be printed: everything but the password."""
    told = dataclasses.asdict(running)
    del told["password"]
    return told | {"browser_url": running.browser_url}


def _password_place(server: EmbeddedNeo4j, running: Running) -> str | None:
    return None if running.outside else str(password_file(server.folder))


def _up_text(server: EmbeddedNeo4j, running: Running) -> str:
    if running.outside:
        return f"Using the outside server at {running.bolt_uri} ({running.agent}); nothing was started."
    how = "started" if running.started_here else "was running already"
    return (
        f"Neo4j {how} (pid {running.pid}).\n"
        f"  Browser   {running.browser_url}\n"
        f"  Bolt      {running.bolt_uri}\n"
        f"  User      {running.user}\n"
        f"  Password  in {_password_place(server, running)}"
    )
