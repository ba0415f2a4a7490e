"""Every `console` command of docs/journeys.md answers as the page says, on the Luma demonstration."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests.docs import console

PAGE = Path(__file__).resolve().parents[2] / "docs" / "journeys.md"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_page_is_what_happens(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=60))
    assert await console.follow(PAGE, tmp_path, settings.home) >= 7
    (called,) = re.findall(r"^```cypher\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    first, second = await platform.graph.read_text(f"{called} RETURN *")
    assert first["people"] >= second["people"] > 0
    assert len(first["next_quantiles"]) == 5
