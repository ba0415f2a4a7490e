"""The commands about identity rules, against the real graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

from graphcdp.base import Settings
from graphcdp.cli import frame
from graphcdp.platform import Platform
from graphcdp.server import Running
from tests.make import fact

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, server: Running, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to call commands in, whose home is the session's server."""
    monkeypatch.setenv("GRAPHCDP_HOME", str(settings.home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_rules_from_file_to_force_and_back(
    platform: Platform, clean: None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def call(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert await anyio.to_thread.run_sync(_outcome, arguments) == code
        return capsys.readouterr().out

    async def data(*arguments: str, code: int = 0) -> Any:
        return json.loads(await call(*arguments, "--json", code=code))

    await platform.pipeline.ingest(
        [
            fact("user_id|ana", "anonymous_id|e1", minute=1),
            fact("user_id|ben", "anonymous_id|e1", minute=2),
            fact("anonymous_id|e1", minute=3),
        ]
    )
    missing = await data("identity", "simulate", code=1)
    assert "There is no graphcdp.yaml" in missing["error"]["message"]

    shown = await call("identity", "rules", "show")
    file = folder / "graphcdp.yaml"
    file.write_text("identity:\n" + "".join(f"  {line}\n" for line in shown.splitlines()))
    assert "They are the same rules." in await call("identity", "rules", "diff")
    file.write_text(file.read_text().replace("last_login", "first_ownr"))
    checked = await data("identity", "rules", "check", code=1)
    assert (checked["problems"][0]["severity"], checked["problems"][0]["place"]) == ("error", "policy")
    assert "choose last_login, first_owner, nobody or session" in await call("identity", "rules", "check", code=1)
    refused = await data("identity", "apply", code=1)
    assert "first_ownr" in refused["error"]["message"]
    file.write_text(file.read_text().replace("first_ownr", "first_owner"))
    assert (await data("identity", "rules", "check"))["version"] is not None
    assert await call("identity", "rules", "diff") == "policy: last_login -> first_owner\n"

    told = await call("identity", "simulate")
    assert "splits     1" in told
    assert "events     1 would be another profile's" in told
    assert "1. split\n   - user_id|ben, anonymous_id|e1\n   + user_id|ana, anonymous_id|e1\n   + user_id|ben\n" in told
    report = await data("identity", "simulate", "--rules", str(file), "--first", "1")
    assert (report["head"]["state"], report["more"], len(report["rows"])) == ("done", True, 1)
    assert report["largest_before"][0]["identities"] == 2
    merges = await data("identity", "simulate", "--report", report["head"]["id"], "--kind", "merge")
    assert [row["kind"] for row in merges["rows"]] == ["merge"]
    again = await data("identity", "simulate", "--report", report["head"]["id"], "--after", "1")
    assert [row["kind"] for row in again["rows"]] == ["merge"]

    applied = await data("identity", "apply", "--name", "first come")
    assert (applied["head"]["state"], applied["profiles_changed"]) == ("done", 1)
    listed = await data("identity", "rules", "list")
    assert [(one["number"], one["name"], one["active"]) for one in listed] == [
        (2, "first come", True),
        (1, None, False),
    ]
    assert "first come" in await call("identity", "rules", "list")
    assert (await data("identity", "rules", "diff", "1", "2"))["differences"][0]["after"] == "first_owner"
    back = await call("identity", "rollback")
    assert back.startswith(f"The rules {listed[1]['id']} are in force.")
    assert (await data("identity", "rules", "show"))["number"] == 1
    assert (await data("identity", "rules", "show", "9", code=1))["error"]["code"] == "rule_set_not_found"


def _outcome(arguments: Sequence[str]) -> int:
    return frame._outcome(arguments)
