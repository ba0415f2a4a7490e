"""Which engine answers a question, and keeping the columnar one in step with the graph."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from graphcdp.base import Clock, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.journeys.columnar.answers import ANSWERED, ANSWERS, answered
from graphcdp.journeys.columnar.errors import CannotAnswerError
from graphcdp.journeys.columnar.refresh import Refresh, Standing, standing
from graphcdp.journeys.columnar.store import Mark, Store, installed
from graphcdp.journeys.limits import Bounded, JourneyTooLargeError
from graphcdp.journeys.usual import sooner

Engine = Literal["auto", "cypher", "columnar"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
MOST_BEHIND = 50_000
"""With AUTO, a projection that lacks more events is not brought up to date before an answer."""


class Spoken(NamedTuple):
    """An answer: its rows, and which engine gave it under what."""

    rows: list[list[Any]]
    told: dict[str, Any]


class Shorter(NamedTuple):
    """What the columnar engine says instead of a statement's rows: its name in `answers`, and further inputs."""

    name: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Projected:
    """The projection, and how far it is.

    Attributes:
        path: its file.
        events, identities: how many it has.
        behind: how many events it lacks.
        at: when it was brought to where it is; None: it is empty.
        seconds: how long this bringing took.
    """

    path: str
    events: int
    identities: int
    behind: int
    at: datetime | None
    seconds: float = field(default=0.0)


