"""Retention of the columnar engine is what the oracle says, whatever happened, in any time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcdp.journeys import RetentionRule
from graphcdp.journeys.columnar import retention as over_arrays
from graphcdp.journeys.columnar.answers import answered
from graphcdp.journeys.columnar.layout import KINDS
from graphcdp.journeys.columnar.store import Store
from graphcdp.journeys.retention import _cohorts, _inputs
from graphcdp.journeys.selection import Chosen
from tests.property.histories import Event
from tests.property.test_retention import Asked, held_to_the_oracle, histories, questions, rules


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "journeys.duckdb")
    yield found
    found.close()


def put(store: Store, history: list[Event]) -> None:
    """Put a history instead of what was there."""
    on: defaultdict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for one in history:
        event = dict.fromkeys(KINDS, None) | {
            "id": one.id, "ts": int(one.ts.timestamp()) * 1_000_000, "type": one.type, "channel": one.channel,
            "batch": 1, "own": [],
        }  # fmt: skip
        on[one.key, one.who].append(list(event.values()))
    store.empty()
    store.put([[key, who, events] for (key, who), events in on.items()])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), questions(), rules(), st.sampled_from((1, 7, over_arrays.AT_ONCE)))
def test_retention_over_arrays(
    store: Store, history: list[Event], asked: Asked, rule: RetentionRule, at_once: int
) -> None:
    calendar, selection, now = asked
    if rule.clock == "elapsed" and calendar.interval == "month":
        return
    put(store, history)
    columns = rule.columns()
    whose = {"start_at": selection.start, "end_at": selection.end, "container": selection.container, "within": None}
    inputs = _inputs(rule, calendar, Chosen(whose, {}, now))
    inputs |= {"measure": rule.measure, "periods": len(columns), "brackets": [list(one) for one in columns]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(over_arrays, "AT_ONCE", at_once)  # looked at in as many parts as one likes
        rows = answered("journey.retention", store, {**inputs, **whose, "gap_seconds": rule.gap_seconds}, None)
    found = _cohorts(rows, columns)
    held_to_the_oracle(found, history, asked, rule)
