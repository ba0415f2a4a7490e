"""The cached files of the server: what is missing, what is damaged, and how they come."""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graphcdp.base import ServerError
from graphcdp.server.jars import Jar, JarCache, required_jars


class _Quiet(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_message(self, format: str, *args: object) -> None:
        self.asked.append(self.path)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, list[str]]]:
    """A Maven mirror on this machine that jgo's own settings name; yields its folder and what was asked of it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    asked: list[str] = []
    handler = type("Handler", (_Quiet,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    conf = tmp_path / "jgo.conf"
    conf.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_address[1]}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(conf))
    yield folder, asked
    server.shutdown()
    server.server_close()


def make_jar(folder: Path, coordinate: str, content: str, kind: str = "server") -> Jar:
    """Put a jar into a mirror's folder and return what the list would say of it."""
    place = folder / Jar(kind, coordinate, 0, "").path
    place.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", content)
    return Jar(kind, coordinate, place.stat().st_size, hashlib.sha256(place.read_bytes()).hexdigest())


def test_the_list_names_every_file_once_with_size_and_hash() -> None:
    jars = required_jars()
    assert len({jar.path for jar in jars}) == len(jars) == 229
    assert all(jar.size > 0 and len(jar.sha256) == 64 for jar in jars)
    named = {jar.coordinate: jar.kind for jar in jars}
    assert named["org.neo4j:neo4j-bootcheck:5.26.30"] == "server"
    assert named["org.neo4j.client:neo4j-browser:5.24.0"] == "server"
    assert named["org.neo4j.procedure:apoc-extended:5.26.0"] == "plugin"
    assert [jar.kind for jar in jars].count("plugin") == 11


def test_a_classifier_is_part_of_the_file_name() -> None:
    jar = Jar("server", "io.netty:netty-x:4.1:linux-x86_64", 1, "0")
    assert jar.path == Path("io/netty/netty-x/4.1/netty-x-4.1-linux-x86_64.jar")


def test_what_is_missing_is_fetched_once_and_plugins_are_told_apart(
    mirror: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, asked = mirror
    jars = [make_jar(folder, "a.b:one:1", "one"), make_jar(folder, "a.b:two:2:natives", "two", kind="plugin")]
    cache, lines = JarCache(tmp_path / "cache", jars), []
    assert cache.missing() == jars

    first = cache.ensure(lines.append)
    assert [path.name for path in first.jars] == ["one-1.jar", "two-2-natives.jar"]
    assert [path.name for path in first.plugins] == ["two-2-natives.jar"]
    assert first.fetched == 2
    assert lines[0] == f"Fetching Neo4j: 2 files, 0 MB, into {tmp_path / 'cache'}"
    assert "2 of 2 files" in lines[1]

    asked.clear()
    again = cache.ensure(lines.append)
    assert (again.jars, again.plugins, again.fetched) == (first.jars, first.plugins, 0)
    assert asked == []
    assert cache.missing(deep=True) == []


@pytest.mark.parametrize("damage", ["cut short", "emptied", "a byte changed", "a byte changed, time kept", "removed"])
def test_a_damaged_file_is_noticed_and_fetched_again(
    mirror: tuple[Path, list[str]], tmp_path: Path, damage: str
) -> None:
    folder, _ = mirror
    jars = [make_jar(folder, "a.b:one:1", "one"), make_jar(folder, "a.b:two:2", "two")]
    cache, lines = JarCache(tmp_path / "cache", jars), []
    place = cache.ensure(lines.append).jars[1]
    content, stat = place.read_bytes(), place.stat()
    if damage == "removed":
        place.unlink()
    else:
        flipped = bytes([content[0] ^ 1]) + content[1:]
        place.write_bytes({"cut short": content[:-5], "emptied": b""}.get(damage, flipped))
    if damage.endswith("time kept"):
        os.utime(place, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache.missing() == cache.missing(deep=True) == [jars[1]]

    lines.clear()
    assert cache.ensure(lines.append).fetched == 1
    assert place.read_bytes() == content
    told = any("1 damaged file in" in line for line in lines)
    assert told == (damage != "removed")


def test_a_file_that_is_not_what_was_asked_for_is_refused_and_not_kept(
    mirror: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, _ = mirror
    jar = make_jar(folder, "a.b:one:1", "one")
    make_jar(folder, "a.b:one:1", "six")  # the mirror now has another file of that name
    with pytest.raises(ServerError, match=r"a\.b:one:1: what arrived is not the file .* SHA-256 differs"):
        JarCache(tmp_path / "cache", [jar]).ensure(lambda _: None)
    assert list((tmp_path / "cache" / "maven").rglob("*.jar")) == []


def test_a_file_that_no_repository_has_is_said_so(mirror: tuple[Path, list[str]], tmp_path: Path) -> None:
    jar = Jar("server", "a.b:none:1", 10, "0" * 64)
    with pytest.raises(ServerError, match=r"a\.b:none:1: no Maven repository has it"):
        JarCache(tmp_path / "cache", [jar]).ensure(lambda _: None)


def test_without_network_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf = tmp_path / "jgo.conf"
    conf.write_text("[repositories]\ncentral = http://127.0.0.1:9\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(conf))
    with pytest.raises(ServerError) as caught:
        JarCache(tmp_path / "cache").ensure(lambda _: None)
    assert "the network does not answer" in caught.value.message
    assert "The first start needs the network" in caught.value.message
    assert caught.value.code == "server"


def test_a_full_disk_is_said_before_fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = Jar("server", "a.b:huge:1", 10**15, "0" * 64)
    with pytest.raises(
        ServerError, match=r"needs 2000000000 MB in .* MB are free there\. Make room, or set GRAPHCDP_CACHE"
    ):
        JarCache(tmp_path / "cache", [huge]).ensure(lambda _: None)


def test_giving_up_keeps_what_has_come(mirror: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, _ = mirror
    stop = threading.Event()
    stop.set()
    with pytest.raises(ServerError, match="interrupted"):
        JarCache(tmp_path / "cache", [make_jar(folder, "a.b:one:1", "one")]).ensure(lambda _: None, stop)


@pytest.mark.parametrize(
    ("encrypted", "why"), [(True, "certificate is not one that this machine trusts"), (False, "does not speak TLS")]
)
def test_what_is_wrong_with_the_encryption_of_a_repository_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool, why: str
) -> None:
    """Over a real TLS server whose certificate nobody vouches for, and over one that does not speak TLS at all."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Quiet,), {"asked": []}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client goes away in the handshake
    if encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    conf = tmp_path / "jgo.conf"
    conf.write_text(f"[repositories]\ncentral = https://127.0.0.1:{server.server_address[1]}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(conf))
    try:
        with pytest.raises(ServerError, match=why):
            JarCache(tmp_path / "cache", [Jar("server", "a.b:one:1", 1, "0")]).ensure(lambda line: None)
    finally:
        server.shutdown()
        server.server_close()
