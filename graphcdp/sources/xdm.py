"""Adobe XDM experience events as facts (docs/tracking.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from graphcdp.base.ids import content_hash
from graphcdp.model import Device, Fact, IdentityKey, Rejection, Scalar
from graphcdp.model.wire import ExperienceEvent, first_fault
from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.tracking import refuse
from graphcdp.sources.tracking_checks import Fault, as_payload, check_time, read_time
from graphcdp.sources.tracking_device import browser_name
from graphcdp.sources.tracking_properties import MAX_PRODUCTS, mapping, number, page_path, text, typed
from graphcdp.sources.xdm_names import COMMERCE, event_type, namespace

_CHANNELS = {"email": "email", "mobile": "mobile", "mobile-app": "mobile", "web": "web", "phone": "call_centre"}
_KINDS = {"mobile": "phone", "phone": "phone", "tablet": "tablet", "desktop": "browser", "browser": "browser"}


def parse_event(
    event: Mapping[str, Any],
    definition: SourceDefinition,
    *,
    received_at: datetime | None = None,
    row: str = "",
) -> Fact | Rejection:
    """Turn one XDM experience event into the fact it states, or say why it cannot be taken.

    Every id of the identity map counts, under the namespace that `xdm_names.namespace` finds. `_id` makes the fact's
    id; an event without one has its content as id.

    Args:
        event: the event as sent, without the envelope.
        definition: the source it came from.
        received_at: when it arrived; None for a file.
        row: where it stood, for messages.
    """
    payload = as_payload(event)
    if isinstance(payload, Fault):
        return refuse(payload, event, definition, row)
    try:
        wire = ExperienceEvent.model_validate(event)
    except ValidationError as error:
        return refuse(Fault(*first_fault(error)), event, definition, row, payload)
    kind = _type_of(wire)
    if isinstance(kind, Fault):
        return refuse(kind, event, definition, row, payload)
    ts = _time_of(wire, received_at)
    if isinstance(ts, Fault):
        return refuse(ts, event, definition, row, payload)
    identities = _identities_of(wire, definition)
    if isinstance(identities, Fault):
        return refuse(identities, event, definition, row, payload)
    properties, products = _properties_of(wire)
    return Fact(
        id=f"{definition.source}:{wire.id or content_hash(payload)}",
        ts=ts,
        source=definition.source,
        dataset=definition.dataset,
        identities=identities,
        type=kind,
        channel=_channel_of(wire, kind, definition),
        properties=properties,
        products=products,
        device=_device_of(wire, identities),
        payload=payload,
        row=row,
    )


def _type_of(event: ExperienceEvent) -> str | Fault:
    told = event.event_type
    if not told:
        found = next((COMMERCE[name] for name in COMMERCE if mapping(event.commerce.get(name)).get("value")), None)
        if found is None and event.web.get("webPageDetails"):
            found = "page_view"
        return found or Fault("eventType", "missing_field", "The event needs eventType, the name of what happened.")
    if len(told) > 256:
        return Fault("eventType", "too_long", "The field eventType is longer than 256 characters; send a shorter name.")
    return event_type(told) or Fault("eventType", "bad_field", "The field eventType has no letter or digit.")


def _time_of(event: ExperienceEvent, received_at: datetime | None) -> datetime | Fault:
    ts = read_time(event.timestamp, "timestamp")
    if ts is None:
        return Fault("timestamp", "bad_time", "The event has no timestamp; send when it happened.")
    if isinstance(ts, Fault):
        return ts
    return check_time(ts, "timestamp", received_at) or ts


def _identities_of(event: ExperienceEvent, definition: SourceDefinition) -> tuple[IdentityKey, ...] | Fault:
    found: dict[IdentityKey, None] = {}
    for symbol, items in event.identity_map.items():
        name = namespace(symbol, definition.tracking)
        if not name:
            return Fault("identityMap", "unknown_namespace", "A namespace of identityMap has no letter or digit.")
        for item in items:
            if item.id:
                found[IdentityKey(name, item.id)] = None
    if not found:
        return Fault("identityMap", "no_identity", "The event says nothing of who it was; give identityMap an id.")
    return tuple(found)


def _properties_of(event: ExperienceEvent) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    items = event.product_items[:MAX_PRODUCTS]
    first = items[0] if items else {}
    order = mapping(event.commerce.get("order"))
    page = mapping(event.web.get("webPageDetails"))
    categories = first.get("productCategories")
    category = categories[0] if isinstance(categories, list) and categories else None
    quantity = typed("quantity", first.get("quantity"))
    total = number(first.get("priceTotal"))
    if total is not None and isinstance(quantity, int) and quantity > 1:
        total /= quantity
    candidates: dict[str, Scalar] = {
        "product": _product_id(first),
        "product_name": text(first.get("name")),
        "category": text(mapping(category).get("categoryName")) or text(mapping(category).get("categoryID")),
        "size": text(first.get("size")) or _option(first, "size"),
        "price": number(first.get("price")) if first.get("price") is not None else total,
        "quantity": quantity,
        "currency": text(order.get("currencyCode")) or text(first.get("currencyCode")),
        "revenue": number(order.get("priceTotal")),
        "order_id": text(order.get("purchaseID")) or text(order.get("purchaseOrderNumber")),
        "campaign": text(event.marketing.get("campaignName")) or text(event.marketing.get("trackingCode")),
        "campaign_group": text(event.marketing.get("campaignGroup")),
        "page": page_path(page.get("URL")) or text(page.get("name")),
        "page_name": text(page.get("name")),
        "page_url": text(page.get("URL")),
        "page_category": text(page.get("siteSection")),
        "page_referrer": text(mapping(event.web.get("webReferrer")).get("URL")),
        "link": text(mapping(event.web.get("webInteraction")).get("name")),
        "query": text(event.site_search.get("phrase")) or text(event.search.get("keywords")),
    }
    ids = [one for item in items if (one := _product_id(item))]
    return {name: value for name, value in candidates.items() if value is not None}, tuple(dict.fromkeys(ids))


def _product_id(item: Mapping[str, Any]) -> str | None:
    return text(item.get("SKU")) or text(item.get("_id"))


def _option(item: Mapping[str, Any], attribute: str) -> str | None:
    """Return a chosen option of a product, such as its size."""
    options = item.get("selectedOptions")
    for option in options if isinstance(options, list) else ():
        if str(mapping(option).get("attribute", "")).lower() == attribute:
            return text(mapping(option).get("value"))
    return None


def _channel_of(event: ExperienceEvent, kind: str, definition: SourceDefinition) -> str:
    told = str(event.channel.get("_type") or event.channel.get("typeAtSource") or "").rsplit("/", 1)[-1].lower()
    if told in _CHANNELS:
        return _CHANNELS[told]
    if kind.startswith("email_"):
        return "email"
    if kind.startswith("app_") or event.environment.get("type") == "application" or event.application.get("id"):
        return "mobile"
    return definition.channel or "web"


def _device_of(event: ExperienceEvent, identities: tuple[IdentityKey, ...]) -> Device | None:
    told = text(event.device.get("id")) or next(
        (key.value for key in identities if key.namespace in ("ecid", "device_id", "anonymous_id")), None
    )
    if told is None:
        return None
    kind = _KINDS.get(str(event.device.get("type") or "").lower())
    if kind is None:
        kind = "phone" if event.environment.get("type") == "application" else "browser"
    agent = mapping(event.environment.get("browserDetails")).get("userAgent")
    made = [part for field in ("manufacturer", "model") if (part := text(event.device.get(field)))]
    name = browser_name(agent[:1000]) if isinstance(agent, str) and agent else None
    return Device(told[:512], kind, name or " ".join(made)[:200] or None)
