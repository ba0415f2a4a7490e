"""Popularity: the most viewed contents, the most popular products and categories, by period, segment and channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.deflection import PERIODS, Period
from graphcdp.journeys.drivers import require_window
from graphcdp.journeys.retention import COUNTS, Count
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES, MOST_ROWS = 200, 5_000


@dataclass(frozen=True, slots=True)
class Popular:
    """A value, and how popular it is.

    Attributes:
        since: the first day of the period, ISO; None where all time counts together.
        part: the channel or segment; None where all count together.
        value: an id of a product, a category, a content, …
        title: a product's name.
        rank: from 1, in its period and part.
        times: events.
        people: how many.
        sessions: that had it; one that goes on into the next period counts in both.
        share: of the events of its period and part that have a value.
    """

    since: str | None
    part: str | None
    value: str
    title: str | None
    rank: int
    times: int
    people: int
    sessions: int
    share: float


@dataclass(frozen=True, slots=True)
class Popularity:
    """What is popular.

    Attributes:
        rows: periods in order, parts by name, then those of most events (people, sessions) first; at most 5,000.
        rules: what it was computed under.
    """

    rows: tuple[Popular, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: times (people, sessions) a value, by period and part where it is cut."""
        figure = {"events": "times"}.get(self.rules["count"], self.rules["count"])
        rows = [
            {"value": one.title or one.value, "times": one.times, "people": one.people, "sessions": one.sessions,
             "within": " · ".join(part for part in (one.since, one.part) if part)}
            for one in self.rows
        ]  # fmt: skip
        series = "within" if any(row["within"] for row in rows) else None
        return bars(rows, title="Popularity", label="value", value=figure, series=series, axis=figure)

    def frame(self) -> pd.DataFrame:
        """Return a row a value, indexed by period and part where they are asked for, and the value."""
        import pandas as pd

        keys = [
            name
            for name, asked in (("since", self.rules["period"]), ("part", self.rules["split"]), ("value", True))
            if asked
        ]
        columns = [name for name in Popular.__dataclass_fields__ if name not in ("since", "part", "value")]
        rows = pd.DataFrame([asdict(one) for one in self.rows], columns=[*keys, *columns])
        return rows.set_index(keys)


class PopularityAnalysis(Analysis):
    """What is viewed, carted or bought most."""

    async def popular(
        self,
        selection: Selection = EVERYTHING,
        of: str = "content",
        events: str | None = None,
        *,
        split: str | None = None,
        period: Period | None = None,
        time_zone: str = "UTC",
        most: int = 20,
        count: Count = "events",
        gap_seconds: int = 1_800,
    ) -> Popularity:
        """Rank the values of a property of events.

        Args:
            selection: whose events, and which.
            of: `content`, `product`, `category`, `page`, `query`, `campaign` or any other property.
            events: which count: `viewed product`; None: any.
            split: `channel`, another property, or `segment`.
            period: rank each day, week (from Monday) or month.
            time_zone: whose days these are.
            most: of each period and part.
            count: rank by how many `events`, `people` or `sessions` there are; all three are told.
            gap_seconds: a silence of so long or longer ends a session; all selected events of a person are cut.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        require(
            period is None or period in PERIODS, f"`{period}` is no period. Take day, week or month.", field="period"
        )
        require(
            time_zone in available_timezones(),
            f"`{time_zone}` is no time zone. Write one such as Europe/London.",
            field="time_zone",
        )
        require(count in COUNTS, f"`{count}` is not counted; take {', '.join(COUNTS)}.", field="count")
        require_window(gap_seconds)
        require(1 <= most <= MOST_VALUES, f"1 to {MOST_VALUES} values are given, not {most}.", limit=MOST_VALUES)
        chosen = await self.chosen(selection, alone="popular values")
        rows = await self._graph.read_rows(
            "journey.popular",
            of_what=node_property(of),
            events=None if events is None else EventChoice.read(events, chosen.now).data(),
            split=split if split in (None, "segment") else node_property(split),
            period=period,
            time_zone=time_zone,
            most=most,
            count=count,
            gap_seconds=gap_seconds,
            **chosen.inputs,
        )
        told = {
            "of": of, "events": events, "split": split, "period": period, "time_zone": time_zone, "most": most,
            "count": count, "gap_seconds": gap_seconds,
            "cut_off": len(rows) >= MOST_ROWS, **chosen.rules,
        }  # fmt: skip
        return Popularity(tuple(Popular(*row) for row in rows), told)
