"""How long Neo4j takes to come up when everything it needs was fetched before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench.measure import Measurement, Samples
from graphcdp.base import Settings
from graphcdp.server import EmbeddedNeo4j

Tell = Callable[[str], None]


async def measure(settings_for: Callable[[Path], Settings], home: Path, repeat: int, tell: Tell) -> list[Measurement]:
    """Start Neo4j in a new home, stop it, start it again there; as often as asked."""
    first: list[float] = []
    again: list[float] = []
    for run in range(1, repeat + 1):
        server = EmbeddedNeo4j(settings_for(home / f"start-{run}"))
        for seconds in (first, again):
            began = perf_counter()
            try:
                await server.up()
                seconds.append(perf_counter() - began)
            finally:
                await server.down()
        tell(f"start {run}/{repeat}: {first[-1]:.1f} s in a new home, {again[-1]:.1f} s in that home again")
    return [
        Measurement(
            "start_from_cache",
            "start from cache, until Bolt answers",
            "a new home each time",
            Samples("graphcdp up", "s", first),
            better="less",
            note=f"again in the same home: {Samples('', 's', again)}",
        )
    ]
