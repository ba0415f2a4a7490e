"""Who ties devices to people: worked by hand, and on generated histories against the definitions put down again."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import Journeys, Selection, StitchingRule
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
MINUTE = 60


@dataclass(frozen=True)
class World:
    """Journeys, and how events come in."""

    journeys: Journeys
    pipeline: Pipeline


@pytest.fixture
async def world(graph: Graph) -> AsyncIterator[World]:
    """Nobody yet; it is 10,000 minutes past the beginning."""
    clock = MovableClock(at(10_000))
    rules = RuleBook(graph, clock)
    yield World(Journeys(graph, clock, Language(graph, clock, rules), rules), Pipeline(graph, clock, rules, b"k" * 32))


async def _two_people_on_one_browser(world: World) -> None:
    await world.pipeline.ingest(
        [
            fact("anonymous_id|b1", minute=0),
            fact("anonymous_id|b1", "user_id|ana", minute=10, type="login"),
            fact("anonymous_id|b1", minute=20),
            fact("anonymous_id|b1", "user_id|ben", minute=30, type="login"),
            fact("anonymous_id|b1", minute=40, type="purchase"),
            fact("anonymous_id|b2", minute=50),
            fact("user_id|ben", minute=60, type="purchase", channel="store"),
        ]
    )


async def test_two_people_on_one_browser_by_hand(world: World) -> None:
    await _two_people_on_one_browser(world)
    until_65 = Selection(end=at(65))
    found = await world.journeys.stitching(until_65, StitchingRule(lookback_seconds=50 * MINUTE, converts="purchased"))
    assert (found.events, found.devices, found.shared) == (7, 2, 1)
    # device: b1, b2, and Ben in the store. live: b1 (minute 0), Ana (10, 20), Ben (30, 40, 60), b2.
    # replay: minute 20 lies within the 50 minutes and becomes Ben's, minute 0 does not. graph: Ben with b1, Ana, b2.
    figures = found.frame()[["people", "tied", "converted"]].to_numpy().tolist()
    assert figures == [[3, 1, 2], [4, 5, 1], [4, 5, 1], [3, 6, 1]]
    assert list(found.frame().index) == ["device", "live", "replay", "graph"]
    assert found.methods[1].tied_rate == 5 / 7
    assert found.methods[1].conversion_rate == 1 / 4
    assert found.rules["persistent"][:1] != found.rules["transient"][:1]
    longer = await world.journeys.stitching(until_65, StitchingRule(lookback_seconds=66 * MINUTE))
    assert (longer.methods[2].people, longer.methods[2].tied) == (3, 6)  # minute 0 is Ben's, too
    assert {one.converted for one in longer.methods} == {None}
    assert "replay" in longer.plot().html()


async def test_only_selected_events_say_who_was_there(world: World) -> None:
    await _two_people_on_one_browser(world)
    early = await world.journeys.stitching(Selection(end=at(25)))
    assert [one.people for one in early.methods] == [1, 2, 1, 2]
    views = await world.journeys.stitching(Selection(within="type = 'page_view'", end=at(65)))
    assert [(one.people, one.tied) for one in views.methods[:3]] == [(2, 0)] * 3
    assert [one.people for one in (await world.journeys.stitching(Selection(start=at(9_000)))).methods] == [0] * 4
    nothing = (await world.journeys.stitching(Selection(start=at(9_000)), StitchingRule(converts="purchased"))).methods
    assert {(one.tied_rate, one.conversion_rate) for one in nothing} == {(None, None)}


@pytest.mark.parametrize("seed", range(3))
async def test_generated_histories_agree_with_the_definitions(world: World, seed: int) -> None:
    chance = random.Random(seed)
    history: list[tuple[int, str | None, str | None, str]] = []
    for minute in range(120):
        device = chance.choice(["d1", "d2", "d3", "d4", None])
        person = chance.choice(["p1", "p2", "p3"]) if device is None or chance.random() < 0.2 else None
        history.append((minute, device, person, chance.choice(["page_view", "page_view", "purchase"])))
    await world.pipeline.ingest(
        [
            fact(*(f"anonymous_id|{d}" for d in (device,) if d), *(f"user_id|{p}" for p in (person,) if p),
                 minute=minute, type=kind, id=f"e{minute:03}")
            for minute, device, person, kind in history
        ]
    )  # fmt: skip
    lookback = chance.choice([20, 60, 200])
    found = await world.journeys.stitching(
        Selection(end=at(120)), StitchingRule(lookback_seconds=lookback * MINUTE, converts="purchased")
    )
    expected: dict[str, list[tuple[str, bool, bool]]] = {"device": [], "live": [], "replay": []}
    for minute, device, person, kind in history:
        seen = [(m, p) for m, d, p, _ in history if p is not None and d == device and device is not None]
        before = [p for m, p in seen if m <= minute]
        lately = [p for m, p in seen if m > 120 - lookback]
        live = person or (before[-1] if before else None)
        again = person or (lately[-1] if lately and minute > 120 - lookback else live)
        for method, who in (("device", person if device is None else None), ("live", live), ("replay", again)):
            expected[method].append((who or str(device), who is not None, kind == "purchase"))
    for one in found.methods[:3]:
        rows = expected[one.method]
        assert one.people == len({who for who, _, _ in rows}), one.method
        assert one.tied == sum(tied for _, tied, _ in rows), one.method
        assert one.converted == len({who for who, _, bought in rows if bought}), one.method


async def test_what_cannot_be_asked_is_said(world: World) -> None:
    ask = world.journeys.stitching
    for rule, text in (
        (
            StitchingRule(persistent=("anonymus_id",)),
            "There is no namespace `anonymus_id`. Did you mean `anonymous_id`?",
        ),
        (StitchingRule(("email",), ("email",)), "`email` is said to be a device's and a person's"),
        (StitchingRule(lookback_seconds=0), "The window is 0 seconds"),
    ):
        with pytest.raises(InvalidInputError, match=text.replace("?", r"\?")):
            await ask(rule=rule)
    with pytest.raises(InvalidInputError, match="side by side"):
        await ask(Selection(container="cookie"))
