"""Statements by name on the real server: they are what their headers say, and the door to the graph keeps its word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from graphcdp.base import ConfigurationError, GraphUnavailableError, StatementError
from graphcdp.graph import (
    Catalogue,
    ConstraintViolatedError,
    Graph,
    InvalidStatementsError,
    Mode,
    StatementTimeoutError,
    Transaction,
    require_valid,
    validate,
)
from graphcdp.server import Running

pytestmark = pytest.mark.anyio

FILES = {
    "put": "(key :: STRING, extra = null :: MAP) :: VOID\n// MODE WRITE\n// Puts one.\n"
    "CREATE (node:Identity {key: $key}) SET node += coalesce($extra, {})",
    "touch": "(key :: STRING) :: (key :: STRING)\n// MODE WRITE\n// Locks one.\n"
    "MATCH (node:Identity {key: $key}) SET node.seen = coalesce(node.seen, 0) + 1 RETURN node.key AS key",
    "count": "() :: (total :: INTEGER)\n// MODE READ\n// Counts.\nMATCH (node:Identity) RETURN count(*) AS total",
    "all": "() :: (node :: NODE)\n// MODE READ\n// All.\nMATCH (node:Identity) RETURN node ORDER BY node.key",
    "echo": "(value :: ANY) :: (value :: ANY)\n// MODE READ\n// Gives back.\nRETURN $value AS value",
    "sneak": "() :: VOID\n// MODE READ\n// Says it reads.\nCREATE (:Identity {key: 'sneaked'})",
    "slow": "() :: (total :: INTEGER)\n// MODE READ\n// Never ends.\n"
    "UNWIND range(1, 1000000) AS one UNWIND range(1, 1000000) AS two RETURN sum(one * two) AS total",
    "times": "() :: (zoned :: DATETIME, local_at :: LOCALDATETIME, day :: DATE)\n// MODE READ\n// Times.\n"
    "RETURN datetime('2026-07-01T12:00:00.123456789[Europe/London]') AS zoned, localdatetime('2026-07-01T12:00') AS "
    "local_at, date('2026-07-01') AS day",
    "far": "() :: (at_time :: DATETIME)\n// MODE READ\n// Far.\nRETURN datetime('+12026-07-01T12:00Z') AS at_time",
    "wrong": "(key :: STRING) :: (one :: INTEGER)\n// MODE READ\n// Never works.\nRETURN 1 / (size($key) - 3) AS one",
}


def _write(folder: Path, files: dict[str, str]) -> Catalogue:
    for name, rest in files.items():
        path = folder / "scratch" / f"{name}.cypher"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"// graphcdp.scratch.{name}{rest}\n")
    return Catalogue.load(folder)


@pytest.fixture
async def scratch(
    server: Running, clean: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[..., Graph]]:
    """Open graphs on the session's server with statements of the test's own."""
    opened: list[Graph] = []
    root = tmp_path_factory.mktemp("cypher")

    def connect(files: dict[str, str] | None = None, **more: float) -> Graph:
        catalogue = _write(root, FILES if files is None else files)
        graph = Graph.connect(server.bolt_uri, server.user, server.password, server.database, catalogue, **more)
        opened.append(graph)
        return graph

    yield connect
    for graph in opened:
        await graph.close()


async def test_every_statement_that_ships_is_what_its_header_says(graph: Graph) -> None:
    assert [str(fault) for fault in await validate(graph)] == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("() :: (one :: ANY)\n// MODE READ\n// x\nRETURN $key AS one", "uses $key, the header has no such input"),
        (
            "(key :: STRING) :: (one :: ANY)\n// MODE READ\n// x\nRETURN '$key' AS one // $key",
            "has the input key, the statement never uses $key",
        ),
        ("() :: (one :: ANY)\n// MODE READ\n// x\nRETURN 1 AS two", "it returns (two), the header says (one)"),
        (
            "() :: (one :: ANY, two :: ANY)\n// MODE READ\n// x\nRETURN 2 AS two, 1 AS one",
            "it returns (two, one), the header says (one, two)",
        ),
        ("() :: VOID\n// MODE READ\n// x\nCREATE (:Product)", "it writes (query type w), the header says MODE READ"),
        ("() :: (one :: ANY)\n// MODE WRITE\n// x\nRETURN 1 AS one", "it does not write (query type r)"),
        ("() :: (one :: ANY)\n// MODE READ\n// x\nRETRUN 1 AS one", "the server cannot plan it"),
        ("() :: (one :: ANY)\n// MODE READ\n// x\nCALL no.such() YIELD one RETURN one", "the server cannot plan it"),
        (
            "() :: (one :: ANY)\n// MODE READ\n// x\nCALL custom.graphcdp.other() YIELD one RETURN one",
            "it calls a procedure of graphcdp",
        ),
    ],
)
async def test_a_file_that_is_not_what_its_header_says_is_named(
    scratch: Callable[..., Graph], file: str, sentence: str
) -> None:
    graph = scratch({"bad": file, "count": FILES["count"]})
    faults = await validate(graph)
    assert {fault.statement for fault in faults} == {"scratch.bad"}
    assert any(sentence in str(fault) for fault in faults), faults
    assert str(faults[0]).startswith("cypher/scratch/bad.cypher: ")
    with pytest.raises(InvalidStatementsError):
        await require_valid(graph)
    assert await graph.read("scratch.count") == [{"total": 0}]


async def test_rows_come_as_plain_values(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    at = datetime(2026, 3, 1, 9, 30, 5, 123456, tzinfo=UTC)
    await graph.write("scratch.put", key="email|a@x", extra={"at": at, "tags": ["one", "two"]})
    assert await graph.read("scratch.all") == [{"node": {"key": "email|a@x", "at": at, "tags": ["one", "two"]}}]
    assert await graph.read_rows("scratch.count") == [[1]]
    assert await graph.read("scratch.count") == [{"total": 1}]


@pytest.mark.parametrize(
    ("given", "back"),
    [
        (datetime(2026, 3, 1, 9, 30, 5, 1, tzinfo=UTC), datetime(2026, 3, 1, 9, 30, 5, 1, tzinfo=UTC)),
        (
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/London")), datetime(2026, 7, 1, 11, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=-5))), datetime(2026, 7, 1, 17, tzinfo=UTC)),
        (date(2026, 7, 1), date(2026, 7, 1)),
        ([datetime(2026, 7, 1, tzinfo=UTC)], [datetime(2026, 7, 1, tzinfo=UTC)]),
        ({"inside": [datetime(2026, 7, 1, tzinfo=UTC)]}, {"inside": [datetime(2026, 7, 1, tzinfo=UTC)]}),
        (None, None),
    ],
)
async def test_times_go_in_and_come_back_as_the_same_instant(
    scratch: Callable[..., Graph], given: object, back: object
) -> None:
    graph = scratch()
    (row,) = await graph.read("scratch.echo", value=given)
    assert row["value"] == back
    if isinstance(back, datetime):
        assert row["value"].tzinfo is UTC
        assert await graph.read_rows("scratch.echo", value=given) == [[back]]


async def test_times_of_other_kinds(scratch: Callable[..., Graph]) -> None:
    (row,) = await scratch().read("scratch.times")
    assert row["zoned"] == datetime(2026, 7, 1, 11, 0, 0, 123456, tzinfo=UTC)
    assert row["local_at"] == datetime(2026, 7, 1, 12)
    assert row["day"] == date(2026, 7, 1)
    with pytest.raises(StatementError, match="cannot be held in Python"):
        await scratch().read("scratch.far")


async def test_a_statement_that_says_it_reads_cannot_write(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    with pytest.raises(StatementError, match="scratch.sneak was refused"):
        await graph.read("scratch.sneak")
    assert await graph.read("scratch.count") == [{"total": 0}]


async def test_a_transaction_is_all_or_nothing(scratch: Callable[..., Graph]) -> None:
    graph = scratch()

    async def fails(tx: Transaction) -> None:
        assert (await tx.consume("scratch.put", key="one")).nodes_created == 1
        assert await tx.rows("scratch.count") == [[1]]
        raise LookupError("of the work itself")

    with pytest.raises(LookupError, match="of the work itself"):
        await graph.transact(fails)
    assert await graph.read("scratch.count") == [{"total": 0}]

    async def works(tx: Transaction) -> list[dict[str, object]]:
        await tx.consume("scratch.put", key="one")
        return await tx.run("scratch.count")

    assert await graph.transact(works, keep=False) == [{"total": 1}]
    assert await graph.read("scratch.count") == [{"total": 0}]
    assert await graph.transact(works) == [{"total": 1}]
    assert await graph.transact(lambda tx: tx.run("scratch.count"), mode=Mode.READ) == [{"total": 1}]


async def test_two_transactions_that_deadlock_both_end_well(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    for key in ("one", "two"):
        await graph.write("scratch.put", key=key)
    both_hold_one = asyncio.Barrier(2)
    tries = 0

    async def work(tx: Transaction, first: str, second: str) -> None:
        nonlocal tries
        tries += 1
        await tx.run("scratch.touch", key=first)
        if tries <= 2:
            await both_hold_one.wait()
        await tx.run("scratch.touch", key=second)

    await asyncio.gather(
        graph.transact(lambda tx: work(tx, "one", "two")), graph.transact(lambda tx: work(tx, "two", "one"))
    )
    assert tries == 3
    assert [row["node"]["seen"] for row in await graph.read("scratch.all")] == [2, 2]


async def test_what_takes_too_long_is_ended(scratch: Callable[..., Graph]) -> None:
    graph = scratch(timeout_seconds=0.5)
    with pytest.raises(StatementTimeoutError, match="The statement scratch.slow ran longer than its limit"):
        await graph.read("scratch.slow")
    with pytest.raises(StatementTimeoutError):
        await graph.transact(lambda tx: tx.run("scratch.slow"))
    assert await graph.read("scratch.count") == [{"total": 0}]


async def test_a_broken_constraint_is_said_without_the_value(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    await graph.write("scratch.put", key="email|sarah@example.com")
    with pytest.raises(ConstraintViolatedError, match="would break a constraint") as caught:
        await graph.write("scratch.put", key="email|sarah@example.com")
    assert "sarah" not in caught.value.message
    assert caught.value.fields["statement"] == "scratch.put"
    assert await graph.read("scratch.count") == [{"total": 1}]


async def test_a_refused_statement_is_named_without_the_value(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    with pytest.raises(StatementError, match="The statement scratch.wrong was refused by Neo4j") as caught:
        await graph.read("scratch.wrong", key="abc")
    assert caught.value.code == "statement"
    with pytest.raises(StatementError) as caught:
        await graph.write("scratch.put", key="one", extra={"secret": {"a": "sarah"}})
    assert "sarah" not in caught.value.message


async def test_sent_statements_are_counted(scratch: Callable[..., Graph]) -> None:
    graph = scratch()
    await graph.read("scratch.count")
    await graph.write("scratch.put", key="one")
    await graph.transact(lambda tx: tx.run("scratch.count"))
    with pytest.raises(StatementError):
        await graph.read("scratch.cuont")
    assert graph.statements == 3


async def test_a_server_that_is_not_there_is_said_in_a_sentence(unused_tcp_port: int) -> None:
    async with Graph.connect(f"bolt://127.0.0.1:{unused_tcp_port}", "neo4j", "secret") as graph:
        for call in (
            graph.verify(),
            graph.read("graph.migrations"),
            graph.transact(lambda tx: tx.run_text("RETURN 1")),
        ):
            with pytest.raises(GraphUnavailableError, match="does not answer. Start it") as caught:
                await call
            assert caught.value.retryable


async def test_what_the_server_refuses_to_open(server: Running) -> None:
    async with Graph.connect(server.bolt_uri, server.user, "wrong", server.database) as graph:
        with pytest.raises(ConfigurationError, match="refuses the user and password"):
            await graph.verify()
    async with Graph.connect(server.bolt_uri, server.user, server.password, "nodatabase") as graph:
        with pytest.raises(ConfigurationError, match="has no database nodatabase"):
            await graph.verify()
    with pytest.raises(ConfigurationError, match="Correct GRAPHCDP_NEO4J_URI"):
        Graph.connect("ftp://127.0.0.1:7687", "neo4j", "secret")


async def test_verify_names_the_version(graph: Graph) -> None:
    assert (await graph.verify()).startswith("Neo4j/")


@pytest.fixture
def unused_tcp_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
