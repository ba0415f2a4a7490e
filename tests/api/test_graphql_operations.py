"""Every named operation of graphql_schema/operations, over HTTP against a real graph that was fed by `ingest`."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from graphcdp.base import data_folder
from graphcdp.graph import Graph
from tests.served import Served

OPERATIONS = {path.stem: path.read_text() for path in data_folder("graphql_schema").glob("operations/*.graphql")}
VISITOR = {"namespace": "anonymous_id", "value": "browser-1"}
ACCOUNT = {"namespace": "user_id", "value": "C-1"}
EMAIL = {"namespace": "email", "value": "Sarah.Rose@Example.com"}
LAPTOP = {"id": "browser-1", "kind": "browser", "name": "Firefox"}
STORY: list[dict[str, Any]] = [
    {
        "id": "v1",
        "ts": "2026-03-01T12:00:00Z",
        "type": "product_view",
        "channel": "web",
        "identities": [VISITOR],
        "device": LAPTOP,
        "products": ["MH02"],
        "properties": {"product": "MH02", "product_name": "Sweatshirt", "category": "men", "size": "L", "price": 69.5},
    },
    {
        "id": "v2",
        "ts": "2026-03-01T12:05:00Z",
        "type": "login",
        "channel": "web",
        "identities": [VISITOR, ACCOUNT, EMAIL],
        "device": LAPTOP,
    },
    {
        "id": "v3",
        "ts": "2026-03-02T12:00:00Z",
        "source": "crm",
        "dataset": "contacts",
        "identities": [ACCOUNT, EMAIL],
        "attributes": {"first_name": "Sarah", "last_name": "Rose", "loyalty_points": 120},
    },
    {
        "id": "v4",
        "ts": "2026-03-03T12:00:00Z",
        "type": "login",
        "channel": "web",
        "identities": [VISITOR, {"namespace": "user_id", "value": "C-2"}],
    },
]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def call(served: Served, name: str, **variables: Any) -> Any:
    """Run a named operation with the API key; return its data, there being no errors."""
    reply = await post(served, OPERATIONS[name], variables)
    assert reply.status_code == 200, reply.text
    assert "errors" not in reply.json(), reply.json()["errors"]
    return reply.json()["data"]


async def post(
    served: Served, query: str, variables: dict[str, Any] | None = None, key: str | None = None
) -> httpx2.Response:
    """Send a query with a key, the API key if none is given."""
    headers = {"Authorization": f"Bearer {key or served.api_key}"}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        return await client.post("/graphql", json={"query": query, "variables": variables or {}})


@pytest.fixture
async def fed(served: Served) -> Served:
    """A server that was told Sarah's story."""
    payload = (await call(served, "Ingest", input={"events": STORY}))["ingest"]
    assert (payload["accepted"], payload["duplicates"], payload["rejected"]) == (4, 0, 0), payload
    return served


async def test_ingest_says_what_became_of_each_event(served: Served) -> None:
    events = [
        STORY[0],
        {**STORY[0], "id": "bad-1", "properties": {"list": [1, 2]}},
        {"id": "bad-2", "identities": [VISITOR]},
        {"id": "bad-3", "type": "page_view", "identities": [{"namespace": "planet", "value": "Mars"}]},
        {"id": "bad-4", "type": "page_view", "ts": "2999-01-01T00:00:00Z", "identities": [VISITOR]},
        {"id": "bad-5", "type": "login", "identities": [ACCOUNT, {"namespace": "user_id", "value": "C-9"}]},
    ]
    payload = (await call(served, "Ingest", input={"events": events}))["ingest"]
    assert [each["eventId"] for each in payload["receipts"]] == ["v1", "bad-1", "bad-2", "bad-3", "bad-4", "bad-5"]
    assert [each["outcome"] for each in payload["receipts"]] == ["ACCEPTED"] + ["REJECTED"] * 5
    assert all(each["reason"] and each["code"] for each in payload["receipts"][1:])
    assert payload["receipts"][1]["field"] == "properties.list"
    assert [[each["key"] for each in person["identities"]] for person in payload["profiles"]] == [
        ["anonymous_id|browser-1"]
    ]
    again = (await call(served, "Ingest", input={"events": events[:1]}))["ingest"]
    assert (again["accepted"], again["duplicates"], again["rejected"]) == (0, 1, 0)
    listed = (await call(served, "Rejected", first=10))["rejected"]
    assert {edge["node"]["eventId"] for edge in listed["edges"]} == {"bad-1", "bad-2", "bad-3", "bad-4", "bad-5"}
    assert not listed["pageInfo"]["hasNextPage"]
    assert (await call(served, "Rejected", source="nobody"))["rejected"]["edges"] == []


