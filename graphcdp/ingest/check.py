"""Whether a fact can be stored at all, whatever identities it carries."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from graphcdp.model import Fact, Rejection, Scalar

MAX_TEXT = 65_536
MAX_PAYLOAD = 1_048_576
MAX_NAMES = 500
MAX_AHEAD = timedelta(days=1)
KEPT_PAYLOAD = 16_384
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_EARLIEST_YEAR = 1970


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def refuse(fact: Fact, code: str, field: str | None, reason: str) -> Rejection:
    """Return why a fact cannot be taken, as it is kept."""
    return Rejection(
        source=fact.source,
        dataset=fact.dataset,
        row=fact.row,
        field=field,
        code=code,
        reason=reason,
        payload=fact.payload[:KEPT_PAYLOAD],
        fact_id=fact.id,
        identities=fact.identities,
    )


def check(fact: Fact, now: datetime) -> Rejection | None:
    """Return why a fact cannot be stored, None where it can.

    Args:
        fact: as the source stated it.
        now: the present; facts more than a day ahead of it are refused.
    """
    if not fact.id or len(fact.id) > 512 or "\x00" in fact.id:
        return refuse(fact, "bad_id", "id", "The id must be text of 1 to 512 characters without null bytes.")
    if fact.ts > now + MAX_AHEAD:
        return refuse(
            fact, "bad_time", "ts", f"It happened at {fact.ts.isoformat()}, in the future. Correct the source's clock."
        )
    if fact.ts.year < _EARLIEST_YEAR:
        return refuse(fact, "bad_time", "ts", f"It happened at {fact.ts.isoformat()}, before 1970. Correct the time.")
    if fact.type is not None and not _is_name(fact.type):
        return refuse(fact, "bad_type", "type", "The type must be 1 to 64 lower-case letters, digits and underscores.")
    if fact.type is None and not fact.attributes and len(fact.identities) < 2:
        return refuse(fact, "empty", None, "It is neither an interaction nor does it state or link anything.")
    if len(fact.payload) > MAX_PAYLOAD:
        return refuse(fact, "too_large", "payload", f"It is larger than {MAX_PAYLOAD} bytes; send less.")
    for where, values in (("properties", fact.properties), ("attributes", fact.attributes)):
        wrong = _values(values)
        if wrong is not None:
            return refuse(fact, wrong[0], f"{where}.{wrong[1][:64]}", wrong[2])
    for product in fact.products:
        if not product or len(product) > 512 or "\x00" in product:
            return refuse(fact, "bad_value", "products", "A product id must be text of 1 to 512 characters.")
    return None


def _values(values: Mapping[str, Scalar]) -> tuple[str, str, str] | None:
    if len(values) > MAX_NAMES:
        return "too_large", "", f"It has {len(values)} names, and {MAX_NAMES} are the most."
    for name, value in values.items():
        if isinstance(value, str):
            if "\x00" in value:
                return "null_byte", name, "The text holds a null byte; send it without."
            if len(value) > MAX_TEXT:
                return "too_large", name, f"The text has {len(value)} characters, and {MAX_TEXT} are the most."
        elif isinstance(value, float) and not math.isfinite(value):
            return "not_a_number", name, "The number is not finite (NaN or infinite); leave the field out instead."
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
            return "too_large", name, "The whole number does not fit into 64 bits; send it as text."
        if not _is_name(name):
            return (
                "bad_name",
                name,
                "The name must be 1 to 64 lower-case letters, digits and underscores, beginning with a letter.",
            )
    return None
