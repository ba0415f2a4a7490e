"""What browsers need: preflights, origins, the settings that SDKs ask for; and health, limits, unknown paths."""

from __future__ import annotations

import httpx2
import pytest

from graphcdp.api.auth import Keys
from graphcdp.base import Settings
from tests.served import Served, serving

pytestmark = pytest.mark.anyio
SHOP = "https://shop.example"


async def test_a_preflight_lets_the_headers_of_sdks_through(served: Served) -> None:
    wanted = "anonymousid,authorization,content-type,sentat,x-retry-count"
    async with httpx2.AsyncClient(base_url=served.url) as client:
        reply = await client.options(
            "/v1/t",
            headers={
                "Origin": SHOP,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": wanted,
                "Access-Control-Request-Private-Network": "true",
            },
        )
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == SHOP
    assert reply.headers["access-control-allow-headers"] == wanted
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-private-network"] == "true"
    assert "Origin" in reply.headers["vary"]


async def test_replies_and_refusals_are_readable_for_the_page(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        reply = await client.post("/v1/track", json={}, headers={"Origin": SHOP})
    assert reply.status_code == 401
    assert reply.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in reply.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in reply.headers


async def test_the_api_is_closed_to_pages_that_are_not_listed(served: Served) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with httpx2.AsyncClient(base_url=served.url) as client:
        refused = await client.options("/graphql", headers={"Origin": SHOP, **preflight})
        own = await client.options("/graphql", headers={"Origin": served.url, **preflight})
        plain = await client.get("/healthz", headers={"Origin": SHOP})
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    assert "GRAPHCDP_CORS_ORIGINS" in refused.json()["message"]
    assert (own.status_code, own.headers["access-control-allow-origin"]) == (204, served.url)
    assert "access-control-allow-origin" not in plain.headers


async def test_lists_of_origins_and_limits_are_kept(settings: Settings, served: Served) -> None:
    strict = settings.model_copy(
        update={
            "cors_origins": "https://desk.example",
            "tracking_cors_origins": SHOP,
            "tracking_rate": 0.01,
            "tracking_burst": 2,
        }
    )
    call = {"anonymousId": "a1", "event": "x"}
    async with serving(strict) as other, httpx2.AsyncClient(base_url=other.url) as client:
        preflight = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
        desk = await client.options("/graphql", headers=preflight)
        foreign = await client.post("/v1/track", json=call, headers={"Origin": "https://other.example"})
        auth = (other.write_key, "")
        first = await client.post(
            "/v1/batch", json={"batch": [{"type": "track", **call}] * 2}, auth=auth, headers={"Origin": SHOP}
        )
        second = await client.post("/v1/track", json=call, auth=auth, headers={"Origin": SHOP})
    assert desk.status_code == 204
    assert (foreign.status_code, foreign.json()["code"]) == (403, "origin_refused")
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (429, "too_many_calls")
    assert int(second.headers["retry-after"]) >= 1
    assert "0.01 calls a second" in second.json()["message"]


async def test_segments_browser_sdk_learns_where_to_send(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        reply = await client.get(f"/v1/projects/{served.write_key}/settings", headers={"Origin": SHOP})
        wrong = await client.get("/v1/projects/gcdp_w_wrong/settings")
    told = reply.json()["integrations"]["Segment.io"]
    assert f"{told['protocol']}://{told['apiHost']}" == f"{served.url}/v1"
    assert told["apiKey"] == served.write_key
    assert reply.headers["access-control-allow-origin"] == SHOP
    assert wrong.status_code == 401


async def test_rudderstacks_browser_sdk_gets_its_source(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        replies = [
            await client.get("/sourceConfig/", auth=(served.write_key, "")),
            await client.get("/sourceConfig", params={"writeKey": served.write_key}),
        ]
        wrong = await client.get("/sourceConfig/", params={"writeKey": "gcdp_w_wrong"})
    for reply in replies:
        source = reply.json()["source"]
        assert (source["name"], source["enabled"], source["destinations"]) == ("http", True, [])
    assert wrong.status_code == 401


async def test_health_and_numbers(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        await client.post("/v1/track", json={"anonymousId": "a1", "event": "x"}, auth=(served.write_key, ""))
        numbers = (await client.get("/metrics")).text
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["neo4j"].startswith("Neo4j/5.")
    assert 'graphcdp_calls_total{outcome="accepted",source="http"}' in numbers
    assert 'graphcdp_http_requests_total{method="POST",route="/v1/track",status="200"}' in numbers
    assert served.write_key not in numbers


async def test_what_is_not_there_is_said(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        missing, wrong = await client.get("/v2/track"), await client.get("/v1/track")
    assert (missing.status_code, missing.json()["message"]) == (404, "There is nothing at /v2/track.")
    assert (wrong.status_code, wrong.json()["message"]) == (405, "/v1/track does not answer to GET.")


async def test_a_wrong_api_key_is_refused(served: Served) -> None:
    query = {"query": "{ __typename }"}
    async with httpx2.AsyncClient(base_url=served.url) as client:
        wrong = await client.post("/graphql", json=query, headers={"Authorization": "Bearer gcdp_wrong_key"})
        right = await client.post("/graphql", json=query, headers={"X-API-Key": served.api_key})
    assert (wrong.status_code, wrong.json()["errors"][0]["extensions"]["code"]) == (401, "unauthorized")
    assert right.status_code == 200


async def test_keys_served_are_those_of_the_home_folder(served: Served, settings: Settings) -> None:
    keys = Keys.load(settings)
    assert (keys.api[0], list(keys.write)) == (served.api_key, [served.write_key])
