"""Facts as rows of the statements in cypher/ingest."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from graphcdp.base.ids import content_hash
from graphcdp.model import Device, Fact, Rejection, Scalar

# Properties of an event that stand on its node under their own names; the source's own ones get a prefix.
TEXT = ("product", "product_name", "category", "size", "currency", "order_id", "campaign", "content", "page", "query",
        "outcome")  # fmt: skip
NUMBERS = ("price", "revenue", "duration_seconds")
WHOLE = ("quantity",)
OWN = "p_"
MOST_OWN, LONGEST_OWN = 50, 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A fact that may go in.

    Attributes:
        fact: as the source stated it.
        keys: of the identities that count, strongest first.
        hash: of its content.
        row: of `ingest.event_create` where it has a type, else of `ingest.record_create`.
    """

    fact: Fact
    keys: tuple[str, ...]
    hash: str
    row: list[Any]


def accept(fact: Fact, keys: tuple[str, ...], hashed: str | None = None) -> Accepted:
    """Return a fact with its hash (of what it says, unless one is given) and row."""
    hashed = hashed or hash_of(fact)
    row = _record_row(fact, keys, hashed) if fact.type is None else _event_row(fact, keys, hashed)
    return Accepted(fact, keys, hashed, row)


def hash_of(fact: Fact) -> str:
    """Return the hash of what a fact says; the time does not count, as it is fixed when first accepted."""
    said = [
        fact.source, fact.type, fact.channel, [f"{one[0]}|{one[1]}" for one in sorted(fact.identities)],
        _plain(fact.properties), fact.products, _plain(fact.attributes),
    ]  # fmt: skip
    return content_hash(orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS))


def _plain(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return values if type(values) is dict else dict(values)


def event_rows(accepted: Sequence[Accepted]) -> list[list[Any]]:
    """Return rows of `ingest.event_create`, for facts with a type."""
    return [one.row for one in accepted if one.fact.type is not None]


def record_rows(accepted: Sequence[Accepted]) -> list[list[Any]]:
    """Return rows of `ingest.record_create`, for facts without a type."""
    return [one.row for one in accepted if one.fact.type is None]


def device_rows(accepted: Sequence[Accepted], kinds: Mapping[str, str]) -> list[list[Any]]:
    """Return rows of `ingest.device_note`: each device once, with the cookies and installations seen on it.

    Args:
        accepted: the facts.
        kinds: of namespaces; people are on a device only for as long as an event, so no edge is kept for them.
    """
    found: dict[str, tuple[Device, datetime, datetime, dict[str, None]]] = {}
    for one in accepted:
        device = one.fact.device
        if device is None:
            continue
        before = found.get(device.id)
        first, last, keys = (before[1], before[2], before[3]) if before else (one.fact.ts, one.fact.ts, {})
        for key in one.keys:
            if kinds[key.split("|", 1)[0]] != "person":
                keys[key] = None
        found[device.id] = (device, min(first, one.fact.ts), max(last, one.fact.ts), keys)
    return [[device.id, device.kind, device.name, first, last, list(keys)]
            for device, first, last, keys in found.values()]  # fmt: skip


def product_rows(accepted: Sequence[Accepted]) -> list[list[Any]]:
    """Return rows of `ingest.product_note`: products of which a name or a category was said."""
    found: dict[str, list[Any]] = {}
    for one in accepted:
        properties = one.fact.properties
        product = properties.get("product")
        if product is None:
            continue
        name, category = properties.get("product_name"), properties.get("category")
        if name is not None or category is not None:
            row = found.setdefault(str(product), [str(product), None, None])
            row[1], row[2] = name or row[1], category or row[2]
    return list(found.values())


def reject_rows(rejections: Sequence[Rejection]) -> list[list[Any]]:
    """Return rows of `ingest.reject`; the id is a hash of what was refused, so that a resend is kept once."""
    return [
        [
            "rej_"
            + content_hash(
                "\x1f".join(
                    (one.source, one.dataset, one.row, one.code, one.field or "", one.fact_id or "", one.payload)
                )
            ),
            one.source,
            one.dataset,
            one.row,
            one.field,
            one.code,
            one.reason,
            one.payload,
            one.fact_id,
        ]
        for one in rejections
    ]


def _event_row(fact: Fact, keys: tuple[str, ...], hashed: str) -> list[Any]:
    properties = fact.properties
    products = list(fact.products)
    product = properties.get("product")
    if product is not None and str(product) not in products:
        products.insert(0, str(product))
    campaign, content = properties.get("campaign"), properties.get("content")
    return [
        keys[0],
        fact.id,
        fact.type,
        fact.ts,
        fact.channel,
        fact.source,
        fact.dataset,
        list(keys),
        hashed,
        fact.payload,
        event_properties(properties),
        len(keys) > 1,
        _attributes(fact.attributes),
        fact.device.id if fact.device else None,
        products,
        None if campaign is None else str(campaign),
        None if content is None else str(content),
    ]


def _record_row(fact: Fact, keys: tuple[str, ...], hashed: str) -> list[Any]:
    return [
        keys[0],
        fact.id,
        fact.ts,
        fact.source,
        fact.dataset,
        list(keys),
        hashed,
        fact.payload,
        _attributes(fact.attributes) or "{}",
        len(keys) > 1,
    ]


def event_properties(properties: Mapping[str, Scalar]) -> dict[str, Any]:
    """Return the properties of an event as they stand on its node.

    The common ones are typed (what is no number stands in the payload only). Of the source's own ones at most 50,
    by name, each a number, a boolean or a text of at most 1,000 characters, as `p_<name>`.
    """
    found: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, value in properties.items():
        if value is None:
            continue
        read = _READ.get(name)
        if read is None:
            if _fits(name, value):
                own[OWN + name] = value
            continue
        try:
            found[name] = read(value)
        except ValueError:  # not a number: it stands in the payload
            continue
    if len(own) > MOST_OWN:
        own = {name: own[name] for name in sorted(own)[:MOST_OWN]}
    return {**found, **own}


def node_property(name: str) -> str:
    """Return under what name an event's node holds a property of the event."""
    return name if name in _READ or name in _ON_NODE else OWN + name


def _fits(name: str, value: Any) -> bool:
    if _NAME.fullmatch(name) is None:
        return False
    if isinstance(value, str):
        return len(value) <= LONGEST_OWN
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, int) and -(2**63) <= value < 2**63)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _whole(value: Any) -> int:
    return int(_number(value))


_ON_NODE = ("type", "ts", "channel", "source", "dataset", "device.kind", "device.name")
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXT, str),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(WHOLE, _whole),
}


def _attributes(attributes: Mapping[str, Scalar]) -> str | None:
    return orjson.dumps(dict(attributes)).decode() if attributes else None
