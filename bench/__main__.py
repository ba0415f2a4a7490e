"""`python -m bench`: measure, print a table, keep the figures in bench-results/."""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
from pathlib import Path

import structlog
from rich.console import Console

from bench import (
    deciding,
    estimating,
    growing,
    journey_cypher,
    journeying,
    merging,
    one_person,
    reading,
    report,
    resolving,
    segmenting,
    simulating,
    starting,
    tracking,
    writing,
)
from bench.measure import Measurement, machine
from graphcdp.base import Settings, load_settings
from graphcdp.graph import Graph, migrate
from graphcdp.server import EmbeddedNeo4j

PARTS = ("writing", "http", "reading", "memory", "merging", "decide", "segments", "segment_one", "journeys", "start")
LONG = ("simulating", "resolving", "journey_cypher", "estimate")  # only when asked for


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure graphcdp on this machine.")
    parser.add_argument("--events", type=int, default=100_000, help="events of the synthetic history (100,000)")
    parser.add_argument(
        "--larger", type=int, help="events of a larger history: what an event costs there, against --events (left out)"
    )
    parser.add_argument(
        "--identities", type=int, default=1_000_000, help="of the graph of `--only simulating` and `--only resolving`"
    )
    parser.add_argument("--scale", type=int, default=10, help="of the demonstration of `--only estimate` (10)")
    parser.add_argument("--repeat", type=int, default=5, help="how often each thing is measured (5; the median counts)")
    parser.add_argument(
        "--only", choices=(*PARTS, *LONG), action="append", help="measure only this part; may be repeated"
    )
    parser.add_argument("--results", type=Path, default=Path("bench-results"), help="folder for the JSON files")
    return parser.parse_args()


def _settings(home: Path) -> Settings:
    return load_settings(home=home, neo4j_uri=None, neo4j_password=None, neo4j_bolt_port=0, neo4j_http_port=0)


async def _measure(arguments: argparse.Namespace, home: Path, console: Console) -> tuple[list[Measurement], str]:
    parts = arguments.only or list(PARTS)
    found: list[Measurement] = []

    def tell(line: str) -> None:
        console.print(f"[dim]{line}[/dim]")

    settings = _settings(home / "main")
    server = EmbeddedNeo4j(settings)
    running = await server.up(tell)
    try:
        async with Graph.connect(running.bolt_uri, running.user, running.password, running.database) as graph:
            version = await graph.verify()
            await migrate(graph)
            if arguments.larger:
                found += await growing.measure(graph, arguments.events, arguments.larger, arguments.repeat, tell)
            if "estimate" in parts:
                found += await estimating.measure(settings, arguments.scale, arguments.repeat, tell)
            if "simulating" in parts:
                found += await simulating.measure(graph, arguments.identities, tell)
            if "resolving" in parts:
                found += await resolving.measure(graph, arguments.identities, arguments.repeat, tell)
            if "http" in parts:
                found += await tracking.measure(
                    graph, running, home, events=arguments.events, repeat=arguments.repeat, tell=tell
                )
            if "writing" in parts:
                found += await writing.measure(graph, arguments.events, arguments.repeat, tell)
            if "reading" in parts or "memory" in parts:
                if "writing" not in parts:
                    await writing.load(graph, arguments.events)
                found += await reading.measure(graph, running, home, repeat=arguments.repeat, parts=parts, tell=tell)
            if "decide" in parts:
                if not {"writing", "reading", "memory"} & set(parts):
                    await writing.load(graph, arguments.events)
                found += await deciding.measure(
                    graph, running, home, events=arguments.events, repeat=arguments.repeat, tell=tell
                )
            if "segments" in parts:
                found += await segmenting.measure(graph, events=arguments.events, repeat=arguments.repeat, tell=tell)
            if "segment_one" in parts:
                found += await one_person.measure(graph, events=arguments.events, repeat=arguments.repeat, tell=tell)
            if "journeys" in parts:
                found += await journeying.measure(
                    graph, home, events=arguments.events, repeat=arguments.repeat, tell=tell
                )
            if "journey_cypher" in parts:
                if not {"writing", "reading", "memory", "decide", "segments", "segment_one", "journeys"} & set(parts):
                    await writing.load(graph, arguments.events)
                assert running.pid is not None  # the server is our own
                found += await journey_cypher.measure(graph, running.pid, repeat=arguments.repeat, tell=tell)
            if "merging" in parts:
                found += await merging.measure(graph, arguments.repeat, tell)
    finally:
        await server.down()
    if "start" in parts:
        found += await starting.measure(_settings, home, arguments.repeat, tell)
    return found, version


def main() -> None:
    """Run the benchmarks that were asked for."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    arguments = _arguments()
    console = Console(width=max(Console().width, 150))
    where = machine()
    with tempfile.TemporaryDirectory(prefix="graphcdp-bench-") as home:
        found, version = asyncio.run(_measure(arguments, Path(home), console))
    where["neo4j"] = version
    report.show(found, where, console)
    console.print(f"Kept in {report.keep(found, where, arguments.results, arguments.repeat)}")


if __name__ == "__main__":
    main()
