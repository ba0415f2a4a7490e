"""Bringing the projection to where the graph is, by what was written since, in the order in which it became visible.

Every writing that decides who is who takes one lock of the graph, and with it the next number. Events bear the number
of the writing that they came in or last changed with (`Event.batch`), profiles that of the last one that gave them
identities of others (`Profile.regrouped`). So late events, merges, splits and moved events are found by number,
whatever their time. Of what was taken away (erasure, retention) the graph keeps no trace but how often it happened:
then all identities are counted, and the file is written anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from graphcdp.base import Clock, logger
from graphcdp.graph import Graph
from graphcdp.journeys.columnar.store import Mark, Store
from graphcdp.journeys.columnar.where import microseconds

PAGE, CENSUS, AT_ONCE = 2_000, 20_000, 20_000
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the graph is ahead of a projection.

    Attributes:
        graph, number, removals: of the graph now.
        behind: how many events the projection lacks.
        last: how many events the graph has of the last writing that the projection has.
    """

    graph: str
    number: int
    removals: int
    behind: int
    last: int


async def standing(graph: Graph, mark: Mark | None) -> Standing:
    """Ask how far the graph is."""
    rows = await graph.read_rows("columnar.state", after=-1 if mark is None else mark.number)
    return Standing(*rows[0])


class Refresh:
    """One bringing up to date. Whoever calls keeps others from the store."""

    def __init__(self, graph: Graph, store: Store, clock: Clock) -> None:
        self._graph = graph
        self._store = store
        self._clock = clock

    async def run(self, now: Standing, mark: Mark | None) -> Mark:
        """Bring the projection to where the graph is.

        Args:
            now: how far the graph is.
            mark: how far the projection is.
        """
        if mark is None or mark.graph != now.graph or mark.number > now.number or mark.removals > now.removals:
            return await self._anew(now)
        if mark.removals != now.removals:
            await self._graph.write("columnar.settle")  # else it might still see what is being taken away
            now = await standing(self._graph, mark)
        store = self._store
        whole = await asyncio.to_thread(store.events_of, mark.number) == now.last
        low = mark.number + 1 if whole else mark.number
        if now.behind or not whole:
            await self._changed(low, now.number)
        moved = await self._graph.read_rows("columnar.regrouped", low=mark.number)
        rows = [[key, profile_id] for profile_id, keys in moved for key in keys]
        await asyncio.to_thread(store.hold, rows)
        if mark.removals != now.removals:
            await self._recount()
        reached = Mark(now.graph, now.number, now.removals, microseconds(self._clock.now()))
        await asyncio.to_thread(store.put_mark, reached)
        return reached

    async def _anew(self, now: Standing) -> Mark:
        """Read everything. What is written meanwhile is read again at the next time."""
        _log.info("columnar.building")
        store = self._store
        await asyncio.to_thread(store.empty)
        after = ""
        following = asyncio.create_task(self._graph.read_rows("columnar.page", after=after, most=PAGE))
        try:
            while rows := await following:
                after = rows[-1][0]
                following = asyncio.create_task(self._graph.read_rows("columnar.page", after=after, most=PAGE))
                await asyncio.to_thread(self._take, [row for row in rows if row[2]], anew=True)
        finally:
            following.cancel()
        reached = Mark(now.graph, now.number, now.removals, microseconds(self._clock.now()))
        await asyncio.to_thread(store.put_mark, reached)
        # a writing that was only partly visible when the reading began is counted as lacking, and read again
        again = await standing(self._graph, reached)
        events, identities = await asyncio.to_thread(store.counts)
        _log.info("columnar.built", events=events, identities=identities)
        return await self.run(replace(again, number=max(again.number, reached.number)), reached)

    async def _changed(self, low: int, high: int) -> None:
        while low <= high:
            ends = await self._graph.read_rows("columnar.stretch", low=low, most=AT_ONCE)
            until = min(high, ends[0][0]) if ends else high
            rows = await self._graph.read_rows("columnar.changed", low=low, high=until)
            await asyncio.to_thread(self._take, rows, anew=False)
            low = until + 1

    def _take(self, rows: list[list[Any]], *, anew: bool) -> None:
        with self._store.change():
            self._store.put(rows, anew=anew)

    async def _recount(self) -> None:
        """Find by counting what is not there any more, and leave nothing of it in the file."""
        import pyarrow as pa

        after, counted = "", list[list[Any]]()
        while rows := (await self._graph.read_rows("columnar.census", after=after, most=CENSUS))[0][0]:
            counted += rows
            after = rows[-1][0]
        names = (("key", pa.string()), ("profile_id", pa.string()), ("events", pa.int64()))
        columns = zip(*counted, strict=True) if counted else ((), (), ())
        census = pa.table({name: pa.array(cells, kind) for (name, kind), cells in zip(names, columns, strict=True)})
        more, moved = await asyncio.to_thread(self._store.differing, census)
        for at in range(0, len(more), 1_000):
            keys = more[at : at + 1_000]
            kept = [id for _, ids in await self._graph.read_rows("columnar.events_on", keys=keys) for id in ids]
            await asyncio.to_thread(self._store.keep_only, keys, kept)
        await asyncio.to_thread(self._store.hold, moved)
        await asyncio.to_thread(self._store.forget_nobody)
        await asyncio.to_thread(self._store.rewrite)
