"""Labels and policies: followed along the ways of data, checked at edits, with fixes, permissions and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.decisions import Decision, Plan, offer, placement
from graphcdp.governance import Check, Governance, GovernanceNotFoundError, PolicyViolationError
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import Author
from graphcdp.journeys.publish import DoersCell, PeopleQuestion
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from graphcdp.segments.computed import declare
from graphcdp.sources import SourceDefinition
from tests.make import READERS, fact, record

pytestmark = pytest.mark.anyio

ME = Author("cli:test", "the contract says so")
HOME = placement("home", slots=5)
CRM = """
source: shop_crm
dataset: contacts
format: csv
identities: {user_id: NO, email: MAIL}
time: CHANGED
attributes: {first_name: FORENAME, city: TOWN}
"""
TILL = """
source: till
dataset: receipts
format: csv
channel: store
identities: {user_id: CARD}
time: AT
id: [NO]
event: {type: {value: purchase}, properties: {revenue: TOTAL, category: DEPARTMENT}}
"""


@pytest.fixture
async def governance(platform: Platform, graph: Graph, clean: None) -> Governance:
    """Two sources, a computed attribute, two segments, and an activation of the outer one."""
    for definition, source, dataset in ((CRM, "shop_crm", "contacts"), (TILL, "till", "receipts")):
        await graph.write(
            "ingest.source_register", source=source, title=source, channel="store", dataset=dataset,
            definition=definition, trust=50,
        )  # fmt: skip
    await platform.pipeline.ingest(
        [
            fact("user_id|ana", id="e1", type="purchase", properties={"revenue": 80.0, "category": "women"}),
            record("user_id|ana", "email|ana@shop.example", city="Leeds", first_name="Ana"),
        ]
    )
    await platform.computed.declare([declare("spent", "sum(revenue of purchased in last 365 days)")])
    await platform.segments.define("spenders", "profile.spent > 50")
    await platform.segments.define("northern", "in segment spenders and profile.city = 'Leeds'")
    await send(graph, "a1", "northern", "adnet", ["cross_site_targeting"], ["identity.email", "profile.first_name"])
    return platform.governance


async def send(
    graph: Graph, id: str, segment: str, destination: str, actions: Sequence[str], sources: Sequence[str]
) -> None:
    """Make an activation as the graph has it."""
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (s:Segment {id: $segment}) MERGE (d:Destination {id: $destination}) SET d.actions = $actions "
            "MERGE (a:Activation {id: $id}) SET a.state = 'active', a.actions = $actions, a.sources = $sources "
            "MERGE (a)-[:OF]->(s) MERGE (a)-[:TO]->(d)",
            {
                "id": id,
                "segment": segment,
                "destination": destination,
                "actions": list(actions),
                "sources": list(sources),
            },
        )
    )


def told(check: Check) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what is forbidden: policy, action, labels."""
    return [(one.policy, one.action, one.labels) for one in check.standing]


async def test_a_dataset_label_is_followed_through_a_computed_attribute_and_two_segments(
    governance: Governance, graph: Graph
) -> None:
    assert (await governance.check("a1")).allowed
    (found,) = await governance.put_labels("till.receipts", ["C5"], ME)
    assert told(found) == [("no_cross_site_targeting", "cross_site_targeting", ("C5",))]
    paths = {one.field: [step.id for step in one.path] for one in found.standing[0].carriers}
    assert paths["till.receipts/TOTAL"] == [
        "till", "till.receipts", "till.receipts/TOTAL", "event.revenue", "spent", "profile.spent", "spenders",
        "northern", "a1", "adnet",
    ]  # fmt: skip
    assert set(paths) == {"till.receipts/TOTAL", "till.receipts/(event.type)"}
    assert "till.receipts/DEPARTMENT" not in paths
    smallest = {tuple(fix.sentence for fix in one) for one in found.fixes if len(one) == 1}
    assert smallest == {
        ("do not use a1 for cross_site_targeting",),
        ("take profile.spent out of the rule of segment spenders",),
        ("do not ask for segment spenders in segment northern",),
    }
    assert "till → till.receipts → till.receipts/" in found.sentence
    await install_procedures(graph)
    rows = await graph.read("governance.lineage", activation="a1", label="C5")
    assert {row["field"] for row in rows} == set(paths)


