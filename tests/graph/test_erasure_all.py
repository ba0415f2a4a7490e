"""After an erasure nothing says who it was: not what others did, no node, no edge, no file of the data folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.journeys.publish import DoersCell, PeopleQuestion
from graphcdp.model import Device, Fact, Outcome, Scalar
from graphcdp.platform import Platform
from tests.graph.test_erasure import BEN, KIM, KIM_MAIL, KIM_PHONE, LAPTOP, TABLET, leftovers, two_on_a_tablet
from tests.make import fact, key, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
ME = Author("cli:test", "asked by mail")
WORDS = ("kim-77", "kim.lee", "9460123", "kims-laptop", "Kim")


def said(one: Fact, **more: Any) -> Fact:
    """Return a fact whose payload says all its properties and attributes, as that of a source does."""
    told = {"properties": dict(one.properties), "attributes": dict(one.attributes), **more}
    return replace(one, payload=orjson.dumps(told).decode())


def of_ben() -> list[Fact]:
    """What Ben did, in which Kim's identifiers stand: on their tablet, and elsewhere."""
    seen: dict[str, Scalar] = {
        "page": "/reset?mail=kim.lee%40shop.example", "content": "/reset?mail=kim.lee%40shop.example",
        "query": "Kim.Lee@shop.example", "previous_user": "kim-77", "order_id": "o-1", "quantity": 77,
    }  # fmt: skip
    return [
        said(fact(BEN, TABLET, minute=25, id="ben-typed", type="page_view", properties=seen)),
        said(fact(TABLET, minute=26, id="ben-calls", type="call", properties={"number": "(020) 7946-0123"})),
        said(fact(BEN, minute=27, id="ben-far", type="referral", properties={"by": "kim.lee@shop.example"})),
        said(record(BEN, minute=28, id="ben-says", partner="kim.lee@shop.example", city="York")),
    ]


async def stands(graph: Graph, id: str) -> dict[str, Any]:
    """Return what an event or record says."""
    (row,) = await graph.read_text("MATCH (f:Event|Record {id: $id}) RETURN properties(f) AS said", {"id": id})
    return dict(row["said"])


async def test_what_ben_did_on_their_tablet_no_longer_says_who_kim_was(platform: Platform, graph: Graph) -> None:
    await platform.rules.in_force()
    result = await platform.pipeline.ingest([*two_on_a_tablet(), *of_ben()])
    assert result.count(Outcome.ACCEPTED) == 16
    told = await platform.erasures.erase(key(KIM), ME, preview=True)
    receipt = await platform.erasures.erase(key(KIM), ME)
    assert receipt.counts == told.counts
    assert receipt.counts["mentions_redacted"] == 2
    typed = await stands(graph, "ben-typed")
    assert {name: typed.get(name) for name in ("page", "query", "p_previous_user", "order_id", "quantity")} == {
        "page": "/reset?mail=erased", "query": "erased", "p_previous_user": "erased", "order_id": "o-1", "quantity": 77,
    }  # fmt: skip
    assert (await stands(graph, "ben-calls"))["p_number"] == "erased"
    assert await graph.read_text("MATCH (c:Content) RETURN c.id AS id") == []
    assert {row["said"] for row in await leftovers(graph, WORDS)} != set()  # what Ben said elsewhere: see below


async def test_everywhere_is_everywhere(platform: Platform, graph: Graph) -> None:
    await platform.rules.in_force()
    await platform.pipeline.ingest([*two_on_a_tablet(), *of_ben()])
    told = await platform.erasures.erase(key(KIM), ME, preview=True, everywhere=True)
    receipt = await platform.erasures.erase(key(KIM), ME, everywhere=True)
    assert receipt.counts == told.counts
    assert receipt.counts["mentions_redacted"] == 4
    assert await leftovers(graph, WORDS) == []
    ben = await platform.profiles.get(key(BEN))
    assert {one.name: one.value for one in ben.attributes()} == {
        "first_name": "Ben", "city": "York", "partner": "erased",
    }  # fmt: skip
    again = await platform.pipeline.ingest(of_ben())
    assert again.count(Outcome.DUPLICATE) == 4
    assert await leftovers(graph, WORDS) == []


