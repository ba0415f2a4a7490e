"""The audit: what happened to profiles, by which event or by whose word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from graphcdp.base import InvalidInputError
from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.graph import Graph
from graphcdp.identity.decisions.decision import Move, Wish, change_id, read_change_id
from graphcdp.identity.questions.chain import IdentityNotFoundError, ProfileNotFoundError
from graphcdp.model import IdentityKey


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the audit.

    Attributes:
        id: `writer/number`; a decision is taken back by it.
        at: when it was written.
        kind: `profile_merged`, `profile_resolved`, … for what followed from events; `link_cut`, … for decisions.
        subject: the profile or identity it is about most.
        by_event: the event it followed from; None for a decision.
        before, after: ids of the profiles concerned.
        who, reason: of a decision.
        moved: identities that changed hands; told of decisions.
        wish: what was decided; None for what followed from events.
        takes_back: the change that it takes back.
    """

    id: str
    at: datetime
    kind: str
    subject: str
    by_event: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    who: str | None
    reason: str | None
    moved: tuple[Move, ...]
    wish: Wish | None
    takes_back: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.changes`."""
        return cls(
            change_id(row["writer"], row["seq"]),
            row["at"],
            row["kind"],
            row["subject"],
            row["by_event"],
            tuple(orjson.loads(row["before"] or "[]")),
            tuple(orjson.loads(row["after"] or "[]")),
            row["who"],
            row["reason"],
            tuple(Move(*each) for each in orjson.loads(row["moved"] or "[]")),
            None if row["decision"] is None else Wish.read(row["decision"]),
            row["takes_back"],
        )


class Changes:
    """Reads the audit."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def page(
        self,
        first: int = 20,
        after: str | None = None,
        *,
        of: str | IdentityKey | None = None,
        decided_only: bool = False,
    ) -> Page[Change]:
        """Return a stretch of the audit, newest first.

        Args:
            first: at most so many.
            after: cursor of the last change already seen.
            of: a profile's id, present or past, with all its identities; or one identity; None is everything.
            decided_only: only what people decided.

        Raises:
            InvalidInputError: the cursor is none of this list.
            IdentityNotFoundError, ProfileNotFoundError: `of` was never seen.
        """
        at, last = read_time_cursor(after)
        writer, seq = (None, None) if last is None else read_change_id(last)
        wanted = {
            "page_size": first + 1,
            "before_at": at,
            "before_writer": writer,
            "before_seq": seq,
            "decided_only": decided_only,
        }
        if of is None:
            rows = await self._graph.read("identity.changes", **wanted)
        elif isinstance(of, IdentityKey):
            if not await self._graph.read("identity.known", keys=[str(of)]):
                raise IdentityNotFoundError.of(of.namespace)
            rows = await self._graph.read("identity.changes_of", identity_key=str(of), **wanted)
        else:
            if not await self._graph.read("identity.decide_person", id=of):
                raise ProfileNotFoundError(f"There is no profile {of}, and never was. Check the id.", id=of)
            rows = await self._graph.read("identity.changes_of", profile_id=of, **wanted)
        found = [Change.of(row) for row in rows]
        return Page(tuple((one, time_cursor(one.at, one.id)) for one in found[:first]), len(found) > first)

    async def get(self, id: str) -> Change | None:
        """Return a change by its id, None if there is none."""
        try:
            writer, seq = read_change_id(id)
        except InvalidInputError:
            return None
        rows = await self._graph.read("identity.change", writer=writer, seq=seq)
        return Change.of(rows[0]) if rows else None
