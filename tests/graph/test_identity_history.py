"""What happened to a person's identities, in order; trying rules on a region; and that neither leaves a trace."""

from __future__ import annotations

from typing import Any

import pytest

from graphcdp.graph import Graph
from graphcdp.identity import Explainer, IdentityNotFoundError, ProfileNotFoundError, parse_rules
from graphcdp.ingest import Pipeline
from graphcdp.platform import Platform
from tests.graph.test_plans import operators
from tests.graph.test_why_not import drawn
from tests.make import fact, key

NAMESPACES: list[dict[str, Any]] = [
    {"name": "crm_id", "priority": 1, "unique": True},
    {"name": "login", "priority": 2},
    {"name": "ecid", "kind": "cookie", "priority": 3},
]
RULES = """
max_identities: 4
namespaces:
  - {name: crm_id, priority: 1, unique: true}
  - {name: login, priority: 2}
  - {name: ecid, kind: cookie, priority: 3}
"""
pytestmark = pytest.mark.anyio


@pytest.fixture
async def taken(platform: Platform, clean: None) -> Pipeline:
    """The pipeline under rules with one unique namespace, and a small cap."""
    await platform.rules.adopt(parse_rules(RULES))
    return platform.pipeline


@pytest.fixture
async def shared(taken: Pipeline) -> Pipeline:
    """A visitor, who is Ana; then Ben on the same browser; then Ana again."""
    await taken.ingest([fact("ecid|e1", minute=0, id="visit")])
    await taken.ingest(
        [
            fact("crm_id|ana", "ecid|e1", minute=1, id="ana1", type="login"),
            fact("crm_id|ben", "ecid|e1", minute=2, id="ben1", type="login"),
            fact("crm_id|ana", "ecid|e1", minute=3, id="ana2", type="login"),
        ]
    )
    return taken


async def history(graph: Graph, text: str) -> list[tuple[str, tuple[str, ...], str | None, str | None]]:
    """Return what happened to whom, why, and by which event."""
    found = await Explainer(graph).history(key(text))
    return [(one.what, one.keys, one.because, one.event and one.event.id) for one in found.entries]


async def test_a_browser_that_changes_hands_and_comes_back(shared: Pipeline, graph: Graph) -> None:
    assert await history(graph, "crm_id|ana") == [
        ("created", ("ecid|e1",), None, "visit"),
        ("joined", ("ecid|e1", "crm_id|ana"), None, "ana1"),
        ("joined", ("ecid|e1", "crm_id|ben"), None, "ben1"),
        ("suppressed", ("crm_id|ana", "ecid|e1"), "unique:crm_id", "ben1"),
        ("split", ("crm_id|ana", "ecid|e1"), "unique:crm_id", "ben1"),
        ("joined", ("crm_id|ana", "ecid|e1"), None, "ana2"),
        ("returned", ("crm_id|ana", "ecid|e1"), None, "ana2"),
        ("suppressed", ("crm_id|ben", "ecid|e1"), "unique:crm_id", "ana2"),
        ("split", ("crm_id|ben", "ecid|e1"), "unique:crm_id", "ana2"),
    ]
    found = await Explainer(graph).history(key("crm_id|ben"))
    assert [entry.sentence() for entry in found.entries[:3]] == [
        "2026-03-01 12:02:00 UTC: ecid|e1 and crm_id|ben became one person (by the login ben1 from test).",
        "2026-03-01 12:02:00 UTC: the link between crm_id|ana and ecid|e1 was suppressed: one person would have had "
        "too many values of crm_id (by the login ben1 from test).",
        "2026-03-01 12:02:00 UTC: crm_id|ana and ecid|e1 parted: one person would have had too many values of crm_id "
        "(by the login ben1 from test).",
    ]
    assert found.entries[2].before == (("crm_id|ana", "ecid|e1"),)
    assert found.entries[2].after == (("crm_id|ana",), ("crm_id|ben", "ecid|e1"))


