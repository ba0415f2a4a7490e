"""Estimates on the real graph: counted where that is quick, else from people drawn by chance."""

from __future__ import annotations

from typing import Any

import pytest

from graphcdp.graph import Graph
from graphcdp.platform import Platform
from graphcdp.segments import estimate
from graphcdp.segments.evaluation.compile_cypher import compile_rule
from graphcdp.segments.rule.parse import parse
from tests.make import at, fact, record

pytestmark = pytest.mark.anyio
PEOPLE = 300
RULE = "profile.tier = 'Gold'"


@pytest.fixture
async def shop(platform: Platform, clean: None) -> Platform:
    """The session's platform over a graph of 300 people, every second one of them Gold."""
    await platform.rules.in_force()
    await platform.pipeline.ingest(
        [record(f"user_id|u{n}", id=f"r{n}", tier="Gold" if n % 2 else "Bronze") for n in range(PEOPLE)]
    )
    return platform


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nobody has time to count everybody."""
    monkeypatch.setattr(estimate, "ALWAYS_COUNTED", 0)
    monkeypatch.setattr(estimate, "COUNTING_SECONDS", 0.0)
    monkeypatch.setattr(estimate, "SAMPLING_SECONDS", 60.0)
    return monkeypatch


async def test_few_people_are_all_asked(shop: Platform) -> None:
    found = await shop.segments.estimate(RULE)
    assert (found.people, found.low, found.high, found.exact) == (PEOPLE // 2,) * 3 + (True,)
    assert (found.sample, found.population) == (PEOPLE, PEOPLE)
    assert [(one.id, one.people) for one in found.reach] == [("user_id", PEOPLE // 2)]


async def test_where_counting_takes_too_long_some_are_drawn(shop: Platform, hurried: pytest.MonkeyPatch) -> None:
    hurried.setattr(estimate, "SAMPLE", PEOPLE // 2)
    found = await shop.segments.estimate(RULE)
    assert not found.exact
    assert 60 <= found.sample <= 240
    assert found.low < found.people < found.high
    assert abs(found.people - PEOPLE // 2) < 60  # seven standard deviations
    assert found.reach[0].people == pytest.approx(found.people, abs=1)


async def test_a_sample_of_everybody_is_a_count(shop: Platform, hurried: pytest.MonkeyPatch) -> None:
    found = await shop.segments.estimate(RULE)
    assert (found.people, found.exact, found.sample) == (PEOPLE // 2, True, PEOPLE)


async def test_a_sample_ends_when_the_time_is_up(shop: Platform, hurried: pytest.MonkeyPatch) -> None:
    hurried.setattr(estimate, "SAMPLING_SECONDS", 0.0)
    found = await shop.segments.estimate(RULE)
    assert (found.sample, found.exact) == (estimate.AT_FIRST, False)


async def test_who_came_last_is_drawn_like_everybody(shop: Platform, graph: Graph) -> None:
    drawn: set[str] = set()
    for _ in range(20):
        (ids,) = (await graph.read_rows("segments.sample", share=0.5))[0]
        drawn.update(ids)
    everybody = await graph.read_text("MATCH (p:Profile) RETURN collect(p.id) AS ids")
    assert drawn == set(everybody[0]["ids"])


async def test_a_sequence_reads_a_busy_persons_events_once(platform: Platform, graph: Graph, clean: None) -> None:
    compiled = compile_rule(parse("added to cart then purchased within 1 hour then not called within 3 days"))
    hits = []
    for since in (0, 150):  # a purchase never follows: every cart would be compared with every purchase
        await platform.pipeline.ingest(
            [
                fact("user_id|busy", id=f"{kind}{n}", type=kind, minute=n + minutes)
                for n in range(since, since + 150)
                for kind, minutes in (("purchase", 0), ("add_to_cart", 1_000))
            ]
        )
        async with graph._driver.session(database=graph.database) as session:
            result = await session.run("PROFILE " + compiled.text, compiled.parameters(at(100_000)))
            assert [record async for record in result] == []
            hits.append(_hits((await result.consume()).profile or {}))
    assert hits[1] < 2.2 * hits[0]


def _hits(plan: dict[str, Any]) -> int:
    return int(plan.get("dbHits", 0)) + sum(_hits(one) for one in plan.get("children", ()))
