"""What shows two identities together: events and records, and the links they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from graphcdp.base import InvalidInputError, NotFoundError

MOST_EVENTS = 100


class IdentityNotFoundError(NotFoundError):
    """An identity was never seen."""

    code = "identity_not_found"

    @classmethod
    def of(cls, namespace: str) -> Self:
        """Say it of one identity, without its value."""
        return cls(
            f"No {namespace} identity with this value was ever seen. Check the namespace and the spelling.",
            namespace=namespace,
        )


class ProfileNotFoundError(NotFoundError):
    """A profile's id was never given out."""

    code = "profile_not_found"


class Evidence(NamedTuple):
    """An event or record that showed two identities together; `type` is `record` for one without an interaction.

    Attributes:
        identity_keys: all that it carried, strongest first.
    """

    id: str
    type: str
    ts: datetime
    source: str | None
    dataset: str | None
    channel: str | None
    identity_keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, shown: Mapping[str, Any] | None) -> Evidence | None:
        """Read a map of a statement in cypher/identity; None where there is none."""
        return None if shown is None else cls.read(shown)

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> Evidence:
        """Read a map of a statement in cypher/identity."""
        return cls(
            shown["id"],
            shown["type"],
            shown["ts"],
            shown["source"],
            shown["dataset"],
            shown["channel"],
            tuple(shown["identity_keys"] or ()),
        )


class PersonsWord(NamedTuple):
    """A person's decision: `change_id` is `writer/number`, `kind` such as `link_cut`."""

    change_id: str
    at: datetime
    kind: str
    who: str | None
    reason: str | None

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> PersonsWord | None:
        """Read a map of a statement in cypher/identity; None where there is none."""
        return None if said is None else cls(said["id"], said["at"], said["kind"], said["who"], said["reason"])


@dataclass(frozen=True, slots=True)
class LinkStep:
    """One link of a chain of evidence.

    Attributes:
        step: counted from 1.
        left_key, right_key: the two identities, `namespace|value`, in the direction of the chain.
        state: `active`, or `pinned` by a person.
        seen: how many events showed the two together.
        sources: where those came from.
        first_seen, last_seen: in event time.
        weakest: whether this is the chain's weakest link.
        first_event, last_event: the first and the last event that showed them together.
        event_count: how many events and records that are still there showed them together.
        events: some of them, in the order and number asked for.
        decision: the person's word that pinned it.
    """

    step: int
    left_key: str
    right_key: str
    state: str
    seen: int
    sources: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    weakest: bool
    first_event: Evidence | None
    last_event: Evidence | None
    event_count: int = 0
    events: tuple[Evidence, ...] = ()
    decision: PersonsWord | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.explain`."""
        return cls(
            row["step"],
            row["left_key"],
            row["right_key"],
            row["state"],
            row["seen"] or 0,
            tuple(row["sources"] or ()),
            row["first_seen"],
            row["last_seen"],
            row["weakest"],
            Evidence.of(row["first_event"]),
            Evidence.of(row["last_event"]),
            row["event_count"],
            tuple(Evidence.read(each) for each in row["events"]),
            PersonsWord.of(row["decision"]),
        )


def checked_count(wanted: int, field: str = "events") -> int:
    """Return how many events are wanted.

    Raises:
        InvalidInputError: fewer than none, or more than an answer holds.
    """
    if not 0 <= wanted <= MOST_EVENTS:
        raise InvalidInputError(
            f"`{field}` is {wanted}; an answer shows 0 to {MOST_EVENTS} events of each link. Page through the rest "
            "with `evidence`.",
            field=field,
            limit=MOST_EVENTS,
        )
    return wanted
