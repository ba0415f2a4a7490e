"""Patterns of a journey, by trying everything: every way to lay a pattern over a person's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Part:
    """An element: what an event must be, how many in a row, and whether others may come before."""

    fits: Callable[[str], bool]
    low: int = 1
    high: int = 1
    later: bool = False


def sessions(
    events: Sequence[tuple[datetime, str, str]], gap: timedelta | None
) -> list[list[tuple[datetime, str, str]]]:
    """Cut a person's events at silences of `gap` or more; None: all are one session."""
    found: list[list[tuple[datetime, str, str]]] = []
    for one in sorted(events):
        if not found or (gap is not None and one[0] - found[-1][-1][0] >= gap):
            found.append([])
        found[-1].append(one)
    return found


def matches(
    events: Sequence[tuple[datetime, str, str]], parts: Sequence[Part], within: timedelta, most_events: int
) -> list[list[str]]:
    """Return the match of every event that begins one, as ids, in order.

    Args:
        events: of one person: (ts, id, type), in any order.
        parts: of the pattern; the first is one event.
        within: from the first event of a match to its last.
        most_events: that a match spans, those between counted.
    """
    line = sorted(events)

    def ways(at: int, part: int, began: int) -> Iterator[tuple[list[int], list[int]]]:
        """Yield the places that the parts from `part` on take after place `at`, and where each part ends."""
        if part == len(parts):
            yield [], []
            return
        one = parts[part]
        begins = range(at + 1, len(line)) if one.later else [at + 1]
        for begin in begins:
            for many in range(one.low, one.high + 1):
                places = list(range(begin, begin + many))
                if all(
                    place < len(line)
                    and one.fits(line[place][2])
                    and line[place][0] - line[began][0] <= within
                    and place - began < most_events
                    for place in places
                ):
                    end = places[-1] if places else at
                    for rest, ends in ways(end, part + 1, began):
                        yield places + rest, [end, *ends]

    found = []
    for began, event in enumerate(line):
        if parts[0].fits(event[2]):
            all_ways = [([began, *places], ends) for places, ends in ways(began, 1, began)]
            if all_ways:
                best = min(all_ways, key=lambda way: (way[1][::-1], way[0]))
                found.append([line[place][1] for place in best[0]])
    return found
