"""What a source states: facts, the identities they carry, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Scalar = str | int | float | bool | None


class IdentityKey(NamedTuple):
    """One identifier of one namespace, for instance `email|sarah.rose@example.com`."""

    namespace: str
    value: str

    def __str__(self) -> str:
        return f"{self.namespace}|{self.value}"


class Device(NamedTuple):
    """The thing an interaction happened on.

    Attributes:
        id: opaque; for a browser usually the same value as its cookie.
        kind: `browser`, `phone`, `tablet`, `till`, `call_centre_line`, `server`, …
        name: for people, such as "Safari on iPhone"; None where unknown.
    """

    id: str
    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing one source stated: an interaction, a fragment of profile attributes, or both.

    A fact with a `type` becomes an `Event`; one with `attributes` becomes a `Record`; with both it is both.

    Attributes:
        id: unique in the installation; the same id is the same fact (sources prefix it where theirs is not unique).
        ts: when it happened, aware, UTC.
        source: the source's name.
        dataset: the dataset's name inside the source.
        identities: as the source gave them, before the identity rules look at them.
        type: the interaction's type in snake_case, None where there was no interaction.
        channel: `web`, `mobile`, `email`, `store`, `call_centre`, …
        properties: the interaction's typed common properties and the source's own, snake_case names.
        products: ids of all products it is about, where there may be several (`properties["product"]` is the first).
        attributes: profile attributes stated, snake_case names; None clears the attribute.
        device: what it happened on.
        payload: the whole input as JSON text.
        row: where it stood, for messages ("row 12", "batch[3]").
        former: what an alias says the person was called before, in each namespace it may be of, likeliest first.
    """

    id: str
    ts: datetime
    source: str
    dataset: str
    identities: tuple[IdentityKey, ...]
    type: str | None = None
    channel: str | None = None
    properties: Mapping[str, Scalar] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    device: Device | None = None
    payload: str = "{}"
    row: str = ""
    former: tuple[IdentityKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that could not be taken, and why; kept as a `Rejected` node.

    Attributes:
        source: the source's name.
        dataset: the dataset's name inside the source.
        row: where it stood.
        field: which field was wrong, None where it is the whole.
        code: stable, such as `unique_conflict`, `bad_time`, `unknown_namespace`, `different_content`.
        reason: a sentence: what was wrong and what to do.
        payload: the input as far as it could be read, cut at 16 KiB.
        fact_id: the fact's id where it had one.
        identities: it named, where it could be read so far; not kept.
    """

    source: str
    dataset: str
    row: str
    field: str | None
    code: str
    reason: str
    payload: str = ""
    fact_id: str | None = None
    identities: tuple[IdentityKey, ...] = ()
