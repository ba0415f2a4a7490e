"""Ask chdb's windowFunnel and retentioneering about histories, and keep what they say in answers.json.

The two bring half a gigabyte and more, so tests do not install them: they compare with what was kept. To keep it anew:

    python -m venv /tmp/others && /tmp/others/bin/pip install chdb==4.4.0 retentioneering==5.2.4
    RETENTIONEERING_NO_TRACK=1 /tmp/others/bin/python tests/recorded/answers.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

KEPT = Path(__file__).with_name("answers.json")
TYPES = ("view", "cart", "pay", "call")
Happened = tuple[str, int, str]
"""Who, at which second, did what."""


def history(chance: Random, *, at_once: bool) -> list[Happened]:
    """Return what some people did; `at_once`: sometimes several things in one second."""
    found = []
    for number in range(chance.randint(2, 8)):
        seconds = range(40) if not at_once else [*range(12), *range(12)]
        for second in sorted(chance.sample(seconds, chance.randint(0, 14))):
            found.append((f"p{number}", second, chance.choice(TYPES)))
    return found + [("all", second, kind) for second, kind in enumerate(chance.sample(TYPES, 4))]  # each is done once


def question(chance: Random) -> dict[str, Any]:
    """Return a funnel of two to four different steps."""
    return {"steps": chance.sample(TYPES, chance.randint(2, 4)), "window": chance.choice((2, 5, 12, 100))}


def window_funnel(events: list[Happened], asked: dict[str, Any], mode: str | None) -> list[int]:
    """Return how many people reached each step, by ClickHouse inside chdb."""
    import chdb

    rows = ", ".join(f"('{who}', {second}, '{kind}')" for who, second, kind in events)
    steps = ", ".join(f"kind = '{step}'" for step in asked["steps"])
    way = f", '{mode}'" if mode else ""
    told = chdb.query(
        f"SELECT windowFunnel({asked['window']}{way})(second, {steps}) AS level "
        f"FROM values('who String, second UInt32, kind String', {rows}) GROUP BY who",
        "JSONCompact",
    )
    levels = [int(row[0]) for row in json.loads(str(told))["data"]]
    return [sum(level >= step for level in levels) for step in range(1, len(asked["steps"]) + 1)]


def stream(events: list[Happened]) -> Any:
    """Return events as retentioneering takes them."""
    import pandas as pd
    from retentioneering import Eventstream

    frame = pd.DataFrame(events, columns=["user_id", "timestamp", "event"])
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["timestamp"], unit="s")
    return Eventstream(frame)


def transitions(events: list[Happened]) -> list[list[Any]]:
    """Return how often what was followed by what, by retentioneering."""
    from retentioneering.tools.transition_matrix import TransitionMatrix

    matrix = TransitionMatrix(stream(events)).fit("count")
    return sorted(
        [str(here), str(there), int(many)] for here, row in matrix.iterrows() for there, many in row.items() if many > 0
    )


def funnel(events: list[Happened], steps: list[str]) -> list[int]:
    """Return how many people reached each step in order, however long it took, by retentioneering."""
    from retentioneering.tools.funnel import Funnel

    told = Funnel(stream(events)).fit(steps=steps)
    return [int(one["unique_paths"]) for one in told["steps"]]


def main() -> None:
    """Ask both, and keep what they say."""
    chance = Random(20261126)
    kept: dict[str, Any] = {one: [] for one in ("at_once", "one_by_one")}
    for _ in range(60):
        events, asked = history(chance, at_once=True), question(chance)
        if events:
            kept["at_once"].append({"events": events, **asked, "people": window_funnel(events, asked, None)})
    for _ in range(60):
        events, asked = history(chance, at_once=False), question(chance)
        if not events:
            continue
        told = {"events": events, **asked, "people": window_funnel(events, asked, "strict_increase")}
        told |= {"transitions": transitions(events), "however_long": funnel(events, asked["steps"])}
        assert all(one != other for one, other in pairwise(events))
        kept["one_by_one"].append(told)
    by = {name: version(name) for name in ("chdb", "retentioneering")}
    KEPT.write_text(json.dumps({"by": by, **kept}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
