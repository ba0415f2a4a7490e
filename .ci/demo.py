"""Run `make demo` as a stranger would, in an empty home on a free port, until it answers for Sarah Rose; then Ctrl-C.

Fails when the demo does not come up, does not know Sarah by every identity of the story, or leaves a process behind.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 1200
SECONDS_TO_STOP = 120
WANTED = Counter({"ecid": 2, "email": 1, "crm_id": 1, "loyalty_id": 1})
"""Sarah's identities by namespace: the web's ECID and the app's, mail, CRM, loyalty."""
QUESTION = """
query Sarah($email: String!) {
  profile(identity: {namespace: "email", value: $email}) {
    ... on Profile { identities { namespace } }
    ... on Error { message }
  }
}
"""


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the environment of a stranger: an empty home, no settings of graphcdp or of the desktop but the port."""
    dropped = ("GRAPHCDP_", "XDG_", "MAKE", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"HOME": str(home), "GRAPHCDP_PORT": str(port), "PYTHONUNBUFFERED": "1"}


class Demo:
    """One `make demo`: its lines as they come, and its end."""

    def __init__(self, env: dict[str, str]) -> None:
        self.started = time.monotonic()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            shown = re.sub(r"(gcdp_\w{4}|Password: +\S{2})\S+", r"\1…", self.lines[-1])
            sys.stdout.write(f"  [{time.monotonic() - self.started:4.0f} s] {shown}\n")
            sys.stdout.flush()

    def wait_for(self, pattern: str) -> str:
        """Return the first group of the first line that matches.

        Raises:
            SystemExit: the demo ended or took too long.
        """
        while time.monotonic() - self.started < SECONDS_TO_START:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found[1]
            if self.process.poll() is not None:
                raise SystemExit(f"make demo ended with {self.process.returncode} before it printed {pattern!r}.")
            time.sleep(0.2)
        raise SystemExit(f"make demo did not print {pattern!r} within {SECONDS_TO_START} s.")

    def interrupt(self) -> None:
        """Press Ctrl-C: the signal goes to everything in the terminal's foreground.

        Raises:
            SystemExit: it does not stop.
        """
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"make demo did not stop within {SECONDS_TO_STOP} s of Ctrl-C.") from None
        sys.stdout.write(f"  stopped {time.monotonic() - began:.1f} s after Ctrl-C\n")


def ask(port: int, key: str) -> list[str]:
    """Return the namespaces of Sarah's identities, as GraphQL tells them."""
    body = json.dumps({"query": QUESTION, "variables": {"email": "sarah.rose@example.com"}}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        body,
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    profile = (answer.get("data") or {}).get("profile") or {}
    if "identities" not in profile:
        raise SystemExit(f"GraphQL does not know Sarah: {json.dumps(answer)[:600]}")
    return [identity["namespace"] for identity in profile["identities"]]


def graph_size(http: str, password: str) -> tuple[int, int]:
    """Return how many nodes and edges Neo4j holds, as it says itself."""
    body = json.dumps({"statement": "RETURN COUNT { () } AS nodes, COUNT { ()-->() } AS edges"}).encode()
    basic = base64.b64encode(f"neo4j:{password}".encode()).decode()
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Basic {basic}"}
    request = urllib.request.Request(f"{http}/db/neo4j/query/v2", body, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        nodes, edges = json.load(response)["data"]["values"][0]
    return nodes, edges


def left_running(home: Path) -> list[psutil.Process]:
    """Return the processes that still work under that home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(home) or str(home) in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def run_once(home: Path, port: int, title: str) -> tuple[int, int]:
    """Start the demo, ask for Sarah, stop it, look for what it left. Returns how many nodes and edges there are."""
    sys.stdout.write(f"{title}: port {port}, home {home}\n")
    demo = Demo(environment(home, port))
    try:
        key = demo.wait_for(r"^\s*API key: (gcdp_\w+)")
        known = ask(port, key)
        if missing := WANTED - Counter(known):
            raise SystemExit(f"Sarah's profile lacks {sorted(missing)}; it has {sorted(known)}.")
        size = graph_size(demo.wait_for(r"(http://[\d.]+:\d+)/browser/"), demo.wait_for(r"^\s*Password: +(\S+)"))
        sys.stdout.write(
            f"  GraphQL answers for Sarah Rose: {', '.join(sorted(known))}; {size[0]:,} nodes, {size[1]:,} edges\n"
        )
        demo.interrupt()
        if left := left_running(home):
            raise SystemExit(f"make demo left running: {[' '.join(process.cmdline())[:120] for process in left]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except urllib.error.URLError:
            return size
        raise SystemExit(f"Something still answers on port {port}.")
    finally:
        for process in left_running(home):
            process.kill()


def main() -> None:
    """Do it from nothing, and again on what the first run left."""
    with tempfile.TemporaryDirectory(prefix="graphcdp-stranger-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        first = run_once(home, free_port(), "From nothing")
        second = run_once(home, free_port(), "Again")
        if first != second:
            raise SystemExit(f"The second demo changed the graph: {first} nodes and edges before, {second} after.")


if __name__ == "__main__":
    main()
