"""Prints a run as a table and keeps it as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measure import Measurement


def show(measurements: Sequence[Measurement], machine: dict[str, Any], console: Console) -> None:
    """Print the measurements, each with its size, medians, ratio and target."""
    table = Table(title="graphcdp on this machine", title_justify="left")
    for heading in ("work", "size", "graphcdp", "against", "figure", "target"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "figure" else "left")
    for one in measurements:
        sign = {"more": "≥", "less": "≤"}[one.better]
        met = {True: " met", False: " missed", None: ""}[one.met]
        unit = "times" if one.against is not None else one.ours.unit
        table.add_row(
            one.work,
            one.size,
            f"{one.ours}",
            f"{one.against.what}: {one.against}" if one.against is not None else "",
            f"{one.figure:,.2f} {unit}",
            f"{sign} {one.target:g}{met}" if one.target is not None else "",
        )
    console.print(table)
    for one in measurements:
        if one.note:
            console.print(f"{one.work}: {one.note}")
    console.print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; Python {machine['python']}, "
        f"{machine.get('neo4j', 'Neo4j')}; load {machine['load_average'][0]} at the start"
    )


def keep(measurements: Sequence[Measurement], machine: dict[str, Any], folder: Path, repeat: int) -> Path:
    """Write the run into a file of its own, named by the time; return its path."""
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    content = {
        "at": now.isoformat(),
        "machine": machine,
        "repeat": repeat,
        "measurements": [one.as_json() for one in measurements],
    }
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
    return path
