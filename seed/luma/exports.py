"""How each of Luma's systems writes down what happened: one function a system, one raw row a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .people import App, Browser, Person, Product

Row = dict[str, Any]
Line = tuple[Product, str]  # a product and the size chosen

SHOP = "https://www.luma.example"
LONDON = ZoneInfo("Europe/London")


def web_hit(
    hit_id: str,
    at: datetime,
    hit: str,
    browser: Browser,
    path: str,
    *,
    login: str | None = None,
    lines: Sequence[Line] = (),
    **more: Any,
) -> Row:
    """Write one hit of the web analytics feed; `more` are its other parts (search, campaign, order, link, checkout)."""
    visitor = {"mcid": browser.ecid}
    if login:
        visitor["login"] = login
    row: Row = {
        "hit_id": hit_id,
        "hit_time_ms": int(at.timestamp() * 1000),
        "hit": hit,
        "visitor": visitor,
        "client": {"kind": browser.kind, "name": browser.name},
        "page": {"path": path},
    }
    if lines:
        row["products"] = [
            {
                "sku": product.sku,
                "name": product.name,
                "category": product.category,
                "size": size,
                "type": product.type,
                "activity": product.activity,
                "price": product.price,
                "qty": 1,
            }
            for product, size in lines
        ]
    for name, value in more.items():
        if name == "article":
            row["page"]["article"] = value
        elif value:
            row[name] = value
    return row


def app_event(
    event_id: str,
    at: datetime,
    event_type: str,
    app: App,
    *,
    crm_id: str | None = None,
    lines: Sequence[Line] = (),
    order: Row | None = None,
    screen: str | None = None,
    phrase: str | None = None,
) -> Row:
    """Write one XDM experience event of the app."""
    identities: dict[str, list[Row]] = {
        "ECID": [{"id": app.ecid, "primary": True}],
        "deviceId": [{"id": app.device_id}],
    }
    if crm_id:
        identities["crmId"] = [{"id": crm_id}]
    row: Row = {
        "_id": event_id,
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventType": event_type,
        "identityMap": identities,
        "device": {"id": app.device_id, "type": "mobile", "manufacturer": app.maker, "model": app.model},
        "environment": {"type": "application", "operatingSystem": app.system},
    }
    if screen:
        row["web"] = {"webPageDetails": {"name": screen}}
    if phrase:
        row["siteSearch"] = {"phrase": phrase}
    if lines:
        row["productListItems"] = [
            {
                "SKU": product.sku,
                "name": product.name,
                "quantity": 1,
                "priceTotal": product.price,
                "currencyCode": "GBP",
                "productCategories": [{"categoryName": product.category}],
                "selectedOptions": [{"attribute": "size", "value": size}],
            }
            for product, size in lines
        ]
    if order:
        row["commerce"] = {"order": order}
    return row


def crm_contact(person: Person, modified: datetime, today: date, lifetime_value: float, *, street: str = "") -> Row:
    """Write one line of the CRM's contact export."""
    return {
        "CUSTOMER_NO": person.crm_id,
        "FORENAME": person.first,
        "SURNAME": person.last,
        "EMAIL": person.crm_email,
        "PHONE": person.phone if person.number % 3 else person.phone.replace(" ", ""),
        "STREET": street or person.street,
        "CITY": person.city,
        "POSTCODE": person.postcode,
        "COUNTRY": "GB",
        "BORN": f"{person.number % 28 + 1:02d}.{person.number % 12 + 1:02d}.{person.born}" if person.number % 4 else "",
        "CREATED": date.fromordinal(today.toordinal() - person.joined_days_ago).strftime("%d.%m.%Y"),
        "PREF_CATEGORY": {"men": "M", "women": "W", "kids": "K"}[person.category] if person.number % 5 else "",
        "PREF_SIZE": person.size if person.number % 5 else "",
        "PREF_SPORT": person.activity if person.number % 2 else "",
        "OPTIN_EMAIL": "Y" if person.wants_mail else "N",
        "OPTIN_SMS": "Y" if person.wants_sms else "N",
        "LTV_GBP": f"{lifetime_value:.2f}".replace(".", ","),
        "LAST_MODIFIED": modified.astimezone(LONDON).strftime("%d.%m.%Y %H:%M"),
    }


def loyalty_member(person: Person, balance_at: datetime, points: int, enrolled: date) -> Row:
    """Write one line of the loyalty provider's member export."""
    tier = "Gold" if points >= 900 else "Silver" if points >= 450 else "Bronze"
    return {
        "MemberId": person.loyalty_id,
        "Email": person.email,
        "Tier": tier,
        "Points": points,
        "EnrolledOn": enrolled.isoformat(),
        "BalanceAt": balance_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def points_movement(movement_id: str, person: Person, at: datetime, *, kind: str, points: int, reference: str) -> Row:
    """Write one movement of loyalty points."""
    return {
        "MovementId": movement_id,
        "MemberId": person.loyalty_id,
        "Kind": kind,
        "Points": points,
        "Reference": reference,
        "BookedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def email_event(event_id: str, at: datetime, event: str, *, address: str, campaign: str, message_id: str) -> Row:
    """Write one webhook call of the email service."""
    row: Row = {
        "event_id": event_id,
        "timestamp": int(at.timestamp()),
        "event": event,
        "email": address,
        "campaign": campaign,
        "message_id": message_id,
        "template": campaign,
    }
    if event == "click":
        row["url"] = f"{SHOP}/c/{campaign}"
    return row


def receipt(
    number: str,
    at: datetime,
    store: str,
    till: str,
    lines: Sequence[Line],
    *,
    card: str | None,
    email: str | None,
    back: bool,
) -> Row:
    """Write one receipt of a till; `back` for a return."""
    return {
        "receipt_no": number,
        "kind": "RETURN" if back else "SALE",
        "store_name": store,
        "till": till,
        "sold_at": at,
        "card_no": card,
        "ereceipt_email": email,
        "lines": [
            {
                "sku": product.sku,
                "name": product.name,
                "category": product.category,
                "size": size,
                "type": product.type,
                "activity": product.activity,
                "qty": 1,
                "unit_price": product.price,
            }
            for product, size in lines
        ],
        "total": round(sum(product.price for product, _ in lines), 2),
    }


def call(
    call_id: str,
    at: datetime,
    person: Person,
    *,
    topic: str,
    reason: str,
    outcome: str,
    seconds: int,
    order: str,
    line: str,
) -> Row:
    """Write one line of the call centre's log. Who called is known by number, else by card, else by customer number."""
    withheld = not person.phone or person.number % 6 == 0
    return {
        "CallId": call_id,
        "StartedAt": at.astimezone(LONDON).strftime("%d/%m/%Y %H:%M:%S"),
        "DurationSec": seconds,
        "Line": line,
        "CallerNumber": "" if withheld else person.phone,
        "CardNo": person.loyalty_id or "",
        "CustomerNo": (person.crm_id or "") if withheld and not person.loyalty_id else "",
        "Topic": topic,
        "Reason": reason,
        "Outcome": outcome,
        "OrderNo": order,
    }
