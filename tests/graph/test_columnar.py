"""The columnar engine: who answers, who may, what it leaves behind; through the command line and Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

import graphcdp
from graphcdp.base import Settings
from graphcdp.cli import frame
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.journeys import FlowRule, FunnelRule, Journeys, Selection
from graphcdp.journeys.columnar import CannotAnswerError, Engines
from graphcdp.journeys.limits import JourneyTooLargeError, Limits
from graphcdp.platform import Platform
from graphcdp.server import Running
from tests.make import fact, key

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

BUY = FunnelRule(("viewed product", "purchased"))
COLUMNAR, AUTO = Selection(engine="columnar"), Selection()
FACTS = [
    fact(
        "user_id|ana",
        "email|ana@shop.example",
        id="ana-views",
        minute=0,
        type="product_view",
        attributes={"city": "Ulm"},
    ),
    fact("user_id|ana", id="ana-buys", minute=5, type="purchase", channel="store", properties={"revenue": 20.0}),
    fact("user_id|ben-the-erased", id="ben-views-what-nobody-may-know", minute=9, type="product_view"),
]


@pytest.fixture
async def journeys(platform: Platform, graph: Graph) -> Journeys:
    await platform.rules.in_force()
    await platform.pipeline.ingest(FACTS)
    return Journeys(graph, platform.clock, platform.language, platform.rules)


async def test_who_answers_and_what_is_left_of_the_erased(
    platform: Platform, graph: Graph, journeys: Journeys, tmp_path: Path
) -> None:
    file = tmp_path / "journeys.duckdb"
    with pytest.raises(CannotAnswerError, match="keeps no projection"):
        await journeys.funnel(BUY, COLUMNAR)
    engines = journeys.engines = Engines(graph, platform.clock, file)
    assert (await journeys.funnel(BUY, AUTO)).rules["engine"] == "cypher"
    assert await engines.state() is None
    assert await engines.tick() == 0
    assert not file.exists()  # nobody asked for one
    await graph.transact(lambda tx: tx.run_text("MATCH (e:Event) REMOVE e.batch"))  # as an older version left them
    found = await journeys.funnel(BUY, COLUMNAR)
    assert [one.people for one in found.steps] == [2, 1]
    assert (found.rules["engine"], found.rules["events_behind"]) == ("columnar", 0)
    assert (await journeys.funnel(BUY, AUTO)).rules["engine"] == "columnar"
    assert file.stat().st_mode & 0o777 == 0o600

    other = Engines(graph, platform.clock, file)  # a second one, as another process would have it
    with pytest.raises(CannotAnswerError, match="only one can"):
        await other.refresh()
    journeys.engines = other
    beside = (await journeys.funnel(BUY, AUTO)).rules
    assert (beside["engine"], "only one can" in beside["engine_note"]) == ("cypher", True)
    assert await other.tick() == 0
    journeys.engines = engines

    for wrong in (
        journeys.sessions(selection=COLUMNAR),
        journeys.funnel(FunnelRule(("viewed product",), breakdown="profile.city"), COLUMNAR),
        journeys.paths(rule=FlowRule(item="ts"), selection=COLUMNAR),
    ):
        with pytest.raises(CannotAnswerError):
            await wrong
    for what, ask in (
        ("sessions", lambda whose: journeys.sessions(selection=whose)),
        ("channels", journeys.channels),
        ("popular values", journeys.popular),
        ("lifecycle", journeys.lifecycle),
        ("stickiness", journeys.stickiness),
        ("tools", journeys.tools),
        ("call deflection", journeys.call_deflection),
        ("patterns", lambda whose: journeys.pattern("(viewed product)-->(purchased)", whose)),
    ):
        sentence = f"The columnar engine does not answer `{what}`; it answers funnel, flow, "
        with pytest.raises(CannotAnswerError, match=sentence):
            await ask(COLUMNAR)
        rules = (await ask(AUTO)).rules  # there is a projection, so it is said why it did not answer
        assert (rules["engine"], rules["engine_note"].startswith(sentence)) == ("cypher", True)
        assert "engine_note" not in (await ask(Selection(engine="cypher"))).rules
    by_neo4j = await journeys.funnel(FunnelRule(("viewed product",), breakdown="profile.city"), AUTO)
    assert "counting apart by the profile" in by_neo4j.rules["engine_note"]

    hurried = Journeys(graph, platform.clock, platform.language, platform.rules, Limits(seconds=0.0001))
    hurried.engines = engines
    with pytest.raises(JourneyTooLargeError, match="GRAPHCDP_JOURNEY_SECONDS"):
        await engines.answer("journey.transitions", await _asking(journeys), "columnar", hurried._graph)
    told = await engines.answer("journey.transitions", await _asking(journeys), "columnar")
    assert len(told.rows) == 4  # it answers again

    late = [fact("user_id|ben-the-erased", id="ben-buys", minute=1, type="purchase")]
    await platform.pipeline.ingest(late)
    lacking = await engines.state()
    assert lacking is not None
    assert (lacking.events, lacking.behind) == (3, 1)
    assert await engines.tick() == 1
    assert await engines.tick() == 0
    await engines.close()
    assert b"ben-views-what-nobody-may-know" in file.read_bytes()
    await platform.erasures.erase(key("user_id|ben-the-erased"), Author("cli:test", "asked by mail"))
    await engines.tick()
    assert [one.people for one in (await journeys.funnel(BUY, COLUMNAR)).steps] == [1, 1]
    await engines.close()
    assert not [each for each in tmp_path.iterdir() if b"nobody-may-know" in each.read_bytes()]
    assert not [each for each in tmp_path.iterdir() if b"ben-the-erased" in each.read_bytes()]

    file.write_bytes(b"no database at all")
    with pytest.raises(CannotAnswerError, match="Delete the file"):
        await engines.refresh()


async def _asking(journeys: Journeys) -> dict[str, Any]:
    chosen = await journeys.chosen(AUTO, alone=None)
    return {"item": "type", "collapse": False, "session_gap_seconds": None, "most": 9, **chosen.inputs}


async def test_commands_and_the_door_for_notebooks(
    journeys: Journeys,
    server: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"HOME": str(tmp_path), "NEO4J_URI": server.bolt_uri, "NEO4J_USER": server.user,
            "NEO4J_PASSWORD": server.password, "NEO4J_DATABASE": server.database}  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(f"GRAPHCDP_{name}", value)

    async def call(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert await anyio.to_thread.run_sync(frame._outcome, arguments) == code
        return capsys.readouterr().out

    async def data(*arguments: str, code: int = 0) -> Any:
        return json.loads(await call(*arguments, "--json", code=code))

    assert "There is no projection" in await call("journey", "project", "--state")
    asked = ("journey", "funnel", "viewed product", "purchased")
    assert (await data(*asked))["rules"]["engine"] == "cypher"
    made = await data("journey", "project")
    assert (made["events"], made["behind"]) == (3, 0)
    assert "3 events on 2 identities, up to date." in await call("journey", "project", "--anew")
    by_projection, by_neo4j = await data(*asked), await data(*asked, "--engine", "cypher")
    assert (by_projection["rules"]["engine"], by_neo4j["rules"]["engine"]) == ("columnar", "cypher")
    assert by_projection["steps"] == by_neo4j["steps"]
    refused = await data("journey", "sessions", "--engine", "columnar", code=1)
    assert refused["error"]["code"] == "engine_cannot_answer"

    with graphcdp.connect(Settings()) as cdp:
        table = cdp.journeys.funnel(steps=["viewed product", "purchased"], engine="columnar")
        assert (table["people"].tolist(), table.rules["engine"]) == ([2, 1], "columnar")
        assert table.equals(cdp.journeys.funnel(steps=["viewed product", "purchased"], engine="cypher"))
        credit = {"conversions": "purchased", "model": "linear"}
        ours, neo4js = (cdp.journeys.attribution(**credit, engine=one) for one in ("columnar", "cypher"))
        assert ours.equals(neo4js)
        assert (ours.rules["engine"], neo4js.rules["engine"]) == ("columnar", "cypher")
