"""Neo4j Browser as a person uses it: connect, run, drop a file on the window."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from playwright.async_api import Locator, Page

DROP = """
([name, content, type]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  const target = document.querySelector('.filedrop') ?? document.body;
  target.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
}
"""


@dataclass(slots=True)
class Neo4jPage:
    """One open page of Neo4j Browser."""

    page: Page

    async def connect(self, url: str, password: str) -> None:
        """Open it at an address that names server and user, and log in."""
        await self.page.goto(url)
        await self.page.get_by_test_id("password").fill(password)
        await self.page.get_by_test_id("connect").click()
        await self.page.get_by_text("You are connected as user").wait_for()

    async def run(self, command: str) -> Locator:
        """Type a command or a query, run it, and return its frame once it has an answer."""
        frames = self.page.get_by_test_id("frame")
        before = await frames.count()
        editor = self.page.get_by_test_id("activeEditor").locator("textarea").first
        await editor.focus()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(command)
        await self.page.keyboard.press("Control+Enter")
        await self.page.wait_for_function(
            "count => document.querySelectorAll('[data-testid=frame]').length > count", arg=before
        )
        return frames.first

    async def drop(self, name: str, content: bytes, kind: str) -> None:
        """Drop a file on the window."""
        await self.page.evaluate(DROP, [name, base64.b64encode(content).decode(), kind])
