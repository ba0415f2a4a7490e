"""Rows L2b and L8: Sarah, a stranger, a new and a returning visitor see different things on the home page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from graphcdp.decisions import Decision
from graphcdp.graph import Graph
from graphcdp.ingest import Seed
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from tests.make import fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
PHONE = IdentityKey("ecid", "12905563847710264938820574416093357281")


def _shown(decision: Decision) -> list[str]:
    return [each.offer.id for each in decision.shown]


async def test_each_sees_something_else(platform: Platform, graph: Graph) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=80), until="L8")
    web = await platform.decider.decide("web_home", IdentityKey("crm_id", "C-104187"), record=False)
    assert _shown(web) == ["bronze_thanks", "gift_message"]
    assert web.shown[0].content["headline"] == "Thank you for running with us, Sarah"
    assert "383 points" in web.shown[0].content["text"]

    mobile = await platform.decider.decide("mobile_home", PHONE)
    assert _shown(mobile) == ["bronze_thanks", "gift_message", "free_gift_wrap"]
    assert mobile.visitor == "known"
    assert len(mobile.recommendations) == 4
    assert mobile.recommendations[0].product_id in {"MSW01", "MSW06"}
    assert sum(1 for each in mobile.recommendations if each.activity == "running") >= 3
    assert all(each.reason for each in mobile.recommendations)
    checkout = await platform.decider.decide("checkout", PHONE)
    assert _shown(checkout) == ["free_gift_wrap"]

    now = platform.clock.now()
    await platform.pipeline.ingest(
        [
            fact("ecid|11111111111111111111", id="old", ts=now - timedelta(days=3)),
            fact("ecid|22222222222222222222", id="new", ts=now - timedelta(minutes=3)),
        ]
    )
    seen = {}
    for name, value in (("returning", "1" * 20), ("new", "2" * 20), ("stranger", "3" * 20)):
        found = await platform.decider.decide("mobile_home", IdentityKey("ecid", value))
        seen[name] = (found.visitor, _shown(found))
        assert all(each.code == "popular" for each in found.recommendations)
        assert len(found.recommendations) == 4
    assert seen == {
        "returning": ("returning", ["welcome_back"]),
        "new": ("new", ["welcome"]),
        "stranger": ("stranger", ["welcome"]),
    }
    theme = await platform.recommender.recommend("ecid|nobody", 4, activity="yoga")
    assert {each.activity for each in theme} == {"yoga"}
