"""All people, a page after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

from graphcdp.graph import Graph


async def pages(graph: Graph, most: int, after: str = "") -> AsyncIterator[list[str]]:
    """Yield the ids of all profiles in their order, page by page, each read when it is asked for.

    Args:
        graph: where.
        most: so many at most in a page.
        after: only ids behind this one.
    """
    while page := [id for (id,) in await graph.read_rows("computed.page", after=after, most=most)]:
        yield page
        after = page[-1]
