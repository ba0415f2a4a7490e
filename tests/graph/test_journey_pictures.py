"""Every analysis can be drawn, of people and of nobody, and shows what its table says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import DriverRule, FunnelRule, Journeys, Selection
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
DAY = 24 * 60
NEVER = Selection(end=at(0) - timedelta(days=3_000))


@pytest.fixture
async def journeys(graph: Graph) -> AsyncIterator[Journeys]:
    """Six people who look, cart and buy; two of them use a tool and call."""
    clock = MovableClock(at(20 * DAY))
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    facts = []
    for person in range(6):
        user, start = f"user_id|u{person}", person * DAY
        told: list[tuple[int, str, str, dict[str, Any]]] = [
            (0, "product_view", "web", {"product": "p1", "product_name": "Sweatshirt", "campaign": "spring"}),
            (5, "help_view", "web", {"content": "returns"}),
            (10, "add_to_cart", "mobile", {"product": "p1"}),
        ]
        if person % 2:
            told.append((20, "purchase", "web", {"product": "p1", "revenue": 20.0}))
        if person < 2:
            told += [(30, "tool_use", "web", {"tool": "size guide"}), (40, "call", "call_centre", {})]
        facts += [
            fact(
                user, id=f"{person}-{minute}", minute=start + minute, type=type, channel=channel, properties=properties
            )
            for minute, type, channel, properties in told
        ]
    await pipeline.ingest(facts)
    yield Journeys(graph, clock, Language(graph, clock, rules), rules)


async def _drawn(journeys: Journeys, chosen: Selection) -> dict[str, Any]:
    return {
        "funnel": await journeys.funnel(FunnelRule(steps=("viewed product", "added to cart", "purchased")), chosen),
        "flow": await journeys.flow(selection=chosen),
        "paths": await journeys.paths(selection=chosen),
        "transitions": await journeys.transitions(chosen),
        "retention": await journeys.retention(chosen),
        "lifecycle": await journeys.lifecycle(chosen),
        "stickiness": await journeys.stickiness(chosen),
        "attribution": await journeys.attribution(chosen),
        "models": await journeys.compare_attribution(chosen),
        "drivers": await journeys.drivers(chosen, DriverRule(least_people=1)),
        "deflection": await journeys.call_deflection(chosen),
        "before": await journeys.paths_before(chosen),
        "channels": await journeys.channels(chosen),
        "popular": await journeys.popular(chosen, "product"),
        "sessions": await journeys.sessions(chosen),
        "tools": await journeys.tools(chosen),
        "stitching": await journeys.stitching(chosen),
    }


async def test_every_answer_is_drawn(journeys: Journeys) -> None:
    found = await _drawn(journeys, Selection())
    drawn = {name: one.plot().svg() for name, one in found.items()}
    for name, text in {
        "funnel": "3. purchased", "flow": "add_to_cart", "paths": "product_view", "transitions": "help_view",
        "retention": "100%", "lifecycle": "returning", "stickiness": "people", "attribution": "web",
        "models": "person: markov", "drivers": "odds ratio", "deflection": "returns", "before": "times",
        "channels": "call_centre", "popular": "Sweatshirt", "sessions": "bounced", "tools": "size guide",
        "stitching": "replay",
    }.items():  # fmt: skip
        assert text in drawn[name], name
    funnel = {row["step"]: row["people"] for row in found["funnel"].plot().spec["data"]["values"]}
    assert funnel == {"1. viewed product": 6, "2. added to cart": 6, "3. purchased": 3}


async def test_of_nobody_there_is_an_empty_picture(journeys: Journeys) -> None:
    for name, one in (await _drawn(journeys, NEVER)).items():
        assert name == "funnel" or "Nothing happened that was asked for." in one.plot().svg(), name  # its steps stand
