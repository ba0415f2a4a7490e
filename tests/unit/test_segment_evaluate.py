"""The streaming evaluator on people made by hand: who fulfils a rule, and until when that is sure."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from graphcdp.governance import DENIED, FOREVER
from graphcdp.segments.evaluation.evaluate import evaluate
from graphcdp.segments.evaluation.needs import Needs, needs
from graphcdp.segments.evaluation.person import Occurrence, Person
from graphcdp.segments.rule.parse import parse

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def at(minutes: float, kind: str, **properties: str | float | bool) -> Occurrence:
    """An event so many minutes after noon."""
    return Occurrence(NOON + timedelta(minutes=minutes), f"{kind}{minutes}", kind, properties)


def holds(rule: str, person: Person, minutes: float = 0) -> bool:
    return evaluate(parse(rule), person, NOON + timedelta(minutes=minutes)).member


def sure_until(rule: str, person: Person, minutes: float = 0) -> float | None:
    """Until how many minutes after noon the answer is sure."""
    until = evaluate(parse(rule), person, NOON + timedelta(minutes=minutes)).until
    return None if until is None else (until - NOON) / timedelta(minutes=1)


SARAH = Person(
    "sarah",
    {"tier": "Bronze", "points": 383, "since": "2023-10-26", "email_opt_in": True, "vip": False, "size": "S"},
    frozenset({"email", "crm_id"}),
    frozenset({"runners"}),
    (
        at(-60, "product_view", category="men", size="L"),
        at(-50, "add_to_cart", category="men", size="L", price=59.0),
        at(-45, "cart_view"),
    ),
    consents={"email": FOREVER, "push": NOON + timedelta(minutes=7), "ads": DENIED, "ads__email": FOREVER},
)


@pytest.mark.parametrize(
    "rule",
    [
        "profile.tier = 'Bronze' and profile.points >= 383.0 and profile.vip = false",
        "profile.nothing is unknown and not profile.nothing = 'x' and not profile.nothing != 'x'",
        "profile.tier in ('Silver', 'Bronze') and profile.tier not in ('Gold', 1)",
        "profile.since < 2024-01-01 and profile.since >= 2023-10-26 and not profile.tier < 2024-01-01",
        "not profile.points = '383' and not profile.points != '383' and not profile.vip = 0",
        "profile.since more than 365 days ago and not profile.since in last 365 days",
        "has identity email and not has identity phone and in segment runners and not in segment x",
        "consents to email and not consents to sms and consents to push and not consents to ads",
        "not consents to ads__email and consents to mails__email and consents to push__sms",
        "viewed product where category = 'men' and size != profile.size in last 60 minutes",
        "not viewed product in last 59 minutes",
        "did any event exactly 3 times and never purchased",
        "sum(price of added to cart) = 59 and count(purchased) = 0 and not average(price of purchased) >= 0",
        "viewed product then added to cart where category = step1.category within 10 minutes then not purchased",
        "added to cart then not purchased within 50 minutes",
        "not added to cart then not purchased within 51 minutes",
        "not added to cart then viewed product",
        "first(type of did any event) = 'product_view' and last(type of did any event) = 'cart_view'",
        "not a household member (everyone) and everyone",
    ],
)  # fmt: skip
def test_sarah_fulfils(rule: str) -> None:
    assert holds(rule, SARAH)


def test_sequences_go_back_for_another_beginning() -> None:
    person = Person("p", events=(at(0, "a", x=1), at(1, "b", x=2), at(2, "a", x=2), at(3, "b", x=3), at(4, "b", x=2)))
    assert holds("did a then did b where x = step1.x within 2 minutes", person, 5)
    assert not holds("did a then did b where x = step1.x within 1 minute", person, 5)
    assert holds("did a then did b within 1 minute then not did b within 60 seconds", person, 5)


def test_events_of_one_instant_are_in_order_of_id() -> None:
    person = Person("p", events=(Occurrence(NOON, "1", "b", {}), Occurrence(NOON, "2", "a", {})))
    assert holds("did b then did a", person)
    assert not holds("did a then did b", person)


def test_household() -> None:
    home = Person("p", {"likes": "red"}, events=(at(-1, "purchase", product="x"),), others=(
        Person("q", {"likes": "blue"}, events=(at(-9, "product_view", product="x", color="red"),)),
    ))  # fmt: skip
    assert (
        holds("purchased where product in (product of household viewed product)", home) is False
    )  # nodes tell, see below
    assert holds("household viewed product where color = profile.likes", home)
    assert holds("a household member (profile.likes = 'blue' and viewed product)", home)
    assert not holds("viewed product", home)


def test_products_are_compared_by_their_nodes() -> None:
    bought = Occurrence(NOON, "1", "purchase", {}, {"product": frozenset({"x", "y"})})
    seen = Occurrence(NOON, "2", "product_view", {}, {"product": frozenset({"y"})})
    rule = "purchased where product in (product of household viewed product in last 7 days)"
    assert holds(rule, Person("p", events=(bought,), others=(Person("q", events=(seen,)),)))
    assert not holds(rule, Person("p", events=(bought, seen)))


@pytest.mark.parametrize(
    ("rule", "minutes"),
    [
        ("profile.tier = 'Bronze'", None),
        ("viewed product in last 2 hours", 60 + TICK / timedelta(minutes=1)),
        ("did any event at least 2 times in last 2 hours", 70 + TICK / timedelta(minutes=1)),
        ("not did cart_view in last 50 minutes", 5 + TICK / timedelta(minutes=1)),
        ("added to cart then not purchased within 1 hour", 10),
        ("profile.tier = 'Gold' and viewed product in last 2 hours", None),
        ("profile.tier = 'Bronze' or viewed product in last 2 hours", None),
        ("consents to email and consents to push", 7),
        ("consents to push__email", None),
        ("viewed product more than 2 hours ago", 60 + TICK / timedelta(minutes=1)),
        ("viewed product then added to cart", None),
        ("viewed product in last 70 minutes then added to cart then viewed cart", 10 + TICK / timedelta(minutes=1)),
        ("viewed product then not did cart_view in last 50 minutes", 5 + TICK / timedelta(minutes=1)),
        ("viewed product then not did cart_view in last 30 minutes within 2 hours", 60),
    ],
)
def test_until_when_it_is_sure(rule: str, minutes: float | None) -> None:
    assert sure_until(rule, SARAH) == pytest.approx(minutes, abs=1e-9)


@pytest.mark.parametrize(
    "rule",
    [
        "added to cart then not purchased and not did add_to_cart in last 30 minutes",
        "viewed product then viewed product then viewed product then called",
        "added to cart then purchased where product = step1.product within 1 minute",
        "viewed product then added to cart where product = step1.product then purchased where product = step2.product",
        "viewed product where product in (product of purchased where price > 99)",
        "did any event where price > average(price of did any event)",
    ],
)
def test_the_busiest_person_is_decided_at_once(rule: str) -> None:
    """Eight thousand events and no such sequence: looking at every pair of them would take seconds, or minutes."""
    kinds = ("product_view", "add_to_cart", "product_view", "product_view")
    events = [
        at(-number / 10, kinds[number % 4], product=f"p{number % 7 if number % 4 == 1 else 7 + number % 90}", price=1.0)
        for number in range(8_000)
    ]
    person = Person("busy", events=(*reversed(events), at(0, "purchase", product="p200", price=1.0)))
    began = time.process_time()
    assert not holds(rule, person)
    assert time.process_time() - began < 1


def test_an_event_ahead_of_its_time_counts_from_then_on() -> None:
    person = Person("p", events=(at(5, "purchase"),))
    assert not holds("purchased", person)
    assert sure_until("purchased", person) == 5
    assert holds("purchased", person, 5)


def test_what_a_rule_needs() -> None:
    rule = parse(
        "viewed product where size != profile.size in last 7 days"
        " and household purchased in last 1 day and in segment s"
    )
    assert needs(rule) == Needs(
        types=frozenset({"product_view"}),
        household_types=frozenset({"purchase"}),
        fields=frozenset({"size"}),
        properties=frozenset({"size"}),
        segments=frozenset({"s"}),
        household=True,
        look_back_seconds=7 * 86_400,
    )
    assert needs(parse("added to cart then not purchased")).look_back_seconds is None
    assert needs(parse("did any event in last 2 hours")).types is None
    assert needs(parse("profile.x = 1")).events is False
