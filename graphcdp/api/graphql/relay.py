"""Global ids, and connections with keyset cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Generic, Self, TypeVar

import strawberry

from graphcdp.base import InvalidInputError
from graphcdp.profile import Page

T = TypeVar("T")
M = TypeVar("M")

MOST_PER_PAGE = 100


@strawberry.interface(description="Something with an id of its own, which `node` finds again.")
class Node:
    id: strawberry.ID = strawberry.field(description="Unique in the whole API; opaque.")


def global_id(kind: str, id: str) -> strawberry.ID:
    """Return the global id of a thing of a GraphQL type."""
    return strawberry.ID(base64.b64encode(f"{kind}:{id}".encode()).decode())


def read_global_id(id: str) -> tuple[str, str]:
    """Return the type's name and the thing's own id.

    Raises:
        InvalidInputError: it is not a global id of this API.
    """
    try:
        kind, mark, own = base64.b64decode(id, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        kind = mark = own = ""
    if not (kind and mark and own):
        raise InvalidInputError("The id is not one of this API. Take it from a field `id`.", field="id")
    return kind, own


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    end_cursor: str | None = strawberry.field(
        description="Give it as `after` for the next page; null on an empty page."
    )
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")


@strawberry.type(description="One item of a page.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Give it as `after` to begin behind this item.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @classmethod
    def of(cls, page: Page[M], make: Callable[[M], T], *, begun: bool) -> Self:
        """Turn a page of models into a page of GraphQL types.

        Args:
            page: what was read.
            make: turns one model into its type.
            begun: whether the page was asked for with a cursor.
        """
        edges = [Edge(cursor=cursor, node=make(item)) for item, cursor in page.items]
        info = PageInfo(
            has_next_page=page.more,
            end_cursor=edges[-1].cursor if edges else None,
            has_previous_page=begun,
            start_cursor=edges[0].cursor if edges else None,
        )
        return cls(edges=edges, page_info=info)


First = Annotated[int, strawberry.argument(description="At most so many items, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Begin behind the item with this cursor.")]


def page_size(first: int) -> int:
    """Return the size of a page as asked.

    Raises:
        InvalidInputError: it is none.
    """
    if not 1 <= first <= MOST_PER_PAGE:
        raise InvalidInputError(
            f"`first` is {first}; a page has 1 to {MOST_PER_PAGE} items. Ask for more pages with `after`.",
            field="first",
            limit=MOST_PER_PAGE,
        )
    return first
