"""Scores kept with people, so that segments can ask for them: `profile.<name>`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from graphcdp.base import Clock, ConflictError, NotFoundError, logger
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import without_facts
from graphcdp.profile.pages import pages
from graphcdp.segments.asked import asking_for
from graphcdp.segments.computed import PREFIX, check_name

AT_ONCE = 500
DIGITS = 4
_log = logger(__name__)


class ScoreNotFoundError(NotFoundError):
    """There is no such score."""

    code = "score_not_found"


@dataclass(frozen=True, slots=True)
class Score:
    """A score that is kept with people.

    Attributes:
        name: `profile.<name>` in segments.
        kind: `habit_change`, `look_alike` or `propensity`.
        title: what it is, for people.
        settings: what it was made with, enough to make it anew.
        card: how good it is and what drives it, as far as the kind says it.
        people: how many have a value.
        made_at: when it was last made.
    """

    name: str
    kind: str
    title: str
    settings: Mapping[str, Any]
    card: Mapping[str, Any]
    people: int
    made_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Score:
        """Turn a row of `scores.all` into it."""
        return cls(
            row["name"], row["kind"], row["title"], orjson.loads(row["settings"]), orjson.loads(row["card"]),
            row["people"], row["made_at"],
        )  # fmt: skip


class Scores:
    """The scores of one graph: a value stands with the person; segments that ask for it are told of every change.

    Attributes:
        guards: are told name, kind and settings (JSON) before a score is kept, and refuse it by raising.
    """

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline) -> None:
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self.guards: list[Callable[[str, str, str], Awaitable[None]]] = []

    async def all(self) -> tuple[Score, ...]:
        """Return the scores by name."""
        return tuple(Score.of(row) for row in await self._graph.read("scores.all"))

    async def get(self, name: str) -> Score:
        """Return one.

        Raises:
            ScoreNotFoundError: there is none of that name.
        """
        found = await self.all()
        for one in found:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in found) or "none"
        raise ScoreNotFoundError(f"There is no score {name}; there is {names}.", name=name)

    async def keep(
        self,
        name: str,
        values: Mapping[str, float],
        *,
        kind: str,
        title: str,
        settings: Mapping[str, Any],
        card: Mapping[str, Any],
    ) -> Score:
        """Keep a score of everybody, in place of an earlier one; who has no value now has none any more.

        Values are rounded to four digits; a page of people is a transaction, in which their segments follow.

        Args:
            name: snake_case; not that of a computed attribute.
            values: by profile id.
            kind, title, settings, card: as in `Score`.

        Raises:
            InvalidInputError: it is no name.
            ConflictError: a computed attribute or a score of another kind has that name.
        """
        check_name(name)
        if await self._graph.read("scores.taken", name=name, kind=kind):
            raise ConflictError(
                f"{name} is a computed attribute or another kind of score already; choose another name.", name=name
            )
        made_with = orjson.dumps(settings).decode()
        for guard in self.guards:
            await guard(name, kind, made_with)
        await self._graph.write(
            "scores.save", name=name, kind=kind, title=title, settings=made_with,
            card=orjson.dumps(card).decode(), people=len(values), at=self._clock.now(),
        )  # fmt: skip
        await self._set(name, values)
        _log.info("scores.kept", score=name, kind=kind, people=len(values))
        return await self.get(name)

    async def remove(self, name: str) -> None:
        """Forget a score and its values.

        Raises:
            ScoreNotFoundError: there is none of that name.
            ConflictError: a segment asks for it.
        """
        await self.get(name)
        if users := await asking_for(self._graph, name):
            raise ConflictError(f"Score {name} is asked for by {', '.join(users)}; change them first.", name=name)
        await self._set(name, {})
        await self._graph.write("scores.remove", name=name)

    async def _set(self, name: str, values: Mapping[str, float]) -> None:
        property = PREFIX + name
        async for page in pages(self._graph, AT_ONCE):

            async def work(tx: Transaction, ids: list[str] = page) -> None:
                async with without_facts(tx, self._pipeline.writer, ids, self._clock.now()) as touched:
                    held = dict(await tx.rows("scores.held", ids=ids, property=property))
                    wanted = {id: None if id not in values else round(values[id], DIGITS) for id in held}
                    rows = [[id, {property: value}] for id, value in wanted.items() if value != held[id]]
                    if rows:
                        await tx.consume("scores.write", rows=rows)
                        for id, _ in rows:
                            touched.changed(id, [name])
                        for wake in self._pipeline.wakes:
                            await wake(tx, touched)

            await self._graph.transact(work)
