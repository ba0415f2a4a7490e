"""Likely same people in the graph: proposed, refused, accepted, undone; nothing merges by itself."""

from __future__ import annotations

import random

import pytest

from graphcdp.base import ConflictError, SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import (
    Author,
    RuleBook,
    Suggestion,
    SuggestionNotFoundError,
    Suggestions,
    SuggestionState,
    Undo,
    default_rules,
)
from graphcdp.identity.people.likely import FEWEST_PEOPLE
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, Outcome
from tests.make import record

pytestmark = pytest.mark.anyio
AUTHOR = Author("cli:test")
_FIRST = ("ana", "ben", "chloe", "dan", "ella", "finn", "grace", "hugo", "ines", "jack", "kim", "liam", "mia", "noa")
_LAST = ("adams", "baker", "clark", "dixon", "evans", "foster", "green", "hughes", "irving", "jones", "king", "lewis")
_STREET = ("mill lane", "station road", "high street", "church walk", "park avenue", "canal street", "elm grove")


def customers() -> list[Fact]:
    """Return 150 customers; of the first 20 the shop also has a card without account, of the 21st a second account."""
    random.seed(7)
    facts: list[Fact] = []
    for number in range(150):
        said = {
            "first_name": random.choice(_FIRST),
            "last_name": random.choice(_LAST),
            "birth_date": f"{random.randint(1950, 2005)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
            "street": f"{random.randint(1, 199)} {random.choice(_STREET)}",
            "postcode": f"{random.choice('BLMS')}{random.randint(1, 29)} {random.randint(1, 9)}AB",
        }
        facts.append(record(f"user_id|u{number}", f"email|u{number}@shop.example", minute=number, **said))
        if number < 20:
            mistyped = said | {"last_name": said["last_name"][:-1]}
            facts.append(record(f"phone|+44770090{number:04d}", minute=number, **mistyped))
        if number == 20:
            facts.append(record("user_id|again", minute=number, **said))
    return facts


@pytest.fixture
async def suggestions(clean: None, graph: Graph) -> Suggestions:
    """The service over these people."""
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    await rules.adopt(default_rules(), over_data=True)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    assert (await pipeline.ingest(customers())).count(Outcome.ACCEPTED) == 171
    return Suggestions(graph, Undo(graph, clock, rules, pipeline.writer), clock)


async def _profiles(graph: Graph) -> int:
    return (await graph.read_text("MATCH (p:Profile) RETURN count(p) AS n", {}))[0]["n"]


async def test_a_person_answers_and_no_answer_is_asked_for_again(graph: Graph, suggestions: Suggestions) -> None:
    before = await _profiles(graph)
    ran = await suggestions.run(threshold=0.9)
    assert ran.people == 171
    assert ran.found == ran.waiting >= 18
    assert await _profiles(graph) == before, "nothing merges by itself"
    first = await suggestions.page(5)
    assert first.more and len(first.items) == 5
    rest = await suggestions.page(100, first.items[-1][1])
    everything = [each for each, _ in (*first.items, *rest.items)]
    assert len({each.id for each in everything}) == ran.found
    assert everything == sorted(everything, key=lambda each: (-each.probability, each.id))

    twice, cards = None, []
    for each in everything:
        founder = await _founders(graph, each.left_id, each.right_id)
        if all(key.startswith("user_id|") for key in founder):
            twice = each
        elif any(key.startswith("phone|") for key in founder):
            cards.append(each)
    assert twice is not None and len(cards) >= 16

    done = await suggestions.accept(cards[0].id, AUTHOR)
    assert await _profiles(graph) == before - 1
    assert (await suggestions.get(cards[0].id)).state is SuggestionState.ACCEPTED
    with pytest.raises(ConflictError, match="was accepted before, by cli:test"):
        await suggestions.refuse(cards[0].id, AUTHOR)
    refused = await suggestions.refuse(cards[1].id, AUTHOR)
    assert (refused.state, refused.answered_by) == (SuggestionState.REFUSED, "cli:test")

    with pytest.raises(ConflictError, match="user_id"):
        await suggestions.accept(twice.id, AUTHOR)
    assert await _profiles(graph) == before - 1
    assert (await suggestions.get(twice.id)).state is SuggestionState.PROPOSED

    again = await suggestions.run(threshold=0.9)
    waiting = await _listed(suggestions)
    assert again.waiting == len(waiting)
    assert not {cards[0].id, cards[1].id} & {each.id for each in waiting}
    assert [each.id for each in await _listed(suggestions, SuggestionState.REFUSED)] == [cards[1].id]
    assert done.change_id is not None


async def test_what_no_longer_holds_is_taken_back_and_unknown_ids_are_said(
    graph: Graph, suggestions: Suggestions
) -> None:
    assert (await suggestions.run(threshold=0.5)).waiting
    last = (await _listed(suggestions))[-1]
    await graph.transact(lambda tx: tx.run_text("MATCH (p:Profile {id: $id}) SET p.facts = null", {"id": last.left_id}))
    ran = await suggestions.run(threshold=0.5)
    assert ran.dropped >= 1
    with pytest.raises(SuggestionNotFoundError, match="There is no suggestion"):
        await suggestions.get(last.id)


async def test_too_few_people_are_too_few(clean: None, graph: Graph) -> None:
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    with pytest.raises(Exception, match=f"training needs {FEWEST_PEOPLE}"):
        await Suggestions(graph, Undo(graph, clock, rules, pipeline.writer), clock).run()


async def _listed(suggestions: Suggestions, state: SuggestionState = SuggestionState.PROPOSED) -> list[Suggestion]:
    return [each for each, _ in (await suggestions.page(100, state=state)).items]


async def _founders(graph: Graph, *ids: str) -> list[str]:
    rows = await graph.read_text("UNWIND $ids AS id MATCH (p:Profile {id: id}) RETURN p.founder AS key", {"ids": ids})
    return [row["key"] for row in rows]
