"""Segments: the two evaluators agree on every rule, and an answer stays right for as long as it is said to."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphcdp.base import MovableClock
from graphcdp.governance import wake as keep_agreed
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.model import Device
from graphcdp.segments.evaluation.compile_cypher import Form, compile_rule
from graphcdp.segments.evaluation.evaluate import Evaluator
from graphcdp.segments.evaluation.gather import gather
from graphcdp.segments.evaluation.needs import Needs, needs
from graphcdp.segments.evaluation.person import NODES, Person
from graphcdp.segments.evaluation.why import Explainer, Reason, lines
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.rule.text import to_text
from tests.make import NOON, at, fact
from tests.property.profiles import share
from tests.property.rules import DATES, EVENT_FIELDS, PROFILE_FIELDS, TEXTS, TYPES, rules

PEOPLE = 60
_HOMES = """
MATCH (p:Profile) WITH p ORDER BY p.id WITH collect(p) AS people
UNWIND range(0, size(people) / 3 * 2) AS number
WITH people[number] AS p, number / 3 AS home
MERGE (h:Household {id: 'home' + home}) CREATE (p)-[:IN_HOUSEHOLD]->(h)
"""
_MEMBERS = """
UNWIND ['runners', 'others'] AS name CREATE (s:Segment {id: name})
WITH s, CASE name WHEN 'runners' THEN 2 ELSE 3 END AS step
MATCH (p:Profile) WITH s, step, p ORDER BY p.id WITH s, step, collect(p) AS people
UNWIND range(0, size(people) - 1, step) AS number
WITH s, people[number] AS p CREATE (p)-[:MEMBER_OF]->(s)
"""
_LISTED = """
CREATE (a:Audience {id: 'found'})
WITH a MATCH (p:Profile) WITH a, p ORDER BY p.id WITH a, collect(p) AS people
UNWIND range(0, size(people) - 1, 4) AS number
WITH a, people[number] AS p MATCH (p)-[:HAS_IDENTITY]->(one:Identity)
CREATE (one)-[:LISTED_IN]->(a)
"""
_COMPUTED = "MATCH (p:Profile) WHERE p.a_points > 1 SET p.c_likes = 'men', p.c_score = p.a_points * 0.5"
_EVERYTHING = Needs(
    types=None,
    household_types=None,
    fields=frozenset(PROFILE_FIELDS),
    consents=frozenset({"email", "sms", "ads", "ads__email"}),
    properties=frozenset(EVENT_FIELDS) | {"campaign"},
    nodes=frozenset(NODES),
    segments=frozenset({"runners", "others"}),
    identities=True,
    household=True,
    look_back_seconds=None,
    audiences=True,
)


def history() -> list[Any]:
    """Return what sixty people did within ten minutes, many of it at the same instants."""
    chance = random.Random(11)
    facts = []
    for person in range(PEOPLE):
        names = [f"user_id|u{person}", *([f"email|p{person}@shop.example"] if person % 3 else [])]
        stated: dict[str, Any] = {
            "likes": chance.choice(TEXTS), "tier": chance.choice(("L", "S", 1)),
            "points": chance.choice((0, 1, 2, 2.5)),
            "since": chance.choice((*DATES, "2026-02-31", "2026-03-01T12:02:00.5Z", "soon")),
            "vip": chance.choice((True, False)), "email_opt_in": chance.choice((True, False, "yes")),
            "consent_email": chance.choice((None, None, True)), "sms_opt_in": True,
            "until_consent_email": chance.choice((None, "2026-03-01T12:02:00Z", "2026-03-01T15:00:00+02:00")),
            "consent_ads": chance.choice((None, True, False)), "consent_ads__email": chance.choice((None, True, False)),
            "until_consent_ads": chance.choice((None, "2026-03-01T12:04:00Z")),
        }  # fmt: skip
        said = {name: value for name, value in stated.items() if value is not None and chance.random() < 0.8}
        facts.append(fact(*names, type=None, channel=None, minute=-60, attributes=said, id=f"r{person}"))
        for number in range(chance.randrange(9)):
            properties: dict[str, Any] = {
                "category": chance.choice(("men", "women", "x")), "size": chance.choice(("L", "S")),
                "price": chance.choice((0, 1, 2.5, 0.1, 0.7)), "quantity": chance.choice((1, 2)),
                "product": chance.choice(("x", "y", "men")), "shade": chance.choice((1, 1.0, True, "x", 2.5)),
                "flag": chance.choice((True, False)), "campaign": chance.choice(("x", "z")),
                "remind_on": chance.choice((*DATES, "2026-03-01T12:05:00Z")),
            }  # fmt: skip
            facts.append(
                fact(
                    names[0], id=f"e{person}-{number}", minute=chance.randrange(-4, 7), type=chance.choice(TYPES),
                    properties={name: value for name, value in properties.items() if chance.random() < 0.6},
                    products=("y",) if chance.random() < 0.3 else (),
                    device=Device("phone", "phone", "Phone") if chance.random() < 0.3 else None,
                )
            )  # fmt: skip
    return facts


@pytest.fixture(scope="module")
async def people(graph: Graph) -> dict[str, Person]:
    """The people, written through the one write path, with all that rules may ask of them."""
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass
    clock = MovableClock(NOON + timedelta(minutes=20))
    pipeline = Pipeline(graph, clock, RuleBook(graph, clock), b"k" * 32)
    pipeline.wakes.append(keep_agreed)
    await pipeline.ingest(history())

    async def more(tx: Any) -> dict[str, Person]:
        for text in (_HOMES, _MEMBERS, _LISTED, _COMPUTED):
            await tx.run_text(text)
        ids = [row["id"] for row in await tx.run_text("MATCH (p:Profile) RETURN p.id AS id")]
        return await gather(tx, ids, _EVERYTHING, NOON)

    return await graph.transact(more)


async def compiled_members(graph: Graph, rule: ast.Condition, form: Form, minutes: float, ids: list[str]) -> set[str]:
    compiled = compile_rule(rule, form)
    others = {"ids": ids} if form == "of" else {}
    rows = await graph.read_text(compiled.text, compiled.parameters(at(minutes), **others))
    found = [row["id"] for row in rows]
    assert len(set(found)) == len(found)
    return set(found)


@pytest.mark.anyio
@share(0.2)
@given(rule=rules, minutes=st.integers(-3, 9), of=st.booleans())
@example(rule=parse("a household member (a household member (everyone))"), minutes=1, of=False)
@example(rule=parse("a household member (household did any event)"), minutes=1, of=False)
@example(rule=parse("a household member (not household did any event)"), minutes=1, of=True)
async def test_both_evaluators_agree(
    graph: Graph, people: dict[str, Person], rule: ast.Condition, minutes: int, of: bool
) -> None:
    """The statement over everybody, and the evaluator on what the rule says it needs."""
    assert len(people) >= PEOPLE
    chosen = sorted(people)[::2] if of else sorted(people)
    gathered = await graph.transact(lambda tx: gather(tx, chosen, needs(rule), at(minutes)))
    evaluator = Evaluator(rule)
    streamed = {id for id, person in gathered.items() if evaluator(person, at(minutes)).member}
    whole = {id for id in chosen if evaluator(people[id], at(minutes)).member}
    assert streamed == whole, to_text(rule)
    assert await compiled_members(graph, rule, "of" if of else "ids", minutes, chosen) == whole, to_text(rule)


@pytest.mark.anyio
@share(0.3)
@given(rule=rules, minutes=st.integers(-6, 8), who=st.integers(0, PEOPLE - 1))
async def test_an_answer_is_right_for_as_long_as_it_says(
    people: dict[str, Person], rule: ast.Condition, minutes: int, who: int
) -> None:
    person, evaluator = people[sorted(people)[who]], Evaluator(rule)
    member, until = evaluator(person, at(minutes))
    assert until is None or until > at(minutes)
    ahead = [at(minutes + step / 2) for step in range(1, 40)] + [at(minutes + 61 * step) for step in range(1, 40)]
    for moment in ahead:
        if until is None or moment < until:
            assert evaluator(person, moment).member is member, (moment, until)
    if until is not None:
        just_before = until - timedelta(microseconds=1)
        assert just_before < at(minutes) or evaluator(person, just_before).member is member


@pytest.mark.anyio
@share(0.3)
@given(rule=rules, minutes=st.integers(-6, 8), who=st.integers(0, PEOPLE - 1))
async def test_an_explanation_says_what_the_evaluator_says(
    people: dict[str, Person], rule: ast.Condition, minutes: int, who: int
) -> None:
    person = people[sorted(people)[who]]
    reason = Explainer(person, at(minutes)).explain(rule)
    assert (reason.holds, reason.until) == Evaluator(rule)(person, at(minutes))
    for part in _all(reason):
        assert part.text
        if len(part.parts) == 1 and part.text.startswith("not "):
            assert part.holds is not part.parts[0].holds
    assert len(lines(reason)) >= len(list(_all(reason)))


@share(1)
@given(rule=rules)
def test_the_canonical_text_is_the_same_rule(rule: ast.Condition) -> None:
    assert parse(to_text(rule)) == rule


@share(1)
@given(rule=rules, form=st.sampled_from(("ids", "count", "of")))
def test_no_text_of_a_user_gets_into_the_statement(rule: ast.Condition, form: Form) -> None:
    compiled = compile_rule(rule, form)
    for text in (*TEXTS, *DATES):
        assert len(text) < 3 or text in TYPES or text in ("men", "women") or text not in compiled.text
    assert "'" not in compiled.text.replace("'T00:00:00'", "").replace(_shape(compiled.text), "")
    assert {f"${name}" for name in compiled.parameters(NOON)} >= _names(compiled.text) - {"$ids"}


def _all(reason: Reason) -> Iterator[Reason]:
    yield reason
    for part in reason.parts:
        yield from _all(part)


def _names(text: str) -> set[str]:
    return set(re.findall(r"\$\w+", text))


def _shape(text: str) -> str:
    begin = text.find("=~ '")
    return text[begin + 3 : text.index("'", begin + 4) + 1] if begin >= 0 else "no date in it"
