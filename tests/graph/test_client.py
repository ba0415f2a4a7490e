"""The door for notebooks: without `await`, tables for answers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

import graphcdp
from graphcdp.base import InvalidInputError, Settings
from graphcdp.identity.questions.chain import ProfileNotFoundError
from graphcdp.journeys import Selection
from graphcdp.model import IdentityKey
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


@pytest.fixture
def cdp(settings: Settings, server: object) -> Iterator[graphcdp.CDP]:
    """A client over the session's server."""
    with graphcdp.connect(settings) as opened:
        yield opened


async def test_people_and_their_journeys(cdp: graphcdp.CDP) -> None:
    """It works where a loop is running, as in a notebook."""
    cdp.pipeline.ingest(
        [
            fact("user_id|ana", "email|ana@shop.example", id="v", minute=0, type="product_view"),
            fact("user_id|ana", id="p", minute=5, type="purchase", channel="store"),
            fact("user_id|ben", id="b", minute=9, type="product_view"),
        ]
    )
    ana = cdp.profiles.get(IdentityKey("email", "ana@shop.example"))
    assert ana.id == cdp.profiles.get(IdentityKey("user_id", "ana")).id
    table = cdp.journeys.funnel(steps=["viewed product", "purchased"], window_seconds=600)
    assert isinstance(table, pd.DataFrame)
    assert table["people"].tolist() == [2, 1]
    assert table.rules["window_seconds"] == 600
    assert "2. purchased" in table.plot().svg()
    part = table[table["people"] > 1]
    assert type(part) is pd.DataFrame
    alone = cdp.journeys.funnel(steps=["viewed product", "purchased"], end=at(3), container="cookie")
    assert alone["people"].tolist() == [1, 0]
    assert alone.equals(
        cdp.journeys.funnel(steps=["viewed product", "purchased"], selection=Selection(end=at(3), container="cookie"))
    )
    assert cdp.journeys.sessions(segment=None, gap_seconds=60)["sessions"].tolist() == [3]
    shown = cdp.journeys.sessions(parts_by="channel", gap_seconds=60)
    assert shown["sessions"].to_dict() == {("web", "all"): 2, ("store", "all"): 1}
    assert shown.rules["parts_by"] == "channel"
    told: list[tuple[str, float]] = []
    cdp.journeys.funnel(steps=["viewed product", "purchased"], against="cookies", progress=told.append)
    assert told[0][0].startswith("as people are: Neo4j reads 3 events, ") and told[-1] == ("done", 1.0)
    with pytest.raises(InvalidInputError, match="people are listed under one rule at a time"):
        cdp.journeys.list_sessions(against="cookies")
    steps = cdp.journeys.funnel(steps=["viewed product", "purchased"], against="cookies")
    assert steps["people", "difference"].tolist() == [0, 0]
    with pytest.raises(InvalidInputError, match="not both"):
        cdp.journeys.sessions(parts_by="channel", against="cookies")
    cdp.segments.define("buyers", "purchased")
    assert [one.id for one in cdp.segments.all()] == ["buyers"]
    assert cdp.tick() >= 0
    assert "journeys" in dir(cdp) and "funnel" in dir(cdp.journeys)


async def test_what_is_wrong_is_said(cdp: graphcdp.CDP) -> None:
    with pytest.raises(InvalidInputError, match="funnel takes no windows"):
        cdp.journeys.funnel(steps=["purchased"], windows=3)
    with pytest.raises(AttributeError):
        cdp.nonsense  # noqa: B018
    with pytest.raises(ProfileNotFoundError):
        cdp.profiles.get_by_id("prf_nobody")
