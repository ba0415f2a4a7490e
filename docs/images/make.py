"""Take the pictures of the README: `.venv/bin/python docs/images/make.py` starts the demo, looks at it and stops it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import anyio
from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from tests.browser.neo4j_page import Neo4jPage  # noqa: E402

COMMAND = [str(Path(sys.executable).with_name("graphcdp")), "demo", "--json"]
SIZE = {"width": 1440, "height": 900}
PROFILE = """\
query Sarah {
  profile(identity: {
    namespace: "email"
    value: "sarah.rose@example.com"
  }) {
    ... on Profile {
      identities { namespace value }
      devices { kind name }
      attributes(names: ["first_name", "loyalty_tier"]) {
        name value source
      }
      timeline(first: 5) {
        edges { node { ts channel type productName } }
      }
    }
    ... on Error { message }
  }
}
"""
SARAH = "CALL custom.graphcdp.identity.graph('email', 'sarah.rose@example.com')"


def start() -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start the demo; return it and what it says."""
    demo = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    lines: list[str] = []
    for line in demo.stdout:
        lines.append(line)
        if line.rstrip() == "}":
            return demo, json.loads("".join(lines))
    raise SystemExit(f"The demo ended with {demo.wait()}.")


async def graphiql(browser: Browser, told: dict[str, str]) -> None:
    """Sarah's profile in GraphiQL."""
    page = await browser.new_page(viewport=SIZE)
    await page.goto(told["graphiql"])
    editor = page.locator(".graphiql-query-editor .CodeMirror").first
    await editor.wait_for()
    await editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", PROFILE)
    await page.wait_for_timeout(2000)
    await page.locator(".graphiql-execute-button").click()
    await page.locator(".result-window", has_text="C-104187").wait_for()
    await page.get_by_label("Hide editor tools").click()
    await page.wait_for_timeout(1000)
    await page.screenshot(path=FOLDER / "graphiql.png")
    await page.close()


async def neo4j_browser(browser: Browser, told: dict[str, str]) -> None:
    """The guide, then her identity graph, in Neo4j Browser."""
    page = await browser.new_page(viewport=SIZE)
    neo4j = Neo4jPage(page)
    await neo4j.connect(told["neo4j_browser"], told["password"])
    await page.get_by_role("heading", name="graphcdp: who is Sarah Rose?").wait_for()
    await page.wait_for_timeout(1500)
    await page.screenshot(path=FOLDER / "neo4j-guide.png")
    address = told["neo4j_browser"].partition("&arg=")[2].removesuffix("guide.html")
    await neo4j.run(f":style {address}graphcdp.grass")
    drawn = await neo4j.run(SARAH)
    await drawn.locator("g.node").first.wait_for()
    await page.wait_for_timeout(4000)
    await drawn.locator("[title=Fullscreen]").click()
    await page.wait_for_timeout(4000)
    await page.screenshot(path=FOLDER / "neo4j-browser.png")
    await page.close()


async def take(told: dict[str, str]) -> None:
    """Take all pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        await graphiql(browser, told)
        await neo4j_browser(browser, told)
        await browser.close()


def main() -> None:
    """Start, look, stop."""
    demo, told = start()
    try:
        anyio.run(take, told)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait()


if __name__ == "__main__":
    main()
