"""The real server: started twice, killed, damaged, side by side, and stopped by its own only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx2
import neo4j
import psutil
import pytest

from graphcdp.base import GraphUnavailableError, ServerError, Settings, UnauthorizedError, load_settings
from graphcdp.server import EmbeddedNeo4j, JarCache, Running, examine
from graphcdp.server.process import MAIN_CLASS, read_record
from tests.pace import a_second

pytestmark = pytest.mark.anyio

Home = Callable[..., Settings]


def servers_of(settings: Settings) -> list[psutil.Process]:
    """All living Java processes of a home."""
    flag = f"--home-dir={settings.home.resolve() / 'neo4j'}"
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and {MAIN_CLASS, flag} <= set(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def settings_of(home: Path, **more: Any) -> Settings:
    """Settings of a small server."""
    ports = {"neo4j_bolt_port": 0, "neo4j_http_port": 0}
    small = {"neo4j_heap": "400m", "neo4j_page_cache": "64m", "neo4j_uri": None, "neo4j_password": None}
    return load_settings(**{"home": home, **ports, **small, **more})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Makes settings for homes of this test, and ends what it left running."""
    made: list[Settings] = []

    def make(name: str = "home", **more: Any) -> Settings:
        made.append(settings_of(tmp_path / name, **more))
        return made[-1]

    yield make
    for settings in made:
        for process in servers_of(settings):
            process.kill()
            process.wait(30)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which a command means the same settings."""
    return {
        **os.environ,
        "GRAPHCDP_HOME": str(settings.home),
        "GRAPHCDP_CACHE": str(settings.cache),
        "GRAPHCDP_NEO4J_HEAP": settings.neo4j_heap,
        "GRAPHCDP_NEO4J_PAGE_CACHE": settings.neo4j_page_cache,
        "GRAPHCDP_NEO4J_BOLT_PORT": str(settings.neo4j_bolt_port),
        "GRAPHCDP_NEO4J_HTTP_PORT": str(settings.neo4j_http_port),
        **more,
    }


def command(*arguments: str) -> list[str]:
    """The command line `graphcdp …` of this checkout."""
    return [sys.executable, "-c", "from graphcdp.cli import main; main()", *arguments]


def cypher(running: Running, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run a statement with the official driver."""
    auth = (running.user, running.password)
    with neo4j.GraphDatabase.driver(running.bolt_uri, auth=auth, notifications_min_severity="OFF") as driver:
        records, _, _ = driver.execute_query(statement, parameters)  # type: ignore[arg-type]
    return [record.data() for record in records]


async def test_up_twice_is_one_server_and_says_so(server: Running, settings: Settings) -> None:
    began = time.monotonic()
    again = await EmbeddedNeo4j(settings).up()
    assert time.monotonic() - began < 3 * a_second()
    assert (again.pid, again.bolt_uri, again.http_url) == (server.pid, server.bolt_uri, server.http_url)
    assert again.password == server.password
    assert not again.started_here
    assert [process.pid for process in servers_of(settings)] == [server.pid]
    status = await EmbeddedNeo4j(settings).status()
    assert (status.state, status.pid, status.agent) == ("running", server.pid, "Neo4j/5.26.30")


async def test_the_password_works_no_other_does_and_only_its_owner_can_read_it(
    server: Running, settings: Settings
) -> None:
    assert cypher(server, "RETURN 1 AS one") == [{"one": 1}]
    for wrong in ("neo4j", server.password + "x"):
        with (
            neo4j.GraphDatabase.driver(server.bolt_uri, auth=("neo4j", wrong)) as driver,
            pytest.raises(neo4j.exceptions.AuthError),
        ):
            driver.verify_connectivity()
    kept = settings.home / "neo4j" / "password"
    assert kept.read_text().strip() == server.password
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert server.password not in repr(server)
    assert server.pid is not None
    assert server.password not in " ".join(psutil.Process(server.pid).cmdline())


