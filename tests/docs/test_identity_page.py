"""Every `console` command of docs/identity.md answers as the page says, on the Luma demonstration; its figures hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.linkage import table
from graphcdp.base import Settings
from graphcdp.graph import Graph
from tests.docs import console

PAGE = Path(__file__).resolve().parents[2] / "docs" / "identity.md"
pytestmark = pytest.mark.anyio


async def test_the_page_is_what_happens(settings: Settings, graph: Graph, sarah: None, tmp_path: Path) -> None:
    before = await _profiles(graph)
    assert await console.follow(PAGE, tmp_path, settings.home) >= 20
    assert await _profiles(graph) == before, "what the page does it also undoes"


def test_the_figures_of_likely_same_people_are_what_is_measured() -> None:
    assert table(3) in PAGE.read_text(encoding="utf-8")


async def _profiles(graph: Graph) -> list[tuple[str, list[str]]]:
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i) WITH p, i ORDER BY i.key "
        "RETURN p.id AS id, collect(i.key) AS keys ORDER BY id"
    )
    return [(row["id"], row["keys"]) for row in rows]
