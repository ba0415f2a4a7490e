"""Find people by what is known of them."""

from __future__ import annotations

from graphcdp.base.paging import Page, id_cursor, read_id_cursor, read_score_cursor, score_cursor
from graphcdp.graph import Graph
from graphcdp.profile.values import Profile
from graphcdp.profile.words import lucene_query


async def search_profiles(graph: Graph, text: str | None, first: int, after: str | None) -> Page[Profile]:
    """Return people, best match first; without a text everyone, by id.

    Args:
        graph: where.
        text: words of names, addresses, identities; all must match, the last may be a beginning.
        first: at most so many.
        after: cursor of the last one already seen.

    Raises:
        InvalidInputError: the cursor is none of this list.
    """
    query = lucene_query(text) if text is not None else None
    if query is not None:
        score, id = read_score_cursor(after)
        rows = await graph.read("profile.search", words=query, page_size=first + 1, after_score=score, after_id=id)
        items = [(Profile.of(row), score_cursor(row["score"], row["id"])) for row in rows]
    elif text is not None and text.strip():
        return Page((), more=False)  # signs without a word match nobody
    else:
        rows = await graph.read("profile.everyone", page_size=first + 1, after_id=read_id_cursor(after))
        items = [(Profile.of(row), id_cursor(row["id"])) for row in rows]
    return Page(items[:first], more=len(items) > first)
