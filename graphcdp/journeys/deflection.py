"""Call deflection: which self-service keeps people from calling, what drives calls, and what is done before one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from graphcdp.base.paging import Page, numbered_cursor, read_numbered_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.drivers import MOST_FIELDS, DriverAnalysis, DriverRule, Drivers, Label, require_window
from graphcdp.journeys.retention import Count
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

Period = Literal["day", "week", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)
WEEK_SECONDS = 7 * 86_400
MOST_STEPS, MOST_PATHS = 10, 1_000


@dataclass(frozen=True, slots=True)
class DeflectionRule:
    """What is self-service, and what a call.

    Attributes:
        self_service: events in the segment language.
        calls: likewise.
        content: the property of self-service events that says what was looked at.
        window_seconds: a call counts for so long after the last self-service event of a session.
        gap_seconds: a silence of so long or longer ends a session.
    """

    self_service: str = "viewed help"
    calls: str = "called"
    content: str = "content"
    window_seconds: int = WEEK_SECONDS
    gap_seconds: int = 1_800

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: a length is none.
            RuleError: the events cannot be read.
        """
        require_window(self.window_seconds)
        require_window(self.gap_seconds)
        return {
            "self_service": EventChoice.read(self.self_service, now).data(),
            "calls": EventChoice.read(self.calls, now).data(),
            "field": node_property(self.content),
            "window_seconds": self.window_seconds,
            "gap_seconds": self.gap_seconds,
        }


@dataclass(frozen=True, slots=True)
class DeflectionGroup:
    """Self-service sessions that have something in common.

    Attributes:
        content: what was looked at; None where all are counted together.
        since: the first day of the period, ISO; None where all are counted together.
        sessions: how many.
        escalated: after which the person called within the window.
        contained: after which not. That is not the same as solved.
        deflection_rate: contained over sessions.
        repeats: after which the same person helped itself again within the window.
        calls_after_self_service: calls within the window, each counted for the last session before it.
        people: how many.
        people_escalated: how many of them called after one of these sessions, at least.
    """

    content: str | None
    since: str | None
    sessions: int
    escalated: int
    contained: int
    deflection_rate: float
    repeats: int
    calls_after_self_service: int
    people: int
    people_escalated: int


