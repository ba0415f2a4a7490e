"""The projection's file: tables of DuckDB in the data folder, open in one process at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphcdp.journeys.columnar import layout
from graphcdp.journeys.columnar.errors import CannotAnswerError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MEMORY = "1GB"
_GUARD, _OPEN = threading.Lock(), set[Path]()
"""The files that this process has open: DuckDB would let it open one twice."""
_COLUMNS = ", ".join(f'"{name}"' for name in layout.KINDS)
_NEWS = ", ".join(f'n."{name}"' for name in layout.KINDS)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the projection is.

    Attributes:
        graph: which graph it is of.
        number: the last writing that is in it.
        removals: how often events had been taken away by then.
        at: when it was brought there, in microseconds since 1970.
    """

    graph: str
    number: int
    removals: int
    at: int


class Store:
    """The tables. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            CannotAnswerError: DuckDB is not installed, another process has the file open, or it cannot be read.
        """
        self.path = path.resolve()
        with _GUARD:
            if self.path in _OPEN:
                raise _taken(path)
            self._connection = _open(path)
            _OPEN.add(self.path)
        if not self._is_current():
            self.empty()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        with _GUARD:
            _OPEN.discard(self.path)

    def mark(self) -> Mark | None:
        """Return how far it is; None: nothing is in it yet."""
        rows = self._connection.execute("SELECT graph, number, removals, reached FROM meta").fetchall()
        return Mark(*rows[0]) if rows else None

    def put_mark(self, mark: Mark) -> None:
        """Keep how far it is."""
        run = self._connection.execute
        run("DELETE FROM meta")
        run("INSERT INTO meta VALUES (?, ?, ?, ?, ?)", [layout.VERSION, *astuple(mark)])

    def empty(self) -> None:
        """Make the tables anew, with nothing in them."""
        run = self._connection.execute
        for (name,) in run("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall():
            run(f'DROP TABLE "{name}"')
        for table in layout.TABLES:
            run(table)

    def counts(self) -> tuple[int, int]:
        """Return how many events and identities it has."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM identities)"
        ).fetchall()[0]
        return int(row[0]), int(row[1])

    def events_of(self, number: int) -> int:
        """Return how many events it has of a writing."""
        rows = self._connection.execute("SELECT count(*) FROM events WHERE batch = ?", [number]).fetchall()
        return int(rows[0][0])

    def put(self, rows: Sequence[Sequence[Any]], *, anew: bool = False) -> None:
        """Take events in, and whose identities they hang on; what it has of the same ids goes.

        Args:
            rows: key of an identity, id of its profile, its events as the columns of `layout.KINDS`.
            anew: nothing is there, so nothing need go.
        """
        if not rows:
            return
        run = self._connection.execute
        self._hold(layout.holders(rows))
        news = layout.events(rows)
        if news.num_rows:
            self._connection.register("news", news)
            if not anew:
                run("DELETE FROM events WHERE id IN (SELECT id FROM news)")
            run(
                f"INSERT INTO events (identity, {_COLUMNS}) SELECT i.number, {_NEWS} "  # noqa: S608  names of ours
                "FROM news n JOIN held h USING (place) JOIN identities i ON i.key = h.key"
            )
            self._connection.unregister("news")
        self._connection.unregister("held")

    def hold(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take in whose identities are.

        Args:
            rows: key of an identity, id of its profile.
        """
        if rows:
            self._hold(layout.holders(rows))
            self._connection.unregister("held")

    def differing(self, census: pa.Table) -> tuple[list[str], list[list[Any]]]:
        """Compare with what the graph has, delete what hangs on identities that are no more.

        Args:
            census: `key`, `profile_id` and `events` (how many) of all identities.

        Returns:
            The keys on which more events hang here than there, and key and profile id where it is another's here.
        """
        run = self._connection.execute
        self._connection.register("census", census)
        run(
            "DELETE FROM events WHERE identity IN "
            "(SELECT number FROM identities i WHERE NOT EXISTS (SELECT 1 FROM census c WHERE c.key = i.key))"
        )
        run("DELETE FROM identities i WHERE NOT EXISTS (SELECT 1 FROM census c WHERE c.key = i.key)")
        more = run(
            "SELECT c.key FROM census c JOIN identities i ON i.key = c.key "
            "JOIN (SELECT identity, count(*) AS many FROM events GROUP BY identity) e ON e.identity = i.number "
            "WHERE e.many <> c.events"
        ).fetchall()
        moved = run(
            "SELECT c.key, c.profile_id FROM census c JOIN identities i ON i.key = c.key "
            "LEFT JOIN people p ON p.number = i.profile WHERE p.id IS DISTINCT FROM c.profile_id"
        ).fetchall()
        self._connection.unregister("census")
        return [row[0] for row in more], [list(row) for row in moved]

    def keep_only(self, keys: Sequence[str], ids: Iterable[str]) -> None:
        """Delete what hangs on some identities, but for the events of some ids."""
        import pyarrow as pa

        self._connection.register("kept", pa.table({"id": pa.array(list(ids), pa.string())}))
        self._connection.register("keys", pa.table({"key": pa.array(list(keys), pa.string())}))
        self._connection.execute(
            "DELETE FROM events WHERE identity IN (SELECT i.number FROM identities i JOIN keys k ON k.key = i.key) "
            "AND id NOT IN (SELECT id FROM kept)"
        )
        self._connection.unregister("kept")
        self._connection.unregister("keys")

    def forget_nobody(self) -> None:
        """Delete people who hold nothing any more."""
        self._connection.execute(
            "DELETE FROM people WHERE number NOT IN (SELECT profile FROM identities WHERE profile IS NOT NULL)"
        )

    @contextlib.contextmanager
    def change(self) -> Any:
        """Do several things or none."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rewrite(self) -> None:
        """Write the file anew, so that nothing of what was deleted is left in it."""
        fresh = self.path.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        run = self._connection.execute
        name = run("SELECT current_database()").fetchall()[0][0]
        run(f"ATTACH '{_quoted(fresh)}' AS fresh")
        run(f'COPY FROM DATABASE "{name}" TO fresh')
        run("DETACH fresh")
        self._connection.close()
        self.path.with_suffix(self.path.suffix + ".wal").unlink(missing_ok=True)
        fresh.replace(self.path)
        self._connection = _open(self.path)

    def read(self, sql: str, parameters: Mapping[str, Any], **tables: pa.Table) -> pa.Table:
        """Run a question; `tables` can be spoken of by name."""
        for name, table in tables.items():
            self._connection.register(name, table)
        try:
            return self._connection.sql(sql, params=dict(parameters)).to_arrow_table()
        finally:
            for name in tables:
                self._connection.unregister(name)

    def interrupt(self) -> None:
        """End the question that runs."""
        self._connection.interrupt()

    def _hold(self, held: pa.Table) -> None:
        run = self._connection.execute
        self._connection.register("held", held)
        run(
            "INSERT INTO people SELECT (SELECT coalesce(max(number), 0) FROM people) + row_number() OVER (), id FROM ("
            "SELECT DISTINCT profile_id AS id FROM held WHERE profile_id IS NOT NULL "
            "AND profile_id NOT IN (SELECT id FROM people))"
        )
        run(
            "INSERT INTO identities SELECT (SELECT coalesce(max(number), 0) FROM identities) + row_number() OVER (), "
            "key, NULL FROM (SELECT key FROM held WHERE key NOT IN (SELECT key FROM identities))"
        )
        run(
            "UPDATE identities SET profile = found.number FROM "
            "(SELECT h.key, p.number FROM held h LEFT JOIN people p ON p.id = h.profile_id) AS found "
            "WHERE identities.key = found.key AND identities.profile IS DISTINCT FROM found.number"
        )

    def _is_current(self) -> bool:
        tables = self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if {name for (name,) in tables} != {"meta", "people", "identities", "events"}:
            return False
        rows = self._connection.execute("SELECT layout FROM meta").fetchall()
        return not rows or rows[0][0] == layout.VERSION


def installed() -> bool:
    """Say whether DuckDB is there."""
    try:
        import duckdb  # noqa: F401
    except ImportError:
        return False
    return True


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        import duckdb
    except ImportError:
        raise CannotAnswerError(
            "The columnar engine needs DuckDB. Install it with `pip install 'graphcdp[columnar]'`, or ask for the "
            "engine `cypher`.",
            field="engine",
        ) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path), config={"memory_limit": MEMORY})
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException) and "lock" in str(error).lower():
            raise _taken(path) from None
        raise CannotAnswerError(
            f"The projection {path} cannot be read ({type(error).__name__}). Delete the file: it is made anew from the "
            "graph.",
            field="engine",
        ) from None
    path.chmod(0o600)
    return connection


def _taken(path: Path) -> CannotAnswerError:
    return CannotAnswerError(
        f"Another process has the projection {path} open, and only one can. Ask that process (the server that runs "
        "over this home), stop it, or ask for the engine `cypher`.",
        field="engine",
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