async def test_sarah_with_identities_devices_attributes_and_time_line(fed: Served) -> None:
    person = (await call(fed, "SarahProfile", events=10))["profile"]
    assert person["__typename"] == "Profile"
    assert [each["namespace"] for each in person["identities"]] == ["email", "user_id"]  # the browser went to C-2
    assert {each["name"]: each["value"] for each in person["attributes"]} == {
        "first_name": "Sarah",
        "last_name": "Rose",
        "loyalty_points": 120,
    }
    assert {(each["source"], each["dataset"], each["at"]) for each in person["attributes"]} == {
        ("crm", "contacts", "2026-03-02T12:00:00+00:00")
    }
    assert [edge["node"]["type"] for edge in person["timeline"]["edges"]] == ["login"]


async def test_a_time_line_by_pages_with_what_stands_behind_each_event(served: Served) -> None:
    await call(served, "Ingest", input={"events": STORY[:3]})
    seen: list[str] = []
    after = None
    while True:
        page = (await call(served, "ProfileTimeline", identity=VISITOR, first=1, after=after))["profile"]["timeline"]
        seen += [edge["node"]["eventId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["v2", "v1"]
    [view] = page["edges"]
    assert view["node"]["device"] == {"kind": "browser", "name": "Firefox"}
    assert [each["productId"] for each in view["node"]["products"]] == ["MH02"]
    assert view["node"]["payload"]["properties"]["size"] == "L"
    only = await call(served, "ProfileTimeline", identity=EMAIL, types=["login"])
    assert [edge["node"]["eventId"] for edge in only["profile"]["timeline"]["edges"]] == ["v2"]
    none = await call(served, "ProfileTimeline", identity=EMAIL, channels=["store"])
    assert none["profile"]["timeline"]["edges"] == []


async def test_search_finds_her_by_words(fed: Served, graph: Graph) -> None:
    found = await call(fed, "SearchProfiles", search="sarah ros")
    [edge] = found["profiles"]["edges"]
    assert edge["node"]["firstName"]["value"] == "Sarah"
    assert (await call(fed, "SearchProfiles", search="nobody"))["profiles"]["edges"] == []
    everybody = await call(fed, "SearchProfiles", first=1)
    assert everybody["profiles"]["pageInfo"]["hasNextPage"]
    rest = await call(fed, "SearchProfiles", first=5, after=everybody["profiles"]["pageInfo"]["endCursor"])
    assert [len(page["profiles"]["edges"]) for page in (everybody, rest)] == [1, 1]
    assert len((await call(fed, "ProfilesWithEvents", first=50))["profiles"]["edges"]) == 2


async def test_explain_names_the_login_that_joined_her_browsing_to_her_account(served: Served) -> None:
    await call(served, "Ingest", input={"events": STORY[:3]})
    found = (await call(served, "Explain", a=VISITOR, b=ACCOUNT))["explain"]
    assert found["samePerson"] is True
    [step] = found["steps"]
    assert (step["leftKey"], step["rightKey"], step["state"], step["weakest"]) == (
        "anonymous_id|browser-1",
        "user_id|C-1",
        "ACTIVE",
        True,
    )
    assert step["firstEvent"] == {
        "eventId": "v2",
        "type": "login",
        "ts": "2026-03-01T12:05:00+00:00",
        "source": "graphql",
        "dataset": "events",
        "channel": "web",
    }
    assert "by the login v2" in found["sentence"]
    missing = (await call(served, "Explain", a=VISITOR, b={"namespace": "user_id", "value": "C-77"}))["explain"]
    assert (missing["__typename"], missing["code"]) == ("NotFound", "identity_not_found")


async def test_why_not_names_the_login_that_took_her_browser(fed: Served) -> None:
    found = (await call(fed, "WhyNot", a=ACCOUNT, b={"namespace": "user_id", "value": "C-2"}))["whyNot"]
    assert found["verdict"] == "LOST"
    assert [(step["leftKey"], step["rightKey"], step["inForce"]) for step in found["steps"]] == [
        ("user_id|C-1", "anonymous_id|browser-1", False),
        ("anonymous_id|browser-1", "user_id|C-2", True),
    ]
    [lost] = found["lost"]
    assert (lost["because"], lost["wouldHold"], lost["byEvent"]["eventId"]) == (
        "unique:user_id",
        ["user_id|C-1", "user_id|C-2"],
        "v4",
    )
    assert "a person may have one user_id" in found["sentence"]
    same = (await call(fed, "WhyNot", a=ACCOUNT, b=EMAIL))["whyNot"]
    assert (same["verdict"], same["steps"]) == ("ONE_PERSON", [])
    missing = (await call(fed, "WhyNot", a=ACCOUNT, b={"namespace": "user_id", "value": "C-77"}))["whyNot"]
    assert (missing["__typename"], missing["code"]) == ("NotFound", "identity_not_found")


async def test_the_history_of_her_identities_by_pages(fed: Served) -> None:
    entries: list[Any] = []
    after = None
    while True:
        page = (await call(fed, "IdentityHistory", identity=ACCOUNT, first=2, after=after))["identityHistory"]
        entries += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [(each["what"], each["event"]["eventId"], each["because"]) for each in entries] == [
        ("joined", "v2", None),
        ("joined", "v4", None),
        ("suppressed", "v4", "unique:user_id"),
        ("suppressed", "v4", "unique:user_id"),
        ("split", "v4", "unique:user_id"),
    ]
    assert entries[0]["keys"] == ["anonymous_id|browser-1", "user_id|C-1", "email|sarah.rose@example.com"]
    person = (await call(fed, "WhyNot", a=ACCOUNT, b={"namespace": "user_id", "value": "C-2"}))["whyNot"]
    assert person["fromProfile"] is not None
    reply = await post(fed, OPERATIONS["IdentityHistory"], {"identity": {"namespace": "user_id", "value": "C-77"}})
    assert reply.json()["errors"][0]["extensions"]["code"] == "identity_not_found"
    reply = await post(fed, OPERATIONS["IdentityHistory"], {})
    assert reply.json()["errors"][0]["extensions"]["code"] == "invalid_input"


async def test_the_evidence_by_pages_in_both_orders(served: Served) -> None:
    await call(served, "Ingest", input={"events": STORY[:3]})
    ids: list[str] = []
    after = None
    while True:
        page = (await call(served, "Evidence", a=ACCOUNT, b=EMAIL, first=1, after=after))["evidence"]
        ids += [edge["node"]["eventId"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert ids == ["v3", "v2"]
    oldest = (await call(served, "Evidence", a=ACCOUNT, b=EMAIL, order="OLDEST"))["evidence"]["edges"]
    assert [(edge["node"]["eventId"], edge["node"]["event"] is None) for edge in oldest] == [
        ("v2", False),
        ("v3", True),
    ]
    rest = (await call(served, "Evidence", a=ACCOUNT, b=EMAIL, order="OLDEST", after=oldest[0]["cursor"]))["evidence"]
    assert [edge["node"]["eventId"] for edge in rest["edges"]] == ["v3"]
    told = (await call(served, "Explain", a=ACCOUNT, b=EMAIL, events=1, order="OLDEST"))["explain"]
    [step] = told["steps"]
    assert (step["eventCount"], [each["eventId"] for each in step["events"]]) == (2, ["v2"])
    many = (await call(served, "Explain", a=ACCOUNT, b=EMAIL, events=101))["explain"]
    assert (many["__typename"], many["code"]) == ("InvalidInput", "invalid_input")


async def test_the_identity_graph_shows_what_she_lost(fed: Served) -> None:
    picture = (await call(fed, "IdentityGraph", identity=EMAIL))["identityGraph"]
    assert [(each["key"], each["own"]) for each in picture["identities"]] == [
        ("email|sarah.rose@example.com", True),
        ("user_id|C-1", True),
        ("anonymous_id|browser-1", False),
    ]
    states = {(each["leftKey"], each["rightKey"]): each["state"] for each in picture["links"]}
    assert states["email|sarah.rose@example.com", "user_id|C-1"] == "ACTIVE"
    assert states["anonymous_id|browser-1", "user_id|C-1"] == "SUPPRESSED"
    by_id = (await call(fed, "IdentityGraph", profile=picture["profile"]["id"]))["identityGraph"]
    assert by_id == picture
    neither = (await call(fed, "IdentityGraph"))["identityGraph"]
    assert (neither["__typename"], neither["code"]) == ("InvalidInput", "invalid_input")


async def test_node_finds_every_kind_again(fed: Served) -> None:
    query = """{ profile(identity: {namespace: "user_id", value: "C-2"}) { ... on Profile {
        id identities { id } devices { id } timeline(first: 1) { edges { node { id } } } } } }"""
    person = (await post(fed, query)).json()["data"]["profile"]
    profile = (await call(fed, "Node", id=person["id"]))["node"]
    assert (profile["__typename"], profile["id"], profile["identityCount"]) == ("Profile", person["id"], 2)
    identity = (await call(fed, "Node", id=person["identities"][0]["id"]))["node"]
    assert identity["key"] == "anonymous_id|browser-1"
    assert identity["profile"] == {"profileId": profile["profileId"]}
    device = (await call(fed, "Node", id=person["devices"][0]["id"]))["node"]
    assert (device["deviceId"], device["name"]) == ("browser-1", "Firefox")
    event = (await call(fed, "Node", id=person["timeline"]["edges"][0]["node"]["id"]))["node"]
    assert event["eventId"] == "v4"
    assert (await call(fed, "Node", id="UHJvZmlsZTpub2JvZHk="))["node"] is None


async def test_sources_are_listed(fed: Served, graph: Graph) -> None:
    await graph.transact(
        lambda tx: tx.run_text(
            "MERGE (s:Source {id: 'till'}) SET s.name = 'Tills', s.channel = 'store' "
            "MERGE (d:Dataset {id: 'till.receipts'}) SET d.name = 'receipts' MERGE (s)-[:OFFERS]->(d)"
        )
    )
    sources = (await call(fed, "Sources"))["sources"]
    assert {
        "sourceId": "till",
        "name": "Tills",
        "channel": "store",
        "trust": None,
        "datasets": [{"datasetId": "till.receipts", "name": "receipts"}],
    } in sources