async def test_a_set_of_labels_is_forbidden_only_as_a_whole(governance: Governance, graph: Graph) -> None:
    assert await governance.put_labels("shop_crm.contacts/TOWN", ["C1"], ME) == ()
    assert (await governance.check("a1")).labels == ("C1",)
    (found,) = await governance.put_labels("identity.email", ["I1"], ME)
    assert told(found) == [("no_identifiers_outside", "cross_site_targeting", ("C1", "I1"))]
    assert {tuple(fix.sentence for fix in one) for one in found.fixes} >= {
        ("leave identity.email out of what a1 sends",),
        ("take profile.city out of the rule of segment northern",),
        ("stop mapping shop_crm.contacts/TOWN to profile.city",),
    }
    await send(graph, "a1", "northern", "adnet", ["cross_site_targeting"], ["profile.first_name"])
    assert (await governance.check("a1")).allowed


async def test_what_is_edited_on_the_way_is_checked(governance: Governance, platform: Platform, graph: Graph) -> None:
    await governance.put_labels("shop_crm.contacts/TOWN", ["C4"], ME)
    assert [row["policy"] for row in await graph.read("governance.violations_open")] == ["no_targeting"]
    before = (await platform.segments.get("spenders")).rule
    await send(graph, "a2", "spenders", "mailer", ["email_targeting"], ["profile.first_name"])
    assert (await governance.check("a2")).allowed
    with pytest.raises(
        PolicyViolationError, match="With this rule a2 would be forbidden. Policy no_targeting"
    ) as caught:
        await platform.segments.define("spenders", "profile.spent > 50 and profile.city = 'Leeds'")
    assert caught.value.check.activation == "a2"
    assert (await platform.segments.get("spenders")).rule == before
    await platform.segments.define("spenders", "profile.spent > 60")
    plan = await governance.check_plan(
        segment="spenders", destination="mailer", actions=["email_targeting"], sources=["profile.city"]
    )
    assert told(plan) == [("no_targeting", "email_targeting", ("C4",))]


async def test_a_mapping_and_a_computed_attribute_are_refused_before_they_forbid_what_is_active(
    governance: Governance, platform: Platform, graph: Graph, tmp_path: Path
) -> None:
    await send(graph, "a1", "northern", "mailer", ["email_targeting"], ["profile.first_name"])
    await send(graph, "a2", "spenders", "adnet", ["cross_site_targeting"], ["identity.email", "profile.first_name"])
    await governance.put_labels("shop_crm.contacts/TOWN", ["C5"], ME)
    await governance.put_labels("event.category", ["C5"], ME)
    assert (await governance.check("a2")).allowed
    file = tmp_path / "contacts.csv"
    file.write_text("NO,MAIL,CHANGED,FORENAME,TOWN\nben,ben@shop.example,2026-02-01T00:00:00Z,Ben,Leeds\n")
    town = SourceDefinition.parse(CRM.replace("FORENAME, city: TOWN", "TOWN"))
    known = SourceDefinition.parse(CRM)
    said = r"With shop_crm\.contacts mapped so a2 would be forbidden\. Policy no_cross_site_targeting .*TOWN"
    for try_it in (platform.files.preview, platform.files.load):
        with pytest.raises(PolicyViolationError, match=said) as caught:
            await try_it(str(file), town)
        assert caught.value.check.activation == "a2"
    read = "MATCH (d:Dataset {id: 'shop_crm.contacts'}) RETURN d.definition AS text, COUNT { (:Run) } AS runs"
    assert await graph.read_text(read) == [{"text": CRM, "runs": 0}]
    liked = declare("spent", "sum(revenue of purchased where category = 'women' in last 365 days)")
    with pytest.raises(PolicyViolationError, match=r"With spent computed so a2 would be forbidden\. .*event\.category"):
        await platform.computed.declare([liked])
    assert "category" not in (await platform.computed.get("spent")).declaration.expression
    assert await graph.read("governance.violations_open") == []

    # What forbids nothing is taken; a permission lets the others pass, and what they bring is forbidden when it ends.
    await platform.computed.declare([declare("bought", "count(purchased where category = 'women')")])
    assert (await platform.files.load(str(file), known)).counts.accepted == 1
    until = platform.clock.now() + timedelta(days=1)
    permitted = await governance.override("no_cross_site_targeting", ME, until=until, activation="a2")
    await platform.computed.declare([liked])
    await platform.files.load(str(file), town)
    assert (await governance.check("a2")).allowed
    await governance.end_override(permitted.id, ME)
    assert told(await governance.check("a2")) == [("no_cross_site_targeting", "cross_site_targeting", ("C5",))]


