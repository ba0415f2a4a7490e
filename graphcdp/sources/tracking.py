"""Tracking calls of Segment's and RudderStack's SDKs as facts (docs/tracking.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from graphcdp.base.ids import content_hash
from graphcdp.model import Fact, IdentityKey, Rejection
from graphcdp.model.wire import Call, first_fault
from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.tracking_checks import Fault, as_payload, check_time, read_time
from graphcdp.sources.tracking_device import device_of
from graphcdp.sources.tracking_names import CALL_TYPES, event_type
from graphcdp.sources.tracking_properties import attributes_of, mapping, properties_of

MAX_KEPT = 16 * 1024
NETWORK_DELAY = timedelta(seconds=2)
_CHANNELS = {"web": "web", "browser": "web", "mobile": "mobile"}
_APP_SYSTEMS = frozenset({"ios", "android", "ipados"})
Lookup = Callable[[Call], Any]


def parse_call(
    call: Mapping[str, Any],
    definition: SourceDefinition,
    *,
    received_at: datetime | None = None,
    sent_at: object = None,
    row: str = "",
) -> Fact | Rejection:
    """Turn one tracking call into the fact it states, or say why it cannot be taken.

    The identities are those of the definition's `tracking` map; blank ones are left out. The time is the sender's,
    corrected by how far its clock was off when it sent (`received_at` - `sentAt`); less than two seconds are the
    network's, and would only shuffle what happened in the same second. `messageId` makes the fact's id; a
    call without one has its content as id. Only identify calls state attributes. A group call carries one identity, so
    it never links.

    Args:
        call: the call as sent.
        definition: the source it came from.
        received_at: when it arrived; None for a file, whose times are taken as they are.
        sent_at: the `sentAt` of the batch around it, used where the call has none.
        row: where it stood, for messages.
    """
    payload = as_payload(call)
    if isinstance(payload, Fault):
        return refuse(payload, call, definition, row)
    try:
        wire = Call.model_validate(call)
    except ValidationError as error:
        return refuse(Fault(*first_fault(error)), call, definition, row, payload)
    kind = _type_of(wire)
    if isinstance(kind, Fault):
        return refuse(kind, call, definition, row, payload)
    ts = _time_of(wire, received_at, sent_at)
    if isinstance(ts, Fault):
        return refuse(ts, call, definition, row, payload)
    identities = _identities_of(wire, definition)
    if isinstance(identities, Fault):
        return refuse(identities, call, definition, row, payload)
    properties, products = properties_of(wire)
    app = _is_app(wire)
    return Fact(
        id=f"{definition.source}:{wire.message_id or content_hash(payload)}",
        ts=ts,
        source=definition.source,
        dataset=definition.dataset,
        identities=identities,
        type=kind,
        channel=_channel_of(wire, kind, definition, app=app),
        properties=properties,
        products=products,
        attributes=attributes_of(wire) if wire.type == "identify" else {},
        device=device_of(wire.context, wire.anonymous_id, app=app),
        payload=payload,
        row=row,
        former=_former_of(wire, definition),
    )


def refuse(fault: Fault, call: object, definition: SourceDefinition, row: str, payload: str | None = None) -> Rejection:
    """Return what is kept of a call that cannot be taken."""
    message_id = call.get("messageId") or call.get("_id") if isinstance(call, Mapping) else None
    if payload is None:
        payload = _readable(call)
    return Rejection(
        source=definition.source,
        dataset=definition.dataset,
        row=row,
        field=fault.field,
        code=fault.code,
        reason=fault.reason,
        payload=payload[:MAX_KEPT],
        fact_id=f"{definition.source}:{message_id[:512]}" if isinstance(message_id, str) and message_id else None,
    )


def _readable(call: object) -> str:
    """Return an unfit call as text that can be kept: secrets out, broken characters replaced."""
    if isinstance(call, Mapping):
        call = {name: value for name, value in call.items() if name != "writeKey"}
    try:
        shown = orjson.dumps(call, default=str)[: 4 * MAX_KEPT].decode(errors="replace")
    except TypeError:
        shown = repr(call)[: 4 * MAX_KEPT].encode(errors="replace").decode()
    return shown.replace("\x00", "\ufffd")


def _type_of(call: Call) -> str | Fault:
    if call.type != "track":
        return CALL_TYPES[call.type]
    if not call.event or not call.event.strip():
        return Fault("event", "missing_field", "A track call needs event, the name of what happened.")
    if len(call.event) > 256:
        return Fault("event", "too_long", "The field event is longer than 256 characters; send a shorter name.")
    kind = event_type(call.event)
    if not kind:
        return Fault("event", "bad_field", "The field event has no letter or digit; name what happened.")
    return kind


def _time_of(call: Call, received_at: datetime | None, batch_sent_at: object) -> datetime | Fault:
    field = "timestamp" if call.timestamp not in (None, "") else "originalTimestamp"
    ts = read_time(call.timestamp if field == "timestamp" else call.original_timestamp, field)
    if isinstance(ts, Fault):
        return ts
    if ts is None:
        if received_at is None:
            return Fault("timestamp", "bad_time", "The call has no timestamp; send when it happened.")
        return received_at
    told = call.sent_at if call.sent_at not in (None, "") else batch_sent_at
    sent = read_time(told, "sentAt")
    if isinstance(sent, Fault):
        return sent
    arrived = received_at
    if received_at is None and field == "originalTimestamp":
        found = read_time(call.received_at, "receivedAt")
        arrived = found if isinstance(found, datetime) else None
    if sent is not None and arrived is not None:
        off = arrived - sent
        try:
            ts += off if abs(off) >= NETWORK_DELAY else timedelta()
        except OverflowError:
            return Fault("sentAt", "bad_time", "The field sentAt is not the time at which the call was sent.")
    return check_time(ts, field, received_at) or ts


def _identities_of(call: Call, definition: SourceDefinition) -> tuple[IdentityKey, ...] | Fault:
    lookups = _lookups(tuple(definition.tracking.items()))
    found: dict[IdentityKey, None] = {}
    for path, namespace, look in lookups:
        if call.type == "group" and path not in ("userId", "anonymousId"):
            continue
        value = look(call)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return Fault(path, "bad_field", f"The field {path} must be text or a number, since it identifies somebody.")
        shown = str(value).strip()
        if shown:
            found[IdentityKey(namespace, shown)] = None
            if call.type == "group":
                break
    if not found:
        wanted = ", ".join(path for path, _, _ in lookups)
        return Fault(None, "no_identity", f"The call says nothing of who it was; give at least one of {wanted}.")
    return tuple(found)


def _former_of(call: Call, definition: SourceDefinition) -> tuple[IdentityKey, ...]:
    """Return what an alias call says the person was called before: a user id, else an anonymous one."""
    previous = str(call.previous_id or "").strip() if call.type == "alias" else ""
    spaces = (definition.tracking.get(path) for path in ("userId", "anonymousId"))
    return tuple(IdentityKey(space, previous) for space in spaces if space) if previous else ()


@lru_cache(maxsize=256)
def _lookups(tracking: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, Lookup], ...]:
    """Compile a `tracking` map, userId before anonymousId before the rest."""
    order = {"userId": 0, "anonymousId": 1}
    ranked = sorted(tracking, key=lambda entry: order.get(entry[0], 2))
    return tuple((path, namespace, _lookup(path)) for path, namespace in ranked)


def _lookup(path: str) -> Lookup:
    """Return what reads a dotted path from a call; traits are also looked for in the context."""
    if path == "userId":
        return lambda call: call.user_id
    if path == "anonymousId":
        return lambda call: call.anonymous_id
    head, _, rest = path.partition(".")
    steps = tuple(rest.split("."))
    if head == "traits":
        return lambda call: _walk(call.traits, steps) or _walk(mapping(call.context.get("traits")), steps)
    if head in ("context", "properties"):
        return lambda call: _walk(getattr(call, head), steps)
    return lambda _: None


def _walk(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if value is None:
            return None
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _is_app(call: Call) -> bool:
    device = mapping(call.context.get("device"))
    kind = str(device.get("type") or mapping(call.context.get("os")).get("name") or "").lower()
    return call.type == "screen" or (kind in _APP_SYSTEMS and "userAgentData" not in call.context)


def _channel_of(call: Call, kind: str, definition: SourceDefinition, *, app: bool) -> str:
    if kind.startswith("email_"):
        return "email"
    if app:
        return "mobile"
    return _CHANNELS.get((call.channel or "").lower()) or definition.channel or "web"
