"""Channels, what is popular, and tools the long way, one person at a time. Imports nothing of graphcdp."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

UNKNOWN = "(unknown)"


@dataclass(frozen=True)
class Done:
    """An event: who, its id, when, of what type, where, and what of it counts."""

    who: str
    id: str
    ts: datetime
    type: str
    channel: str | None = None
    content: str | None = None
    tool: str | None = None
    solved: bool = False
    value: float = 0.0


def _by_person(events: Iterable[Done]) -> dict[str, list[Done]]:
    found: dict[str, list[Done]] = {}
    for one in sorted(events, key=lambda one: (one.ts, one.id)):
        found.setdefault(one.who, []).append(one)
    return found


def channels(
    events: Iterable[Done], start: datetime, end: datetime, conversion: str, lookback: timedelta, gap: timedelta
) -> dict[str, tuple[int, int, int, int, int, int, float, int, int]]:
    """Return by channel: people, events, sessions, engaged, converted, conversions, value, last touches, assisted."""
    found: dict[str, list[float]] = {}
    for history in _by_person(events).values():
        mine = [one for one in history if start <= one.ts < end]
        stays: list[list[Done]] = []
        for one in mine:
            if not stays or one.ts - stays[-1][-1].ts >= gap:
                stays.append([])
            stays[-1].append(one)
        converting = [one for one in mine if one.type == conversion]
        paths = []
        for goal in converting:
            before = [one for one in history if (one.ts, one.id) < (goal.ts, goal.id) and one.ts >= goal.ts - lookback]
            paths.append([one.channel or UNKNOWN for one in before if one.type != conversion])
        for channel in {one.channel or UNKNOWN for one in mine}:
            here = [one for one in mine if (one.channel or UNKNOWN) == channel]
            had = [stay for stay in stays if any((one.channel or UNKNOWN) == channel for one in stay)]
            row = found.setdefault(channel, [0] * 9)
            goals = [one for one in here if one.type == conversion]
            for place, figure in enumerate((
                1, len(here), len(had), sum(len(stay) > 1 for stay in had), bool(converting), len(goals),
                sum(one.value for one in goals), sum(path[-1:] == [channel] for path in paths),
                sum(channel in path and path[-1] != channel for path in paths),
            )):  # fmt: skip
                row[place] += figure
    return {channel: tuple(row) for channel, row in found.items()}  # type: ignore[misc]


def overlap(
    events: Iterable[Done], start: datetime, end: datetime, conversion: str
) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Return by the set of channels that people used: people, how many of them converted, and how often."""
    found: Counter[tuple[str, ...]] = Counter()
    converted: Counter[tuple[str, ...]] = Counter()
    conversions: Counter[tuple[str, ...]] = Counter()
    for history in _by_person(events).values():
        mine = [one for one in history if start <= one.ts < end]
        used = tuple(sorted({one.channel or UNKNOWN for one in mine}))
        if used:
            often = sum(one.type == conversion for one in mine)
            found[used] += 1
            converted[used] += often > 0
            conversions[used] += often
    return {used: (found[used], converted[used], conversions[used]) for used in found}


def numbered(events: Iterable[Done], start: datetime, end: datetime, gap: timedelta) -> dict[str, tuple[str, int]]:
    """Return by id of each event in the period which session of whom it lies in."""
    found = {}
    for who, history in _by_person(events).items():
        number, before = 0, None
        for one in history:
            if start <= one.ts < end:
                number += before is None or one.ts - before >= gap
                found[one.id], before = (who, number), one.ts
    return found


def popular(
    events: Sequence[Done], start: datetime, end: datetime, by: Callable[[Done], str], count: str, gap: timedelta
) -> dict[tuple[str, str], list[tuple[str, int, int, int]]]:
    """Return for each day (UTC) and part its contents with times, people and sessions, by `count`, the most first."""
    session = numbered(events, start, end, gap)
    groups: dict[tuple[str, str], list[Done]] = {}
    for one in events:
        if start <= one.ts < end and one.content is not None:
            groups.setdefault((one.ts.date().isoformat(), by(one)), []).append(one)
    found = {}
    for key, group in groups.items():
        times = Counter(one.content for one in group)
        rows = [
            (
                content or "", many,
                len({one.who for one in group if one.content == content}),
                len({session[one.id] for one in group if one.content == content}),
            )
            for content, many in times.items()
        ]  # fmt: skip
        figure = ("events", "people", "sessions").index(count) + 1
        found[key] = sorted(rows, key=lambda row: (-row[figure], -row[1], row[0]))
    return found


@dataclass
class Use:
    """A use of a tool, and what came of it."""

    who: str
    id: str
    tool: str
    succeeded: bool
    again: bool
    step: str


def uses(
    events: Iterable[Done], start: datetime, end: datetime, window: timedelta, follows: str | None
) -> Sequence[Use]:
    """Return every use of a tool in the period."""
    found = []
    for who, history in _by_person(events).items():
        for place, one in enumerate(history):
            if one.type != "tool_use" or one.tool is None or not start <= one.ts < end:
                continue
            later = [other for other in history[place + 1 :] if other.ts <= one.ts + window]
            succeeded, again = one.solved, False
            for other in later:
                if other.type == "tool_use" and other.tool == one.tool:
                    again = True
                    break
                succeeded = succeeded or other.type == follows
            found.append(Use(who, one.id, one.tool, succeeded, again, later[0].type if later else "(exit)"))
    return found
