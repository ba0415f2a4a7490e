"""What a replay is given and what it answers: facts, standing decisions, links, occurrences, the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

Pair = tuple[str, str]
State = Literal["active", "suppressed", "retired", "cut", "pinned"]
OccurrenceKind = Literal["created", "joined", "returned", "shared", "suppressed", "split", "evicted"]


def key_order(text: str) -> bytes:
    """Return what keys and fact ids are ordered by everywhere: their UTF-16 code units, as Neo4j orders them."""
    return text.encode("utf-16-be", "surrogatepass")


def pair(a: str, b: str) -> Pair:
    """Return two keys as a link names them, the smaller first."""
    return (a, b) if key_order(a) <= key_order(b) else (b, a)


class Seen(NamedTuple):
    """One fact as the replay sees it.

    Attributes:
        ts: when it happened.
        id: the fact's id.
        keys: the identities that count under the rules, `namespace|value`, strongest first; one is enough.
    """

    ts: datetime
    id: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided; it holds at every instant.

    Attributes:
        cut: pairs that are never in force.
        pinned: pairs that always are. A pair both cut and pinned is cut.
        rekeyed: key to the key it counts as (one step); the pin of the two stands in `pinned`.
        quarantined: keys that make no link of their own.
    """

    cut: frozenset[Pair] = frozenset()
    pinned: frozenset[Pair] = frozenset()
    rekeyed: Mapping[str, str] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()


@dataclass(slots=True)
class Link:
    """One link between two identities.

    Attributes:
        first_seen, last_seen: of the facts that showed the two together; None where only a decision made it.
        count: how many facts showed them together.
        state: in force when `active` or `pinned`.
        because: why it is not in force: `unique:<namespace>`, `shared:<namespace>`, `hub`, `cap`; None in force or cut.
        by_event: the fact that decided it; None in force, for a hub and for a person's decision.
    """

    first_seen: datetime | None
    last_seen: datetime | None
    count: int
    state: State
    because: str | None = None
    by_event: str | None = None


class Occurrence(NamedTuple):
    """One thing that happened to profiles.

    Attributes:
        ts: event time.
        fact_id: the fact that did it.
        kind: `created`, `joined`, `returned` (a lost link seen again), `shared` (a device became nobody's),
            `suppressed`, `split` or `evicted`.
        keys: created: the new identities; joined and split: the strongest identity of each part; suppressed and
            returned: the pair; shared and evicted: the one.
        because: `unique:crm_id`, `shared:crm_id`, `cap` or `hub`; None where nothing was lost.
        before: the profiles concerned before, each strongest identity first.
        after: the profiles concerned after.
    """

    ts: datetime
    fact_id: str | None
    kind: OccurrenceKind
    keys: tuple[str, ...]
    because: str | None
    before: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay answers.

    Attributes:
        profiles: each with its identities strongest first; ordered by their first identities, strongest first.
        founders: every identity seen, to the founder of its profile.
        links: by pair.
        bearers: every fact id to the identity it hangs on; a fact without a known identity is not there.
        refused: fact id to `unique:<namespace>`, for facts that break a limit by themselves.
        occurrences: in order of replay; empty unless asked for.
        crowded: identities linked, in any state, to more than `max_links` others: hubs, unless somebody released them.
    """

    profiles: tuple[tuple[str, ...], ...]
    founders: Mapping[str, str]
    links: Mapping[Pair, Link]
    bearers: Mapping[str, str]
    refused: Mapping[str, str]
    occurrences: tuple[Occurrence, ...] = ()
    crowded: frozenset[str] = frozenset()
