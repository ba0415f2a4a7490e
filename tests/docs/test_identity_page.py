"""Every `console` command of docs/identity.md answers as the page says, on the Luma demonstration; its figures hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.linkage import table
from graphcdp.base import Settings
from graphcdp.graph import Graph
from tests.api.test_graphql_operations import post
from tests.docs import console
from tests.served import Served

PAGE = Path(__file__).resolve().parents[2] / "docs" / "identity.md"
pytestmark = pytest.mark.anyio


async def test_the_page_is_what_happens(settings: Settings, graph: Graph, sarah: None, tmp_path: Path) -> None:
    before = await _profiles(graph)
    assert await console.follow(PAGE, tmp_path, settings.home) >= 20
    assert await _profiles(graph) == before, "what the page does it also undoes"


async def test_the_blocks_between_run(
    settings: Settings, served: Served, graph: Graph, sarah: None, tmp_path: Path
) -> None:
    """What is shown without its answer: the life of a rule-set file, the statements for Browser, the query."""
    text = PAGE.read_text(encoding="utf-8")
    before = await _profiles(graph)
    rules, report, tried, query = (
        _block(text, "sh", "identity rules show > graphcdp.yaml"),
        _block(text, "cypher", "identity.report("),
        _block(text, "cypher", "identity.try("),
        _block(text, "graphql", "order: OLDEST"),
    )
    assert (
        console.run(console.Command(0, f"set -e\n{rules}", "…"), tmp_path, {"GRAPHCDP_HOME": str(settings.home)})
        is None
    )
    assert await _profiles(graph) == before
    [newest] = await graph.read_text(
        "MATCH (r:Report {kind: 'identity_simulation'}) RETURN r.id AS id, r.splits AS splits"
    )
    rows = await graph.read_text(report.replace("rep_…", newest["id"]))
    assert len([row for row in rows if row["kind"] == "split"]) == newest["splits"]
    told = await graph.transact(lambda tx: tx.run_text(tried, {}))
    assert {"profile", "today"} < {row["what"] for row in told}
    reply = await post(served, query)
    edges = reply.json()["data"]["evidence"]["edges"]
    assert len(edges) == 10
    assert [edge["node"]["ts"] for edge in edges] == sorted(edge["node"]["ts"] for edge in edges)


def test_the_figures_of_likely_same_people_are_what_is_measured() -> None:
    assert table(3) in PAGE.read_text(encoding="utf-8")


def _block(text: str, language: str, words: str) -> str:
    """Return the one block of a language in which some words stand."""
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    [block] = [each for each in found if words in each]
    return str(block)


async def _profiles(graph: Graph) -> list[tuple[str, list[str]]]:
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i) WITH p, i ORDER BY i.key "
        "RETURN p.id AS id, collect(i.key) AS keys ORDER BY id"
    )
    return [(row["id"], row["keys"]) for row in rows]
