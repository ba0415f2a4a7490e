"""Days, weeks and months in a time zone: what retention, lifecycle and stickiness count in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from graphcdp.journeys.choice import require
from graphcdp.journeys.selection import aware

Interval = Literal["day", "week", "month"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)
MOST_PERIODS = 400


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a period is.

    Attributes:
        interval: `day`, `week` or `month`.
        zone: the time zone whose midnight counts.
        week_start: the day that a week begins with, from 1 (Monday) to 7 (Sunday).
        until: nothing later is known; None: now. What is not over by then is not told.
    """

    interval: Interval = "week"
    zone: str = "UTC"
    week_start: int = 1
    until: datetime | None = None

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: there is no such interval, zone or day.
        """
        require(
            self.interval in INTERVALS,
            f"There is no interval `{self.interval}`; there is {', '.join(INTERVALS)}.",
            field="interval",
        )
        require(
            self.zone in available_timezones(),
            f"`{self.zone}` is no time zone. Write one such as Europe/London.",
            field="zone",
        )
        require(
            1 <= self.week_start <= 7,
            f"A week begins with a day from 1 (Monday) to 7 (Sunday), not {self.week_start}.",
            field="week_start",
        )
        until = aware(self.until)
        return {
            "interval": self.interval,
            "zone": self.zone,
            "week_start": self.week_start,
            "until": now if until is None else min(until, now),
        }

    def first_day(self, at: datetime) -> date:
        """Return the first day of the period that an instant lies in."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        match self.interval:
            case "day":
                return day
            case "week":
                return day - timedelta(days=(day.isoweekday() - self.week_start) % 7)
            case "month":
                return day.replace(day=1)

    def following(self, first: date, periods: int = 1) -> date:
        """Return the first day of the period so many later."""
        match self.interval:
            case "day":
                return first + timedelta(days=periods)
            case "week":
                return first + timedelta(days=7 * periods)
            case "month":
                months = first.year * 12 + first.month - 1 + periods
                return date(months // 12, months % 12 + 1, 1)

    def between(self, start: datetime, end: datetime) -> int:
        """Return how many periods lie between two instants, those of both counted."""
        first, last, count = self.first_day(start), self.first_day(end), 1
        if self.interval != "month":
            return (last - first).days // (7 if self.interval == "week" else 1) + 1
        while first < last:
            first, count = self.following(first), count + 1
        return count

    def limit(self, start: datetime | None, end: datetime) -> None:
        """Refuse a range of too many periods.

        Raises:
            InvalidInputError: there are more than 400.
        """
        if start is None or start >= end:
            return
        count = self.between(start, end)
        require(
            count <= MOST_PERIODS,
            f"From start to end there are {count} periods ({self.interval}); {MOST_PERIODS} are the most. Take a "
            "longer interval or a shorter range.",
            limit=MOST_PERIODS,
        )
