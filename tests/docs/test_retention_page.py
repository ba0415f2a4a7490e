"""Every `console` command of docs/retention.md answers as the page says, on the Luma demonstration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests.docs import console

PAGE = Path(__file__).resolve().parents[2] / "docs" / "retention.md"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_page_is_what_happens(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=60))
    commands = console.read(PAGE, tmp_path)
    assert len(commands) >= 10
    wrong: list[str] = []
    for command in commands:
        said = await anyio.to_thread.run_sync(console.run, command, tmp_path, {"GRAPHCDP_HOME": str(settings.home)})
        if said is not None:
            wrong.append(f"line {command.line}: $ {command.text}\nthe page:\n{command.answer}\nanswered:\n{said}\n")
    assert not wrong, "\n".join(wrong)
