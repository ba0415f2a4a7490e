"""What the command line says when it is used wrongly: exit codes, sentences, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphcdp import __version__
from graphcdp.cli import main


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it printed."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    printed = capsys.readouterr()
    return int(left.value.code or 0), printed.out, printed.err


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without a server."""
    monkeypatch.setenv("GRAPHCDP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GRAPHCDP_NEO4J_URI", raising=False)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(capsys, "--version") == (0, f"graphcdp {__version__}\n", "")


def test_an_unknown_option_is_told_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = outcome(capsys, "up", "--wat")
    assert (code, out) == (2, "")
    assert err.startswith("graphcdp: No such option: --wat")
    code, out, err = outcome(capsys, "up", "--wat", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"] == {"code": "usage", "message": "No such option: --wat", "fields": {}}


def test_a_misspelt_setting_is_told_with_the_nearest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHCDP_NEO4J_HEEP", "1g")
    code, out, _ = outcome(capsys, "status", "--json")
    assert code == 1
    error = json.loads(out)["error"]
    assert (error["code"], error["fields"]) == ("configuration", {"name": "GRAPHCDP_NEO4J_HEEP"})
    assert error["message"].endswith("Did you mean GRAPHCDP_NEO4J_HEAP?")


def test_status_of_no_server_is_exit_3_and_makes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = outcome(capsys, "status")
    assert (code, err) == (3, "")
    assert out == f"Neo4j is not running (home {tmp_path / 'home'}). Start it with `graphcdp up`.\n"
    code, out, _ = outcome(capsys, "status", "--json")
    assert (code, json.loads(out)["state"]) == (3, "stopped")
    assert not (tmp_path / "home").exists()


def test_down_of_no_server_is_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = outcome(capsys, "down", "--json")
    assert (code, json.loads(out)) == (0, {"stopped": False, "outside": False})
    assert not (tmp_path / "home").exists()


def test_a_silent_outside_server_is_left_alone_by_down_and_named_by_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHCDP_NEO4J_URI", "bolt://127.0.0.1:9")
    code, out, _ = outcome(capsys, "down")
    assert code == 0
    assert "is not ours (GRAPHCDP_NEO4J_URI); it was left alone" in out
    code, out, err = outcome(capsys, "up")
    assert (code, out) == (1, "")
    assert "bolt://127.0.0.1:9 (GRAPHCDP_NEO4J_URI) does not answer" in err
    code, out, _ = outcome(capsys, "status")
    assert code == 3
