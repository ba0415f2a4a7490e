"""Retention: who comes back, cohort by cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from graphcdp.base import InvalidInputError
from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require, require_breakdown, types_of
from graphcdp.journeys.periods import MOST_PERIODS, Calendar
from graphcdp.journeys.selection import EVERYTHING, OF_PROFILE, Analysis, Chosen, Selection
from graphcdp.journeys.sessions import MOST_SECONDS
from graphcdp.pictures import Picture, heat

if TYPE_CHECKING:
    import pandas as pd

Measure = Literal["n_day", "unbounded", "bracket"]
Clock = Literal["calendar", "elapsed"]
CohortOf = Literal["recurring", "first_time"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
CLOCKS: tuple[Clock, ...] = get_args(Clock)
COHORTS: tuple[CohortOf, ...] = get_args(CohortOf)
Count = Literal["people", "sessions", "events"]
COUNTS: tuple[Count, ...] = get_args(Count)
MOST_CELLS, MOST_ROWS = 120, 100_000


class Bracket(NamedTuple):
    """Periods after the start, from `low` to `high`, both counted; `high` None: or later."""

    low: int
    high: int | None

    @property
    def label(self) -> str:
        """`3`, `3+` or `3-7`."""
        if self.high is None:
            return f"{self.low}+"
        return str(self.low) if self.high == self.low else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What counts as beginning and as coming back.

    Attributes:
        starts: events that begin: `signed up`, `purchased where revenue > 50`, `any event`.
        returns: events that count as coming back. Only those count that are not before the beginning; an event that is
            both is its own return in period 0.
        measure: `n_day` (in exactly that period), `unbounded` (in that one or later) or `bracket` (in any period of the
            brackets).
        periods: how many columns, period 0 included.
        brackets: (from, to) for `bracket`.
        clock: `calendar`: periods of the time zone; `elapsed`: spans of 24 hours (7 days for a week) since the
            beginning. A month has no length, so it is by calendar only.
        cohort: `recurring`: every period in which a person begins; `first_time`: only the first time ever.
        breakdown: count apart by this property of the event that begins, or by `profile.<attribute>`.
        gap_seconds: a silence of so long between returns begins another session of them.
    """

    starts: str = "any event"
    returns: str = "any event"
    measure: Measure = "n_day"
    periods: int = 8
    brackets: tuple[tuple[int, int], ...] = ()
    clock: Clock = "calendar"
    cohort: CohortOf = "recurring"
    breakdown: str | None = None
    gap_seconds: int = 1_800

    def columns(self) -> tuple[Bracket, ...]:
        """Return the columns.

        Raises:
            InvalidInputError: there are none, too many, or a bracket ends before it begins.
        """
        for name, word, words in (
            ("measure", self.measure, MEASURES),
            ("clock", self.clock, CLOCKS),
            ("cohort", self.cohort, COHORTS),
        ):
            require(word in words, f"There is no {name} `{word}`; there is {', '.join(words)}.", field=name)
        require(
            0 < self.gap_seconds <= MOST_SECONDS,
            f"`gap_seconds` is {self.gap_seconds}; it is from 1 to {MOST_SECONDS}.",
            field="gap_seconds",
        )
        if self.measure == "bracket":
            found = tuple(Bracket(low, high) for low, high in self.brackets)
            require(0 < len(found) <= MOST_CELLS, f"Say 1 to {MOST_CELLS} brackets, such as 1-3.", field="brackets")
            for one in found:
                require(
                    0 <= one.low <= (one.high or 0) <= MOST_PERIODS,
                    f"A bracket goes from a period to a later one, from 0 to {MOST_PERIODS}; not {one.low}-{one.high}.",
                    field="brackets",
                )
            return found
        require(
            1 <= self.periods <= MOST_CELLS,
            f"There are 1 to {MOST_CELLS} columns, not {self.periods}.",
            field="periods",
            limit=MOST_CELLS,
        )
        return tuple(Bracket(nr, None if self.measure == "unbounded" else nr) for nr in range(self.periods))


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people who began in one period.

    Attributes:
        start: the first day of the period.
        people: how many.
        returned: for each column, how many of them came back; None where that cannot be known yet.
        sessions: the same, in how many sessions together; counted for the sessions that a return lies in.
        events: the same, by how many returns together.
        value: of the breakdown, of the event that began; None where there is none, or it is unknown.
    """

    start: date
    people: int
    returned: tuple[int | None, ...]
    sessions: tuple[int | None, ...]
    events: tuple[int | None, ...]
    value: str | None = None

    def counted(self, count: Count, column: int) -> int | None:
        """How many came back, or in how many sessions, or by how many events."""
        return {"people": self.returned, "sessions": self.sessions, "events": self.events}[count][column]

    def rate(self, column: int) -> float | None:
        """The share that came back; None where it is not known, or nobody began."""
        came = self.returned[column]
        return None if came is None or not self.people else came / self.people


@dataclass(frozen=True, slots=True)
class Retention:
    """Who came back.

    Attributes:
        columns: the periods that a cell is about.
        cohorts: those that somebody is in, in order of time, with a breakdown by its value then.
        rules: what it was computed under.
    """

    columns: tuple[Bracket, ...]
    cohorts: tuple[Cohort, ...]
    rules: Mapping[str, Any] = field(repr=False)

    def average(self, column: int) -> float | None:
        """The share over all cohorts whose cell is known, each person counted once a cohort; None without any."""
        known = [one for one in self.cohorts if one.returned[column] is not None]
        people = sum(one.people for one in known)
        return sum(one.returned[column] or 0 for one in known) / people if people else None

    def plot(self) -> Picture:
        """Return it as a picture: a row a cohort, a column a period; what is not known yet stays white."""
        rows = [
            {"cohort": self._name(one), "period": column.label, "value": one.rate(number)}
            for one in self.cohorts
            for number, column in enumerate(self.columns)
        ]
        return heat(rows, title="Retention", x="period", y="cohort")

    def _name(self, one: Cohort) -> str:
        day = one.start.isoformat()
        return day if self.rules["breakdown"] is None else f"{one.value or '(unknown)'}, {day}"

    def frame(self, *, rates: bool = True, count: Count = "people") -> pd.DataFrame:
        """Return a row a cohort by its first day: `people`, then a column a period; what is not known is missing.

        With a breakdown its value comes first in the index.

        Args:
            rates: shares from 0 to 1 of people; else how many.
            count: where `rates` is false: how many people, sessions or events.
        """
        import pandas as pd

        rates = rates and count == "people"
        labels = [one.label for one in self.columns]
        rows = [
            [
                one.people,
                *(one.rate(nr) if rates else one.counted(count, nr) for nr in range(len(self.columns))),
            ]
            for one in self.cohorts
        ]
        index: pd.Index[Any] = pd.DatetimeIndex([one.start for one in self.cohorts], name="cohort")
        if self.rules["breakdown"] is not None:
            index = pd.MultiIndex.from_arrays([[one.value for one in self.cohorts], index], names=["value", "cohort"])
        frame = pd.DataFrame(rows, columns=["people", *labels], index=index)
        kinds: dict[str, Any] = {"people": "int64", **dict.fromkeys(labels, "Float64" if rates else "Int64")}
        return frame.astype(kinds)


@dataclass(frozen=True, slots=True)
class Returned:
    """A person behind a number.

    Attributes:
        who: the profile's id, or the key of an identity where cookies are looked at.
        profile_id: whose.
        started_at, start_event: the event that began it.
        returned_at, return_event: the first event that counts as the return; None where there is none.
    """

    who: str
    profile_id: str
    started_at: datetime
    start_event: str
    returned_at: datetime | None
    return_event: str | None


class RetentionAnalysis(Analysis):
    """Retention, and the people behind its numbers."""

    async def retention(
        self, selection: Selection = EVERYTHING, rule: RetentionRule | None = None, calendar: Calendar | None = None
    ) -> Retention:
        """Say who came back.

        Args:
            selection: whose events, and which; beginnings lie in its period, returns may come after its end.
            rule: what counts as beginning and as coming back.
            calendar: what a period is.

        Returns:
            A row a cohort, a column a period; a cell whose last day is not over is None, never 0.

        Raises:
            RuleError: a choice of events cannot be read.
            InvalidInputError: what is asked for cannot be.
        """
        rule, calendar = rule or RetentionRule(), calendar or Calendar()
        columns = rule.columns()
        chosen = await self.chosen(selection, alone=None)
        inputs = _inputs(rule, calendar, chosen)
        rows, told = await self.spoken(
            "journey.retention", selection, chosen,
            **inputs, measure=rule.measure, periods=len(columns), brackets=[list(one) for one in columns],
            gap_seconds=rule.gap_seconds,
        )  # fmt: skip
        rows = [[row[0] if isinstance(row[0], date) else row[0].to_native(), *row[1:]] for row in rows]
        rules = {
            "starts": rule.starts, "returns": rule.returns, "measure": rule.measure, "clock": rule.clock,
            "cohort": rule.cohort, "breakdown": rule.breakdown, "gap_seconds": rule.gap_seconds,
            "cut_off": len(rows) >= MOST_ROWS, "interval": calendar.interval, "zone": calendar.zone,
            "week_start": calendar.week_start, "observed_until": inputs["until"],
            "returns_count_from": "the first start of the period", "ties": "event id", **told,
        }  # fmt: skip
        return Retention(columns, _cohorts(rows, columns), rules)

    async def retention_people(
        self,
        cohort_start: date,
        column: int | None = None,
        selection: Selection = EVERYTHING,
        rule: RetentionRule | None = None,
        calendar: Calendar | None = None,
        *,
        came_back: bool = True,
        value: str | None = None,
        first: int = 100,
        after: str | None = None,
    ) -> Page[Returned]:
        """Return the people behind a number of `retention`, by `who`.

        Args:
            cohort_start: the first day of the cohort's period.
            column: which column, from 0; None: the whole cohort.
            selection, rule, calendar: as for `retention`.
            came_back: those who came back; else those who did not.
            value: only of this value of the breakdown.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        rule, calendar = rule or RetentionRule(), calendar or Calendar()
        columns = rule.columns()
        require(
            column is None or 0 <= column < len(columns),
            f"There are columns 0 to {len(columns) - 1}, not {column}.",
            field="column",
        )
        low, high = (None, None) if column is None else columns[column]
        require_breakdown(value, rule.breakdown)
        chosen = await self.chosen(selection, alone=None)
        rows = plain_rows(
            await self._graph.read(
                "journey.retention_people",
                **_inputs(rule, calendar, chosen), **chosen.inputs, cohort_start=cohort_start, low=low, high=high,
                value_is=value, came_back=came_back, after_who=read_id_cursor(after), page_size=first + 1,
            )
        )  # fmt: skip
        found = [Returned(*row) for row in rows[:first]]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)


