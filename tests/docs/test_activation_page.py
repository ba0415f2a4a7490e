"""Every `console` command of docs/activation.md answers as the page says, on Luma, with a real SMTP server."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.platform import Platform
from tests.docs import console
from tests.receivers import mailbox

PAGE = Path(__file__).resolve().parents[2] / "docs" / "activation.md"
pytestmark = pytest.mark.anyio


def test_the_example_of_airflow_is_python() -> None:
    (block,) = re.findall(r"```python title=\"gift_dag.py\"\n(.*?)```", PAGE.read_text(), re.DOTALL)
    tree = ast.parse(block)
    dags = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    lines = [one.value for one in tree.body if isinstance(one, ast.Expr)]
    called = {ast.unparse(one.func) for one in lines if isinstance(one, ast.Call)}
    assert dags == called == {"gift_cart_changes", "people"}


@pytest.mark.usefixtures("clean")
async def test_the_page_is_what_happens(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    await platform.seeds.load(replace(Seed.load("luma"), customers=60))
    with mailbox() as box:
        assert await console.follow(PAGE, tmp_path, settings.home, SMTP_PORT=str(box.port)) >= 20
        ((to, told),) = box.messages
        assert (to, told["Subject"]) == ("sarah.rose@example.com", "Is it a gift, Sarah?")
        assert told.get_content().strip() == "We wrap it for free, Bronze members first."
