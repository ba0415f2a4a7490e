"""Which identity an event hangs on: its strongest, except anonymous events that follow a device's logins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from graphcdp.identity.replay.evidence import key_order
from graphcdp.identity.replay.parts import Shared


class Stop(NamedTuple):
    """A fact that carries a device.

    Attributes:
        ts, id: of the fact.
        login: the strongest person's key it carries; None where it carries none.
        anonymous: whether it carries no person's key and the device is its strongest.
    """

    ts: datetime
    id: str
    login: str | None
    anonymous: bool


def by_session(device: str, stops: Sequence[Stop], visit_minutes: int) -> dict[str, str]:
    """Say whose the anonymous events of a device are where each visit follows its own login.

    Args:
        device: its key.
        stops: every fact that carries it, in order of replay.
        visit_minutes: a longer gap begins a new visit.

    Returns:
        Event id to the strongest person's key of: the latest login before it in its visit; else the first after it in
        its visit; else the latest before its visit; else the first after it; else the device.
    """
    bearers: dict[str, str] = {}
    before: str | None = None  # the latest login of earlier visits
    unclaimed: list[str] = []  # events of visits without a login, before the device's first login
    for visit in _visits(stops, visit_minutes):
        latest: str | None = None
        waiting: list[str] = []
        for stop in visit:
            if stop.login is not None:
                latest = stop.login
                bearers.update((event, latest) for event in waiting)
                waiting.clear()
            elif stop.anonymous:
                if latest is not None:
                    bearers[stop.id] = latest
                else:
                    waiting.append(stop.id)
        if latest is not None and before is None:
            first = next(stop.login for stop in visit if stop.login is not None)
            bearers.update((event, first) for event in unclaimed)
            unclaimed.clear()
        if before is not None:
            bearers.update((event, before) for event in waiting)
        else:
            unclaimed += waiting
        before = latest or before
    bearers.update((event, device) for event in unclaimed)
    return bearers


def by_nobody(device: str, stops: Sequence[Stop], visit_minutes: int, shared: Shared | None) -> dict[str, str]:
    """Say whose the anonymous events of a device are where a shared device is nobody's.

    Args:
        device: its key.
        stops: every fact that carries it, in order of replay.
        visit_minutes: a longer gap begins a new visit.
        shared: how it became shared; None where it did not.

    Returns:
        Event id to the device, or, for visits before the one in which it became shared, to the strongest person's key
        of the latest login before that, if there was one.
    """
    bearers = {stop.id: device for stop in stops if stop.anonymous}
    if shared is None:
        return bearers
    place = (shared.ts, key_order(shared.fact_id))
    login = next((s.login for s in reversed(stops) if s.login and (s.ts, key_order(s.id)) < place), None)
    if login is None:
        return bearers
    carries = any(stop.id == shared.fact_id for stop in stops)
    for visit in _visits(stops, visit_minutes):
        if any(s.id == shared.fact_id for s in visit) if carries else visit[-1].ts >= shared.ts:
            break
        bearers.update((stop.id, login) for stop in visit if stop.anonymous)
    return bearers


def _visits(stops: Sequence[Stop], visit_minutes: int) -> Iterator[Sequence[Stop]]:
    longest = timedelta(minutes=visit_minutes)
    start = 0
    for index in range(1, len(stops)):
        if stops[index].ts - stops[index - 1].ts > longest:
            yield stops[start:index]
            start = index
    if stops:
        yield stops[start:]
