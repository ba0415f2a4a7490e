"""What is wrong with rules that can be read: names that are not there, kinds that do not fit, parts out of place."""

from __future__ import annotations

import pytest

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import NamedCondition, built_in
from graphcdp.segments.rule.parse import parse, parse_located
from graphcdp.segments.rule.tree import from_json, to_json
from graphcdp.segments.vocabulary.check import Problem, check, refuse
from graphcdp.segments.vocabulary.fields import EVENT, PROFILE, Field, Fields

FIELDS = Fields(
    profile={
        **PROFILE,
        "loyalty_tier": Field("loyalty_tier", "text", values=("Bronze", "Silver", "Gold"), complete=True),
        "city": Field("city", "text", values=("London",)),
        "points": Field("points", "number"),
        "email_opt_in": Field("email_opt_in", "boolean"),
        "customer_since": Field("customer_since", "date"),
        "preferred_size": Field("preferred_size", "text", "computed"),
        "odd": Field("odd", "mixed"),
    },
    event={
        **EVENT,
        "gift_wrap": Field("gift_wrap", "boolean", "event"),
        "remind_on": Field("remind_on", "date", "event"),
    },
    types={"product_view": 900, "add_to_cart": 80, "purchase": 60, "store_visit": 5},
    namespaces=frozenset({"email", "ecid"}),
    segments={"gift_cart_abandoners": "Gifts left in the cart"},
    named={
        **built_in(),
        "at_home": NamedCondition("at_home", "others", parse("household viewed product")),
        "rich": NamedCondition("rich", "no events", ast.Known(value=ast.ProfileField(name="points"))),
    },
)


def problems(text: str, fields: Fields = FIELDS) -> tuple[Problem, ...]:
    rule, places = parse_located(text)
    return check(rule, fields, places)


@pytest.mark.parametrize(
    "text",
    [
        "viewed or carted product where size != profile.preferred_size in last 7 days and abandoned cart",
        "profile.loyalty_tier = 'Gold' and profile.points >= 100 and profile.email_opt_in = true",
        "profile.customer_since < 2024-01-01 and profile.customer_since more than 365 days ago",
        "profile.odd > 3 and profile.odd contains 'x' and profile.last_seen in last 7 days",
        "did store_visit where (gift_wrap = true and ts >= 2026-01-01 and remind_on in next 7 days)",
        "sum(revenue of purchased) > 100 and distinct(category of purchased) >= 2 and last(size of purchased) = 'L'",
        "in segment gift_cart_abandoners and has identity email and consents to email and rich",
        "added to cart then purchased where product = step1.product within 1 hour",
        "purchased where product in (product of household viewed product) and a household member (purchased)",
    ],
)
def test_what_fits_is_fine(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "told", "near"),
    [
        ("everyone and\nprofile.loyality_tier = 'Gold'", 2, 1, "no attribute", "profile.loyalty_tier"),
        ("purchased where revenu > 5", 1, 17, "no property of events `revenu`", "revenue"),
        ("did store_visits", 1, 1, "no type of event `store_visits`", "store_visit"),
        ("in segment gift_cart_abandoner", 1, 1, "no segment", "gift_cart_abandoners"),
        ("everyone and purchsed in last 7 days", 1, 14, "no named condition or event `purchsed`", "purchased"),
        ("viewed prodct", 1, 1, "no named condition or event `viewed prodct`", "viewed product"),
        ("abandoned card", 1, 1, "no named condition or event `abandoned card`", "abandoned cart"),
        ("everyone and loyalty_tier is known", 1, 14, "written with `profile.`", "profile.loyalty_tier is known"),
        ("has identity e_mail", 1, 1, "no namespace", "email"),
        ("sum(revenues of purchased) > 1", 1, 1, "no property", "revenue"),
        ("profile.points = '100'", 1, 1, "Write the number without quotation marks", None),
        ("profile.city = 7", 1, 1, "Write it in quotation marks: '7'", None),
        ("profile.city > 'A'", 1, 1, "`>` compares numbers and dates", None),
        ("profile.points contains 'a'", 1, 1, "`contains` is about texts; this is a number", None),
        ("profile.email_opt_in = 'yes'", 1, 1, "is true or false, not a text", None),
        ("profile.customer_since = '2024-01-01'", 1, 1, "without quotation marks", None),
        ("profile.points = 2024-01-01", 1, 1, "is a number, not a date", None),
        ("profile.points in (1, '2')", 1, 1, "is a number, not a text", None),
        ("profile.points = profile.city", 1, 1, "A number is compared with a text", None),
        ("profile.points in last 7 days", 1, 1, "Only a date lies in a time", None),
        ("sum(category of purchased) > 1", 1, 1, "`sum` is of numbers; `category` is a text", None),
        ("count(purchased) = 'two'", 1, 1, "This is a number, not a text", None),
        ("purchased where product = step1.product", 1, 27, "no step 1 before", None),
        ("purchased then not called then purchased where size = step2.size", 1, 55, "no step 2 before", None),
        ("a household member (household purchased)", 1, 21, "ask it outside", None),
        ("a household member (a household member (purchased))", 1, 21, "ask it outside", None),
        ("a household member (at home)", 1, 1, "With its named conditions written out: The household of", None),
        ("rich in last 7 days", 1, 1, "`rich` names no events, so it takes no window", None),
        ("purchased where size = 'L' and remind_on in next 2 days", 1, 32, "put all that follows `where` in", None),
        ("profile.city = size", 1, 16, "in the `where` of an event", None),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, line: int, column: int, told: str, near: str | None) -> None:
    found = problems(text)
    assert found
    assert (found[0].severity, found[0].line, found[0].column, found[0].suggestion) == ("error", line, column, near)
    assert told in found[0].message
    assert found[0].message.startswith(f"Line {line}, column {column}: ")
    with pytest.raises(RuleError) as refused:
        refuse(found)
    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "told", "near"),
    [
        ("everyone", "matches everyone", None),
        ("profile.points > 3 or not profile.points > 3", "matches everyone", None),
        ("purchased at least 0 times or abandoned cart", "matches everyone", None),
        ("purchased and not (everyone or viewed product)", "matches nobody", None),
        ("profile.loyalty_tier = 'Bronz'", "is never `Bronz`", "Bronze"),
        ("called in last 7 days", "No event `call` has come in yet", None),
        ("consents to e_mail", "nobody is known to consent", "email"),
    ],
)
def test_what_may_be_meant_is_a_warning(text: str, told: str, near: str | None) -> None:
    (found,) = problems(text)
    assert (found.severity, found.suggestion) == ("warning", near)
    assert told in found.message
    refuse([found])


