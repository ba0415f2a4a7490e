"""A figure over a person's events: from all of them, or from what was held and the events that came since.

Both ways give the same: a property test holds them equal on histories with merges, splits, late events and repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from graphcdp.model import Scalar
from graphcdp.segments.rule.ast import Ago, Between, Function, Last, Window

MOST_VALUES = 200
"""Of more different values than this nothing is kept: the events are read again instead."""
_TICK = timedelta(microseconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
"""After all events; an event that counts until then always does."""
_EVER = datetime.min.replace(tzinfo=UTC)
_NUMERIC = ("sum", "average", "min", "max")


class Counted(NamedTuple):
    """An event that fulfils the pattern, with the value that the figure is about (for `count` any)."""

    ts: datetime
    id: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure is, and where it comes from.

    Attributes:
        value: None where there is none.
        events: how many events counted.
        latest: (ts, id) of the latest event that counted.
        kept: what the next events are added to; None where all events must be read again.
        until: the earliest later instant at which it may change with no new event; None: never.
    """

    value: Scalar
    events: int
    latest: tuple[datetime, str] | None
    kept: list[Any] | None
    until: datetime | None = None


NONE = Figure(None, 0, None, [])


def read_anew(function: Function, window: Window | None, events: Iterable[Counted], now: datetime) -> Figure:
    """Return the figure over events of one person, in any order.

    Args:
        function: of the language.
        window: which of them count at an instant.
        events: that fulfil the pattern whenever they were.
        now: the instant.
    """
    counted: list[Counted] = []
    until: datetime | None = None
    for event in events:
        if not _usable(function, event.value):
            continue
        enters, leaves = counts_during(window, event.ts)
        if enters <= now < leaves:
            counted.append(event)
            changes = leaves
        else:
            changes = enters
        if now < changes < NEVER and (until is None or changes < until):
            until = changes
    figure = _added(function, NONE, sorted(counted, key=lambda event: event[:2]))
    assert figure is not None  # noqa: S101  nothing precedes the first
    return replace(figure, kept=None if until is not None or moves(window) else figure.kept, until=until)


def add(
    function: Function, window: Window | None, held: Figure, events: Iterable[Counted], now: datetime
) -> Figure | None:
    """Return the figure with new events added to what was held; None where all must be read again.

    Args:
        function: of the language.
        window: as in `read_anew`.
        held: before; `NONE` for a person of whom no event counted.
        events: new, each once, in any order.
        now: the instant.
    """
    if held.kept is None or moves(window):
        return None
    usable = sorted((event for event in events if _usable(function, event.value)), key=lambda event: event[:2])
    counting = [event for event in usable if counts_during(window, event.ts)[0] < NEVER]
    if any(event.ts > now for event in counting):
        return None
    return _added(function, held, counting)


def moves(window: Window | None) -> bool:
    """Say whether time alone takes events into a window or out of it."""
    return isinstance(window, Last | Ago)


def counts_during(window: Window | None, ts: datetime) -> tuple[datetime, datetime]:
    """Return from which instant on an event counts, and from which it does not any more."""
    if isinstance(window, Last):
        return ts, _later(ts, window.seconds) + _TICK
    if isinstance(window, Ago):
        enters = _later(ts, window.newest)
        return (enters + _TICK, NEVER) if window.oldest is None else (enters, _later(ts, window.oldest) + _TICK)
    if isinstance(window, Between):
        since = _EVER if window.since is None else instant_of(window.since.value)
        until = NEVER if window.until is None else instant_of(window.until.value)
        return (ts, NEVER) if since <= ts < until else (NEVER, NEVER)
    return ts, NEVER


def instant_of(text: str) -> datetime:
    """Return the instant that a date of the language says."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def stamp(ts: datetime) -> str:
    """Return an instant as a value of a profile: ISO text in UTC."""
    text = ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _later(ts: datetime, seconds: int) -> datetime:
    return min(ts + timedelta(seconds=seconds), NEVER - _TICK)


def _usable(function: Function, value: Scalar) -> bool:
    if function in _NUMERIC:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return value is not None


def _added(function: Function, held: Figure, events: Sequence[Counted]) -> Figure | None:
    """Return the figure with events added, which come in order; None where what is held does not say enough."""
    if not events:
        return held
    if held.kept is None or (
        function in ("sum", "average") and held.latest is not None and held.latest > events[0][:2]
    ):
        return None  # sums add in order
    kept = _FOLDS[function](held.kept, events)
    count = held.events + len(events)
    latest = max(held.latest or events[-1][:2], events[-1][:2])
    return Figure(_VALUES[function](kept, count), count, latest, kept if len(kept) <= MOST_VALUES else None)


def _sum(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    total: Any = kept[0] if kept else 0
    for event in events:
        total += event.value
    return [total]


def _least(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    return [min([*kept, *(event.value for event in events)])]


def _greatest(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    return [max([*kept, *(event.value for event in events)])]


def _first(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    told = events[0]
    return [told.ts.isoformat(), told.id, told.value] if not kept or told[:2] < _place(kept) else kept


def _last(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    told = events[-1]
    return [told.ts.isoformat(), told.id, told.value] if not kept or told[:2] > _place(kept) else kept


def _place(kept: list[Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(kept[0]), kept[1]


def _often(kept: list[Any], events: Sequence[Counted]) -> list[Any]:
    """Keep each different value with how often and when last it was told."""
    found = {_same(each[0]): each for each in kept}
    for event in events:
        before = found.get(_same(event.value))
        if before is None:
            found[_same(event.value)] = [event.value, 1, event.ts.isoformat()]
        else:
            newest = max(datetime.fromisoformat(before[2]), event.ts)
            found[_same(event.value)] = [before[0], before[1] + 1, newest.isoformat()]
    return list(found.values())


def _same(value: Scalar) -> tuple[str, Scalar]:
    """Return what equal values share: 1 equals 1.0, and neither is `true`."""
    if isinstance(value, bool):
        return "boolean", value
    return ("text" if isinstance(value, str) else "number"), value


def _favourite(kept: list[Any], _: int) -> Scalar:
    """The most frequent; of equals the most recent, then the smallest text."""
    best = min(kept, key=lambda each: (-each[1], -datetime.fromisoformat(each[2]).timestamp(), as_text(each[0])))
    value: Scalar = best[0]
    return value


def as_text(value: Scalar) -> str:
    """Return a value as the text by which equals are put in order."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_FOLDS: dict[Function, Callable[[list[Any], Sequence[Counted]], list[Any]]] = {
    "count": lambda kept, _: kept,
    "sum": _sum,
    "average": _sum,
    "min": _least,
    "max": _greatest,
    "first": _first,
    "last": _last,
    "distinct": _often,
    "most frequent": _often,
}
_VALUES: dict[Function, Callable[[list[Any], int], Scalar]] = {
    "count": lambda _, count: count,
    "sum": lambda kept, _: kept[0],
    "average": lambda kept, count: kept[0] / count,
    "min": lambda kept, _: kept[0],
    "max": lambda kept, _: kept[0],
    "first": lambda kept, _: kept[2],
    "last": lambda kept, _: kept[2],
    "distinct": lambda kept, _: len(kept),
    "most frequent": _favourite,
}
