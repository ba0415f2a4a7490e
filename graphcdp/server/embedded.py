"""One Neo4j server per home folder: started when there is none, found when there is one, stopped when asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio
import psutil
from filelock import FileLock, Timeout

from graphcdp.base import ServerError, Settings, logger
from graphcdp.server import bolt
from graphcdp.server.jars import JarCache, Progress
from graphcdp.server.java import find_java
from graphcdp.server.layout import Ports, choose_ports, write_layout
from graphcdp.server.outside import outside_status, reach
from graphcdp.server.password import USER, ensure_password, password_file, read_password
from graphcdp.server.process import (
    claimed_ports,
    find,
    forget,
    is_alive,
    listens,
    log_file,
    log_tail,
    read_record,
    start,
    stop,
)
from graphcdp.server.resources import require_disk, require_memory
from graphcdp.server.running import Running, Status

_START_SECONDS = 300
_REFUSED, _REFUSED_SECONDS = "Neo.ClientError.Security", 20
_LOCK_SECONDS = 900
_CANCEL_SECONDS = 100
_PORT_TRIES = 3
_PORT_SIGNS = ("Address already in use", "already bound", "BindException", "PortBindException")
_log = logger(__name__)
_Got = TypeVar("_Got")


class EmbeddedNeo4j:
    """The server that the settings mean: our own in the home folder, or the outside one they name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.home.expanduser().resolve()
        self.folder: Path = self._home / "neo4j"

    async def up(self, progress: Progress | None = None) -> Running:
        """Return a server that answers, starting it if need be. Safe to call twice, also at the same time.

        Args:
            progress: takes one line at a time for a person; None says nothing.

        Raises:
            ServerError: it could not be fetched or started.
            GraphUnavailableError: the outside server does not answer.
            UnauthorizedError: the outside server refuses user or password.
        """
        tell = progress or _silent
        if self._settings.neo4j_uri:
            return await _in_thread(lambda _: reach(self._settings))
        return await _in_thread(partial(self._up, tell))

    async def down(self) -> bool:
        """Stop our own server; an outside one is left alone.

        Returns:
            Whether there was one to stop.
        """
        return False if self._settings.neo4j_uri else await _in_thread(self._down)

    async def status(self) -> Status:
        """Say how the server is; nothing is started."""
        return await _in_thread(lambda _: self.status_now())

    def status_now(self) -> Status:
        """Say how the server is, for callers outside an event loop; nothing is started."""
        return outside_status(self._settings) if self._settings.neo4j_uri else self._status()

    def _status(self) -> Status:
        found = find(self.folder)
        home = str(self._home)
        if found is None:
            return Status("stopped", home=home)
        process, record = found
        answer = self._answer(process, record.ports)
        return Status(
            "running" if isinstance(answer, bolt.Answer) else "starting",
            record.ports.bolt_uri,
            record.ports.http_url,
            record.pid,
            record.created,
            answer.agent if isinstance(answer, bolt.Answer) else None,
            home,
            None if isinstance(answer, bolt.Answer) else answer,
        )

    def _up(self, tell: Progress, cancelled: threading.Event) -> Running:
        with self._lock(tell, cancelled):
            found = find(self.folder)
            if found is not None:
                running = self._wait(found[0], found[1].ports, tell, cancelled, started_here=False)
                if running is not None:
                    return running
            return self._start(tell, cancelled)

    def _start(self, tell: Progress, cancelled: threading.Event) -> Running:
        java = find_java()
        require_memory(self._settings)
        require_disk(self._home)
        cache = self._settings.cache.expanduser().resolve()
        files = JarCache(cache).ensure(tell, cancelled)
        before = read_record(self.folder)
        if before is not None:
            tell("The server was not stopped properly last time; it recovers its data now")
        ensure_password(self.folder)
        last = before.ports if before else None
        for _ in range(_PORT_TRIES):
            with FileLock(cache / "ports.lock"):  # two homes that start together do not choose the same ports
                ports = choose_ports(self._settings, last, claimed_ports())
                write_layout(self.folder, self._settings, ports, files.plugins)
                tell(f"Starting Neo4j on {ports.bolt_uri} and {ports.http_url}")
                began = time.monotonic()
                process = start(self.folder, self._settings, java, files.jars, ports)
            running = self._wait(process, ports, tell, cancelled, started_here=True)
            if running is not None:
                _log.info("neo4j.started", pid=running.pid, ms=round(1000 * (time.monotonic() - began)))
                return running
            forget(self.folder)
            if not any(sign in log_tail(self.folder, 200) for sign in _PORT_SIGNS):
                break
            tell("Another program took a port meanwhile; choosing others")
        raise ServerError(
            f"Neo4j stopped while starting. The end of its log ({log_file(self.folder)}):\n{log_tail(self.folder)}\n"
            "Run `graphcdp doctor` to see what is amiss.",
            log=str(log_file(self.folder)),
        )

    def _wait(
        self, process: psutil.Process, ports: Ports, tell: Progress, cancelled: threading.Event, *, started_here: bool
    ) -> Running | None:
        """Wait until the server answers; None if it ended."""
        began = told = time.monotonic()
        answer: bolt.Answer | str = ""
        while is_alive(process):
            answer = self._answer(process, ports)
            if isinstance(answer, bolt.Answer):
                return self._running(process.pid, ports, answer, started_here)
            now = time.monotonic()
            if cancelled.is_set():
                if started_here:
                    stop(self.folder, process)
                raise ServerError("Starting Neo4j was interrupted. Run the same command again to start it.")
            if _REFUSED in answer and now - began > _REFUSED_SECONDS:
                raise ServerError(
                    f"Neo4j (pid {process.pid}) refuses the password in {password_file(self.folder)}. Put the right "
                    f"one into that file, or run `graphcdp down` and remove {self.folder} (this deletes the data) "
                    "to begin anew.",
                    pid=process.pid,
                )
            if now - began > _START_SECONDS:
                raise ServerError(
                    f"Neo4j (pid {process.pid}) has not answered for {_START_SECONDS} s: {answer}. The end of its log "
                    f"({log_file(self.folder)}):\n{log_tail(self.folder)}\nRun `graphcdp down`, then `graphcdp up`.",
                    pid=process.pid,
                )
            if now - told > 10:
                told = now
                tell(f"  still starting, {now - began:.0f} s")
            time.sleep(1.0 if _REFUSED in answer else 0.1)
        return None

    def _answer(self, process: psutil.Process, ports: Ports) -> bolt.Answer | str:
        if not listens(process, ports):
            return "it does not listen yet"
        password = read_password(self.folder)
        if password is None:
            return f"its password file {password_file(self.folder)} is missing"
        try:
            return bolt.ask(ports.bolt_uri, USER, password, self._settings.neo4j_database)
        except bolt.NoAnswerError as error:
            return str(error)
        except bolt.RefusedError as error:
            return f"{error.code}: {error}"

    def _running(self, pid: int, ports: Ports, answer: bolt.Answer, started_here: bool) -> Running:
        password = read_password(self.folder) or ""
        database = self._settings.neo4j_database
        return Running(ports.bolt_uri, ports.http_url, USER, password, database, answer.agent, pid, started_here, False)

    def _down(self, cancelled: threading.Event) -> bool:
        if not self.folder.exists():
            return False
        with self._lock(_silent, cancelled):
            found = find(self.folder)
            if found is None:
                return False
            gentle = stop(self.folder, found[0])
            _log.info("neo4j.stopped", pid=found[0].pid, gentle=gentle)
            return True

    @contextmanager
    def _lock(self, tell: Progress, cancelled: threading.Event) -> Iterator[None]:
        lock = FileLock(self.folder / "up.lock")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            deadline, waiting = time.monotonic() + _LOCK_SECONDS, False
            while not lock.is_locked:
                try:
                    lock.acquire(timeout=0.5)
                except Timeout:
                    if cancelled.is_set() or time.monotonic() > deadline:
                        raise ServerError(
                            f"Another graphcdp is starting or stopping the server and holds {self.folder / 'up.lock'}. "
                            "Wait until it is done, or end it, then try again."
                        ) from None
                    if not waiting:
                        waiting = True
                        tell("Another graphcdp is starting or stopping this server; waiting for it")
        except OSError as error:
            raise ServerError(
                f"The folder {self.folder} cannot be written ({error.strerror}). Set GRAPHCDP_HOME to a folder of your "
                "own.",
                path=str(self.folder),
            ) from None
        try:
            yield
        finally:
            lock.release()


def _silent(line: str) -> None:
    del line


async def _in_thread(work: Callable[[threading.Event], _Got]) -> _Got:
    """Run blocking work; when cancelled, tell it to end and wait until it has put things in order."""
    cancelled, ended = threading.Event(), threading.Event()

    def run() -> _Got:
        try:
            return work(cancelled)
        finally:
            ended.set()

    try:
        return await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        cancelled.set()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(ended.wait, _CANCEL_SECONDS)
        raise
