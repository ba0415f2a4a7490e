"""The schema, from nothing and from every earlier version, by one process or several."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph, MigrationError, MigrationReport, load_migrations, migrate

pytestmark = pytest.mark.anyio
ALL = load_migrations()
UNIQUE = {
    **{
        label: ["id"]
        for label in (
            *("Campaign", "Content", "Dataset", "Device", "Event", "FormerProfile", "Lock", "Migration", "Namespace"),
            *("Product", "Profile", "Record", "Region", "Rejected", "Report", "RuleSet", "Run", "Source"),
            *("Household", "ComputedAttribute", "Offer", "Placement", "HoldOut", "PendingImpression", "Shelf"),
            *("Tombstone", "Erasure", "Field", "Label", "Policy", "MarketingAction", "Override", "Violation"),
            *("Destination", "Activation", "Delivery", "Suppression", "Reminder", "Trigger", "Retention"),
            *("Segment", "SegmentVersion", "NamedCondition", "Score", "Audience"),
        )
    },
    "Change": ["writer", "seq"],
    "Identity": ["key"],
    "InstalledProcedure": ["name"],
    "ReportRow": ["report", "number"],
}
SEARCHED = [
    ("change_subject", "RANGE", ["Change"], ["subject"]),
    ("change_time", "RANGE", ["Change"], ["at"]),
    ("delivery_at", "RANGE", ["Delivery"], ["destination", "at"]),
    ("delivery_due", "RANGE", ["Delivery"], ["destination", "state", "due"]),
    ("due_at", "RANGE", ["DUE"], ["at"]),
    ("event_batch", "RANGE", ["Event"], ["batch"]),
    ("event_type_time", "RANGE", ["Event"], ["type", "ts"]),
    ("identity_hub", "RANGE", ["Identity"], ["hub"]),
    ("likely_same_id", "RANGE", ["LIKELY_SAME"], ["id"]),
    ("likely_same_state", "RANGE", ["LIKELY_SAME"], ["state", "probability"]),
    ("pending_impression_key", "RANGE", ["PendingImpression"], ["key"]),
    ("product_popularity", "RANGE", ["Product"], ["popularity"]),
    ("profile_regrouped", "RANGE", ["Profile"], ["regrouped"]),
    ("profile_search", "FULLTEXT", ["Profile"], ["search_text"]),
    ("rejected_source_time", "RANGE", ["Rejected"], ["source", "received_at"]),
    ("reminder_due", "RANGE", ["Reminder"], ["state", "due"]),
    ("report_kind", "RANGE", ["Report"], ["kind", "created_at"]),
    ("suppression_key", "RANGE", ["Suppression"], ["key"]),
]


async def _schema(graph: Graph) -> dict[str, Any]:
    unique = await graph.read_text(
        "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties WHERE type = 'UNIQUENESS' "
        "RETURN labelsOrTypes[0] AS label, properties ORDER BY label"
    )
    other = await graph.read_text(
        "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint, state "
        "WHERE type <> 'LOOKUP' AND owningConstraint IS NULL AND state = 'ONLINE' "
        "RETURN name, type, labelsOrTypes, properties ORDER BY name"
    )
    locks = await graph.read_text("MATCH (lock:Lock) RETURN lock.id AS id ORDER BY id")
    return {
        "unique": {row["label"]: row["properties"] for row in unique},
        "searched": [tuple(row.values()) for row in other],
        "locks": [row["id"] for row in locks],
    }


CURRENT = {"unique": UNIQUE, "searched": SEARCHED, "locks": ["ingest", "procedures", "segments"]}


@pytest.fixture
async def bare(graph: Graph, clean: None) -> AsyncIterator[Graph]:
    """The session's graph as a server has it on its first day; current again afterwards."""
    installed = await graph.read("graph.installed_procedures")
    (ours,) = await graph.write("graph.secret", fresh="ab" * 32)  # what has the graph open knows it already
    await _strip(graph)
    yield graph
    await _strip(graph)
    await migrate(graph)
    await graph.write("graph.secret", fresh=ours["secret"])
    for row in installed:
        del row["installed_at"]
        await graph.write("graph.remember_procedure", **row)


async def _strip(graph: Graph) -> None:
    for row in await graph.read_text("SHOW CONSTRAINTS YIELD name"):
        await graph.schema(f"DROP CONSTRAINT {row['name']} IF EXISTS")
    for row in await graph.read_text("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"):
        await graph.schema(f"DROP INDEX {row['name']} IF EXISTS")
    await graph.transact(lambda tx: tx.run_text("MATCH (node) DETACH DELETE node"))


@pytest.mark.parametrize("version", [0, 1, 3, 19, len(ALL) - 1, len(ALL)])
async def test_any_earlier_version_becomes_the_current_one(bare: Graph, version: int) -> None:
    if version:
        await migrate(bare, ALL[:version])
    report = await migrate(bare)
    assert report == MigrationReport(tuple(migration.id for migration in ALL[version:]), version)
    assert await _schema(bare) == CURRENT
    recorded = await bare.read("graph.migrations")
    assert [(row["id"], row["checksum"]) for row in recorded] == [(each.id, each.checksum) for each in ALL]
    assert await migrate(bare) == MigrationReport((), len(ALL))
    assert await bare.read("graph.migrations") == recorded