async def test_a_late_event_is_told_where_it_happened(shared: Pipeline, graph: Graph) -> None:
    await shared.ingest([fact("login|a", "ecid|e1", minute=0.5, id="late")])
    assert (await history(graph, "crm_id|ana"))[1] == ("joined", ("ecid|e1", "login|a"), None, "late")


async def test_evicted_by_the_cap(taken: Pipeline, graph: Graph) -> None:
    await taken.ingest([fact("login|ana", f"ecid|e{n}", minute=n, id=f"visit{n}") for n in range(1, 5)])
    assert (await history(graph, "login|ana"))[-1] == ("evicted", ("ecid|e1",), "cap", "visit4")
    last = (await Explainer(graph).history(key("login|ana"))).entries[-1]
    assert last.sentence().endswith("ecid|e1 was left out: the person had more identities than the rules allow (by the "
                                    "page_view visit4 from test).")  # fmt: skip


async def test_what_people_decided_and_new_rules_stand_in_it(shared: Pipeline, graph: Graph) -> None:
    await graph.transact(lambda tx: tx.run_text(_DECIDED))
    found = await Explainer(graph).history(key("crm_id|ana"))
    decided = found.entries[-2:]
    assert [(one.what, one.keys, one.who, one.reason, one.change_id) for one in decided] == [
        ("link_cut", ("crm_id|ana", "ecid|e1"), "cli:mia", "a shared till.", "w/7"),
        ("rules_applied", (), None, None, None),
    ]
    assert (
        decided[0]
        .sentence()
        .endswith("UTC: cli:mia cut the link between crm_id|ana and ecid|e1, because: a shared till.")
    )
    assert decided[1].sentence().endswith("UTC: the identity rules newer came in force.")
    rows = await graph.write("identity.history", namespace="crm_id", value="ana")
    assert [(row["what"], row["who"], row["reason"], row["change_id"]) for row in rows[-2:]] == [
        ("link_cut", "cli:mia", "a shared till.", "w/7"),
        ("rules_applied", None, None, None),
    ]
    assert [row["at_time"] for row in rows] == [entry.at for entry in found.entries]


_DECIDED = """
MATCH (a:Identity {key: 'crm_id|ana'}), (e:Identity {key: 'ecid|e1'}), (rules:RuleSet {active: true})
CREATE (change:Change {writer: 'w', seq: 7, at: datetime('2099-01-01T00:00:00Z'), kind: 'link_cut', who: 'cli:mia',
        reason: 'a shared till.'})
CREATE (change)-[:CONCERNS]->(a), (change)-[:CONCERNS]->(e)
CREATE (:RuleSet {id: 'newer', active: false})-[:FOLLOWED {at: datetime('2099-01-02T00:00:00Z')}]->(rules)
"""


async def test_by_an_old_id_and_of_nobody(shared: Pipeline, graph: Graph) -> None:
    explainer = Explainer(graph)
    found = await explainer.history(key("ecid|e1"))
    visitor = shared.profile_id("ecid|e1")
    assert visitor != found.profile_id
    assert await explainer.history(visitor) == found == await explainer.history(found.profile_id)
    with pytest.raises(ProfileNotFoundError):
        await explainer.history("prf_nobody")
    with pytest.raises(IdentityNotFoundError):
        await explainer.history(key("ecid|never"))
    assert await graph.write("identity.history", namespace="ecid", value="never") == []


async def test_a_page_goes_on_behind_its_cursor(shared: Pipeline, graph: Graph) -> None:
    found = await Explainer(graph).history(key("crm_id|ana"))
    seen: list[Any] = []
    after = None
    while True:
        page = found.page(4, after)
        seen += [entry for entry, _ in page.items]
        if not page.more:
            break
        after = page.items[-1][1]
    assert tuple(seen) == found.entries


TRIED: dict[str, list[list[str]]] = {
    "last_login": [["crm_id|ana", "ecid|e1"], ["crm_id|ben"]],
    "first_owner": [["crm_id|ana", "ecid|e1"], ["crm_id|ben"]],
    "nobody": [["crm_id|ana"], ["crm_id|ben"], ["ecid|e1"]],
    "session": [["crm_id|ana", "ecid|e1"], ["crm_id|ben"]],
}


