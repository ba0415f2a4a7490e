"""Questions about journeys in the background: progress, stopping, and what becomes of their answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn

from graphcdp.api.app import create_app
from graphcdp.api.auth import Keys
from graphcdp.base import MovableClock
from graphcdp.graph import Graph
from graphcdp.identity.reports.report import Progress
from graphcdp.journeys.limits import Bounded, Limits
from graphcdp.journeys.runs import JourneyRuns
from graphcdp.platform import Platform
from tests.api.test_graphql_operations import ACCOUNT, call, fed
from tests.api.test_journey_limits import _is, _rests, _runs, until
from tests.served import Served

__all__ = ["fed"]
QUESTION = "query ($by: SessionsBy) { journey { sessions(by: $by) { ... on Sessions { groups { value sessions } } } } }"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_a_question_is_answered_in_the_background(fed: Served) -> None:
    done = (await call(fed, "RunJourney", query=QUESTION, variables={"by": "CHANNEL"}))["runJourney"]
    assert (done["state"], done["progress"], done["stage"], done["error"]) == ("DONE", 1.0, None, None)
    assert done["answer"] == {"data": {"journey": {"sessions": {"groups": [{"value": "web", "sessions": 3}]}}}}
    again = (await call(fed, "JourneyRun", id=done["id"]))["journeyRun"]
    assert (again["state"], again["answer"]) == ("DONE", done["answer"])
    ended = (await call(fed, "CancelJourneyRun", id=done["id"]))["cancelJourneyRun"]
    assert ended["state"] == "DONE"  # what has ended stays as it is
    wrong = (await call(fed, "RunJourney", query="{ journey { sessionz { __typename } } }"))["runJourney"]
    assert "sessionz" in wrong["answer"]["errors"][0]["message"]
    for query, said in (
        ("mutation { eraseProfile { __typename } }", "Give one query of `journey` alone"),
        ("{ sources { id } }", "Give one query of `journey` alone"),
        ("{ journey {", "cannot be read"),
    ):
        refused = (await call(fed, "RunJourney", query=query))["runJourney"]
        assert (refused["code"], said in refused["message"]) == ("invalid_input", True), refused
    for name in ("JourneyRun", "CancelJourneyRun"):
        ((missing,),) = [list((await call(fed, name, id="rep_none")).values())]
        assert missing["code"] == "report_not_found"
    # an answer may name somebody: it goes with whoever is erased
    assert (await call(fed, "EraseProfile", input={"identity": ACCOUNT}))["eraseProfile"]["__typename"]
    assert (await call(fed, "JourneyRun", id=done["id"]))["journeyRun"]["answer"] is None


async def test_an_answer_is_kept_for_a_day(graph: Graph) -> None:
    clock = MovableClock(datetime(2026, 3, 1, tzinfo=UTC))
    runs = JourneyRuns(graph, clock)

    async def answered() -> str:
        return "[1]"

    first = await runs.start(answered, wait_seconds=10)
    assert (first.head.state, first.answer) == ("done", "[1]")
    clock.advance(timedelta(hours=20))
    second = await runs.start(answered, wait_seconds=10)
    assert (await runs.get(first.head.id)).answer == "[1]"
    clock.advance(timedelta(hours=5))
    await runs.start(answered, wait_seconds=10)
    assert [(await runs.get(one.head.id)).answer for one in (first, second)] == [None, "[1]"]

    async def long() -> str:
        return "x" * 1_000_001

    failed = await runs.start(long, wait_seconds=10)
    assert failed.head.state == "failed"
    assert failed.head.error is not None and failed.head.error.startswith(
        "The answer has 1,000,001 bytes, and 1,000,000"
    )
    await runs.close()


async def test_an_answer_that_comes_after_somebody_was_erased_is_not_kept(graph: Graph) -> None:
    runs = JourneyRuns(graph, MovableClock(datetime(2026, 3, 1, tzinfo=UTC)))
    may_end = asyncio.Event()

    async def slow() -> str:
        await may_end.wait()
        return "[2]"

    begun = await runs.start(slow)
    await runs.forget()
    may_end.set()
    ended = begun
    while ended.head.state == "running":
        ended = await runs.get(begun.head.id)
    assert (ended.head.state, ended.answer) in {("done", None), ("cancelled", None)}
    await runs.close()


async def test_a_question_is_told_of_and_stopped(fed: Served, platform: Platform, graph: Graph) -> None:
    """By one server of which Neo4j is slow, asked for at another, and stopped from there."""
    journeys, keys = platform.journeys, Keys.load(platform.settings)
    before = journeys._graph
    journeys._graph = _Slow.over(platform.graph, Limits(), platform.language.fields)
    server = uvicorn.Server(uvicorn.Config(create_app(platform, keys), port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: _is(server.started))
        here = replace(fed, url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
        begun = (await call(here, "RunJourney", query=QUESTION, waitSeconds=0))["runJourney"]
        assert (begun["state"], begun["answer"]) == ("RUNNING", None)
        told: dict[str, Any] = {}

        async def reads() -> bool:
            told.update((await call(fed, "JourneyRun", id=begun["id"]))["journeyRun"])
            return bool(told["stage"] and told["stage"].startswith("Neo4j reads 3 events, ")) and await _runs(graph)

        await until(reads)
        assert 0 < told["progress"] < 1
        stopped = (await call(fed, "CancelJourneyRun", id=begun["id"]))["cancelJourneyRun"]
        assert stopped["state"] in ("RUNNING", "CANCELLED")  # it is another server's, which learns of it soon
        await until(lambda: _rests(graph))

        async def cancelled() -> bool:
            return bool((await call(here, "JourneyRun", id=begun["id"]))["journeyRun"]["state"] == "CANCELLED")

        await until(cancelled)
    finally:
        journeys._graph = before
        server.should_exit = True
        await serving


class _Slow(Bounded):
    """Neo4j, where every statement of rows takes a minute."""

    async def read_rows(self, name: str, /, **params: Any) -> list[list[Any]]:
        """Sleep on the server first."""
        if name == "journey.to_read":
            return await super().read_rows(name, **params)
        return await self._within(params, self._sleeps)

    async def _sleeps(self) -> list[list[Any]]:
        await Graph.read_text(self, "CALL apoc.util.sleep(60000)")
        return []


async def test_a_watch_is_told_part_by_part_and_may_stop_the_question(fed: Served, platform: Platform) -> None:
    journeys, told = platform.journeys, list[Progress]()
    parts = await journeys.watched(lambda: journeys.by_part(journeys.sessions, "type"), told.append)
    assert [one.part.label for one in parts.shares] == ["login", "product_view"]
    shares = [one.share for one in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and all(0 <= one < 1 for one in shares[:-1])
    stages = [one.stage.partition(":")[0] for one in told]
    assert stages.index("type login") < stages.index("type product_view")
    assert told[-1] == Progress("done", 1.0)
    both = list[Progress]()
    await journeys.watched(lambda: journeys.compare(journeys.sessions, cookies=True), both.append)
    assert {one.stage.partition(":")[0] for one in both} == {"as people are", "on cookies", "done"}

    def enough(progress: Progress) -> None:
        raise KeyError(progress.stage)

    with pytest.raises(KeyError, match="Neo4j reads 3 events"):
        await asyncio.wait_for(journeys.watched(journeys.sessions, enough), 20)
