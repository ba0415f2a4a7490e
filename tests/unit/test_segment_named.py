"""Named conditions: what they stand for, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphcdp.segments.evaluation.evaluate import evaluate
from graphcdp.segments.evaluation.person import Occurrence, Person
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import NamedCondition, built_in, expand
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.walk import walk

EVENING = datetime(2026, 11, 24, 18, 19, tzinfo=UTC)
OWN = {
    "loop": NamedCondition("loop", "a loop", parse("pool or purchased")),
    "pool": NamedCondition("pool", "a loop", parse("not loop")),
    "rich": NamedCondition("rich", "no events", parse("profile.income > 100000")),
    **{
        f"twice_{level}": NamedCondition(f"twice_{level}", "many", parse(f"twice_{level - 1} and twice_{level - 1}"))
        for level in range(1, 30)
    },
    "twice_0": NamedCondition("twice_0", "one", parse("purchased")),
}


@pytest.mark.parametrize("name", built_in())
def test_what_comes_along_is_said_in_the_language(name: str) -> None:
    asked = parse(name.replace("_", " "))
    assert asked == ast.Named(name=name)
    meaning = expand(asked)
    assert not any(isinstance(node, ast.Named) for node in walk(meaning))
    assert parse(to_text(meaning)) == meaning


def test_a_window_goes_to_the_first_events() -> None:
    assert to_text(expand(parse("abandoned cart in last 7 days and everyone"))) == (
        "(did (add_to_cart or checkout_start) in last 7 days then not purchased and not did (add_to_cart or"
        " remove_from_cart or cart_view or checkout_start) in last 30 minutes) and everyone"
    )
    assert to_text(expand(parse("new customer since 2026-01-01"))) == "purchased since 2026-01-01 and purchased once"


def test_sarah_abandons_her_cart_half_an_hour_after_she_last_touched_it() -> None:
    rule = expand(parse("abandoned cart"))
    touched = (
        Occurrence(EVENING - timedelta(minutes=3), "1", "add_to_cart", {}),
        Occurrence(EVENING, "2", "cart_view", {}),
    )
    bought = Occurrence(EVENING + timedelta(days=2), "3", "purchase", {})
    idle = EVENING + timedelta(minutes=30)
    assert not evaluate(rule, Person("sarah", events=touched), idle).member
    turns = evaluate(rule, Person("sarah", events=touched), EVENING).until
    assert turns is not None
    assert idle < turns <= idle + timedelta(seconds=1)
    assert evaluate(rule, Person("sarah", events=touched), turns).member
    assert not evaluate(rule, Person("sarah", events=(*touched, bought)), bought.ts).member


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("abandond cart", "no named condition or event `abandond cart`. Did you mean `abandoned cart`?"),
        ("quite something else", "no named condition or event `quite something else`."),
    ],
)
def test_an_unknown_name_is_refused(text: str, told: str) -> None:
    with pytest.raises(RuleError) as refused:
        expand(parse(text))
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("everyone and loop", "stands for itself, by way of loop → pool"),
        ("rich in last 7 days", "takes no window"),
        ("twice_29", "more than 5,000 parts"),
    ],
)
def test_what_cannot_be_replaced_is_refused(text: str, told: str) -> None:
    with pytest.raises(RuleError) as refused:
        expand(parse(text), OWN)
    assert told in refused.value.message
