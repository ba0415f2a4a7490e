"""Identities that so many others were seen with that they say nothing about who is who."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from graphcdp.base.paging import Page, read_score_cursor, score_cursor
from graphcdp.graph import Graph


class HubState(StrEnum):
    """What became of a hub."""

    QUARANTINED = "quarantined"
    RELEASED = "released"


class Hub(NamedTuple):
    """An identity that many share.

    Attributes:
        key: `namespace|value`.
        state: quarantined, or released by a person.
        quarantined_at: when that was last found; None where nobody noted it.
        links: how many others it was seen with.
    """

    key: str
    state: HubState
    quarantined_at: datetime | None
    links: int


async def read_hubs(
    graph: Graph, first: int = 100, after: str | None = None, *, state: HubState = HubState.QUARANTINED
) -> Page[Hub]:
    """Return hubs of one state, the most linked first (ties by key).

    Args:
        graph: to be read.
        first: at most so many.
        after: cursor of the last one already seen.
        state: which.

    Raises:
        InvalidInputError: the cursor is none of this list.
    """
    fewer, key = read_score_cursor(after)
    rows = await graph.read(
        "identity.hubs",
        state=state.value,
        page_size=first + 1,
        fewer_links=None if fewer is None else int(fewer),
        after_key=key,
    )
    found = [Hub(**{**row, "state": HubState(row["state"])}) for row in rows[:first]]
    return Page([(each, score_cursor(each.links, each.key)) for each in found], more=len(rows) > first)
