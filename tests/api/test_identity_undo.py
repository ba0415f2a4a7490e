"""A person's word through its doors: Python, GraphQL and the command line do the same, say the same, leave an audit."""

from __future__ import annotations

from typing import Any

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.platform import Platform
from tests.api.test_graphql_operations import STORY, call, post
from tests.api.test_identity_questions import cli
from tests.make import key
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

BROWSER, ACCOUNT, MAIL = "anonymous_id|browser-1", "user_id|C-1", "email|sarah.rose@example.com"


def named(text: str) -> dict[str, str]:
    """Return an identity as GraphQL takes it."""
    return key(text)._asdict()


@pytest.fixture
async def fed(served: Served) -> Served:
    """A server that was told how Sarah's browser and her account became one person."""
    await call(served, "Ingest", input={"events": STORY[:3]})
    return served


async def people(graph: Graph) -> list[list[str]]:
    """Return every profile's identities."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity) WITH p, i ORDER BY i.key "
        "RETURN p.id AS id, collect(i.key) AS keys"
    )
    return sorted(row["keys"] for row in rows)


async def test_one_decision_three_doors(fed: Served, platform: Platform, settings: Settings) -> None:
    shown = await platform.undo.split(key(BROWSER), [key(BROWSER)], Author("test", "a shared browser"), preview=True)
    wish: dict[str, Any] = {"person": {"identity": named(BROWSER)}, "identities": [named(BROWSER)], "preview": True}
    asked = (await call(fed, "SplitProfile", input=wish))["splitProfile"]
    told = await cli(settings, "split", "anonymous_id:browser-1", "anonymous_id:browser-1", "--dry-run")
    assert (asked["changed"], asked["preview"], asked["changeId"], asked["profiles"]) == (True, True, None, [])
    assert {shown.sentence, asked["sentence"], told["sentence"]} == {shown.sentence}
    after = [(one.profile_id, list(one.identities)) for one in shown.after]
    assert [(one["profileId"], one["identityKeys"]) for one in asked["after"]] == after
    assert [(one["profile_id"], one["identities"]) for one in told["after"]] == after
    assert told["moved"] == [move._asdict() for move in shown.moved]
    assert [list(one.values()) for one in asked["links"]] == [
        [word.left_key, word.right_key, None, "CUT"] for word in shown.wish.links
    ]


async def test_cut_says_who_and_why_and_is_taken_back(fed: Served, graph: Graph, settings: Settings) -> None:
    both = {"a": named(BROWSER), "b": named(ACCOUNT), "reason": "she let a friend use it"}
    await call(fed, "CutLink", input={**both, "b": named(MAIL)})
    cut = (await call(fed, "CutLink", input=both))["cutLink"]
    assert cut["changed"] is True
    assert await people(graph) == [[BROWSER], [MAIL, ACCOUNT]]
    assert {one["profileId"] for one in cut["profiles"]} == {one["profileId"] for one in cut["after"]}
    again = (await call(fed, "CutLink", input=both))["cutLink"]
    assert (again["changed"], again["changeId"]) == (False, None)
    listed = (await call(fed, "Changes", of={"identity": named(ACCOUNT)}, decided=True))["changes"]
    entry, earlier = [edge["node"] for edge in listed["edges"]]
    assert earlier["kind"] == "link_cut"
    assert (entry["changeId"], entry["kind"], entry["reason"]) == (cut["changeId"], "link_cut", both["reason"])
    assert entry["who"].startswith("key:")
    assert entry["moved"] == cut["moved"]
    assert (await call(fed, "Node", id=entry["id"]))["node"]["__typename"] == "Change"
    undone = (await call(fed, "UndoChange", input={"id": entry["id"], "reason": "it was her"}))["undoChange"]
    assert undone["changed"] is True
    assert await people(graph) == [[BROWSER, MAIL, ACCOUNT]]
    told = await cli(settings, "changes", "user_id:C-1", "--decided", "--limit", "2")
    assert [(one["kind"], one["takes_back"]) for one in told["items"]] == [
        ("decision_undone", cut["changeId"]),
        ("link_cut", None),
    ]


async def test_the_audit_by_pages(fed: Served, settings: Settings) -> None:
    for _ in range(2):
        await call(fed, "CutLink", input={"a": named(BROWSER), "b": named(ACCOUNT)})
        await call(fed, "RestoreLink", input={"a": named(BROWSER), "b": named(ACCOUNT)})
    seen: list[str] = []
    after = None
    while True:
        page = (await call(fed, "Changes", first=2, after=after))["changes"]
        seen += [edge["node"]["kind"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen[:4] == ["link_restored", "link_cut", "link_restored", "link_cut"]
    whole = await cli(settings, "changes", "--limit", "3")
    assert [one["kind"] for one in whole["items"]] == seen[:3]
    rest = await cli(settings, "changes", "--after", whole["after"])
    assert [one["kind"] for one in rest["items"]] == seen[3:]
    odd = await cli(settings, "changes", "--after", "x", expect=1)
    assert odd["error"]["code"] == "invalid_input"


async def test_pin_merge_and_rekey(fed: Served, graph: Graph) -> None:
    new = {"id": "n1", "type": "login", "identities": [named("user_id|C-9")], "ts": "2026-03-05T12:00:00Z"}
    await call(fed, "Ingest", input={"events": [new]})
    refused = (await call(fed, "PinLink", input={"a": named(ACCOUNT), "b": named("user_id|C-9")}))["pinLink"]
    assert (refused["__typename"], refused["code"]) == ("Conflict", "conflict")
    assert "user_id|C-1 and user_id|C-9" in refused["message"]
    pair = {"a": {"identity": named(MAIL)}, "b": {"identity": named("user_id|C-9")}}
    refused = (await call(fed, "MergeProfiles", input=pair))["mergeProfiles"]
    assert refused["__typename"] == "Conflict"
    assert "rekey" in refused["message"]
    one = (await call(fed, "Rekey", input={"old": named(ACCOUNT), "new": named("user_id|C-9")}))["rekey"]
    assert one["identities"] == [{"key": ACCOUNT, "name": "counts_as", "before": None, "after": "user_id|C-9"}]
    assert await people(graph) == [[BROWSER, MAIL, ACCOUNT, "user_id|C-9"]]


async def test_what_is_refused_is_a_member_of_the_union(fed: Served, settings: Settings) -> None:
    never = (await call(fed, "CutLink", input={"a": named(BROWSER), "b": named("user_id|C-77")}))["cutLink"]
    assert (never["__typename"], never["code"]) == ("NotFound", "identity_not_found")
    same = (await call(fed, "PinLink", input={"a": named(MAIL), "b": named(MAIL)}))["pinLink"]
    assert (same["__typename"], same["code"]) == ("InvalidInput", "invalid_input")
    odd = (await call(fed, "SplitProfile", input={"person": {}, "identities": []}))["splitProfile"]
    assert (odd["__typename"], odd["message"]) == ("InvalidInput", "Give either `identity` or `profile`.")
    none = (await call(fed, "UndoChange", input={"id": "w_none/7"}))["undoChange"]
    assert (none["__typename"], none["code"]) == ("NotFound", "change_not_found")
    hub = (await call(fed, "ReleaseHub", input={"identity": named(MAIL)}))["releaseHub"]
    assert (hub["__typename"], hub["code"]) == ("InvalidInput", "invalid_input")
    told = await cli(settings, "pin", "user_id:C-1", "user_id:C-1", expect=1)
    assert "given twice" in told["error"]["message"]
    nobody = await cli(settings, "merge", "prf_nobody", "user_id:C-1", expect=1)
    assert nobody["error"]["message"] == "There is no profile prf_nobody, and never was. Check the id."
    capitals = await cli(settings, "pin", "USER_ID:C-1", "user_id:C-2", expect=1)
    assert capitals["error"]["message"].endswith("Did you mean user_id?")
    query = (
        'mutation { cutLink(input: {a: {namespace: "x", value: "1"}, b: {namespace: "x", value: "2"}}) { __typename } }'
    )
    reply = await post(fed, query, key=fed.write_key)
    assert reply.json()["errors"][0]["extensions"]["code"] == "unauthorized"


async def test_a_hub_is_quarantined_reported_and_released(
    served: Served, platform: Platform, settings: Settings, graph: Graph
) -> None:
    """An address that everybody types: found with the eleventh browser, told of by every door, let go by a person."""
    rules = (await call(served, "IdentityRules"))["identityRules"]["rules"]
    few = {"rules": rules.replace("max_links: 500", "max_links: 10") + "\nmax_links: 10", "waitSeconds": 30}
    applied = (await call(served, "ApplyIdentityRules", input=few))["applyIdentityRules"]
    assert applied["__typename"] == "IdentityApplication", applied
    address = named("email|everybody@shop.example")
    for number in range(12):
        event = {
            "id": f"h{number:02}",
            "type": "login",
            "ts": f"2026-03-05T12:{number:02}:00Z",
            "identities": [address, named(f"anonymous_id|b{number:02}")],
        }
        await call(served, "Ingest", input={"events": [event]})
    [(hub, _)] = (await platform.identity.hubs()).items
    assert (hub.key, hub.state, hub.links) == ("email|everybody@shop.example", "quarantined", 12)
    asked = (await call(served, "IdentityHubs"))["identityHubs"]
    told = await cli(settings, "hubs")
    called = await graph.read_text("CALL custom.graphcdp.identity.hubs() YIELD key, state, links RETURN *")
    assert [(one["key"], one["links"]) for one in told["items"]] == [(hub.key, 12)]
    assert [(edge["node"]["key"], edge["node"]["links"]) for edge in asked["edges"]] == [(hub.key, 12)]
    assert called == [{"key": hub.key, "state": "quarantined", "links": 12}]
    assert hub.quarantined_at is not None
    assert told["items"][0]["quarantined_at"] == asked["edges"][0]["node"]["quarantinedAt"]
    assert len(await people(graph)) == 13
    released = await cli(settings, "release", "email:Everybody@shop.example", "--reason", "a family")
    assert len(await people(graph)) == 1
    assert (await platform.identity.hubs()).items == []
    assert [one["key"] for one in (await cli(settings, "hubs", "--released"))["items"]] == [hub.key]
    asked = (await call(served, "IdentityHubs", state="RELEASED"))["identityHubs"]
    assert [edge["node"]["state"] for edge in asked["edges"]] == ["RELEASED"]
    await call(served, "UndoChange", input={"id": released["change_id"]})
    assert len(await people(graph)) == 13
    assert [one["key"] for one in (await cli(settings, "hubs"))["items"]] == [hub.key]
