"""One question, four doors: Python, GraphQL, the command line and CALL in Neo4j Browser give the same answer."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphcdp.api.graphql import schema
from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.identity import parse_rules
from graphcdp.platform import Platform
from tests import warm
from tests.api.test_graphql_loaders import context
from tests.api.test_graphql_operations import STORY, call
from tests.make import key
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def cli(settings: Settings, *arguments: str, expect: int = 0) -> Any:
    """Run a command of a process of its own; return what it prints with `--json`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHCDP_")}
    environment["GRAPHCDP_HOME"] = str(settings.home)
    process = await asyncio.create_subprocess_exec(
        warm.command(),
        "identity",
        *arguments,
        "--json",
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == expect, out.decode() + err.decode()
    return json.loads(out)


@pytest.fixture
async def fed(served: Served) -> Served:
    """A server that was told Sarah's story, in which C-2 took her browser."""
    await call(served, "Ingest", input={"events": STORY})
    return served


async def test_explain(fed: Served, platform: Platform, settings: Settings, graph: Graph) -> None:
    a, b = key("user_id|C-1"), key("email|sarah.rose@example.com")
    found = await platform.identity.explain(a, b, events=2)
    told = await cli(settings, "explain", "user_id:C-1", "email:Sarah.Rose@Example.com", "--events", "2")
    asked = (await call(fed, "Explain", a=a._asdict(), b=b._asdict(), events=2))["explain"]
    called = await graph.read_text(
        "CALL custom.graphcdp.identity.explain($a, $b, 2) YIELD left_key, right_key, state, seen, event_count, events "
        "RETURN left_key, right_key, state, seen, event_count, [one IN events | one.id] AS events",
        {"a": str(a), "b": str(b)},
    )
    expected = [
        {
            "left_key": step.left_key,
            "right_key": step.right_key,
            "state": step.state,
            "seen": step.seen,
            "event_count": step.event_count,
            "events": [event.id for event in step.events],
        }
        for step in found.steps
    ]
    assert expected == [
        {
            "left_key": str(a),
            "right_key": str(b),
            "state": "active",
            "seen": 2,
            "event_count": 2,
            "events": ["v3", "v2"],
        }
    ]
    assert called == expected
    assert (told["sentence"], asked["sentence"]) == (found.sentence(), found.sentence())
    assert [
        {
            **{name: step[name] for name in called[0] if name != "events"},
            "events": [each["id"] for each in step["events"]],
        }
        for step in told["steps"]
    ] == expected
    assert [
        (step["leftKey"], step["rightKey"], step["seen"], [each["eventId"] for each in step["events"]])
        for step in asked["steps"]
    ] == [(str(a), str(b), 2, ["v3", "v2"])]


async def test_why_not(fed: Served, platform: Platform, settings: Settings, graph: Graph) -> None:
    a, b = key("user_id|C-1"), key("user_id|C-2")
    found = await platform.identity.why_not(a, b)
    told = await cli(settings, "why-not", str(a), str(b))
    asked = (await call(fed, "WhyNot", a=a._asdict(), b=b._asdict()))["whyNot"]
    called = await graph.read_text(
        "CALL custom.graphcdp.identity.why_not($a, $b) YIELD left_key, right_key, state, in_force, because, by_event "
        "RETURN left_key, right_key, state, in_force, because, by_event.id AS by_event",
        {"a": str(a), "b": str(b)},
    )
    expected = [
        {
            "left_key": step.left_key,
            "right_key": step.right_key,
            "state": step.state,
            "in_force": step.in_force,
            "because": step.because,
            "by_event": step.by_event and step.by_event.id,
        }
        for step in found.steps
    ]
    assert [row["because"] for row in expected] == ["unique:user_id", None]
    assert called == expected
    assert {told["sentence"], asked["sentence"]} == {found.sentence()}
    assert told["verdict"] == "lost"
    assert [
        {**{name: step[name] for name in called[0]}, "by_event": step["by_event"] and step["by_event"]["id"]}
        for step in told["steps"]
    ] == expected
    assert [(step["leftKey"], step["rightKey"], step["inForce"]) for step in asked["steps"]] == [
        (row["left_key"], row["right_key"], row["in_force"]) for row in expected
    ]


async def test_history(fed: Served, platform: Platform, settings: Settings, graph: Graph) -> None:
    asked = key("user_id|C-1")
    found = await platform.identity.history(asked)
    told = await cli(settings, "history", "user_id:C-1")
    page = (await call(fed, "IdentityHistory", identity=asked._asdict(), first=100))["identityHistory"]
    called = await graph.transact(
        lambda tx: tx.run_text(
            "CALL custom.graphcdp.identity.history($space, $value) YIELD step, at_time, what, keys, because, event, "
            "before, after RETURN what, keys, because, event.id AS event, before, after ORDER BY step",
            {"space": asked.namespace, "value": asked.value},
        )
    )
    expected = [
        {
            "what": entry.what,
            "keys": list(entry.keys),
            "because": entry.because,
            "event": entry.event and entry.event.id,
            "before": [list(group) for group in entry.before],
            "after": [list(group) for group in entry.after],
        }
        for entry in found.entries
    ]
    # The visitor is seen alone, logs in, and C-2's login takes the browser.
    assert [(row["what"], row["event"]) for row in expected] == [
        ("joined", "v2"),
        ("joined", "v4"),
        ("suppressed", "v4"),
        ("suppressed", "v4"),
        ("split", "v4"),
    ]
    assert called == expected
    assert [
        {**{name: entry[name] for name in called[0]}, "event": entry["event"] and entry["event"]["id"]}
        for entry in told["entries"]
    ] == expected
    nodes = [edge["node"] for edge in page["edges"]]
    assert [
        {**{name: node[name] for name in called[0]}, "event": node["event"] and node["event"]["eventId"]}
        for node in nodes
    ] == expected
    sentences = [entry.sentence() for entry in found.entries]
    assert [entry["sentence"] for entry in told["entries"]] == sentences == [node["sentence"] for node in nodes]
    assert await platform.identity.history(found.profile_id) == found
    shorter = await cli(settings, "history", found.profile_id, "--first", "2")
    assert shorter["more"]
    rest = await cli(settings, "history", found.profile_id, "--after", shorter["entries"][-1]["cursor"])
    assert [*shorter["entries"], *rest["entries"]] == told["entries"]


OTHER_RULES = """
policy: nobody
namespaces:
  - {name: user_id, unique: true}
  - {name: anonymous_id, kind: cookie}
"""


async def test_rules_tried_on_one_region(
    fed: Served, platform: Platform, settings: Settings, graph: Graph, tmp_path: Path
) -> None:
    asked, rules, file = key("user_id|C-1"), parse_rules(OTHER_RULES), tmp_path / "other.yaml"
    file.write_text(OTHER_RULES)
    before = await graph.read_text("MATCH (n) RETURN count(n) AS nodes, sum(COUNT { (n)--() }) AS ends")
    found = await platform.identity.try_rules(asked, rules)
    # She logged in on a browser that C-2 logged in on later: by these rules it is nobody's; her mail does not count.
    assert found.profiles == (("user_id|C-1",), ("user_id|C-2",), ("anonymous_id|browser-1",))
    assert found.today == (("anonymous_id|browser-1", "user_id|C-2"), ("email|sarah.rose@example.com", "user_id|C-1"))
    assert found.left_out == ("email|sarah.rose@example.com",)
    assert ("shared", "shared:user_id", "v4") in [
        (entry.what, entry.because, entry.event and entry.event.id) for entry in found.entries
    ]
    told = await cli(settings, "try", "--rules", str(file), "--person", "user_id:C-1")
    page = await call(fed, "TryIdentityRulesOn", rules=OTHER_RULES, identity=asked._asdict(), first=100)
    trial = page["tryIdentityRulesOn"]
    called = await graph.transact(
        lambda tx: tx.run_text(
            "CALL custom.graphcdp.identity.try($space, $value, $rules) YIELD step, what, keys, because, event, before, "
            "after RETURN what, keys, because, event.id AS event, before, after ORDER BY step",
            {"space": asked.namespace, "value": asked.value, "rules": yaml.safe_load(OTHER_RULES)},
        )
    )
    profiles, today = [list(one) for one in found.profiles], [list(one) for one in found.today]
    assert (told["profiles"], told["today"], told["left_out"]) == (profiles, today, list(found.left_out))
    assert (trial["profiles"], trial["today"], trial["leftOut"]) == (profiles, today, list(found.left_out))
    assert [row["keys"] for row in called if row["what"] == "profile"] == profiles
    assert [row["keys"] for row in called if row["what"] == "today"] == today
    assert {told["sentence"], trial["sentence"]} == {found.sentence()}
    assert found.sentence() == (
        "By these rules (nobody) everything ever linked to this person would be 3 people; now it is 2 people, 0 of "
        "them with the same identities."
    )
    assert {told["rules"], trial["rulesVersion"]} == {rules.version}
    entries = [
        {
            "what": entry.what,
            "keys": list(entry.keys),
            "because": entry.because,
            "event": entry.event and entry.event.id,
            "before": [list(group) for group in entry.before],
            "after": [list(group) for group in entry.after],
        }
        for entry in found.entries
    ]
    assert [row for row in called if row["event"]] == entries
    assert [
        {**{name: entry[name] for name in entries[0]}, "event": entry["event"] and entry["event"]["id"]}
        for entry in told["entries"]
    ] == entries
    nodes = [edge["node"] for edge in trial["history"]["edges"]]
    assert [
        {**{name: node[name] for name in entries[0]}, "event": node["event"] and node["event"]["eventId"]}
        for node in nodes
    ] == entries
    assert [node["sentence"] for node in nodes] == [entry.sentence() for entry in found.entries]
    profile = (await platform.identity.history(asked)).profile_id
    assert await platform.identity.try_rules(profile, rules) == found
    assert await graph.read_text("MATCH (n) RETURN count(n) AS nodes, sum(COUNT { (n)--() }) AS ends") == before
    same = await platform.identity.try_rules(asked, await platform.rules.in_force())
    assert same.sentence().endswith("would be 2 people, just as it is now.")

    never = await call(fed, "TryIdentityRulesOn", rules=OTHER_RULES, identity=key("user_id|C-77")._asdict())
    assert never["tryIdentityRulesOn"]["code"] == "identity_not_found"
    wrong = await call(fed, "TryIdentityRulesOn", rules="policy: dice", identity=asked._asdict())
    assert (wrong["tryIdentityRulesOn"]["code"], "dice" in wrong["tryIdentityRulesOn"]["message"]) == (
        "invalid_input",
        True,
    )
    both = await call(fed, "TryIdentityRulesOn", rules=OTHER_RULES)
    assert both["tryIdentityRulesOn"]["message"] == "Give either `identity` or `profile`."
    never = await cli(settings, "try", "--rules", str(file), "--person", "user_id:C-77", expect=1)
    assert never["error"]["code"] == "identity_not_found"
    mixed = await cli(settings, "try", "--rules", str(file), "--person", "user_id:C-1", "--event", "X: 1", expect=2)
    assert "takes --rules alone" in mixed["error"]["message"]


@pytest.mark.usefixtures("sarah")
async def test_on_luma_all_doors_tell_of_sarah_and_of_a_shared_browser(
    served: Served, platform: Platform, settings: Settings, graph: Graph
) -> None:
    explainer, sarah = platform.identity, key("email|sarah.rose@example.com")
    laptop = key("ecid|68392017455120384417920164830275519284")
    explained = await explainer.explain(laptop, sarah)
    assert [(step.left_key, step.right_key) for step in explained.steps] == [
        (str(laptop), "crm_id|C-104187"),
        ("crm_id|C-104187", str(sarah)),
    ]
    assert explained.steps[0].first_event is not None
    assert explained.steps[0].first_event.type == "login"
    found = await explainer.history(sarah)
    assert [entry.what for entry in found.entries] == [
        *("created", "created", "created", "joined", "joined", "created", "joined")
    ]
    assert found.entries[-1].event is not None
    assert found.entries[-1].event.type == "login"
    [shared] = await graph.read_text(_SHARED)
    one, other = key(shared["one"]), key(shared["other"])
    apart = await explainer.why_not(one, other)
    assert "a person may have one crm_id, and these two together would have" in apart.sentence()
    # The same by every door.
    told = [
        await cli(settings, "explain", str(laptop), str(sarah)),
        await cli(settings, "why-not", str(one), str(other)),
    ]
    asked = [
        (await call(served, "Explain", a=laptop._asdict(), b=sarah._asdict()))["explain"],
        (await call(served, "WhyNot", a=one._asdict(), b=other._asdict()))["whyNot"],
    ]
    sentences = [explained.sentence(), apart.sentence()]
    assert [each["sentence"] for each in told] == sentences == [each["sentence"] for each in asked]
    history = await cli(settings, "history", str(sarah))
    page = (await call(served, "IdentityHistory", identity=sarah._asdict(), first=100))["identityHistory"]
    lines = [entry.sentence() for entry in found.entries]
    assert [entry["sentence"] for entry in history["entries"]] == lines
    assert [edge["node"]["sentence"] for edge in page["edges"]] == lines
    for asker in (sarah, one):
        rows = await graph.write("identity.history", namespace=asker.namespace, value=asker.value)
        assert [(row["at_time"], row["what"], tuple(row["keys"]), row["because"]) for row in rows] == [
            (entry.at, entry.what, entry.keys, entry.because) for entry in (await explainer.history(asker)).entries
        ]
    rows = await graph.read("identity.why_not", from_key=str(one), to_key=str(other))
    assert [(row["left_key"], row["right_key"], row["state"]) for row in rows] == [
        (step.left_key, step.right_key, step.state) for step in apart.steps
    ]


_SHARED = """
MATCH (one:Identity {namespace: 'crm_id'})-[:LINKED {state: 'suppressed'}]-(thing:Identity {namespace: 'ecid'})
MATCH (thing)<-[:HAS_IDENTITY]-(:Profile)-[:HAS_IDENTITY]->(other:Identity {namespace: 'crm_id'})
RETURN one.key AS one, other.key AS other ORDER BY one, other LIMIT 1
"""


async def test_the_graph_by_both_doors(fed: Served, settings: Settings) -> None:
    """Devices too are told with the names of what is said of them."""
    told = await cli(settings, "graph", "user_id:C-2")
    asked = (await call(fed, "IdentityGraph", identity=key("user_id|C-2")._asdict()))["identityGraph"]
    assert [each["key"] for each in told["identities"]] == [each["key"] for each in asked["identities"]]
    assert [(each["left_key"], each["state"].upper(), each["seen"]) for each in told["links"]] == [
        (each["leftKey"], each["state"], each["seen"]) for each in asked["links"]
    ]
    assert (
        [(each["id"], each["kind"], each["name"]) for each in told["devices"]]
        == [(each["deviceId"], each["kind"], each["name"]) for each in asked["devices"]]
        == [("browser-1", "browser", "Firefox")]
    )


async def test_what_cannot_be_answered_is_said(fed: Served, settings: Settings) -> None:
    never = await cli(settings, "why-not", "user_id:C-1", "user_id:C-77", expect=1)
    assert never["error"]["code"] == "identity_not_found"
    odd = await cli(settings, "explain", "C-1", "user_id:C-2", expect=1)
    assert odd["error"]["message"].startswith("An identity is written namespace:value")


async def test_any_number_of_events_takes_the_same_statements(platform: Platform, graph: Graph) -> None:
    """The events behind the evidence of all links are one statement."""
    await graph.transact(lambda tx: tx.run_text(_MANY))
    query = """query Q($a: IdentityInput!, $b: IdentityInput!, $n: Int!) {
      explain(a: $a, b: $b, events: $n) { ... on Explanation { steps { events { event { page } } } } }
      evidence(a: $a, b: $b, first: $n) { edges { node { event { page } } } } }"""
    statements = []
    for number in (1, 30):
        await platform.pipeline.key("email", "nobody@shop.example")  # the rules are read once in a process
        before = platform.graph.statements
        given = {"a": {"namespace": "user_id", "value": "1"}, "b": {"namespace": "email", "value": "a@shop.example"}}
        result = await schema.execute(query, variable_values={**given, "n": number}, context_value=context(platform))
        assert result.errors is None
        assert result.data is not None
        assert len(result.data["evidence"]["edges"]) == number
        statements.append(platform.graph.statements - before)
    assert statements == [4, 4]  # the chain, whose they are, the page, the events behind


_MANY = """
CREATE (p:Profile {id: 'prf_many'})
CREATE (p)-[:HAS_IDENTITY]->(a:Identity {key: 'user_id|1', namespace: 'user_id', value: '1'})
CREATE (p)-[:HAS_IDENTITY]->(b:Identity {key: 'email|a@shop.example', namespace: 'email', value: 'a@shop.example'})
CREATE (b)-[:LINKED {state: 'active', count: 40, sources: ['web'], first_seen: datetime('2026-01-01T00:00:00Z'),
                     last_seen: datetime('2026-01-01T00:40:00Z')}]->(a)
WITH a
UNWIND range(1, 40) AS number
CREATE (a)-[:PERFORMED]->(:Event:Evidence {id: 'e' + number, type: 'page_view', source: 'web', page: '/' + number,
          ts: datetime('2026-01-01T00:00:00Z') + duration({minutes: number}),
          identity_keys: ['user_id|1', 'email|a@shop.example']})
RETURN count(*) AS events
"""
