"""A `graphcdp` command that starts at once: a process that has read everything forks for each call.

`folder()` returns a folder with such a command, to be put first in PATH. Each call is a process of its own with the
caller's arguments, environment, folder and terminal, as the real command's; only what Python reads at its start is
read once. That the real command starts is seen by tests/faults, tests/docs/test_wheel.py and .ci/demo.py.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_CALL = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as door:
    door.connect({door!r})
    said = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(door, [len(said).to_bytes(8, "big")], [0, 1, 2])
    door.sendall(said)
    sys.exit(int(door.makefile().readline() or 70))
"""


@cache
def folder() -> Path:
    """Return the folder of the quick command; its process ends with this one."""
    place = Path(tempfile.mkdtemp(prefix="graphcdp-warm-"))
    door = place / "door"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", str(door)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    atexit.register(process.stdin.close)
    call = place / "graphcdp"
    call.write_text(_CALL.format(python=sys.executable, door=str(door)))
    call.chmod(0o755)
    return place


def command() -> str:
    """Return the path of the quick command."""
    return str(folder() / "graphcdp")


def _answer(call: socket.socket) -> None:
    """Run one call in a process of its own (this one), and tell its exit code."""
    from graphcdp.cli import main

    head, handles, _, _ = socket.recv_fds(call, 8, 3)
    with call.makefile("rb") as said:
        arguments, environment, place = json.loads(said.read(int.from_bytes(head, "big")))
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        os.close(handle)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(place)
    sys.argv = ["graphcdp", *arguments]
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    call.sendall(f"{code}\n".encode())


def _serve(door: str) -> None:
    """Fork for each call until the parent is gone."""
    import graphcdp.cli  # noqa: F401  what each call would read again

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(door)
    server.listen()
    print("ready", flush=True)
    while sys.stdin not in select.select([sys.stdin, server], [], [])[0]:
        call, _ = server.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.close()
            code = 70
            try:
                _answer(call)
                code = 0
            finally:
                os._exit(code)
        call.close()


if __name__ == "__main__":
    _serve(sys.argv[1])
