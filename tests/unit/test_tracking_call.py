"""Tracking calls become facts: identities, time, type, properties, attributes, device."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphcdp.model import Device, Fact, IdentityKey, Rejection
from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.tracking import parse_call
from graphcdp.sources.tracking_names import event_type, snake

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
SHOP = SourceDefinition(source="shop", channel="web", dataset="site", format="tracking")
LUMA = SourceDefinition(
    source="luma_web",
    channel="web",
    dataset="web",
    format="tracking",
    tracking={"anonymousId": "ecid", "userId": "crm_id", "traits.email": "email"},
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1"  # noqa: E501


def taken(call: dict[str, Any], definition: SourceDefinition = SHOP, **more: Any) -> Fact:
    read = parse_call(call, definition, received_at=NOW, **more)
    assert isinstance(read, Fact), read
    return read


def refused(call: dict[str, Any], **more: Any) -> Rejection:
    read = parse_call(call, SHOP, received_at=NOW, **more)
    assert isinstance(read, Rejection), read
    return read


def track(**more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "anonymousId": "a1", "messageId": "m1", **more}


def test_a_product_view_is_an_event_of_a_browser() -> None:
    fact = taken(
        track(
            timestamp="2026-11-24T20:14:00.000Z",
            properties={
                "product_id": "MH02", "name": "Teton Sweatshirt", "category": "men", "size": "L", "price": "70",
                "quantity": 1.0, "position": 3, "tags": ["run"],
            },
            context={
                "userAgent": IPHONE,
                "campaign": {"name": "winter", "source": "news", "medium": "email"},
                "page": {"url": "https://luma.example/men/teton.html?x=1", "title": "Teton", "referrer": ""},
            },
        ),
        row="call",
    )  # fmt: skip
    assert fact == Fact(
        id="shop:m1",
        ts=NOW - timedelta(minutes=1),
        source="shop",
        dataset="site",
        identities=(IdentityKey("anonymous_id", "a1"),),
        type="product_view",
        channel="web",
        properties={
            "product": "MH02",
            "product_name": "Teton Sweatshirt",
            "category": "men",
            "size": "L",
            "price": 70.0,
            "quantity": 1,
            "campaign": "winter",
            "campaign_source": "news",
            "campaign_medium": "email",
            "page": "/men/teton.html",
            "page_url": "https://luma.example/men/teton.html?x=1",
            "page_title": "Teton",
            "product_id": "MH02",
            "name": "Teton Sweatshirt",
            "position": 3,
        },
        products=("MH02",),
        device=Device("a1", "browser", "Safari on iPhone"),
        payload=fact.payload,
        row="call",
    )


def test_an_order_has_all_its_products_and_its_revenue() -> None:
    fact = taken(
        track(
            event="Order Completed",
            properties={
                "order_id": 50314,
                "total": 107.5,
                "currency": "USD",
                "products": [
                    {"product_id": "MH02", "name": "Teton", "price": 70, "quantity": 1},
                    {"sku": "WB05"},
                    "no product",
                    {"product_id": "MH02"},
                ],
            },
        )
    )
    assert fact.type == "purchase"
    assert fact.products == ("MH02", "WB05")
    assert {name: fact.properties[name] for name in ("product", "product_name", "price", "order_id", "revenue")} == {
        "product": "MH02",
        "product_name": "Teton",
        "price": 70.0,
        "order_id": "50314",
        "revenue": 107.5,
    }


def test_identify_states_attributes_and_carries_the_email() -> None:
    fact = taken(
        {
            "type": "identify", "anonymousId": "a1", "userId": "u1", "messageId": "m2",
            "traits": {
                "email": "sarah@example.com", "firstName": "Sarah", "address": {"city": "York", "postalCode": "YO1"},
                "loyaltyPoints": 1200, "phone": "", "fax": None, "sizes": ["S", "M"], "huge": 2**63,
            },
        }
    )  # fmt: skip
    assert fact.type == "identify"
    assert fact.identities == (
        IdentityKey("user_id", "u1"),
        IdentityKey("anonymous_id", "a1"),
        IdentityKey("email", "sarah@example.com"),
    )
    assert fact.attributes == {
        "email": "sarah@example.com",
        "first_name": "Sarah",
        "address_city": "York",
        "address_postal_code": "YO1",
        "loyalty_points": 1200,
        "fax": None,
        "sizes": '["S","M"]',
        "huge": float(2**63),
    }


def test_traits_in_the_context_identify_and_are_stated_by_identify_alone() -> None:
    context = {"traits": {"email": "sarah@example.com", "firstName": "Sarah"}}
    stated = taken({"type": "identify", "userId": "u1", "context": context})
    later = taken(track(userId="u1", context=context))
    assert stated.attributes == {"email": "sarah@example.com", "first_name": "Sarah"}
    assert IdentityKey("email", "sarah@example.com") in later.identities
    assert later.attributes == {}


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_an_empty_user_id_is_none(empty: str | None) -> None:
    assert taken(track(userId=empty)).identities == (IdentityKey("anonymous_id", "a1"),)


def test_a_number_is_an_id_by_its_digits() -> None:
    assert taken(track(userId=97980)).identities[0] == IdentityKey("user_id", "97980")


def test_a_source_names_its_own_namespaces() -> None:
    fact = taken({"type": "identify", "anonymousId": "e1", "userId": "c1", "traits": {"email": "s@x.org"}}, LUMA)
    assert fact.identities == (
        IdentityKey("crm_id", "c1"),
        IdentityKey("ecid", "e1"),
        IdentityKey("email", "s@x.org"),
    )


def test_a_group_never_links_and_its_email_is_nobodys() -> None:
    fact = taken(
        {"type": "group", "userId": "u1", "anonymousId": "a1", "groupId": "acme", "traits": {"email": "info@acme.com"}}
    )
    assert fact.identities == (IdentityKey("user_id", "u1"),)
    assert (fact.type, fact.attributes, fact.properties) == ("group", {}, {"group_id": "acme"})


def test_an_alias_says_what_the_person_was_called_before() -> None:
    fact = taken({"type": "alias", "userId": "new", "previousId": " old "})
    assert (fact.type, fact.identities, fact.properties) == (
        "alias",
        (IdentityKey("user_id", "new"),),
        {"previous_id": "old"},
    )
    assert fact.former == (IdentityKey("user_id", "old"), IdentityKey("anonymous_id", "old"))
    assert taken({"type": "alias", "userId": "new"}).former == ()
    assert taken({"type": "identify", "userId": "new", "previousId": "old"}).former == ()


def test_a_page_and_a_screen_say_where() -> None:
    page = taken({"type": "page", "anonymousId": "a1", "name": "Home", "properties": {"url": "https://luma.example"}})
    screen = taken(
        {
            "type": "screen", "anonymousId": "a1", "name": "Cart",
            "context": {"device": {"id": "d1", "type": "ios", "manufacturer": "Apple", "model": "iPhone15,2"}},
        }
    )  # fmt: skip
    assert (page.type, page.channel, page.properties["page"], page.properties["page_name"]) == (
        "page_view",
        "web",
        "/",
        "Home",
    )
    assert (screen.type, screen.channel, screen.properties["page"]) == ("screen_view", "mobile", "Cart")
    assert screen.device == Device("d1", "phone", "Apple iPhone15,2")
    assert IdentityKey("device_id", "d1") in screen.identities


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "expected"),
    [
        ("2026-11-24T20:10:00Z", None, NOW - timedelta(minutes=5)),
        ("2026-11-24T21:10:00+01:00", None, NOW - timedelta(minutes=5)),
        ("2026-11-24T19:55:00Z", "2026-11-24T20:00:00Z", NOW - timedelta(minutes=5)),
        ("2031-01-01T00:00:00Z", "2031-01-01T00:05:00Z", NOW - timedelta(minutes=5)),
        ("2026-11-24T20:10:00Z", "2026-11-24T20:14:59.200Z", NOW - timedelta(minutes=5)),
        (None, "2026-11-24T20:00:00Z", NOW),
    ],
)
def test_the_senders_clock_is_corrected(timestamp: str | None, sent_at: str | None, expected: datetime) -> None:
    assert taken(track(timestamp=timestamp, sentAt=sent_at)).ts == expected
    assert taken(track(originalTimestamp=timestamp), sent_at=sent_at).ts == expected


def test_what_belongs_to_the_sending_is_not_kept() -> None:
    first = taken(track(sentAt="2026-11-24T20:14:00Z", writeKey="gcdp_w_secret", _metadata={"failedAttempts": 0}))
    again = taken(track(sentAt="2026-11-24T20:14:09Z", writeKey="gcdp_w_secret", _metadata={"failedAttempts": 1}))
    assert first.payload == again.payload
    assert "secret" not in first.payload
    assert json.loads(first.payload)["event"] == "Product Viewed"


def test_a_call_without_message_id_is_its_content() -> None:
    call = {"type": "track", "event": "A", "anonymousId": "a1", "timestamp": "2026-11-24T20:00:00Z"}
    assert taken(call).id == taken(dict(call)).id != taken({**call, "event": "B"}).id


@pytest.mark.parametrize(
    ("change", "field", "code", "words"),
    [
        ({"type": "purchase"}, "type", "unknown_type", "identify, track, page, screen, group, alias"),
        ({"type": None}, "type", "unknown_type", "identify, track"),
        ({"event": ""}, "event", "missing_field", "needs event"),
        ({"event": "???"}, "event", "bad_field", "no letter or digit"),
        ({"event": {"name": "x"}}, "event", "bad_field", "must be text"),
        ({"event": "x" * 257}, "event", "too_long", "256"),
        ({"anonymousId": None}, None, "no_identity", "userId, anonymousId"),
        ({"anonymousId": ["a"]}, "anonymousId", "bad_field", "text or a number"),
        ({"anonymousId": "x" * 513}, "anonymousId", "too_long", "512"),
        ({"messageId": "x" * 513}, "messageId", "too_long", "512"),
        ({"properties": [1]}, "properties", "bad_field", "JSON object"),
        ({"context": "web"}, "context", "bad_field", "JSON object"),
        ({"traits": {"email": {"x": 1}}}, "traits.email", "bad_field", "identifies somebody"),
        ({"timestamp": "yesterday"}, "timestamp", "bad_time", "ISO 8601"),
        ({"timestamp": 1795551325}, "timestamp", "bad_time", "ISO 8601"),
        ({"timestamp": "2999-01-01T00:00:00Z"}, "timestamp", "bad_time", "24 hours ahead"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "timestamp", "bad_time", "before 1970"),
        ({"timestamp": "9999-12-31T23:59:59-10:00"}, "timestamp", "bad_time", "calendar"),
        (
            {"timestamp": "9999-12-31T23:59:59Z", "sentAt": "1971-01-01T00:00:00Z"},
            "sentAt",
            "bad_time",
            "not the time at which",
        ),
        ({"sentAt": "soon", "timestamp": "2026-11-24T20:00:00Z"}, "sentAt", "bad_time", "ISO 8601"),
        ({"properties": {"note": "a\x00b"}}, "properties.note", "null_byte", "null byte"),
        ({"properties": {"a\x00": 1}}, "properties.a\\0", "null_byte", "null byte"),
        ({"properties": {"list": [0.5, float("nan")]}}, "properties.list[1]", "not_a_number", "nan"),
        ({"properties": {"price": float("inf")}}, "properties.price", "not_a_number", "inf"),
        ({"properties": {"order": 2**64}}, "properties.order", "bad_number", "64 bits"),
        ({"properties": {"note": "half \ud83d"}}, "properties.note", "bad_text", "half a character"),
        ({"properties": {"note": "x" * 10_000_000}}, "properties.note", "too_large", "32,768"),
    ],
)
def test_a_wrong_call_is_refused_with_field_code_and_sentence(
    change: dict[str, Any], field: str | None, code: str, words: str
) -> None:
    rejection = refused(track(**change), row="batch[3]")
    assert (rejection.field, rejection.code, rejection.row, rejection.source) == (field, code, "batch[3]", "shop")
    assert words in rejection.reason
    assert len(rejection.payload) <= 16 * 1024
    assert "\x00" not in rejection.payload


def test_a_call_nested_too_deep_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"in": deep, "bad": None}
    assert refused(track(properties=deep)).code == "too_deep"


def test_nulls_are_no_fault() -> None:
    assert taken(track(properties={"coupon": None, "price": 1})).properties["price"] == 1.0


def test_a_file_is_taken_at_its_word() -> None:
    exported = track(timestamp="2020-01-01T00:00:00Z", sentAt="2020-01-01T00:01:00Z", receivedAt="2020-01-01T00:02:00Z")
    read = parse_call(exported, SHOP)
    assert isinstance(read, Fact)
    assert read.ts == datetime(2020, 1, 1, tzinfo=UTC)
    del exported["timestamp"]
    raw = parse_call({**exported, "originalTimestamp": "2020-01-01T00:00:30Z"}, SHOP)
    assert isinstance(raw, Fact)
    assert raw.ts == datetime(2020, 1, 1, 0, 1, 30, tzinfo=UTC)
    untimed = parse_call(exported, SHOP)
    assert isinstance(untimed, Rejection)
    assert untimed.code == "bad_time"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Order Completed", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("userID", "user_id"),
        ("HTMLPage viewed", "html_page_viewed"),
        ("a--b__c", "a_b_c"),
        ("Größe Café", "grosse_cafe"),
        ("2nd visit", "n_2nd_visit"),
        ("!!", ""),
    ],
)
def test_snake(name: str, expected: str) -> None:
    assert snake(name) == expected


@pytest.mark.parametrize("name", ["購入", "購入 1", "売却 1", "x" * 80, "x" * 81])
def test_a_name_that_loses_letters_stays_its_own(name: str) -> None:
    others = {snake(other) for other in ("購入", "購入 1", "売却 1", "x" * 80, "x" * 81) if other != name}
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", snake(name))
    assert snake(name) not in others


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Product Added", "add_to_cart"),
        ("product_viewed", "product_view"),
        ("Order Completed", "purchase"),
        ("Signed In", "login"),
        ("Gift Wrap Chosen", "gift_wrap_chosen"),
    ],
)
def test_event_names(name: str, expected: str) -> None:
    assert event_type(name) == expected
