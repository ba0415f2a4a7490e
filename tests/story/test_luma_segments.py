"""Row L6: the gift rule as the marketer says it; Sarah enters when her cart lies idle, and leaves with her purchase."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from graphcdp.base import MovableClock, SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline, Seed, SeedLoader
from graphcdp.segments.seeded import set_up
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from tests.make import fact
from tests.pace import a_second

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
GIFTS = "gift_cart_abandoners"
_STAYS = """
MATCH (:Identity {key: 'crm_id|C-104187'})<-[:HAS_IDENTITY]-(sarah:Profile)
OPTIONAL MATCH (sarah)-[stay:MEMBER_OF]->(:Segment {id: 'gift_cart_abandoners'})
RETURN stay.entered AS entered, stay.because AS because
"""


async def test_sarah_enters_and_leaves(graph: Graph, tmp_path: Path) -> None:
    now = SystemClock().now()
    seed = replace(Seed.load("luma"), customers=80)
    rules = RuleBook(graph, SystemClock())
    loader = SeedLoader(graph, Pipeline(graph, SystemClock(), rules, b"k" * 32), rules, SystemClock(), tmp_path)
    await loader.load(seed, until="L6")
    (said,) = await graph.read_text("MATCH (e:Event {id: 'luma_web:sr-web-0008'}) RETURN e.ts AS ts")
    looked: datetime = said["ts"]
    assert looked.astimezone(ZoneInfo("Europe/London")).strftime("%H:%M:%S") == "18:19:22"

    clock = MovableClock(looked + timedelta(minutes=5))
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    segments = Segments(graph, clock, pipeline, Language(graph, clock, rules))
    await set_up(segments, seed, "L6")
    assert await graph.read_text(_STAYS) == [{"entered": None, "because": None}]
    for minutes, member in ((29.9, False), (30.1, True)):
        clock.set(looked + timedelta(minutes=minutes))
        await segments.tick()
        ((stay),) = await graph.read_text(_STAYS)
        assert (stay["because"] == "clock") is member
    guess = await segments.estimate((await segments.get(GIFTS)).rule)
    members = (await segments.get(GIFTS)).members
    assert members >= 1
    # Counted unless this machine is so busy that it would take too long.
    assert guess.people == members if guess.exact else guess.low <= members <= guess.high

    clock.set(now)
    await segments.tick()
    began = perf_counter()
    await pipeline.ingest(
        [fact("crm_id|C-104187", type="purchase", ts=now, id="bought", properties={"product": "MSW01"})]
    )
    assert perf_counter() - began < a_second()
    assert (await graph.read_text(_STAYS))[0]["entered"] is None
    (sarah,) = await graph.read_text(
        "MATCH (:Identity {key: 'crm_id|C-104187'})<-[:HAS_IDENTITY]-(p) RETURN p.id AS id"
    )
    stays = [one for one in (await segments.of([sarah["id"]]))[sarah["id"]] if one.segment_id == GIFTS]
    assert (stays[0].exited, stays[0].exited_because, stays[0].exited_by_event) == (now, "event", "bought")


async def test_defining_it_again_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    pipeline = Pipeline(graph, clock, rules, b"k" * 32)
    segments = Segments(graph, clock, pipeline, Language(graph, clock, rules))
    loader = SeedLoader(graph, pipeline, rules, SystemClock(), tmp_path)
    loader.closings.append(lambda seed, reached: set_up(segments, seed, reached))
    seed = replace(Seed.load("luma"), customers=20)
    await loader.load(seed, until="L4")
    assert [one.id for one in await segments.all()] == ["mail_readers", "repeat_buyers"]
    await loader.load(seed, until="L6")
    first = await segments.all()
    assert [one.id for one in first] == [GIFTS, "mail_readers", "repeat_buyers"]
    assert {one.state for one in first} == {"active"}
    await loader.load(seed, until="L6")
    assert await segments.all() == first
