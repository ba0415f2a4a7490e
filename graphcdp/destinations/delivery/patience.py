"""How long deliveries are tried, and what a worker knows of one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is tried.

    Attributes:
        first_seconds, most_seconds: waits between attempts, doubled each time, with jitter of a half.
        attempts: after so many a delivery is given up, if the destination took others meanwhile.
        hours: after so long it is given up in any case.
        trips: failures in a row that make a destination rest, for `rest_seconds`.
        lease_seconds: a worker that says nothing for so long has lost its destination; `message_seconds` while a
            message to a person is on its way.
    """

    first_seconds: float = 1.0
    most_seconds: float = 300.0
    attempts: int = 8
    hours: float = 72.0
    trips: int = 5
    rest_seconds: int = 30
    lease_seconds: float = 15.0
    message_seconds: float = 45.0

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts."""
        seconds = min(self.most_seconds, self.first_seconds * 2 ** max(0, attempts - 1))
        return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311  no secret


class Task(NamedTuple):
    """A delivery that is due: of an activation about a person, or what a trigger tells (`about`: JSON)."""

    id: str
    activation: str | None
    profile: str
    cause: str
    by_event: str | None
    at: datetime
    attempts: int
    first_failed: datetime | None
    subjects: Sequence[str] | None
    trigger: str | None = None
    about: str | None = None


class LostError(Exception):
    """Another worker has the destination."""
