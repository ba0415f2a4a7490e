"""Attribution on the graph against the long way, whatever people did and in whatever order it arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import AttributionRule, Journeys, Selection
from graphcdp.journeys.attribution import MODELS
from graphcdp.journeys.usual import sooner
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, at, fact
from tests.oracle.attribution import Event, credited, in_sessions

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ana", "ben", "cy"]),
        st.integers(0, 12),
        st.booleans(),
        st.sampled_from(["ads", "mail", "direct", None]),
        st.integers(0, 50),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, st.integers(1, 12), st.integers(1, 5), st.sampled_from((None, 3_600, 7_200)), st.integers(0, 2**31))
async def test_every_model(
    graph: Graph,
    told: list[tuple[str, int, bool, str | None, int]],
    lookback: int,
    half_life: int,
    gap: int | None,
    order: int,
) -> None:
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass
    events = [
        Event(who, hour * 3_600, f"e{number:03d}", converts, label, float(value))
        for number, (who, hour, converts, label, value) in enumerate(told)
    ]
    clock = MovableClock(at(100_000))
    rules = RuleBook(graph, clock)
    facts = [
        fact(
            f"user_id|{one.who}",
            id=one.id,
            ts=NOON + timedelta(seconds=one.ts),
            type="purchase" if one.converts else "page_view",
            properties={"revenue": one.value, **({"campaign": one.label} if one.label else {})},
        )
        for one in events
    ]
    Random(order).shuffle(facts)  # drawn before: what hypothesis draws in a coroutine ends its loop
    if facts:
        await Pipeline(graph, clock, rules, b"k" * 32).ingest(facts)
    journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)
    rule = AttributionRule(
        dimension="campaign", value="revenue", lookback_seconds=lookback * 3_600, half_life_seconds=half_life * 3_600,
        session_gap_seconds=gap,
    )  # fmt: skip
    for start, touches in ((None, None), (NOON + timedelta(hours=4), None), (NOON, "did (page_view or purchase)")):
        chosen = await journeys.chosen(Selection(start=start, end=start and start + timedelta(hours=6)), alone=None)
        inputs = {**replace(rule, touches=touches).inputs(chosen.now), **chosen.inputs}
        statement, given = sooner("journey.touches", inputs)
        assert statement == ("journey.touches_usual" if gap is None else "journey.touches")
        short, long = [await graph.read_rows(statement, **given), await graph.read_rows("journey.touches", **inputs)]
        assert sorted(short) == sorted(long)
    compared = await journeys.compare_attribution(rule=rule, containers=["person"])
    total = sum(one.value for one in events if one.converts)
    cut = in_sessions(events, gap)
    stays = {(one.who, one.label) for one in cut if one.label and not one.converts}
    sessions = {label: sum(1 for _, each in stays if each == label) for _, label in stays}
    for model in MODELS:
        found = compared.attributions["person", model]
        assert {one.label: one.sessions for one in found.credits if one.touches} == {
            label: None if gap is None else many for label, many in sessions.items()
        }
        expected = credited(cut, model, lookback * 3_600, half_life * 3_600, "direct")
        got = {one.label: one.value for one in found.credits if one.value}
        assert got == pytest.approx({label: value for label, value in expected.items() if value}, abs=1e-4), model
        if model != "participation":
            assert sum(one.value for one in found.credits) == pytest.approx(total)
        assert found.value == pytest.approx(total)
        if model == "markov":  # the same in one statement, as Neo4j Browser calls it
            rows = await graph.read_rows(
                "journey.markov",
                conversions={"types": ["purchase"]},
                dimension="campaign",
                value="revenue",
                lookback_seconds=lookback * 3_600,
                session_gap_seconds=gap,
            )
            assert {row[0]: row[4] for row in rows if row[4]} == pytest.approx(got)
            counts = {one.label: one.conversions for one in found.credits if one.conversions}
            assert {row[0]: row[3] for row in rows if row[3]} == pytest.approx(counts)
        else:
            rows = await graph.read_rows(
                "journey.attribution",
                conversions={"types": ["purchase"]},
                model=model,
                dimension="campaign",
                value="revenue",
                lookback_seconds=lookback * 3_600,
                half_life_seconds=half_life * 3_600,
                session_gap_seconds=gap,
            )
            assert {label: value for label, _, value in rows if value} == pytest.approx(got), model
        for one in found.credits[:1]:
            page = await journeys.attributed(one.label, rule=rule, model=model)
            told = await graph.read_rows(
                "journey.attributed",
                label=one.label,
                conversions={"types": ["purchase"]},
                model=model,
                dimension="campaign",
                value="revenue",
                lookback_seconds=lookback * 3_600,
                half_life_seconds=half_life * 3_600,
                session_gap_seconds=gap,
            )
            assert [(row[0], row[2], row[3], row[4], row[5], tuple(row[7])) for row in told] == [
                (each.who, each.number, each.event_id, each.at, each.value, each.path) for each, _ in page.items
            ], model
            assert [row[6] for row in told] == pytest.approx([each.share for each, _ in page.items]), model
        for one in found.credits:
            if model != "markov" and one.conversions:
                page = await journeys.attributed(one.label, rule=rule, model=model)
                assert sum(each.share or 0 for each, _ in page.items) == pytest.approx(one.conversions)
                break
