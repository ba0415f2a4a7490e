"""Audiences: lists of people that somebody found and published. Rules ask for them with `in audience …`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple

from graphcdp.base import Clock, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.segments.rule.ast import Listed
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.walk import unfold, walk
from graphcdp.segments.segment import Segment, SegmentConflictError, SegmentNotFoundError
from graphcdp.segments.store import Segments, check_id

AT_ONCE = 500
MOST_LISTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience.

    Attributes:
        id: as its segment's.
        name: for people.
        question: what was asked, as JSON.
        live: whether it is asked again by itself.
        people: how many are listed.
        made_at, made_by: when, by whom.
        refreshed_at: when all of them were found; None while the first are.
    """

    id: str
    name: str
    question: str
    live: bool
    people: int
    made_at: datetime
    made_by: str | None
    refreshed_at: datetime | None


class Found(NamedTuple):
    """Somebody to be listed: a profile, or else the identity itself (a cookie)."""

    profile_id: str | None
    key: str | None


class Audiences:
    """The audiences of one graph, each with a segment of the same id that activation and other rules work with.

    Attributes:
        guards: are told the id and the question before an audience is published, and refuse it by raising.
    """

    def __init__(self, graph: Graph, clock: Clock, segments: Segments) -> None:
        """Take what it works with."""
        self._graph = graph
        self._clock = clock
        self._segments = segments
        self.guards: list[Callable[[str, str], Awaitable[None]]] = []

    async def all(self) -> tuple[Audience, ...]:
        """Return the audiences by id."""
        return tuple(Audience(**row) for row in await self._graph.read("segment.audiences"))

    async def get(self, id: str) -> Audience:
        """Return one.

        Raises:
            SegmentNotFoundError: there is none of that id.
        """
        for one in await self.all():
            if one.id == id:
                return one
        raise SegmentNotFoundError(
            f"There is no audience {id}; `graphcdp journey audiences` shows what there is.", id=id
        )

    async def publish(
        self,
        id: str,
        found: AsyncIterator[Sequence[Found]],
        question: str,
        *,
        name: str | None = None,
        live: bool = False,
        author: str | None = None,
    ) -> Segment:
        """List people, and make the segment `in audience id`, active at once.

        One that is there already is asked anew: who is not found any more leaves it.

        Args:
            id: a short name, free or of an audience.
            found: the people, page by page.
            question: what was asked, as JSON.
            name: for people.
            live: whether it is asked again by itself.
            author: who publishes it.

        Raises:
            RuleError: this is no id.
            SegmentConflictError: a segment with a rule of its own has that id.
            InvalidInputError: there are too many people.
        """
        check_id(id)
        before = {one.id: one for one in await self._segments.all()}.get(id)
        rule = f"in audience {id}"
        if before is not None and before.rule != rule:
            raise SegmentConflictError(f"There is a segment {id} with a rule of its own. Take another id.", id=id)
        if before is not None and before.state == "archived":
            raise SegmentConflictError(f"Segment {id} is archived. Make it a draft first, or take another id.", id=id)
        for guard in self.guards:
            await guard(id, question)
        await self._graph.write(
            "segments.audience_save", id=id, name=name or (before.name if before else id), question=question, live=live,
            at=self._clock.now(), author=author,
        )  # fmt: skip
        await self.refresh(id, found)
        if before is None:
            await self._segments.define(id, rule, name=name, author=author)
        if (await self._segments.get(id)).state != "active":
            await self._segments.change_state(id, "active", author=author)
        return await self._segments.get(id)

    async def refresh(self, id: str, found: AsyncIterator[Sequence[Found]]) -> int:
        """List whom a question finds now, take out whom it does not, and tell the segments that ask for the audience.

        Returns:
            How many identities are listed.

        Raises:
            InvalidInputError: there are too many people.
        """
        at, run, listed = self._clock.now(), token_hex(8), 0
        changed: list[str] = []
        async for page in found:
            listed += len(page)
            if listed > MOST_LISTED:
                raise InvalidInputError(
                    f"More than {MOST_LISTED:,} people are found; that is the most. Ask for fewer.", limit=MOST_LISTED
                )
            (row,) = await self._graph.write(
                "segments.audience_list", id=id, rows=[list(one) for one in page], at=at, run=run
            )  # fmt: skip
            changed += row["entered"]
        while (row := (await self._graph.write("segments.audience_unlist", id=id, run=run))[0])["removed"]:
            changed += row["left"]
        people: int = (await self._graph.write("segments.audience_done", id=id, at=at))[0]["people"]
        await self._tell(id, sorted(set(changed)))
        return people

    async def _tell(self, id: str, people: Sequence[str]) -> None:
        there = await self._segments.all()
        trees = {one.id: expand(one.condition) for one in there}
        asking = [
            one.id
            for one in there
            if one.state == "active"
            and any(isinstance(each, Listed) and each.audience == id for each in walk(unfold(trees[one.id], trees)))
        ]
        for begin in range(0, len(people) if asking else 0, AT_ONCE):
            pairs = [(who, segment) for who in people[begin : begin + AT_ONCE] for segment in asking]
            await self._segments.look_again(pairs, "audience")