@pytest.mark.parametrize("policy", TRIED)
async def test_rules_are_tried_on_one_region_by_call(shared: Pipeline, graph: Graph, policy: str) -> None:
    rows = await graph.transact(
        lambda tx: tx.run_text(
            "CALL custom.graphcdp.identity.try('ecid', 'e1', $rules) YIELD step, what, keys, because, event "
            "RETURN what, keys, because, event.id AS event ORDER BY step",
            {"rules": {"policy": policy, "namespaces": NAMESPACES}},
        )
    )
    assert [row["keys"] for row in rows if row["what"] == "profile"] == TRIED[policy]
    assert sorted(sorted(row["keys"]) for row in rows if row["what"] == "today") == [
        ["crm_id|ana", "ecid|e1"],
        ["crm_id|ben"],
    ]
    told = [(row["what"], row["because"], row["event"]) for row in rows]
    if policy == "nobody":
        assert ("shared", "shared:crm_id", "ben1") in told
    if policy == "first_owner":
        assert ("suppressed", "unique:crm_id", "ben1") in told


async def test_a_namespace_left_out_and_a_value_blocked_do_not_count(shared: Pipeline, graph: Graph) -> None:
    rules = {"namespaces": [{"name": "ecid", "kind": "cookie"}, {"name": "crm_id", "blocked": ["Ben"]}]}
    rows = await graph.write("identity.try", namespace="ecid", value="e1", rules=rules)
    assert [row["keys"] for row in rows if row["what"] == "profile"] == [["ecid|e1", "crm_id|ana"]]
    rows = await graph.write(
        "identity.try", namespace="ecid", value="e1", rules={"policy": "x", "namespaces": NAMESPACES}
    )
    assert rows == []


async def everything(graph: Graph) -> list[dict[str, Any]]:
    """Return all nodes and relationships with all that they hold."""
    nodes = await graph.read_text("MATCH (n) RETURN elementId(n) AS id, labels(n) AS kind, properties(n) AS held")
    edges = await graph.read_text(
        "MATCH (a)-[r]->(b) RETURN elementId(r) AS id, type(r) AS kind, properties(r) AS held, elementId(a) AS a, "
        "elementId(b) AS b"
    )
    return sorted([*nodes, *edges], key=lambda row: (str(row["kind"]), row["id"]))


async def test_neither_leaves_a_trace(shared: Pipeline, graph: Graph) -> None:
    before = await everything(graph)
    assert await graph.write("identity.history", namespace="ecid", value="e1")
    for policy in TRIED:
        rules = {"policy": policy, "max_identities": 2, "namespaces": NAMESPACES}
        assert await graph.write("identity.try", namespace="ecid", value="e1", rules=rules)
    assert await everything(graph) == before


async def test_the_picture_of_a_history(shared: Pipeline, graph: Graph) -> None:
    found = await drawn(graph, "history_graph", "'crm_id', 'ana'")
    assert found["Identity"] == ["crm_id|ana", "crm_id|ben", "ecid|e1"]
    assert found["LINKED"] == ["active", "suppressed"]
    assert "ana2" in found["Event"]


def test_the_two_procedures_play_word_for_word_the_same(graph: Graph) -> None:
    core = {name: graph.catalogue.get(f"identity.{name}").text.split("// ----")[1:2] for name in ("history", "try")}
    assert core["history"] == core["try"] != []


@pytest.mark.parametrize("name", ["person", "history_notes", "facts_named", "history_graph"])
async def test_nothing_is_scanned(graph: Graph, clean: None, name: str) -> None:
    statement = graph.catalogue.get(f"identity.{name}")
    async with graph._driver.session(database=graph.database) as session:
        result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
        plan = (await result.consume()).plan
    assert plan is not None
    assert [each for each in operators(plan) if "Scan" in each[0] and "rules" not in each[1]] == []
