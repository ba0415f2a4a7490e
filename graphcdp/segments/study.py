"""The study of a segment over time: how large it is, who comes and goes, who buys for how much, against everyone else.

Who entered counts among the entered from then on, also after leaving: a purchase often is what ends a membership.
Everyone else are the people who had been seen by then and had not entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Literal, NamedTuple

import pandas as pd

from graphcdp.base import InvalidInputError
from graphcdp.graph import Graph
from graphcdp.pictures import Picture, lines

Z = 1.959964  # of 95 %
Step = Literal["day", "week"]
MOST_STEPS = 400


class Range(NamedTuple):
    """A figure with its 95 % interval; all None where nobody is there to be asked."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Range(None, None, None)


@dataclass(frozen=True, slots=True)
class Side:
    """The entered, or everyone else, in a period.

    Attributes:
        people: how many.
        converted: how many of them did the conversion event.
        conversion: the share, with Wilson's interval.
        revenue: what they spent.
        spend: what one of them spent on average, with the normal interval of a mean.
    """

    people: int
    converted: int
    conversion: Range
    revenue: float
    spend: Range


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day or a week.

    Attributes:
        start: its first instant, UTC.
        size: how many were members at its end.
        entries, exits: how many began or ended in it.
        entered, others: what the entered and everyone else did in it.
    """

    start: datetime
    size: int
    entries: int
    exits: int
    entered: Side
    others: Side


@dataclass(frozen=True, slots=True)
class Study:
    """A segment over time.

    Attributes:
        segment: its id.
        event: what counts as conversion.
        since, until: the period.
        entered, others: over the whole period.
        buckets: in order.
    """

    segment: str
    event: str
    since: datetime
    until: datetime
    entered: Side
    others: Side
    buckets: tuple[Bucket, ...]

    def frame(self) -> pd.DataFrame:
        """Return the buckets as a DataFrame, a row each, indexed by their first instant."""
        rows = [
            {
                "size": one.size, "entries": one.entries, "exits": one.exits,
                **_columns("entered", one.entered), **_columns("others", one.others),
            }
            for one in self.buckets
        ]  # fmt: skip
        index = pd.DatetimeIndex([one.start for one in self.buckets], name="start")
        return pd.DataFrame(rows, index=index)

    def plot(self) -> Picture:
        """Return it as a picture: size, conversion and spend over time, against everyone else, with 95 % intervals."""
        rows = []
        for one in self.buckets:
            sides: tuple[tuple[str, Side, int | None], ...] = (
                ("entered", one.entered, one.size), ("everyone else", one.others, None),
            )  # fmt: skip
            rows += [
                {
                    "start": one.start.isoformat(), "series": name, "members": size,
                    "conversion": side.conversion.value, "conversion_low": side.conversion.low,
                    "conversion_high": side.conversion.high, "spend": side.spend.value, "spend_low": side.spend.low,
                    "spend_high": side.spend.high,
                }
                for name, side, size in sides
            ]  # fmt: skip
        panels = (("members", "members"), ("conversion", f"share with {self.event}"), ("spend", "spend per person"))
        told = f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}, 95 % intervals"
        return lines(rows, panels, title=f"Segment {self.segment}", subtitle=told)


async def study(
    graph: Graph, segment: str, *, since: datetime, until: datetime, step: Step = "day", event: str = "purchase"
) -> Study:
    """Study a segment.

    Args:
        graph: where.
        segment: its id.
        since, until: the period; `until` is left out.
        step: how it is cut.
        event: the type that counts as conversion; its `revenue` is what is spent.

    Raises:
        InvalidInputError: the period is empty or too long.
    """
    span = timedelta(days=7 if step == "week" else 1)
    count = -(-(until - since) // span)
    if not 0 < count <= MOST_STEPS:
        raise InvalidInputError(
            f"The period has {max(count, 0)} {step}s; it must have 1 to {MOST_STEPS}. Ask for another, or for weeks.",
            field="since",
        )
    seconds = int(span.total_seconds())
    first_seen = dict(await graph.read_rows("segments.known_by", since=since, until=until, seconds=seconds))
    known = first_seen.get(-1, 0)
    stays = await graph.read_rows("segments.stays", segment=segment, until=until)
    spent = dict(await graph.read_rows("segments.spent", type=event, since=since, until=until))
    first: dict[str, datetime] = {}
    for profile_id, entered, _ in stays:
        first[profile_id] = min(entered, first.get(profile_id, entered))
    buckets = []
    for number in range(count):
        start = since + number * span
        end = min(start + span, until)
        known += first_seen.get(number, 0)
        entered, others = _sides(first, spent, known, start, end)
        buckets.append(
            Bucket(
                start,
                len({id for id, begun, over in stays if begun < end and (over is None or over >= end)}),
                sum(start <= begun < end for _, begun, _ in stays),
                sum(over is not None and start <= over < end for _, _, over in stays),
                entered,
                others,
            )
        )
    entered, others = _sides(first, spent, known, since, until)
    return Study(segment, event, since, until, entered, others, tuple(buckets))


def _sides(
    first: Mapping[str, datetime], spent: Mapping[str, Sequence[Any]], known: int, start: datetime, end: datetime
) -> tuple[Side, Side]:
    """Tell what the entered did from their entry on, and what everyone else did, from `start` to before `end`.

    Args:
        first: when who entered first.
        spent: who did what counts, as [when, revenue].
        known: how many people had been seen before `end`.
        start, end: the period.
    """
    inside: dict[str, float] = {}
    outside: dict[str, float] = {}
    for profile_id, events in spent.items():
        begun = first.get(profile_id)
        for ts, revenue in events:
            if start <= ts < end:
                side = inside if begun is not None and begun <= ts else outside
                side[profile_id] = side.get(profile_id, 0.0) + revenue
    entered = sum(begun < end for begun in first.values())
    for profile_id in outside.keys() & {id for id, begun in first.items() if begun < end}:
        del outside[profile_id]  # entered later in the period: neither one nor the other
    return _side(entered, inside.values()), _side(max(known - entered, len(outside)), outside.values())


def _side(people: int, spent: Iterable[float]) -> Side:
    values = list(spent)
    return Side(people, len(values), wilson(len(values), people), sum(values), mean(values, people))


def wilson(found: int, asked: int) -> Range:
    """Return a share with Wilson's 95 % interval.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if asked <= 0:
        return NOTHING
    share = found / asked
    below = 1 + Z**2 / asked
    middle = share + Z**2 / (2 * asked)
    half = Z * sqrt(share * (1 - share) / asked + Z**2 / (4 * asked**2))
    return Range(share, max(0.0, (middle - half) / below), min(1.0, (middle + half) / below))


def mean(values: Sequence[float], people: int) -> Range:
    """Return what people spent on average, those who spent nothing included, with the normal 95 % interval."""
    if people <= 0:
        return NOTHING
    average = sum(values) / people
    if people == 1:
        return Range(average, None, None)
    squares = sum((value - average) ** 2 for value in values) + (people - len(values)) * average**2
    half = Z * sqrt(squares / (people - 1) / people)
    return Range(average, average - half, average + half)


def _columns(name: str, side: Side) -> dict[str, float | int | None]:
    return {
        name: side.people,
        f"{name}_converted": side.converted,
        **{f"{name}_conversion{end}": value for end, value in zip(("", "_low", "_high"), side.conversion, strict=True)},
        f"{name}_revenue": side.revenue,
        **{f"{name}_spend{end}": value for end, value in zip(("", "_low", "_high"), side.spend, strict=True)},
    }
