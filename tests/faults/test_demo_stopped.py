"""`graphcdp demo` that is stopped while Neo4j starts ends in a sentence, and stops what it started."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from graphcdp.base import load_settings
from tests.faults.test_server import command, environment, servers_of


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_neo4j_starts(tmp_path: Path, how: signal.Signals) -> None:
    settings = load_settings(
        home=tmp_path / "home", neo4j_bolt_port=0, neo4j_http_port=0, neo4j_heap="400m", neo4j_page_cache="64m"
    )
    with subprocess.Popen(
        command("demo"),
        env={**environment(settings), "GRAPHCDP_PORT": "0", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Starting Neo4j"):
                os.kill(process.pid, how)
                break
        said += process.stdout.read()
    assert "Traceback" not in said
    assert process.returncode == (0 if how is signal.SIGINT else 128 + how), said
    assert ("Stopped. The data stays" in said) == (how is signal.SIGINT)
    assert [one.status() for one in servers_of(settings) if one.status() != psutil.STATUS_ZOMBIE] == []
