"""Lifecycle and stickiness: how the active people of a period come about, and how often people are active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.journeys.choice import EventChoice, require, types_of
from graphcdp.journeys.drivers import require_window
from graphcdp.journeys.periods import MOST_PERIODS, Calendar
from graphcdp.journeys.retention import Count
from graphcdp.journeys.selection import EVERYTHING, Analysis, Chosen, Selection
from graphcdp.pictures import Picture, bars, lines

if TYPE_CHECKING:
    import pandas as pd

LifecycleState = Literal["new", "returning", "resurrecting", "dormant", "active"]
STATES: tuple[LifecycleState, ...] = get_args(LifecycleState)


class Activity(NamedTuple):
    """How many sessions or events in a period are of people who are new, returning, or resurrecting there."""

    new: int
    returning: int
    resurrecting: int


@dataclass(frozen=True, slots=True)
class LifecyclePeriod:
    """A period.

    Attributes:
        start: its first day.
        new: people whose first active period ever it is; what was before the range counts.
        returning: active in the period before, too.
        resurrecting: active now and earlier, but not in the period before.
        dormant: active in the period before and not now.
        people: active now: new, returning and resurrecting together.
        complete: whether it is over; else some of the dormant may still come.
        sessions: of those active, by state; their activity is cut at silences of it, and a session counts in every
            period that it touches.
        events: likewise.
    """

    start: date
    new: int
    returning: int
    resurrecting: int
    dormant: int
    people: int
    complete: bool
    sessions: Activity
    events: Activity

    def counted(self, count: Literal["sessions", "events"]) -> Activity:
        """Return the one or the other."""
        return self.sessions if count == "sessions" else self.events


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The periods of a range.

    Attributes:
        periods: in order, without a gap; empty where nobody was ever active.
        rules: what they were computed under.
    """

    periods: tuple[LifecyclePeriod, ...]
    rules: Mapping[str, Any] = field(repr=False)

    def plot(self) -> Picture:
        """Return it as a picture: people of each class over time; the dormant below zero."""
        rows = [
            {
                "start": one.start.isoformat(),
                "series": name,
                "people": -one.dormant if name == "dormant" else getattr(one, name),
            }
            for one in self.periods
            for name in ("new", "returning", "resurrecting", "dormant")
        ]
        return lines(rows, [("people", "people")], title="Lifecycle")

    def frame(self, count: Count = "people") -> pd.DataFrame:
        """Return a row a period by its first day.

        Args:
            count: `people`, the dormant as a negative number, as they are drawn; or how many `sessions` or `events` are
                of the new, the returning and the resurrecting (the dormant have none), and of all (`total`).
        """
        import pandas as pd

        if count == "people":
            rows = [{**asdict(one), "dormant": -one.dormant} for one in self.periods]
            columns = ["new", "returning", "resurrecting", "dormant", "people", "complete"]
        else:
            rows = [
                {**of._asdict(), "total": sum(of), "complete": one.complete}
                for one in self.periods
                for of in (one.counted(count),)
            ]
            columns = ["new", "returning", "resurrecting", "total", "complete"]
        index = pd.DatetimeIndex([one.start for one in self.periods], name="period")
        return pd.DataFrame(rows, columns=columns, index=index)


@dataclass(frozen=True, slots=True)
class StickinessStep:
    """People who were active in `periods` different periods, those who were in so many or more, and what they did.

    Attributes:
        periods: how many.
        people: active in exactly so many.
        at_least: active in so many or more.
        sessions, events: of those active in exactly so many, their activity in the range.
    """

    periods: int
    people: int
    at_least: int
    sessions: int
    events: int


@dataclass(frozen=True, slots=True)
class Stickiness:
    """How often people were active.

    Attributes:
        steps: from 1 period on; empty where nobody was active.
        rules: what they were computed under.
    """

    steps: tuple[StickinessStep, ...]
    rules: Mapping[str, Any] = field(repr=False)

    def plot(self) -> Picture:
        """Return it as a picture: people by the number of periods in which they were active."""
        rows = [{"periods": str(one.periods), "people": one.people} for one in self.steps]
        return bars(rows, title="Stickiness", label="periods", value="people", axis="people")

    def frame(self) -> pd.DataFrame:
        """Return a row a number of periods: `people`, `at_least`, its share of all, `sessions` and `events`."""
        import pandas as pd

        everybody = self.steps[0].at_least if self.steps else 0
        rows = [[one.people, one.at_least, one.at_least / everybody, one.sessions, one.events] for one in self.steps]
        index = pd.Index([one.periods for one in self.steps], name="periods")
        return pd.DataFrame(rows, columns=["people", "at_least", "share", "sessions", "events"], index=index)


@dataclass(frozen=True, slots=True)
class ActivePerson:
    """A person behind a number of `lifecycle`.

    Attributes:
        who: the profile's id, or the key of an identity where cookies are looked at.
        profile_id: whose.
        at, event: the first event in the period; None for the dormant.
        last_before: when the person was last active before the period.
    """

    who: str
    profile_id: str
    at: datetime | None
    event: str | None
    last_before: datetime | None


@dataclass(frozen=True, slots=True)
class StickyPerson:
    """A person behind a number of `stickiness`: in how many periods active, and the first and last time."""

    who: str
    profile_id: str
    periods: int
    first_at: datetime
    last_at: datetime


