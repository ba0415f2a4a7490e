"""The language of segments: what is read, what is refused, and that the canonical text says the same."""

from __future__ import annotations

import time

import pytest

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.parse import parse, parse_figure
from graphcdp.segments.rule.text import to_text

GIFTS = """
viewed or carted product where category != profile.preferred_category and size != profile.preferred_size in last 7 days
and abandoned cart and profile.loyalty_tier is known  # as the marketer says it
"""
CANONICAL = [
    "viewed or carted product where category != profile.preferred_category and size != profile.preferred_size"
    " in last 7 days and abandoned cart and profile.loyalty_tier is known",
    "purchased at least 3 times in last 30 days or sum(revenue of purchased where size = 'L' in last 30 days) > 9",
    "added to cart then purchased where product = step1.product within 1 hour then not called within 3 days",
    "purchased where product in (product of household viewed product in last 7 days)",
    "not (in segment vip-1 or a household member (purchased)) and profile.renewal_date in next 30 days",
    "viewed product where ((category = 'men' or size in ('L', 'X\"L')) and price > 10) more than 30 days ago",
    "did (offer_x or offer_y) between 60 days and 30 days ago",
    "searched where query contains 'running' and in segment x",
    "profile.age >= 18 and profile.country in ('GB', 'IE') and has identity email and consents to email and everyone",
    "most frequent(category of purchased in last 365 days) = 'women'",
    "count(did any event since 2026-01-01 until 2026-02-01) != 5",
    "viewed product where (remind_on since 2026-01-01) and opened email",
    "profile.quote = 'it\\'s a \\\\ and a\\nline'",
]


def test_the_gift_rule_reads_as_the_marketer_says_it() -> None:
    week = ast.Last(seconds=7 * 86_400)
    assert parse(GIFTS) == ast.AllOf(
        conditions=(
            ast.Did(
                events=ast.Events(
                    types=("product_view", "add_to_cart"),
                    where=ast.AllOf(
                        conditions=tuple(
                            ast.Compare(
                                left=ast.EventField(name=name),
                                operator="!=",
                                right=ast.ProfileField(name=f"preferred_{name}"),
                            )
                            for name in ("category", "size")
                        )
                    ),
                    window=week,
                )
            ),
            ast.Named(name="abandoned_cart"),
            ast.Known(value=ast.ProfileField(name="loyalty_tier")),
        )
    )


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_is_read_and_written_alike(text: str) -> None:
    assert to_text(parse(text)) == text


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("NEVER purchased", "not purchased"),
        ("bought product once", "purchased once"),
        ("Viewed A Product", "viewed product"),
        ("purchased in the last 14 days", "purchased in last 14 days"),
        ("purchased between 30 and 60 days ago", "purchased between 60 days and 30 days ago"),
        ("did purchase", "purchased"),
        ("any household member (purchased)", "a household member (purchased)"),
        ("((everyone))", "everyone"),
        ("product_of_the_year in last 2 hours", "product of the year in last 2 hours"),
    ],
)
def test_other_words_for_the_same(said: str, canonical: str) -> None:
    assert to_text(parse(said)) == canonical


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("", 1, 1, "empty"),
        ("purchased\nand viewed product wher size = 'L'", 2, 20, "Did you mean `where`?"),
        ("purchased in last 7 dayz", 1, 21, "Did you mean `days`?"),
        ("category = 'men'", 1, 1, "`profile.category`"),
        ("everyone and (not category = 'men')", 1, 19, "`profile.category`"),
        ("profile.since in last 2 days and category = 'men'", 1, 34, "`profile.category`"),
        ("profile.city = 'London", 1, 16, "never closed"),
        ("profile.city =", 1, 15, "ends too early"),
        ("searched 'shoes'", 1, 10, "`'shoes'` is not expected here. Here could follow: `where`"),
        (
            "consents to 'email'",
            1,
            13,
            "`'email'` is not expected here. Here could follow: a name. Did you mean `email`?",
        ),
        ('in segment "runners"', 1, 12, "a segment or an audience. Did you mean `runners`?"),
        ("device.kind = 'phone'", 1, 1, "ask for it in the `where` of an event."),
        ("purchased at least 0.5 times", 1, 20, "a whole number from 0 to 1,000,000"),
        ("purchased exactly 1e99 times", 1, 19, "a whole number from 0 to 1,000,000"),
        ("purchased in last 0 days", 1, 19, "from 1 second to 3,660 days"),
        ("purchased then called within 0.1 seconds", 1, 30, "from 1 second to 3,660 days"),
        ("everyone and purchased in next 2 days", 1, 24, "Events lie in the past"),
        ("profile.x = 1e999", 1, 13, "this number is too large"),
        (f"did {'x' * 65}", 1, 1, "at most 64 of them"),
        (f"profile.x = '{'x' * 1001}'", 1, 13, "a text has at most 1,000 characters"),
        (f"profile.x in ({', '.join(['1'] * 1001)})", 1, 14, "at most 1,000 may stand here"),
        ("sum(purchased) > 1", 1, 1, "`sum` is of a property of events"),
        ("purchased since 2026-02-01 until 2026-02-01", 1, 11, "nothing lies between"),
        ("purchased twice then called", 1, 11, "within a sequence"),
        ("(" * 200 + "everyone" + ")" * 200, 1, 101, "More than 100 brackets"),
        ("not " * 200 + "everyone", 1, 401, "More than 100 brackets or `not`"),
        ("profile.city = 'x'; MATCH (n) DETACH DELETE n", 1, 19, "`;` is not expected"),
    ],
)
def test_a_wrong_rule_says_where_and_what(text: str, line: int, column: int, told: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse(text)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert told in refused.value.message


def test_a_long_rule_is_refused_at_once() -> None:
    with pytest.raises(RuleError, match="20,000 are the most"):
        parse("purchased and " * 2_000)


def test_a_figure_alone() -> None:
    assert parse_figure("sum(revenue of purchased)") == ast.Aggregate(
        function="sum", field="revenue", events=ast.Events(types=("purchase",))
    )


@pytest.mark.parametrize(
    "text",
    [
        "\\'",
        "'",
        '"',
        "`",
        "a ",
        "a.b ",
        "not a ",
        "(",
        "and ",
        "purchased then ",
        "x = 1 or ",
        "9",
        "#",
        "'\\",
        "=",
        "did ",
    ],
)
def test_twenty_thousand_characters_of_nonsense_are_refused_at_once(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(RuleError):
        parse((text * 20_000)[:20_000])
    assert time.perf_counter() - begun < 3
