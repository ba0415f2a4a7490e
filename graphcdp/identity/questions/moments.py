"""Past instants: by which of two clocks, and how one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from graphcdp.base import InvalidInputError
from graphcdp.identity.questions.explain import IdentityNotFoundError


class PastClock(StrEnum):
    """By which of two clocks a past instant is meant."""

    KNOWN = "known"
    """What the system knew then: it answers as it did on that day."""
    HAPPENED = "happened"
    """What had happened by then, as is known today; late news counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A past instant by one of the two clocks; hashable.

    Attributes:
        at: the instant, aware, UTC.
        clock: which clock.
    """

    at: datetime
    clock: PastClock = PastClock.KNOWN

    @property
    def known_by(self) -> datetime | None:
        """By when a fact must have come in to count; None where that does not matter."""
        return self.at if self.clock is PastClock.KNOWN else None

    @property
    def happened_by(self) -> datetime | None:
        """By when a fact must have happened to count; None where that does not matter."""
        return self.at if self.clock is PastClock.HAPPENED else None

    @property
    def stamp(self) -> str:
        """The instant as text for messages."""
        return self.at.replace(tzinfo=None).isoformat(timespec="microseconds").rstrip("0").rstrip(".") + "Z"


class NotKnownThenError(IdentityNotFoundError):
    """An identity is known now and was not at the instant asked for."""

    @classmethod
    def at(cls, namespace: str, moment: Moment, since: datetime | None) -> NotKnownThenError:
        """Say it of one identity, without its value."""
        when = moment.stamp
        if moment.clock is PastClock.KNOWN:
            told = f"Nothing was known of this {namespace} identity at {when}"
            later = f": it first came in at {Moment(since).stamp}." if since else "."
        else:
            told = f"Nothing had happened with this {namespace} identity by {when}"
            later = f": its first event is of {Moment(since).stamp}." if since else "."
        return cls(told + later, namespace=namespace, as_of=when)


def read_instant(text: str, field: str = "asOf") -> datetime:
    """Read an instant as a person writes it, in ISO 8601 with a time zone.

    Args:
        text: such as `2026-03-01T12:00:00Z`.
        field: what to call it in a message.

    Raises:
        InvalidInputError: it is no instant, or has no time zone.
    """
    try:
        return require_zone(datetime.fromisoformat(text.strip()), field)
    except ValueError:
        raise InvalidInputError(
            f"`{field}` is {text[:40]!r}, which is no instant. Write it as 2026-03-01T12:00:00Z.", field=field
        ) from None


def require_zone(at: datetime, field: str = "asOf") -> datetime:
    """Return an instant in UTC.

    Raises:
        InvalidInputError: it has no time zone.
    """
    if at.tzinfo is None:
        raise InvalidInputError(
            f"`{field}` is {at.isoformat()}, which has no time zone. Add one: {at.isoformat()}Z for UTC.", field=field
        )
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise InvalidInputError(f"`{field}` is too far away. Give an instant since the year 1.", field=field) from None
