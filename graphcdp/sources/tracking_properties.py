"""Typed common properties, products and attributes of a tracking call."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from graphcdp.model import Scalar
from graphcdp.model.wire import Call
from graphcdp.sources.tracking_checks import MAX_INTEGER
from graphcdp.sources.tracking_names import snake

_PRODUCT = {
    "product": ("product_id", "sku", "productId"),
    "product_name": ("name", "product_name"),
    "category": ("category",),
    "size": ("size",),
    "price": ("price",),
    "quantity": ("quantity",),
}
_COMMON = {
    "currency": ("currency",),
    "order_id": ("order_id", "orderId"),
    "query": ("query",),
    "content": ("content_id", "content"),
    "duration_seconds": ("duration_seconds",),
    "outcome": ("outcome",),
    "campaign": ("campaign", "campaign_name"),
}
_MONEY = ("revenue", "total", "value")
_NUMBERS = frozenset({"price", "revenue", "duration_seconds"})
_PAGE_FIELDS = ("url", "path", "title", "referrer")
MAX_PRODUCTS = 500
MAX_PROPERTIES = 400


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one for anything else."""
    if type(value) is dict:  # what JSON gives; the general question costs ten times as much
        return value
    return value if isinstance(value, Mapping) else {}


def scalar(value: object) -> Scalar:
    """Return a value as the graph can hold it: text, number, truth or None; the rest as JSON text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -MAX_INTEGER <= value <= MAX_INTEGER else float(value)
    if isinstance(value, float):
        return value
    return orjson.dumps(value).decode()


def number(value: object) -> float | None:
    """Read a number that may be written as text; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text(value: object) -> str | None:
    """Return text, also of a number; None for anything else and for blank text."""
    if value is None:
        return None
    if type(value) is str:
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def typed(name: str, value: object) -> Scalar:
    """Return a typed common property in its type; None where it cannot be read as that."""
    if name in _NUMBERS:
        return number(value)
    if name == "quantity":
        amount = number(value)
        return round(amount) if amount is not None and abs(amount) < MAX_INTEGER else None
    return text(value)


def page_path(url: object) -> str | None:
    """Return the path of an address; None if it is none."""
    if not isinstance(url, str) or not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.path or ("/" if parts.netloc else None)


def properties_of(call: Call) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """Return a call's properties under the graph's names, and the ids of all products it is about.

    The typed common ones first: product, price, order, campaign, page …; then the call's own plain ones.
    """
    given = call.properties
    found: dict[str, Scalar] = {}
    products = _products(given)
    about = products[0] if products else {}
    if call.type == "track":
        is_product = any(given.get(field) for field in _PRODUCT["product"])
        for name, fields in _PRODUCT.items():
            if name == "product_name" and not is_product:
                fields = ("product_name",)  # noqa: PLW2901
            _put(found, name, _first(given, fields, name) or _first(about, _PRODUCT[name], name))
    for name, fields in _COMMON.items():
        _put(found, name, _first(given, fields, name))
    for field in _MONEY if call.type == "track" else ():
        if (amount := number(given.get(field))) is not None and (field != "value" or found.get("order_id")):
            found["revenue"] = amount
            break
    _put_campaign(found, mapping(call.context.get("campaign")))
    _put_page(found, call)
    for name, value in given.items():
        if len(found) >= MAX_PROPERTIES:
            break
        plain = snake(name)
        if plain and plain not in found and isinstance(value, bool | str | int | float) and value != "":
            found[plain] = scalar(value)
    if call.type == "group" and call.group_id:
        found["group_id"] = call.group_id
    if call.type == "alias" and call.previous_id:
        found["previous_id"] = call.previous_id
    ids = [str(found["product"])] if found.get("product") else []
    ids += [one for item in products if (one := _first(item, _PRODUCT["product"], "product"))]  # type: ignore[misc]
    return found, tuple(dict.fromkeys(ids))


def attributes_of(call: Call) -> dict[str, Scalar]:
    """Return the profile attributes that an identify call states, snake_case, objects one level flattened.

    Traits of the context count where the call's own do not name them. None clears an attribute.
    """
    found: dict[str, Scalar] = {}
    for traits in (mapping(call.context.get("traits")), call.traits):
        for name, value in traits.items():
            plain = snake(name)
            if not plain or value == "":
                continue
            if isinstance(value, Mapping):
                for inner, item in value.items():
                    joined = snake(f"{plain}_{snake(inner)}")
                    if snake(inner) and item != "":
                        found[joined] = scalar(item)
            else:
                found[plain] = scalar(value)
    return found


def _products(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = given.get("products")
    return [item for item in items[:MAX_PRODUCTS] if isinstance(item, Mapping)] if isinstance(items, list) else []


def _first(given: Mapping[str, Any], fields: tuple[str, ...], name: str) -> Scalar:
    for field in fields:
        if (value := given.get(field)) is not None and (read := typed(name, value)) is not None:
            return read
    return None


def _put(found: dict[str, Scalar], name: str, value: Scalar) -> None:
    if value is not None:
        found[name] = value


def _put_campaign(found: dict[str, Scalar], campaign: Mapping[str, Any]) -> None:
    for field, value in campaign.items():
        name = "campaign" if field in ("name", "id") else f"campaign_{snake(field)}"
        if field != "id" or "name" not in campaign:
            _put(found, name, text(value))


def _put_page(found: dict[str, Scalar], call: Call) -> None:
    if call.type == "screen":
        _put(found, "page", text(call.name) or text(call.properties.get("name")))
        return
    seen = mapping(call.context.get("page"))
    told = call.properties if call.type == "page" else {}
    read: Callable[[str], str | None] = lambda field: text(told.get(field)) or text(seen.get(field))  # noqa: E731
    page = read("path") or page_path(read("url"))
    if call.type == "page":
        _put(found, "page", page or text(call.name))
        _put(found, "page_name", text(call.name))
        _put(found, "page_category", text(call.category) or text(call.properties.get("category")))
    else:
        _put(found, "page", page)
    for field in _PAGE_FIELDS:
        _put(found, f"page_{field}", read(field))
