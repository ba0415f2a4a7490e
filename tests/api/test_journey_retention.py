"""Retention and published audiences over HTTP."""

from __future__ import annotations

import pytest

from tests.api.test_graphql_operations import call, fed
from tests.served import Served

__all__ = ["fed"]
DAY = "2026-03-01"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_retention_lifecycle_and_stickiness(fed: Served) -> None:
    found = (
        await call(
            fed, "JourneyRetention", calendar={"interval": "DAY"}, rule={"periods": 3}, cohort=DAY, column=0, period=DAY
        )
    )["journey"]
    cohorts = found["retention"]["cohorts"]
    assert cohorts[0] == {"start": DAY, "people": 2, "returned": [2, 0, 1], "rates": [1.0, 0.0, 0.5]}
    assert found["retention"]["rules"]["measure"] == "n_day"
    assert len(found["retention"]["people"]["edges"]) == 2
    (day,) = [one for one in found["lifecycle"]["periods"] if one["start"] == DAY]
    assert (day["new"], day["people"], day["complete"]) == (2, 2, True)
    assert day["sessions"] == day["events"] == {"new": 2, "returning": 0, "resurrecting": 0}
    assert len(found["lifecycle"]["people"]["edges"]) == 2
    assert sum(one["people"] for one in found["stickiness"]["steps"]) == 2
    assert len(found["stickiness"]["people"]["edges"]) == 2
    assert sum(one["sessions"] for one in found["stickiness"]["steps"]) == 3
    assert sum(one["events"] for one in found["stickiness"]["steps"]) == 3
    loose = "namespaces: [{name: user_id}, {name: email}, {name: anonymous_id, kind: cookie}]"
    other = (
        await call(fed, "JourneyRetention", calendar={"interval": "DAY"}, cohort=DAY, period=DAY, identityRules=loose)
    )["journey"]["retention"]
    assert (other["cohorts"][0]["people"], other["rules"]["events_not_followed"]) == (1, 0)
    refused = (await call(fed, "JourneyRetention", cohort=DAY, period=DAY, identityRules="no: rules"))["journey"]
    assert refused["retention"]["code"] == "invalid_input"
    wrong = (await call(fed, "JourneyRetention", calendar={"zone": "Mars"}, cohort=DAY, period=DAY))["journey"]
    assert wrong["retention"]["code"] == "invalid_input"
    assert "no time zone" in wrong["lifecycle"]["message"]


async def test_what_happens_around_an_event(fed: Served) -> None:
    input = {"anchor": "logged in", "before": 1, "after": 1}
    found = (await call(fed, "JourneyFlow", input=input, taken=["product_view", "login"], step=-1))["journey"]
    assert [tuple(one.values()) for one in found["flow"]["links"]] == [
        (-1, "(entry)", "login", 1), (-1, "product_view", "login", 1), (0, "login", "(exit)", 2),
    ]  # fmt: skip
    assert found["flow"]["sequences"] == 2
    assert len(found["flow"]["persons"]["edges"]) == 1
    assert [(one["path"], one["share"]) for one in found["paths"]["paths"]] == [
        (["(entry)", "login", "(exit)"], 0.5), (["product_view", "login", "(exit)"], 0.5),
    ]  # fmt: skip
    edges = {(one["source"], one["target"]): one["meanSeconds"] for one in found["transitions"]["edges"]}
    assert edges["product_view", "login"] == 2 * 86_400
    far = (await call(fed, "JourneyFlow", input={"after": 99}, taken=["login"]))["journey"]["flow"]
    assert "together they are 1 to 20" in far["message"]


async def test_publishing_an_audience(fed: Served) -> None:
    cell = {"kind": "lifecycle", "period": DAY, "state": "new", "calendar": {"interval": "day"}}
    made = await call(fed, "PublishAudience", input={"id": "early", "name": "Early ones", "cell": cell})
    assert made["publishAudience"]["segment"] == {
        "id": "early", "rule": "in audience early", "state": "ACTIVE", "memberCount": 2,
    }  # fmt: skip
    ((one,),) = (await call(fed, "Audiences")).values()
    assert (one["id"], one["people"], one["live"], one["question"]["cell"]["state"]) == ("early", 2, False, "new")
    again = (await call(fed, "RefreshAudience", id="early"))["refreshAudience"]
    assert again["audience"]["people"] == again["segment"]["memberCount"] == 2
    wrong = (await call(fed, "PublishAudience", input={"id": "x", "cell": {"kind": "tea"}}))["publishAudience"]
    assert wrong["code"] == "invalid_input"
    assert (await call(fed, "RefreshAudience", id="x"))["refreshAudience"]["code"] == "segment_not_found"


async def test_a_pattern(fed: Served) -> None:
    found = (await call(fed, "JourneyPattern", path="(view product)-->(login)"))["journey"]["pattern"]
    assert (found["pattern"], found["people"], found["matches"]) == (
        "(view product)-->(login) within 2 weeks", 1, 1,
    )  # fmt: skip
    ((one,),) = [[edge["node"] for edge in found["items"]["edges"]]]
    assert (one["eventIds"], one["types"]) == (["v1", "v4"], ["product_view", "login"])
    assert "product_view" not in found["cypher"]
    wrong = (await call(fed, "JourneyPattern", path="(view product"))["journey"]["pattern"]
    assert wrong["code"] == "bad_rule"
    cell = {"kind": "pattern", "pattern": "(view product)-->(login)"}
    made = (await call(fed, "PublishAudience", input={"id": "lookers", "cell": cell}))["publishAudience"]
    assert made["segment"]["memberCount"] == 1
