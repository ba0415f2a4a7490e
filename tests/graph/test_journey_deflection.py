"""Drivers of an outcome, call deflection, and paths before a call: small histories worked out by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import DeflectionRule, DriverRule, Journeys, Selection
from graphcdp.journeys.deflection import CALL_DRIVERS, DeflectionGroup
from graphcdp.journeys.odds import Table, associate
from graphcdp.model import Fact
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

HOUR, DAY = 60, 1_440


@pytest.fixture
async def journeys(graph: Graph) -> AsyncIterator[Journeys]:
    clock = MovableClock(at(1_000 * DAY))
    rules = RuleBook(graph, clock)
    yield Journeys(graph, clock, Language(graph, clock, rules), rules)


async def happens(graph: Graph, *facts: Fact) -> None:
    clock = MovableClock(at(1_000 * DAY))
    await Pipeline(graph, clock, RuleBook(graph, clock), b"k" * 32).ingest(facts)


def helps(who: str, minute: float, content: str = "bill") -> Fact:
    return fact(f"user_id|{who}", type="help_view", minute=minute, properties={"content": content})


def calls(who: str, minute: float) -> Fact:
    return fact(f"user_id|{who}", type="call", channel="call_centre", minute=minute)


def does(who: str, minute: float, type: str) -> Fact:
    return fact(f"user_id|{who}", type=type, minute=minute)


async def test_deflection_by_hand(journeys: Journeys, graph: Graph) -> None:
    await happens(
        graph,
        # Ana reads twice in one session and calls twice: one session escalated, two calls.
        helps("ana", 0), helps("ana", 20, "router"), calls("ana", 21), calls("ana", DAY),
        # Ben calls at the very instant (not later), and a second after the window.
        helps("ben", 0), calls("ben", 0), calls("ben", 7 * DAY + 1 / 60),
        # Cy reads again the next day, then calls at the window's last instant for the second session only.
        helps("cy", 0), helps("cy", DAY), calls("cy", 8 * DAY),
        # Di calls without having read; Ed does something else.
        calls("di", 5), does("ed", 0, "page_view"),
    )  # fmt: skip
    found = await journeys.call_deflection()
    assert found.total == DeflectionGroup(None, None, 4, 2, 2, 0.5, 1, 3, 3, 2)
    assert found.groups == (
        DeflectionGroup("bill", None, 4, 2, 2, 0.5, 1, 3, 3, 2),
        DeflectionGroup("router", None, 1, 1, 0, 0.0, 0, 2, 1, 1),
    )
    assert found.frame().loc["router", "escalated"] == 1
    assert found.rules["window_seconds"] == 7 * 86_400
    page = await journeys.self_service_sessions(escalated=True)
    assert {(one.number, one.contents, one.called) for one, _ in page.items} == {
        (1, ("bill", "router"), at(21)),
        (2, ("bill",), at(8 * DAY)),
    }
    first = await journeys.self_service_sessions(first=3)
    rest = await journeys.self_service_sessions(first=3, after=first.items[-1][1])
    assert (len(first.items), first.more, len(rest.items), rest.more) == (3, True, 1, False)
    by_day = (await journeys.call_deflection(by_content=False, period="day")).groups
    assert [(one.since, one.sessions, one.escalated) for one in by_day] == [("2026-03-01", 3, 1), ("2026-03-02", 1, 1)]
    # Sessions lie in the period, calls may lie behind it.
    one_day = await journeys.call_deflection(Selection(start=at(DAY), end=at(DAY + 1)))
    assert one_day.total is not None
    assert (one_day.total.sessions, one_day.total.escalated) == (1, 1)
    web = await journeys.call_deflection(Selection(within="channel = 'web'"))
    assert web.total == found.total


async def test_of_nothing_comes_nothing(journeys: Journeys) -> None:
    found = await journeys.call_deflection()
    assert (found.total, found.groups, len(found.frame())) == (None, (), 0)
    drivers = await journeys.drivers()
    assert (drivers.drivers, drivers.entered, len(drivers.frame())) == ((), 0, 0)
    assert (await journeys.paths_before()).paths == ()


async def test_drivers_by_hand(journeys: Journeys, graph: Graph) -> None:
    facts: list[Fact] = []
    for number in range(20):  # 12 read reviews, 9 of them buy; of the 8 others 2 do
        who = f"p{number:02d}"
        facts.append(does(who, 0, "product_view"))
        if number < 12:
            facts.append(does(who, 1, "product_review"))
        if number < 9 or number in (12, 13):
            facts.append(does(who, 2, "purchase"))
        facts.append(does(who, 3, "logout"))  # after the purchase: tells nothing of those who bought
    facts.append(does("late", 0, "product_view"))
    facts.append(does("late", 15 * DAY, "purchase"))  # outside the window
    facts.append(does("never", 0, "search"))  # never entered
    await happens(graph, *facts)
    found = await journeys.drivers(rule=DriverRule(start="viewed product"))
    assert (found.entered, found.succeeded) == (21, 11)
    review = next(one for one in found.drivers if one.label == ("product_review",))
    table = Table(9, 3, 2, 7)
    assert (review.with_success, review.with_failure, review.without_success, review.without_failure) == table
    assert (review.odds_ratio, review.p) == (associate(table).odds_ratio, associate(table).p)
    assert review.avoidable == pytest.approx(11 - 21 * 2 / 9)
    logout = next(one for one in found.drivers if one.label == ("logout",))
    assert (logout.with_success, logout.with_failure, logout.direction) == (0, 9, "failure")
    assert found.frame().index.name == "type"
    assert {one.label for one in found.drivers} == {("product_review",), ("logout",)}
    page = await journeys.driver_people(("product_review",), rule=DriverRule(start="viewed product"), first=10)
    assert len(page.items) == 10
    assert page.more
    everybody = await journeys.driver_people(None, rule=DriverRule(start="viewed product"))
    assert sum(one.succeeded is not None for one, _ in everybody.items) == 11


async def test_strata_undo_a_confounder(journeys: Journeys, graph: Graph) -> None:
    """The old see the page more often and call more often; inside an age the page changes nothing."""
    facts: list[Fact] = []
    for age, exposed, count, called in (("old", True, 8, 4), ("old", False, 2, 1), ("young", True, 5, 1),
                                        ("young", False, 15, 3)):  # fmt: skip
        for number in range(count):
            who = f"{age}{exposed}{number}"
            facts.append(record(f"user_id|{who}", age=age))
            facts.append(does(who, 0, "page_view"))
            if exposed:
                facts.append(helps(who, 1))
            if number < called:
                facts.append(calls(who, 2))
    await happens(graph, *facts)
    plain = await journeys.call_drivers()
    (bill,) = plain.drivers
    assert bill.label == ("help_view", "bill")
    assert bill.avoidable == pytest.approx(9 - 30 * 4 / 17)
    assert bill.odds_ratio > 1.5
    rule = DriverRule(outcome="called", fields=("type", "content"), index_counts=True, strata=("age",))
    (fair,) = (await journeys.call_drivers(rule=rule)).drivers
    assert fair.odds_ratio == bill.odds_ratio
    assert fair.avoidable == pytest.approx(0, abs=1e-9)
    assert fair.mantel_haenszel == pytest.approx(1)
    assert fair.left_out == 0
    for ask in (
        lambda: journeys.call_drivers(rule=replace(rule, strata=("age", "aeg"))),
        lambda: journeys.driver_people(("help_view", "bill"), rule=replace(rule, strata=("profile.aeg",))),
    ):
        with pytest.raises(RuleError, match=r"no attribute of profiles `aeg`. Did you mean `age`\?"):
            await ask()


async def test_only_people_are_independent(journeys: Journeys, graph: Graph) -> None:
    await happens(graph, helps("ana", 0), calls("ana", 9))
    for count in ("sessions", "events"):
        with pytest.raises(InvalidInputError, match=f"Drivers count people, not {count}: .* `call-deflection` counts"):
            await journeys.call_drivers(count=count)  # type: ignore[arg-type]
    assert (await journeys.call_drivers(count="people")).succeeded == 1


async def test_the_index_counts_for_calls(journeys: Journeys, graph: Graph) -> None:
    await happens(graph, *[helps(f"a{each}", 0) for each in range(5)], *[calls(f"a{each}", 9) for each in range(3)],
                  *[calls(f"b{each}", 0) for each in range(4)])  # fmt: skip
    found = await journeys.call_drivers(rule=CALL_DRIVERS)
    (bill,) = found.drivers
    assert (found.entered, found.succeeded) == (9, 7)
    assert (bill.with_success, bill.with_failure, bill.without_success, bill.without_failure) == (3, 2, 4, 0)


async def test_paths_before_a_call(journeys: Journeys, graph: Graph) -> None:
    for who in ("ana", "ben"):
        await happens(
            graph, does(who, 0, "login"), does(who, 1, "search"), does(who, 2, "search"), helps(who, 3), calls(who, 4),
            does(who, 5, "logout"), calls(who, 6), calls(who, 8 * DAY),
        )  # fmt: skip
    found = await journeys.paths_before()
    assert [(one.text, one.times, one.people) for one in found.paths] == [
        ("(nothing)", 2, 2),
        ("login > search > help_view", 2, 2),
        ("logout", 2, 2),
    ]
    long = await journeys.paths_before(collapse=False, fields=("type", "channel"), length=2)
    assert "search / web > help_view / web" in long.frame().index
    with pytest.raises(InvalidInputError, match="1 to 10 events"):
        await journeys.paths_before(length=11)


async def test_browser_can_call_them(journeys: Journeys, graph: Graph) -> None:
    await happens(graph, helps("ana", 0), calls("ana", 1))
    await install_procedures(graph)
    (row,) = await graph.read_text(
        "CALL custom.graphcdp.journey.call_deflection({types: ['help_view']}, {types: ['call']})"
        " YIELD sessions, escalated RETURN *"
    )
    assert (row["sessions"], row["escalated"]) == (1, 1)
    rows = await graph.read_text(
        "CALL custom.graphcdp.journey.drivers({types: ['call']}, null, null, ['content'], 86400, true)"
        " YIELD label, people, succeeded RETURN *"
    )
    assert {(str(one["label"]), one["people"], one["succeeded"]) for one in rows} == {
        ("None", 1, 1),
        ("['bill']", 1, 1),
    }
    with pytest.raises(InvalidInputError, match="366 days"):
        await journeys.call_deflection(rule=DeflectionRule(window_seconds=0))
