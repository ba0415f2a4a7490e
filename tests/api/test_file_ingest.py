"""Files through the one write path into the real graph: durable by chunk, resumable, good rows in and bad ones kept."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graphcdp.base import GraphUnavailableError, MovableClock
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.rules.files import default_rules
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.file_reports import Counts
from graphcdp.ingest.files import FileIngest, preview_file, register_source
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.ingest.prepare import Prepared
from graphcdp.model import BatchResult
from graphcdp.profile import Profiles
from graphcdp.sources import FileFormatError, SourceDefinition

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = """
source: shop_crm
title: Shop contacts
channel: store
dataset: contacts
identities: {user_id: NO, email: EMAIL}
time: AT
id: [NO, AT]
attributes: {first_name: NAME, points: {field: POINTS, type: integer}}
"""
HEADER = "NO,EMAIL,AT,NAME,POINTS\n"


def contacts(count: int, first: int = 1) -> str:
    """Return rows of contacts that can all be taken."""
    return "".join(
        f"C{number},p{number}@example.com,2026-03-0{number % 9 + 1}T10:00:00Z,Name {number},{number}\n"
        for number in range(first, first + count)
    )


@pytest.fixture
def definition() -> SourceDefinition:
    """A CRM's export."""
    return SourceDefinition.parse(TEXT)


@pytest.fixture
async def pipeline(graph: Graph, clean: None) -> Pipeline:
    """The real write path, over an empty graph with the default rules."""
    clock = MovableClock(NOW)
    rules = RuleBook(graph, clock)
    await rules.adopt(default_rules(), over_data=True)
    return Pipeline(graph, clock, rules, b"secret of the test")


@pytest.fixture
def files(graph: Graph, pipeline: Pipeline) -> FileIngest:
    """File ingestion in chunks of ten rows."""
    return FileIngest(pipeline, graph, MovableClock(NOW), chunk=10)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """A writer of the file contacts.csv."""

    def write_it(rows: str) -> Path:
        path = tmp_path / "contacts.csv"
        path.write_text(HEADER + rows)
        return path

    return write_it


async def counted(graph: Graph) -> dict[str, int]:
    """Count the nodes by label, and all edges."""

    async def work(tx: Transaction) -> dict[str, int]:
        nodes = await tx.run_text(
            "MATCH (n) WHERE NOT n:Migration AND NOT n:Lock AND NOT n:RuleSet AND NOT n:Namespace "
            "AND NOT n:InstalledProcedure UNWIND labels(n) AS label RETURN label, count(*) AS total"
        )
        edges = await tx.run_text("MATCH ()-[e]->() WHERE type(e) <> 'RANKS' RETURN count(e) AS total")
        return {row["label"]: row["total"] for row in nodes} | {"edges": edges[0]["total"]}

    return await graph.transact(work)


async def rejections(graph: Graph, source: str = "shop_crm") -> list[tuple[Any, ...]]:
    """List what was rejected, by row."""
    page = await Profiles(graph).rejected(100, None, source)
    return sorted((each.row, each.field, each.code) for each, _ in page.items)


