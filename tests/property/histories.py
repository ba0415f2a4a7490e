"""Made-up histories of people, written straight into the graph: many small ones are needed, and soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.graph import Graph

_WRITE = """
UNWIND $rows AS row
MERGE (person:Profile {id: row.who}) ON CREATE SET person.founder = row.identity
MERGE (identity:Identity {key: row.identity})
MERGE (person)-[:HAS_IDENTITY]->(identity)
CREATE (identity)-[:PERFORMED]->(event:Event {id: row.id, ts: row.ts, type: row.type, channel: row.channel})
SET event += row.properties
"""


class Event(NamedTuple):
    """One event: who, on which of the person's identities, its id, when, of what type."""

    who: str
    id: str
    ts: datetime
    type: str
    identity: str = ""
    channel: str = "web"
    properties: dict[str, Any] = {}  # noqa: RUF012  never changed

    @property
    def key(self) -> str:
        """The key of the identity that it hangs on."""
        return self.identity or f"user_id|{self.who}"


async def write(graph: Graph, events: Sequence[Event]) -> None:
    """Empty the graph, and write a history."""
    while (await graph.write("graph.empty"))[0]["deleted"]:
        pass
    rows = [{**one._asdict(), "identity": one.key} for one in events]

    async def work(tx: Any) -> None:
        await tx.run_text(_WRITE, {"rows": rows})

    await graph.transact(work)
