"""Drivers and call deflection the long way, one person at a time. Imports nothing of graphcdp."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """An event; `ts` in seconds."""

    who: str
    ts: int
    id: str
    type: str


def counts(events: list[Event], start: str | None, window: int, landmark: int | None) -> dict[str | None, list[int]]:
    """Return people and successes by behaviour before a call; None: everybody who entered."""
    found: dict[str | None, list[int]] = {}
    for who in {one.who for one in events}:
        mine = sorted((one for one in events if one.who == who), key=lambda one: (one.ts, one.id))
        entries = [at for at, one in enumerate(mine) if start is None or one.type == start]
        if not entries:
            continue
        entry = mine[entries[0]]
        later = mine[entries[0] + 1 :]
        calls = [one for one in later if one.type == "call" and one.ts - entry.ts <= window]
        if landmark is not None and calls and calls[0].ts - entry.ts <= landmark:
            continue
        had = set()
        for one in later:
            if calls and (one.ts, one.id) >= (calls[0].ts, calls[0].id):
                break
            if one.ts - entry.ts <= (window if landmark is None else landmark) and one.type not in ("call", start):
                had.add(one.type)
        for label in (None, *had):
            each = found.setdefault(label, [0, 0])
            each[0] += 1
            each[1] += bool(calls)
    return found


def deflected(events: list[Event], window: int, gap: int) -> tuple[int, int, int, int, int, int]:
    """Return self-service sessions, escalated ones, repeats, calls within the window after one, people, and how many of
    them called after one."""
    sessions = escalated = repeats = 0
    called: set[str] = set()
    people: set[str] = set()
    callers: set[str] = set()
    for who in {one.who for one in events}:
        mine = sorted((one for one in events if one.who == who), key=lambda one: (one.ts, one.id))
        stays: list[list[Event]] = []
        for one in mine:
            if not stays or one.ts - stays[-1][-1].ts >= gap:
                stays.append([])
            stays[-1].append(one)
        helped = [[one.ts for one in stay if one.type == "help_view"] for stay in stays]
        helped = [times for times in helped if times]
        for number, times in enumerate(helped):
            after = [one for one in mine if one.type == "call" and times[-1] < one.ts <= times[-1] + window]
            sessions += 1
            escalated += bool(after)
            people.add(who)
            callers |= {who} if after else set()
            repeats += any(times[-1] + window >= other[0] for other in helped[number + 1 :])
            called |= {one.id for one in after}
    return sessions, escalated, repeats, len(called), len(people), len(callers)
