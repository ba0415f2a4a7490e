"""A real browser: the machine's Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from graphcdp.base import SystemClock
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.ingest.seed_load import SeedLoader
from graphcdp.ingest.seeds import Seed

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """Chromium without a window; where the machine has none, the tests that need it are left out."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Left out: no Chromium was found. Install it (apt-get install chromium) and run the tests again.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
async def sarah(graph: Graph, clean: None, tmp_path: Path) -> None:
    """Sarah Rose's story up to L6 among sixty other customers, and the procedures that Neo4j Browser calls."""
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    loader = SeedLoader(graph, Pipeline(graph, clock, rules, b"k" * 32), rules, clock, tmp_path)
    await loader.load(replace(Seed.load("luma"), customers=60))
    await install_procedures(graph)
