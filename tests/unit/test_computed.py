"""Declarations of computed attributes: what is understood, what is refused and how."""

from __future__ import annotations

import pytest

from graphcdp.base import CDPError
from graphcdp.segments.ast import Aggregate, Between, Compare, Date, EventField, Events, Last, ProfileField, Text
from graphcdp.segments.computed import ComputedAttributeError, declare, read_declarations, read_expression

ORDERS = Aggregate(function="count", events=Events(types=("purchase",)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("count(purchase)", ORDERS),
        ("  count ( purchase )  ", ORDERS),
        ("last(ts of any event)", Aggregate(function="last", field="ts", events=Events())),
        (
            "most frequent(category of purchase or return in last 365 days)",
            Aggregate(
                function="most frequent",
                field="category",
                events=Events(types=("purchase", "return"), window=Last(seconds=365 * 86_400)),
            ),
        ),
        (
            "sum(revenue of purchase since 2026-01-01 until 2026-02-01T00:00:00Z)",
            Aggregate(
                function="sum",
                field="revenue",
                events=Events(
                    types=("purchase",),
                    window=Between(since=Date(value="2026-01-01"), until=Date(value="2026-02-01T00:00:00Z")),
                ),
            ),
        ),
    ],
)
def test_expressions_are_understood(text: str, tree: Aggregate) -> None:
    assert read_expression(text) == tree


@pytest.mark.parametrize(
    "text",
    ["", "purchase", "sum(revenue of)", "mean(revenue of purchase)", "count(purchase) or true", "count(purchase",
     "count(`}) DETACH DELETE (n) //)", "sum(revenue of purchase in last 99999 years)", "(" * 200],
)  # fmt: skip
def test_what_is_no_figure_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ComputedAttributeError) as refused:
        read_expression(text)
    assert refused.value.fields["field"] == "expression"
    assert len(refused.value.message) < 800
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("name", "aggregate", "at_least", "field"),
    [
        ("Orders", ORDERS, 1, "name"),
        ("orders`", ORDERS, 1, "name"),
        ("last_seen", ORDERS, 1, "name"),
        ("orders", ORDERS, 0, "at_least"),
        ("orders", ORDERS, True, "at_least"),
        ("orders", Aggregate(function="count", field="revenue", events=Events()), 1, "expression"),
        ("orders", Aggregate(function="sum", events=Events()), 1, "expression"),
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
        declare(name, "said", aggregate, at_least)
    assert refused.value.fields["field"] == field


def test_a_file_of_declarations() -> None:
    text = "attributes:\n  orders: count(purchase)\n  spend: {expression: sum(revenue of purchase), at_least: 2}\n"
    orders, spend = read_declarations(text, "a.yaml", read_expression)
    assert (orders.name, orders.expression, orders.at_least, orders.property_name) == (
        "orders", "count(purchase)", 1, "c_orders",
    )  # fmt: skip
    assert (spend.at_least, spend.version) != (orders.at_least, orders.version)


@pytest.mark.parametrize(
    "text",
    ["", "attributes: []", "attributes: {orders: 3}", "attributes: {orders: {expression: count(purchase), window: 3}}",
     "attributes: {orders: count(purchase)}\nmore: 1", "attributes: {orders: {title: Orders}}"],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(CDPError, match="a.yaml"):
        read_declarations(text, "a.yaml", read_expression)


def test_text_of_the_rule_is_data() -> None:
    where = Compare(left=EventField(name="category"), operator="=", right=Text(value="`) DETACH DELETE n //"))
    declared = declare("odd", "odd", Aggregate(function="count", events=Events(where=where)))
    assert declared.fields == ("category",)
