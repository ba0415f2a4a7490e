"""What docs/identity.md shows of a person's word is what happens on Luma."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from graphcdp.base import Settings

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
UNDO = re.split(r"^## ", TEXT.split("\n## Undo\n", 1)[1], maxsplit=1, flags=re.MULTILINE)
SHOWN = re.findall(r"^\$ (graphcdp .*)\n((?:(?!\$ |```).*\n)*)", UNDO[0], re.MULTILINE)


async def test_the_commands_answer_as_shown(settings: Settings, sarah: None) -> None:
    assert len(SHOWN) == 4
    for command, answer in SHOWN:
        done = await anyio.run_process(
            ["bash", "-c", command],
            stderr=subprocess.STDOUT,
            check=False,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")},
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "GRAPHCDP_HOME": str(settings.home),
            },
        )
        told = done.stdout.decode()
        assert done.returncode == 0, told
        wanted = ".*".join(re.escape(part) for part in answer.split("…"))
        assert re.fullmatch(wanted, told), f"{command}\n{told}"
