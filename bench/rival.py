"""The same graph served by `@neo4j/graphql`, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from bench.node import NODE, modules
from bench.serving import ServeError
from graphcdp.server import Running

_HERE = Path(__file__).resolve().parent / "neo4j_graphql"
_START_SECONDS = 60
NAME = "@neo4j/graphql 7.6 on Apollo Server 5"
QUERY = """
query ($key: String!) {
  profiles(where: {identities: {some: {key: {eq: $key}}}}) {
    id founder identity_count first_seen last_seen
    identities { key namespace value first_seen last_seen }
    events { id ts type channel source product category price quantity campaign page }
  }
}
"""


@asynccontextmanager
async def rival(running: Running) -> AsyncIterator[str]:
    """Serve the graph; give the address that takes GraphQL.

    Raises:
        RuntimeError: npm could not bring the packages.
        ServeError: the server did not come up; with what it wrote.
    """
    place = (await anyio.to_thread.run_sync(modules, _HERE / "package.json")).parent
    shutil.copy(_HERE / "server.mjs", place)  # modules are looked for from where a file lies
    process = await asyncio.create_subprocess_exec(
        NODE,
        "server.mjs",
        cwd=place,
        env={
            **os.environ,
            "NODE_ENV": "production",
            "BOLT_URI": running.bolt_uri,
            "BOLT_USER": running.user,
            "BOLT_PASSWORD": running.password,
            "BOLT_DATABASE": running.database,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            said = json.loads(await asyncio.wait_for(process.stdout.readline(), _START_SECONDS))
        except (TimeoutError, ValueError) as error:
            process.kill()
            wrote = (await process.stderr.read()).decode()
            raise ServeError(f"@neo4j/graphql did not come up:\n{wrote[-4000:]}") from error
        yield said["url"]
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
