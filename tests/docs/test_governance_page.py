"""Every `console` command of docs/governance.md answers as the page says, on the Luma demonstration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from tests.docs import console

PAGE = Path(__file__).resolve().parents[2] / "docs" / "governance.md"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_page_is_what_happens(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=40))
    assert await platform.profiles.get(IdentityKey("email", "sarah.rose@example.com"))
    assert await console.follow(PAGE, tmp_path, settings.home) >= 10
