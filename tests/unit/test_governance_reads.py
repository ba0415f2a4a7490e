"""What rules, questions and scores read, as labels follow data: every kind of thing in the language, none forgotten."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from datetime import date

import pytest

from graphcdp.decisions import offer_reads
from graphcdp.governance import Reads
from graphcdp.journeys import publish, reads, selection
from graphcdp.journeys.funnel import Exclusion
from graphcdp.journeys.reads import question_reads
from graphcdp.scores import reads as score_module
from graphcdp.scores.reads import score_reads
from graphcdp.segments.reads import reads_of
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.rule.walk import walk

CITY = "profile.city = 'Leeds'"
IN_CITY = Reads(("profile.city",))
HAPPENED = Reads(("event.type",))
SIZES = "added to cart then purchased where size != step1.size within 1 hour"

# For every part of the language a rule in which it stands, and what the rule reads.
RULES: dict[type[ast.Node], tuple[str, Reads]] = {
    ast.Text: (CITY, IN_CITY),
    ast.Numeral: ("profile.age > 50", Reads(("profile.age",))),
    ast.Truth: ("profile.vip = true", Reads(("profile.vip",))),
    ast.Date: ("profile.birthday < 2000-01-31", Reads(("profile.birthday",))),
    ast.Choice: ("profile.city in ('Leeds', 'York')", IN_CITY),
    ast.ProfileField: ("profile.city is known", IN_CITY),
    ast.EventField: ("purchased where size = 'S'", Reads(("event.size", "event.type"))),
    ast.StepField: (SIZES, Reads(("event.size", "event.type"))),
    ast.Aggregate: ("sum(revenue of purchased) > 5", Reads(("event.revenue", "event.type"))),
    ast.Last: ("purchased in last 7 days", HAPPENED),
    ast.Ago: ("purchased more than 7 days ago", HAPPENED),
    ast.Next: ("profile.renewal_date in next 30 days", Reads(("profile.renewal_date",))),
    ast.Between: ("purchased since 2026-01-01", HAPPENED),
    ast.Events: ("purchased where category = profile.favourite",
                 Reads(("event.category", "event.type", "profile.favourite"))),
    ast.AllOf: (f"{CITY} and profile.age > 50", Reads(("profile.age", "profile.city"))),
    ast.AnyOf: (f"{CITY} or profile.age > 50", Reads(("profile.age", "profile.city"))),
    ast.Not: (f"not {CITY}", IN_CITY),
    ast.Compare: (CITY, IN_CITY),
    ast.Known: ("profile.city is unknown", IN_CITY),
    ast.When: ("profile.renewal_date in last 30 days", Reads(("profile.renewal_date",))),
    ast.SameAs: ("purchased where product in (product of household viewed product in last 30 days)",
                 Reads(("event.product", "event.type", "profile.household"))),
    ast.Did: ("purchased at least 2 times", HAPPENED),
    ast.Step: (SIZES, Reads(("event.size", "event.type"))),
    ast.Sequence: (SIZES, Reads(("event.size", "event.type"))),
    ast.Member: ("in segment spenders", Reads((), ("spenders",))),
    ast.Listed: ("in audience dropped", Reads((), (), ("dropped",))),
    ast.Named: ("active", HAPPENED),
    ast.HasIdentity: ("has identity email", Reads(("identity.email",))),
    ast.Consents: ("consents to email", Reads(("profile.consent_email", "profile.email_opt_in"))),
    ast.Household: (f"a household member ({CITY} and in segment spenders)",
                    Reads(("profile.city", "profile.household"), ("spenders",))),
    ast.Everyone: ("everyone", Reads(())),
}  # fmt: skip


def test_every_part_of_the_language_says_what_it_reads() -> None:
    parts = {
        one
        for one in vars(ast).values()
        if isinstance(one, type) and issubclass(one, ast.Node) and one.__module__ == ast.__name__
    } - {ast.Node}
    assert set(RULES) == parts, "Say in RULES what the new part reads, so that labels follow it."


@pytest.mark.parametrize("part", RULES, ids=lambda part: part.__name__)
def test_a_rule_reads(part: type[ast.Node]) -> None:
    text, wanted = RULES[part]
    rule = parse(text)
    assert any(isinstance(one, part) for one in walk(rule))
    assert reads_of(expand(rule)) == wanted


def fields(kind: type) -> Iterator[tuple[str, object]]:
    """Give the names of all fields of a dataclass that may hold a text, and of the dataclasses in it."""
    hints = typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        yield from held(one.name, hints[one.name])


def held(name: str, hint: object) -> Iterator[tuple[str, object]]:
    """Give what a field may hold."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield from fields(hint)
    elif typing.get_origin(hint) is typing.Literal or hint is str:
        yield name, hint
    elif typing.get_origin(hint) in (typing.Annotated, tuple, types.UnionType, typing.Union):
        for part in typing.get_args(hint):
            yield from held(name, part)


