"""J6 and J7: what is planted in the telecom's year is found in it, and what only looks like a driver is not."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import pytest

from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline, Seed, SeedLoader
from graphcdp.ingest.seeds import history_of
from graphcdp.journeys import Journeys, Selection
from graphcdp.journeys.deflection import CALL_DRIVERS
from graphcdp.segments.vocabulary.language import Language

pytestmark = pytest.mark.anyio

CUSTOMERS = 1_200
DAY = 86_400
FIRST_MONTH = replace(
    CALL_DRIVERS,
    start="did contract_begun",
    fields=("type",),
    index_counts=False,
    landmark_seconds=3 * DAY,
    strata=("age_group",),
)


async def test_what_is_planted_is_found(graph: Graph, clean: None, tmp_path: Any) -> None:
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    seed = replace(Seed.load("callcenter"), customers=CUSTOMERS)
    loader = SeedLoader(graph, Pipeline(graph, clock, rules, b"k" * 32), rules, clock, tmp_path)
    report = await loader.load(seed)
    assert report.rejected == 0
    journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)
    await drivers_of_calls(journeys, seed, report.anchor)
    await deflection(journeys)
    await tools(journeys)


async def drivers_of_calls(journeys: Journeys, seed: Seed, anchor: Any) -> None:
    history = history_of(seed)
    truth: dict[tuple[str, str | None], int] = history.__globals__["truth"](
        anchor.astimezone(seed.zone).date(), 0, CUSTOMERS
    )
    found = await journeys.call_drivers(rule=FIRST_MONTH)
    assert found.entered == CUSTOMERS
    by = {one.name: one for one in found.drivers}
    # The three true causes stand first, in the order of their strength, and beyond doubt.
    assert [one.name for one in found.drivers][:2] == ["visit_missed", "payment_failed"]
    for name in ("visit_missed", "payment_failed"):
        one = by[name]
        assert (one.direction, one.q < 1e-6, one.low > 2) == ("success", True, True)
        caused = truth[name, None]
        people = one.with_success + one.with_failure
        noise = 2.5 * sqrt(people * 0.25 * (1 + people / (CUSTOMERS - people)))
        assert one.avoidable == pytest.approx(caused, abs=noise)
        assert one.expected_none + one.avoidable == pytest.approx(found.succeeded)
    # Guided setup spares calls.
    assert (by["setup_done"].direction, by["setup_done"].avoidable < 0) == ("failure", True)
    # What has no effect is not found.
    assert by["speed_test"].q > 0.01
    assert by["speed_test"].low < 1 < by["speed_test"].high
    # Paper bills look like a driver until customers of one age are compared.
    paper = by["paper_bill"]
    assert paper.low > 1
    plain = await journeys.call_drivers(rule=replace(FIRST_MONTH, strata=()))
    apart = next(one for one in plain.drivers if one.name == "paper_bill").avoidable
    assert apart > 20
    assert abs(paper.avoidable) < apart / 2
    assert paper.mantel_haenszel == pytest.approx(1, abs=0.4)
    # By content: a first bill that is higher drives calls, other pages do not.
    contents = await journeys.call_drivers(rule=replace(FIRST_MONTH, fields=("type", "content")))
    told = {one.name: one for one in contents.drivers}
    assert told["bill_view / first-bill-higher"].q < 0.001
    assert told["bill_view / first-bill-higher"].direction == "success"
    assert all(told[f"page_view / {page}"].q > 0.01 for page in ("roaming", "tv-guide"))
    # The people behind a figure.
    page = await journeys.driver_people(["visit_missed"], rule=FIRST_MONTH, first=1_000)
    missed = by["visit_missed"]
    assert len(page.items) == missed.with_success + missed.with_failure
    assert sum(one.succeeded is not None for one, _ in page.items) == missed.with_success
    # On cookies nobody's calls are seen: they come by telephone.
    cookies = await journeys.call_drivers(Selection(container="cookie"), FIRST_MONTH)
    assert cookies.succeeded < found.succeeded / 2


async def deflection(journeys: Journeys) -> None:
    planted = {"router-reset": 0.90, "read-your-bill": 0.75, "change-plan": 0.55, "cancel-contract": 0.25}
    found = await journeys.call_deflection()
    rates = {one.content: one for one in found.groups}
    for content, rate in planted.items():
        one = rates[content]
        assert one.sessions > 200
        assert one.deflection_rate == pytest.approx(rate, abs=4 * sqrt(rate * (1 - rate) / one.sessions) + 0.01)
    assert max(rates.values(), key=lambda one: one.deflection_rate).content == "router-reset"
    assert found.total is not None
    assert found.total.sessions == found.total.escalated + found.total.contained
    months = await journeys.call_deflection(by_content=False, period="month")
    assert sum(one.sessions for one in months.groups) == found.total.sessions
    assert len(months.groups) >= 10
    # On cookies the reader before the login is nobody who calls.
    cookies = await journeys.call_deflection(Selection(container="cookie"))
    assert cookies.total is not None
    assert cookies.total.escalated < found.total.escalated / 10
    before = await journeys.paths_before(events="did (help_view or login)", fields=("type", "content"), length=1)
    assert before.paths[0].text == "(nothing)" or before.paths[0].path[0][0] == "help_view"
    assert any(one.text == "help_view / cancel-contract" for one in before.paths)


async def tools(journeys: Journeys) -> None:
    planted = {"line-check": 0.80, "bill-explainer": 0.60, "chat-bot": 0.30}
    found = {one.tool: one for one in (await journeys.tools()).tools}
    for tool, rate in planted.items():
        one = found[tool]
        assert one.uses > 200
        assert one.success_rate == pytest.approx(rate, abs=4 * sqrt(rate * (1 - rate) / one.uses))
        after = {(step.succeeded, step.step): step.times for step in one.steps}
        assert after[True, "logout"] > 0.95 * one.successes
        failed = one.uses - one.successes
        assert after[False, "page_view"] == pytest.approx(failed / 2, abs=2.5 * sqrt(failed))
