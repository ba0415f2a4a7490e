"""Who may ask, how much, and what a wrong question is told."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from graphql import get_introspection_query

from graphcdp.api.graphql.limits import MOST_ALIASES, MOST_DEPTH, MOST_THINGS
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

SOURCES = "{ sources { name } }"


async def post(served: Served, query: str, key: str | None = None, **variables: Any) -> httpx2.Response:
    """Send a query with a key, the API key if none is given, none for ''."""
    chosen = served.api_key if key is None else key
    headers = {"Authorization": f"Bearer {chosen}"} if chosen else {}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        return await client.post("/graphql", json={"query": query, "variables": variables})


async def refused(served: Served, query: str, **variables: Any) -> tuple[str, str]:
    """Return code and message of the one error."""
    [error] = (await post(served, query, **variables)).json()["errors"]
    return error["extensions"]["code"], error["message"]


async def test_without_a_key_and_with_a_wrong_one_nothing_is_told(served: Served) -> None:
    for key in ("", "gcdp_wrong"):
        reply = await post(served, SOURCES, key=key)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
        [error] = reply.json()["errors"]
        assert error["extensions"]["code"] == "unauthorized"
        assert "key" in error["message"]
        assert "data" not in reply.json()


async def test_a_write_key_neither_reads_nor_ingests(served: Served) -> None:
    for query in (SOURCES, "mutation { ingest(input: {events: []}) { __typename } }", '{ node(id: "x") { id } }'):
        [error] = (await post(served, query, key=served.write_key)).json()["errors"]
        assert error["extensions"]["code"] == "unauthorized"
        assert "scope" in error["message"]


async def test_the_key_may_also_stand_in_its_own_header(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url, headers={"X-API-Key": served.api_key}) as client:
        reply = await client.post("/graphql", json={"query": SOURCES})
        assert "errors" not in reply.json()
        asked = await client.get("/graphql", params={"query": SOURCES})
        assert asked.status_code == 200
        changed = await client.get(
            "/graphql", params={"query": "mutation { ingest(input: {events: []}) { __typename } }"}
        )
        assert changed.status_code == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "bad_query"),
        ("{ sources { name ", "bad_query"),
        ("{ profiles(first: 101) { edges { cursor } } }", "invalid_input"),
        ("{ profiles(first: 0) { edges { cursor } } }", "invalid_input"),
        ('{ profiles(search: "sarah", after: "nonsense") { edges { cursor } } }', "invalid_input"),
        ('{ node(id: "nonsense") { id } }', "invalid_input"),
        ('{ rejected(after: "bnVsbA") { edges { cursor } } }', "invalid_input"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(served: Served, query: str, code: str) -> None:
    told = await refused(served, query)
    assert told[0] == code
    assert len(told[1]) > 10


async def test_a_page_that_is_too_costly_is_refused_with_limit_and_value(served: Served) -> None:
    query = """query Q($people: Int!, $events: Int!) { profiles(first: $people) { edges { node {
        timeline(first: $events) { edges { node { type } } } } } } }"""
    code, message = await refused(served, query, people=100, events=100)
    assert code == "too_costly"
    assert f"{MOST_THINGS:,}" in message
    assert "10,200" in message or "10,100" in message
    fine = await post(served, query, people=100, events=50)
    assert "errors" not in fine.json()
    literal = "{ profiles(first: 100) { edges { node { timeline(first: 100) { edges { node { type } } } } } } }"
    assert (await refused(served, literal))[0] == "too_costly"
    fragments = """query Q { profiles(first: 100) { ...F } }
        fragment F on ProfileConnection { edges { node { ...G } } }
        fragment G on Profile { timeline(first: 100) { edges { node { type } } } }"""
    assert (await refused(served, fragments))[0] == "too_costly"


async def test_depth_aliases_and_length_are_limited(served: Served) -> None:
    nested = "identities { profile { " * MOST_DEPTH + "profileId" + " } }" * MOST_DEPTH
    query = f"{{ profiles(first: 1) {{ edges {{ node {{ {nested} }} }} }} }}"
    code, message = await refused(served, query)
    assert (code, str(MOST_DEPTH) in message) == ("bad_query", True)
    aliases = "{ " + " ".join(f"s{index}: sources {{ name }}" for index in range(MOST_ALIASES + 1)) + " }"
    code, message = await refused(served, aliases)
    assert (code, str(MOST_ALIASES) in message) == ("bad_query", True)
    long = "{ sources { " + "name " * 3_000 + "} }"
    code, message = await refused(served, long)
    assert code == "bad_query"
    assert "token" in message.lower()


async def test_introspection_is_within_the_limits(served: Served) -> None:
    reply = await post(served, get_introspection_query(descriptions=True, input_value_deprecation=True))
    assert "errors" not in reply.json()
    assert reply.json()["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b'{"query": "{ sources { name } }", "variables": {"x": NaN}}', 400),
        (b'{"variables": {}}', 400),
        (b"\x00", 400),
    ],
)
async def test_a_body_that_is_no_request_is_refused(served: Served, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {served.api_key}", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers) as client:
        reply = await client.post("/graphql", content=body)
        assert reply.status_code == status, reply.text
        assert reply.json()["errors"][0]["message"]
        assert (await client.post("/graphql", json={"query": SOURCES})).status_code == 200


async def test_an_oversized_body_is_refused(served: Served) -> None:
    big = json.dumps({"query": SOURCES, "variables": {"x": "y" * (5 * 1024 * 1024)}}).encode()
    headers = {"Authorization": f"Bearer {served.api_key}", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        reply = await client.post("/graphql", content=big)
    assert reply.status_code == 413
    assert "4096 KB" in reply.text


async def test_too_many_events_at_once_are_refused_whole(served: Served) -> None:
    event = {"type": "page_view", "identities": [{"namespace": "anonymous_id", "value": "a"}]}
    query = "mutation M($input: IngestInput!) { ingest(input: $input) { __typename ... on Error { code message } } }"
    for events in ([], [event] * 1_001):
        told = (await post(served, query, input={"events": events})).json()["data"]["ingest"]
        assert (told["__typename"], told["code"]) == ("InvalidInput", "invalid_input")
        assert "1,000" in told["message"]
    listed = (await post(served, "{ profiles { edges { cursor } } }")).json()["data"]["profiles"]["edges"]
    assert listed == []


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"namespace": "planet", "value": "Mars"}, "invalid_input"),
        ({"namespace": "email", "value": "no address"}, "invalid_input"),
        ({"namespace": "email", "value": ""}, "invalid_input"),
        ({"namespace": "email", "value": "nobody@example.org"}, "identity_not_found"),
    ],
)
async def test_an_identity_that_nobody_can_have_or_has(served: Served, identity: dict[str, str], code: str) -> None:
    query = "query Q($i: IdentityInput!) { profile(identity: $i) { __typename ... on Error { code message } } }"
    told = (await post(served, query, i=identity)).json()["data"]["profile"]
    assert told["code"] == code
    assert told["__typename"] == ("NotFound" if code == "identity_not_found" else "InvalidInput")
