"""What a person is shown, through GraphQL and the command line."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.platform import Platform
from tests import warm
from tests.api.test_graphql_operations import call
from tests.make import fact, record
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
SARAH = {"namespace": "user_id", "value": "sarah"}
STRANGER = {"namespace": "anonymous_id", "value": "nobody"}


async def _define(served: Served, **offer: Any) -> Any:
    return (await call(served, "DefineOffer", input=offer))["defineOffer"]


async def test_define_decide_cap_and_count(served: Served, platform: Platform, graph: Graph) -> None:
    await platform.pipeline.ingest([record("user_id|sarah", "email|s@shop.example", tier="Bronze")])
    home = {"id": "home", "slots": 2, "recommend": 2, "fallback": {"headline": "Hello"}}
    made = (await call(served, "DefinePlacement", input=home))["definePlacement"]["placement"]
    assert made == {
        "placementId": "home", "title": "home", "channel": "web", "slots": 2, "recommend": 2,
        "fallback": {"headline": "Hello"},
    }  # fmt: skip
    bronze = {
        "id": "bronze", "rule": 'profile.tier = "Bronze"', "placements": ["home"], "content": {"text": "{tier}!"},
        "priority": 5, "caps": [{"times": 1}],
    }  # fmt: skip
    assert (await _define(served, **bronze))["offer"]["rule"] == "profile.tier = 'Bronze'"
    tree = {"kind": "identity", "namespace": "email"}
    assert (await _define(served, id="mail", tree=tree, placements=["home"], content={"text": "Hi"}))["offer"][
        "rule"
    ] == "has identity email"
    asked = (await call(served, "Decide", placement="home", identity=SARAH, record=False))["decide"]
    assert (asked["recorded"], [each["offerId"] for each in asked["offers"]]) == (False, ["bronze", "mail"])
    first = (await call(served, "Decide", placement="home", identity=SARAH))["decide"]
    assert [(each["offerId"], each["content"]) for each in first["offers"]] == [
        ("bronze", {"text": "Bronze!"}), ("mail", {"text": "Hi"}),
    ]  # fmt: skip
    assert (first["visitor"], first["recorded"], first["fallback"]) == ("known", True, None)
    again = (await call(served, "Decide", placement="home", identity=SARAH))["decide"]
    assert [(each["offerId"], each["code"]) for each in again["passed"]] == [("bronze", "capped")]
    assert again["passed"][0]["reason"] == "The person was shown it 1 times; 1 are the most."
    stranger = (await call(served, "Decide", placement="home", identity=STRANGER))["decide"]
    assert (stranger["visitor"], stranger["offers"], stranger["fallback"]) == ("stranger", [], {"headline": "Hello"})
    assert stranger["recommendations"] == []
    await platform.decider.tick()
    rows = await graph.read_text(
        "MATCH (:Identity {key: 'user_id|sarah'})-[:PERFORMED]->(e:Event {type: 'offer_impression'}) "
        "RETURN e.p_offer AS offer, count(e) AS times ORDER BY offer"
    )
    assert rows == [{"offer": "bronze", "times": 1}, {"offer": "mail", "times": 2}]
    listed = await call(served, "Offers", placement="home")
    assert [each["offerId"] for each in listed["offers"]] == ["bronze", "mail"]
    assert [each["placementId"] for each in listed["placements"]] == ["home"]
    assert (await call(served, "Recommendations", identity=SARAH))["recommendations"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"id": "Bad Id"}, "offer"),
        ({"content": []}, "offer"),
        ({"placements": []}, "offer"),
        ({"placements": ["nowhere"]}, "offer"),
        ({"rule": "profile.tier ="}, "bad_rule"),
        ({"rule": "abandoned card"}, "bad_rule"),
        ({"rule": "purchased where product = step1.product"}, "bad_rule"),
        ({"tree": {"kind": "nonsense"}}, "bad_rule"),
        ({"caps": [{"times": 0}]}, "offer"),
        ({"holdOut": "nobody"}, "offer"),
        ({"starts": "2026-01-02T00:00:00Z", "ends": "2026-01-01T00:00:00Z"}, "offer"),
        ({"rule": "`}) DETACH DELETE (n) //"}, "bad_rule"),
    ],
)
async def test_what_is_wrong_is_said(served: Served, graph: Graph, wrong: dict[str, Any], code: str) -> None:
    await call(served, "DefinePlacement", input={"id": "home"})
    refused = await _define(served, **{"id": "one", "content": {"a": 1}, "placements": ["home"], **wrong})
    assert (refused["__typename"], refused["code"]) == ("InvalidInput", code)
    assert await graph.read_text("MATCH (o:Offer) RETURN o.id AS id") == []


async def test_an_unknown_placement_and_a_refused_identity(served: Served) -> None:
    gone = (await call(served, "Decide", placement="nowhere", identity=SARAH))["decide"]
    assert (gone["__typename"], gone["code"]) == ("NotFound", "placement_not_found")
    await call(served, "DefinePlacement", input={"id": "home"})
    planet = {"namespace": "planet", "value": "Mars"}
    assert (await call(served, "Decide", placement="home", identity=planet))["decide"]["__typename"] == "InvalidInput"


async def test_the_command_line_does_the_same(settings: Settings, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)

    def command(*arguments: str) -> Any:
        done = subprocess.run(
            [warm.command(), *arguments, "--json"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return json.loads(done.stdout)

    file = tmp_path / "offers.yaml"
    file.write_text(
        "placements:\n  home: {slots: 1}\noffers:\n  hi: {content: {a: 1}, placements: [home], "
        "caps: [{times: 1, within: 2 days}]}\n",
        encoding="utf-8",
    )
    assert command("offer", "define", str(file)) == {"placements": ["home"], "hold_outs": [], "offers": ["hi"]}
    assert [each["caps"] for each in command("offer", "list")] == [[{"times": 1, "seconds": 172_800}]]
    assert [each["id"] for each in command("offer", "placements")] == ["home"]
    asked = command("decide", "home", "user_id", "u1")
    assert (asked["recorded"], [each["id"] for each in asked["offers"]]) == (False, ["hi"])
    shown = command("decide", "home", "user_id", "u1", "--record")
    assert [each["id"] for each in shown["offers"]] == ["hi"]
    assert [each["code"] for each in command("decide", "home", "user_id", "u1")["passed"]] == ["capped"]
    assert command("decide", "nowhere", "user_id", "u1")["error"]["code"] == "placement_not_found"
    assert command("offer", "refresh") == {"products": 0}
    assert command("offer", "remove", "hi") == {"removed": "hi"}
    assert command("offer", "remove", "hi")["error"]["code"] == "offer_not_found"


async def test_an_offer_may_name_a_condition(served: Served, platform: Platform) -> None:
    await call(served, "DefinePlacement", input={"id": "home"})
    made = await _define(served, id="back", rule="repeat customer", placements=["home"], content={"text": "Again?"})
    assert made["offer"]["rule"] == "repeat customer"
    for number, shown in ((1, []), (2, ["back"])):
        await platform.pipeline.ingest([fact("user_id|sarah", id=f"o{number}", minute=number, type="purchase")])
        asked = (await call(served, "Decide", placement="home", identity=SARAH, record=False))["decide"]
        assert [each["offerId"] for each in asked["offers"]] == shown
