"""`graphcdp serve` as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from graphcdp.server import Running

_START_SECONDS = 180  # a new graph is migrated and its procedures are installed first


@dataclass(frozen=True, slots=True)
class Served:
    """A running `graphcdp serve`."""

    url: str
    api_key: str
    write_key: str
    pid: int


class ServeError(Exception):
    """`graphcdp serve` did not come up."""


@asynccontextmanager
async def served(running: Running, home: Path) -> AsyncIterator[Served]:
    """Run `graphcdp serve` in a process of its own on the same Neo4j.

    Raises:
        ServeError: it ended, or did not say where it answers; with what it wrote.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")} | {
        "GRAPHCDP_HOME": str(home / "serve"),
        "GRAPHCDP_NEO4J_URI": running.bolt_uri,
        "GRAPHCDP_NEO4J_USER": running.user,
        "GRAPHCDP_NEO4J_PASSWORD": running.password,
        "GRAPHCDP_NEO4J_DATABASE": running.database,
        "GRAPHCDP_PORT": "0",
        "GRAPHCDP_LOG_LEVEL": "warning",
        "GRAPHCDP_TRACKING_RATE": "0",
    }
    errors = home / "serve.log"
    with errors.open("w") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from graphcdp.cli import main; main()",
            "serve",
            "--json",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            said = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise ServeError(f"graphcdp serve did not come up:\n{errors.read_text()[-4000:]}") from error
        yield Served(said["url"], said["api_key"], said["write_key"], process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