async def test_it_listens_on_the_loopback_address_alone(server: Running) -> None:
    assert server.pid is not None
    listening = {
        each.laddr.ip.removeprefix("::ffff:")
        for each in psutil.Process(server.pid).net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


async def test_browser_is_served_and_discovery_names_the_true_ports(server: Running) -> None:
    async with httpx2.AsyncClient() as client:
        page = await client.get(f"{server.http_url}/browser/")
        found = (await client.get(f"{server.http_url}/", headers={"accept": "application/json"})).json()
    assert page.status_code == 200
    assert "neo4j" in page.text.lower()
    assert "<script" in page.text
    assert found["bolt_direct"] == server.bolt_uri
    assert found["neo4j_version"] == "5.26.30"
    assert server.browser_url == f"{server.http_url}/browser/"


async def test_apoc_core_and_extended_are_there_and_a_custom_procedure_can_be_called(server: Running) -> None:
    auth = (server.user, server.password)
    async with neo4j.AsyncGraphDatabase.driver(server.bolt_uri, auth=auth) as driver:
        await driver.execute_query(
            "CALL apoc.custom.installProcedure($sig, $text, 'neo4j', 'read', 'adds one')",
            {"sig": "probe.plus(num :: INTEGER) :: (sum :: INTEGER)", "text": "RETURN $num + 1 AS sum"},
            database_="system",
        )
        try:
            with anyio.fail_after(10):
                while True:
                    try:
                        records, _, _ = await driver.execute_query("CALL custom.probe.plus(41) YIELD sum RETURN sum")
                        break
                    except neo4j.exceptions.ClientError as error:
                        assert "ProcedureNotFound" in (error.code or "")
                        await anyio.sleep(0.1)
            assert [record["sum"] for record in records] == [42]
        finally:
            await driver.execute_query("CALL apoc.custom.dropProcedure('probe.plus', 'neo4j')", database_="system")
    assert cypher(server, "RETURN apoc.text.camelCase('a b') AS text") == [{"text": "aB"}]


async def test_doctor_finds_all_well(server: Running, settings: Settings) -> None:
    checks = await examine(settings)
    assert [check.name for check in checks] == [
        "python", "java", "cache", "disk", "memory", "ports", "password file", "neo4j", "apoc",
    ]  # fmt: skip
    assert [check for check in checks if check.ok is not True] == []


async def test_doctor_sees_a_password_file_that_others_can_read(server: Running, settings: Settings) -> None:
    kept = settings.home / "neo4j" / "password"
    kept.chmod(0o644)
    try:
        told = subprocess.run(command("doctor", "--json"), env=environment(settings), capture_output=True, text=True)
    finally:
        kept.chmod(0o600)
    assert told.returncode == 1
    report = json.loads(told.stdout)
    assert report["ok"] is False
    assert [check["name"] for check in report["checks"] if check["ok"] is False] == ["password file"]


async def test_an_outside_server_is_used_and_never_stopped(server: Running, tmp_path: Path) -> None:
    named = {"neo4j_uri": server.bolt_uri, "neo4j_password": server.password}
    outside = EmbeddedNeo4j(settings_of(tmp_path / "unused", **named))
    running = await outside.up()
    assert (running.outside, running.started_here, running.pid) == (True, False, None)
    assert (running.bolt_uri, running.agent) == (server.bolt_uri, "Neo4j/5.26.30")
    assert await outside.down() is False
    assert (await outside.status()).state == "outside"
    assert cypher(server, "RETURN 1 AS one") == [{"one": 1}]
    assert not (tmp_path / "unused").exists()
    assert [c.ok for c in await examine(settings_of(tmp_path / "unused", **named))] == [True, True, True]


async def test_an_outside_server_that_refuses_or_is_silent_is_said_so(server: Running, tmp_path: Path) -> None:
    named = {"neo4j_uri": server.bolt_uri, "neo4j_password": server.password}
    with pytest.raises(UnauthorizedError, match=r"refuses user neo4j\. Set GRAPHCDP_NEO4J_USER"):
        await EmbeddedNeo4j(settings_of(tmp_path, **(named | {"neo4j_password": "wrong"}))).up()
    with pytest.raises(GraphUnavailableError, match=r"its database nowhere \(GRAPHCDP_NEO4J_DATABASE\) cannot be used"):
        await EmbeddedNeo4j(settings_of(tmp_path, **named, neo4j_database="nowhere")).up()
    with pytest.raises(GraphUnavailableError, match=r"does not answer: .*refused"):
        await EmbeddedNeo4j(settings_of(tmp_path, neo4j_uri="neo4j://127.0.0.1:9")).up()


async def test_killed_java_is_recovered_with_its_data(home: Home) -> None:
    settings = home()
    embedded = EmbeddedNeo4j(settings)
    first = await embedded.up()
    assert first.pid is not None
    cypher(first, "UNWIND range(1, 1000) AS num CREATE (:Kept {num: num})")
    os.kill(first.pid, signal.SIGKILL)
    psutil.Process(first.pid).wait(30)
    assert (await embedded.status()).state == "stopped"

    lines: list[str] = []
    second = await embedded.up(lines.append)
    assert lines[0] == "The server was not stopped properly last time; it recovers its data now"
    assert second.started_here
    assert second.pid != first.pid
    assert second.password == first.password
    assert (second.bolt_uri, second.http_url) == (first.bolt_uri, first.http_url)
    assert cypher(second, "MATCH (k:Kept) RETURN count(k) AS kept, sum(k.num) AS sum") == [
        {"kept": 1000, "sum": 500500}
    ]

    assert await embedded.down() is True
    assert servers_of(settings) == []
    assert await embedded.down() is False
    assert not psutil.pid_exists(second.pid or 0)
    third = await embedded.up(lines.append)
    assert not any("properly" in line for line in lines[2:])
    assert cypher(third, "MATCH (k:Kept) RETURN count(k) AS kept") == [{"kept": 1000}]


async def test_killed_python_leaves_a_server_that_the_next_up_finds(home: Home) -> None:
    settings = home()
    with subprocess.Popen(command("up"), env=environment(settings), stderr=subprocess.DEVNULL) as starter:
        with anyio.fail_after(60):
            while not servers_of(settings):
                await anyio.sleep(0.02)
        starter.kill()
    (java,) = servers_of(settings)
    (settings.home / "neo4j" / "state.json").unlink(missing_ok=True)  # killed before it took its note

    running = await EmbeddedNeo4j(settings).up()
    assert running.pid == java.pid
    assert not running.started_here
    assert cypher(running, "RETURN 1 AS one") == [{"one": 1}]
    record = read_record(settings.home.resolve() / "neo4j")
    assert record is not None
    assert (record.pid, record.ports.bolt_uri) == (java.pid, running.bolt_uri)
    assert await EmbeddedNeo4j(settings).down() is True
    assert servers_of(settings) == []


async def test_two_ups_at_the_same_time_start_one_server_and_leave_no_pipe_open(home: Home) -> None:
    settings = home()
    both = [
        subprocess.Popen(
            command("up", "--json"),
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    # communicate() returns at the end of the pipes: a server that had inherited them would keep it waiting
    outcomes = [await anyio.to_thread.run_sync(partial(each.communicate, timeout=120)) for each in both]
    assert [each.returncode for each in both] == [0, 0], outcomes
    told = [json.loads(out) for out, _ in outcomes]
    assert told[0]["pid"] == told[1]["pid"]
    assert sorted(each["started_here"] for each in told) == [False, True]
    (java,) = servers_of(settings)
    assert java.pid == told[0]["pid"]
    assert os.getsid(java.pid) == java.pid
    assert "password" not in told[0]

    done = subprocess.run(command("status"), env=environment(settings), capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, f"  Bolt     {told[0]['bolt_uri']}")
    done = subprocess.run(command("down"), env=environment(settings), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Neo4j stopped.\n")
    done = subprocess.run(command("status"), env=environment(settings), capture_output=True, text=True)
    assert done.returncode == 3
    assert "not running" in done.stdout


async def test_two_homes_run_side_by_side_and_down_stops_its_own(home: Home, server: Running) -> None:
    assert server.http_url is not None
    wanted = {"neo4j_bolt_port": int(server.bolt_uri[-5:]), "neo4j_http_port": int(server.http_url[-5:])}
    one, two = EmbeddedNeo4j(home("one", **wanted)), EmbeddedNeo4j(home("two", **wanted))
    both: dict[str, Running] = {}

    async def start(name: str, embedded: EmbeddedNeo4j) -> None:
        both[name] = await embedded.up()

    async with anyio.create_task_group() as group:  # both want the very ports of a third
        group.start_soon(start, "one", one)
        group.start_soon(start, "two", two)
    assert len({server.bolt_uri, both["one"].bolt_uri, both["two"].bolt_uri}) == 3
    assert len({server.http_url, both["one"].http_url, both["two"].http_url}) == 3
    assert len({server.password, both["one"].password, both["two"].password}) == 3
    cypher(both["one"], "CREATE (:OnlyInOne)")
    assert cypher(both["two"], "MATCH (n:OnlyInOne) RETURN count(n) AS seen") == [{"seen": 0}]

    assert await one.down() is True
    assert (await one.status()).state == "stopped"
    assert cypher(both["two"], "RETURN 1 AS one") == [{"one": 1}]
    assert cypher(server, "RETURN 1 AS one") == [{"one": 1}]


async def test_a_damaged_jar_is_noticed_and_a_start_from_the_cache_asks_nobody(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = load_settings().cache
    copy = tmp_path / "cache"
    shutil.copytree(real / "maven", copy / "maven", copy_function=os.link)
    settings = home(cache=copy)
    asked: list[str] = []

    class Mirror(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            asked.append(self.path)

    mirror = ThreadingHTTPServer(("127.0.0.1", 0), partial(Mirror, directory=str(real / "maven")))
    threading.Thread(target=mirror.serve_forever, daemon=True).start()
    conf = tmp_path / "jgo.conf"
    conf.write_text(f"[repositories]\ncentral = http://127.0.0.1:{mirror.server_address[1]}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(conf))
    try:
        place = next((copy / "maven").rglob("neo4j-kernel-5*.jar"))
        content = place.read_bytes()
        place.unlink()  # it is a hard link to the real one
        place.write_bytes(content[: len(content) // 2])
        noted = {check.name: check for check in await examine(settings)}["cache"]
        assert "1 of 229 files" in noted.detail
        assert noted.ok is None

        asked.clear()
        lines: list[str] = []
        assert (await EmbeddedNeo4j(settings).up(lines.append)).started_here
        assert lines[0] == f"1 damaged file in {copy.resolve()}: fetching again"
        assert place.read_bytes() == content
        assert {path.removesuffix(".sha1").rsplit("/", 1)[1] for path in asked} == {place.name}
        assert JarCache(copy).missing(deep=True) == []
        await EmbeddedNeo4j(settings).down()
    finally:
        mirror.shutdown()
        mirror.server_close()

    asked.clear()
    began = time.monotonic()
    running = await EmbeddedNeo4j(settings).up()  # the mirror is gone: any use of the network would fail
    assert running.started_here
    assert asked == []
    assert time.monotonic() - began < 60


async def test_without_network_and_cache_it_says_so_and_leaves_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "jgo.conf"
    conf.write_text("[repositories]\ncentral = http://127.0.0.1:9\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(conf))
    settings = home(cache=tmp_path / "empty")
    told = subprocess.run(command("up", "--json"), env=environment(settings), capture_output=True, text=True)
    assert told.returncode == 1
    error = json.loads(told.stdout)["error"]
    assert error["code"] == "server"
    assert "the network does not answer" in error["message"]
    assert servers_of(settings) == []
    noted = {check.name: check for check in await examine(settings)}["cache"]
    assert noted.ok is False
    assert "network" in noted.detail


async def test_a_start_that_fails_shows_the_end_of_the_log_and_what_to_do(home: Home) -> None:
    settings = home(neo4j_heap="1m")
    with pytest.raises(ServerError) as caught:
        await EmbeddedNeo4j(settings).up()
    assert "Neo4j stopped while starting. The end of its log" in caught.value.message
    assert "Too small maximum heap" in caught.value.message
    assert caught.value.message.endswith("Run `graphcdp doctor` to see what is amiss.")
    assert servers_of(settings) == []
    assert (await EmbeddedNeo4j(settings).status()).state == "stopped"


async def test_a_cancelled_start_stops_what_it_started(home: Home) -> None:
    settings = home()
    async with anyio.create_task_group() as group:
        group.start_soon(EmbeddedNeo4j(settings).up)
        with anyio.fail_after(60):
            while not servers_of(settings):
                await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    assert servers_of(settings) == []
    assert (await EmbeddedNeo4j(settings).up()).started_here


async def test_ctrl_c_during_up_ends_with_130_and_no_server(home: Home) -> None:
    settings = home()
    with subprocess.Popen(
        command("up"), env=environment(settings), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as starter:
        with anyio.fail_after(60):
            while not servers_of(settings):
                await anyio.sleep(0.05)
        starter.send_signal(signal.SIGINT)
        _, said = await anyio.to_thread.run_sync(partial(starter.communicate, timeout=120))
    assert starter.returncode == 130, said
    assert said.endswith("graphcdp: Stopped.\n")
    assert servers_of(settings) == []


async def test_a_password_file_that_is_not_the_server_s_is_said_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphcdp.server.embedded._REFUSED_SECONDS", 1)
    settings = home()
    embedded = EmbeddedNeo4j(settings)
    first = await embedded.up()
    kept = settings.home / "neo4j" / "password"
    kept.write_text("another\n")
    with pytest.raises(ServerError, match=r"refuses the password in .*/neo4j/password"):
        await embedded.up()
    assert (await embedded.status()).state == "starting"
    kept.write_text(first.password + "\n")
    with anyio.fail_after(20):  # Neo4j makes a user wait after wrong passwords
        while (await embedded.status()).state != "running":
            await anyio.sleep(0.5)
    assert (await embedded.up()).pid == first.pid
