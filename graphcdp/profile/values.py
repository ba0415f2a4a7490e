"""What can be read about a person, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import orjson

from graphcdp.base.paging import Page

Json = Any
COMPUTED = "computed"
"""The source of an attribute that nobody states: it is computed from events."""


class Attribute(NamedTuple):
    """One attribute in force, and where it came from.

    Attributes:
        name: snake_case.
        value: text, number or boolean.
        at: when it was stated, aware, UTC; None where the source gave no time.
        source, dataset: who stated it.
        record_id: the fact that stated it; of a computed one the latest event behind it.
        events: of a computed one: how many events it was computed from.
        latest_at: of a computed one: when the latest of them happened.
    """

    name: str
    value: Json
    at: datetime | None
    source: str | None
    dataset: str | None
    record_id: str | None
    events: int | None = None
    latest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One resolved person.

    Attributes:
        id: the profile's id.
        founder: key of the identity that its id comes from.
        identity_count: how many identities it holds.
        facts: the merged attributes as JSON text, `{name: [value, time, source, dataset, record]}`.
        first_seen, last_seen: span of its identities' event times.
        known_from: when the system first knew it.
        computed: what was computed from events, as JSON text (see docs/model.md).
    """

    id: str
    founder: str | None
    identity_count: int
    facts: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    known_from: datetime | None
    computed: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `profile.by_keys` and its kin."""
        return cls(
            row["id"],
            row["founder"],
            row["identity_count"] or 0,
            row["facts"],
            row["first_seen"],
            row["last_seen"],
            row["known_from"],
            row["computed"],
        )

    def attributes(self) -> tuple[Attribute, ...]:
        """Return the attributes in force by name, without cleared ones; a computed one goes before a stated one."""
        facts: dict[str, Sequence[Any]] = orjson.loads(self.facts) if self.facts else {}
        found = {name: _attribute(name, facts[name]) for name in facts if facts[name][0] is not None}
        computed: dict[str, Sequence[Any]] = orjson.loads(self.computed) if self.computed else {}
        found.update((name, _computed(name, said)) for name, said in computed.items() if said[0] is not None)
        return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Identity:
    """One identifier of one namespace.

    Attributes:
        key: `namespace|value`.
        first_seen, last_seen: in event time.
        known_from: in system time.
        valid_from: since when it belongs to its present profile, in event time.
    """

    key: str
    namespace: str
    value: str
    first_seen: datetime | None
    last_seen: datetime | None
    known_from: datetime | None
    valid_from: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row or map with these names."""
        return cls(
            row["key"],
            row["namespace"],
            row["value"],
            row["first_seen"],
            row["last_seen"],
            row["known_from"],
            row.get("valid_from"),
        )


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A browser, phone, till or call-centre line, and the identities seen on it."""

    id: str
    kind: str | None
    name: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    identity_keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row or map with these names."""
        return cls(
            row["id"],
            row["kind"],
            row["name"],
            row["first_seen"],
            row["last_seen"],
            tuple(row.get("identity_keys") or ()),
        )


@dataclass(frozen=True, slots=True)
class Interaction:
    """One event of a time line: what happened, when, where, and the typed common properties (None where absent)."""

    id: str
    ts: datetime
    type: str
    channel: str | None
    source: str | None
    dataset: str | None
    received_at: datetime | None
    identity_keys: tuple[str, ...]
    product: str | None
    product_name: str | None
    category: str | None
    size: str | None
    price: float | None
    quantity: int | None
    currency: str | None
    revenue: float | None
    order_id: str | None
    campaign: str | None
    content: str | None
    page: str | None
    query: str | None
    duration_seconds: float | None
    outcome: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a map of `profile.timeline`."""
        return cls(**{**row, "identity_keys": tuple(row["identity_keys"] or ())})


@dataclass(frozen=True, slots=True)
class InteractionDetails:
    """What stands behind an event.

    Attributes:
        payload: the whole input as its source sent it, as JSON text.
        device: where it happened, None where unknown.
        products: what it is about.
    """

    payload: str | None
    device: SeenDevice | None
    products: tuple[Product, ...]


class Product(NamedTuple):
    """Something sold."""

    id: str
    name: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class RejectedFact:
    """Something that was not taken in, and why."""

    id: str
    source: str | None
    dataset: str | None
    row: str | None
    field: str | None
    code: str
    reason: str
    payload: str | None
    fact_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source that data came from; `datasets` are pairs of id and name."""

    id: str
    name: str | None
    channel: str | None
    trust: float | None
    definition: str | None
    datasets: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Which stretch of a time line is wanted; hashable, so that equal wishes share one statement.

    Attributes:
        first: at most so many, newest first.
        after: cursor of the last event already seen.
        types, channels: only these; None is all.
    """

    first: int
    after: str | None = None
    types: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A person with all identities, by key, and the newest events."""

    profile: Profile
    identities: tuple[Identity, ...]
    newest: Page[Interaction]


def _attribute(name: str, fact: Sequence[Any]) -> Attribute:
    value, at, source, dataset, record_id = (*fact, None, None, None, None)[:5]
    return Attribute(name, value, _instant(at), source, dataset, record_id)


def _computed(name: str, said: Sequence[Any]) -> Attribute:
    value, at, events, latest_at, latest_id = said[:5]
    return Attribute(name, value, _instant(at), COMPUTED, None, latest_id, events, _instant(latest_at))


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        stated = datetime.fromisoformat(value)
        return stated.replace(tzinfo=UTC) if stated.tzinfo is None else stated.astimezone(UTC)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return None
