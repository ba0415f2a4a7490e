"""What came in and what could not: the sources, and the rejected records with their reasons."""

from __future__ import annotations

from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.graph import Graph
from graphcdp.profile.values import RejectedFact, SourceEntry


async def list_rejected(graph: Graph, first: int, after: str | None, source: str | None) -> Page[RejectedFact]:
    """Return what was rejected, newest first (ties by id).

    Args:
        graph: where.
        first: at most so many.
        after: cursor of the last one already seen.
        source: only of this source; None is all.

    Raises:
        InvalidInputError: the cursor is none of this list.
    """
    before_ts, before_id = read_time_cursor(after)
    rows = await graph.read(
        "profile.rejected", page_size=first + 1, source=source, before_ts=before_ts, before_id=before_id
    )
    items = [
        RejectedFact(
            row["id"],
            row["source"],
            row["dataset"],
            row["position"],
            row["field"],
            row["code"],
            row["reason"],
            row["payload"],
            row["fact_id"],
            row["received_at"],
        )
        for row in rows[:first]
    ]
    return Page([(each, time_cursor(each.received_at, each.id)) for each in items], more=len(rows) > first)


async def list_sources(graph: Graph) -> tuple[SourceEntry, ...]:
    """Return all sources by id, at most 1,000."""
    return tuple(
        SourceEntry(
            row["id"],
            row["name"],
            row["channel"],
            row["trust"],
            row["definition"],
            tuple((each["id"], each["name"]) for each in row["datasets"]),
        )
        for row in await graph.read("profile.sources")
    )