async def test_who_logs_in_on_an_erased_browser_brings_nothing_of_it_back(platform: Platform, graph: Graph) -> None:
    await platform.rules.in_force()
    await platform.pipeline.ingest(two_on_a_tablet())
    await platform.erasures.erase(key(KIM), ME)
    browser = LAPTOP.partition("|")[2]
    properties: dict[str, Scalar] = {"page": f"/?visitor={browser}", "visitor": browser, "size": "S"}
    login = said(fact(BEN, LAPTOP, minute=90, id="ben-laptop", type="login", properties=properties,
                      attributes={"last_browser": browser}, device=Device(browser, "browser")))  # fmt: skip
    assert (await platform.pipeline.ingest([login])).count(Outcome.ACCEPTED) == 1
    assert (await platform.pipeline.ingest([login])).count(Outcome.DUPLICATE) == 1
    assert await leftovers(graph, [browser]) == []
    event = await stands(graph, "ben-laptop")
    assert (event["page"], event["p_visitor"], event["size"]) == ("/?visitor=erased", "erased", "S")


async def test_nothing_of_her_is_left_in_the_graph_or_in_the_data_folder(
    platform: Platform, graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    """She has something of everything that a person can have here; then she is erased."""
    await platform.rules.in_force()
    await platform.segments.define("buyers", "purchased")
    await platform.segments.change_state("buyers", "active")
    await platform.pipeline.ingest([*two_on_a_tablet(), *of_ben()])
    refused = said(fact("planet|mars", id="strange", properties={"tel": "020 7946 0123"}), wrote="Kim.Lee@shop.example")
    seen = fact(LAPTOP, id="kim-device", minute=42, device=Device("kims-laptop", "browser", "Kim's laptop"))
    await platform.pipeline.ingest([refused, seen])
    await platform.consents.put(key(KIM), "marketing", granted=True, channel="email", by="agent:eve")
    await platform.publishing.publish("travellers", PeopleQuestion(DoersCell("purchased")))
    likeness: dict[str, Any] = {"kind": "look_alike", "title": "Like them", "settings": {"segment": "buyers"}}
    kim = (await platform.profiles.get(key(KIM))).id
    await platform.scores.kept.keep("like_them", {kim: 0.5}, card={}, **likeness)
    await platform.households.refresh()
    await platform.undo.cut(key(KIM), key(KIM_PHONE), ME)
    await platform.undo.restore(key(KIM), key(KIM_PHONE), ME)
    files: dict[str, Any] = {"url": str(tmp_path / "out"), "format": "csv"}
    await platform.destinations.create("lake", "files", files, actions=["analytics"])
    await platform.destinations.activate("buyers", "lake")
    await platform.deliverer.drain()
    await platform.destinations.suppressions.add([key(KIM_MAIL)], "complaint")
    await platform.journeys.engines.refresh()
    projection, log = settings.home / "journeys.duckdb", settings.home / "journeys.duckdb.wal"
    try:
        assert b"kim-77" in projection.read_bytes() + log.read_bytes()
        export = (await platform.exports.export(key(KIM), ME)).as_map()
        empty = {name for name, held in export.items() if not held}
        assert empty <= {"computed_attributes", "messages", "reminders", "former_identities", "household",
                         "likely_same_suggestions", "erased_before"}  # fmt: skip
        assert [one["value"] for one in export["scores"]] == [0.5]
        assert [one["audience"] for one in export["audiences"]] == ["travellers"]
        assert [one["by"] for one in export["consents"]] == ["agent:eve"]
        assert [one["code"] for one in export["rejected"]] == ["unknown_namespace"]

        await platform.erasures.erase(key(KIM_MAIL), ME, everywhere=True)
        await platform.deliverer.drain()
        assert await leftovers(graph, (*WORDS, kim)) == []
        for file in settings.home.rglob("*"):  # Neo4j's own files rotate at their time: docs/governance.md
            if file.is_file() and "neo4j" not in file.relative_to(settings.home).parts:
                held = file.read_bytes().lower()
                assert not [word for word in (*WORDS, kim) if word.lower().encode() in held], file
    finally:
        await platform.journeys.engines.close()
        projection.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
