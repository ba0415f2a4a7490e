"""The options `--as-of` and `--clock` of commands that can answer about a past instant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import typer

from graphcdp.base import InvalidInputError
from graphcdp.profile import PastClock, read_instant

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Answer as of a past instant, such as 2026-03-01T12:00:00Z.", show_default=False),
]
WhichClock = Annotated[
    PastClock,
    typer.Option(
        "--clock",
        help="What --as-of goes by: what was known then, or what had happened by then.",
        case_sensitive=False,
    ),
]


class PastInstant(NamedTuple):
    """An instant and the clock it goes by, as they were typed."""

    at: datetime
    clock: PastClock


def read_as_of(text: str | None, clock: PastClock) -> PastInstant | None:
    """Return the instant that was asked for, and by which clock; None is the present.

    Raises:
        InvalidInputError: it is no instant or has no time zone, or a clock was chosen without one.
    """
    if text is None:
        if clock is not PastClock.KNOWN:
            raise InvalidInputError("--clock says how --as-of is meant. Give --as-of with it.", field="--clock")
        return None
    return PastInstant(read_instant(text, "--as-of"), clock)
