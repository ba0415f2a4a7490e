"""Scores through every door: GraphQL, the command line, Luma."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests import warm
from tests.api.test_graphql_operations import call
from tests.make import fact
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
SARAH = {"namespace": "user_id", "value": "sarah"}


async def _turn(platform: Platform) -> None:
    """Sarah bought for women a month ago and buys for men since yesterday."""
    now = platform.clock.now()

    def bought(days: int, number: int, category: str) -> Any:
        return fact("user_id|sarah", id=f"s{number}", ts=now - timedelta(days=days), type="purchase",
                    properties={"category": category, "size": "S", "product": f"p{number}"})  # fmt: skip

    await platform.pipeline.ingest([bought(30 + each, each, "women") for each in range(5)])
    await platform.pipeline.ingest([bought(1, 10 + each, "men") for each in range(5)])


async def test_graphql_finds_keeps_and_removes(served: Served, platform: Platform) -> None:
    await _turn(platform)
    found = (await call(served, "HabitChange", identity=SARAH))["habitChange"]
    assert found["score"] == pytest.approx(0.75 * 0.75)
    assert [(one["value"], one["insteadOf"]) for one in found["departures"]] == [("men", "women")]
    assert set(found["departures"][0]["eventIds"]) == {f"s{10 + each}" for each in range(5)}
    wrong = (await call(served, "HabitChange", identity=SARAH, recentDays=0))["habitChange"]
    assert wrong["code"] == "invalid_input"
    nobody = {"namespace": "user_id", "value": "nobody"}
    assert (await call(served, "HabitChange", identity=nobody))["habitChange"]["__typename"] == "NotFound"
    kept = (await call(served, "KeepScore", input={"kind": "HABIT_CHANGE"}))["keepScore"]
    assert kept["score"] == {"name": "habit_change", "kind": "HABIT_CHANGE", "people": 1, "card": {}}
    assert [one["name"] for one in (await call(served, "Scores"))["scores"]] == ["habit_change"]
    made = await call(
        served, "DefineSegment", input={"id": "t", "rule": "profile.habit_change > 0.5", "activate": True}
    )
    assert made["defineSegment"]["segment"]["memberCount"] == 1
    few = (await call(served, "LookAlikes", segment="t"))["lookAlikes"]
    assert "t has 1." in few["message"]
    assert (await call(served, "LookAlikes", segment="x"))["lookAlikes"]["__typename"] == "NotFound"
    stays = (await call(served, "RemoveScore", input={"name": "habit_change"}))["removeScore"]
    assert "asked for by Segment t" in stays["message"]
    no = (await call(served, "KeepScore", input={"kind": "LOOK_ALIKE"}))["keepScore"]
    assert "A likeness needs a segment" in no["message"]
    bad = (await call(served, "KeepScore", input={"kind": "PROPENSITY", "name": "p", "days": 7}))["keepScore"]
    assert "it takes 20 buyers" in bad["message"]


async def test_the_command_line_does_the_same(settings: Settings, platform: Platform) -> None:
    await _turn(platform)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)

    def command(*arguments: str, plain: bool = False) -> Any:
        asked = ["score", *arguments] if plain else ["score", *arguments, "--json"]
        done = subprocess.run(
            [warm.command(), *asked],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout if plain else json.loads(done.stdout)

    assert command("habit", "user_id", "sarah")["score"] == pytest.approx(0.75 * 0.75)
    assert "100% of what was done lately is of category men" in command("habit", "user_id", "sarah", plain=True)
    assert command("keep", "habit_change", "--name", "turn")["people"] == 1
    assert [one["name"] for one in command("list")] == ["turn"]
    assert command("keep", "nonsense")["error"]["code"] == "invalid_input"
    assert command("remove", "turn") == {"removed": "turn"}
    assert command("remove", "turn")["error"]["code"] == "score_not_found"


async def test_luma_has_look_alikes_and_a_propensity(platform: Platform) -> None:
    """Luma's customers were not made with a model in mind: what is asserted is that the answers hold together."""
    await platform.seeds.load(replace(Seed.load("luma"), customers=400))
    await platform.segments.define("runners", "viewed product where activity = 'running' in last 60 days")
    await platform.segments.change_state("runners", "active")
    alike = await platform.scores.look_alikes("runners")
    assert alike.seeds > 20
    assert alike.factors[0].seeds / alike.seeds > alike.factors[0].people / alike.population
    assert alike.auc is not None and alike.auc > 0.5
    model, people = await platform.scores.propensity(30)
    assert 0 < model.base_rate < 1
    assert model.brier < model.brier_base * 1.05
    assert all(0 <= one.value <= 1 for one in people.values())
    assert len(model.drivers) == 11