@dataclass(frozen=True, slots=True)
class Deflection:
    """Self-service sessions, and what became of them.

    Attributes:
        total: all together; None where there are none.
        groups: by content, by period, or by both; periods in order, then the largest first; at most 1,000.
        rules: what it was computed under.
    """

    total: DeflectionGroup | None
    groups: tuple[DeflectionGroup, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: the deflection rate by content, and over time where it is cut."""
        rows = [
            {"content": " · ".join(part for part in (one.since, one.content) if part) or "all",
             "rate": one.deflection_rate, "sessions": one.sessions}
            for one in self.groups
        ]  # fmt: skip
        return bars(rows, title="Call deflection", label="content", value="rate", axis="deflection rate")

    def frame(self) -> pd.DataFrame:
        """Return a row a group, by content and the first day of its period, or the one that is asked for."""
        import pandas as pd

        keys = [
            name for name, asked in (("since", self.rules["period"]), ("content", self.rules["by_content"])) if asked
        ]
        columns = [name for name in DeflectionGroup.__dataclass_fields__ if name not in ("content", "since")]
        shown = self.groups if keys else tuple(one for one in (self.total,) if one)
        rows = pd.DataFrame([asdict(one) for one in shown], columns=[*keys, *columns])
        return rows.set_index(keys) if keys else rows


@dataclass(frozen=True, slots=True)
class SelfServiceSession:
    """One of them.

    Attributes:
        who: the profile's id, or the key of an identity.
        profile_id: whose.
        number: from 1, of this person's in the selection.
        at: its last self-service event.
        contents: what was looked at, in order.
        call_id, called: the first call within the window; None: contained.
        repeats: whether the person helped itself again within the window.
    """

    who: str
    profile_id: str
    number: int
    at: datetime
    contents: tuple[str, ...]
    call_id: str | None
    called: datetime | None
    repeats: bool


@dataclass(frozen=True, slots=True)
class PathBefore:
    """What was done before a call.

    Attributes:
        path: labels, oldest first; empty: nothing.
        times: how often.
        people: of how many.
    """

    path: tuple[Label, ...]
    times: int
    people: int

    @property
    def text(self) -> str:
        """The path as one text."""
        return " > ".join(" / ".join(label) for label in self.path) or "(nothing)"


@dataclass(frozen=True, slots=True)
class PathsBefore:
    """Usual paths before an outcome.

    Attributes:
        paths: the most frequent first.
        rules: what they were computed under.
    """

    paths: tuple[PathBefore, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: times a path, the most frequent first."""
        rows = [{"path": one.text, "times": one.times, "people": one.people} for one in self.paths]
        return bars(rows, title="Paths before", label="path", value="times", axis="times")

    def frame(self) -> pd.DataFrame:
        """Return a row a path, the most frequent first."""
        import pandas as pd

        index = pd.Index([one.text for one in self.paths], name="path", dtype="object")
        return pd.DataFrame([[one.times, one.people] for one in self.paths], columns=["times", "people"], index=index)


class DeflectionAnalysis(DriverAnalysis, Analysis):
    """Whether self-service spares calls."""

    async def call_deflection(
        self,
        selection: Selection = EVERYTHING,
        rule: DeflectionRule | None = None,
        *,
        by_content: bool = True,
        period: Period | None = None,
    ) -> Deflection:
        """Count self-service sessions, and those after which the person called.

        Args:
            selection: whose events, and which. Sessions lie in its period, calls may lie behind it and need not fit
                `within`.
            rule: what is self-service, and what a call.
            by_content: a group for each content; a session counts for each that it had.
            period: a group for each day, week (from Monday) or month (UTC).

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        rule = rule or DeflectionRule()
        require(
            period is None or period in PERIODS, f"`{period}` is no period. Take day, week or month.", field="period"
        )
        chosen = await self.chosen(selection, alone="call deflection")
        inputs = {**rule.inputs(chosen.now), **chosen.inputs}
        total = await self._graph.read_rows("journey.call_deflection", **inputs)
        groups: list[list[Any]] = []
        if by_content or period:
            groups = await self._graph.read_rows(
                "journey.call_deflection", **inputs, by_value=by_content, period=period
            )
        told = {
            **asdict(rule), "by_content": by_content, "period": period, "clock": "the last self-service event",
            "contained": "no call within the window, which is not the same as solved", **chosen.rules,
        }  # fmt: skip
        return Deflection(
            DeflectionGroup(*total[0]) if total else None, tuple(DeflectionGroup(*row) for row in groups), told
        )

    async def self_service_sessions(
        self,
        selection: Selection = EVERYTHING,
        rule: DeflectionRule | None = None,
        *,
        content: str | None = None,
        escalated: bool | None = None,
        first: int = 100,
        after: str | None = None,
    ) -> Page[SelfServiceSession]:
        """Return the sessions behind a figure, by person and number.

        Args:
            selection, rule: as of `call_deflection`.
            content: only those that had it.
            escalated: only those after which the person called, or did not; None: either.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
            RuleError: the events cannot be read.
        """
        chosen = await self.chosen(selection, alone="self-service sessions")
        who, number = read_numbered_cursor(after)
        rows = await self._graph.read_rows(
            "journey.self_service",
            **(rule or DeflectionRule()).inputs(chosen.now),
            **chosen.inputs,
            value=content,
            escalated=escalated,
            page_size=first + 1,
            after_who=who,
            after_number=number,
        )
        found = [
            SelfServiceSession(who_, whose, nr, at, tuple(seen), *call)
            for who_, whose, nr, at, seen, *call in rows[:first]
        ]
        return Page([(one, numbered_cursor(one.who, one.number)) for one in found], len(rows) > first)

    async def call_drivers(
        self, selection: Selection = EVERYTHING, rule: DriverRule | None = None, *, count: Count = "people"
    ) -> Drivers:
        """Rank behaviours before the first call; the index is a person's first event, which may itself be a driver.

        Args:
            selection: whose events, and which; calls need not fit `within`.
            rule: by default calls within 30 days, drivers by type and content.
            count: as of `drivers`.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        return await self.drivers(selection, rule or CALL_DRIVERS, count=count)

    async def paths_before(
        self,
        selection: Selection = EVERYTHING,
        outcome: str = "called",
        *,
        events: str | None = None,
        fields: tuple[str, ...] = ("type",),
        length: int = 3,
        window_seconds: int = WEEK_SECONDS,
        collapse: bool = True,
        most: int = 20,
    ) -> PathsBefore:
        """Return what people usually do before an outcome, the most frequent first.

        Args:
            selection: whose events, and which. Outcomes lie in its period, the paths may begin before it; outcomes need
                not fit `within`.
            outcome: events in the segment language.
            events: which events make up the paths; None: all others.
            fields: properties whose values together name an event.
            length: of a path at most.
            window_seconds: how long before the outcome an event may lie; never before the outcome before.
            collapse: whether equal ones in a row count as one.
            most: so many paths at most.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        require_window(window_seconds)
        require(1 <= length <= MOST_STEPS, f"A path has 1 to {MOST_STEPS} events, not {length}.", limit=MOST_STEPS)
        require(1 <= most <= MOST_PATHS, f"1 to {MOST_PATHS:,} paths are given, not {most}.", limit=MOST_PATHS)
        require(
            1 <= len(fields) <= MOST_FIELDS,
            f"An event is named by 1 to {MOST_FIELDS} properties.",
            limit=MOST_FIELDS,
        )
        chosen = await self.chosen(selection, alone="paths before a call")
        rows = await self._graph.read_rows(
            "journey.paths_before",
            outcome=EventChoice.read(outcome, chosen.now).data(),
            events=None if events is None else EventChoice.read(events, chosen.now).data(),
            fields=[node_property(name) for name in fields],
            path_length=length,
            window_seconds=window_seconds,
            collapse=collapse,
            most=most,
            **chosen.inputs,
        )
        told = {
            "outcome": outcome, "events": events, "fields": list(fields), "length": length,
            "window_seconds": window_seconds, "collapse": collapse, "order": "time, then event id", **chosen.rules,
        }  # fmt: skip
        return PathsBefore(
            tuple(PathBefore(tuple(tuple(label) for label in path), *counts) for path, *counts in rows), told
        )


CALL_DRIVERS = DriverRule(outcome="called", fields=("type", "content"), window_seconds=30 * 86_400, index_counts=True)
