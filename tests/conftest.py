"""What tests share: one real Neo4j a session, on its own ports and in its own home."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from graphcdp.base import Settings, SystemClock, load_settings
from graphcdp.graph import Graph, install_procedures, migrate
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline, Seed, SeedLoader
from graphcdp.platform import Platform
from graphcdp.server import EmbeddedNeo4j, Running
from tests.served import Served, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by the folder it lies in."""
    root = Path(__file__).parent
    for item in items:
        parts = item.path.relative_to(root).parts
        if len(parts) > 1 and parts[0] != "oracle":
            item.add_marker(parts[0])


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests and session fixtures in one asyncio loop."""
    return "asyncio"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the session's server; CDP_TEST_HOME names a home whose server is kept between test runs.

    Tests that run side by side (pytest-xdist) have a server for each process.
    """
    kept = os.environ.get("CDP_TEST_HOME")
    return load_settings(
        home=Path(kept, os.environ.get("PYTEST_XDIST_WORKER", "")) if kept else tmp_path_factory.mktemp("home"),
        neo4j_uri=None,
        neo4j_password=None,
        neo4j_database="neo4j",
        neo4j_bolt_port=0,
        neo4j_http_port=0,
        neo4j_heap="768m",
        neo4j_page_cache="256m",
        port=0,
    )


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Running]:
    """A real embedded Neo4j, empty when the session begins (unless CDP_TEST_HOME keeps one)."""
    embedded = EmbeddedNeo4j(settings)
    running = anyio.run(embedded.up, lambda line: sys.stderr.write(line + "\n"))
    yield running
    if not os.environ.get("CDP_TEST_HOME"):
        anyio.run(embedded.down)


@pytest.fixture(scope="session")
async def graph(server: Running) -> AsyncIterator[Graph]:
    """The session's graph, brought to the current schema."""
    async with Graph.connect(server.bolt_uri, server.user, server.password, server.database) as opened:
        await migrate(opened)
        yield opened


@pytest.fixture
async def clean(graph: Graph) -> None:
    """Empty the graph before the test; schema, locks and procedures stay."""
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass


@pytest.fixture
async def sarah(graph: Graph, clean: None, tmp_path: Path) -> None:
    """Sarah Rose's story up to L6 among sixty other customers, and the procedures that Neo4j Browser calls."""
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    loader = SeedLoader(graph, Pipeline(graph, clock, rules, b"k" * 32), rules, clock, tmp_path)
    await loader.load(replace(Seed.load("luma"), customers=60))
    await install_procedures(graph)


@pytest.fixture(scope="session")
async def platform(settings: Settings, server: Running) -> AsyncIterator[Platform]:
    """All services of one process over the session's server."""
    async with Platform.open(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def served(settings: Settings, server: Running) -> AsyncIterator[Served]:
    """A graphcdp that is really served, with its `url`, `api_key` and `write_key`."""
    async with serving(settings) as told:
        yield told
