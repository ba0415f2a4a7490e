"""The same files as procedures that a person calls in Neo4j Browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import Settings, StatementError, load_settings
from graphcdp.graph import (
    Catalogue,
    Graph,
    Mode,
    ProcedureMissingError,
    ProcedureReport,
    install_procedures,
    migrate,
)
from graphcdp.server import EmbeddedNeo4j, JarCache, Running
from graphcdp.server.java import find_java
from graphcdp.server.layout import choose_ports, write_layout
from graphcdp.server.password import ensure_password
from graphcdp.server.process import start

pytestmark = pytest.mark.anyio

ONE = (
    "(number :: INTEGER, add = 1 :: INTEGER) :: (total :: INTEGER)\n// MODE READ\n// Adds.\n"
    "RETURN $number + $add AS total"
)
KEEP = (
    "(id :: STRING) :: (made :: STRING)\n// MODE WRITE\n// Keeps.\nMERGE (one:Product {id: $id}) RETURN one.id AS made"
)
QUIET = "(id :: STRING) :: VOID\n// MODE WRITE\n// Keeps without a word.\nMERGE (:Product {id: $id})"
INNER = (
    "(rows :: LIST OF MAP) :: VOID\n// MODE WRITE\n// INTERNAL\n// Batches.\n"
    "UNWIND $rows AS row CREATE (:Product {id: row.id})"
)
Opener = Callable[[dict[str, str]], Graph]


def _catalogue(folder: Path, files: dict[str, str]) -> Catalogue:
    own = {each.name: each for each in Catalogue.load() if each.name.startswith("graph.") and each.internal}
    read = {each.name: each for each in Catalogue.load() if each.name in ("graph.installed_procedures",)}
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    for path in scratch.iterdir():
        path.unlink()
    for name, rest in files.items():
        (scratch / f"{name}.cypher").write_text(f"// graphcdp.scratch.{name}{rest}\n")
    return Catalogue({**own, **read, **{each.name: each for each in Catalogue.load(folder)}})


@pytest.fixture(scope="module")
async def restored(graph: Graph) -> AsyncIterator[None]:
    """Leave the procedures of graphcdp to the modules that follow."""
    yield
    await install_procedures(graph)


@pytest.fixture
async def opener(server: Running, graph: Graph, clean: None, restored: None, tmp_path: Path) -> AsyncIterator[Opener]:
    """Open the session's graph with statements of the test's own; none of them is left when the test ends."""
    opened: list[Graph] = []

    def connect(files: dict[str, str]) -> Graph:
        catalogue = _catalogue(tmp_path, files)
        one = Graph.connect(server.bolt_uri, server.user, server.password, server.database, catalogue)
        opened.append(one)
        return one

    await install_procedures(connect({}))
    yield connect
    await install_procedures(connect({}))
    for one in opened:
        await one.close()


async def _call(graph: Graph, text: str, mode: Mode = Mode.READ) -> list[dict[str, Any]]:
    return await graph.transact(lambda tx: tx.run_text(text), mode=mode)


async def test_every_public_statement_can_be_called_in_browser(graph: Graph, clean: None) -> None:
    await install_procedures(graph)
    public = {each.name: each for each in graph.catalogue if not each.internal}
    assert len(public) > 10
    assert await install_procedures(graph) == ProcedureReport(unchanged=len(public))
    shown = {
        row["name"].removeprefix("custom.graphcdp."): row["mode"]
        for row in await graph.read_text(
            "SHOW PROCEDURES YIELD name, mode WHERE name STARTS WITH 'custom.graphcdp.' RETURN name, mode"
        )
    }
    assert {name: shown.get(name) for name in public} == {name: each.mode.value for name, each in public.items()}
    called = await _call(graph, "CALL custom.graphcdp.graph.migrations() YIELD id, checksum RETURN id, checksum")
    assert called == [{"id": row["id"], "checksum": row["checksum"]} for row in await graph.read("graph.migrations")]


async def test_the_driver_and_a_call_run_the_same_file(opener: Opener) -> None:
    graph = opener({"one": ONE, "keep": KEEP, "quiet": QUIET, "inner": INNER})
    report = await install_procedures(graph)
    assert report.installed == ("scratch.keep", "scratch.one", "scratch.quiet")
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]
    assert await graph.read("scratch.one", number=4) == [{"total": 5}]
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4, 10) YIELD total RETURN total * 2 AS twice") == [
        {"twice": 28}
    ]
    assert await _call(graph, "CALL custom.graphcdp.scratch.keep('shoe')", Mode.WRITE) == [{"made": "shoe"}]
    assert await _call(graph, "CALL custom.graphcdp.scratch.quiet('hat')", Mode.WRITE) == []
    kept = await graph.read_text("MATCH (one:Product) RETURN one.id AS id ORDER BY id")
    assert kept == [{"id": "hat"}, {"id": "shoe"}]
    with pytest.raises(ProcedureMissingError):
        await _call(graph, "CALL custom.graphcdp.scratch.inner([])", Mode.WRITE)


@pytest.mark.parametrize(
    ("changed", "call", "rows"),
    [
        (ONE.replace("$number + $add", "$number * 100 + $add"), "CALL custom.graphcdp.scratch.one(4)", {"total": 401}),
        (
            ONE.replace("total", "other"),
            "CALL custom.graphcdp.scratch.one(4) YIELD other RETURN other",
            {"other": 5},
        ),
        (
            ONE.replace("(total :: INTEGER)", "(total :: INTEGER, half :: FLOAT)") + ", $number / 2.0 AS half",
            "CALL custom.graphcdp.scratch.one(4)",
            {"total": 5, "half": 2.0},
        ),
        (ONE.replace("add = 1", "add = 2"), "CALL custom.graphcdp.scratch.one(4)", {"total": 6}),
        (
            ONE.replace("add = 1 :: INTEGER", "add = 1 :: INTEGER, more = 7 :: INTEGER").replace(
                "$add", "$add + $more"
            ),
            "CALL custom.graphcdp.scratch.one(4)",
            {"total": 12},
        ),
        (
            ONE.replace("MODE READ", "MODE WRITE").replace("RETURN", "MERGE (:Product {id: 'w'}) RETURN"),
            "CALL custom.graphcdp.scratch.one(4)",
            {"total": 5},
        ),
    ],
    ids=["body", "output-renamed", "output-added", "default", "input-added", "mode"],
)
async def test_installing_after_a_change_replaces(
    opener: Opener, changed: str, call: str, rows: dict[str, object]
) -> None:
    await install_procedures(opener({"one": ONE, "keep": KEEP}))
    graph = opener({"one": changed, "keep": KEEP})
    report = await install_procedures(graph)
    assert (report.installed, report.replaced, report.dropped) == ((), ("scratch.one",), ())
    assert await _call(graph, call, Mode.WRITE) == [rows]
    again = await install_procedures(graph)
    assert (again.installed, again.replaced, again.dropped) == ((), (), ())


async def test_what_is_no_longer_a_file_is_dropped(opener: Opener) -> None:
    await install_procedures(opener({"one": ONE, "keep": KEEP}))
    graph = opener({"keep": KEEP})
    report = await install_procedures(graph)
    assert (report.installed, report.replaced, report.dropped) == ((), (), ("scratch.one",))
    recorded = [row["name"] for row in await graph.read("graph.installed_procedures")]
    assert "scratch.one" not in recorded
    assert "scratch.keep" in recorded
    with pytest.raises(ProcedureMissingError):
        await _call(graph, "CALL custom.graphcdp.scratch.one(4)")


async def test_a_procedure_that_apoc_confused_is_mended(opener: Opener) -> None:
    graph = opener({"one": ONE})
    await install_procedures(graph)
    statement = graph.catalogue.get("scratch.one")
    other = {"text": "RETURN 1 AS other", "database": graph.database, "mode": "read", "description": "Other."}
    await graph.write("graph.drop_procedure", name="graphcdp.scratch.one", database=graph.database)
    await graph.write("graph.install_procedure", signature="graphcdp.scratch.one() :: (other :: INTEGER)", **other)
    await asyncio.sleep(1.5)
    with pytest.raises(StatementError):
        await _call(graph, "CALL custom.graphcdp.scratch.one(4)")
    await graph.write("graph.forget_procedure", name="scratch.one")
    assert (await install_procedures(graph)).replaced == (statement.name,)
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]


async def test_lost_records_are_made_again(opener: Opener) -> None:
    graph = opener({"one": ONE})
    await install_procedures(graph)
    await graph.transact(lambda tx: tx.run_text("MATCH (one:InstalledProcedure) DELETE one"))
    report = await install_procedures(graph)
    assert "scratch.one" in report.replaced
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]
    assert (await install_procedures(graph)).replaced == ()


async def test_what_cannot_be_called_as_it_was_installed_is_said(opener: Opener) -> None:
    graph = opener({"one": ONE})
    statement = graph.catalogue.get("scratch.one")
    other = {"text": "RETURN 1 AS other", "database": graph.database, "mode": "read", "description": "Other."}
    await graph.write("graph.install_procedure", signature="graphcdp.scratch.one() :: (other :: INTEGER)", **other)
    await graph.write(
        "graph.remember_procedure", name="scratch.one", signature=statement.signature, checksum="of an earlier body"
    )
    await asyncio.sleep(1.5)
    with pytest.raises(
        StatementError, match=r"^CALL custom\.graphcdp\.scratch\.one was installed and cannot be called"
    ):
        await install_procedures(graph)
    await graph.write("graph.forget_procedure", name="scratch.one")
    await install_procedures(graph)
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]


async def test_two_at_once_install_once(opener: Opener) -> None:
    graph = opener({"one": ONE, "keep": KEEP})
    reports = await asyncio.gather(*(install_procedures(graph) for _ in range(3)))
    installed = sorted(name for report in reports for name in report.installed if name.startswith("scratch."))
    assert installed == ["scratch.keep", "scratch.one"]
    assert not any(report.replaced for report in reports)
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]


@pytest.fixture
async def plain(settings: Settings, tmp_path: Path) -> AsyncIterator[Running]:
    """A second real Neo4j, without APOC."""
    own = load_settings(
        home=tmp_path / "plain",
        neo4j_uri=None,
        neo4j_password=None,
        neo4j_bolt_port=0,
        neo4j_http_port=0,
        neo4j_heap="400m",
        neo4j_page_cache="64m",
    )
    embedded = EmbeddedNeo4j(own)
    files = JarCache(own.cache).ensure(lambda line: None)
    ports = choose_ports(own, None)
    embedded.folder.mkdir(parents=True)
    ensure_password(embedded.folder)
    write_layout(embedded.folder, own, ports, ())
    start(embedded.folder, own, find_java(), [jar for jar in files.jars if jar not in files.plugins], ports)
    yield await embedded.up(lambda line: None)
    await embedded.down()


async def test_without_apoc_extended_it_says_so_and_all_else_works(plain: Running) -> None:
    async with Graph.connect(plain.bolt_uri, plain.user, plain.password, plain.database) as graph:
        await migrate(graph)
        report = await install_procedures(graph)
        assert report.note is not None
        assert "has no APOC Extended" in report.note
        assert report == ProcedureReport(note=report.note)
        assert len(await graph.read("graph.migrations")) > 20


async def test_where_apoc_takes_no_notice_it_says_what_to_do_and_a_later_run_mends_it(opener: Opener) -> None:
    graph = opener({"one": ONE})
    said = r"within 0 seconds.*Restart this Neo4j \(graphcdp down, then graphcdp up"
    with pytest.raises(StatementError, match=said):
        while True:  # twice a second APOC takes notice at once
            await install_procedures(graph, patience_seconds=0)
            await install_procedures(opener({}))
    assert "scratch.one" not in {row["name"] for row in await graph.read("graph.installed_procedures")}
    await install_procedures(graph)
    assert await _call(graph, "CALL custom.graphcdp.scratch.one(4)") == [{"total": 5}]


async def test_apoc_says_how_often_it_takes_notice(graph: Graph) -> None:
    assert await graph.read("graph.apoc_refresh") == [{"milliseconds": 500}]
