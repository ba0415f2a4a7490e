"""PostgreSQL: a table that holds who is a member, a row each, made when it is first tried."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import asyncpg
import orjson
from pydantic import Field, SecretStr, field_validator

from graphcdp.destinations.errors import DownError
from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options

SECONDS = 10.0
_OF_ONE_ROW = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}(?:\.[a-z_][a-z0-9_]{0,62})?")
_TABLE = """CREATE TABLE IF NOT EXISTS {table} (
  activation text NOT NULL, profile_id text NOT NULL, segment text NOT NULL, fields jsonb NOT NULL,
  changed_at timestamptz NOT NULL, by_event text, delivery text NOT NULL, written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (activation, profile_id))"""
_COMMENT = "COMMENT ON TABLE {table} IS 'Kept by graphcdp: who is in which segment. `delivery` is the idempotency key.'"
_PUT = """INSERT INTO {table} AS held (activation, profile_id, segment, fields, changed_at, by_event, delivery)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7)
ON CONFLICT (activation, profile_id) DO UPDATE
  SET segment = excluded.segment, fields = excluded.fields, changed_at = excluded.changed_at,
      by_event = excluded.by_event, delivery = excluded.delivery, written_at = now()
  WHERE held.delivery <> excluded.delivery AND held.changed_at <= excluded.changed_at"""
_TAKE_OUT = "DELETE FROM {table} WHERE activation = $1 AND profile_id = $2 AND changed_at <= $3"


class PostgresOptions(Options):
    """Options of a table."""

    host: str = Field(min_length=1, description="The server, or the folder of its socket.")
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(default=5432, description="Its port.")
    database: str = Field(min_length=1, description="The database.")
    user: str = Field(min_length=1, description="Who logs in there.")
    password: SecretStr | None = Field(default=None, description="With which password.")
    security: Literal["verify-full", "require", "prefer", "disable"] = Field(
        default="verify-full", description="How the connection is kept safe, in PostgreSQL's own words (`sslmode`)."
    )
    authority: str | None = Field(
        default=None, description="File with the certificate of the server's own authority; else the machine's."
    )
    table: str = Field(default="graphcdp_members", description="The table, `name` or `schema.name`; made if missing.")

    @field_validator("table")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("it is no name such as `members` or `marketing.members` (small letters, digits, `_`)")
        return value


class Postgres(Connector):
    """Keeps a row a member: `(activation, profile_id)` with the mapped fields as JSON; a removal deletes it.

    A load is one transaction. A row remembers the idempotency key of the change that wrote it, and when that happened:
    the same change again changes nothing, and an older one never wins over a newer one.
    """

    kind = "postgres"
    title = "PostgreSQL"
    about = "Keeps a row of each member in a table of a PostgreSQL database."
    options = PostgresOptions
    batch_size = 1_000
    fields = ("identities=identities",)

    def __init__(self, options: PostgresOptions) -> None:
        self._options = options
        self._connection: asyncpg.Connection | None = None
        table = ".".join(f'"{part}"' for part in options.table.split("."))
        self._make, self._comment = _TABLE.format(table=table), _COMMENT.format(table=table)
        self._ask = f"SELECT profile_id FROM {table} WHERE activation = $1"  # noqa: S608  the name is checked
        self._put, self._take_out = _PUT.format(table=table), _TAKE_OUT.format(table=table)

    async def send(self, load: Load) -> Sequence[Answer]:
        """Write the items in one transaction; where one of them cannot be written, each alone."""
        connection = await self._open()
        try:
            try:
                async with connection.transaction():
                    for item in load.items:
                        await self._write(connection, item, load)
            except _OF_ONE_ROW:
                return [await self._alone(connection, item, load) for item in load.items]
        except asyncpg.UndefinedTableError:
            await self.close()  # the next attempt makes the table again
            raise DownError("The table was dropped; it is made again.") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            await self.close()
            raise DownError(_told(error)) from None
        return [Answer("done", "committed")] * len(load.items)

    async def probe(self) -> str:
        """Log in, and make the table where there is none."""
        connection = await self._open()
        version: str = await connection.fetchval("SHOW server_version")
        return f"PostgreSQL {version.split(maxsplit=1)[0]} answers; the table {self._options.table} is there."

    async def held(self, activation: str) -> frozenset[str]:
        """Return whose rows there are."""
        connection = await self._open()
        try:
            rows = await connection.fetch(self._ask, activation)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            await self.close()
            raise DownError(_told(error)) from None
        return frozenset(row[0] for row in rows)

    async def _alone(self, connection: asyncpg.Connection, item: Item, load: Load) -> Answer:
        try:
            async with connection.transaction():
                await self._write(connection, item, load)
        except _OF_ONE_ROW as error:
            return Answer("refused", _told(error))
        return Answer("done", "committed")

    async def _write(self, connection: asyncpg.Connection, item: Item, load: Load) -> None:
        at = item.at or load.now
        if item.action == "remove":
            await connection.execute(self._take_out, load.activation, item.subject, at)
            return
        fields = orjson.dumps(dict(item.fields)).decode()
        row: tuple[Any, ...] = (load.activation, item.subject, load.segment, fields, at, item.by_event, item.id)
        await connection.execute(self._put, *row)

    async def _open(self) -> asyncpg.Connection:
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        options = self._options
        password = None if options.password is None else options.password.get_secret_value()
        try:
            proven = ssl.create_default_context(cafile=options.authority) if options.security == "verify-full" else None
            found = await asyncpg.connect(
                host=options.host, port=options.port, database=options.database, user=options.user, password=password,
                ssl=proven or options.security, timeout=SECONDS, command_timeout=SECONDS,
                server_settings={"application_name": "graphcdp"},
            )  # fmt: skip
            await self._ready(found)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
            raise DownError(_told(error)) from None
        self._connection = found
        return found

    async def _ready(self, connection: asyncpg.Connection) -> None:
        """Make the table if it is missing; who may only write finds one that somebody else made."""
        if await connection.fetchval("SELECT to_regclass($1)", self._options.table) is None:
            await connection.execute(self._make)
            await connection.execute(self._comment)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _told(error: Exception) -> str:
    """Return what PostgreSQL said, by its code: the text itself may hold values of people."""
    code = getattr(error, "sqlstate", None)
    return f"PostgreSQL says {type(error).__name__}{'' if code is None else f' ({code})'}."
