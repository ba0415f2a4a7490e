"""What a person sees in Neo4j Browser: the guide, the colours, the saved queries, each tried on the real server."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from graphcdp.api.neo4j_browser import guide, queries_zip, saved_queries, style_sheet
from graphcdp.graph import Graph, Mode, Transaction
from graphcdp.server import Running
from tests.browser.neo4j_page import Neo4jPage
from tests.served import Served

pytestmark = pytest.mark.anyio

MODEL = Path(__file__).resolve().parents[2] / "docs" / "model.md"
ABOUT_EVERYBODY = {"07_lost_links", "08_shared_devices", "11_rejected", "12_former_profiles", "18_households"}
"""Queries that may have no answer in Sarah's story alone."""


async def asked(graph: Graph, cypher: str) -> list[dict[str, Any]]:
    async def work(tx: Transaction) -> list[dict[str, Any]]:
        return await tx.run_text(cypher, {})

    return await graph.transact(work, mode=Mode.WRITE)


async def test_every_saved_query_runs_and_is_about_somebody(graph: Graph, sarah: None) -> None:
    answers = {name: len(await asked(graph, text)) for name, text in saved_queries().items()}
    assert {name for name, rows in answers.items() if rows == 0} <= ABOUT_EVERYBODY


async def test_the_first_line_of_a_saved_query_is_its_title() -> None:
    titles = [text.splitlines()[0] for text in saved_queries().values()]
    assert [title for title in titles if not re.fullmatch(r"// [A-Z].{10,90}", title)] == []
    assert len(set(titles)) == len(titles)


async def test_the_evidence_query_names_the_login_that_joined_her(graph: Graph, sarah: None) -> None:
    steps = await asked(graph, saved_queries()["03_why_one_person"])
    assert [step["state"] for step in steps] == ["active"] * len(steps)
    assert "login" in [step["first_event"] for step in steps]
    assert steps[0]["left_key"].startswith("ecid|")
    assert steps[-1]["right_key"] == "email|sarah.rose@example.com"


async def test_deciding_again_changes_nothing(graph: Graph, sarah: None) -> None:
    before = await asked(graph, saved_queries()["01_sarah_identity_graph"])
    (again,) = await asked(graph, saved_queries()["17_decide_again"])
    assert "email|sarah.rose@example.com" in again["identities"]
    assert len(await asked(graph, saved_queries()["01_sarah_identity_graph"])) == len(before)


async def test_every_label_and_no_other_has_a_style() -> None:
    nodes = MODEL.read_text().partition("## Nodes")[2].partition("## Edges")[0]
    labels = {
        label for row in re.findall(r"^\| (`.*?) \|", nodes, re.MULTILINE) for label in re.findall(r"`(\w+)`", row)
    }
    styled = set(re.findall(r"^node\.(\w+) \{", style_sheet(), re.MULTILINE))
    assert styled == labels | {"Evidence", "ConsentDue"}  # further labels of nodes that have one of the others


async def test_the_zip_holds_every_query_in_one_folder_and_is_always_the_same() -> None:
    archive = zipfile.ZipFile(io.BytesIO(queries_zip()))
    assert {name: archive.read(name).decode() for name in archive.namelist()} == {
        f"graphcdp/{name}.cypher": text for name, text in saved_queries().items()
    }
    assert queries_zip() == queries_zip()


async def test_the_guide_shows_saved_queries_and_nothing_unfilled() -> None:
    text = guide("http://localhost:8000")
    assert not re.search(r"@\w+@", text)
    assert text.count("<slide>") == text.count("</slide>") == 7
    assert "CALL custom.graphcdp.identity.graph(" in text
    assert "http://localhost:8000/browser/graphcdp.grass" in text


async def test_a_person_plays_the_guide_and_sees_sarah(
    chromium: Browser, server: Running, served: Served, sarah: None
) -> None:
    page = await chromium.new_page(viewport={"width": 1500, "height": 1000})
    page.set_default_timeout(30_000)
    browser = Neo4jPage(page)
    port = served.url.rpartition(":")[2]
    address = f"http://localhost:{port}/browser"
    await browser.connect(
        f"{server.browser_url}?dbms=bolt://{server.user}@{server.bolt_uri.partition('://')[2]}"
        f"&cmd=play&arg={address}/guide.html",
        server.password,
    )
    await expect(page.get_by_role("heading", name="graphcdp: who is Sarah Rose?")).to_be_visible()
    frame = await browser.run(f":style {address}/graphcdp.grass")
    await expect(frame).to_contain_text("node.Identity")
    await browser.drop("graphcdp-queries.zip", queries_zip(), "application/zip")
    await page.get_by_test_id("navigationFavorites").click()
    await page.get_by_test_id("expandFolder-graphcdp").click()
    folder = page.get_by_test_id("savedScriptsFolder-graphcdp")
    await expect(folder).to_contain_text("Sarah Rose: her identities, what joined them, her devices")
    await page.get_by_test_id("navigationFavorites").click()
    drawn = await browser.run("CALL custom.graphcdp.identity.graph('email', 'sarah.rose@example.com')")
    await expect(drawn).to_contain_text("Identity (")
    people = drawn.locator("g.node", has=page.locator("circle[fill='#1F4E79']"))
    await expect(people).to_have_count(1)
    await expect(people).to_contain_text("Sarah")
    identities = drawn.locator("g.node", has=page.locator("circle[fill='#C2571A']"))
    assert await identities.count() >= 5
    await page.close()
