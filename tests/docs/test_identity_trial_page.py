"""What docs/identity.md shows of trying rules is what happens, and its tables are those of now."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from graphcdp.base import data_folder
from graphcdp.identity.trial.cases import read_case
from graphcdp.identity.trial.conformance import HANDOVER, written_into
from tests import warm

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "identity.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
SHOWN = [
    (command, language, answer)
    for command, language, answer in re.findall(
        r"^```(?:sh|python)\n((?:(?!```).*\n)+)```\n\n```(\w+)\n((?:(?!```).*\n)+)```", TEXT, re.MULTILINE
    )
    if "identity try" in command or "identity check" in command or "try_rules" in command
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the page shows, and the cases."""
    place = tmp_path_factory.mktemp("page")
    for name, text in FILES.items():
        (place / name).write_text(text)
    (place / "seed").symlink_to(data_folder("seed"))
    return place


def test_there_is_something_to_try() -> None:
    assert len(SHOWN) >= 7


@pytest.mark.parametrize("shown", SHOWN, ids=range(len(SHOWN)))
def test_a_command_answers_as_shown(shown: tuple[str, str, str], folder: Path) -> None:
    text, language, answer = shown
    command = ["bash", "-c", text] if "graphcdp identity" in text else [sys.executable, "-c", text]
    path = f"{warm.folder()}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    if language == "json":
        assert json.loads(done.stdout) == json.loads(answer)
    else:
        assert [line.rstrip() for line in done.stdout.splitlines()] == [line.rstrip() for line in answer.splitlines()]


def test_the_tablet_is_the_case_of_that_name() -> None:
    assert FILES["tablet.txt"].splitlines() == read_case(data_folder("seed") / "identity" / HANDOVER).events


def test_the_tables_are_those_of_now() -> None:
    assert written_into(TEXT) == TEXT, "Run `python -m graphcdp.identity.trial.conformance docs/identity.md`."
