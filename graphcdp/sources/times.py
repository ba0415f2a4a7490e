"""When a row happened: ISO, epoch seconds or milliseconds, or a strptime pattern, to an aware instant in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from graphcdp.sources.definition import TimeSpec
from graphcdp.sources.values import WrongValueError, clean, to_text

MAX_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CACHED_TIMES = 20_000

TimeReader = Callable[[Any], datetime]


def check_not_ahead(ts: datetime, now: datetime) -> None:
    """Refuse a time more than a day after now.

    Raises:
        WrongValueError: it is.
    """
    if ts > now + MAX_AHEAD:
        raise WrongValueError(
            "bad_time",
            f"{ts:%Y-%m-%d %H:%M} UTC is more than a day in the future; check the time's format and timezone.",
        )


def time_reader(spec: TimeSpec) -> TimeReader:
    """Compile a time spec.

    Returns:
        A function of the raw value: the instant, aware, in UTC. It raises WrongValueError with code `bad_time`.
    """
    zone = ZoneInfo(spec.timezone)
    pattern = spec.format
    cache: dict[str, datetime] = {}

    def in_utc(ts: datetime) -> datetime:
        return (ts if ts.tzinfo is not None else ts.replace(tzinfo=zone)).astimezone(UTC)

    def from_text(text: str) -> datetime:
        if pattern == "iso":
            return in_utc(datetime.fromisoformat(text))
        if pattern == "epoch_s":
            return _EPOCH + timedelta(seconds=float(text))
        if pattern == "epoch_ms":
            return _EPOCH + timedelta(milliseconds=float(text))
        return in_utc(datetime.strptime(text, pattern))  # noqa: DTZ007 - in_utc gives it its zone

    def read(raw: Any) -> datetime:
        value = clean(raw)
        if value is None:
            raise WrongValueError("bad_time", "There is no time in the row; a fact must say when.")
        try:
            if isinstance(value, datetime):
                return in_utc(value)
            if isinstance(value, date):
                return in_utc(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - in_utc gives it its zone
            text = to_text(value)
            known = cache.get(text)
            if known is None:
                known = from_text(text)
                if len(cache) >= _CACHED_TIMES:
                    cache.clear()
                cache[text] = known
            return known
        except (ValueError, OverflowError):
            wanted = "an ISO time such as 2026-11-24T10:00:00Z" if pattern == "iso" else f"written as {pattern}"
            raise WrongValueError("bad_time", f"It is not {wanted}; correct time.format or the source.") from None

    return read
