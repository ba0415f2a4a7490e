"""Analyses under other identity rules and on cookies: what they say beforehand is what comes once the rules hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, RuleBook, parse_rules
from graphcdp.identity.other_rules.simulate import Simulations
from graphcdp.ingest import Pipeline
from graphcdp.journeys import AttributionRule, Calendar, FlowRule, FunnelRule, Journeys, RetentionRule, Selection
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

SPACES = "namespaces: [{name: crm_id, unique: true}, {name: email}, {name: ecid, kind: cookie}]"
LOOSE = SPACES.replace(", unique: true", "")
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
FUNNEL = FunnelRule(("viewed product", "added to cart", "purchased"))


class Shop:
    """Ana and Ben on one browser; under rules that let a person have several accounts they are one."""

    def __init__(self, graph: Graph) -> None:
        self.clock = MovableClock(at(60 * 24 * 10))
        self.book = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, self.book, b"k" * 32)
        self.applying = Applying(graph, self.clock, self.book)
        self.applying.regrouped = self.pipeline.regroup
        self.journeys = Journeys(graph, self.clock, Language(graph, self.clock, self.book), self.book)
        self.journeys.assign = Simulations(graph, self.clock, self.book, self.pipeline.profile_id).assign


@pytest.fixture
async def shop(graph: Graph) -> AsyncIterator[Shop]:
    shop = Shop(graph)
    await shop.book.adopt(parse_rules(SPACES))
    day = 24 * 60
    await shop.pipeline.ingest(
        [
            fact("ecid|e1", id="1", minute=0, type="product_view"),
            fact("crm_id|ana", "ecid|e1", id="2", minute=1, type="login"),
            fact("crm_id|ana", id="3", minute=2, type="product_view"),
            fact("crm_id|ben", "ecid|e1", id="4", minute=day, type="add_to_cart", properties={"campaign": "spring"}),
            fact("crm_id|ben", id="5", minute=day + 2, type="purchase", properties={"revenue": 20}),
            fact("crm_id|cleo", "ecid|e2", id="6", minute=5, type="product_view"),
            fact("ecid|e2", id="7", minute=day * 2, type="add_to_cart"),
        ]
    )
    yield shop


def questions(journeys: Journeys) -> dict[str, Callable[[Selection], Awaitable[Any]]]:
    """Return every kind of analysis."""
    day = Calendar("day")
    return {
        "sessions": journeys.sessions,
        "funnel": lambda whose: journeys.funnel(FUNNEL, whose),
        "retention": lambda whose: journeys.retention(whose, RetentionRule(), day),
        "lifecycle": lambda whose: journeys.lifecycle(whose, calendar=day),
        "stickiness": lambda whose: journeys.stickiness(whose, calendar=day),
        "pattern": lambda whose: journeys.pattern("(viewed product)-->(purchased)", whose),
        "flow": lambda whose: journeys.flow(whose, FlowRule("purchased")),
        "paths": journeys.paths,
        "transitions": journeys.transitions,
        "channels": journeys.channels,
        "attribution": lambda whose: journeys.attribution(whose, AttributionRule()),
    }


def told(answer: Any) -> list[dict[str, Any]]:
    frame = answer.frame()
    rows = frame.astype(str).to_dict("records")
    return sorted(({"at": str(key), **row} for key, row in zip(frame.index, rows, strict=True)), key=str)


async def test_what_is_said_beforehand_is_what_comes(shop: Shop) -> None:
    before: dict[str, list[dict[str, Any]]] = {}
    differ = set()
    for name, question in questions(shop.journeys).items():
        compared = await shop.journeys.compare(question, identity_rules=LOOSE)
        before[name] = told(compared.there)
        assert set(compared.changed) >= {"identity_rules"}, name
        if told(compared.here) != before[name]:
            differ.add(name)
    assert differ >= {"funnel", "retention", "lifecycle", "stickiness", "pattern"}
    await shop.applying.apply(parse_rules(LOOSE))
    for name, question in questions(shop.journeys).items():
        assert told(await question(Selection())) == before[name], name


async def test_the_difference_is_a_table(shop: Shop) -> None:
    compared = await shop.journeys.compare(
        lambda whose: shop.journeys.pattern("(viewed product)-->(purchased)", whose), identity_rules=LOOSE
    )
    (row,) = compared.frame()["people"].to_dict("records")
    assert row == {"here": 1, "there": 1, "difference": 0} or row == {"here": 0, "there": 1, "difference": 1}
    on_cookies = await shop.journeys.compare(lambda whose: shop.journeys.funnel(FUNNEL, whose), cookies=True)
    assert on_cookies.changed["container"] == ("person", "cookie")
    people = on_cookies.frame()["people"]
    assert (people["there"] - people["here"] == people["difference"]).all()
    assert [one.people for one in on_cookies.here.steps] == [3, 2, 1]
    assert [one.people for one in on_cookies.there.steps] == [3, 0, 0]


async def test_people_are_named_as_they_would_be(shop: Shop) -> None:
    other = Selection(identity_rules=LOOSE)
    page = await shop.journeys.pattern_people("(login)-->(purchased)", other)
    ((found, _),) = page.items
    assert found.event_ids == ("2", "5")
    assert found.who == shop.pipeline.profile_id("crm_id|ana")


async def test_what_cannot_be_compared_is_refused(shop: Shop) -> None:
    ask = shop.journeys.sessions
    with pytest.raises(InvalidInputError, match="Compare with"):
        await shop.journeys.compare(ask)
    for refused in (
        shop.journeys.compare(lambda whose: shop.journeys.funnel_people(FUNNEL, whose), cookies=True),
        shop.journeys.by_part(shop.journeys.list_sessions, "type"),  # type: ignore[type-var]
    ):
        with pytest.raises(InvalidInputError, match="people are listed under one rule at a time"):
            await refused
    with pytest.raises(InvalidInputError, match="cookies are the same"):
        await ask(Selection(container="cookie", identity_rules=LOOSE))
    with pytest.raises(InvalidInputError, match="namespaces"):
        await ask(Selection(identity_rules="policy: last_login"))
