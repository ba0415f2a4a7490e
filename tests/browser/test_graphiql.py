"""GraphiQL in a real browser that reaches nothing but this server."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
LOGIN = {
    "id": "login-1",
    "type": "login",
    "channel": "web",
    "identities": [
        {"namespace": "anonymous_id", "value": "browser-1"},
        {"namespace": "email", "value": "sarah.rose@example.com"},
    ],
    "attributes": {"first_name": "Sarah"},
}


async def opened(chromium: Browser, served: Served, address: str) -> tuple[Page, list[str], list[str]]:
    """Open an address in a fresh window; return the page, what it asked of other hosts, and its errors."""
    page = await (await chromium.new_context(viewport={"width": 1400, "height": 900})).new_page()
    own = urlsplit(served.url).netloc
    strangers: list[str] = []
    faults: list[str] = []

    async def keep_home(route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == own or request.url.startswith(("data:", "blob:")):
            await route.continue_()
        else:
            strangers.append(request.url)
            await route.abort()

    await page.route("**/*", keep_home)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.goto(address)
    await expect(page.locator(".graphiql-execute-button")).to_be_visible(timeout=20_000)
    return page, strangers, faults


async def text_of(page: Page, place: str) -> str:
    """Return what stands in one of GraphiQL's editors."""
    found = await page.evaluate(f"document.querySelector({place!r}).CodeMirror.getValue()")
    return str(found)


async def test_sarah_by_one_click_with_the_key_from_the_address(chromium: Browser, served: Served) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {served.api_key}"}) as client:
        query = "mutation M($input: IngestInput!) { ingest(input: $input) { __typename } }"
        await client.post(f"{served.url}/graphql", json={"query": query, "variables": {"input": {"events": [LOGIN]}}})
    page, strangers, faults = await opened(chromium, served, served.graphiql)
    assert served.api_key not in page.url
    headers = await text_of(page, ".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror")
    assert f"Bearer {served.api_key}" in headers
    await page.locator(".graphiql-execute-button").click()
    result = page.locator(".result-window")
    await expect(result).to_contain_text("browser-1", timeout=20_000)
    await expect(result).to_contain_text("Sarah")
    assert strangers == []
    assert faults == []
    await page.get_by_label("Show Documentation Explorer").click()
    await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Query", timeout=20_000)
    await page.reload()
    await page.locator(".graphiql-execute-button").click()
    await expect(page.locator(".result-window")).to_contain_text("browser-1", timeout=20_000)
    await page.context.close()


async def test_without_a_key_the_page_opens_and_tells_that_one_is_needed(chromium: Browser, served: Served) -> None:
    page, strangers, _ = await opened(chromium, served, f"{served.url}/graphql")
    await page.locator(".graphiql-execute-button").click()
    await expect(page.locator(".result-window")).to_contain_text("API key", timeout=20_000)
    assert strangers == []
    await page.context.close()
