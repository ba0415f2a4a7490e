"""The one door to Neo4j: statements by name, read-routed or in managed transactions."""

from __future__ import annotations

import asyncio
import copy
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from time import monotonic
from typing import Any, Self, TypeVar

import neo4j
from neo4j import exceptions

from graphcdp.base import StatementError, logger
from graphcdp.graph.catalogue import Catalogue
from graphcdp.graph.errors import too_large, translate
from graphcdp.graph.header import Mode, Statement
from graphcdp.graph.times import quicken
from graphcdp.graph.values import dicts, lists

T = TypeVar("T")
Row = dict[str, Any]
Question = tuple[str, Mapping[str, Any]]
"""A statement by name, and its parameters."""

_log = logger(__name__)
# Statements that write find everything by unique keys, so their plans stay right while a graph grows; planning the
# longest anew takes half a second each time.
_KEEP_PLAN = "CYPHER replan=skip "
_FIRST_DELAY_SECONDS = 0.02
_LONGEST_DELAY_SECONDS = 2.0
_READ_ATTEMPTS = 6
_WRITE_ATTEMPTS = 12
# The driver's own way, that of `execute_query`, to send BEGIN along with the first statement: one wait less.
_BEGIN_WITH_FIRST = "_pipelined_begin"
_PARAMETER = re.compile(r"\$(\w+)")
_SCHEMA_IS_SO = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"


class _Rows(list[Any]):
    """A list that is brief in logs: the driver makes its log line of all parameters even where nobody reads it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


def _brief(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _Rows(value) if type(value) is list else value for name, value in params.items()}


def _collected(statement: Statement) -> str:
    columns = ", ".join(column.name for column in statement.outputs)
    return f"CALL () {{\n{statement.text}\n}}\nRETURN collect([{columns}]) AS found"


def _side_by_side(statements: Sequence[Statement]) -> str:
    """Return the text that gives a record of all rows of each statement; parameters get the place as a suffix."""
    calls = "\n".join(
        "CALL () {\n" + _PARAMETER.sub(rf"$\g<1>_{place}", _collected(statement)) + f"_{place}\n}}"
        for place, statement in enumerate(statements)
    )
    return f"{_KEEP_PLAN}{calls}\nRETURN {', '.join(f'found_{place}' for place in range(len(statements)))}"


class Transaction:
    """The statements of one transaction; made by `Graph.transact`. Not for two tasks at once.

    An error of the driver passes through as it is (`transact` decides whether to try again, and translates it).
    """

    __slots__ = ("_graph", "_tx", "last")

    def __init__(self, graph: Graph, tx: neo4j.AsyncTransaction) -> None:
        self._graph = graph
        self._tx = tx
        self.last: str | None = None

    async def run(self, name: str, /, **params: Any) -> list[Row]:
        """Run a statement; its rows as dicts of plain values, times aware in UTC.

        Raises:
            StatementError: no such statement or parameter.
        """
        result = await self._send(name, params)
        return dicts(result.keys(), [record async for record in result])

    async def rows(self, name: str, /, **params: Any) -> list[list[Any]]:
        """Run a statement; its rows as lists of values in the order of its outputs (the fast way).

        What only reads comes over as one record: the driver's cost is the record, not the value.

        Raises:
            StatementError: no such statement or parameter.
        """
        statement = self._graph.catalogue.get(name)
        if statement.mode is Mode.WRITE:
            return lists([record async for record in await self._send(name, params)])
        result = await self._send(name, params, self._graph.gathered(statement))
        record = await result.single(strict=True)
        table: list[list[Any]] = record[0]
        return table

    async def consume(self, name: str, /, **params: Any) -> neo4j.SummaryCounters:
        """Run a statement whose rows nobody needs; say what it created, set and deleted.

        Raises:
            StatementError: no such statement or parameter.
        """
        return (await (await self._send(name, params)).consume()).counters

    async def run_text(self, text: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Run Cypher that is not a file: what graphcdp compiled, with every literal as a parameter."""
        result = await self._say(None, text, params or {})
        return dicts(result.keys(), [record async for record in result])

    async def _send(self, name: str, params: dict[str, Any], text: str | None = None) -> neo4j.AsyncResult:
        statement, bound = self._graph.catalogue.bind(name, params)
        if text is None:
            text = _KEEP_PLAN + statement.text if statement.mode is Mode.WRITE else statement.text
        return await self._say(name, text, bound)

    async def _say(self, name: str | None, text: str, params: Mapping[str, Any]) -> neo4j.AsyncResult:
        """Send a message; `name` is what errors and logs call it."""
        self.last = name
        self._graph._sent[0] += 1
        return await self._tx.run(text, _brief(params))