def test_where_nothing_has_come_in_anything_may_still_come() -> None:
    fresh = Fields(empty=True)
    assert {each.severity for each in problems("profile.anything = 1 and did something where nice = 2", fresh)} == {
        "warning"
    }
    assert problems("in segment x", fresh)[0].severity == "error"


def test_in_a_tree_the_path_says_where() -> None:
    about_person = {"kind": "member", "segment": "gift_cart_abandoners"}
    told = {
        "kind": "and",
        "conditions": [
            {"kind": "everyone"},
            {"kind": "did", "events": {"types": ["purchase"], "where": about_person}},
            {"kind": "known", "value": {"kind": "profile", "name": "cty"}},
            {"kind": "same", "field": "product", "of": "product", "events": {}},
        ],
    }
    found = check(from_json(told), FIELDS)
    assert [each.path for each in found] == ["conditions.1.events.where", "conditions.2.value", "conditions.3"]
    assert found[1].suggestion == "profile.city"


def test_what_is_too_large_is_refused() -> None:
    rule: ast.Condition = ast.Everyone()
    for _ in range(80):
        rule = ast.Not(condition=rule)
    assert "80" not in check(rule, FIELDS)[0].message
    assert "81 parts deep" in check(rule, FIELDS)[0].message
    wide = ast.AllOf(conditions=(ast.AllOf(conditions=(rule.condition,) * 60),) * 60)  # type: ignore[union-attr]
    assert "parts; 2,000 are the most" in check(wide, FIELDS)[0].message


@pytest.mark.parametrize(
    ("told", "path", "sentence"),
    [
        ("{", None, "no JSON"),
        ("[]", None, "an object with a `kind`"),
        ({"kind": "nope"}, "rule", "The kind 'nope' is none of"),
        ({"kind": "and", "conditions": [{"kind": "everyone"}]}, "conditions", "at least 2"),
        ({"kind": "did", "events": {"windw": 1}}, "events.windw", "no such part"),
        ({"kind": "not"}, "condition", "missing"),
        ({"kind": "did", "events": {"window": {"kind": "next", "seconds": 5}}}, "events.window", "lie in the past"),
        ({"kind": "did", "events": {"types": ["a`}) DETACH DELETE n //"]}}, "events.types.0", "should match pattern"),
        ({"kind": "known", "value": {"kind": "text", "value": "x"}}, "rule", "only a field or a figure"),
        ({"kind": "known", "value": {"kind": "profile", "name": "a"}, "known": 1}, "known", "valid boolean"),
    ],
)  # fmt: skip
def test_a_wrong_tree_says_where(told: object, path: str | None, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        from_json(told)
    assert refused.value.path == path
    assert sentence in refused.value.message


def test_a_tree_too_deep_is_refused() -> None:
    told: dict[str, object] = {"kind": "everyone"}
    for _ in range(3_000):
        told = {"kind": "not", "condition": told}
    with pytest.raises(RuleError, match="levels deep"):
        from_json(told)


def test_a_tree_is_read_as_it_is_written() -> None:
    rule, _ = parse_located("viewed product where size in ('L', 2) in last 7 days and not (purchased or rich)")
    assert from_json(to_json(rule)) == rule
