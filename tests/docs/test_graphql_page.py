"""What docs/graphql.md shows is asked of a served luma, and answered as shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from graphcdp.graph import Graph
from tests.served import Served

pytestmark = pytest.mark.anyio

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "graphql.md").read_text(encoding="utf-8")
ASKED = re.findall(r"^```graphql\n(.*?)^```(?:\n\n```json\n(.*?)^```)?", TEXT, re.MULTILINE | re.DOTALL)
CALLS = [line for block in re.findall(r"^```cypher\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
         for line in block.splitlines()]  # fmt: skip


async def ask(served: Served, query: str) -> Any:
    async with httpx2.AsyncClient(timeout=60) as client:
        headers = {"Authorization": f"Bearer {served.api_key}"}
        return (await client.post(f"{served.url}/graphql", json={"query": query}, headers=headers)).json()


async def test_every_query_is_answered_and_as_shown_where_an_answer_is_shown(served: Served, sarah: None) -> None:
    assert len(ASKED) >= 2
    for query, answer in ASKED:
        said = await ask(served, query)
        assert "errors" not in said
        assert None not in said["data"].values()
        if answer:
            assert said == json.loads(answer)
    assert any(answer for _, answer in ASKED)


async def test_every_call_of_neo4j_browser_runs(graph: Graph, sarah: None) -> None:
    assert len(CALLS) >= 6
    found = {}
    for call in CALLS:
        found[call.split("(", 1)[0]] = len(await graph.read_text(call.rstrip(";")))
    for name in ("profile", "identity.explain", "identity.graph"):
        assert found[f"CALL custom.graphcdp.{name}"] > 0
