"""Install the statements as procedures, so that Neo4j Browser can `CALL custom.graphcdp.…` what the driver runs.

APOC Extended does it. What was installed is recorded as `(:InstalledProcedure {name, signature, checksum})`; only a
change installs again. A changed body replaces the old one; after a changed signature the old procedure must be gone
first, or the new one can never be called. APOC takes notice at its next refresh, so what can be called is looked at
after. It takes anything without a word; that a statement is valid is not asked here, as planning a hundred of them
would be most of the time that a new graph takes. `graph.validate` asks it: the tests on the server that graphcdp brings
along, `graphcdp migrate` on others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic

from graphcdp.base import StatementError, logger
from graphcdp.base.ids import content_hash, random_id
from graphcdp.graph.connection import Graph, Transaction
from graphcdp.graph.errors import ProcedureMissingError
from graphcdp.graph.header import PREFIX, Statement

_REFRESHED = "graph.refreshed"
_POLL_SECONDS = 0.1
_MARK_SECONDS = 5.0
_REFRESH_SECONDS = 60.0  # where APOC is not told otherwise
_LEAST_PATIENCE_SECONDS = 120.0
_NOT_THERE = (
    "This Neo4j has no APOC Extended (or this user may not install procedures): CALL custom.graphcdp.… does not exist "
    "in Neo4j Browser. All else works, the same statements run through the driver."
)
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class ProcedureReport:
    """What a run did.

    Attributes:
        installed, replaced, dropped: names, in order (`identity.weakest_link`).
        unchanged: how many were there already as they should be.
        note: why none could be installed; else None.
    """

    installed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unchanged: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    drop: tuple[str, ...]  # no longer wanted
    again: tuple[Statement, ...]  # the signature changed: drop, wait, install
    over: tuple[Statement, ...]  # the body changed
    fresh: tuple[Statement, ...]
    unchanged: int

    @property
    def install(self) -> tuple[Statement, ...]:
        return (*self.again, *self.over, *self.fresh)


async def install_procedures(graph: Graph, *, patience_seconds: float | None = None) -> ProcedureReport:
    """Make the server's procedures those of the catalogue.

    Args:
        graph: where; its schema is migrated.
        patience_seconds: how long to wait until APOC takes notice; by default somewhat more than two of its rounds.

    Returns:
        What was done. Without APOC Extended nothing, and a note that says so.

    Raises:
        StatementError: a procedure did not become callable in time.
        GraphUnavailableError: the server does not answer.
    """
    (row,) = await graph.read("graph.can_install")
    if not row["possible"]:
        return ProcedureReport(note=_NOT_THERE)
    plan = await _plan(graph)
    if not plan.drop and not plan.install:
        return ProcedureReport(unchanged=plan.unchanged)
    patience = await _patience(graph) if patience_seconds is None else patience_seconds

    async def work(tx: Transaction) -> ProcedureReport:
        await tx.consume("graph.lock", id="procedures")
        return await _carry_out(graph, tx, await _plan(graph), patience)

    return await graph.transact(work, timeout_seconds=60 + 4 * patience)


async def _patience(graph: Graph) -> float:
    """Return for how long APOC may take to notice, by its own settings."""
    try:
        rows = await graph.read("graph.apoc_refresh")
    except StatementError:  # this user may not read them
        rows = []
    every = rows[0]["milliseconds"] / 1000 if rows and rows[0]["milliseconds"] else _REFRESH_SECONDS
    return max(_LEAST_PATIENCE_SECONDS, 2.5 * every)


async def _plan(graph: Graph) -> _Plan:
    recorded = {row["name"]: row for row in await graph.read("graph.installed_procedures")}
    present = {
        row["name"].removeprefix(PREFIX)
        for row in await graph.read("graph.present_procedures", database=graph.database)
        if row["type"] == "procedure" and row["name"].startswith(PREFIX)
    }
    wanted = {statement.name: statement for statement in graph.catalogue if not statement.internal}
    again, over, fresh, unchanged = [], [], [], 0
    for name, statement in wanted.items():
        record = recorded.get(name)
        if name not in present:
            fresh.append(statement)
        elif record is None or record["signature"] != statement.signature:
            again.append(statement)
        elif record["checksum"] != _checksum(statement):
            over.append(statement)
        else:
            unchanged += 1
    gone = sorted((present | recorded.keys()) - wanted.keys() - {_REFRESHED})
    return _Plan(tuple(gone), tuple(again), tuple(over), tuple(fresh), unchanged)


async def _carry_out(graph: Graph, tx: Transaction, plan: _Plan, patience: float) -> ProcedureReport:
    doomed = (*plan.drop, *(statement.name for statement in plan.again))
    for name in doomed:
        await graph.write("graph.drop_procedure", name=PREFIX + name, database=graph.database)
    if doomed:  # what is installed under a dropped name before APOC has noticed can never be called
        await _noticed(graph, patience)
    for statement in plan.install:
        await _install(graph, statement, statement.text)
    await _noticed(graph, patience)
    await _prove(graph, plan.install)
    for statement in plan.install:
        await tx.consume(
            "graph.remember_procedure",
            name=statement.name,
            signature=statement.signature,
            checksum=_checksum(statement),
        )
    for name in plan.drop:
        await tx.consume("graph.forget_procedure", name=name)
    report = ProcedureReport(
        installed=tuple(statement.name for statement in plan.fresh),
        replaced=tuple(sorted(statement.name for statement in (*plan.again, *plan.over))),
        dropped=plan.drop,
        unchanged=plan.unchanged,
    )
    _log.info(
        "procedures_installed",
        installed=len(report.installed),
        replaced=len(report.replaced),
        dropped=len(report.dropped),
        unchanged=report.unchanged,
    )
    return report


async def _install(graph: Graph, statement: Statement, text: str) -> None:
    await graph.write(
        "graph.install_procedure",
        signature=statement.signature,
        text=text,
        database=graph.database,
        mode=statement.mode.value.lower(),
        description=statement.description,
    )


async def _noticed(graph: Graph, patience: float) -> None:
    """Wait until APOC has refreshed: install a procedure that answers with a fresh mark, and call it until it does.

    APOC looks whether anything was installed since it last looked. What is committed while it looks can bear an earlier
    time and is then never noticed, so the mark is installed again every few seconds.
    """
    statement, began = graph.catalogue.get(_REFRESHED), monotonic()
    mark, marked = random_id("mark"), -inf
    while True:
        if monotonic() - marked > _MARK_SECONDS:
            await _install(graph, statement, statement.text.replace("MARK", mark))
            marked = monotonic()
        try:
            if await graph.read_text(f"CALL custom.{PREFIX}{_REFRESHED}()") == [{"mark": mark}]:
                return
        except ProcedureMissingError:
            pass  # its very first time
        if monotonic() - began > patience:
            raise StatementError(
                f"APOC has not taken notice of the changed procedures within {patience:.0f} seconds, so those of "
                "another build may still answer. Restart this Neo4j (graphcdp down, then graphcdp up; a server of your "
                "own with apoc.custom.procedures.refresh=500 in its apoc.conf) and run graphcdp migrate again."
            )
        await asyncio.sleep(_POLL_SECONDS)


async def _prove(graph: Graph, installed: Sequence[Statement]) -> None:
    """Look whether each can be called as it was installed."""
    rows = await graph.read("graph.procedure_shapes", prefix=f"custom.{PREFIX}")
    shapes = {row["name"]: (row["inputs"], row["outputs"]) for row in rows}
    for statement in installed:
        name = f"custom.{PREFIX}{statement.name}"
        wanted = ([each.name for each in statement.inputs], [each.name for each in statement.outputs])
        if shapes.get(name) != wanted:
            raise StatementError(
                f"CALL {name} was installed and cannot be called. Run graphcdp migrate again; if that does not help, "
                "restart Neo4j and run it then.",
                statement=statement.name,
            )


def _checksum(statement: Statement) -> str:
    return content_hash("\n".join((statement.signature, statement.mode, statement.description, statement.text)))