def plain_rows(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return rows as lists of plain values in the order of their columns; dates are dates."""
    return [list(row.values()) for row in rows]


def _inputs(rule: RetentionRule, calendar: Calendar, chosen: Chosen) -> dict[str, Any]:
    if rule.clock == "elapsed" and calendar.interval == "month":
        raise InvalidInputError("A month has no fixed length: take `calendar`, or days or weeks.", field="clock")
    times = calendar.inputs(chosen.now)
    calendar.limit(chosen.inputs["start_at"], min(chosen.inputs["end_at"] or times["until"], times["until"]))
    starts, returns = EventChoice.read(rule.starts, chosen.now), EventChoice.read(rule.returns, chosen.now)
    return {
        **times,
        "starts": starts.data(),
        "returns": returns.data(),
        "types": types_of((starts, returns)),
        "clock": rule.clock,
        "cohort": rule.cohort,
        "breakdown": rule.breakdown
        if rule.breakdown is None or rule.breakdown.startswith(OF_PROFILE)
        else node_property(rule.breakdown),
    }


def _cohorts(rows: Sequence[Sequence[Any]], columns: Sequence[Bracket]) -> tuple[Cohort, ...]:
    """Put the cells of a cohort together."""
    cells: dict[tuple[date, str | None], tuple[int, dict[tuple[int, int | None], Sequence[int | None]]]] = {}
    for start, value, people, low, high, *counts, _ in rows:
        cells.setdefault((start, value), (people, {}))[1][low, high] = counts
    nothing = (None, None, None)
    found = []
    for (start, value), (people, counted) in cells.items():
        returned, sessions, events = zip(*(counted.get((one.low, one.high), nothing) for one in columns), strict=True)
        found.append(Cohort(start, people, returned, sessions, events, value))
    return tuple(found)
