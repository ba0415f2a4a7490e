"""The language of segments over a graph: what rules may speak of there, and whether one fits, through every door."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.model import Device
from graphcdp.platform import Platform
from graphcdp.segments.rule.text import to_text
from tests import warm
from tests.api.test_graphql_operations import call
from tests.graph.test_plans import operators
from tests.make import fact, record
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


def _history() -> list[Any]:
    facts: list[Any] = []
    for number in range(12):
        who = (f"user_id|u{number}", f"email|u{number}@shop.example")
        facts.append(
            record(*who, id=f"r{number}", loyalty_tier=("Bronze", "Gold")[number % 2], points=number,
                   first_name=f"Name{number}", birth_date=f"1990-01-{number + 10}", vip=number == 0,
                   mixed=number if number % 2 else "x")
        )  # fmt: skip
        facts.append(
            fact(who[0], id=f"v{number}", minute=number, type="product_view",
                 properties={"category": "men", "price": 10.5, "gift_wrap": True, "remind_on": "2026-05-01"},
                 device=Device(f"d{number}", "phone" if number % 2 else "desktop", "Pixel 8"))
        )  # fmt: skip
    facts.append(fact("user_id|u1", id="s", minute=20, type="store_visit", properties={"shop": "Leeds"}))
    return facts


async def test_a_builder_learns_what_there_is(served: Served, platform: Platform) -> None:
    await platform.pipeline.ingest(_history())
    await platform.language.fields(anew=True)
    found = (await call(served, "SegmentFields"))["segmentFields"]
    profile = {one["name"]: one for one in found["profile"]}
    assert (profile["profile.loyalty_tier"]["kind"], profile["profile.loyalty_tier"]["values"]) == (
        "text", ["Bronze", "Gold"],
    )  # fmt: skip
    assert "contains" in profile["profile.loyalty_tier"]["operators"]
    kinds = {name.removeprefix("profile."): one["kind"] for name, one in profile.items()}
    assert kinds.items() >= {
        "points": "number", "birth_date": "date", "vip": "boolean", "mixed": "mixed", "last_seen": "date",
        "first_name": "text",
    }.items()  # fmt: skip
    assert profile["profile.first_name"]["values"] == [], "names of people are no choice to be offered"
    event = {one["name"]: one for one in found["event"]}
    assert (event["gift_wrap"]["kind"], event["gift_wrap"]["values"]) == ("boolean", [True])
    assert event["remind_on"]["kind"] == "date"
    assert (event["device.kind"]["values"], event["device.name"]["values"]) == (["desktop", "phone"], ["Pixel 8"])
    assert event["shop"]["eventTypes"] == ["store_visit"]
    assert event["category"]["values"] == ["men"]
    types = {one["type"]: one for one in found["eventTypes"]}
    assert (types["product_view"]["count"], types["product_view"]["phrase"]) == (12, "viewed product")
    assert (types["store_visit"]["count"], types["store_visit"]["phrase"]) == (1, "did store_visit")
    assert types["purchase"]["count"] == 0
    assert "abandoned cart" in {one["name"] for one in found["named"]}
    assert "email" in found["namespaces"]


async def _check(served: Served, **given: Any) -> Any:
    return (await call(served, "CheckSegmentRule", **given))["checkSegmentRule"]


async def test_a_rule_is_checked_as_text_and_as_a_tree(served: Served, platform: Platform) -> None:
    await platform.pipeline.ingest(_history())
    await platform.language.fields(anew=True)
    rule = "viewed   PRODUCT where category != profile.loyalty_tier in the last 7 days and profile.points >= 3"
    fine = await _check(served, rule=rule)
    assert fine["valid"]
    assert fine["problems"] == []
    assert fine["text"] == (
        "viewed product where category != profile.loyalty_tier in last 7 days and profile.points >= 3"
    )
    again = await _check(served, tree=fine["tree"])
    assert again == fine
    wrong = await _check(served, rule="everyone and\nprofile.loyality_tier = 'Gold'")
    assert not wrong["valid"]
    (problem,) = wrong["problems"]
    assert (problem["severity"], problem["line"], problem["column"]) == ("ERROR", 2, 1)
    assert problem["suggestion"] == "profile.loyalty_tier"
    assert wrong["text"] == "everyone and profile.loyality_tier = 'Gold'"
    unread = await _check(served, rule="viewed product wher size = 'L'")
    assert (unread["valid"], unread["text"], unread["problems"][0]["suggestion"]) == (False, None, "where")
    tree = await _check(served, tree={"kind": "did", "events": {"windw": 1}})
    assert tree["problems"][0]["path"] == "events.windw"
    both = await _check(served, rule="everyone", tree={"kind": "everyone"})
    assert "not both" in both["problems"][0]["message"]
    tired = await _check(served, rule="everyone")
    assert (tired["valid"], tired["problems"][0]["severity"]) == (True, "WARNING")


async def _name(served: Served, **wanted: Any) -> Any:
    return (await call(served, "NameCondition", input=wanted))["nameCondition"]


async def test_a_condition_is_named_said_and_written_out(served: Served, platform: Platform) -> None:
    await platform.pipeline.ingest(_history())
    await platform.language.fields(anew=True)
    made = await _name(served, name="Gold  Visitor", rule="viewed product in last 7 days and profile.points > 3")
    assert made["condition"] == {
        "name": "gold visitor", "title": "viewed product in last 7 days and profile.points > 3",
        "rule": "viewed product in last 7 days and profile.points > 3", "takesWindow": True, "builtIn": False,
    }  # fmt: skip
    more = await _name(served, name="other visitor", rule="did store_visit and not gold visitor in last 1 day")
    assert more["condition"]["rule"] == (
        "did store_visit and not (viewed product in last 1 day and profile.points > 3)"
    )
    found = await platform.language.check("gold visitor in last 2 days and abandoned cart")
    assert (found.valid, found.text) == (True, "gold visitor in last 2 days and abandoned cart")
    assert found.condition is not None
    assert to_text(found.condition) == "(viewed product in last 2 days and profile.points > 3) and abandoned cart"
    names = {one["name"] for one in (await call(served, "SegmentFields"))["segmentFields"]["named"]}
    assert names > {"gold visitor", "other visitor", "abandoned cart"}
    for name, rule, told in (
        ("abandoned cart", "purchased", "comes with graphcdp"),
        ("no-name", "purchased", "words of letters"),
        ("x" * 65, "purchased", "words of letters"),
        ("broken", "purchased where", "ends too early"),
        ("broken", "did store_visits", "Did you mean `store_visit`?"),
        ("self", "not self", "no named condition or event `self`"),
    ):
        wrong = await _name(served, name=name, rule=rule)
        assert (wrong["__typename"], wrong["code"]) == ("InvalidInput", "bad_rule")
        assert told in wrong["message"]
    gone = (await call(served, "RemoveNamedCondition", input={"name": "gold visitor"}))["removeNamedCondition"]
    assert gone == {"__typename": "RemoveNamedConditionPayload", "name": "gold visitor"}
    assert not (await platform.language.check("gold visitor")).valid
    assert (await platform.language.check("other visitor")).valid
    again = (await call(served, "RemoveNamedCondition", input={"name": "gold visitor"}))["removeNamedCondition"]
    assert (again["__typename"], again["code"]) == ("NotFound", "named_condition_not_found")


@pytest.mark.parametrize(
    "attempt", ["') OR true //", "`}) DETACH DELETE (n) //", "$now", "\\u0027 or 1=1", "<script>", "{{7*7}}"]
)
async def test_what_is_injected_is_text_or_refused(
    served: Served, platform: Platform, graph: Graph, attempt: str
) -> None:
    await platform.pipeline.ingest(_history())
    before = await graph.read_text("MATCH (n) RETURN count(n) AS nodes")
    quoted = attempt.replace("\\", "\\\\").replace("'", "\\'")
    told = await _check(served, rule=f"profile.loyalty_tier = '{quoted}'")
    assert told["valid"]
    assert told["tree"]["right"]["value"] == attempt
    for rule in (f"profile.{attempt} = 1", f"did {attempt}", f"purchased where {attempt} = 1", f"in segment {attempt}"):
        assert not (await _check(served, rule=rule))["valid"]
    for name in ("profile", "event"):
        broken = {"kind": "compare", "left": {"kind": name, "name": attempt}, "operator": "=",
                  "right": {"kind": "number", "value": 1}}  # fmt: skip
        assert (await _check(served, tree=broken))["problems"][0]["path"] == "left.name"
    assert await graph.read_text("MATCH (n) RETURN count(n) AS nodes") == before


async def test_the_command_line_says_the_same(platform: Platform, settings: Settings, tmp_path: Path) -> None:
    await platform.pipeline.ingest(_history())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)

    def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [warm.command(), "segment", *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    found = json.loads(cli("fields", "--json").stdout)
    assert {one["name"] for one in found["profile"]} >= {"profile.loyalty_tier", "profile.last_seen"}
    assert "profile.loyalty_tier" in cli("fields").stdout
    fine = cli("check", "profile.loyalty_tier = 'Gold'")
    assert (fine.returncode, fine.stdout.strip()) == (0, "profile.loyalty_tier = 'Gold'")
    assert json.loads(cli("name", "shop visitor", "did store_visit", "--json").stdout)["name"] == "shop visitor"
    assert "shop visitor" in cli("fields").stdout
    assert cli("check", "shop visitor in last 7 days").stdout.strip() == "shop visitor in last 7 days"
    assert cli("unname", "shop visitor").returncode == 0
    assert cli("check", "shop visitor").returncode == 1
    file = tmp_path / "rule.json"
    file.write_text('{"kind": "did", "events": {"types": ["store_visits"]}}')
    wrong = cli("check", "--file", str(file), "--json")
    assert wrong.returncode == 1
    told = json.loads(wrong.stdout)
    assert (told["valid"], told["problems"][0]["suggestion"]) == (False, "store_visit")


@pytest.mark.parametrize("name", ["segments.next_type", "segments.count_types", "segments.sample_events"])
async def test_what_there_is_is_found_without_reading_or_sorting_all_events(graph: Graph, name: str) -> None:
    statement = graph.catalogue.get(name)
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
        plan = (await result.consume()).plan
    found = [operator for operator, _ in operators(plan)]
    assert "NodeIndexSeek" in found
    assert not any("Scan" in operator for operator in found)
    assert name != "segments.next_type" or not any("Sort" in operator or "Top" in operator for operator in found)
