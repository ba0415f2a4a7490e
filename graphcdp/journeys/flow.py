"""Flow and paths: what happens before and after an event, the ways people take, and what follows what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require, require_gap
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Flow as Sankey
from graphcdp.pictures import Picture, bars, heat, sankey

if TYPE_CHECKING:
    import pandas as pd

ENTRY, EXIT, OTHER = "(entry)", "(exit)", "(other)"
MOST_PLACES, MOST_TOP, MOST_PATHS = 20, 50, 1_000


@dataclass(frozen=True, slots=True)
class FlowRule:
    """Which stretch of people's events, and how it is told.

    Attributes:
        anchor: events in the segment language that the stretch lies around; None: from the first event of a sequence
            (with `last` from its last one).
        anchor_at: the `first` such event of each sequence, or the `last`.
        before, after: so many places before and after it.
        item: the property of events that tells a place; events without it are left out.
        collapse: equal neighbours are one place.
        session_gap_seconds: sequences are sessions, which a silence of so long ends; None: all events of a person.
    """

    anchor: str | None = None
    anchor_at: Literal["first", "last"] = "first"
    before: int = 0
    after: int = 5
    item: str = "type"
    collapse: bool = False
    session_gap_seconds: int | None = None

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: it asks for what cannot be.
            RuleError: the anchor cannot be read.
        """
        require(
            self.before >= 0 and self.after >= 0 and 1 <= self.before + self.after <= MOST_PLACES,
            f"The flow goes {self.before} places back and {self.after} on; together they are 1 to {MOST_PLACES}.",
            field="after",
            limit=MOST_PLACES,
        )
        require(
            self.anchor_at in ("first", "last"),
            f"`anchor_at` is `{self.anchor_at}`; it is `first` or `last`.",
            field="anchor_at",
        )
        return {
            "anchor": None if self.anchor is None else EventChoice.read(self.anchor, now).data(),
            "anchor_at": self.anchor_at,
            "before": self.before,
            "after": self.after,
            **_telling(self.item, self.collapse, self.session_gap_seconds),
        }


class Link(NamedTuple):
    """How many sequences go from one place to the next.

    Attributes:
        step: where it begins, counted from the anchor (0).
        source, target: what is at its ends; `(entry)`, `(exit)`, and `(other)` for what is too rare to be shown.
        sequences: how many.
    """

    step: int
    source: str
    target: str
    sequences: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens before and after an event.

    Attributes:
        links: by place, the strongest first; empty where nobody did it. As many go into a place as come out.
        sequences: how many there are in total.
        rules: what it was computed under.
    """

    links: tuple[Link, ...]
    sequences: int
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a Sankey picture of the sequences."""
        links = [Sankey(one.step, one.source, one.target, one.sequences) for one in self.links]
        return sankey(links, title="Flow", subtitle="sequences")

    def frame(self) -> pd.DataFrame:
        """Return a row a link, by step, source and target, with the share of what leaves its source there."""
        import pandas as pd

        frame = pd.DataFrame(list(self.links), columns=list(Link._fields))
        frame["share"] = frame["sequences"] / frame.groupby(["step", "source"])["sequences"].transform("sum")
        return frame.set_index(["step", "source", "target"])


@dataclass(frozen=True, slots=True)
class Path:
    """A way that people take.

    Attributes:
        path: its places; with `(entry)` and `(exit)` where a sequence begins before, and ends.
        sequences, people: how many sequences take it, of how many people.
        share: of all sequences.
    """

    path: tuple[str, ...]
    sequences: int
    people: int
    share: float


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways that most sequences take.

    Attributes:
        paths: the most frequent first.
        sequences: how many there are in total.
        rules: what they were computed under.
    """

    paths: tuple[Path, ...]
    sequences: int
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: sequences a path, the most frequent first."""
        rows = [{"path": " → ".join(one.path), "sequences": one.sequences, "people": one.people} for one in self.paths]
        return bars(rows, title="Paths", label="path", value="sequences", axis="sequences")

    def frame(self) -> pd.DataFrame:
        """Return a row a path, by its places."""
        import pandas as pd

        rows = [[" → ".join(one.path), one.sequences, one.people, one.share] for one in self.paths]
        return pd.DataFrame(rows, columns=["path", "sequences", "people", "share"]).set_index("path")


class Transition(NamedTuple):
    """What follows what.

    Attributes:
        source, target: `(entry)` and `(exit)` stand for the ends of a sequence.
        times: how often.
        people: how many of them.
        mean_seconds: between the two, on average; None at the ends of a sequence.
        sessions: in how many it was; None where events are not cut into sessions.
    """

    source: str
    target: str
    times: int
    people: int
    mean_seconds: float | None
    sessions: int | None