class LifecycleAnalysis(Analysis):
    """Lifecycle and stickiness, and the people behind their numbers."""

    async def lifecycle(
        self,
        selection: Selection = EVERYTHING,
        active: str = "any event",
        calendar: Calendar | None = None,
        *,
        gap_seconds: int = 1_800,
    ) -> Lifecycle:
        """Say how the active people of every period come about.

        Args:
            selection: whose events, and which; its period says which rows there are: periods that it touches.
            active: events that count as activity.
            calendar: what a period is.
            gap_seconds: a silence of activity of so long or longer ends a session.

        Raises:
            RuleError: the choice of events cannot be read.
            InvalidInputError: what is asked for cannot be.
        """
        calendar = calendar or Calendar()
        require_window(gap_seconds)
        chosen = await self.chosen(selection, alone="lifecycle")
        inputs = _inputs(active, calendar, chosen)
        rows = await self._graph.read("journey.lifecycle", gap_seconds=gap_seconds, **inputs, **chosen.inputs)
        require(
            len(rows) <= MOST_PERIODS,
            f"There are {len(rows)} periods; {MOST_PERIODS} are the most. Say where the range starts, or take a longer "
            "interval.",
            limit=MOST_PERIODS,
        )
        periods = tuple(
            LifecyclePeriod(*(*figures, Activity(*sessions), Activity(*events)))
            for *figures, sessions, events in (row.values() for row in rows)
        )
        return Lifecycle(periods, _rules(active, calendar, inputs, chosen, gap_seconds))

    async def lifecycle_people(
        self,
        period_start: date,
        state: LifecycleState,
        selection: Selection = EVERYTHING,
        active: str = "any event",
        calendar: Calendar | None = None,
        *,
        first: int = 100,
        after: str | None = None,
    ) -> Page[ActivePerson]:
        """Return the people behind a number of `lifecycle`, by `who`.

        Args:
            period_start: the first day of the period.
            state: `new`, `returning`, `resurrecting`, `dormant`, or `active`: all but the dormant.
            selection, active, calendar: as for `lifecycle`.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        require(state in STATES, f"There is no state `{state}`; there is {', '.join(STATES)}.", field="state")
        chosen = await self.chosen(selection, alone="people of the lifecycle")
        whose = {name: value for name, value in chosen.inputs.items() if name not in ("start_at", "end_at")}
        rows = await self._graph.read(
            "journey.lifecycle_people",
            **_inputs(active, calendar or Calendar(), chosen), **whose, period_start=period_start,
            state="fresh" if state == "new" else state, after_who=read_id_cursor(after), page_size=first + 1,
        )  # fmt: skip
        found = [ActivePerson(*row.values()) for row in rows[:first]]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)

    async def stickiness(
        self,
        selection: Selection = EVERYTHING,
        active: str = "any event",
        calendar: Calendar | None = None,
        *,
        gap_seconds: int = 1_800,
    ) -> Stickiness:
        """Say how many people were active in how many different periods of the selection's period.

        Args:
            selection: whose events, and which.
            active: events that count as activity.
            calendar: what a period is.
            gap_seconds: a silence of activity of so long or longer ends a session.

        Raises:
            RuleError: the choice of events cannot be read.
            InvalidInputError: what is asked for cannot be.
        """
        calendar = calendar or Calendar()
        require_window(gap_seconds)
        chosen = await self.chosen(selection, alone="stickiness")
        inputs = _inputs(active, calendar, chosen)
        rows = await self._graph.read("journey.stickiness", gap_seconds=gap_seconds, **inputs, **chosen.inputs)
        return Stickiness(
            tuple(StickinessStep(*row.values()) for row in rows), _rules(active, calendar, inputs, chosen, gap_seconds)
        )

    async def stickiness_people(
        self,
        low: int,
        high: int | None = None,
        selection: Selection = EVERYTHING,
        active: str = "any event",
        calendar: Calendar | None = None,
        *,
        first: int = 100,
        after: str | None = None,
    ) -> Page[StickyPerson]:
        """Return the people who were active in `low` to `high` periods (None: or more), by `who`.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        require(low >= 1, f"People are active in 1 period or more, not {low}.", field="low")
        chosen = await self.chosen(selection, alone="people of stickiness")
        rows = await self._graph.read(
            "journey.stickiness_people",
            **_inputs(active, calendar or Calendar(), chosen), **chosen.inputs, low=low, high=high,
            after_who=read_id_cursor(after), page_size=first + 1,
        )  # fmt: skip
        found = [StickyPerson(*row.values()) for row in rows[:first]]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)


def _inputs(active: str, calendar: Calendar, chosen: Chosen) -> dict[str, Any]:
    times = calendar.inputs(chosen.now)
    calendar.limit(chosen.inputs["start_at"], min(chosen.inputs["end_at"] or times["until"], times["until"]))
    choice = EventChoice.read(active, chosen.now)
    return {**times, "active": choice.data(), "types": types_of((choice,))}


def _rules(
    active: str, calendar: Calendar, inputs: Mapping[str, Any], chosen: Chosen, gap_seconds: int
) -> dict[str, Any]:
    return {
        "active": active, "gap_seconds": gap_seconds,
        "interval": calendar.interval, "zone": calendar.zone, "week_start": calendar.week_start,
        "observed_until": inputs["until"], **chosen.rules,
    }  # fmt: skip
