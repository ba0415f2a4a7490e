"""Scores over the graph: departures from habit, likeness, propensity; kept, asked for by segments, made anew."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from graphcdp.base import ConflictError, InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact
from graphcdp.scores import ScoreNotFoundError, Scoring
from graphcdp.segments.computed import ComputedAttributes, declare
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
DAY = 24 * 60


class World:
    """Everything that scores work with, 200 days after the first event."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.clock = MovableClock(NOON + timedelta(days=200))
        rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, rules, b"k" * 32)
        self.computed = ComputedAttributes(graph, self.clock, self.pipeline)
        self.segments = Segments(graph, self.clock, self.pipeline, Language(graph, self.clock, rules))
        self.scores = Scoring(graph, self.clock, self.pipeline, self.segments)

    async def happens(self, *facts: Fact) -> None:
        await self.pipeline.ingest(facts)

    async def id_of(self, user: str) -> str:
        rows = await self.graph.read_text(
            "MATCH (profile:Profile)-[:HAS_IDENTITY]->(:Identity {key: $key}) RETURN profile.id AS id",
            {"key": f"user_id|{user}"},
        )
        return str(rows[0]["id"])

    async def who(self, segment: str) -> set[str]:
        rows = await self.graph.read_text(
            "MATCH (:Segment {id: $id})<-[:MEMBER_OF]-(:Profile)-[:HAS_IDENTITY]->(one:Identity {namespace: 'user_id'})"
            " RETURN one.value AS who",
            {"id": segment},
        )
        return {row["who"] for row in rows}


@pytest.fixture
def world(graph: Graph) -> World:
    """A world without people."""
    return World(graph)


def looked(user: str, day: float, number: int, type: str = "product_view", **properties: object) -> Fact:
    """Somebody looks at something on a day."""
    return fact(
        f"user_id|{user}", id=f"{user}-{number}", minute=day * DAY, type=type,
        properties={"product": f"p{number}", **properties},
    )  # fmt: skip


async def test_who_turns_from_women_s_to_men_is_found_and_told_why(world: World) -> None:
    usual = [looked("sarah", 50 + each, each, "purchase", category="women", size="S") for each in range(5)]
    lately = [looked("sarah", 199, 90 + each, category="men", size="L") for each in range(10)]
    same = [looked("ben", 50 + each, each, "purchase", category="men", size="L") for each in range(5)]
    again = [looked("ben", 199, 90 + each, category="men", size="L") for each in range(10)]
    await world.happens(*usual, *lately, *same, *again)
    sarah, ben = await world.id_of("sarah"), await world.id_of("ben")
    told = await world.scores.habit_change(sarah)
    each = (15 / 20) * (10 / 15)
    assert told.dimensions == {"category": pytest.approx(each), "size": pytest.approx(each)}
    assert {(one.dimension, one.value, one.instead_of) for one in told.departures} == {
        ("category", "men", "women"), ("size", "L", "S"),
    }  # fmt: skip
    assert len(told.departures[0].events) == 5
    assert set(told.departures[0].events) <= {f"sarah-{each}" for each in range(90, 100)}
    assert (await world.scores.habit_change(ben)).score == 0
    kept = await world.scores.keep_habit_change()
    assert (kept.name, kept.people) == ("habit_change", 2)
    await world.segments.define("turned", "profile.habit_change > 0.5")
    await world.segments.change_state("turned", "active")
    assert await world.who("turned") == {"sarah"}
    world.clock.set(world.clock.now() + timedelta(days=30))
    assert await world.scores.renew_old() == 1
    assert await world.who("turned") == set()
    assert await world.scores.renew_old() == 0
    with pytest.raises(InvalidInputError, match="1 to 90 days, not 0"):
        await world.scores.habit_change(sarah, recent_days=0)


async def test_a_score_that_is_asked_for_stays(world: World) -> None:
    await world.happens(looked("ana", 100, 1, "purchase", category="men"))
    with pytest.raises(ScoreNotFoundError, match="There is no score habit; there is none"):
        await world.scores.kept.remove("habit")
    await world.computed.declare([declare("orders", "count(purchased)")])
    with pytest.raises(ConflictError, match="orders is a computed attribute"):
        await world.scores.keep_habit_change("orders")
    await world.scores.keep_habit_change("habit")
    await world.segments.define("turned", "profile.habit > 0.5 and profile.orders > 3")
    with pytest.raises(ConflictError, match="Score habit is asked for by Segment turned"):
        await world.scores.kept.remove("habit")
    with pytest.raises(ConflictError, match="orders is asked for by Segment turned"):
        await world.computed.remove("orders")
    await world.segments.change_state("turned", "archived")
    await world.scores.kept.remove("habit")
    assert await world.scores.kept.all() == ()


