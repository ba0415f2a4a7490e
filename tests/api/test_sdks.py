"""The real server SDKs of Segment and RudderStack, pointed at a served graphcdp: they only change host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from graphcdp.graph import Graph
from tests.sdk.install import NODE, modules
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
SDK = Path(__file__).parents[1] / "sdk"

HISTORY = """
MATCH (person:Profile)-[:HAS_IDENTITY]->(who:Identity)
WITH person, who ORDER BY who.key
WITH person, collect(who.key) AS identities
OPTIONAL MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)
WITH person, identities, event ORDER BY event.type
RETURN identities, collect(event.type) AS events, person.a_first_name AS first_name
"""


@pytest.mark.parametrize(
    ("program", "others"),
    [
        ("segment_node.cjs", ["group"]),
        ("rudder_node.cjs", []),
        ("segment_python.py", ["group"]),
        ("rudder_python.py", []),
    ],
)
async def test_a_visitor_is_made_identified_and_one_person(
    served: Served, graph: Graph, program: str, others: list[str]
) -> None:
    runner = str(NODE) if program.endswith(".cjs") else sys.executable
    name = program.partition(".")[0]
    email = f"{name}@luma.example"
    ran = await anyio.run_process(
        [runner, str(SDK / program), served.url, served.write_key, f"visitor-{name}", f"user-{name}", email],
        env={**os.environ, "NODE_PATH": str(await anyio.to_thread.run_sync(modules))},
        check=False,
    )
    assert (ran.returncode, ran.stderr.decode()) == (0, "")
    assert await graph.read_text(HISTORY) == [
        {
            "identities": [f"anonymous_id|visitor-{name}", f"email|{email}", f"user_id|user-{name}"],
            "events": sorted(["page_view", "product_view", "identify", "login", *others]),
            "first_name": "Sarah",
        }
    ]
    assert await graph.read_text("MATCH (refused:Rejected) RETURN refused.reason AS reason") == []


@pytest.mark.parametrize("program", ["segment_node.cjs", "rudder_node.cjs", "segment_python.py", "rudder_python.py"])
async def test_a_wrong_key_reaches_the_sdks_error_handler(served: Served, graph: Graph, program: str) -> None:
    runner = str(NODE) if program.endswith(".cjs") else sys.executable
    ran = await anyio.run_process(
        [runner, str(SDK / program), served.url, "gcdp_w_wrong", "a", "u", "u@luma.example"],
        env={**os.environ, "NODE_PATH": str(await anyio.to_thread.run_sync(modules))},
        check=False,
    )
    assert ran.returncode == 1
    assert "401" in ran.stderr.decode() or "not known here" in ran.stderr.decode()
    assert await graph.read_text(HISTORY) == []
