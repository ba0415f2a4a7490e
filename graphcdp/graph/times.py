"""Times between Python and Neo4j without the driver's detour, on the connections of one driver only.

The driver builds a `neo4j.time.DateTime` in pure Python for every time it reads or writes: about 25 microseconds each
way, more than the server needs for the whole row. Here an instant becomes an aware `datetime` in UTC directly (about
one microsecond). The hooks sit on the driver's private parts, so `quicken` looks first whether they are where they
were and whether a time is written in the same form; if not, all stays as the driver does it and `values.native`
converts.

Times are exact to the microsecond; an offset or zone is not kept, the instant is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import neo4j

from graphcdp.base import logger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a local time of Neo4j has no zone
_INSTANTS = (b"I", b"i", b"d")  # the protocol's marks: with offset, with zone, local
_log = logger(__name__)


def quicken(driver: neo4j.AsyncDriver) -> bool:
    """Give every connection that this driver will open the direct conversion.

    Returns:
        Whether it was possible with this version of the driver.
    """
    pool: Any = getattr(driver, "_pool", None)
    opener = getattr(pool, "opener", None)
    try:
        from neo4j._codec.packstream import Structure
    except ImportError:
        opener = None
    if opener is None:
        _log.info("times_converted_by_driver", driver=neo4j.__version__)
        return False

    async def open_connection(*args: Any, **kwargs: Any) -> Any:
        connection = await opener(*args, **kwargs)
        handler = getattr(connection, "hydration_handler", None)
        if handler is not None:
            _install(handler, Structure)
        return connection

    pool.opener = open_connection
    return True


def _install(handler: Any, structure: Any) -> None:
    readers = getattr(handler, "struct_hydration_functions", {})
    writers = getattr(getattr(handler, "dehydration_hooks", None), "exact_types", {})
    if not all(mark in readers for mark in _INSTANTS) or datetime not in writers:
        return  # a protocol older than Neo4j 5
    write = _writer(structure, writers[datetime])
    probe = datetime(2026, 3, 29, 1, 30, 5, 123456, tzinfo=UTC)
    theirs, ours = writers[datetime](probe), write(probe)
    if theirs.tag != ours.tag or list(theirs.fields) != list(ours.fields):
        _log.info("times_converted_by_driver", driver=neo4j.__version__)
        return
    for mark in _INSTANTS:
        readers[mark] = _reader(readers[mark])
    writers[datetime] = write


def _reader(slow: Callable[..., Any]) -> Callable[..., Any]:
    def read(seconds: int, nanoseconds: int, zone: int | str | None = None) -> Any:
        epoch = _LOCAL_EPOCH if zone is None else _EPOCH
        try:
            return epoch + timedelta(0, seconds, nanoseconds // 1000)
        except OverflowError:  # a year that Python's datetime cannot hold
            return slow(seconds, nanoseconds, zone)

    return read


def _writer(structure: Any, slow: Callable[[datetime], Any]) -> Callable[[datetime], Any]:
    def write(value: datetime) -> Any:
        if value.tzinfo is None:
            return slow(value)
        since = value - _EPOCH
        return structure(b"I", since.days * 86400 + since.seconds, since.microseconds * 1000, 0)

    return write
