"""Retention over arrays: the rows of cypher/journey/retention.cypher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from graphcdp.journeys.columnar.question import Events, Ints, Question, first_rows, pieces
from graphcdp.journeys.columnar.where import microseconds

AT_ONCE = 2_000_000
"""So many pairs of a beginning and a return are looked at a time, or those of one beginning."""
MOST_ROWS = 100_000
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class _Begun:
    """Beginnings, each with the returns that are not before it.

    Attributes:
        at, period, group: of each beginning when, in which period, and the number of its cohort (and value).
        low, high: its returns: from this place of `returned` to before that one.
        returned, in_period, stay: of each return when, in which period, and the number of the session that it lies in.
    """

    at: Ints
    period: Ints
    group: Ints
    low: Ints
    high: Ints
    returned: Ints
    in_period: Ints
    stay: Ints


def retention(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.retention`."""
    asked = question.inputs
    breakdown, start, end = question.breakdown(), asked["start_at"], asked["end_at"]
    first_time = asked["cohort"] == "first_time"
    events = question.between(None if first_time else start, None).events(
        [asked["starts"] or {}, asked["returns"] or {}],
        types=asked["types"],
        texts={} if breakdown is None else {"value": breakdown},
        keep=f"mask <> 0 AND ts <= {microseconds(asked['until'])}",
    )
    if not len(events):
        return []
    period = _periods(events.at, asked)
    places = _beginnings(events, period, start, end, first_time=first_time)
    if not len(places):
        return []
    values, coded = _values(events, places)
    keys, group = np.unique(period[places] * len(values) + coded, return_inverse=True)
    back = np.flatnonzero(events.mask & 2)
    who, at = events.who[back], events.at[back]
    anew = np.ones(len(back), np.bool_)
    anew[1:] = (who[1:] != who[:-1]) | (at[1:] - at[:-1] >= asked["gap_seconds"] * 1_000_000)
    low = np.searchsorted(back, places)
    high = np.searchsorted(who, events.who[places], side="right")
    begun = _Begun(
        events.at[places], period[places], group.reshape(-1), low, high, at, period[back], np.cumsum(anew)
    )  # fmt: skip
    cells = _cells(asked)
    people = np.bincount(begun.group, minlength=len(keys))
    counted = _counted(begun, asked, cells, len(keys))
    found = []
    for number, key in enumerate(keys.tolist()):
        cohort, value = key // len(values), values[key % len(values)]
        for cell, (first, last) in enumerate(cells):
            known = _over(cohort, first if last is None else last, asked) <= int(asked["until"].timestamp())
            many = int(people[number])
            figures = [int(one) for one in counted[:, cell, number]] if known else [None, None, None]
            rate = figures[0] / many if figures[0] is not None else None
            found.append([_first_day(cohort, asked), value, many, first, last, *figures, rate])
    return found[:MOST_ROWS]


def _cells(asked: Mapping[str, Any]) -> list[tuple[int, int | None]]:
    """Return from which period to which each cell goes; None: or later."""
    if asked["measure"] == "bracket":
        return [(low, high) for low, high in asked["brackets"]]
    return [(cell, None if asked["measure"] == "unbounded" else cell) for cell in range(asked["periods"])]


def _periods(at: Ints, asked: Mapping[str, Any]) -> Ints:
    """Return the number of the period that each instant lies in, by the clock of the zone."""
    local = pd.DatetimeIndex(at.astype("datetime64[us]"), tz="UTC")
    if asked["zone"] != "UTC":
        local = local.tz_convert(asked["zone"])
    local = local.tz_localize(None)
    if asked["interval"] == "month":
        return np.asarray(local.year, np.int64) * 12 + np.asarray(local.month, np.int64) - 1
    days: Ints = local.to_numpy().astype("datetime64[D]").astype(np.int64)
    return days if asked["interval"] == "day" else (days + 4 - asked["week_start"]) // 7


def _beginnings(
    events: Events, period: Ints, start: datetime | None, end: datetime | None, *, first_time: bool
) -> Ints:
    """Return the places of the events that begin: of each person the first ever, or the first of each period."""
    starts = events.mask & 1 == 1
    if not first_time:
        if end is not None:
            starts &= events.at < microseconds(end)
        places = np.flatnonzero(starts)
        return places[first_rows(who=events.who[places], period=period[places])]
    places = np.flatnonzero(starts)
    places = places[first_rows(who=events.who[places])]
    if start is not None:
        places = places[events.at[places] >= microseconds(start)]
    return places if end is None else places[events.at[places] < microseconds(end)]


def _values(events: Events, places: Ints) -> tuple[Sequence[str | None], Ints]:
    """Return the values to count apart by in order, none last, and the number of each beginning's."""
    if "value" not in events.texts:
        return [None], np.zeros(len(places), np.int64)
    said = events.texts["value"]
    known = sorted(set(said.texts))
    numbers = {one: number for number, one in enumerate(known)}
    codes = np.array([*(numbers[one] for one in said.texts), len(known)], np.int64)
    return [*known, None], codes[said.codes[places]]


def _counted(begun: _Begun, asked: Mapping[str, Any], cells: Sequence[tuple[int, int | None]], many: int) -> Ints:
    """Return for people, sessions and events, each cell and each cohort how many there are."""
    span = (7 if asked["interval"] == "week" else 1) * 86_400_000_000
    found = np.zeros((3, len(cells), many), np.int64)
    size = begun.high - begun.low
    before = np.cumsum(size) - size
    for at, until in pieces(size, AT_ONCE):
        one = np.repeat(np.arange(at, until), size[at:until])
        back = begun.low[one] + np.arange(len(one)) - (before[one] - before[at])
        if asked["clock"] == "elapsed":
            later = (begun.returned[back] - begun.at[one]) // span
        else:
            later = begun.in_period[back] - begun.period[one]
        for cell, (low, high) in enumerate(cells):
            here = np.flatnonzero((later >= low) & (later <= high) if high is not None else later >= low)
            if not len(here):
                continue
            who, stay, group = one[here], begun.stay[back[here]], begun.group[one[here]]
            other = np.append(True, who[1:] != who[:-1])
            cut = other | np.append(True, stay[1:] != stay[:-1])
            for number, counts in enumerate((group[other], group[cut], group)):
                found[number, cell] += np.bincount(counts, minlength=many)
    return found


def _first_day(period: int, asked: Mapping[str, Any]) -> date:
    match asked["interval"]:
        case "day":
            return _EPOCH + timedelta(days=period)
        case "week":
            return _EPOCH + timedelta(days=period * 7 + asked["week_start"] - 4)
    return date(period // 12, period % 12 + 1, 1)


def _over(cohort: int, last: int, asked: Mapping[str, Any]) -> int:
    """Return the second since 1970 from which on all of a cell is known."""
    elapsed = asked["clock"] == "elapsed"
    day = _first_day(cohort + 1 + (0 if elapsed else last), asked)
    zone = UTC if asked["zone"] == "UTC" else ZoneInfo(asked["zone"])
    over = int(datetime.combine(day, time(), zone).timestamp())
    return over + (1 + last) * 86_400 * (7 if asked["interval"] == "week" else 1) if elapsed else over
