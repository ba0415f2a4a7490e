"""Adobe XDM experience events become facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphcdp.model import Device, Fact, IdentityKey, Rejection
from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.xdm import parse_event

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
LUMA = SourceDefinition(source="luma_web", channel="web", dataset="web", format="xdm")


def view(**more: Any) -> dict[str, Any]:
    return {
        "_id": "x1",
        "timestamp": "2026-11-24T20:00:00Z",
        "eventType": "commerce.productViews",
        "identityMap": {"ECID": [{"id": "9001", "primary": True}]},
        **more,
    }


def taken(event: dict[str, Any], definition: SourceDefinition = LUMA) -> Fact:
    read = parse_event(event, definition, received_at=NOW, row="event")
    assert isinstance(read, Fact), read
    return read


def test_a_purchase() -> None:
    fact = taken(
        view(
            eventType="commerce.purchases",
            identityMap={
                "ECID": [{"id": "9001", "authenticatedState": "authenticated"}, {"id": ""}],
                "Email": [{"id": "sarah@example.com"}],
                "CRMID": [{"id": 17}],
            },
            productListItems=[
                {
                    "SKU": "MH02", "name": "Teton", "quantity": 2, "priceTotal": 140.0, "currencyCode": "USD",
                    "productCategories": [{"categoryName": "men"}],
                    "selectedOptions": [{"attribute": "Size", "value": "L"}],
                },
                {"SKU": "WB05"},
            ],
            commerce={"order": {"purchaseID": "o1", "priceTotal": 171.5, "currencyCode": "USD"}},
            web={
                "webPageDetails": {"URL": "https://luma.example/checkout", "name": "checkout", "siteSection": "shop"},
                "webReferrer": {"URL": "https://luma.example/cart"},
            },
            marketing={"campaignName": "winter", "trackingCode": "w1"},
            device={"type": "mobile", "manufacturer": "Apple", "model": "iPhone 15"},
        )
    )  # fmt: skip
    assert fact == Fact(
        id="luma_web:x1",
        ts=datetime(2026, 11, 24, 20, tzinfo=UTC),
        source="luma_web",
        dataset="web",
        identities=(
            IdentityKey("ecid", "9001"),
            IdentityKey("email", "sarah@example.com"),
            IdentityKey("crm_id", "17"),
        ),
        type="purchase",
        channel="web",
        properties={
            "product": "MH02",
            "product_name": "Teton",
            "category": "men",
            "size": "L",
            "price": 70.0,
            "quantity": 2,
            "currency": "USD",
            "revenue": 171.5,
            "order_id": "o1",
            "campaign": "winter",
            "page": "/checkout",
            "page_name": "checkout",
            "page_url": "https://luma.example/checkout",
            "page_category": "shop",
            "page_referrer": "https://luma.example/cart",
        },
        products=("MH02", "WB05"),
        device=Device("9001", "phone", "Apple iPhone 15"),
        payload=fact.payload,
        row="event",
    )


@pytest.mark.parametrize(
    ("event_type", "expected", "channel"),
    [
        ("web.webpagedetails.pageViews", "page_view", "web"),
        ("commerce.productListAdds", "add_to_cart", "web"),
        ("directMarketing.emailOpened", "email_open", "email"),
        ("application.launches", "app_open", "mobile"),
        ("luma.giftWrapChosen", "luma_gift_wrap_chosen", "web"),
    ],
)
def test_event_types(event_type: str, expected: str, channel: str) -> None:
    fact = taken(view(eventType=event_type))
    assert (fact.type, fact.channel) == (expected, channel)


def test_without_event_type_the_commerce_measure_says_it() -> None:
    event = view(commerce={"productListAdds": {"value": 1}})
    del event["eventType"]
    assert taken(event).type == "add_to_cart"


def test_a_source_names_its_own_namespaces() -> None:
    definition = SourceDefinition(source="s", format="xdm", tracking={"identityMap.Member": "loyalty_id"})
    fact = taken(view(identityMap={"Member": [{"id": "L1"}], "shopId": [{"id": "s1"}]}), definition)
    assert fact.identities == (IdentityKey("loyalty_id", "L1"), IdentityKey("shop_id", "s1"))


def test_an_event_without_id_is_its_content() -> None:
    event = view(_id=None)
    assert taken(event).id == taken(dict(event)).id != taken({**event, "eventType": "x"}).id


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"timestamp": None}, "timestamp", "bad_time"),
        ({"timestamp": "2999-01-01T00:00:00Z"}, "timestamp", "bad_time"),
        ({"eventType": None}, "eventType", "missing_field"),
        ({"eventType": "..."}, "eventType", "bad_field"),
        ({"identityMap": {}}, "identityMap", "no_identity"),
        ({"identityMap": {"ECID": "9001"}}, "identityMap.ECID", "bad_field"),
        ({"identityMap": {"ECID": [{"id": True}]}}, "identityMap.ECID[0].id", "bad_field"),
        ({"productListItems": {"SKU": "x"}}, "productListItems", "bad_field"),
        ({"web": {"name": "a\x00"}}, "web.name", "null_byte"),
        ({"note": "x" * 40_000}, "note", "too_large"),
    ],
)
def test_a_wrong_event_is_refused(change: dict[str, Any], field: str, code: str) -> None:
    read = parse_event(view(**change), LUMA, received_at=NOW, row="events[1]")
    assert isinstance(read, Rejection)
    assert (read.field, read.code, read.row, read.fact_id) == (field, code, "events[1]", "luma_web:x1")