async def test_an_alert_is_told_once_and_ends(governance: Governance, graph: Graph) -> None:
    heard: list[Check] = []

    async def hear(check: Check) -> None:
        heard.append(check)

    turned: list[str] = []

    async def look_again(activation: str) -> None:
        turned.append(activation)

    governance.alerts.append(hear)
    governance.turned.append(look_again)
    try:
        await governance.put_labels("shop_crm.contacts", ["C12"], ME)
        await governance.look()
        assert [one.activation for one in heard] == ["a1"] == turned
        await governance.put_labels("shop_crm.contacts", [], ME)
        assert await governance.look() == ()
        assert turned == ["a1", "a1"]
    finally:
        governance.alerts.remove(hear)
        governance.turned.remove(look_again)
    rows = await graph.read_text(
        "MATCH (c:Change) WHERE c.kind STARTS WITH 'policy_' OR c.kind = 'labels_put' "
        "RETURN c.kind AS kind, c.subject AS subject, c.because AS because ORDER BY c.seq"
    )
    assert [(row["kind"], row["subject"]) for row in rows] == [
        ("labels_put", "shop_crm.contacts"), ("policy_violated", "a1"), ("labels_put", "shop_crm.contacts"),
        ("policy_kept_again", "a1"),
    ]  # fmt: skip
    assert rows[0]["because"] == "cli:test: the contract says so"


async def test_a_permission_holds_until_its_end_and_is_audited(governance: Governance, platform: Platform) -> None:
    await governance.put_labels("shop_crm.contacts", ["C12"], ME)
    now = platform.clock.now()
    with pytest.raises(InvalidInputError, match="Say why"):
        await governance.override("stays_inside", Author("cli:test"), until=now + timedelta(days=1))
    with pytest.raises(InvalidInputError, match="ends, within a year"):
        await governance.override("stays_inside", ME, until=now - timedelta(days=1))
    with pytest.raises(GovernanceNotFoundError):
        await governance.override("no_such", ME, until=now + timedelta(days=1))
    one = await governance.override("stays_inside", ME, until=now + timedelta(days=1), activation="a1")
    found = await governance.check("a1")
    assert found.allowed
    assert [each.override for each in found.violations] == [one]
    assert not (
        await governance.check_plan(
            segment="northern", destination="other", actions=["cross_site_targeting"], sources=[]
        )
    ).allowed
    later = Governance(governance._graph, MovableClock(now + timedelta(days=1)), platform.pipeline.writer, READERS)
    assert not (await later.check("a1")).allowed  # it ends by itself, which is noticed within a minute
    await later.tick()
    opened = await later._graph.read("governance.violations_open")
    assert [row["policy"] for row in opened] == ["stays_inside"]
    await governance.end_override(one.id, ME)
    assert not (await governance.check("a1")).allowed
    assert len(await governance.overrides()) == 0
    assert len(await governance.overrides(all=True)) == 1


async def test_own_labels_policies_and_actions(governance: Governance) -> None:
    await governance.define_label("kids", "About children.", ME)
    await governance.define_action("loyalty_letter", ME, purpose="marketing", consent="required")
    policy, found = await governance.define_policy(
        "no_kids", ME, forbids=[["kids"]], actions=["loyalty_letter", "cross_site_targeting"], title="Not children."
    )
    assert (policy.forbids, policy.active, found) == ((frozenset({"kids"}),), True, ())
    (check,) = await governance.put_labels("profile.first_name", ["kids"], ME)
    assert told(check) == [("no_kids", "cross_site_targeting", ("kids",))]
    assert check.standing[0].carriers[0].dataset is None
    _, found = await governance.define_policy(
        "no_kids", ME, forbids=[["kids"]], actions=["loyalty_letter", "cross_site_targeting"], active=False
    )
    assert found == ()
    for target, labels in (("nowhere.at_all", ["C1"]), ("shop_crm.contacts", ["C99"]), ("shop_crm.contacts/NOPE", [])):
        with pytest.raises(GovernanceNotFoundError):
            await governance.put_labels(target, labels, ME)
    with pytest.raises(InvalidInputError):
        await governance.define_policy("empty", ME, forbids=[[]], actions=["analytics"])
    labels = {one.id: one for one in await governance.labels()}
    assert labels["kids"].fields == ("profile.first_name",)
    assert len(await governance.policies()) == 14


