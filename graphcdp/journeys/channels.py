"""Channels: engagement, conversion and assistance of each, and who uses which together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.drivers import require_window
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

MOST_SETS = 1_000


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What is counted of channels.

    Attributes:
        conversions: events in the segment language.
        dimension: a property of events: `channel`, or `source`, `campaign`, …
        value: a property of conversions that is summed up, such as `revenue`.
        lookback_seconds: how long before a conversion an event may lie that assists it.
        gap_seconds: a silence of so long or longer ends a session.
    """

    conversions: str = "purchased"
    dimension: str = "channel"
    value: str | None = "revenue"
    lookback_seconds: int = 30 * 86_400
    gap_seconds: int = 1_800


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    Attributes:
        channel: which; `(unknown)` where events have none.
        people: who used it.
        events: how many.
        sessions: that had it.
        engaged: sessions that had it, of two events or more.
        converted: people who used it and converted, there or elsewhere.
        conversions: that happened on it.
        value: of these.
        last_touches: conversions whose last event before was on it.
        assisted: conversions that it was before, but not last.
    """

    channel: str
    people: int
    events: int
    sessions: int
    engaged: int
    converted: int
    conversions: int
    value: float
    last_touches: int
    assisted: int

    @property
    def engagement_rate(self) -> float:
        """The share of its sessions with two events or more."""
        return self.engaged / self.sessions

    @property
    def conversion_rate(self) -> float:
        """The share of its people who converted, there or elsewhere."""
        return self.converted / self.people

    @property
    def assist_ratio(self) -> float | None:
        """Assisted conversions for one that it was last before; None where it was last before none."""
        return self.assisted / self.last_touches if self.last_touches else None


@dataclass(frozen=True, slots=True)
class ChannelSet:
    """People who used exactly these channels.

    Attributes:
        channels: by name.
        people: how many.
        converted: how many of them converted.
        conversions: how often.
    """

    channels: tuple[str, ...]
    people: int
    converted: int
    conversions: int


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels side by side, and together.

    Attributes:
        channels: the one of most people first.
        overlap: the sets of an upset plot, the largest first; every person is in one.
        rules: what they were computed under.
    """

    channels: tuple[Channel, ...]
    overlap: tuple[ChannelSet, ...]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: how many people used a channel, and how many of them converted anywhere."""
        rows = [
            {"channel": one.channel, "people": many, "what": what}
            for one in self.channels
            for what, many in (("all", one.people), ("converted", one.converted))
        ]
        return bars(rows, title="Channels", label="channel", value="people", series="what", axis="people")

    def frame(self) -> pd.DataFrame:
        """Return a row a channel, the one of most people first."""
        import pandas as pd

        rates = ("engagement_rate", "conversion_rate", "assist_ratio")
        columns = [*(name for name in Channel.__dataclass_fields__ if name != "channel"), *rates]
        rows = [{**asdict(one), **{name: getattr(one, name) for name in rates}} for one in self.channels]
        index = pd.Index([one.channel for one in self.channels], name=self.rules["dimension"], dtype="object")
        return pd.DataFrame(rows, columns=columns, index=index)

    def overlap_frame(self) -> pd.DataFrame:
        """Return a row a set, indexed by a level of true and false for each channel, as upset plots take it."""
        import pandas as pd

        names = [one.channel for one in self.channels]
        rows = [[one.people, one.converted, one.conversions] for one in self.overlap]
        index = (
            pd.MultiIndex.from_tuples(
                [tuple(name in one.channels for name in names) for one in self.overlap], names=names
            )
            if names and self.overlap
            else pd.Index([], name=self.rules["dimension"])
        )
        return pd.DataFrame(rows, columns=["people", "converted", "conversions"], index=index)


@dataclass(frozen=True, slots=True)
class Doer:
    """Somebody who did something.

    Attributes:
        who: the profile's id, or the key of an identity.
        profile_id: whose.
        times: how often.
        first_at, last_at: when.
    """

    who: str
    profile_id: str
    times: int
    first_at: datetime
    last_at: datetime


class ChannelAnalysis(Analysis):
    """Channels, and the people behind figures about events."""

    async def channels(
        self, selection: Selection = EVERYTHING, rule: ChannelRule | None = None, *, most: int = 100
    ) -> Channels:
        """Return engagement, conversion and overlap of channels.

        Args:
            selection: whose events, and which. Events before its period count only as what assisted a conversion in it.
            rule: what is counted.
            most: so many sets of the overlap at most.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        rule = rule or ChannelRule()
        require_window(rule.lookback_seconds)
        require_window(rule.gap_seconds)
        require(1 <= most <= MOST_SETS, f"1 to {MOST_SETS:,} sets are given, not {most}.", limit=MOST_SETS)
        chosen = await self.chosen(selection, alone="channels")
        asked: dict[str, Any] = {
            "conversions": EventChoice.read(rule.conversions, chosen.now).data(),
            "dimension": node_property(rule.dimension),
            **chosen.inputs,
        }
        rows = await self._graph.read_rows(
            "journey.channels",
            value="-" if rule.value is None else node_property(rule.value),
            lookback_seconds=rule.lookback_seconds,
            gap_seconds=rule.gap_seconds,
            **asked,
        )
        sets = await self._graph.read_rows("journey.channel_overlap", most=most, **asked)
        return Channels(
            tuple(Channel(*row) for row in rows),
            tuple(ChannelSet(tuple(names), *counts) for names, *counts in sets),
            {**asdict(rule), "most": most, "order": "time, then event id", **chosen.rules},
        )

    async def doers(
        self,
        selection: Selection = EVERYTHING,
        events: str | None = None,
        *,
        field: str | None = None,
        value: str | None = None,
        first: int = 100,
        after: str | None = None,
    ) -> Page[Doer]:
        """Return who did something, by id: the people behind a channel, a content, a product or a tool.

        Args:
            selection: whose events, and which.
            events: events in the segment language; None: any.
            field: a property that has a value there: `channel`, `content`, `product`, `tool`, …
            value: which.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
            RuleError: the events cannot be read.
        """
        require((field is None) == (value is None), "Give a field and its value, or neither.", field="field")
        chosen = await self.chosen(selection, alone="doers")
        rows = await self._graph.read_rows(
            "journey.doers",
            events=None if events is None else EventChoice.read(events, chosen.now).data(),
            field=None if field is None else node_property(field),
            value=value,
            page_size=first + 1,
            after=read_id_cursor(after),
            **chosen.inputs,
        )
        return Page([(one, id_cursor(one.who)) for one in (Doer(*row) for row in rows[:first])], len(rows) > first)