class Graph:
    """One database of one Neo4j server.

    Attributes:
        catalogue: the statements it can run by name.
        uri, database: where it is.
    """

    def __init__(
        self, driver: neo4j.AsyncDriver, uri: str, database: str, catalogue: Catalogue, *, timeout_seconds: float
    ) -> None:
        self.catalogue = catalogue
        self.uri = uri
        self.database = database
        self._sent = [0]
        self._driver = driver
        self._timeout = timeout_seconds
        self._queries: dict[str, neo4j.Query] = {}
        self._gathered: dict[str, str] = {}
        settings: dict[str, Any] = {"fetch_size": -1}
        if uri.startswith("neo4j"):  # routed: a read must see this process's own writes on any member of the cluster
            settings["bookmark_manager"] = neo4j.AsyncGraphDatabase.bookmark_manager()
        self._settings = settings

    @classmethod
    def connect(
        cls,
        uri: str,
        user: str,
        password: str,
        database: str = "neo4j",
        catalogue: Catalogue | None = None,
        *,
        timeout_seconds: float = 300.0,
        connections: int = 100,
    ) -> Self:
        """Open a pool; nothing is sent yet (`verify` does). Call it inside the event loop.

        Args:
            uri: Bolt address (`bolt://`, `neo4j://`, with `+s` for TLS).
            user, password: who logs in.
            database: which database.
            catalogue: the statements; by default those that ship with graphcdp.
            timeout_seconds: a transaction that takes longer is ended by the server.
            connections: most connections open at once.

        Raises:
            ConfigurationError: the address is none.
        """
        try:
            driver = neo4j.AsyncGraphDatabase.driver(
                uri,
                auth=(user, password),
                max_connection_pool_size=connections,
                connection_acquisition_timeout=30.0,
                connection_timeout=5.0,
                keep_alive=True,
                notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
                telemetry_disabled=True,
                user_agent="graphcdp",
            )
        except exceptions.DriverError as error:
            raise translate(error, None, uri, database) from error
        except ValueError as error:
            raise translate(exceptions.ConfigurationError(str(error)), None, uri, database) from error
        quicken(driver)
        loaded = Catalogue.load() if catalogue is None else catalogue
        return cls(driver, uri, database, loaded, timeout_seconds=timeout_seconds)

    @property
    def statements(self) -> int:
        """How many statements were sent so far (retries count)."""
        return self._sent[0]

    def limited(self, timeout_seconds: float) -> Self:
        """Return the same graph, over the same connections, with another limit for reads and transactions."""
        limited = copy.copy(self)
        limited._timeout, limited._queries = timeout_seconds, {}
        return limited

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def verify(self) -> str:
        """Ask the server whether it is there, once; return its version (`Neo4j/5.26.30`).

        Raises:
            GraphUnavailableError: it does not answer.
            ConfigurationError: it refuses the user, the password or the database's name.
        """
        try:
            info = await self._driver.get_server_info()
            await self._auto(neo4j.Query("RETURN 1 AS one", timeout=self._timeout), {}, self.database)
        except (exceptions.DriverError, exceptions.Neo4jError) as error:
            raise translate(error, None, self.uri, self.database) from error
        return info.agent

    async def read(self, name: str, /, **params: Any) -> list[Row]:
        """Run a statement that reads, routed to where reads go (the server refuses a write).

        Returns:
            Its rows as dicts of plain values, in its order; empty if it found nothing.

        Raises:
            StatementError: no such statement or parameter, or the server refused it.
            GraphUnavailableError: the server does not answer, also not after retries.
        """
        return dicts(*await self._read(name, params))

    async def read_rows(self, name: str, /, **params: Any) -> list[list[Any]]:
        """Run a statement that reads; its rows as lists of values in the order of its outputs. Raises as `read`."""
        return lists((await self._read(name, params))[1])

    async def together(self, *asked: Question) -> list[list[list[Any]]]:
        """Ask several statements that only read in one message, one after the other: the driver's cost is the message.

        Args:
            asked: names and parameters.

        Returns:
            The rows of each, as `read_rows` gives them.

        Raises:
            As `read`.
        """
        names = " and ".join(name for name, _ in asked)
        bound = [self.catalogue.bind(name, dict(params)) for name, params in asked]
        query = self._queries.get(f"together {names}")
        if query is None:
            query = neo4j.Query(_side_by_side([statement for statement, _ in bound]), timeout=self._timeout)
            self._queries[f"together {names}"] = query
        params = {f"{name}_{place}": value for place, (_, own) in enumerate(bound) for name, value in own.items()}
        _, (record,) = await self._attempt(lambda: self._auto(query, params, self.database), lambda: names)
        return list(record.values())

    async def read_text(self, text: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Run reading Cypher that graphcdp compiled, every literal a parameter. Raises as `read`."""
        query = neo4j.Query(text, timeout=self._timeout)
        return dicts(*await self._attempt(lambda: self._auto(query, dict(params or {}), self.database), None))

    async def write(self, name: str, /, **params: Any) -> list[Row]:
        """Run one statement in a managed transaction of its own; its rows as dicts.

        Raises:
            StatementError: no such statement or parameter, or the server refused it.
            GraphUnavailableError: the server does not answer, also not after retries.
        """
        if self.catalogue.get(name).system:
            statement, bound = self.catalogue.bind(name, params)
            return await self.system(statement.text, bound, name=name)
        return await self.transact(lambda tx: tx.run(name, **params))

    async def write_if(self, name: str, /, **params: Any) -> list[list[Any]]:
        """Run a writing statement in one message, without a transaction around it; its rows as lists.

        For a statement that does nothing the second time: where the connection breaks it is sent again, though it may
        have been done. Raises as `write`.
        """
        statement, bound = self.catalogue.bind(name, params)
        query = self._queries.get(name)
        if query is None:
            query = neo4j.Query(_KEEP_PLAN + statement.text, timeout=self._timeout)
            self._queries[name] = query
        _, records = await self._attempt(
            lambda: self._auto(query, bound, self.database, neo4j.WRITE_ACCESS), lambda: name, _WRITE_ATTEMPTS
        )
        return lists(records)

    async def transact(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        mode: Mode = Mode.WRITE,
        timeout_seconds: float | None = None,
        keep: bool = True,
    ) -> T:
        """Do work in one transaction: all of it or nothing.

        Args:
            work: gets the transaction; may be called again from the start (deadlock, lost connection), so it changes
                nothing outside the graph before it returns.
            mode: READ for several reads of one instant.
            timeout_seconds: another limit than the graph's own.
            keep: false rolls back at the end: a preview by the real thing.

        Returns:
            What `work` returned.

        Raises:
            StatementError: a statement was refused.
            GraphUnavailableError: the server does not answer, also not after retries.
            Exception: whatever `work` raised itself; nothing was written.
        """
        access = neo4j.READ_ACCESS if mode is Mode.READ else neo4j.WRITE_ACCESS
        limit = self._timeout if timeout_seconds is None else timeout_seconds
        last: str | None = None

        async def once() -> T:
            nonlocal last
            async with self._driver.session(
                database=self.database, default_access_mode=access, **self._settings
            ) as session:
                with getattr(session, _BEGIN_WITH_FIRST, nullcontext()):
                    tx = Transaction(self, await session.begin_transaction(timeout=limit))
                async with tx._tx as raw:
                    try:
                        result = await work(tx)
                    finally:
                        last = tx.last
                    if not keep:
                        await raw.rollback()
                return result

        return await self._attempt(once, lambda: last, _WRITE_ATTEMPTS)

    async def system(self, text: str, params: Mapping[str, Any] | None = None, *, name: str | None = None) -> list[Row]:
        """Run Cypher on the database `system` (installs procedures). Raises as `write`."""
        query = neo4j.Query(text, timeout=self._timeout)

        async def once() -> tuple[tuple[str, ...], list[neo4j.Record]]:
            return await self._auto(query, dict(params or {}), "system", neo4j.WRITE_ACCESS)

        return dicts(*await self._attempt(once, lambda: name))

    async def schema(self, text: str) -> None:
        """Run Cypher that changes the schema, in a transaction of its own; nothing if it is so already.

        `IF NOT EXISTS` looks before it locks: of two processes at once one finds the index all the same. Raises as
        `write`.
        """
        query = neo4j.Query(text, timeout=self._timeout)
        try:
            await self._attempt(lambda: self._auto(query, {}, self.database, neo4j.WRITE_ACCESS), None, _WRITE_ATTEMPTS)
        except StatementError as error:
            if error.fields.get("neo4j_code") != _SCHEMA_IS_SO:
                raise

    async def explain(self, text: str, params: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
        """Let the server plan a statement without running it.

        Returns:
            Its columns, and its query type (`r`, `rw`, `w`, `s`).

        Raises:
            StatementError: it is not valid.
        """

        async def once() -> tuple[tuple[str, ...], str]:
            self._sent[0] += 1
            async with self._driver.session(database=self.database, **self._settings) as session:
                result = await session.run(f"EXPLAIN {text}", dict(params))
                return result.keys(), (await result.consume()).query_type or ""

        return await self._attempt(once, None)

    def gathered(self, statement: Statement) -> str:
        """Return the text that gives all rows of a statement in one record."""
        text = self._gathered.get(statement.name)
        if text is None:
            text = _KEEP_PLAN + _collected(statement)
            self._gathered[statement.name] = text
        return text

    async def _read(self, name: str, params: dict[str, Any]) -> tuple[tuple[str, ...], list[neo4j.Record]]:
        statement, bound = self.catalogue.bind(name, params)
        query = self._queries.get(name)
        if query is None:
            query = neo4j.Query(statement.text, timeout=self._timeout)
            self._queries[name] = query
        database = "system" if statement.system else self.database
        return await self._attempt(lambda: self._auto(query, bound, database), lambda: name)

    async def _auto(
        self, query: neo4j.Query, params: dict[str, Any], database: str, access: str = neo4j.READ_ACCESS
    ) -> tuple[tuple[str, ...], list[neo4j.Record]]:
        self._sent[0] += 1
        async with self._driver.session(database=database, default_access_mode=access, **self._settings) as session:
            result = await session.run(query, params)
            return result.keys(), [record async for record in result]

    async def _attempt(
        self, once: Callable[[], Awaitable[T]], last: Callable[[], str | None] | None, attempts: int = _READ_ATTEMPTS
    ) -> T:
        """Try until it works, the error is one that stays, or the attempts are used up."""
        began, delay = monotonic(), _FIRST_DELAY_SECONDS
        for attempt in range(1, attempts + 1):
            try:
                return await once()
            except (exceptions.DriverError, exceptions.Neo4jError) as error:
                name = last() if last else None
                if attempt == attempts or not error.is_retryable() or too_large(error):
                    raise translate(error, name, self.uri, self.database) from error
                _log.info(
                    "retried",
                    statement=name,
                    attempt=attempt,
                    code=getattr(error, "code", None) or type(error).__name__,
                    ms=round((monotonic() - began) * 1000),
                )
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311  spreads the rivals
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)
        raise AssertionError("unreachable")