async def test_labels_reach_what_is_built_on_audiences_households_scores_and_who_is_left_out(
    governance: Governance, platform: Platform, graph: Graph
) -> None:
    women = PeopleQuestion(DoersCell("purchased where category = 'women'"))
    await platform.publishing.publish("buyers", women)
    likeness: dict[str, Any] = {"kind": "look_alike", "title": "Like them", "settings": {"segment": "spenders"}}
    await platform.scores.kept.keep("like_spenders", {}, card={}, **likeness)
    rules = {
        "listed": "in audience buyers",
        "homes": "a household member (profile.first_name is known)",
        "alike": "profile.like_spenders >= 0.2",
        "strangers": "not has identity user_id",
    }
    for id, rule in rules.items():
        await platform.segments.define(id, rule)
        await send(graph, f"to_{id}", id, "adnet", ["cross_site_targeting"], [])
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (a:Activation {id: 'to_strangers'}), (s:Segment {id: 'spenders'}) MERGE (a)-[:NOT_FOR]->(s)", {}
        )
    )
    street = CRM.replace("city: TOWN", "city: TOWN, street: STREET")
    await graph.write(
        "ingest.source_register", source="shop_crm", title="", channel="store", dataset="contacts", definition=street,
        trust=50,
    )  # fmt: skip
    for target in ("event.category", "till.receipts/TOTAL", "shop_crm.contacts/STREET"):
        await governance.put_labels(target, ["C5"], ME)
    ways = {}
    for id in rules:
        found = await governance.check(f"to_{id}")
        assert told(found) == [("no_cross_site_targeting", "cross_site_targeting", ("C5",))], id
        ways[id] = [[step.id for step in one.path] for one in found.standing[0].carriers]
    assert ways["listed"] == [["event.category", "buyers", "listed", "to_listed", "adnet"]]
    home = ["profile.street", "profile.household", "homes", "to_homes", "adnet"]
    assert ways["homes"] == [["shop_crm", "shop_crm.contacts", "shop_crm.contacts/STREET", *home]]
    revenue = ["till", "till.receipts", "till.receipts/TOTAL", "event.revenue", "spent", "profile.spent", "spenders"]
    assert ways["alike"] == [[*revenue, "like_spenders", "profile.like_spenders", "alike", "to_alike", "adnet"]]
    assert ways["strangers"] == [[*revenue, "to_strangers", "adnet"]]

    def fixes(check: Check) -> set[str]:
        return {one[0].sentence for one in check.fixes if len(one) == 1}

    assert fixes(await governance.check("to_listed")) == {
        "do not use to_listed for cross_site_targeting",
        "take event.category out of the question of audience buyers",
        "do not ask for audience buyers in segment listed",
    }
    assert "do not leave members of spenders out of to_strangers" in fixes(await governance.check("to_strangers"))
    assert "do without the score like_spenders" in fixes(await governance.check("to_alike"))
    assert "stop mapping shop_crm.contacts/STREET to profile.street" in fixes(await governance.check("to_homes"))
    await install_procedures(graph)
    for id in rules:  # the same ways stand in the graph
        rows = await graph.read("governance.lineage", activation=f"to_{id}", label="C5")
        assert len(rows) == 1, id
    await platform.shelf.define(
        Plan(
            placements=(HOME,),
            offers=(
                offer("alike", content={"a": 1}, placements=["home"], rule="profile.like_spenders > 0.5"),
                offer("listed", content={"a": 1}, placements=["home"], rule="in segment listed or in audience buyers"),
            ),
        )
    )
    found_flow = await platform.dataflow()
    nodes = {one.id: one for one in found_flow.nodes}
    assert (nodes["score:like_spenders"].title, nodes["audience:buyers"].kind) == ("Like them", "audience")
    assert [(one.what, one.count) for one in nodes["audience:buyers"].counts] == [("people", 1)]
    assert nodes["audience:buyers"].last_at is not None
    assert {(one.source, one.target) for one in found_flow.edges} >= {
        ("profiles", "score:like_spenders"), ("segment:spenders", "score:like_spenders"),
        ("score:like_spenders", "segment:alike"), ("score:like_spenders", "offer:alike"),
        ("profiles", "audience:buyers"), ("audience:buyers", "segment:listed"), ("audience:buyers", "offer:listed"),
        ("segment:listed", "offer:listed"),
    }  # fmt: skip
    assert all(edge.source in nodes and edge.target in nodes for edge in found_flow.edges)
    await governance.put_labels("event.category", ["C7"], ME)
    (broken,) = [one for one in (await platform.dataflow()).nodes if one.kind == "offer" and one.health == "broken"]
    assert (broken.id, broken.told) == ("offer:listed", "Forbidden by no_onsite_personalization.")
    assert "Offer" in {
        label
        for row in await graph.read("governance.dataflow_graph")
        for node in row["path"].nodes
        for label in node.labels
    }


