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
