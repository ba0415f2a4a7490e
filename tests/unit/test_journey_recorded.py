"""Funnels and transitions of the columnar engine are those of chdb's windowFunnel and of retentioneering.

What the two said is kept in tests/recorded/answers.json, with the histories it is about; see tests/recorded/answers.py.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest

from graphcdp.journeys import FunnelRule
from graphcdp.journeys.columnar.answers import answered
from graphcdp.journeys.columnar.layout import KINDS
from graphcdp.journeys.columnar.store import Store
from tests.make import NOON
from tests.recorded.answers import history, question, window_funnel

KEPT = json.loads((Path(__file__).parents[1] / "recorded/answers.json").read_text())
EVERYBODY: dict[str, Any] = {"start_at": None, "end_at": None, "container": "person", "within": None}
NAMES = {"path_start": "(entry)", "path_end": "(exit)"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "journeys.duckdb")
    yield found
    found.close()


def put(store: Store, events: list[tuple[str, int, str]]) -> None:
    """Put what people did, instead of what was there."""
    on: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for number, (who, second, kind) in enumerate(events):
        at = int(NOON.timestamp() + second) * 1_000_000
        event = dict.fromkeys(KINDS, None) | {"id": f"{number:04d}", "ts": at, "type": kind, "batch": 1, "own": []}
        on[who].append(list(event.values()))
    store.empty()
    store.put([[f"cookie|{who}", who, mine] for who, mine in on.items()])


def people(store: Store, steps: list[str], window: int, tie: Any = "step_order") -> list[int]:
    """Return how many people reached each step."""
    inputs = FunnelRule(tuple(f"did {step}" for step in steps), window_seconds=window, tie=tie).inputs(NOON)
    rows = answered("journey.funnel", store, {**inputs, "breakdown": None, **EVERYBODY}, None)
    return [row[2] for row in rows] or [0] * len(steps)


def test_there_is_enough_to_compare() -> None:
    assert len(KEPT["at_once"]) + len(KEPT["one_by_one"]) > 100
    assert sum(one["people"][-1] for one in KEPT["one_by_one"]) > 60


def test_funnels_are_those_of_window_funnel(store: Store) -> None:
    """Also where several things happen in one second: then the order of the steps decides."""
    for one in KEPT["at_once"]:
        put(store, one["events"])
        assert people(store, one["steps"], one["window"]) == one["people"], one
    for one in KEPT["one_by_one"]:  # its `strict_increase`
        put(store, one["events"])
        assert people(store, one["steps"], one["window"], "strict_increase") == one["people"], one


@pytest.mark.skipif(find_spec("chdb") is None, reason="chdb is not installed: pip install '.[compare]'")
def test_further_funnels_are_those_of_window_funnel(store: Store) -> None:
    """500 histories that were not kept.

    Among several things in one second, chdb 4.4.0 with `strict_increase` forgets tries that could still go on
    (https://github.com/ClickHouse/ClickHouse/issues/52844), so there it must only not find more than graphcdp.
    """
    chance = Random(7)
    for _ in range(250):
        events, asked = history(chance, at_once=True), question(chance)
        put(store, events)
        steps, window = asked["steps"], asked["window"]
        assert people(store, steps, window) == window_funnel(events, asked, None), (events, asked)
        ours = people(store, steps, window, "strict_increase")
        fewer = window_funnel(events, asked, "strict_increase")
        assert all(one >= other for one, other in zip(ours, fewer, strict=True)), (events, asked)
        events = history(chance, at_once=False)
        put(store, events)
        ours = people(store, steps, window, "strict_increase")
        assert ours == window_funnel(events, asked, "strict_increase"), (events, asked)


def test_funnels_and_transitions_are_those_of_retentioneering(store: Store) -> None:
    asked = {"item": "type", "collapse": False, "session_gap_seconds": None, "most": 500, **EVERYBODY}
    for one in KEPT["one_by_one"]:
        put(store, one["events"])
        assert people(store, one["steps"], 86_400) == one["however_long"], one
        rows = answered("journey.transitions", store, asked, None)
        theirs = {(NAMES.get(a, a), NAMES.get(b, b)): many for a, b, many in one["transitions"]}
        assert {(a, b): times for a, b, times, *_ in rows} == theirs, one
