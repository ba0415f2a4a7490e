"""The real browser SDKs in a real browser, on a page of another origin than the server they track to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import httpx2
import pytest
from playwright.async_api import Browser, Page

from graphcdp.graph import Graph
from tests.sdk.install import modules
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]
SDK = Path(__file__).parents[1] / "sdk"

VISIT = """() => {
    analytics.track('Product Viewed', {product_id: 'MH02', name: 'Teton Sweatshirt', category: 'men', price: 70});
    analytics.identify('user-1', {email: 'sarah@luma.example', firstName: 'Sarah'});
    analytics.track('Signed In');
}"""
PEOPLE = """
MATCH (person:Profile)-[:HAS_IDENTITY]->(who:Identity)
WITH person, who ORDER BY who.namespace
WITH person, collect(who.namespace) AS namespaces, collect(who.value) AS values
OPTIONAL MATCH (person)-[:HAS_IDENTITY]->(:Identity)-[:PERFORMED]->(event:Event)-[:ON]->(device:Device)
WITH person, namespaces, values, event, device ORDER BY event.type
RETURN namespaces, values, collect(event.type) AS events, collect(DISTINCT device.name) AS devices,
       person.a_first_name AS first_name
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A web shop on a port of its own; its pages load the SDKs from node_modules."""
    installed = modules()

    class Pages(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            plain = urlsplit(path).path
            if plain.startswith("/modules/"):
                return str(installed / plain.removeprefix("/modules/"))
            return str(SDK / plain.lstrip("/"))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


SEGMENT_BATCHES = {
    "integrations": {"Segment.io": {"deliveryStrategy": {"strategy": "batching", "config": {"size": 3}}}}
}


@pytest.mark.parametrize(
    ("page_name", "options", "paths"),
    [
        ("segment_browser.html", {}, {"/v1/p", "/v1/t", "/v1/i"}),
        ("segment_browser.html", SEGMENT_BATCHES, {"/v1/b"}),
        ("rudder_browser.html", {}, {"/v1/page", "/v1/track", "/v1/identify"}),
        ("rudder_browser.html", {"useBeacon": True}, {"/beacon/v1/batch"}),
    ],
    ids=["segment", "segment batches", "rudderstack", "rudderstack beacons"],
)
async def test_a_visitor_is_made_identified_and_one_person(
    chromium: Browser,
    served: Served,
    graph: Graph,
    shop: str,
    page_name: str,
    options: dict[str, Any],
    paths: set[str],
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    failures: list[str] = []
    before = await _answered(served)
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda line: failures.append(line.text) if "CORS" in line.text else None)
    query = urlencode({"server": served.url, "writeKey": served.write_key, "options": json.dumps(options)})
    await page.goto(f"{shop}/{page_name}?{query}")
    await _loaded(page, page_name)
    await page.evaluate(VISIT)
    if options:  # it collects calls, and a page that is left sends what it still holds
        await page.wait_for_timeout(500)
        await page.goto("about:blank")
    (person,) = await _people_with(graph, events=4)
    await context.close()
    assert failures == []
    assert await _called(served, before, paths) == paths
    assert person["namespaces"] == ["anonymous_id", "email", "user_id"]
    assert person["values"][1:] == ["sarah@luma.example", "user-1"]
    assert person["events"] == ["identify", "login", "page_view", "product_view"]
    assert person["first_name"] == "Sarah"
    assert [name.split(" on ")[0] for name in person["devices"]] == ["Chrome"]
    assert await graph.read_text("MATCH (refused:Rejected) RETURN refused.reason AS reason") == []


async def _called(served: Served, before: dict[str, float], expected: set[str]) -> set[str]:
    """Return the paths that took calls; a commit is in the graph a moment before its reply is counted."""
    called: set[str] = set()
    for _ in range(50):
        after = await _answered(served)
        called = {path for path in after if after[path] > before.get(path, 0)}
        if called >= expected:
            break
        await anyio.sleep(0.1)
    return called


async def _answered(served: Served) -> dict[str, float]:
    """Return how often each path took calls; the server counts, as a beacon of a page that is left is not shown."""
    async with httpx2.AsyncClient() as client:
        numbers = (await client.get(f"{served.url}/metrics")).text
    pattern = r'^graphcdp_http_requests_total\{method="POST",route="(/[^"]+)",status="200"\} ([0-9.]+)$'
    return {path: float(count) for path, count in re.findall(pattern, numbers, re.MULTILINE)}


async def _loaded(page: Page, page_name: str) -> None:
    """Wait until the SDK is there and knows where to send."""
    if page_name.startswith("segment"):
        await page.wait_for_function("() => window.analytics && window.analytics.initialized === true")
    else:
        await page.evaluate("() => new Promise((done) => analytics.ready(done))")


async def _people_with(graph: Graph, events: int) -> list[dict[str, Any]]:
    """Return all people as soon as they have this many events together, at the latest after 20 seconds."""
    people: list[dict[str, Any]] = []
    for _ in range(100):
        people = await graph.read_text(PEOPLE)
        if sum(len(person["events"]) for person in people) >= events:
            break
        await anyio.sleep(0.2)
    return people
