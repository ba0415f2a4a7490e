"""The page that a person gets of all that is held about them, opened in a real browser from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from graphcdp.governance import page as page_of
from graphcdp.identity import Author
from graphcdp.platform import Platform
from tests.make import fact, key, record

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_page_reads_well_and_runs_and_fetches_nothing(
    chromium: Browser, platform: Platform, tmp_path: Path
) -> None:
    trap = "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>"
    await platform.pipeline.ingest(
        [
            record("user_id|sarah", "email|sarah@shop.example", first_name="Sarah", city=trap, consent_email=True),
            fact("user_id|sarah", id="note", type="form", properties={"note": trap}),
        ]
    )
    file = tmp_path / "sarah.html"
    file.write_text(page_of(await platform.exports.export(key("user_id|sarah"), Author("cli:test"))), encoding="utf-8")
    page = await (await chromium.new_context(viewport={"width": 400, "height": 800})).new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text))
    await page.goto(file.as_uri())
    assert await page.title() == "Data about you"
    assert (asked, faults) == ([file.as_uri()], [])
    await page.get_by_role("link", name="What you agreed to").click()
    await expect(page.locator("#consents")).to_be_in_viewport()
    await expect(page.locator("#consents td").first).to_have_text("email")
    await expect(page.locator("#attributes")).to_contain_text(trap)
    await expect(page.locator("#identities")).to_contain_text("sarah@shop.example")
    assert await page.locator("img, script").count() == 0
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
