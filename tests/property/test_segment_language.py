"""The language on generated rules and texts: what is written is read as the same; what cannot be read says where."""

from __future__ import annotations

import re

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.parse import parse, parse_located
from graphcdp.segments.rule.phrases import PHRASES
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.tree import from_json, to_json
from graphcdp.segments.rule.walk import walk
from graphcdp.segments.vocabulary.check import check
from graphcdp.segments.vocabulary.fields import Fields
from tests.property.profiles import share
from tests.property.said import SMALL, World, rules

WORDS = [
    "and", "or", "not", "in", "is", "of", "did", "has", "then", "where", "within", "known", "unknown", "last", "next",
    "first", "count", "sum", "time", "times", "true", "false", "everyone", "never", "household", "profile", "step1",
    "a", "an", "any", "event", "product", "segment", "ago", "since", "until", "between", "at", "most", "consents",
    "contains",
    *(phrase.replace(" ", "_") for phrase in PHRASES),
    "in_last", "more_than", "x", "x_1", "device.kind", "a.in", "not.not", "called_twice", "did_x", "is_known",
]  # fmt: skip
NAMES = st.sampled_from(WORDS) | st.from_regex(r"[a-z][a-z0-9_]{0,20}(\.[a-z][a-z0-9_]{0,10})?", fullmatch=True)
PLAIN = NAMES.map(lambda name: name.replace(".", "_"))
WILD = World(
    types=NAMES,
    profile=NAMES,
    event=NAMES,
    values=st.one_of(
        st.text(max_size=20),
        st.sampled_from(["'", '"', "\\", "\\'", "# no comment", "a\nb", "\t", "') or everyone", "$x", "`", "\x00"]),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
    ),
    dates=st.datetimes().map(lambda at: f"{at:%Y-%m-%d}".rjust(10, "0"))
    | st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")),
    seconds=st.integers(1, 10 * 366 * 86_400),
    segments=st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True) | PLAIN,
    namespaces=PLAIN,
    purposes=PLAIN,
    named=PLAIN,
)
"""Any name, also words of the language; any text and number."""
FIELDS = Fields()
SMALL_NAMED = World(named=("abandoned_cart", "active", "lapsed_customer", "first_purchase"))


@share(1)
@given(rules(SMALL_NAMED))
def test_a_rule_is_read_as_it_is_written(rule: ast.Condition) -> None:
    text = to_text(rule)
    assert parse(text) == rule
    assert to_text(parse(text)) == text


@share(1)
@given(rules(WILD))
def test_a_rule_of_any_words_is_read_as_it_is_written(rule: ast.Condition) -> None:
    assert parse(to_text(rule)) == rule
    assert from_json(orjson.dumps(to_json(rule))) == rule


@share(1)
@given(rules(SMALL_NAMED))
def test_any_rule_can_be_checked(rule: ast.Condition) -> None:
    told, places = parse_located(to_text(rule))
    for problem in check(told, FIELDS, places):
        assert problem.line == 1
        assert not any(word in problem.message for word in ("where` only", "`where` of an event", "no step", "outside"))


@share(1)
@given(rules(SMALL_NAMED), st.sampled_from(["upper", "spaces", "comments"]))
def test_capitals_spaces_and_comments_do_not_matter(rule: ast.Condition, how: str) -> None:
    outside = re.split(r"('(?:[^'\\]|\\.)*'|\d[\dTZ:-]*)", to_text(rule))
    changed = {
        "upper": str.upper,
        "spaces": lambda text: text.replace(" ", " \n\t "),
        "comments": lambda text: text.replace(" ", " # it's a (comment) and\n "),
    }[how]
    text = "".join(part if place % 2 else changed(part) for place, part in enumerate(outside))
    assert parse(text) == rule


@share(1)
@given(st.text(max_size=60) | st.lists(st.sampled_from([*WORDS, *PHRASES, "(", ")", "=", "'", "1", ","])).map(" ".join))
@example("profile.x = '\\")
@example("(" * 101)
@example("not " * 101)
@example("𐐷")
@example("purchased where " + "not (" * 20)
def test_any_text_is_a_rule_or_refused_with_a_sentence(text: str) -> None:
    try:
        rule = parse(text)
    except RuleError as error:
        lines = text.split("\n")
        assert error.line is not None
        assert error.column is not None
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert error.message.endswith((".", "?"))
    else:
        assert parse(to_text(rule)) == rule


@share(1)
@given(rules(SMALL), st.data())
def test_a_strange_sign_is_found_where_it_stands(rule: ast.Condition, data: st.DataObject) -> None:
    text = to_text(rule).replace(" and ", "\nand ")
    quoted = [range(*found.span()) for found in re.finditer(r"'(?:[^'\\]|\\.)*'", text)]
    places = [
        place
        for place in range(len(text) + 1)
        if (place == len(text) or text[place] in "\n),") and not any(place in span for span in quoted)
    ]
    place = data.draw(st.sampled_from(places))
    with pytest.raises(RuleError) as refused:
        parse(f"{text[:place]} ; {text[place:]}")
    assert (refused.value.line, refused.value.column) == (
        text.count("\n", 0, place) + 1,
        place - text.rfind("\n", 0, place) + 1,
    )


def test_generated_rules_are_of_every_kind() -> None:
    """The strategy is worth something only if it makes every node of the language."""
    met: set[str] = set()

    @settings(max_examples=1_000, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rules(SMALL_NAMED))
    def look(rule: ast.Condition) -> None:
        met.update(type(node).__name__ for node in walk(rule))

    look()
    everything = {
        name for name, kind in vars(ast).items()
        if not name.startswith("_") and isinstance(kind, type) and issubclass(kind, ast.Node) and kind is not ast.Node
    }  # fmt: skip
    assert met == everything
