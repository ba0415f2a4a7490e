"""Journeys over HTTP."""

from __future__ import annotations

import pytest

from tests.api.test_graphql_operations import call, fed
from tests.served import Served

__all__ = ["fed"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_sessions(fed: Served) -> None:
    found = (await call(fed, "JourneySessions", by="ENTRY_TYPE", first=1))["journey"]["sessions"]
    assert {(one["value"], one["sessions"], one["events"]) for one in found["groups"]} == {
        ("product_view", 1, 1),
        ("login", 2, 2),
    }
    assert found["rules"]["gap_seconds"] == 1_800
    assert len(found["items"]["edges"]) == 1
    wrong = (await call(fed, "JourneySessions", within="channel ~ 'web'"))["journey"]["sessions"]
    assert wrong["code"] == "bad_rule"


async def test_attribution(fed: Served) -> None:
    found = (
        await call(
            fed,
            "JourneyAttribution",
            rule={"conversions": "logged in", "dimension": "type"},
            model="LINEAR",
            label="product_view",
        )
    )["journey"]
    credits = {one["label"]: one["conversions"] for one in found["attribution"]["credits"]}
    assert sum(credits.values()) == found["attribution"]["conversions"] > 0
    assert credits["product_view"] == len(found["attribution"]["behind"]["edges"]) > 0
    assert [(one["model"], one["container"]) for one in found["attributionComparison"]["attributions"]] == [
        (model, container) for container in ("PERSON", "COOKIE") for model in ("FIRST", "LINEAR", "MARKOV")
    ]
    wrong = (await call(fed, "JourneyAttribution", rule={"lookbackSeconds": 0}, label="x"))["journey"]["attribution"]
    assert wrong["code"] == "invalid_input"


async def test_drivers_and_deflection(fed: Served) -> None:
    rule = {"outcome": "logged in", "leastPeople": 1, "indexCounts": True}
    found = (
        await call(
            fed,
            "JourneyDrivers",
            drivers=rule,
            deflection={"selfService": "viewed product", "calls": "logged in", "content": "type"},
            label=["product_view"],
        )
    )["journey"]
    (viewed,) = found["drivers"]["drivers"]
    assert viewed["name"] == "product_view"
    assert viewed["withSuccess"] + viewed["withFailure"] == len(found["drivers"]["people"]["edges"])
    assert found["drivers"]["entered"] >= found["drivers"]["succeeded"] > 0
    deflected = found["callDeflection"]
    assert deflected["total"]["sessions"] == deflected["total"]["escalated"] + deflected["total"]["contained"] == 1
    assert deflected["groups"][0]["content"] == "product_view"
    assert (deflected["total"]["people"], deflected["total"]["peopleEscalated"]) == (1, 1)
    assert deflected["pathsBefore"]
    refused = (await call(fed, "JourneyDrivers", drivers=rule, count="SESSIONS"))["journey"]["drivers"]
    assert refused["message"].startswith("Drivers count people, not sessions: ")
    unknown = (await call(fed, "JourneyDrivers", drivers={**rule, "strata": ["first_nam"]}))["journey"]["drivers"]
    assert "There is no attribute of profiles `first_nam`. Did you mean `first_name`?" in unknown["message"]
    wrong = (await call(fed, "JourneyDrivers", drivers={**rule, "windowSeconds": 0}))["journey"]["drivers"]
    assert wrong["code"] == "invalid_input"


async def test_a_funnel_with_the_people_behind_it(fed: Served) -> None:
    steps = ["viewed product", "logged in"]
    found = (await call(fed, "JourneyFunnel", input={"steps": steps}))["journey"]["funnel"]
    assert [(one["people"], one["fromFirst"], one["stopped"]) for one in found["steps"]] == [(1, 1.0, 0), (1, 1.0, 1)]
    assert found["steps"][0]["nextMedianSeconds"] == 2 * 86_400
    assert found["steps"][0]["histogram"] == {"lowestSeconds": 172_800.0, "binSeconds": 1.0, "bins": [1]}
    assert found["rules"]["order"] == "ordered"
    short = {"steps": steps, "windowSeconds": 3_600, "breakdown": "category"}
    (view, login) = (await call(fed, "JourneyFunnel", input=short))["journey"]["funnel"]["steps"]
    assert (view["value"], login["people"], view["reasons"]) == ("men", 0, [{"reason": "WINDOW_EXPIRED", "people": 1}])
    ((edge),) = view["persons"]["edges"]
    assert edge["node"]["eventIds"] == ["v1"]
    assert view["dropOffPaths"] == [{"path": [], "people": 1}]
    # on the cookie alone the login of Sarah is not seen
    cookie = (await call(fed, "JourneyFunnel", input={"steps": steps}, container="COOKIE"))["journey"]["funnel"]
    assert [one["people"] for one in cookie["steps"]] == [1, 0]
    neo4j = (await call(fed, "JourneyFunnel", input={"steps": steps}, engine="CYPHER"))["journey"]["funnel"]
    assert neo4j["rules"]["engine"] == "cypher"
    other = "policy: first_owner\nnamespaces:\n  - {name: user_id, kind: person, priority: 1}\n"
    unable = await call(fed, "JourneyFunnel", input={"steps": steps}, engine="COLUMNAR", rules=other)
    assert unable["journey"]["funnel"]["code"] == "engine_cannot_answer"
    wrong = (await call(fed, "JourneyFunnel", input={"steps": []}))["journey"]["funnel"]
    assert wrong == {"code": "invalid_input", "message": "The funnel has 0 steps; it has 1 to 12."}


async def test_parts(fed: Served) -> None:
    steps = ["viewed product", "logged in"]
    found = (await call(fed, "JourneyParts", by="type", steps=steps))["journey"]["parts"]
    assert [(one["label"], one["events"]) for one in found["parts"]] == [("login", 2), ("product_view", 1)]
    views = found["parts"][1]["journey"]
    assert [one["people"] for one in views["funnel"]["steps"]] == [1, 0]
    assert views["funnel"]["rules"]["part"] == "type: product_view"
    wrong = (await call(fed, "JourneyParts", by="profile.first_nam", steps=steps))["journey"]["parts"]
    assert wrong["code"] == "bad_rule" and "first_name" in wrong["message"]


async def test_every_answer_says_what_differs_on_cookies(fed: Served) -> None:
    path = "(viewed product)-->(logged in)"
    said = {"steps": ["viewed product", "logged in"], "path": path}
    found = (await call(fed, "JourneyCompared", **said, cookies=True))["journey"]
    assert len(found) == 16
    for name, one in found.items():
        assert one["compared"]["changed"] == {"container": ["person", "cookie"]}, name
        for row in one["compared"]["rows"]:
            both = row["here"], row["there"]
            assert row["difference"] == (None if None in both else both[1] - both[0])
    people = [row for row in found["funnel"]["compared"]["rows"] if row["figure"] == "people"]
    assert [(row["at"], row["here"], row["there"], row["difference"]) for row in people] == [
        (["1", "viewed product"], 1, 1, 0), (["2", "logged in"], 1, 0, -1)
    ]  # fmt: skip
    wrong = (await call(fed, "JourneyCompared", **said))["journey"]["sessions"]["compared"]
    assert wrong["code"] == "invalid_input"


async def test_channels_contents_and_tools(fed: Served) -> None:
    found = (
        await call(
            fed,
            "JourneyChannels",
            channels={"conversions": "logged in"},
            tools={"tools": "any event", "field": "type", "success": "logged in"},
            field="channel",
            value="web",
        )
    )["journey"]
    (web,) = found["channels"]["channels"]
    assert (web["channel"], web["people"]) == ("web", len(found["doers"]["edges"]))
    assert found["channels"]["overlap"][0]["channels"] == ["web"]
    assert (found["products"]["rows"][0]["rank"], found["products"]["rows"][0]["sessions"]) == (1, 1)
    assert {one["tool"]: one["successRate"] for one in found["tools"]["tools"]} == {"login": 1.0, "product_view": 0.0}
    assert [(one["sessions"], one["solved"], one["solvedRate"]) for one in found["tools"]["tools"]] == [
        (2, 2, 1.0), (1, 0, 0.0)
    ]  # fmt: skip
    wrong = (await call(fed, "JourneyChannels", channels={"lookbackSeconds": 0}))["journey"]["channels"]
    assert wrong["code"] == "invalid_input"


async def test_who_ties_devices_to_people(fed: Served) -> None:
    found = (await call(fed, "JourneyStitching", rule={"converts": "logged in"}))["journey"]["stitching"]
    assert [one["method"] for one in found["methods"]] == ["DEVICE", "LIVE", "REPLAY", "GRAPH"]
    assert {one["converted"] for one in found["methods"]} <= {1, 2}
    assert found["rules"]["transient"]
    wrong = (await call(fed, "JourneyStitching", rule={"transient": ["user_idd"]}))["journey"]["stitching"]
    assert wrong["code"] == "invalid_input"
    assert "Did you mean `user_id`?" in wrong["message"]
    wrong = (await call(fed, "JourneyStitching", container="COOKIE"))["journey"]["stitching"]
    assert "side by side" in wrong["message"]


async def test_the_time_line_of_one_person(fed: Served) -> None:
    visitor = {"namespace": "anonymous_id", "value": "browser-1"}
    found = (await call(fed, "JourneyTimeline", identity=visitor, first=1))["journey"]["timeline"]["moments"]
    ((edge),) = found["edges"]
    assert (edge["node"]["eventId"], edge["node"]["about"], edge["node"]["session"]) == ("v1", "Sweatshirt", 1)
    after = found["pageInfo"]["endCursor"]
    rest = (await call(fed, "JourneyTimeline", identity=visitor, after=after))["journey"]["timeline"]["moments"]
    assert [(one["node"]["eventId"], one["node"]["session"], one["node"]["secondsSince"]) for one in rest["edges"]] == [
        ("v4", 2, 2 * 86_400.0)
    ]
    assert not rest["pageInfo"]["hasNextPage"]
    only = (await call(fed, "JourneyTimeline", identity=visitor, within="logged in"))["journey"]["timeline"]["moments"]
    assert [one["node"]["identityKey"] for one in only["edges"]] == ["user_id|C-2"]
    nobody = {"namespace": "email", "value": "nobody@example.com"}
    assert (await call(fed, "JourneyTimeline", identity=nobody))["journey"]["timeline"]["code"]
