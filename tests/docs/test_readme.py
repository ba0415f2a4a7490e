"""What the README shows is what happens."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from graphcdp import client, explore
from graphcdp.base import Settings
from tests.served import Served

pytestmark = pytest.mark.anyio

TEXT = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def block(language: str, mark: str) -> str:
    """The code block of a language that contains a mark."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if mark in text]
    return str(found)


async def ask(served: Served, query: str) -> Any:
    async with httpx2.AsyncClient() as client:
        headers = {"Authorization": f"Bearer {served.api_key}"}
        return (await client.post(f"{served.url}/graphql", json={"query": query}, headers=headers)).json()


async def test_the_query_has_the_answer_that_is_shown(served: Served, sarah: None) -> None:
    assert await ask(served, block("graphql", "explain(")) == json.loads(block("json", '"explain"'))


async def test_the_call_that_is_shown_makes_a_profile(served: Served, sarah: None) -> None:
    command = block("sh", "curl").replace("http://127.0.0.1:8000", served.url).replace("$WRITE_KEY", served.write_key)
    said = await anyio.to_thread.run_sync(lambda: subprocess.check_output(["bash", "-c", command], text=True))
    assert json.loads(said) == {"success": True}
    query = (
        '{ profile(identity: {namespace: "email", value: "ada@example.com"})'
        " { ... on Profile { identities { namespace value } } } }"
    )
    assert (await ask(served, query))["data"]["profile"]["identities"] == [
        {"namespace": "anonymous_id", "value": "visitor-1"},
        {"namespace": "email", "value": "ada@example.com"},
        {"namespace": "user_id", "value": "u-42"},
    ]


async def test_the_notebook_lines_run(
    settings: Settings, sarah: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explore, "load_settings", lambda: settings)
    *lines, last = block("python", "explore").strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    frame = eval(last, names)
    names["graph"].service.connector.close()
    assert capsys.readouterr().out.startswith("Sarah ['")
    assert list(frame["ts"]) == sorted(frame["ts"], reverse=True)
    assert {"web", "mobile", "store", "email", "call_centre"} <= set(frame["channel"])


async def test_the_journeys_of_a_notebook_are_drawn(
    settings: Settings, sarah: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(client, "load_settings", lambda: settings)
    monkeypatch.chdir(tmp_path)
    exec(compile(block("python", "cdp.journeys"), "README.md", "exec"), {})
    assert "from_previous" in capsys.readouterr().out
    assert (tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")