def test_every_text_of_a_question_is_told_of() -> None:
    """A new analysis whose texts nobody says the meaning of would let labels get lost."""
    told = reads._EVENTS | reads._FIELDS | reads._CONDITIONS | reads._VALUES
    assert {name for name, _ in fields(publish.PeopleQuestion)} - told == set()


def test_a_question_reads_what_its_analysis_and_its_selection_say() -> None:
    funnel = publish.FunnelRule(
        steps=("viewed product where category = 'women'", "purchase"), hold_constant="size", breakdown="profile.tier",
        exclusions=(Exclusion("called where query = 'x'"),),
    )  # fmt: skip
    whose = selection.Selection(segment="spenders", people="in audience dropped or " + CITY, within="channel = 'web'")
    question = publish.PeopleQuestion(publish.FunnelOutcome(funnel), whose)
    assert question_reads(question.to_json()) == Reads(
        ("event.category", "event.channel", "event.query", "event.size", "event.type", "profile.city", "profile.tier"),
        ("spenders",),
        ("dropped",),
    )


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (publish.PatternMatches("(viewed product where size = 'S')-->(call)"), ("event.size", "event.type")),
        (publish.DoersCell("did any event", "content", "/help"), ("event.content", "event.type")),
        (publish.CreditCell("email", publish.AttributionRule(dimension="campaign", value="revenue")),
         ("event.campaign", "event.revenue", "event.type")),
        (publish.SelfServiceCell(content="/faq"), ("event.content", "event.type")),
        (publish.DriverCell(rule=publish.DriverRule(fields=("category", "type"))), ("event.category", "event.type")),
        (publish.LifecycleCell(date(2026, 3, 1), "new"), ("event.type",)),
    ],
    ids=lambda one: getattr(one, "kind", ""),
)  # fmt: skip
def test_a_cell_reads(cell: publish.Cell, wanted: tuple[str, ...]) -> None:
    assert question_reads(publish.PeopleQuestion(cell).to_json()).fields == wanted


def test_a_part_by_segment_reads_the_segment() -> None:
    whose = selection.Selection(part=selection.Part("segment", "spenders"))
    found = question_reads(publish.PeopleQuestion(publish.PatternMatches("(call)"), whose).to_json())
    assert found == Reads(("event.type",), ("spenders",))


def test_scores_read() -> None:
    assert score_reads("look_alike", '{"segment":"spenders"}').segments == ("spenders",)
    assert "event.category" in score_reads("habit_change", '{"recent_days":7}').fields
    assert set(score_module._OF_KIND) == {"habit_change", "look_alike", "propensity"}


def test_an_offer_reads_what_its_rule_and_its_texts_say() -> None:
    tree = parse("in segment spenders and profile.age > 50").model_dump_json()
    found = offer_reads(tree, '{"text":"Hi {first_name}","more":[{"a":"{profile.city}"}],"link":"/home"}')
    assert found == Reads(("profile.age", "profile.city", "profile.first_name"), ("spenders",))
