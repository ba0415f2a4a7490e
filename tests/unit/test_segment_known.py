"""What rules may speak of: what Luma's sources declare, with what stood in people and events that were looked at."""

from __future__ import annotations

from graphcdp.ingest import Seed
from graphcdp.segments.vocabulary.fields import Field
from graphcdp.segments.vocabulary.known import _declared_types, _event, _profile

SOURCES = {one.source: one for one in Seed.load("luma").sources}
TEXT, NUMBER, FLAG = ["STRING NOT NULL"], ["INTEGER NOT NULL", "FLOAT NOT NULL"], ["BOOLEAN NOT NULL"]


def test_what_sources_declare_is_there_before_it_comes() -> None:
    assert {"reminder_request", "product_view", "help_view", "call"} <= set(_declared_types(SOURCES))
    assert "skip" not in _declared_types(SOURCES)
    profile = _profile(SOURCES, ["a_old", "p_x"], {"orders": "number"}, [])
    assert profile["customer_since"] == Field("customer_since", "date", sources=("luma_crm",))
    assert profile["sms_opt_in"].kind == "boolean"
    assert (profile["orders"].origin, profile["old"], "x" in profile) == ("computed", Field("old"), False)
    event = _event(SOURCES, ["a_old", "p_x"], [])
    assert event["gift_wrap"] == Field("gift_wrap", "unknown", "event", sources=("luma_web",))
    assert event["x"] == Field("x", "unknown", "event")
    assert event["price"].kind == "number"


def test_few_values_that_come_again_are_told_and_others_not() -> None:
    people = [
        ["a_tier", 2, 6, TEXT, ["Gold", "Silver"]],
        ["a_first_name", 30, 60, TEXT, [f"n{number}" for number in range(30)]],
        ["a_birth_date", 3, 9, TEXT, ["1990-01-01", "1991-01-01", "1992-01-01"]],
        ["a_points", 3, 90, NUMBER, [1, 2.5, 3]],
        ["a_vip", 1, 3, FLAG, [True]],
        ["a_odd", 2, 6, [*TEXT, *FLAG], ["yes", True]],
        ["a_orders", 2, 6, TEXT, ["stated", "before"]],
        ["c_orders", 2, 6, NUMBER, [1, 2]],
    ]
    found = _profile({}, [], {"orders": "unknown"}, people)
    assert found["tier"] == Field("tier", "text", values=("Gold", "Silver"), complete=True)
    kinds = {name: (one.kind, one.values) for name, one in found.items()}
    assert kinds["first_name"] == ("text", ())
    assert kinds["birth_date"] == ("date", ())
    assert kinds["points"] == ("number", ())
    assert kinds["vip"] == ("boolean", (True,))
    assert kinds["odd"] == ("mixed", ("yes", True))
    assert (found["orders"].kind, found["orders"].origin) == ("number", "computed")
    seen = [
        ["p_gift", 1, 3, FLAG, [True], ["purchase", "add_to_cart"]],
        ["category", 1, 3, TEXT, ["men"], ["purchase"]],
    ]
    event = _event({}, [], seen)
    assert event["gift"] == Field("gift", "boolean", "event", (True,), True, types=("add_to_cart", "purchase"))
    assert (event["category"].kind, event["category"].values) == ("text", ("men",))
