"""What the streaming evaluator knows of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graphcdp.segments.evaluation.compare import Compared

NODES = ("product", "content", "campaign")
"""Properties of events that are nodes too: an event may be about several of them."""
_NOTHING: Mapping[str, Compared] = {}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event.

    Attributes:
        ts: when it happened, aware, UTC.
        id: of the event.
        type: of the event.
        properties: those that rules ask for, by the names of the language (`category`, `channel`, `device.kind`).
        nodes: by `product`, `content`, `campaign`: ids of all that it is about, where rules ask for them.
    """

    ts: datetime
    id: str
    type: str
    properties: Mapping[str, Compared]
    nodes: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A profile as rules see it.

    Attributes:
        id: of the profile.
        fields: its attributes, computed before stated, and `first_seen`, `last_seen`, `identity_count`.
        namespaces: of its identities.
        segments: ids of those that it is a member of.
        audiences: ids of those that one of its identities is listed in.
        events: in order of (ts, id).
        consents: until when it agrees to what, by name, as `governance.agrees` reads it.
        others: the other members of its household; their own `others` are empty.
    """

    id: str
    fields: Mapping[str, Compared] = field(default_factory=lambda: _NOTHING)
    namespaces: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    events: Sequence[Occurrence] = ()
    others: Sequence[Person] = ()
    audiences: frozenset[str] = frozenset()
    consents: Mapping[str, datetime] = field(default_factory=dict)