async def test_people_like_runners_are_runners(world: World) -> None:
    """60 runners look at running shoes, 90 others do not; 40 of the runners are in the segment, 20 are to be found."""
    chance = random.Random(7)
    facts = []
    for person in range(150):
        runner = person < 60
        for number in range(6):
            kind = "run" if runner and number < 4 else "any"
            product = f"{kind}-{chance.randrange(8)}"
            type = "purchase" if person < 40 and number == 5 else "product_view"
            properties = {"product": product, "product_name": product.title()}
            facts.append(
                fact(f"user_id|u{person}", id=f"u{person}-{number}", minute=150 * DAY + number, type=type,
                     properties=properties)
            )  # fmt: skip
    await world.happens(*facts)
    with pytest.raises(InvalidInputError, match="has 0"):
        await world.segments.define("buyers", "purchased at least 1 time")
        await world.scores.look_alikes("buyers")
    await world.segments.change_state("buyers", "active")
    found = await world.scores.look_alikes("buyers")
    assert (found.seeds, found.population) == (40, 150)
    assert {one.kind for one in found.factors} == {"Product"}
    assert all(one.id.startswith("run-") for one in found.factors[:4])
    assert all(one.weight > 0 and one.seeds >= 2 for one in found.factors)
    runners = {await world.id_of(f"u{person}") for person in range(40, 60)}
    assert {one.profile_id for one in found.people[:20]} == runners
    scores = [one.score for one in found.people]
    assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 1
    assert found.people[0].factors[0] in found.factors
    for level in found.slider:
        assert found.people[level.people - 1].score == level.at_least
    kept = await world.scores.keep_look_alikes("buyers")
    assert kept.card["slider"][-1]["people"] == 20
    least = found.people[19].score
    await world.segments.define("alike", f"profile.like_buyers >= {least:.4f}")
    await world.segments.change_state("alike", "active")
    assert await world.who("alike") >= {f"u{person}" for person in range(40, 60)}


async def test_carts_drive_purchases_in_the_model_and_on_held_out_time(world: World) -> None:
    """People who cart buy in the next fortnight, mostly; others rarely do."""
    chance = random.Random(11)
    facts = []
    for person in range(300):
        user = f"u{person}"
        carts = chance.random() < 0.4
        for fortnight in range(4):
            start = 200 - 14 * (4 - fortnight)
            facts += [looked(user, start + day, 10 * fortnight + place) for place, day in ((0, 1), (5, 12.2))]
            if carts:
                facts += [
                    looked(user, start + 12 + each / 10, 10 * fortnight + 1 + each, "add_to_cart") for each in range(3)
                ]
            if fortnight < 3 and chance.random() < (0.8 if carts else 0.05):
                facts.append(looked(user, start + 16, 10 * fortnight + 9, "purchase", revenue=30.0))
    await world.happens(*facts)
    model, people = await world.scores.propensity(14)
    assert model.people == 300
    assert model.auc > 0.75
    assert model.brier < model.brier_base
    assert model.top_decile_lift > 1.5
    assert model.tested_at == world.clock.now() - timedelta(days=14)
    assert model.calibration[0][1] < model.calibration[-1][1]
    assert len(people) == 300
    best = max(people.values(), key=lambda one: one.value)
    assert "carts" in {figure for figure, _, _ in best.because}
    assert "carts" in {one.figure for one in model.drivers[:3]}
    kept = await world.scores.keep_propensity()
    assert kept.card["auc"] == pytest.approx(model.auc)
    await world.segments.define("likely", "profile.purchase_propensity >= 0.5")
    await world.segments.change_state("likely", "active")
    assert len(await world.who("likely")) == sum(round(one.value, 4) >= 0.5 for one in people.values())


async def test_a_model_of_too_few_buyers_is_refused(world: World) -> None:
    await world.happens(looked("ana", 170, 1, "purchase"))
    with pytest.raises(InvalidInputError, match="it takes 20 buyers"):
        await world.scores.propensity(14)
    with pytest.raises(InvalidInputError, match="1 to 90 days, not 91"):
        await world.scores.propensity(91)
