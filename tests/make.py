"""Builds facts that say only what the test is about; the rest is the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from graphcdp.base.ids import content_hash
from graphcdp.decisions import offer_reads
from graphcdp.governance import Readers
from graphcdp.journeys.reads import question_reads
from graphcdp.model import Device, Fact, IdentityKey, Rejection, Scalar
from graphcdp.scores.reads import score_reads
from graphcdp.segments.reads import reads

READERS = Readers(reads, question_reads, score_reads, offer_reads)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return the instant so many minutes after noon of 1 March 2026."""
    return NOON + timedelta(minutes=minutes)


def key(text: str) -> IdentityKey:
    """Return the identity written as `namespace|value`."""
    namespace, _, value = text.partition("|")
    return IdentityKey(namespace, value)


def fact(
    *identities: str,
    id: str | None = None,
    minute: float = 0,
    ts: datetime | None = None,
    type: str | None = "page_view",
    channel: str | None = "web",
    source: str = "test",
    dataset: str = "test",
    properties: Mapping[str, Scalar] | None = None,
    attributes: Mapping[str, Scalar] | None = None,
    products: tuple[str, ...] = (),
    device: Device | None = None,
    row: str = "",
) -> Fact:
    """Return a fact, by default a page view at noon.

    Args:
        identities: each as `namespace|value`.
        id: absent: one that follows from everything else, so equal calls make one fact.
        minute: when it happened, in minutes after noon; or `ts`, the instant itself.
        type: None for a record without an interaction.
        channel, source, dataset, properties, attributes, products, device, row: as in `Fact`.
    """
    when = ts or at(minute)
    said = {
        "identities": list(identities),
        "ts": when.isoformat(),
        "type": type,
        "properties": dict(properties or {}),
        "attributes": dict(attributes or {}),
        "products": list(products),
    }
    payload = json.dumps(said, sort_keys=True)
    return Fact(
        id=id or f"test:{content_hash(payload)}",
        ts=when,
        source=source,
        dataset=dataset,
        identities=tuple(key(text) for text in identities),
        type=type,
        channel=channel,
        properties=dict(properties or {}),
        products=products,
        attributes=dict(attributes or {}),
        device=device,
        payload=payload,
        row=row,
    )


def record(*identities: str, id: str | None = None, minute: float = 0, **attributes: Scalar) -> Fact:
    """Return a fact that states profile attributes and is no interaction."""
    return fact(*identities, id=id, minute=minute, type=None, channel=None, attributes=attributes)


def rejection(code: str = "bad_time", *, field: str | None = "ts", row: str = "row 2", reason: str = "") -> Rejection:
    """Return something that a source could not read."""
    return Rejection(
        source="test",
        dataset="test",
        row=row,
        field=field,
        code=code,
        reason=reason or f"The field {field} is wrong; write it as the source's definition says.",
        payload='{"ts": "yesterday"}',
    )
