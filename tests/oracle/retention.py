"""Retention, lifecycle and stickiness said as plainly as can be, from nothing but the events. Slow on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Happening:
    """One event: who, its id, when (aware), and whether it starts a cohort, counts as a return, or as activity."""

    who: str
    id: str
    ts: datetime
    starts: bool = False
    returns: bool = False
    value: str | None = None


def first_day(day: date, interval: str, week_start: int = 1) -> date:
    """Return the first day of the day, week or month that a day lies in; weeks begin on 1 (Monday) to 7."""
    if interval == "day":
        return day
    if interval == "month":
        return day.replace(day=1)
    while day.isoweekday() != week_start:
        day -= timedelta(days=1)
    return day


def following(first: date, interval: str, periods: int) -> date:
    """Return the first day of the period so many later."""
    if interval == "day":
        return first + timedelta(days=periods)
    if interval == "week":
        return first + timedelta(days=7 * periods)
    for _ in range(periods):
        first = (first.replace(day=28) + timedelta(days=7)).replace(day=1)
    return first


def _period(ts: datetime, zone: str, interval: str, week_start: int) -> date:
    return first_day(ts.astimezone(ZoneInfo(zone)).date(), interval, week_start)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def sessions(of: Iterable[Happening], among: Iterable[Happening], gap: timedelta) -> int:
    """Return in how many sessions some returns lie, where the returns of their person are cut at silences."""
    numbers: dict[str, int] = {}
    number, before = 0, None
    for one in sorted(among, key=lambda one: (one.ts, one.id)):
        number += before is not None and one.ts - before >= gap
        numbers[one.id], before = number, one.ts
    return len({numbers[one.id] for one in of})


Cohorts = dict[tuple[date, str | None], tuple[set[str], list[dict[str, list[Happening]] | None]]]
"""By period and value: who began, and for each bracket who came back, by which events (None: not known yet)."""


def retention(
    events: Iterable[Happening],
    *,
    start: datetime,
    end: datetime,
    interval: str,
    brackets: Sequence[tuple[int, int | None]],
    zone: str,
    week_start: int,
    clock: str,
    cohort: str,
    observed_until: datetime,
) -> Cohorts:
    """Return for each cohort (and value of the event that began it) that somebody is in: who, and for each bracket who
    came back, by which events (None: not known yet).

    Args:
        events: in any order.
        start, end: starts at or after `start` and before `end` make cohorts.
        interval, zone, week_start: what a period is.
        brackets: periods from the first to the second; None: or later.
        clock: `calendar`, or `elapsed` days of 24 hours since the start.
        cohort: `first_time` or `recurring`.
        observed_until: nothing later is known.
    """
    known = sorted((one for one in events if one.ts <= observed_until), key=lambda one: (one.ts, one.id))
    anchors: dict[tuple[str, date], Happening] = {}
    begun: set[str] = set()
    for one in known:
        if not one.starts:
            continue
        if cohort == "first_time" and one.who in begun:
            continue
        begun.add(one.who)
        if start <= one.ts < end:
            anchors.setdefault((one.who, _period(one.ts, zone, interval, week_start)), one)
    length = {"day": 1, "week": 7}.get(interval)
    answer: Cohorts = {}
    for period, value in {(period, one.value) for (_, period), one in anchors.items()}:
        people = {who for (who, when), one in anchors.items() if when == period and one.value == value}
        cells: list[dict[str, list[Happening]] | None] = []
        for low, high in brackets:
            last = low if high is None else high
            if clock == "calendar":
                over = _midnight(following(period, interval, last + 1), zone)
            else:
                assert length is not None
                over = _midnight(following(period, interval, 1), zone) + timedelta(0)
                over = over.astimezone(ZoneInfo("UTC")) + timedelta(days=length * (last + 1))
            if over > observed_until:
                cells.append(None)
                continue
            back: dict[str, list[Happening]] = {}
            for who in people:
                anchor = anchors[who, period]
                for one in known:
                    if one.who != who or not one.returns or (one.ts, one.id) < (anchor.ts, anchor.id):
                        continue
                    if clock == "calendar":
                        number = 0
                        when = _period(one.ts, zone, interval, week_start)
                        while following(period, interval, number) < when:
                            number += 1
                    else:
                        assert length is not None
                        number = int((one.ts - anchor.ts).total_seconds() // (86_400 * length))
                    if low <= number and (high is None or number <= high):
                        back.setdefault(who, []).append(one)
            cells.append(back)
        answer[period, value] = people, cells
    return answer


def lifecycle(
    events: Iterable[Happening],
    *,
    start: datetime,
    end: datetime,
    interval: str,
    zone: str,
    week_start: int,
    observed_until: datetime,
) -> dict[date, dict[str, set[str]]]:
    """Return for each period that touches [start, end): who is new, returning, resurrecting, and who fell dormant."""
    active: dict[str, set[date]] = {}
    for one in events:
        if one.ts <= observed_until:
            active.setdefault(one.who, set()).add(_period(one.ts, zone, interval, week_start))
    answer: dict[date, dict[str, set[str]]] = {}
    period = _period(start, zone, interval, week_start)
    last = _period(end - timedelta(microseconds=1), zone, interval, week_start)
    while period <= last:
        before = first_day(period - timedelta(days=1), interval, week_start)
        row: dict[str, set[str]] = {"new": set(), "returning": set(), "resurrecting": set(), "dormant": set()}
        for who, periods in active.items():
            if period in periods:
                if min(periods) == period:
                    row["new"].add(who)
                elif before in periods:
                    row["returning"].add(who)
                else:
                    row["resurrecting"].add(who)
            elif before in periods:
                row["dormant"].add(who)
        answer[period] = row
        period = following(period, interval, 1)
    return answer


def activity(
    events: Iterable[Happening], *, interval: str, zone: str, week_start: int, observed_until: datetime, gap: timedelta
) -> dict[tuple[str, date], tuple[int, int]]:
    """Return by person and period how many sessions of activity touch it, and how many events lie in it."""
    known = [one for one in events if one.ts <= observed_until]
    found: dict[tuple[str, date], list[Happening]] = {}
    for one in known:
        found.setdefault((one.who, _period(one.ts, zone, interval, week_start)), []).append(one)
    return {
        key: (sessions(group, [one for one in known if one.who == key[0]], gap), len(group))
        for key, group in found.items()
    }


def stickiness(
    events: Iterable[Happening],
    *,
    start: datetime,
    end: datetime,
    interval: str,
    zone: str,
    week_start: int,
    observed_until: datetime,
) -> dict[int, set[str]]:
    """Return who was active in how many different periods inside [start, end)."""
    active: dict[str, set[date]] = {}
    for one in events:
        if start <= one.ts < end and one.ts <= observed_until:
            active.setdefault(one.who, set()).add(_period(one.ts, zone, interval, week_start))
    answer: dict[int, set[str]] = {}
    for who, periods in active.items():
        answer.setdefault(len(periods), set()).add(who)
    return answer
