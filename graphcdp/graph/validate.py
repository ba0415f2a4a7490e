"""Hold every Cypher file against the running server: what its header says must be what its statement does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass

from graphcdp.base import StatementError
from graphcdp.graph.connection import Graph
from graphcdp.graph.header import Mode, Statement

_AT_ONCE = 4
_PARAMETERS = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `[^`]*` | \$(?P<name>\w+)""",
    re.DOTALL | re.VERBOSE,
)
_OWN_PROCEDURE = re.compile(r"\bcustom\.graphcdp\b")


class InvalidStatementsError(StatementError):
    """Some Cypher files are not what their headers say."""

    code = "invalid_statements"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one file.

    Attributes:
        statement: its name.
        what: what is wrong.
        remedy: what to do.
    """

    statement: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"cypher/{self.statement.replace('.', '/')}.cypher: {self.what}. {self.remedy}."


async def validate(graph: Graph, statements: Iterable[Statement] | None = None) -> tuple[Fault, ...]:
    """Plan statements on the server, with null for every input, and compare with their headers.

    Args:
        graph: where; nothing is run or written.
        statements: which; by default all of the graph's catalogue. Those of the database `system` are left out, the
            server cannot plan them.

    Returns:
        The faults in the order of the statements; none if all is well.

    Raises:
        GraphUnavailableError: the server does not answer.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(statement: Statement) -> list[Fault]:
        async with gate:
            return await _faults(graph, statement)

    chosen = [each for each in (graph.catalogue if statements is None else statements) if not each.system]
    return tuple(fault for found in await asyncio.gather(*map(one, chosen)) for fault in found)


async def require_valid(graph: Graph, statements: Iterable[Statement] | None = None) -> None:
    """Validate, and refuse if there is a fault.

    Raises:
        InvalidStatementsError: with a sentence for every fault.
    """
    faults = await validate(graph, statements)
    if faults:
        raise InvalidStatementsError("\n".join(map(str, faults)), faults=len(faults))


def parameters(text: str) -> frozenset[str]:
    """Return the names of the parameters in a statement (not those in comments and strings)."""
    return frozenset(found["name"] for found in _PARAMETERS.finditer(text) if found["name"])


async def _faults(graph: Graph, statement: Statement) -> list[Fault]:
    faults = []

    def wrong(what: str, remedy: str) -> None:
        faults.append(Fault(statement.name, what, remedy))

    used = parameters(statement.text)
    for name in sorted(used - statement.names):
        wrong(f"the statement uses ${name}, the header has no such input", "Add it to the header")
    for name in sorted(statement.names - used):
        wrong(f"the header has the input {name}, the statement never uses ${name}", "Take it out of the header")
    if _OWN_PROCEDURE.search(statement.text):
        wrong("it calls a procedure of graphcdp", "Servers without APOC Extended do not have it: write it out")
    try:
        columns, kind = await graph.explain(statement.text, dict.fromkeys(statement.names | used))
    except StatementError as error:
        wrong(f"the server cannot plan it: {error.message.rstrip('.')}", "Correct the Cypher")
        return faults
    declared = tuple(column.name for column in statement.outputs)
    if tuple(columns) != declared:
        wrong(
            f"it returns ({', '.join(columns)}), the header says ({', '.join(declared)})",
            "Make them the same, in the same order",
        )
    if statement.mode is Mode.READ and kind != "r":
        wrong(f"it writes (query type {kind}), the header says MODE READ", "Write MODE WRITE")
    if statement.mode is Mode.WRITE and kind not in ("w", "rw"):
        wrong(f"it does not write (query type {kind}), the header says MODE WRITE", "Write MODE READ")
    return faults
