"""Bring the schema of a graph to the current version, from any earlier one.

A migration is a file `cypher/schema/NNNN_name.cypher` with one statement. They are applied in the order of their
numbers, each once, and recorded as `(:Migration {id, applied_at, checksum})`. A migration is never edited: what has to
change later is a new file.

Any number of processes may migrate at once. A change of the schema says `IF NOT EXISTS` or `IF EXISTS`, so doing it
twice is doing it once; a change of data runs in the transaction that records it, and the unique `Migration.id` lets one
through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graphcdp.base import StatementError, data_folder, logger
from graphcdp.base.ids import content_hash
from graphcdp.graph.connection import Graph, Transaction

_FILE = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+")
_SCHEMA = re.compile(r"^(CREATE|DROP)\s+(\w+\s+)?(INDEX|CONSTRAINT)\b", re.IGNORECASE)
_CALM = re.compile(r"\bIF\s+(NOT\s+)?EXISTS\b", re.IGNORECASE)
_log = logger(__name__)


class MigrationError(StatementError):
    """The graph cannot be brought to this version."""

    code = "migration"


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the schema.

    Attributes:
        id: the file's name without its ending, `0003_identity_key`.
        description: what its comment says.
        text: the statement.
        checksum: of the statement; comments may be edited.
    """

    id: str
    description: str
    text: str
    checksum: str

    @property
    def of_schema(self) -> bool:
        """Whether it changes indexes or constraints (else data)."""
        return _SCHEMA.match(self.text) is not None


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a run did.

    Attributes:
        applied: the ids that were new to this graph, in order.
        already: how many it had.
    """

    applied: tuple[str, ...]
    already: int


def load_migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    """Read the migrations of a folder, in order; by default those that ship with graphcdp.

    Raises:
        MigrationError: a file's name has no number, a number stands twice, or a change of the schema cannot be
            repeated.
    """
    root = data_folder("cypher") / "schema" if folder is None else folder
    found: dict[str, Migration] = {}
    for path in sorted(root.glob("*.cypher")):
        named = _FILE.fullmatch(path.stem)
        if named is None:
            raise MigrationError(f"{path}: the name is no NNNN_name.cypher. Give it four digits and a name.")
        if named["number"] in found:
            raise MigrationError(f"{path}: the number {named['number']} is taken. Give it the next free one.")
        lines = path.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line.rstrip() for line in lines if not line.startswith("//")).strip().removesuffix(";")
        migration = Migration(
            id=path.stem,
            description=" ".join(line[2:].strip() for line in lines if line.startswith("//")),
            text=text,
            checksum=content_hash(text),
        )
        if not text:
            raise MigrationError(f"{path}: there is no statement. Write one.")
        if migration.of_schema and not _CALM.search(text):
            raise MigrationError(f"{path}: it cannot run twice. Say IF NOT EXISTS (or IF EXISTS for a DROP).")
        found[named["number"]] = migration
    return tuple(found.values())


async def migrate(graph: Graph, migrations: tuple[Migration, ...] | None = None) -> MigrationReport:
    """Apply what this graph has not seen.

    Args:
        graph: where.
        migrations: all there are, in order; by default those that ship with graphcdp.

    Returns:
        What was applied; nothing if the graph was current.

    Raises:
        MigrationError: a migration that this graph has seen was edited since, or is unknown here (the graph belongs
            to a newer graphcdp), or the server refused one (the data breaks a new constraint, a name is taken).
        GraphUnavailableError: the server does not answer.
    """
    wanted = load_migrations() if migrations is None else migrations
    seen = {row["id"]: row["checksum"] for row in await graph.read("graph.migrations")}
    _refuse_strangers(wanted, seen)
    missing = [migration for migration in wanted if migration.id not in seen]
    applied = []
    for migration in missing:
        if await _apply(graph, migration):
            applied.append(migration.id)
            _log.info("migrated", migration=migration.id)
    if missing:
        await graph.read("graph.await_indexes")
    return MigrationReport(tuple(applied), len(wanted) - len(applied))


async def _apply(graph: Graph, migration: Migration) -> bool:
    """Run and record one; false if another process was faster."""

    async def work(tx: Transaction) -> bool:
        (row,) = await tx.run("graph.claim_migration", id=migration.id, checksum=migration.checksum)
        if row["claimed"] and not migration.of_schema:
            await tx.run_text(migration.text)
        return bool(row["claimed"])

    try:
        if migration.of_schema:
            await graph.schema(migration.text)
        return await graph.transact(work)
    except StatementError as error:
        raise MigrationError(
            f"The migration {migration.id} failed; those before it stay. {error.message} Then run graphcdp migrate "
            "again.",
            migration=migration.id,
        ) from error


def _refuse_strangers(wanted: tuple[Migration, ...], seen: dict[str, str]) -> None:
    known = {migration.id: migration.checksum for migration in wanted}
    for name, checksum in seen.items():
        if name not in known:
            raise MigrationError(
                f"The graph has seen the migration {name}, which this graphcdp does not have: a newer version made it. "
                "Update graphcdp, or use another database.",
                migration=name,
            )
        if known[name] != checksum:
            raise MigrationError(
                f"cypher/schema/{name}.cypher was changed after this graph had seen it. Take the change back and "
                "write it as a new file with the next number.",
                migration=name,
            )