class Engines:
    """The two engines of journeys over one graph."""

    def __init__(self, graph: Graph, clock: Clock, path: Path | None = None) -> None:
        """Take what it works with; nothing is opened yet.

        Args:
            graph: where.
            clock: what time it is.
            path: of the projection's file; None: there is only Cypher.
        """
        self._graph = graph
        self._clock = clock
        self._path = path
        self._store: Store | None = None
        self._turn = asyncio.Lock()

    async def answer(
        self,
        name: str,
        inputs: Mapping[str, Any],
        engine: Engine,
        neo4j: Bounded | None = None,
        shorter: Shorter | None = None,
    ) -> Spoken:
        """Answer a question.

        Args:
            name: of the statement in cypher/journey that asks it.
            inputs: of that statement.
            engine: which engine is to answer.
            neo4j: asks Neo4j, and says how long a question may take; None: however long.
            shorter: what the columnar engine says instead; None: the rows of the statement.

        Raises:
            CannotAnswerError: the engine `columnar` is asked for, and cannot answer this.
        """
        _require_engine(engine)
        told: dict[str, Any] = {"engine": "cypher"}
        if engine == "columnar" or (engine == "auto" and self._has_one()):
            try:
                seconds = None if neo4j is None else neo4j.limits.seconds
                asked = (name, inputs) if shorter is None else (shorter.name, {**shorter.inputs, **inputs})
                return await self._columnar(*asked, wait=engine == "columnar", seconds=seconds)
            except CannotAnswerError as error:
                if engine == "columnar":
                    raise
                told["engine_note"] = error.message
        statement, given = sooner(name, inputs)
        return Spoken(await (neo4j or self._graph).read_rows(statement, **given), told)

    def refuse(self, what: str, engine: Engine) -> dict[str, Any]:
        """Leave to Neo4j what the columnar engine never answers.

        Args:
            what: is asked, as people call it.
            engine: which engine is to answer.

        Returns:
            `engine_note`, why Neo4j answers, where the engine was to be chosen and there is a projection; else nothing.

        Raises:
            CannotAnswerError: the engine `columnar` is asked for.
            InvalidInputError: there is no such engine.
        """
        _require_engine(engine)
        error = _not_answered(what)
        if engine == "columnar":
            raise error
        return {"engine_note": error.message} if engine == "auto" and self._has_one() else {}

    async def refresh(self, *, anew: bool = False) -> Projected:
        """Bring the projection to where the graph is; make it where there is none.

        Args:
            anew: make it anew from the graph.

        Raises:
            CannotAnswerError: DuckDB is not installed, or another process has the file open.
        """
        async with self._turn:
            store = await self._opened()
            began = self._clock.now()
            if anew:
                await asyncio.to_thread(store.empty)
            mark = await asyncio.to_thread(store.mark)
            reached = await Refresh(self._graph, store, self._clock).run(await standing(self._graph, mark), mark)
            took = (self._clock.now() - began).total_seconds()
            return await self._projected(store, reached, 0, took)

    async def tick(self) -> int:
        """Bring a projection that is there up to date; return how many events it lacked.

        What was erased goes from it with this at the latest. Where another process has it open, that one does it.
        """
        if not self._has_one():
            return 0
        try:
            async with self._turn:
                store = await self._opened()
                mark = await asyncio.to_thread(store.mark)
                now = await standing(self._graph, mark)
                if _is_current(now, mark):
                    return 0
                await Refresh(self._graph, store, self._clock).run(now, mark)
                return now.behind
        except CannotAnswerError:
            return 0

    async def state(self) -> Projected | None:
        """Say how far the projection is; None: there is none.

        Raises:
            CannotAnswerError: another process has it open.
        """
        if not self._has_one():
            return None
        async with self._turn:
            store = await self._opened()
            mark = await asyncio.to_thread(store.mark)
            return await self._projected(store, mark, (await standing(self._graph, mark)).behind, 0.0)

    async def close(self) -> None:
        """Close the projection."""
        async with self._turn:
            if self._store is not None:
                await asyncio.to_thread(self._store.close)
                self._store = None

    def _has_one(self) -> bool:
        return self._path is not None and installed() and (self._store is not None or self._path.exists())

    async def _opened(self) -> Store:
        if self._path is None:
            raise CannotAnswerError("This process keeps no projection. Ask for the engine `cypher`.", field="engine")
        if self._store is None:
            self._store = await asyncio.to_thread(Store, self._path)
        return self._store

    async def _projected(self, store: Store, mark: Mark | None, behind: int, seconds: float) -> Projected:
        events, identities = await asyncio.to_thread(store.counts)
        at = None if mark is None else _instant(mark.at)
        return Projected(str(self._path), events, identities, behind, at, seconds)

    async def _columnar(self, name: str, inputs: Mapping[str, Any], *, wait: bool, seconds: float | None) -> Spoken:
        if name not in ANSWERS:
            raise _not_answered(name.removeprefix("journey."))
        if inputs.get("others"):
            raise CannotAnswerError(
                "The columnar engine knows people as they are; under other identity rules ask for the engine `cypher`.",
                field="engine",
            )
        ids = await self._ids(inputs)
        async with self._turn:
            store = await self._opened()
            mark = await asyncio.to_thread(store.mark)
            now = await standing(self._graph, mark)
            if not _is_current(now, mark):
                if not wait and (mark is None or mark.graph != now.graph or now.behind > MOST_BEHIND):
                    raise CannotAnswerError(
                        f"The projection lacks {now.behind:,} events, which would take longer than to ask Neo4j. "
                        "Bring it up to date with `graphcdp journey project`.",
                        behind=now.behind,
                    )
                mark = await Refresh(self._graph, store, self._clock).run(now, mark)
            assert mark is not None  # noqa: S101  just made
            try:
                async with asyncio.timeout(seconds):
                    rows = await _uncancelled(store, lambda: answered(name, store, inputs, ids))
            except TimeoutError:
                raise JourneyTooLargeError(
                    f"It took longer than {seconds:g} s and was stopped. Ask for a segment or fewer people, or raise "
                    "GRAPHCDP_JOURNEY_SECONDS.",
                    limit=seconds,
                ) from None
        return Spoken(rows, {"engine": "columnar", "events_behind": 0, "projected_at": _instant(mark.at)})

    async def _ids(self, inputs: Mapping[str, Any]) -> list[str] | None:
        ids, segment = inputs.get("ids"), inputs.get("segment")
        if segment is None:
            return None if ids is None else list(ids)
        members: list[str] = (await self._graph.read_rows("columnar.members", segment=segment))[0][0]
        return members if ids is None else sorted({*members} & {*ids})


def _require_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise InvalidInputError(f"The engine is `{engine}`; it is one of {', '.join(ENGINES)}.", field="engine")


def _not_answered(what: str) -> CannotAnswerError:
    return CannotAnswerError(
        f"The columnar engine does not answer `{what}`; it answers {', '.join(ANSWERED)}. Ask for the engine `cypher` "
        "or `auto`.",
        field="engine",
    )


async def _uncancelled(store: Store, work: Callable[[], list[list[Any]]]) -> list[list[Any]]:
    """Work in a thread; where the asker goes away, end the question before the next one begins."""
    running = asyncio.create_task(asyncio.to_thread(work))
    try:
        await asyncio.wait([running])
    except asyncio.CancelledError:
        store.interrupt()
        await asyncio.wait([running])
        running.exception()  # that it was interrupted is no news
        raise
    return running.result()


def _is_current(now: Standing, mark: Mark | None) -> bool:
    return mark is not None and (mark.graph, mark.number, mark.removals) == (now.graph, now.number, now.removals)


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)
