"""docs/segment-language.md: every rule in it is read, every mistake is told as it says, its tables are the code's.

`python -m tests.docs.test_segment_language_page` writes the tables anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import built_in, expand
from graphcdp.segments.rule.parse import parse, parse_located
from graphcdp.segments.rule.phrases import PHRASES, PRODUCT_VERBS
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.tree import from_json
from graphcdp.segments.rule.walk import walk
from graphcdp.segments.vocabulary.check import check
from graphcdp.segments.vocabulary.describe import FUNCTIONS, TIMES, WINDOWS
from graphcdp.segments.vocabulary.fields import OPERATORS, Fields
from tests.unit.test_segment_check import FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "segment-language.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def rules() -> Iterator[str]:
    """Give the rules of the page."""
    for block in blocks("segment"):
        yield from (rule.rstrip() for rule in re.split(r"\n(?! )", block) if rule.strip())


def mistakes() -> Iterator[tuple[str, str]]:
    """Give the wrong rules of the page, each with what it says about it."""
    for block in blocks("wrong"):
        for mistake in re.split(r"\n(?! )", block.rstrip()):
            rule, _, told = mistake.partition("\n")
            yield rule, told.strip()


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def _first_sentence(node: type[ast.Node]) -> str:
    return " ".join((node.__doc__ or "").split("\n\n")[0].split())


def tables() -> dict[str, str]:
    """Return the tables of the page, from the code."""
    said: dict[str, list[str]] = {}
    for phrase, kind in PHRASES.items():
        said.setdefault(kind, []).append(f"`{phrase}`")
    for verb, kind in PRODUCT_VERBS.items():
        said.setdefault(kind, []).append(f"`{verb} product`")
    nodes = [node for node in vars(ast).values()
             if isinstance(node, type) and issubclass(node, ast.Node) and "kind" in node.model_fields]  # fmt: skip
    kinds = [(node.model_fields["kind"].default, node) for node in nodes]
    return {
        "phrases": _row("said", "type of event") + "|---|---|\n"
        + "".join(_row(", ".join(phrases), f"`{kind}`") for kind, phrases in said.items()),
        "times": _row("how often", "") + "|---|---|\n" + "".join(_row(f"`{one}`", told) for one, told in TIMES),
        "windows": _row("when", "") + "|---|---|\n" + "".join(_row(f"`{one}`", told) for one, told in WINDOWS),
        "functions": _row("figure", "") + "|---|---|\n"
        + "".join(_row(f"`{one}`", told) for one, told in FUNCTIONS.values()),
        "operators": _row("kind", "operators") + "|---|---|\n"
        + "".join(_row(kind, " ".join(f"`{one}`" for one in some)) for kind, some in OPERATORS.items()
                  if kind not in ("mixed", "unknown")),
        "named": _row("name", "means", "stands for") + "|---|---|---|\n"
        + "".join(_row(f"`{name.replace('_', ' ')}`", one.title, f"`{to_text(one.condition)}`")
                  for name, one in built_in().items()),
        "nodes": _row("kind", "says") + "|---|---|\n"
        + "".join(_row(f"`{kind}`", _first_sentence(node)) for kind, node in kinds),
    }  # fmt: skip


def written_anew(text: str) -> str:
    """Return the page with its tables from the code."""
    fresh = tables()
    return _TABLE.sub(lambda found: f"{found[1]}{fresh[found[2]]}{found[4]}", text)


@pytest.mark.parametrize("rule", list(rules()))
def test_every_rule_is_read_and_means_something(rule: str) -> None:
    read = parse(rule)
    assert parse(to_text(read)) == read
    assert not any(isinstance(node, ast.Named) for node in walk(expand(read)))
    wrong = [problem for problem in check(read, Fields(empty=True)) if problem.severity == "error"]
    assert all("no segment" in one.message or "no audience" in one.message for one in wrong), wrong


@pytest.mark.parametrize(("rule", "told"), list(mistakes()))
def test_every_mistake_is_told_as_the_page_says(rule: str, told: str) -> None:
    try:
        read, places = parse_located(rule)
    except RuleError as error:
        assert error.message == told
    else:
        assert [problem.message for problem in check(read, FIELDS, places)] == [told]


def test_the_tree_is_the_rule_below_it() -> None:
    (tree,) = blocks("json")
    below = PAGE.read_text(encoding="utf-8").split("```json")[1].split("```segment\n")[1].split("```")[0]
    assert from_json(orjson.loads(tree)) == parse(below)


def test_there_is_enough_on_the_page_and_of_every_kind() -> None:
    met = {type(node).__name__ for rule in rules() for node in walk(parse(rule))}
    everything = {
        name for name, kind in vars(ast).items()
        if not name.startswith("_") and isinstance(kind, type) and issubclass(kind, ast.Node) and kind is not ast.Node
    }  # fmt: skip
    assert met == everything


def test_the_tables_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(_TABLE.findall(text)) == len(tables())
    assert text == written_anew(text), "Run `python -m tests.docs.test_segment_language_page`."


if __name__ == "__main__":
    PAGE.write_text(written_anew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
