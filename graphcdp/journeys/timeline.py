"""The time line of one person: every interaction on every device and channel, in order, in sessions."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.journeys.choice import require
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.journeys.sessions import MOST_SECONDS


class Moment(NamedTuple):
    """Something that a person did.

    Attributes:
        event_id: of the event.
        ts: when.
        type: what.
        channel: where.
        identity_key: the identity that it hangs on, `namespace|value`.
        about: the product, its category, the words searched or the page; None where nothing of it is known.
        campaign: that it came from.
        session: from 1.
        seconds_since: after the event before; None of the first.
    """

    event_id: str
    ts: datetime
    type: str
    channel: str | None
    identity_key: str
    about: str | None
    campaign: str | None
    session: int
    seconds_since: float | None


class TimelineAnalysis(Analysis):
    """Time lines of single people."""

    async def timeline(
        self,
        profile_id: str,
        selection: Selection = EVERYTHING,
        *,
        gap_seconds: int = 1_800,
        first: int = 100,
        after: str | None = None,
    ) -> Page[Moment]:
        """Return what a person did, in order.

        Args:
            profile_id: whose, a present id; an unknown one has done nothing.
            selection: which events: its period, and `within`.
            gap_seconds: a silence of so long ends a session.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
        """
        require(
            0 < gap_seconds <= MOST_SECONDS,
            f"`gap_seconds` is {gap_seconds}; it is from 1 to {MOST_SECONDS}.",
            field="gap_seconds",
        )
        chosen = await self.chosen(selection, alone="timeline")
        after_ts, after_id = read_time_cursor(after)
        rows = await self._graph.read_rows(
            "journey.timeline",
            id=profile_id,
            gap_seconds=gap_seconds,
            after_ts=after_ts,
            after_id=after_id,
            page_size=first + 1,
            **{name: chosen.inputs[name] for name in ("start_at", "end_at", "within")},
        )
        found = [Moment(*row) for row in rows[:first]]
        return Page([(one, time_cursor(one.ts, one.event_id)) for one in found], len(rows) > first)