async def test_another_question_or_score_is_refused_where_it_would_forbid_what_is_active(
    governance: Governance, platform: Platform, graph: Graph
) -> None:
    await platform.publishing.publish("buyers", PeopleQuestion(DoersCell("purchased")))
    likeness: dict[str, Any] = {"kind": "look_alike", "title": "Like them", "card": {}}
    await platform.segments.define("plain", "purchased")
    await platform.scores.kept.keep("like_them", {}, settings={"segment": "plain"}, **likeness)
    await platform.segments.define("both", "in audience buyers or profile.like_them > 0.5")
    await send(graph, "a1", "northern", "mailer", ["email_targeting"], [])
    await send(graph, "a2", "both", "adnet", ["cross_site_targeting"], [])
    for target in ("event.category", "till.receipts/TOTAL"):
        await governance.put_labels(target, ["C5"], ME)
    assert (await governance.check("a2")).allowed
    asked = (await platform.publishing.audiences.get("buyers")).question
    with pytest.raises(PolicyViolationError, match="With this question of audience buyers a2 would be forbidden"):
        await platform.publishing.publish("buyers", PeopleQuestion(DoersCell("purchased where category = 'women'")))
    assert (await platform.publishing.audiences.get("buyers")).question == asked
    with pytest.raises(PolicyViolationError, match="With score like_them made so a2 would be forbidden"):
        await platform.scores.kept.keep("like_them", {}, settings={"segment": "spenders"}, **likeness)
    assert (await platform.scores.kept.get("like_them")).settings == {"segment": "plain"}


NORTH = offer("north", content={"text": "Hi {first_name}"}, placements=["home"], rule="in segment northern")
LEEDS = offer("leeds", content={"text": "Hello"}, placements=["home"], rule="profile.city = 'Leeds'")


async def decided(platform: Platform) -> Decision:
    """Return what Ana is shown; nothing is recorded."""
    return await platform.decider.decide("home", IdentityKey("user_id", "ana"), record=False)


