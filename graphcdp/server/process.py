"""The Java process of one server folder: found again after anything, started apart from us, stopped gently."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from graphcdp.base import ServerError, Settings, logger
from graphcdp.base.ids import write_private
from graphcdp.server.java import Java
from graphcdp.server.layout import Ports, configured_ports
from graphcdp.server.resources import size_bytes

MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"
_HOME_FLAG = "--home-dir="
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_CLOCK_SLACK_SECONDS = 5
_GENTLE_SECONDS = 90
_EXEC_SECONDS = 1.0
_FIRST_HEAP_BYTES = 256 * 1024**2
# Windows has no sessions: its flags say the same.
_APART = int(getattr(subprocess, "DETACHED_PROCESS", 0)) | int(getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of a started server.

    Attributes:
        pid: of the Java process.
        created: when that process began (seconds since 1970), so that a recycled pid is not mistaken for it.
        ports: where it listens.
    """

    pid: int
    created: float
    ports: Ports


def log_file(folder: Path) -> Path:
    """Return the server's own log since its last start (`console.log` beside it has what Java says before that)."""
    return folder / "logs" / "neo4j.log"


def read_record(folder: Path) -> Record | None:
    """Return what is remembered of the last start, whether that process lives or not."""
    try:
        kept = json.loads((folder / "state.json").read_text())
        return Record(int(kept["pid"]), float(kept["created"]), Ports(int(kept["bolt"]), int(kept["http"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Remember a start."""
    kept = {
        "pid": record.pid,
        "created": record.created,
        "bolt": record.ports.bolt,
        "http": record.ports.http,
    }
    write_private(folder / "state.json", json.dumps(kept) + "\n")


def find(folder: Path) -> tuple[psutil.Process, Record] | None:
    """Return the living server of a folder, also if whoever started it was killed before it could take a note."""
    record = read_record(folder)
    if record is not None:
        process = _living(record.pid, folder, _EXEC_SECONDS)
        if process is not None and abs(process.create_time() - record.created) < _CLOCK_SLACK_SECONDS:
            return process, record
    for process in psutil.process_iter():
        if _living(process.pid, folder) is not None:
            ports = configured_ports(folder) or (record.ports if record else None)
            if ports is not None:
                found = Record(process.pid, process.create_time(), ports)
                write_record(folder, found)
                return process, found
    return None


def _living(pid: int, folder: Path, patience: float = 0) -> psutil.Process | None:
    """Return a process if it is the server of a folder. One just started shows no command for a moment."""
    until = time.monotonic() + patience
    try:
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            command = process.cmdline()
            if command or time.monotonic() >= until:
                return process if MAIN_CLASS in command and _home_flag(folder) in command else None
            time.sleep(0.01)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        pass
    return None


def claimed_ports() -> frozenset[int]:
    """Return the ports of every server of graphcdp on this machine, also of those that do not listen yet."""
    claimed: set[int] = set()
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if MAIN_CLASS in command:
            for flag in command:
                ports = configured_ports(Path(flag.removeprefix(_HOME_FLAG))) if flag.startswith(_HOME_FLAG) else None
                claimed.update((ports.bolt, ports.http) if ports else ())
    return frozenset(claimed)


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still runs (a dead child that nobody waited for does not)."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listens(process: psutil.Process, ports: Ports) -> bool:
    """Say whether it is this very process that holds both ports."""
    try:
        held = {
            each.laddr.port
            for each in process.net_connections(kind="tcp")
            if each.status == psutil.CONN_LISTEN and each.laddr
        }
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return {ports.bolt, ports.http} <= held


def start(folder: Path, settings: Settings, java: Java, jars: Sequence[Path], ports: Ports) -> psutil.Process:
    """Start the server in a session of its own, with its output in its log file and nothing of ours held open.

    Raises:
        ServerError: the program cannot be run.
    """
    temporary = folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(mode=0o700, exist_ok=True)
    if log_file(folder).exists():
        log_file(folder).replace(log_file(folder).with_suffix(".log.before"))
    arguments = folder / "conf" / "java.args"
    arguments.write_text("-cp\n" + f'"{os.pathsep.join(str(jar) for jar in jars)}"\n'.replace("\\", "\\\\"))
    command = [
        str(java.command),
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENS),
        "--enable-native-access=ALL-UNNAMED",
        "-Dfile.encoding=UTF-8",
        f"-Djava.io.tmpdir={temporary}",
        f"-Xms{min(_FIRST_HEAP_BYTES, size_bytes(settings.neo4j_heap))}",
        f"-Xmx{settings.neo4j_heap}",
        # A batch leaves much behind at once: small regions and early marking kept a third of a core collecting garbage.
        "-XX:+UseG1GC",
        "-XX:G1HeapRegionSize=4m",
        "-XX:InitiatingHeapOccupancyPercent=70",
        "-XX:-G1UseAdaptiveIHOP",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={folder / 'logs' / 'java_error.log'}",
        f"@{arguments}",
        MAIN_CLASS,
        _home_flag(folder),
        f"--config-dir={folder / 'conf'}",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GRAPHCDP_", "NEO4J_"))}
    for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"):
        environment.pop(name, None)
    try:
        with _console(folder).open("wb") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                close_fds=True,
                start_new_session=True,
                creationflags=_APART,
            )
    except OSError as error:
        raise ServerError(f"Java could not be started: {error}.", path=str(java.command)) from None
    child.returncode = 0  # psutil waits for it; this keeps Popen from warning when it is collected
    process = psutil.Process(child.pid)
    write_record(folder, Record(child.pid, process.create_time(), ports))
    _log.debug("neo4j.spawned", pid=child.pid, bolt=ports.bolt, http=ports.http)
    return process


def stop(folder: Path, process: psutil.Process) -> bool:
    """Ask a server to stop, and end it by force if it does not within 90 seconds.

    Returns:
        Whether it stopped by itself.
    """
    gentle = True
    try:
        process.terminate()
        try:
            process.wait(_GENTLE_SECONDS)
        except psutil.TimeoutExpired:
            gentle = False
            process.kill()
            process.wait(_GENTLE_SECONDS)
    except psutil.NoSuchProcess:
        pass
    forget(folder)
    return gentle


def forget(folder: Path) -> None:
    """Keep no note of the last start: the server ended as it should, or never came up."""
    (folder / "state.json").unlink(missing_ok=True)


def log_tail(folder: Path, lines: int = 15) -> str:
    """Return the end of what the server printed, for an error message."""
    text = ""
    for path in (log_file(folder), _console(folder)):
        with suppress(OSError):
            text += path.read_text(errors="replace").strip() + "\n"
    return "\n".join(text.strip().splitlines()[-lines:]) or "(nothing was printed)"


def _console(folder: Path) -> Path:
    return folder / "logs" / "console.log"


def _home_flag(folder: Path) -> str:
    return f"{_HOME_FLAG}{folder}"
