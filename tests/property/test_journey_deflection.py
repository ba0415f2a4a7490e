"""Drivers and call deflection on the graph against the long way, whatever people did."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import DeflectionRule, DriverRule, Journeys
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, at, fact
from tests.oracle.deflection import Event, counts, deflected

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

MINUTE = 60
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ana", "ben", "cy"]),
        st.integers(0, 12),
        st.sampled_from(["help_view", "call", "login", "search"]),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    EVENTS,
    st.sampled_from([None, "login"]),
    st.integers(2, 12),
    st.sampled_from([None, 1]),
    st.integers(1, 4),
    st.integers(0, 2**31),
)
async def test_the_long_way(
    graph: Graph,
    told: list[tuple[str, int, str]],
    start: str | None,
    window: int,
    landmark: int | None,
    gap: int,
    order: int,
) -> None:
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass
    events = [Event(who, minute * MINUTE, f"e{number:03d}", type) for number, (who, minute, type) in enumerate(told)]
    clock = MovableClock(at(100_000))
    rules = RuleBook(graph, clock)
    facts = [
        fact(f"user_id|{one.who}", id=one.id, ts=NOON + timedelta(seconds=one.ts), type=one.type) for one in events
    ]
    Random(order).shuffle(facts)
    if facts:
        await Pipeline(graph, clock, rules, b"k" * 32).ingest(facts)
    journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)
    rule = DriverRule(
        outcome="called",
        start=None if start is None else f"did {start}",
        window_seconds=window * MINUTE,
        landmark_seconds=None if landmark is None else landmark * MINUTE,
        least_people=1,
    )
    drivers = await journeys.drivers(rule=rule)
    expected = counts(events, start, window * MINUTE, rule.landmark_seconds)
    assert [drivers.entered, drivers.succeeded] == expected.pop(None, [0, 0])
    assert {one.name: [one.with_success + one.with_failure, one.with_success] for one in drivers.drivers} == expected
    for one in drivers.drivers:
        page = await journeys.driver_people(one.label, rule=rule)
        assert len(page.items) == one.with_success + one.with_failure
        break
    deflection = await journeys.call_deflection(
        rule=DeflectionRule(window_seconds=window * MINUTE, gap_seconds=gap * MINUTE), by_content=False
    )
    total = deflection.total
    found = (
        (0, 0, 0, 0, 0, 0)
        if total is None
        else (
            total.sessions,
            total.escalated,
            total.repeats,
            total.calls_after_self_service,
            total.people,
            total.people_escalated,
        )
    )
    assert found == deflected(events, window * MINUTE, gap * MINUTE)