async def test_a_file_goes_in_and_again_changes_nothing(
    graph: Graph, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    path = write(contacts(25))
    told: list[tuple[int, float | None]] = []
    report = await files.load(path, definition, progress=lambda counts, share: told.append((counts.position, share)))
    assert (report.counts, report.already, report.resumed_at) == (Counts(25, 25, 0, 0, 0), False, 0)
    assert [position for position, _ in told] == [10, 20, 25]
    assert told[-1][1] == 1.0
    after = await counted(graph)
    assert (after["Record"], after["Profile"], after["Identity"]) == (25, 25, 50)
    found = (await Profiles(graph).by_keys(["email|p7@example.com"]))["email|p7@example.com"]
    assert {each.name: each.value for each in found.attributes()} == {"first_name": "Name 7", "points": 7}

    second = await files.load(path, definition)
    assert (second.counts, second.already) == (Counts(25, 25, 0, 0, 0), True)
    assert await counted(graph) == after

    third = await files.load(path, definition, again=True)
    assert (third.counts, third.already) == (Counts(25, 0, 25, 0, 0), False)
    assert await counted(graph) == after


async def test_a_file_touched_or_grown_is_read_again_and_only_its_new_rows_are_new(
    graph: Graph, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    path = write(contacts(12))
    await files.load(path, definition)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert (await files.load(path, definition)).counts == Counts(12, 0, 12, 0, 0)
    assert (await files.load(write(contacts(15)), definition)).counts == Counts(15, 3, 12, 0, 0)
    assert (await counted(graph))["Record"] == 15
    runs = await graph.read("ingest.run_list", source="shop_crm")
    assert sorted((run["state"], run["position"]) for run in runs) == [("done", 12), ("done", 12), ("done", 15)]


class Interrupted:
    """The real pipeline, whose server goes away before one of its batches."""

    def __init__(self, pipeline: Pipeline, after: int) -> None:
        self._pipeline = pipeline
        self._left = after

    async def prepare(self, facts: Any, given: Any = ()) -> Prepared:
        """Prepare."""
        return await self._pipeline.prepare(facts, given)

    async def commit(self, parts: Any) -> BatchResult:
        """Write, or fail as if the server had gone."""
        if not self._left:
            raise GraphUnavailableError("The Neo4j server does not answer.")
        self._left -= 1
        return await self._pipeline.commit(parts)

    async def preview(self, facts: Any, given: Any = ()) -> BatchResult:
        """Preview."""
        return await self._pipeline.preview(facts, given)


async def test_a_stopped_load_goes_on_after_its_last_chunk(
    graph: Graph, pipeline: Pipeline, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    path = write(contacts(45) + "C99,p99@example.com,never,x,1\n")
    stopped = FileIngest(Interrupted(pipeline, 2), graph, MovableClock(NOW), chunk=10)
    with pytest.raises(GraphUnavailableError):
        await stopped.load(path, definition)
    assert (await counted(graph))["Record"] == 20
    run = (await graph.read("ingest.run_list"))[0]
    assert (run["state"], run["position"], run["accepted"]) == ("failed", 20, 20)
    assert run["error"] == "The Neo4j server does not answer."

    report = await files.load(path, definition)
    assert (report.resumed_at, report.counts) == (20, Counts(46, 45, 0, 1, 0))
    run = (await graph.read("ingest.run_list"))[0]
    assert (run["state"], run["position"], run["error"]) == ("done", 46, None)


async def test_bad_rows_are_kept_with_their_reason_and_their_neighbours_go_in(
    graph: Graph, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    at = "2026-03-01T10:00:00Z"
    path = write(
        contacts(3)
        + f"C4,p4@example.com,{at},Ana\n"  # row 4: too few cells
        + f"C5,p5@example.com,{at},Ana,1,2\n"  # row 5: too many
        + "C6,p6@example.com,2031-01-01T00:00:00Z,Ana,1\n"  # row 6: far in the future
        + f"C7,p7@example.com,{at},Ana,NaN\n"  # row 7
        + f"C8,p8@example.com,{at},A\0na,1\n"  # row 8: null byte
        + f",,{at},Ana,1\n"  # row 9: the id is missing
        + f"C10,p10@example.com,{at},{'x' * 10_000_000},1\n"  # row 10: 10 MB
        + f'C11,p11@example.com,{at},"Ana,1\n'  # row 11: a quote that is never closed
        + contacts(1, 3).replace("Name 3", "Other")  # row 12: an id that is there, with other content
        + contacts(3, 20)
    )
    report = await files.load(path, definition)
    assert report.counts == Counts(15, 6, 0, 9, 0)
    assert await rejections(graph) == [
        ("contacts.csv row 10", "NAME", "too_large"),
        ("contacts.csv row 11", None, "bad_row"),
        ("contacts.csv row 12", "id", "different_content"),
        ("contacts.csv row 4", None, "bad_row"),
        ("contacts.csv row 5", None, "bad_row"),
        ("contacts.csv row 6", "AT", "bad_time"),
        ("contacts.csv row 7", "POINTS", "bad_value"),
        ("contacts.csv row 8", "NAME", "bad_value"),
        ("contacts.csv row 9", "id[0]", "no_id"),
    ]
    for each, _ in (await Profiles(graph).rejected(100, None, "shop_crm")).items:
        assert each.reason.endswith(".")
        assert len(each.payload or "") <= 16_384
    before = await counted(graph)
    await files.load(path, definition, again=True)
    assert await counted(graph) == before


async def test_two_values_of_a_unique_namespace_and_a_namespace_nobody_declared(
    graph: Graph, files: FileIngest, tmp_path: Path
) -> None:
    definition = SourceDefinition.parse(
        "source: shop\ntime: at\nid: [no]\nidentities: {user_id: 'users[*]', passport: passport}\nevent: {type: what}\n"
    )
    path = tmp_path / "shop.ndjson"
    path.write_text(
        '{"no": 1, "at": "2026-01-01", "users": ["a"], "what": "login"}\n'
        '{"no": 2, "at": "2026-01-01", "users": ["a", "b"], "what": "login"}\n'
        '{"no": 3, "at": "2026-01-01", "users": ["c"], "passport": "X1", "what": "login"}\n'
        '{"no": 4, "at": "2026-01-01", "users": [], "passport": "X1", "what": "login"}\n'
        '{"no": 5, "at": "2026-01-01", "users": ["a"], "what":\n'
        '{"no": 6, "at": "2026-01-01", "users": ["a"], "what": "!"}\n'
        '{"no": 7, "at": "2026-01-01", "users": ["a"], "what": "logout"}\n'
    )
    report = await files.load(path, definition)
    assert (report.counts.accepted, report.counts.rejected) == (2, 5)
    codes = {(row, code) for row, _, code in await rejections(graph, "shop")}
    assert codes == {
        ("shop.ndjson row 2", "unique_conflict"),
        ("shop.ndjson row 3", "unknown_namespace"),
        ("shop.ndjson row 4", "unknown_namespace"),
        ("shop.ndjson row 5", "bad_row"),
        ("shop.ndjson row 6", "unknown_type"),
    }


async def test_what_is_wrong_with_a_file_is_said_before_anything_is_written(
    graph: Graph, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path], tmp_path: Path
) -> None:
    before = await counted(graph)
    path = write(contacts(3))
    path.write_text(path.read_text().replace(",", ";"))
    with pytest.raises(FileFormatError, match="It looks separated by the semicolon"):
        await files.load(path, definition)
    frame = pd.DataFrame({"NO": ["C1"], "EMAIL": ["a@example.com"], "AT": [NOW], "NAME": ["Ana"], "POINTS": [math.nan]})
    whole = tmp_path / "contacts.parquet"
    frame.to_parquet(whole)
    content = whole.read_bytes()
    whole.write_bytes(content[:-20])
    with pytest.raises(FileFormatError, match="is not a whole Parquet file"):
        await files.load(whole, definition)
    with pytest.raises(FileFormatError, match="There is no file at"):
        await files.load(tmp_path / "none.csv", definition)
    assert await counted(graph) == before
    whole.write_bytes(content)
    assert (await files.load(whole, definition)).counts == Counts(1, 1, 0, 0, 0)


async def test_a_preview_agrees_with_the_run_and_writes_nothing(
    graph: Graph, files: FileIngest, definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    await files.load(write(contacts(2)), definition)
    path = write(contacts(6) + contacts(1, 2).replace("Name 2", "Other") + "C9,p9@example.com,never,x,1\n")
    before = await counted(graph)
    preview = await files.preview(path, definition)
    assert await counted(graph) == before
    assert (preview.rows, preview.accepted, preview.duplicates) == (8, 4, 2)
    assert dict(preview.rejected) == {"bad_time": 1, "different_content": 1}
    assert [each.row for each in preview.rejections] == ["contacts.csv row 8", "contacts.csv row 7"]
    assert preview.frame().loc[0, "identity email"] == "p1@example.com"
    report = await files.load(path, definition)
    assert (report.counts.accepted, report.counts.duplicates, report.counts.rejected) == (4, 2, 2)


async def test_a_preview_without_a_server_shows_the_mapping(
    definition: SourceDefinition, write: Callable[[str], Path]
) -> None:
    preview = preview_file(write(contacts(30) + "C31,,,,\n"), definition, NOW)
    assert (preview.rows, preview.facts, preview.records, preview.events, preview.checked) == (31, 30, 30, 0, False)
    assert dict(preview.namespaces) == {"user_id": 30, "email": 30}
    assert (preview.as_json()["samples"][0]["attribute points"], preview.as_json()["accepted"]) == (1, None)
    assert [each.code for each in preview.rejections] == ["bad_time"]


async def test_a_source_and_its_dataset_are_registered(graph: Graph, clean: None, definition: SourceDefinition) -> None:
    await register_source(graph, definition)
    await register_source(graph, definition)
    found = [each for each in await Profiles(graph).sources() if each.id == "shop_crm"]
    assert [(each.name, each.channel, each.trust, each.definition, each.datasets) for each in found] == [
        ("shop_crm", "store", 50.0, TEXT, (("shop_crm.contacts", "contacts"),))
    ]
