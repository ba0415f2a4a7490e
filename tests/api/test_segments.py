"""Segments over HTTP: estimate, define, members, people's segments, states, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphcdp.platform import Platform
from tests.api.test_graphql_operations import call, fed
from tests.served import Served

__all__ = ["fed"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

RULE = "logged in where channel = 'web' and profile.loyalty_points > 100"
TREE: dict[str, Any] = {"kind": "did", "events": {"kind": "events", "types": ["login"]}}


async def test_estimate_define_and_look(fed: Served) -> None:
    guess = (await call(fed, "EstimateSegment", rule=RULE))["estimateSegment"]
    assert guess == {
        "people": 1, "low": 1, "high": 1, "exact": True, "sample": 2, "population": 2, "overlap": [],
        "reach": [{"id": "email", "people": 1}, {"id": "user_id", "people": 1}], "destinations": [],
        "beganWith": "login events",
    }  # fmt: skip
    made = await call(fed, "DefineSegment", input={"id": "men", "rule": RULE, "name": "Men's", "activate": True})
    assert made["defineSegment"]["segment"] == {
        "id": "men", "state": "ACTIVE", "version": 1, "rule": RULE, "memberCount": 1,
    }  # fmt: skip
    found = (await call(fed, "SegmentMembers", id="men"))["segment"]
    ((edge),) = found["members"]["edges"]
    assert edge["node"]["because"] == "rule"
    assert [one["segmentId"] for one in edge["node"]["profile"]["segments"]] == ["men"]
    assert found["members"]["pageInfo"]["hasNextPage"] is False
    sarah = {"namespace": "email", "value": "sarah.rose@example.com"}
    why = (await call(fed, "ExplainMembership", segment="men", identity=sarah))["explainMembership"]
    assert why["member"] is True
    assert [(one["depth"], one["holds"], one["told"]) for one in why["reasons"]] == [
        (0, True, ""), (1, True, "1 event"), (1, True, "profile.loyalty_points is 120"),
    ]  # fmt: skip
    assert [one["eventId"] for one in why["reasons"][1]["events"]] == ["v2"]
    study = (await call(fed, "SegmentStudy", id="men", since="2026-02-26T00:00:00Z", until="2026-03-05T00:00:00Z"))[
        "segment"
    ]
    assert len(study["study"]["buckets"]) == 7
    assert (study["study"]["entered"]["people"], study["study"]["others"]["people"]) == (0, 2)
    nobody = {"namespace": "email", "value": "nobody@example.com"}
    assert (await call(fed, "ExplainMembership", segment="men", identity=nobody))["explainMembership"]["code"]
    again = await call(fed, "DefineSegment", input={"id": "men", "tree": TREE})
    assert again["defineSegment"]["segment"]["version"] == 2
    parts = (await call(fed, "SegmentMembers", id="men"))["segment"]["difference"]
    assert {(one["kind"], one["text"]) for one in parts} == {("added", "logged in"), ("removed", RULE)}
    assert [one["id"] for one in (await call(fed, "Segments"))["segments"]] == ["men"]


async def test_refusals_are_sentences(fed: Served) -> None:
    wrong = (await call(fed, "EstimateSegment", rule="profile.loyalty_point > 1"))["estimateSegment"]
    assert wrong["code"] == "bad_rule"
    assert "loyalty_points" in wrong["message"]
    input = {"id": "a b", "rule": "everyone"}
    assert "cannot be a segment's id" in (await call(fed, "DefineSegment", input=input))["defineSegment"]["message"]
    missing = (await call(fed, "ChangeSegmentState", input={"id": "none", "state": "ACTIVE"}))["changeSegmentState"]
    assert missing["code"] == "segment_not_found"
    await call(fed, "DefineSegment", input={"id": "all", "rule": "purchased"})
    paused = (await call(fed, "ChangeSegmentState", input={"id": "all", "state": "PAUSED"}))["changeSegmentState"]
    assert paused["message"] == "Segment all is draft; from there it becomes active or archived."
    assert (await call(fed, "SegmentMembers", id="none"))["segment"]["code"] == "segment_not_found"


async def test_an_estimate_says_how_many_each_destination_can_take(
    fed: Served, platform: Platform, tmp_path: Path
) -> None:
    await platform.destinations.create("lake", "files", {"url": str(tmp_path)}, actions=["analysis"])
    await platform.destinations.create("match", "customer_match", {"url": str(tmp_path)}, actions=["retargeting"])
    guess = (await call(fed, "EstimateSegment", rule="everyone"))["estimateSegment"]
    told = {one["id"]: one["people"] for one in guess["destinations"]}
    known = {one["id"]: one["people"] for one in guess["reach"]}
    assert told == {"lake": 2, "match": known["email"]}