async def test_an_offer_that_a_policy_forbids_is_not_shown_until_it_no_longer_does(
    governance: Governance, platform: Platform, graph: Graph
) -> None:
    await platform.shelf.define(Plan(placements=(HOME,), offers=(NORTH, LEEDS)))
    assert [each.offer.id for each in (await decided(platform)).shown] == ["leeds"]
    (found,) = await governance.put_labels("till.receipts", ["C7"], ME)
    assert (found.offer, found.activation, found.subject) == ("north", None, "offer:north")
    assert told(found) == [("no_onsite_personalization", "onsite_personalization", ("C7",))]
    paths = {one.field: [step.id for step in one.path] for one in found.standing[0].carriers}
    assert paths["till.receipts/TOTAL"] == [
        "till", "till.receipts", "till.receipts/TOTAL", "event.revenue", "spent", "profile.spent", "spenders",
        "northern", "north",
    ]  # fmt: skip
    rows = await graph.read("governance.lineage", offer="north", label="C7")
    assert {row["field"] for row in rows} == set(paths)
    assert {tuple(fix.sentence for fix in one) for one in found.fixes if len(one) == 1} == {
        ("do not use north for onsite_personalization",),
        ("take profile.spent out of the rule of segment spenders",),
        ("do not ask for segment spenders in segment northern",),
        ("do not ask for segment northern in offer north",),
    }
    (found,) = [
        one for one in await governance.put_labels("shop_crm.contacts/TOWN", ["C4"], ME) if one.offer == "leeds"
    ]
    before = platform.graph.statements
    decision = await decided(platform)
    assert decision.shown == ()
    assert {each.offer.id: each.reason for each in decision.passed} == {
        "leeds": ("forbidden", "Policy no_targeting forbids C4 for onsite_personalization."),
        "north": (
            "forbidden",
            "Policy no_onsite_personalization forbids C7 for onsite_personalization. "
            "Policy no_targeting forbids C4 for onsite_personalization.",
        ),
    }
    anew = platform.graph.statements - before
    before = platform.graph.statements
    await decided(platform)
    assert platform.graph.statements - before < anew  # what is forbidden is read once, with the offers
    assert {each.id: len(each.forbidden) for each in await platform.shelf.offers()} == {"leeds": 1, "north": 2}

    until = platform.clock.now() + timedelta(days=1)
    permission = await governance.override("no_targeting", ME, until=until, offer="leeds")
    assert (permission.activation, permission.offer) == (None, "leeds")
    assert [each.offer.id for each in (await decided(platform)).shown] == ["leeds"]
    assert (await governance.check_offer("leeds")).allowed
    assert not (await governance.check_offer("north")).allowed
    await governance.end_override(permission.id, ME)
    assert (await decided(platform)).shown == ()

    assert [one.subject for one in await governance.put_labels("shop_crm.contacts/TOWN", [], ME)] == ["offer:north"]
    assert [each.offer.id for each in (await decided(platform)).shown] == ["leeds"]
    await platform.shelf.remove("north")
    assert await graph.read("governance.violations_open") == []
    rows = await graph.read_text(
        "MATCH (c:Change) WHERE c.kind IN ['policy_violated', 'policy_kept_again'] AND c.subject = 'offer:leeds' "
        "RETURN c.kind AS kind ORDER BY c.seq"
    )
    assert [row["kind"] for row in rows] == ["policy_violated", "policy_kept_again"] * 2


async def test_a_forbidden_offer_is_refused_and_so_is_what_would_forbid_one(
    governance: Governance, platform: Platform
) -> None:
    await governance.put_labels("shop_crm.contacts/TOWN", ["C7"], ME)
    with pytest.raises(PolicyViolationError) as caught:
        await platform.shelf.define(Plan(placements=(HOME,), offers=(NORTH,)))
    assert caught.value.message.startswith(
        "north must not be shown. Policy no_onsite_personalization (Not for content on one's own site) forbids C7 for "
        "onsite_personalization: C7 comes with the field shop_crm.contacts/TOWN of the dataset shop_crm.contacts by "
        "shop_crm → shop_crm.contacts → shop_crm.contacts/TOWN → profile.city → northern → north."
    )
    with pytest.raises(PolicyViolationError, match="hi must not be shown.*profile.city → hi.") as caught:
        await platform.shelf.define(
            Plan(placements=(HOME,), offers=(offer("hi", content={"text": "{city}!"}, placements=["home"]),))
        )
    assert "take profile.city out of the rule and the texts of hi" in {
        fix.sentence for each in caught.value.check.fixes for fix in each
    }
    assert await platform.shelf.placements() == ()
    with pytest.raises(GovernanceNotFoundError, match="north serves shouting, and there is no such marketing action"):
        await platform.shelf.define(Plan((HOME,), (), (replace(NORTH, actions=("shouting",)),)))
    # What is forbidden for one marketing action is not for another.
    await platform.shelf.define(Plan((HOME,), (), (replace(LEEDS, actions=("analytics",)),)))
    assert [(one.id, one.actions) for one in await platform.shelf.offers()] == [("leeds", ("analytics",))]
    await platform.shelf.define(
        Plan(offers=(offer("spent", content={"a": 1}, placements=["home"], rule="in segment spenders"),))
    )
    with pytest.raises(PolicyViolationError, match="With this rule spent would be forbidden. Policy no_onsite"):
        await platform.segments.define("spenders", "profile.spent > 50 and profile.city = 'Leeds'")
    # One that is over is nobody's concern.
    over = replace(LEEDS, id="over", ends=platform.clock.now() - timedelta(days=1), actions=("analytics",))
    await platform.shelf.define(Plan(offers=(over,)))
    await governance.define_policy("strict", ME, forbids=[["C7"]], actions=["analytics"])
    assert [one.offer for one in await governance.look()] == ["leeds"]
