"""What docs/identity.md shows of past instants and households is what happens on Luma."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from graphcdp.profile import PastClock
from tests import warm
from tests.served import Served

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
AS_OF, HOUSEHOLDS = (
    re.split(r"^## ", TEXT.split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    for title in ("As of", "Households")
)
KNOWN, HAPPENED = re.findall(r"--as-of (\S+)", AS_OF)[0], re.findall(r"--as-of (\S+) --clock happened", AS_OF)[0]
SHOWN = re.findall(r"^```sh\n(.*?)^```\n\n```text\n(.*?)^```", AS_OF + HOUSEHOLDS, re.MULTILINE | re.DOTALL)


def block(language: str) -> str:
    """Return the only code block of a language about past instants."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", AS_OF, re.MULTILINE | re.DOTALL)
    return str(found)


def masked(text: str) -> list[str]:
    """Return the lines with ids and times as marks; numbers too, where they count all of Luma."""
    text = re.sub(r"\b(prf|hhd)_[0-9a-f]{26}", r"\1_", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z)?", "<when>", text)
    return [
        re.sub(r"\d[\d,.]*", "<n>", line) if "households of" in line else line.rstrip()
        for line in text.strip().splitlines()
    ]


@pytest.fixture
async def instants(graph: Graph, sarah: None) -> dict[str, str]:
    """The instants of the page, and those of the story as it was loaded here that they stand for."""
    (login,) = await graph.read_text(
        "MATCH (e:Event) WHERE e.id ENDS WITH 'sr-web-0007' RETURN e.ts AS ts, e.received_at AS received_at"
    )
    before_known = login["received_at"] - timedelta(milliseconds=1)
    before_login = login["ts"] - timedelta(minutes=1)
    return {KNOWN: before_known.isoformat(), HAPPENED: before_login.isoformat()}


def moved(text: str, instants: dict[str, str]) -> str:
    """Return a text with the page's instants replaced."""
    for page, here in instants.items():
        text = text.replace(page, here)
    return text


async def test_the_commands_answer_as_shown(settings: Settings, instants: dict[str, str]) -> None:
    assert len(SHOWN) == 4
    for text, answer in SHOWN:
        done = await anyio.run_process(
            ["bash", "-c", moved(text, instants)],
            stderr=subprocess.STDOUT,
            check=False,
            env={
                **os.environ,
                "PATH": f"{warm.folder()}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "GRAPHCDP_HOME": str(settings.home),
            },
        )
        assert masked(done.stdout.decode()) == masked(answer)


async def test_the_query_answers_as_shown(served: Served, instants: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {served.api_key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
        reply = await client.post(f"{served.url}/graphql", json={"query": moved(block("graphql"), instants)})
    assert reply.json() == json.loads(block("json"))


async def test_the_lines_of_python_run(platform: Platform, instants: dict[str, str]) -> None:
    from datetime import UTC, datetime

    names: dict[str, Any] = {
        "platform": platform, "datetime": datetime, "UTC": UTC, "PastClock": PastClock, "IdentityKey": IdentityKey,
    }  # fmt: skip
    lines = block("python")
    year, month, day, hour, minute = re.findall(r"datetime\((\d+), (\d+), (\d+), (\d+), (\d+)", lines)[0]
    here = datetime.fromisoformat(instants[HAPPENED])
    lines = lines.replace(
        f"datetime({year}, {month}, {day}, {hour}, {minute}, tzinfo=UTC)", f"datetime.fromisoformat('{here}')"
    )
    *first, last = lines.strip().splitlines()
    body = "\n    ".join([*first, f"return {last}"])
    exec(f"async def page():\n    {body}", names)
    attributes, keys, graph = await names["page"]()
    assert {each.name for each in attributes} >= {"first_name", "preferred_size"}
    assert keys == [each.key for each in graph.identities if each.own]
    assert len(keys) == 6


async def test_the_statements_for_browser_run(graph: Graph, instants: dict[str, str]) -> None:
    for statement in moved(block("cypher"), instants).strip().split(";\n"):
        assert await graph.read_text(statement.rstrip(";"))