@dataclass(frozen=True, slots=True)
class Transitions:
    """The graph of what follows what.

    Attributes:
        edges: the most frequent first.
        rules: what it was computed under.
    """

    edges: tuple[Transition, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: how often what (a row) was followed by what (a column)."""
        rows = [{"from": one.source, "to": one.target, "value": one.times} for one in self.edges]
        return heat(rows, title="Transitions", x="to", y="from", form=",")

    def frame(self) -> pd.DataFrame:
        """Return a row an edge, by source and target."""
        import pandas as pd

        return pd.DataFrame(list(self.edges), columns=list(Transition._fields)).set_index(["source", "target"])


class PathPerson(NamedTuple):
    """Someone who took a path: who (a profile's id, or an identity's key), whose, in how many sequences."""

    who: str
    profile_id: str
    sequences: int


class FlowAnalysis(Analysis):
    """Flow, paths, transitions, and the people behind them."""

    async def flow(
        self,
        selection: Selection = EVERYTHING,
        rule: FlowRule | None = None,
        *,
        top_n: int = 10,
        min_share: float = 0.0,
    ) -> Flow:
        """Say what happens before and after an event.

        Args:
            selection: whose events, and which.
            rule: around what, how far, told how.
            top_n: so many items a place; the others are `(other)`.
            min_share: an item of less than this share of its place is `(other)` too.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        rule = rule or FlowRule()
        require(1 <= top_n <= MOST_TOP, f"`top_n` is {top_n}; it is 1 to {MOST_TOP}.", field="top_n", limit=MOST_TOP)
        require(0 <= min_share < 1, f"`min_share` is {min_share}; it is from 0 to below 1.", field="min_share")
        inputs, chosen = rule.inputs(self._clock.now()), await self.chosen(selection, alone=None)
        rows, rules = await self.spoken(
            "journey.flow", selection, chosen, **inputs, top_n=top_n, min_share=float(min_share)
        )
        links = tuple(Link(*row) for row in rows)
        # every sequence passes the anchor once, so it is counted on one of the anchor's sides
        side = 0 if rule.after else -1
        total = sum(one.sequences for one in links if one.step == side)
        return Flow(links, total, {**asdict(rule), "top_n": top_n, "min_share": min_share, **rules})

    async def paths(self, selection: Selection = EVERYTHING, rule: FlowRule | None = None, *, most: int = 50) -> Paths:
        """Return the paths that most sequences take.

        Args:
            selection: whose events, and which.
            rule: around what, how far, told how; with `before` 0 and no anchor whole sequences from their beginning.
            most: at most so many paths.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        rule = rule or FlowRule()
        require(1 <= most <= MOST_PATHS, f"`most` is {most}; it is 1 to {MOST_PATHS}.", field="most", limit=MOST_PATHS)
        inputs, chosen = rule.inputs(self._clock.now()), await self.chosen(selection, alone=None)
        rows, rules = await self.spoken("journey.paths", selection, chosen, **inputs, most=most)
        found = tuple(Path(tuple(path), many, people, many / total) for path, many, people, total in rows)
        return Paths(found, rows[0][3] if rows else 0, {**asdict(rule), **rules})

    async def path_people(
        self,
        taken: tuple[str, ...],
        selection: Selection = EVERYTHING,
        rule: FlowRule | None = None,
        *,
        step: int = 0,
        first: int = 100,
        after: str | None = None,
    ) -> Page[PathPerson]:
        """Return the people behind a path, a link or a place, by id.

        Args:
            taken: items at neighbouring places, not folded: one of a place, two of a link, more of a path.
            selection, rule: of the flow.
            step: the place of the first one, counted from the anchor.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
        """
        require(bool(taken) and OTHER not in taken, "Name what was passed; `(other)` is no item.", field="taken")
        rule = rule or FlowRule()
        inputs, chosen = rule.inputs(self._clock.now()), await self.chosen(selection, alone=None)
        rows = await self._graph.read_rows(
            "journey.path_people",
            **inputs,
            **chosen.inputs,
            taken=list(taken),
            at_step=step,
            after_who=read_id_cursor(after),
            page_size=first + 1,
        )
        found = [PathPerson(*row) for row in rows[:first]]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)

    async def transitions(
        self,
        selection: Selection = EVERYTHING,
        *,
        item: str = "type",
        collapse: bool = False,
        session_gap_seconds: int | None = None,
        most: int = 500,
    ) -> Transitions:
        """Return what follows what, how often and after how long.

        Args:
            selection: whose events, and which.
            item, collapse, session_gap_seconds: as of `FlowRule`.
            most: at most so many edges.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        require(1 <= most <= MOST_PATHS, f"`most` is {most}; it is 1 to {MOST_PATHS}.", field="most", limit=MOST_PATHS)
        inputs, chosen = _telling(item, collapse, session_gap_seconds), await self.chosen(selection, alone=None)
        rows, told = await self.spoken("journey.transitions", selection, chosen, **inputs, most=most)
        rules = {"item": item, "collapse": collapse, "session_gap_seconds": session_gap_seconds, **told}
        return Transitions(tuple(Transition(*row) for row in rows), rules)


def _telling(item: str, collapse: bool, session_gap_seconds: int | None) -> dict[str, Any]:
    require_gap(session_gap_seconds)
    return {"item": node_property(item), "collapse": collapse, "session_gap_seconds": session_gap_seconds}
