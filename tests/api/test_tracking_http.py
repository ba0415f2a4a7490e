"""Tracking calls over HTTP, by a real client against a served app and a real graph."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from graphcdp.graph import Graph
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


def track(anonymous_id: str = "visitor-1", **more: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": anonymous_id,
        "messageId": f"m-{uuid4()}",
        "properties": {"product_id": "MH02"},
        **more,
    }


async def events(graph: Graph) -> list[dict[str, Any]]:
    """Return all events as they stand, oldest first."""
    return await graph.read_text(
        "MATCH (who:Identity)-[:PERFORMED]->(event:Event) "
        "RETURN event.id AS id, event.type AS type, who.key AS who, event.identity_keys AS keys, "
        "event.product AS product ORDER BY event.ts, event.id"
    )


async def rejected(graph: Graph) -> list[dict[str, Any]]:
    """Return what was refused."""
    return await graph.read_text(
        "MATCH (refused:Rejected) RETURN refused.code AS code, refused.field AS field, refused.row AS row, "
        "refused.source AS source, refused.payload AS payload ORDER BY row, code"
    )


async def post(served: Served, path: str, **more: Any) -> httpx2.Response:
    """Send with the write key as basic authentication."""
    async with httpx2.AsyncClient(base_url=served.url, timeout=60) as client:
        return await client.post(path, auth=(served.write_key, ""), **more)


async def test_a_reply_of_200_means_committed(served: Served, graph: Graph) -> None:
    reply = await post(served, "/v1/track", json=track(messageId="m1"))
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    assert await events(graph) == [
        {
            "id": "http:m1",
            "type": "product_view",
            "who": "anonymous_id|visitor-1",
            "keys": ["anonymous_id|visitor-1"],
            "product": "MH02",
        }
    ]


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/v1/identify", {"userId": "u1", "traits": {"email": "s@x.org"}}, "identify"),
        ("/v1/i", {"userId": "u1"}, "identify"),
        ("/v1/track", {"event": "Order Completed"}, "purchase"),
        ("/v1/t", {"event": "Signed In"}, "login"),
        ("/v1/page", {"name": "Home"}, "page_view"),
        ("/v1/p", {}, "page_view"),
        ("/v1/screen", {"name": "Cart"}, "screen_view"),
        ("/v1/s", {}, "screen_view"),
        ("/v1/group", {"groupId": "acme"}, "group"),
        ("/v1/g", {"groupId": "acme"}, "group"),
        ("/v1/alias", {"userId": "u2", "previousId": "u1"}, "alias"),
        ("/v1/a", {"userId": "u2", "previousId": "u1"}, "alias"),
    ],
)
async def test_every_call_by_its_name_and_letter(
    served: Served, graph: Graph, path: str, body: dict[str, Any], expected: str
) -> None:
    reply = await post(served, path, json={"anonymousId": "a1", **body})
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    assert [event["type"] for event in await events(graph)] == [expected]


async def test_browsing_and_login_become_one_profile(served: Served, graph: Graph) -> None:
    batch = [track("e1"), {"type": "identify", "anonymousId": "e1", "userId": "u1", "traits": {"email": "s@x.org"}}]
    assert (await post(served, "/v1/batch", json={"batch": batch})).json() == {"success": True}
    assert await profiles(graph) == [["anonymous_id|e1", "email|s@x.org", "user_id|u1"]]


async def profiles(graph: Graph) -> list[list[str]]:
    """Return the identities of every profile."""
    rows = await graph.read_text(
        "MATCH (person:Profile)-[:HAS_IDENTITY]->(who:Identity) WITH person, who ORDER BY who.key "
        "RETURN collect(who.key) AS keys ORDER BY keys"
    )
    return [row["keys"] for row in rows]


async def test_a_group_never_links(served: Served, graph: Graph) -> None:
    await post(served, "/v1/group", json={"userId": "u1", "anonymousId": "a1", "groupId": "acme"})
    assert await profiles(graph) == [["user_id|u1"]]


async def test_a_call_sent_again_changes_nothing(served: Served, graph: Graph) -> None:
    call = track(messageId="again", sentAt="2026-01-01T00:00:00Z", timestamp="2026-01-01T00:00:00Z")
    first = await post(served, "/v1/track", json=call)
    second = await post(served, "/v1/track", json={**call, "sentAt": "2026-01-01T00:00:30Z", "_metadata": {"x": 1}})
    both = await post(served, "/v1/batch", json={"batch": [call, call]})
    assert [reply.json() for reply in (first, second, both)] == [{"success": True}] * 3
    assert [event["id"] for event in await events(graph)] == ["http:again"]
    assert await rejected(graph) == []


async def test_the_same_id_with_other_content_is_refused(served: Served, graph: Graph) -> None:
    await post(served, "/v1/track", json=track(messageId="again"))
    reply = await post(served, "/v1/track", json=track(messageId="again", properties={"product_id": "WB05"}))
    assert (reply.status_code, reply.json()["code"]) == (400, "different_content")
    assert [event["product"] for event in await events(graph)] == ["MH02"]
    assert [one["code"] for one in await rejected(graph)] == ["different_content"]


@pytest.mark.parametrize("wrap", ["plain", "gzip", "gzip_unsaid", "deflate", "text", "form"])
async def test_bodies_as_sdks_pack_them(served: Served, graph: Graph, wrap: str) -> None:
    plain = json.dumps({"batch": [track()]}).encode()
    body, headers = {
        "plain": (plain, {"Content-Type": "application/json"}),
        "gzip": (gzip.compress(plain), {"Content-Encoding": "gzip"}),
        "gzip_unsaid": (gzip.compress(plain), {}),
        "deflate": (zlib.compress(plain), {"Content-Encoding": "deflate"}),
        "text": (plain, {"Content-Type": "text/plain;charset=UTF-8"}),
        "form": (plain, {"Content-Type": "application/x-www-form-urlencoded"}),
    }[wrap]
    reply = await post(served, "/v1/batch", content=body, headers=headers)
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    assert len(await events(graph)) == 1


@pytest.mark.parametrize("place", ["basic", "bearer", "query", "body"])
async def test_the_write_key_may_stand_in_four_places(served: Served, graph: Graph, place: str) -> None:
    key, body, more = served.write_key, track(), dict[str, Any]()
    if place == "basic":
        more["auth"] = (key, "")
    elif place == "bearer":
        more["headers"] = {"Authorization": f"Bearer {key}"}
    elif place == "query":
        more["params"] = {"writeKey": key}
    else:
        body["writeKey"] = key
    async with httpx2.AsyncClient(base_url=served.url) as client:
        reply = await client.post("/v1/track", json=body, **more)
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    rows = await graph.read_text("MATCH (event:Event) RETURN event.payload AS payload")
    assert [key in row["payload"] for row in rows] == [False]


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "no write key"), ("gcdp_w_wrong", "not known"), ("api", "is an API key")],
)
async def test_without_a_write_key_nothing_goes_in(served: Served, graph: Graph, key: str | None, words: str) -> None:
    key = served.api_key if key == "api" else key
    async with httpx2.AsyncClient(base_url=served.url) as client:
        in_header = await client.post("/v1/track", json=track(), auth=(key, "") if key else None)
        in_body = await client.post("/v1/track", json=track(writeKey=key))
    for reply in (in_header, in_body):
        assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")
        assert words in reply.json()["message"]
    assert await events(graph) == []


async def test_a_batch_without_a_readable_body_and_key_is_unauthorized(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        reply = await client.post("/v1/batch", content=b"{")
    assert reply.status_code == 401
    assert "line 1, column 2" in reply.json()["message"]


BAD: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("unknown type", {"type": "purchase"}, "type", "unknown_type"),
    ("null byte", {"properties": {"note": "a\x00b"}}, "properties.note", "null_byte"),
    ("nan", {"properties": {"price": float("nan")}}, "properties.price", "not_a_number"),
    ("infinity", {"properties": {"price": float("inf")}}, "properties.price", "not_a_number"),
    ("far future", {"timestamp": "2999-01-01T00:00:00Z"}, "timestamp", "bad_time"),
    ("no time", {"timestamp": "tomorrow"}, "timestamp", "bad_time"),
    ("40 KB", {"properties": {"note": "x" * 40_000}}, "properties.note", "too_large"),
    ("nobody", {"anonymousId": ""}, None, "no_identity"),
    ("half a character", {"properties": {"note": "\ud83d"}}, "properties.note", "bad_text"),
]


@pytest.mark.parametrize(("change", "field", "code"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
async def test_a_bad_call_in_a_batch_is_kept_and_its_neighbours_go_in(
    served: Served, graph: Graph, change: dict[str, Any], field: str | None, code: str
) -> None:
    batch = [track("a1", messageId="m1"), track("a2", **change), track("a3", messageId="m3")]
    reply = await post(served, "/v1/batch", content=json.dumps({"batch": batch}))
    assert reply.status_code == 200
    body = reply.json()
    assert body["success"] is True
    (one,) = body["rejected"]
    assert (one["index"], one["field"], one["code"]) == (1, field, code)
    assert one["reason"].endswith(".")
    assert [event["id"] for event in await events(graph)] == ["http:m1", "http:m3"]
    (kept,) = await rejected(graph)
    assert (kept["code"], kept["field"], kept["row"], kept["source"]) == (code, field, "batch[1]", "http")


@pytest.mark.parametrize(("change", "field", "code"), [case[1:] for case in BAD[1:]], ids=[case[0] for case in BAD[1:]])
async def test_a_bad_call_alone_is_refused_and_kept(
    served: Served, graph: Graph, change: dict[str, Any], field: str | None, code: str
) -> None:
    reply = await post(served, "/v1/track", content=json.dumps(track(**change)))
    body = reply.json()
    assert reply.status_code == (413 if code == "too_large" else 400)
    assert (body["success"], body["field"], body["code"]) == (False, field, code)
    assert body["message"].endswith(".")
    assert await events(graph) == []
    assert [one["code"] for one in await rejected(graph)] == [code]


async def test_two_values_of_a_unique_namespace_are_refused_by_the_rules(served: Served, graph: Graph) -> None:
    event = {
        "_id": "x1", "timestamp": "2026-01-01T00:00:00Z", "eventType": "commerce.productViews",
        "identityMap": {"Email": [{"id": "a@x.org"}, {"id": "b@x.org"}]},
    }  # fmt: skip
    good = {**event, "_id": "x2", "identityMap": {"Email": [{"id": "a@x.org"}]}}
    reply = await post(served, "/v1/xdm", json={"events": [{"xdm": event}, {"xdm": good}]})
    assert reply.status_code == 200
    assert [(one["index"], one["code"]) for one in reply.json()["rejected"]] == [(0, "unique_conflict")]
    assert [row["id"] for row in await events(graph)] == ["http:x2"]


async def test_a_namespace_that_nobody_declared_is_refused(served: Served, graph: Graph) -> None:
    event = {
        "_id": "x1", "timestamp": "2026-01-01T00:00:00Z", "eventType": "commerce.productViews",
        "identityMap": {"Fingerprint": [{"id": "f1"}]},
    }  # fmt: skip
    reply = await post(served, "/v1/xdm", json=event)
    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_namespace")
    assert "fingerprint" in reply.json()["message"]
    assert await events(graph) == []


@pytest.mark.parametrize("envelope", ["plain", "list", "events", "event", "messages", "message"])
async def test_xdm_in_its_envelopes(served: Served, graph: Graph, envelope: str) -> None:
    event = {
        "_id": "x1", "timestamp": "2026-01-01T00:00:00Z", "eventType": "commerce.productViews",
        "identityMap": {"Email": [{"id": "a@x.org"}]}, "productListItems": [{"SKU": "MH02"}],
    }  # fmt: skip
    message = {"header": {"schemaRef": {"id": "s"}}, "body": {"xdmMeta": {}, "xdmEntity": event}}
    body = {
        "plain": event,
        "list": [event],
        "events": {"events": [{"xdm": event}]},
        "event": {"event": {"xdm": event}},
        "messages": {"messages": [message]},
        "message": message,
    }[envelope]
    reply = await post(served, "/v1/xdm", json=body)
    assert (reply.status_code, reply.json()) == (200, {"success": True})
    assert [(row["id"], row["product"]) for row in await events(graph)] == [("http:x1", "MH02")]


async def test_a_batch_of_bad_calls_alone_is_refused(served: Served, graph: Graph) -> None:
    reply = await post(served, "/v1/batch", json={"batch": [{"type": "x"}, 7, None]})
    body = reply.json()
    assert (reply.status_code, body["success"], body["code"]) == (400, False, "all_rejected")
    assert [(one["index"], one["code"]) for one in body["rejected"]] == [
        (0, "unknown_type"),
        (1, "bad_field"),
        (2, "bad_field"),
    ]
    assert len(await rejected(graph)) == 3


async def test_an_empty_batch_is_fine(served: Served) -> None:
    assert (await post(served, "/v1/batch", json={"batch": []})).json() == {"success": True}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/track", b'{"event": "x",\n "anonymousId" "a"}', "line 2, column 16"),
        ("/v1/batch", b'{"batch": [', "line 1"),
        ("/v1/batch", b'{"calls": []}', '"batch"'),
        ("/v1/track", b"", "empty"),
        ("/v1/track", b'{"event": "\xff\xfe"}', "UTF-8"),
        ("/v1/track", b"\x1f\x8b123", "compressed"),
        ("/v1/track", gzip.compress(b'{"event": "x"}' * 99, mtime=0)[:-12], "cut short"),
        ("/v1/track", b"7", "JSON object"),
    ],
)
async def test_a_body_that_is_no_call_is_refused_with_its_place(
    served: Served, graph: Graph, path: str, body: bytes, words: str
) -> None:
    reply = await post(served, path, content=body)
    assert reply.status_code == 400
    assert words in reply.json()["message"]
    assert await events(graph) == []


async def test_a_malformed_body_is_kept(served: Served, graph: Graph) -> None:
    await post(served, "/v1/track", content=b'{"event": "x\x00", ')
    (kept,) = await rejected(graph)
    assert (kept["code"], kept["row"], kept["payload"]) == ("malformed", "body", '{"event": "x\ufffd", ')


async def test_ten_megabytes_are_refused_and_neighbours_go_in(served: Served, graph: Graph) -> None:
    huge = track("big", properties={"note": "x" * 10_000_000})
    packed = gzip.compress(json.dumps(huge).encode())
    async with httpx2.AsyncClient(base_url=served.url, timeout=60, auth=(served.write_key, "")) as client:
        before = await client.post("/v1/track", json=track("a1", messageId="m1"))
        plain = await client.post("/v1/track", json=huge)
        bomb = await client.post("/v1/track", content=packed, headers={"Content-Encoding": "gzip"})
        many = await client.post("/v1/batch", json={"batch": [{}] * 2_501})
        after = await client.post("/v1/track", json=track("a2", messageId="m2"))
    assert len(packed) < 500 * 1024
    assert [reply.status_code for reply in (before, plain, bomb, many, after)] == [200, 413, 413, 413, 200]
    assert "500 KB" in plain.json()["message"]
    assert "2,500" in many.json()["message"]
    assert [event["id"] for event in await events(graph)] == ["http:m1", "http:m2"]
    assert {one["code"] for one in await rejected(graph)} == {"too_large"}


async def test_an_encoding_that_is_not_read_is_named(served: Served) -> None:
    reply = await post(served, "/v1/track", content=b"x", headers={"Content-Encoding": "br"})
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_encoding")
    assert "'br'" in reply.json()["message"]


async def test_the_context_of_a_batch_holds_for_its_calls(served: Served, graph: Graph) -> None:
    batch = {"batch": [track("a1")], "context": {"campaign": {"name": "winter"}}}
    await post(served, "/v1/batch", json=batch)
    rows = await graph.read_text("MATCH (event:Event)-[:FROM]->(campaign:Campaign) RETURN campaign.id AS id")
    assert [row["id"] for row in rows] == ["winter"]


async def test_a_phone_is_a_device_of_its_visitor(served: Served, graph: Graph) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1"
    await post(served, "/v1/page", json={"anonymousId": "a1", "context": {"userAgent": agent}})
    rows = await graph.read_text(
        "MATCH (:Event)-[:ON]->(device:Device)<-[:ON_DEVICE]-(who:Identity) "
        "RETURN device.id AS id, device.kind AS kind, device.name AS name, who.key AS who"
    )
    assert rows == [{"id": "a1", "kind": "browser", "name": "Safari on iPhone", "who": "anonymous_id|a1"}]