async def test_two_processes_at_once_share_the_work(bare: Graph, settings: Settings) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)

    async def run() -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from graphcdp.cli import main; main()", "migrate", "--json"),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, out.decode() + err.decode()
        told: dict[str, Any] = json.loads(out)
        return told

    first, second = await asyncio.gather(run(), run())
    applied = first["schema"]["applied"] + second["schema"]["applied"]
    assert sorted(applied) == [migration.id for migration in ALL]
    assert await _schema(bare) == CURRENT
    third = await run()
    assert third["schema"] == {"applied": [], "already": len(ALL)}
    changes = [third["procedures"][what] for what in ("installed", "replaced", "dropped", "note")]
    assert changes == [[], [], [], None]
    assert third["procedures"]["unchanged"] > 0


def _folder(place: Path, **files: str) -> Path:
    for name, text in files.items():
        (place / f"{name}.cypher").write_text(text)
    return place


async def test_a_change_of_data_runs_once_and_whole(bare: Graph, tmp_path: Path) -> None:
    await migrate(bare)
    more = (
        *ALL,
        *load_migrations(
            _folder(
                tmp_path,
                **{
                    "8001_counted": "// Not idempotent.\nMERGE (one:Product {id: 'count'})\n"
                    "SET one.runs = coalesce(one.runs, 0) + 1",
                    "8002_fails": "CREATE (:Product {id: 'half'}) WITH 1 AS one RETURN one / 0",
                },
            )
        ),
    )
    await asyncio.gather(*(migrate(bare, more[:-1]) for _ in range(3)))
    with pytest.raises(MigrationError, match="The migration 8002_fails failed"):
        await migrate(bare, more)
    assert await bare.read_text("MATCH (one:Product) RETURN one.id AS id, one.runs AS runs") == [
        {"id": "count", "runs": 1}
    ]
    assert [row["id"] for row in await bare.read("graph.migrations")][-1] == "8001_counted"


async def test_a_migration_that_was_edited_later_is_refused(bare: Graph, tmp_path: Path) -> None:
    index = "CREATE INDEX scratch IF NOT EXISTS FOR (node:Product) ON (node.{})"
    before = (*ALL[:1], *load_migrations(_folder(tmp_path, **{"9001_one": f"// Says it.\n{index.format('name')}"})))
    await migrate(bare, before)
    reworded = (
        *ALL[:1],
        *load_migrations(_folder(tmp_path, **{"9001_one": f"// Otherwise.\n{index.format('name')};"})),
    )
    assert await migrate(bare, reworded) == MigrationReport((), 2)
    edited = (*ALL, *load_migrations(_folder(tmp_path, **{"9001_one": index.format("size")})))
    with pytest.raises(MigrationError, match=r"9001_one\.cypher was changed after this graph had seen it"):
        await migrate(bare, edited)
    assert len(await bare.read("graph.migrations")) == 2


async def test_a_graph_of_a_newer_version_is_refused(bare: Graph) -> None:
    await migrate(bare)
    with pytest.raises(
        MigrationError, match=rf"has seen the migration {ALL[-1].id}, which this graphcdp does not have"
    ):
        await migrate(bare, ALL[:-1])
    assert await _schema(bare) == CURRENT


async def test_data_that_breaks_a_new_constraint_is_said(bare: Graph) -> None:
    await bare.transact(lambda tx: tx.run_text("UNWIND [1, 2] AS one CREATE (:Identity {key: 'email|sarah@x'})"))
    with pytest.raises(MigrationError, match="The migration 0003_identity_key failed; those before it stay") as caught:
        await migrate(bare)
    assert "sarah" not in caught.value.message
    assert [row["id"] for row in await bare.read("graph.migrations")] == ["0001_migration_id", "0002_lock_id"]
    await bare.transact(lambda tx: tx.run_text("MATCH (one:Identity) WITH one LIMIT 1 DELETE one"))
    assert (await migrate(bare)).already == 2
    assert await _schema(bare) == CURRENT


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"first": "RETURN 1"}, "is no NNNN_name.cypher"),
        ({"0001_one": "MERGE (:Product)", "0001_two": "MERGE (:Product)"}, "the number 0001 is taken"),
        ({"0001_one": "// Nothing."}, "there is no statement"),
        ({"0001_one": "CREATE INDEX one FOR (node:Product) ON (node.name)"}, "Say IF NOT EXISTS"),
        ({"0001_one": "DROP CONSTRAINT one"}, "Say IF NOT EXISTS"),
    ],
)
async def test_a_wrong_file_is_refused(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    with pytest.raises(MigrationError, match=sentence):
        load_migrations(_folder(tmp_path, **files))
