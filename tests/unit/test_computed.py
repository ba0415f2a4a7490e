"""Declarations of computed attributes: what is understood, what is refused and how."""

from __future__ import annotations

import pytest

from graphcdp.base import CDPError
from graphcdp.segments.computed import ComputedAttributeError, declare, read_declarations
from graphcdp.segments.rule.ast import Aggregate, Compare, EventField, Events, Last, ProfileField, Text
from graphcdp.segments.rule.errors import RuleError

ORDERS = Aggregate(function="count", events=Events(types=("purchase",)))


@pytest.mark.parametrize(
    "text",
    ["", "purchased", "mean(revenue of purchased)", "count(purchased) or true", "count(purchased",
     "count(`}) DETACH DELETE (n) //)", "(" * 200],
)  # fmt: skip
def test_what_is_no_figure_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        declare("odd", text)
    assert len(refused.value.message) < 800


def test_the_expression_is_kept_in_its_canonical_form() -> None:
    declared = declare("usual", "  most frequent(category   of purchased in last 52 weeks) ", 2)
    assert declared.expression == "most frequent(category of purchased in last 52 weeks)"
    assert declared.aggregate == Aggregate(
        function="most frequent", field="category",
        events=Events(types=("purchase",), window=Last(seconds=52 * 7 * 86_400)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "aggregate", "at_least", "field"),
    [
        ("Orders", ORDERS, 1, "name"),
        ("orders`", ORDERS, 1, "name"),
        ("last_seen", ORDERS, 1, "name"),
        ("orders", ORDERS, 0, "at_least"),
        ("orders", ORDERS, True, "at_least"),
        ("orders", Aggregate(function="count", events=Events(by="household")), 1, "expression"),
        (
            "orders",
            Aggregate(
                function="count",
                events=Events(
                    where=Compare(left=EventField(name="size"), operator="=", right=ProfileField(name="usual_size"))
                ),
            ),
            1,
            "expression",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(name: str, aggregate: Aggregate, at_least: int, field: str) -> None:
    with pytest.raises(ComputedAttributeError) as refused:
        declare(name, aggregate, at_least)
    assert refused.value.fields["field"] == field


def test_a_file_of_declarations() -> None:
    text = "attributes:\n  orders: count(purchased)\n  spend: {expression: sum(revenue of purchased), at_least: 2}\n"
    orders, spend = read_declarations(text, "a.yaml")
    assert (orders.name, orders.expression, orders.at_least, orders.property_name) == (
        "orders", "count(purchased)", 1, "c_orders",
    )  # fmt: skip
    assert (spend.at_least, spend.version) != (orders.at_least, orders.version)


@pytest.mark.parametrize(
    "text",
    ["", "attributes: []", "attributes: {orders: 3}", "attributes: {orders: {expression: count(purchased), window: 3}}",
     "attributes: {orders: count(purchased)}\nmore: 1", "attributes: {orders: {title: Orders}}"],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(CDPError, match="a.yaml"):
        read_declarations(text, "a.yaml")


def test_text_of_the_rule_is_data() -> None:
    where = Compare(left=EventField(name="category"), operator="=", right=Text(value="`) DETACH DELETE n //"))
    declared = declare("odd", Aggregate(function="count", events=Events(where=where)))
    assert declared.fields == ("category",)
