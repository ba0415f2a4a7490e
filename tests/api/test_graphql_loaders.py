"""However large the page, the number of statements is the same. And what nobody foresaw is hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from graphcdp.api.auth import Keys
from graphcdp.api.graphql import schema
from graphcdp.api.graphql.context import Context
from graphcdp.base import data_folder
from graphcdp.graph import Catalogue, Graph
from graphcdp.platform import Platform
from graphcdp.profile import Profiles
from graphcdp.server import Running

PEOPLE = """
UNWIND range(1, $people) AS person
CREATE (p:Profile {id: 'prf_' + right('000' + person, 4), founder: 'user_id|' + person, identity_count: 3,
                   search_text: 'somebody ' + person})
WITH p, person
UNWIND ['user_id', 'email', 'anonymous_id'] AS namespace
CREATE (p)-[:HAS_IDENTITY {valid_from: datetime(), known_from: datetime()}]->
       (i:Identity {key: namespace + '|' + person, namespace: namespace, value: toString(person)})
CREATE (i)-[:ON_DEVICE]->(:Device {id: i.key, kind: 'browser'})
WITH i, person
UNWIND range(1, 10) AS number
CREATE (i)-[:PERFORMED]->(:Event {id: i.key + '-' + number, type: 'page_view', channel: 'web', source: 'web',
          ts: datetime('2026-01-01T00:00:00Z') + duration({minutes: number}), identity_keys: [i.key], payload: '{}'})
RETURN count(*) AS events
"""
PAGE = (data_folder("graphql_schema") / "operations" / "ProfilesWithEvents.graphql").read_text()
API_KEY = "gcdp_only_for_this_test"
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


def context(platform: Platform) -> Context:
    """Return the context of a request with the API key, over the services of a process."""
    app = SimpleNamespace(state=SimpleNamespace(keys=Keys((API_KEY,), {})))
    scope = {"type": "http", "headers": [(b"authorization", f"Bearer {API_KEY}".encode())], "app": app, "state": {}}
    return Context(Request(scope), platform)


async def ask(platform: Platform, query: str, **variables: Any) -> tuple[Any, int]:
    """Run a query; return the result and how many statements it took."""
    await platform.pipeline.key("email", "nobody@shop.example")  # the rules are read once in a process
    before = platform.graph.statements
    result = await schema.execute(query, variable_values=variables, context_value=context(platform))
    return result, platform.graph.statements - before


async def test_a_page_of_fifty_takes_as_many_statements_as_a_page_of_one(platform: Platform, graph: Graph) -> None:
    await graph.transact(lambda tx: tx.run_text(PEOPLE, {"people": 60}))
    counts = []
    for first in (1, 10, 50):
        result, statements = await ask(platform, PAGE, first=first, events=20)
        assert result.errors is None
        edges = result.data["profiles"]["edges"]
        assert len(edges) == first
        assert {len(edge["node"]["identities"]) for edge in edges} == {3}
        assert {len(edge["node"]["timeline"]["edges"]) for edge in edges} == {20}
        counts.append(statements)
    assert counts == [4, 4, 4]  # people, identities, devices, time lines


async def test_what_stands_behind_all_events_of_a_page_is_one_statement_more(platform: Platform, graph: Graph) -> None:
    await graph.transact(lambda tx: tx.run_text(PEOPLE, {"people": 5}))
    query = """{ profiles(first: 5) { edges { node { timeline(first: 20) { edges { node {
        payload device { kind } products { name } } } } identities { profile { profileId } } } } } }"""
    result, statements = await ask(platform, query)
    assert result.errors is None
    assert statements == 5  # people, time lines, what stands behind, identities, whose they are


async def test_the_same_person_twice_is_read_once(platform: Platform, graph: Graph) -> None:
    await graph.transact(lambda tx: tx.run_text(PEOPLE, {"people": 1}))
    same = 'node(id: "UHJvZmlsZTpwcmZfMDAwMQ==") { id ... on Profile { timeline(first: 3) { edges { cursor } } } }'
    query = f"{{ a: {same} b: {same} }}"
    result, statements = await ask(platform, query)
    assert result.errors is None
    assert result.data["a"] == result.data["b"]
    assert statements == 2


ONE = """query One($i: IdentityInput!VARIABLES) {
    profile(identity: $i) { ... on Profile { profileId identities { key } ...F } } }
    fragment F on Profile { timeline(ARGUMENTS) { edges { node { eventId ts type } } pageInfo { hasNextPage } } }"""


@pytest.mark.parametrize(
    ("timeline", "reads"),
    [
        ("timeline(first: 7)", 1),
        ("timeline(first: $first)", 1),
        ("timeline(first: $first, after: null, types: $types)", 1),
        ("timeline", 1),
        ("timeline(first: 7) @include(if: $on)", 3),
        ('timeline(first: 7, types: ["page_view"])', 3),
        ("timeline(first: 7) { edges { cursor } } more: timeline(first: 8)", 4),
    ],
)
async def test_one_person_with_identities_and_newest_events_is_one_statement(
    platform: Platform, graph: Graph, timeline: str, reads: int
) -> None:
    await graph.transact(lambda tx: tx.run_text(PEOPLE, {"people": 2}))
    used = [each for each in ("$first: Int! = 7", "$types: [String!]", "$on: Boolean! = true") if each[:3] in timeline]
    query = ONE.replace("timeline(ARGUMENTS)", timeline).replace("VARIABLES", "".join(f", {each}" for each in used))
    result, statements = await ask(platform, query, i={"namespace": "user_id", "value": "1"})
    assert result.errors is None
    person = result.data["profile"]
    assert [each["key"] for each in person["identities"]] == ["anonymous_id|1", "email|1", "user_id|1"]
    ids = [edge["node"]["eventId"] for edge in person.get("more", person["timeline"])["edges"]]
    assert ids[:4] == ["user_id|1-10", "email|1-10", "anonymous_id|1-10", "user_id|1-9"]
    assert len(ids) == (8 if "more" in person else 20 if timeline == "timeline" else 7)
    assert statements == reads


@pytest.fixture
async def broken(platform: Platform, server: Running) -> AsyncIterator[Platform]:
    """Services over a graph whose catalogue lacks every statement: each read is a fault of ours."""
    async with Graph.connect(server.bolt_uri, server.user, server.password, server.database, Catalogue({})) as opened:
        yield replace(platform, graph=opened, profiles=Profiles(opened))


class Fault(Exception):
    """Something nobody foresaw."""


async def test_what_nobody_foresaw_is_hidden_behind_a_request_id(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise Fault("the password is hunter2")

    made = context(platform)
    made.request.state.request_id = "req-1"
    monkeypatch.setattr(Profiles, "sources", fail)
    result = await schema.execute("{ sources { name } }", context_value=made)
    assert result.errors is not None
    [error] = result.errors
    assert error.extensions == {"code": "internal", "request_id": "req-1"}
    assert "hunter2" not in error.message
    assert "req-1" in error.message
    assert error.path == ["sources"]


async def test_an_error_of_the_graph_is_told_with_its_code(broken: Platform) -> None:
    result = await schema.execute("{ sources { name } }", context_value=context(broken))
    assert result.errors is not None
    [error] = result.errors
    assert error.extensions is not None
    assert error.extensions["code"] == "internal"
    assert "profile.sources" not in error.message
