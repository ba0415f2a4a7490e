"""What rules may speak of in one graph: attributes, properties, types of events, segments, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from graphcdp.model import Scalar
from graphcdp.segments.rule.named import NamedCondition, built_in

Kind = Literal["text", "number", "boolean", "date", "mixed", "unknown"]
Origin = Literal["stated", "computed", "own", "event"]

OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    "text": ("=", "!=", "in", "not in", "contains", "starts with", "ends with", "is known", "is unknown"),
    "number": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "is known", "is unknown"),
    "boolean": ("=", "!=", "is known", "is unknown"),
    "date": ("=", "!=", "<", "<=", ">", ">=", "in last", "in next", "more than … ago", "between … and … ago", "since",
             "until", "is known", "is unknown"),
    "mixed": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "ends with", "is known",
              "is unknown"),
    "unknown": ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "ends with", "in last",
                "in next", "is known", "is unknown"),
}  # fmt: skip
"""What a field may be asked, by the kind of its values."""


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of profiles or a property of events.

    Attributes:
        name: as rules say it, without `profile.`.
        kind: of its values.
        origin: `stated` by sources, `computed`, `own` to the graph (`last_seen`), or of an `event`.
        values: known ones, the most frequent first, as far as they were looked at.
        complete: whether these are all that were found.
        sources: whose definitions state it.
        types: of the events that have it; empty: of any.
    """

    name: str
    kind: Kind = "unknown"
    origin: Origin = "stated"
    values: tuple[Scalar, ...] = ()
    complete: bool = False
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


PROFILE: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field("first_seen", "date", "own"),
        Field("last_seen", "date", "own"),
        Field("identity_count", "number", "own"),
    )
}
"""Fields of a profile that no source states."""

EVENT: Mapping[str, Field] = {
    one.name: one
    for one in (
        *(Field(name, "text", "event") for name in ("type", "channel", "source", "dataset", "device.kind",
                                                   "device.name", "product", "product_name", "category", "size",
                                                   "currency", "order_id", "campaign", "content", "page", "query",
                                                   "outcome")),
        *(Field(name, "number", "event") for name in ("price", "revenue", "duration_seconds", "quantity")),
        Field("ts", "date", "event"),
    )
}  # fmt: skip
"""Properties that events of any source may have."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What there is.

    Attributes:
        profile: attributes by name.
        event: properties of events by name.
        types: of events, with how many there are.
        namespaces: of identities.
        segments: titles by id.
        audiences: ids.
        named: named conditions by name.
        empty: whether nothing has come in yet, so that what is not known may still come.
    """

    profile: Mapping[str, Field] = field(default_factory=lambda: PROFILE)
    event: Mapping[str, Field] = field(default_factory=lambda: EVENT)
    types: Mapping[str, int] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    segments: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, NamedCondition] = field(default_factory=built_in)
    audiences: frozenset[str] = frozenset()
    empty: bool = False
