"""Past instants as arguments: `asOf` and `clock`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from graphcdp.api.graphql.context import Context
from graphcdp.base import InvalidInputError
from graphcdp.profile import Moment, PastClock


@strawberry.enum(name="PastClock", description="By which of two clocks a past instant is meant.")
class WhichClock(Enum):
    KNOWN = strawberry.enum_value("known", description="What the system knew then: the answer it gave on that day.")
    HAPPENED = strawberry.enum_value(
        "happened", description="What had happened by then, as is known today: late news counts."
    )


AsOf = Annotated[
    datetime | None,
    strawberry.argument(description="A past instant with a time zone, such as `2026-03-01T12:00:00Z`; null is now."),
]
Clock = Annotated[WhichClock, strawberry.argument(description="By which clock `asOf` is meant.")]


def moment_of(context: Context, as_of: datetime | None, clock: WhichClock) -> Moment | None:
    """Return the past instant that was asked for; None is the present.

    Raises:
        InvalidInputError: it has no time zone or lies in the future, or a clock was chosen without an instant.
    """
    if as_of is None:
        if clock is not WhichClock.KNOWN:
            raise InvalidInputError("`clock` says how `asOf` is meant. Give `asOf` with it.", field="clock")
        return None
    return context.platform.past.moment(as_of, PastClock[clock.name])
