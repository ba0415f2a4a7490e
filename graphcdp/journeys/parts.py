"""The same analysis part by part: for each value of an attribute, of a property of events, or for each segment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import OF_DEVICE, require
from graphcdp.journeys.comparing import Answer, require_figures
from graphcdp.journeys.progress import part_of
from graphcdp.journeys.selection import EVERYTHING, OF_PROFILE, Analysis, Part, Selection

if TYPE_CHECKING:
    import pandas as pd

Of = TypeVar("Of", bound=Answer)
MOST_PARTS = 50


@dataclass(frozen=True, slots=True)
class Share(Generic[Of]):
    """A part, and the answer for it alone.

    Attributes:
        part: what it is.
        people: how many people (or cookies) with selected events are in it.
        events: how many of the selected events.
        answer: of the analysis.
    """

    part: Part
    people: int
    events: int
    answer: Of


@dataclass(frozen=True, slots=True)
class Parts(Generic[Of]):
    """An analysis part by part.

    Attributes:
        by: what parts have in common.
        shares: of a property of events those with the most events first, else those with the most people.
        left_out: how many more values there are.
    """

    by: str
    shares: tuple[Share[Of], ...]
    left_out: int

    @property
    def rules(self) -> Mapping[str, Any]:
        """What the answers were computed under, and how they were cut."""
        shared = dict(self.shares[0].answer.rules) if self.shares else {}
        return {**shared, "part": None, "parts_by": self.by, "parts_left_out": self.left_out}

    def frame(self) -> pd.DataFrame:
        """Return the tables of all parts, one below the other; the first level of the index is the part."""
        import pandas as pd

        tables = {one.part.label: one.answer.frame() for one in self.shares}
        return pd.concat(tables, names=[self.by]) if tables else pd.DataFrame(index=pd.Index([], name=self.by))


def _cut(by: str) -> dict[str, str | None]:
    for before, of_what in ((OF_PROFILE, "profile"), (OF_DEVICE, "device")):
        if by.startswith(before):
            return {"of_what": of_what, "property": by.removeprefix(before)}
    return {"of_what": "segment", "property": None} if by == "segment" else {
        "of_what": "event", "property": node_property(by)
    }  # fmt: skip


class PartsAnalysis(Analysis):
    """Asks any question for each part."""

    async def parts(
        self, by: str, selection: Selection = EVERYTHING, *, most: int = 10
    ) -> tuple[tuple[tuple[Part, int, int], ...], int]:
        """Return the parts that a selection falls into, each with its people and events, and how many more there are.

        Args:
            by: `channel`, `device.kind` or another property of events (a part are the events with one value, whoever
                did them), `profile.loyalty_tier` or another attribute (a part are people), or `segment` (whose parts
                overlap).
            selection: whose events, and which.
            most: at most so many.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        require(1 <= most <= MOST_PARTS, f"There are 1 to {MOST_PARTS} parts, not {most}.", field="most", limit=50)
        require(selection.part is None, "A part is not cut again: narrow the selection instead.", field="by")
        chosen = await self.chosen(selection, alone=None)
        if by.startswith(OF_PROFILE):  # an attribute that is not there is told now, with the nearest one
            await self.chosen(replace(selection, part=Part(by, None)), alone=None)
        rows = await self._graph.read_rows(
            "journey.parts",
            **_cut(by),
            most=most,
            **chosen.inputs,
        )
        found = tuple((Part(by, value), people, events) for value, people, events, _ in rows)
        return found, rows[0][3] - len(rows) if rows else 0

    async def by_part(
        self, ask: Callable[[Selection], Awaitable[Of]], by: str, selection: Selection = EVERYTHING, *, most: int = 10
    ) -> Parts[Of]:
        """Put a question for each part of a selection.

            await journeys.by_part(lambda whose: journeys.retention(whose), "profile.loyalty_tier")

        Args:
            ask: puts the question for a selection.
            by, selection, most: as of `parts`.

        Raises:
            InvalidInputError: what is asked for cannot be, or it lists people.
        """
        found, left_out = await self.parts(by, selection, most=most)
        shares = []
        for number, (part, people, events) in enumerate(found):
            with part_of(number, len(found), f"{by} {part.label}"):
                answer = await ask(replace(selection, part=part))
            require_figures(answer)
            shares.append(Share(part, people, events, answer))
        return Parts(by, tuple(shares), left_out)
