"""Computed attributes through every door: GraphQL, the command line, a seed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests import warm
from tests.api.test_graphql_operations import call
from tests.make import fact, record
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


def _purchase(number: int, **properties: Any) -> Any:
    return fact("user_id|u1", "email|u1@shop.example", id=f"o{number}", minute=number, type="purchase",
                properties=properties)  # fmt: skip


async def _declare(served: Served, **wanted: Any) -> Any:
    return (await call(served, "DeclareComputedAttribute", input=wanted))["declareComputedAttribute"]


async def _remove(served: Served, name: str) -> Any:
    return (await call(served, "RemoveComputedAttribute", input={"name": name}))["removeComputedAttribute"]


async def _attributes(served: Served) -> dict[str, dict[str, Any]]:
    person = (await call(served, "SarahProfile", email="u1@shop.example"))["profile"]
    return {each["name"]: each for each in person["attributes"]}


async def test_declared_over_data_then_in_step_then_removed(served: Served, platform: Platform) -> None:
    await platform.pipeline.ingest(
        [record("user_id|u1", "email|u1@shop.example", id="crm", usual_size="M"), _purchase(1, revenue=10, size="S")]
    )
    wanted = {"name": "usual_size", "expression": "most frequent(size of purchased)", "atLeast": 2, "title": "Size"}
    made = await _declare(served, **wanted)
    assert made["attribute"] == {**wanted, "state": "current"}
    await _declare(served, name="spend", expression="sum(revenue of purchased)")
    shown = await _attributes(served)
    assert (shown["usual_size"]["value"], shown["usual_size"]["source"]) == ("M", "test")
    assert (shown["spend"]["value"], shown["spend"]["events"], shown["spend"]["source"]) == (10.0, 1, "computed")
    await platform.pipeline.ingest([_purchase(2, revenue=2.5, size="S"), _purchase(0, revenue=1, size="L")])
    shown = await _attributes(served)
    assert (shown["usual_size"]["value"], shown["usual_size"]["source"], shown["usual_size"]["events"]) == (
        "S", "computed", 3,
    )  # fmt: skip
    assert shown["spend"]["value"] == 13.5
    assert shown["spend"]["latestEventAt"] == "2026-03-01T12:02:00+00:00"
    listed = (await call(served, "ComputedAttributes"))["computedAttributes"]
    assert [(each["name"], each["state"]) for each in listed] == [("spend", "current"), ("usual_size", "current")]
    wrong = await _declare(served, name="x", expression="nonsense")
    assert (wrong["__typename"], wrong["code"]) == ("InvalidInput", "bad_rule")
    gone = await _remove(served, "usual_size")
    assert gone == {"__typename": "RemoveComputedAttributePayload", "name": "usual_size"}
    assert (await _attributes(served))["usual_size"]["value"] == "M"
    again = await _remove(served, "usual_size")
    assert again["code"] == "computed_attribute_not_found"


async def test_a_window_runs_out_by_the_clock(platform: Platform, graph: Graph) -> None:
    now = platform.clock.now()
    await platform.pipeline.ingest(
        [fact("user_id|u1", id="now", ts=now - timedelta(minutes=1), type="purchase", properties={"revenue": 5})]
    )
    await platform.computed.set_up(Seed.load("luma"))
    held = "MATCH (p:Profile) RETURN p.c_orders AS orders, p.c_usual_category AS usual, p.c_lifetime_spend AS spend"
    assert await graph.read_text(held) == [{"orders": 1, "usual": None, "spend": 5.0}]
    for number in (1, 2):
        await platform.pipeline.ingest(
            [fact("user_id|u1", id=f"o{number}", ts=now - timedelta(days=300 + number), type="purchase",
                  properties={"category": "women"})]
        )  # fmt: skip
    assert (await graph.read_text(held))[0]["usual"] == "women"
    assert await platform.computed.tick(now + timedelta(days=10)) == 0
    assert await platform.computed.tick(now + timedelta(days=64)) > 0
    assert await graph.read_text(held) == [{"orders": 3, "usual": None, "spend": 5.0}]
    assert await platform.computed.tick(now + timedelta(days=64)) == 0


async def test_luma_says_what_sarah_usually_buys(platform: Platform) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=20))
    key = "crm_id|C-104187"
    found = {each.name: each for each in (await platform.profiles.by_keys([key]))[key].attributes()}
    assert (found["usual_category"].value, found["usual_size"].value) == ("women", "S")
    assert (found["orders"].value, found["orders"].events) == (7, 7)
    assert found["lifetime_spend"].events == 7
    assert found["usual_activity"].value == "running"
    assert found["usual_category"].source == "computed"


async def test_the_command_line_does_the_same(settings: Settings, server: object, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)

    def command(*arguments: str) -> Any:
        done = subprocess.run(
            [warm.command(), "attribute", *arguments, "--json"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return json.loads(done.stdout)

    file = tmp_path / "a.yaml"
    file.write_text("attributes: {orders: count(purchased)}", encoding="utf-8")
    assert [each["state"] for each in command("declare", "--file", str(file))] == ["current"]
    assert [each["name"] for each in command("declare", "spend", "sum(revenue of purchased)")] == ["spend"]
    assert [each["name"] for each in command("list")] == ["orders", "spend"]
    assert command("declare", "spend", "sum(purchased")["error"]["code"] == "bad_rule"
    assert command("remove", "spend") == {"removed": "spend"}
    assert command("remove", "spend")["error"]["code"] == "computed_attribute_not_found"
