"""Retention of the columnar engine is what the oracle says, whatever happened, in any time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
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
from tests.oracle import retention as oracle
from tests.property.histories import Event
from tests.property.test_retention import BEGIN, Asked, histories, questions, rules


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
    happened = [
        oracle.Happening(
            one.who if selection.container == "person" else one.key, one.id, one.ts, one.type == rule.starts,
            rule.returns in ("any event", one.type), one.channel if rule.breakdown else None,
        )
        for one in history
    ]  # fmt: skip
    wanted = oracle.retention(
        happened,
        start=selection.start or BEGIN, end=selection.end or now + timedelta(days=999), interval=calendar.interval,
        brackets=[(one.low, one.high) for one in columns], zone=calendar.zone, week_start=calendar.week_start,
        clock=rule.clock, cohort=rule.cohort, observed_until=now,
    )  # fmt: skip
    gap = timedelta(seconds=rule.gap_seconds)
    returns = {who: [one for one in happened if one.who == who and one.returns and one.ts <= now] for who in
               {one.who for one in happened}}  # fmt: skip

    def stays(cell: dict[str, list[oracle.Happening]]) -> int:
        return sum(oracle.sessions(back, returns[who], gap) for who, back in cell.items())

    assert {(one.start, one.value): (one.people, one.returned, one.events, one.sessions) for one in found} == {
        cohort: (
            len(people),
            tuple(None if cell is None else len(cell) for cell in cells),
            tuple(None if cell is None else sum(map(len, cell.values())) for cell in cells),
            tuple(None if cell is None else stays(cell) for cell in cells),
        )
        for cohort, (people, cells) in wanted.items()
    }
    assert [(one.start, one.value) for one in found] == sorted(wanted, key=lambda one: (one[0], one[1] or ""))
