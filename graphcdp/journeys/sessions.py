"""Sessions: where one stay of a person ends and the next begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from graphcdp.base.paging import Page, numbered_cursor, read_numbered_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import require
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

SessionsBy = Literal["entry_type", "exit_type", "entry_page", "exit_page", "channel", "day"]
BY: tuple[SessionsBy, ...] = get_args(SessionsBy)
MOST_SECONDS = 366 * 86_400
NO_PROPERTY = "-"


@dataclass(frozen=True, slots=True)
class SessionRule:
    """Where a session ends.

    Attributes:
        gap_seconds: a silence of so long or longer ends it.
        gap_is_longer: only a silence that is longer does.
        max_seconds: it lasts less than that; None: as long as it likes.
        changes: a property of events; a known value that differs from the last known one begins a session.
        midnight_in: a time zone in which midnight ends it; None: midnight is nothing.
    """

    gap_seconds: int = 1_800
    gap_is_longer: bool = False
    max_seconds: int | None = None
    changes: str | None = None
    midnight_in: str | None = None

    def inputs(self) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: a length is none, or the time zone is unknown.
        """
        for name, seconds in (("gap_seconds", self.gap_seconds), ("max_seconds", self.max_seconds)):
            require(
                seconds is None or 0 < seconds <= MOST_SECONDS,
                f"`{name}` is {seconds}; it is from 1 to {MOST_SECONDS}.",
                field=name,
            )
        require(
            self.midnight_in is None or self.midnight_in in available_timezones(),
            f"`{self.midnight_in}` is no time zone. Write one such as Europe/London.",
            field="midnight_in",
        )
        return {
            "gap_seconds": self.gap_seconds,
            "gap_is_longer": self.gap_is_longer,
            "max_seconds": self.max_seconds,
            "property": NO_PROPERTY if self.changes is None else node_property(self.changes),
            "midnight_in": None if self.midnight_in is None else ZoneInfo(self.midnight_in).key,
        }


@dataclass(frozen=True, slots=True)
class SessionGroup:
    """Sessions that have something in common.

    Attributes:
        value: what; None where it is unknown, or where all are counted together.
        sessions: how many.
        people: of how many people (or cookies).
        bounces: sessions of a single event.
        events: how many events they have together.
        mean_seconds, median_seconds: from the first event to the last.
    """

    value: str | None
    sessions: int
    people: int
    bounces: int
    events: int
    mean_seconds: float
    median_seconds: float

    @property
    def bounce_rate(self) -> float:
        """The share of bounces."""
        return self.bounces / self.sessions


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions, counted.

    Attributes:
        by: what they are counted by; None: all together.
        groups: the largest first, days in order; at most 1,000; empty where there are no events.
        rules: what they were computed under.
    """

    by: SessionsBy | None
    groups: tuple[SessionGroup, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: sessions a value, and how many of them bounced."""
        rows = [
            {"value": one.value or "all", "sessions": many, "what": what}
            for one in self.groups
            for what, many in (("all", one.sessions), ("bounced", one.bounces))
        ]
        return bars(rows, title="Sessions", label="value", value="sessions", series="what", axis="sessions")

    def frame(self) -> pd.DataFrame:
        """Return a row a group, by its value."""
        import pandas as pd

        columns = ["sessions", "people", "bounces", "bounce_rate", "events", "mean_seconds", "median_seconds"]
        rows = [{**asdict(group), "bounce_rate": group.bounce_rate} for group in self.groups]
        index = pd.Index([group.value if self.by else "all" for group in self.groups], name=self.by or "sessions")
        return pd.DataFrame(rows, columns=columns, index=index)


@dataclass(frozen=True, slots=True)
class Session:
    """One stay.

    Attributes:
        who: the profile's id, or the key of an identity where cookies are looked at.
        profile_id: whose.
        number: from 1, of this person in the selection.
        started, ended: its first and last event's time.
        seconds: between them.
        events: how many.
        entry_type, entry_page, exit_type, exit_page: of its first and last event.
        channels: in the order they were used.
        first_event, last_event: ids of its first and last event.
    """

    who: str
    profile_id: str
    number: int
    started: datetime
    ended: datetime
    seconds: float
    events: int
    entry_type: str
    entry_page: str | None
    exit_type: str
    exit_page: str | None
    channels: tuple[str, ...]
    first_event: str
    last_event: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Session:
        """Read a row of `journey.session_list`."""
        cells: list[Any] = [tuple(cell) if isinstance(cell, list) else cell for cell in row]
        return cls(*cells)

    @property
    def bounced(self) -> bool:
        """Whether it has a single event."""
        return self.events == 1


class SessionAnalysis(Analysis):
    """Sessions, counted and listed."""

    async def sessions(
        self, selection: Selection = EVERYTHING, rule: SessionRule | None = None, by: SessionsBy | None = None
    ) -> Sessions:
        """Count sessions.

        Args:
            selection: whose events, and which.
            rule: where a session ends; by default after 30 minutes of silence.
            by: count by this; None: all together.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        rule = rule or SessionRule()
        require(by is None or by in BY, f"Sessions are counted by one of {', '.join(BY)}, not by `{by}`.", field="by")
        limits, chosen = rule.inputs(), await self.chosen(selection, alone="sessions")
        rows = await self._graph.read_rows("journey.sessions", **limits, by=by, **chosen.inputs)
        rules = {**asdict(rule), **chosen.rules}
        return Sessions(by, tuple(SessionGroup(*row) for row in rows), rules)

    async def list_sessions(
        self,
        selection: Selection = EVERYTHING,
        rule: SessionRule | None = None,
        *,
        first: int = 100,
        after: str | None = None,
    ) -> Page[Session]:
        """Return single sessions, by person and number.

        Args:
            selection: whose events, and which.
            rule: where a session ends.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
        """
        limits, chosen = (rule or SessionRule()).inputs(), await self.chosen(selection, alone="the list of sessions")
        who, number = read_numbered_cursor(after)
        rows = await self._graph.read_rows(
            "journey.session_list", **limits, **chosen.inputs, after_who=who, after_number=number, page_size=first + 1
        )
        found = [Session.of(row) for row in rows[:first]]
        return Page([(one, numbered_cursor(one.who, one.number)) for one in found], len(rows) > first)
