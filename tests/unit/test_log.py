"""Logs go to whatever standard error is at the time."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest
import structlog

from graphcdp.base.log import configure_logging, logger


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_stream_that_is_closed_since_loses_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    configure_logging("info", json_lines=True)
    said = logger("one")
    said.info("before")
    assert '"event": "before"' in first.getvalue()
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    said.info("after", count=3)
    assert '"count": 3' in second.getvalue()
