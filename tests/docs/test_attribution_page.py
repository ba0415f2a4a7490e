"""Every `console` command of docs/attribution.md answers as the page says, on the telecom's demonstration."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests.docs import console

PAGE = Path(__file__).resolve().parents[2] / "docs" / "attribution.md"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_page_is_what_happens(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    await platform.seeds.load(replace(Seed.load("callcenter"), customers=300))
    assert await console.follow(PAGE, tmp_path, settings.home) == 8
    (called,) = re.findall(r"^```cypher\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    rows = {row["label"]: row["conversions"] for row in await platform.graph.read_text(f"{called} RETURN *")}
    assert sum(rows.values()) == pytest.approx(300)
    assert rows["search-brand"] > rows["display-fibre"] > 0
