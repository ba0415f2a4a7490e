"""Suggestions that two people are one: made by likelihood, answered by a person; never a silent merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import perf_counter
from typing import Any, Self

import anyio
import orjson

from graphcdp.base import Clock, ConflictError, NotFoundError, logger
from graphcdp.base.ids import random_id
from graphcdp.base.paging import Page, read_score_cursor, score_cursor
from graphcdp.graph import Graph
from graphcdp.identity.decisions.decision import Author, Decision
from graphcdp.identity.decisions.undo import Undo
from graphcdp.identity.people.likely import Factor, LikelyPair, PersonRecord, likely_pairs

_PAGE = 5_000
_log = logger(__name__)


class SuggestionNotFoundError(NotFoundError):
    """There is no such suggestion."""

    code = "suggestion_not_found"


class SuggestionState(StrEnum):
    """What became of a suggestion."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two people who may be one.

    Attributes:
        id: of the suggestion.
        left_id, right_id: profile ids, smaller first.
        probability: that they are one person, 0 to 1.
        state: what a person said.
        waterfall: the prior, then what each field says for it (above 0) or against it, in bits.
        suggested_at: when it was first made.
        answered_at, answered_by: when and by whom it was answered.
    """

    id: str
    left_id: str
    right_id: str
    probability: float
    state: SuggestionState
    waterfall: tuple[Factor, ...]
    suggested_at: datetime
    answered_at: datetime | None
    answered_by: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.likely_same`."""
        return cls(
            row["id"],
            row["left_id"],
            row["right_id"],
            row["probability"],
            SuggestionState(row["state"]),
            tuple(Factor(*each) for each in orjson.loads(row["waterfall"])),
            row["suggested_at"],
            row["answered_at"],
            row["answered_by"],
        )

    def sentence(self) -> str:
        """Say it in plain English, without anybody's data."""
        fields = [factor for factor in self.waterfall if factor.field != "prior"]
        pro = [each.field.replace("_", " ") for each in sorted(fields, key=lambda f: -f.bits) if each.bits > 0]
        con = [each.field.replace("_", " ") for each in sorted(fields, key=lambda f: f.bits) if each.bits < 0]
        told = f"{self.left_id} and {self.right_id} are one person with a probability of {self.probability:.1%}"
        told += f": {', '.join(pro)} speak for it" if pro else ""
        return told + (f", {', '.join(con)} against it." if con else ".")


@dataclass(frozen=True, slots=True)
class SuggestionRun:
    """What a run found.

    Attributes:
        people: how many were compared.
        found: pairs at least as likely as the threshold.
        waiting: of these, how many wait for an answer.
        dropped: earlier suggestions that no longer hold.
        seconds: how long it took.
    """

    people: int
    found: int
    waiting: int
    dropped: int
    seconds: float


class Suggestions:
    """Makes suggestions over the whole graph and carries out the answers."""

    def __init__(self, graph: Graph, undo: Undo, clock: Clock) -> None:
        self._graph = graph
        self._undo = undo
        self._clock = clock

    async def run(self, *, threshold: float = 0.9) -> SuggestionRun:
        """Compare everybody of whom something is known, and propose those who may be one person.

        What a person refused or accepted before stays answered. Nothing is merged.

        Args:
            threshold: only pairs at least this likely, 0.5 to 1.

        Raises:
            ConfigurationError: Splink is not installed (`pip install 'graphcdp[suggest]'`).
            InvalidInputError: too few people to train on, or a threshold that is no such probability.
        """
        began = perf_counter()
        people = await self._people()
        pairs = await anyio.to_thread.run_sync(lambda: likely_pairs(people, threshold=threshold))
        run, waiting = random_id("run"), 0
        for start in range(0, len(pairs), _PAGE):
            rows = [_row(pair) for pair in pairs[start : start + _PAGE]]
            saved = await self._graph.write("identity.likely_save", rows=rows, run=run, known_at=self._clock.now())
            waiting += saved[0]["open"]
        dropped = (await self._graph.write("identity.likely_outdated", run=run))[0]["dropped"]
        seconds = round(perf_counter() - began, 3)
        _log.info("suggested", people=len(people), pairs=len(pairs), seconds=seconds)
        return SuggestionRun(len(people), len(pairs), waiting, dropped, seconds)

    async def page(
        self, first: int = 20, after: str | None = None, *, state: SuggestionState = SuggestionState.PROPOSED
    ) -> Page[Suggestion]:
        """Return suggestions of one state, the most likely first (ties by id).

        Args:
            first: at most so many.
            after: cursor of the last one already seen.
            state: which.

        Raises:
            InvalidInputError: the cursor is none of this list.
        """
        before, after_id = read_score_cursor(after)
        rows = await self._graph.read(
            "identity.likely_same",
            state=state.value,
            page_size=first + 1,
            before_probability=before,
            after_id=after_id,
        )
        found = [Suggestion.of(row) for row in rows[:first]]
        return Page([(each, score_cursor(each.probability, each.id)) for each in found], more=len(rows) > first)

    async def get(self, id: str) -> Suggestion:
        """Return one suggestion.

        Raises:
            SuggestionNotFoundError: there is none of this id.
        """
        rows = await self._graph.read("identity.likely_find", id=id)
        if not rows:
            raise SuggestionNotFoundError(
                f"There is no suggestion {id}. A later run may have taken it back: list them anew.", id=id
            )
        return Suggestion.of(rows[0])

    async def accept(self, id: str, author: Author) -> Decision:
        """Merge the two people of a suggestion, as a person's decision that can be undone.

        Raises:
            SuggestionNotFoundError: there is none of this id.
            ConflictError: it was answered before, or a unique namespace forbids the merge (the sentence names it).
        """
        suggestion = await self._open(id)
        reason = author.reason or f"Suggestion {id}, probability {suggestion.probability:.3f}"
        done = await self._undo.merge(suggestion.left_id, suggestion.right_id, Author(author.name, reason))
        await self._answer(id, SuggestionState.ACCEPTED, author)
        return done

    async def refuse(self, id: str, author: Author) -> Suggestion:
        """Say that the two people of a suggestion are two; it is not proposed again.

        Raises:
            SuggestionNotFoundError: there is none of this id.
            ConflictError: it was answered before.
        """
        await self._open(id)
        await self._answer(id, SuggestionState.REFUSED, author)
        return await self.get(id)

    async def _open(self, id: str) -> Suggestion:
        suggestion = await self.get(id)
        if suggestion.state is not SuggestionState.PROPOSED:
            raise ConflictError(
                f"The suggestion {id} was {suggestion.state.value} before, by {suggestion.answered_by}. "
                "To take an accepted one back, undo the merge.",
                field="id",
            )
        return suggestion

    async def _answer(self, id: str, state: SuggestionState, author: Author) -> None:
        await self._graph.write(
            "identity.likely_answer", id=id, state=state.value, answered_by=author.name, known_at=self._clock.now()
        )

    async def _people(self) -> list[PersonRecord]:
        people: list[PersonRecord] = []
        last = ""
        while True:
            rows = await self._graph.read("identity.likely_people", after=last, page_size=_PAGE)
            people.extend(PersonRecord(**{name: row[name] for name in PersonRecord._fields}) for row in rows)
            if len(rows) < _PAGE:
                return people
            last = rows[-1]["id"]


def _row(pair: LikelyPair) -> list[Any]:
    waterfall = orjson.dumps([list(factor) for factor in pair.waterfall]).decode()
    return [pair.left, pair.right, pair.probability, waterfall, random_id("sug")]
