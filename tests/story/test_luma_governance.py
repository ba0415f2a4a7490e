"""Row L5: Luma labels data; a forbidden activation is refused with policy, label, field, dataset and the whole way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from graphcdp.base import Settings
from graphcdp.destinations import ActivationRefusedError
from graphcdp.governance import PolicyViolationError
from graphcdp.graph import Graph
from graphcdp.identity import Author
from graphcdp.ingest import Seed
from graphcdp.model import Fact, IdentityKey, Outcome
from graphcdp.platform import Platform

pytestmark = pytest.mark.anyio
ME = Author("cli:luma", "our contract with the loyalty provider")
GIFTS = "gift_cart_abandoners"
NAME = ["profile.first_name"]


@pytest.fixture
async def luma(platform: Platform, clean: None) -> AsyncIterator[Platform]:
    """Luma with sixty customers besides Sarah, and a display network that takes audiences as files."""
    await platform.seeds.load(replace(Seed.load("luma"), customers=60))
    yield platform


async def test_the_marketer_is_refused_with_the_whole_way_and_told_what_to_change(
    luma: Platform, graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    options = {"url": str(tmp_path / "out"), "format": "csv"}
    # What Luma's contracts say came with the demonstration: the loyalty provider's data is not given to third parties.
    await luma.destinations.create("partner", "files", options, actions=["export_to_third_party"])
    with pytest.raises(ActivationRefusedError) as refused:
        await luma.destinations.activate(GIFTS, "partner", fields=NAME)
    assert refused.value.message.startswith(
        "Policy no_third_parties (What contracts keep from third parties stays) forbids C2 for export_to_third_party: "
        "C2 comes with the field luma_loyalty.members/Tier of the dataset luma_loyalty.members by luma_loyalty → "
        "luma_loyalty.members → luma_loyalty.members/Tier → profile.loyalty_tier → "
        f"{GIFTS} → {GIFTS}-partner → partner."
    )
    assert refused.value.message.endswith(f"The smallest change: do not use {GIFTS}-partner for export_to_third_party.")
    notes = await luma.governance.check_plan(
        segment="complained", destination="display", actions=["email_targeting"], sources=["event.topic"]
    )
    assert [(one.policy, one.labels) for one in notes.standing] == [("call_notes_stay", ("call_notes",))]
    asked = {one.id: one.consent for one in await luma.governance.actions()}
    assert (asked["email_targeting"], asked["cross_site_targeting"]) == ("required", "unless_denied")

    await luma.destinations.create("display", "files", options, actions=["cross_site_targeting"])
    activation = await luma.destinations.activate(GIFTS, "display", fields=NAME)
    assert (await luma.governance.check(activation.id)).allowed

    # The loyalty provider does not allow its data on other sites: what is active is forbidden from now on.
    (found,) = await luma.governance.put_labels("luma_loyalty.members", ["C5"], ME)
    (violation,) = found.standing
    assert (violation.policy, violation.action, violation.labels) == (
        "no_cross_site_targeting", "cross_site_targeting", ("C5",),
    )  # fmt: skip
    ways = {carrier.field: [step.id for step in carrier.path] for carrier in violation.carriers}
    assert ways["luma_loyalty.members/Tier"] == [
        "luma_loyalty", "luma_loyalty.members", "luma_loyalty.members/Tier", "profile.loyalty_tier", GIFTS,
        activation.id, "display",
    ]  # fmt: skip
    told = found.sentence
    for word in ("no_cross_site_targeting", "C5", "luma_loyalty.members/Tier", "luma_loyalty.members", "display"):
        assert word in told
    assert ("rule", "take profile.loyalty_tier out of the rule of segment gift_cart_abandoners") in {
        (fix.kind, fix.sentence) for each in found.fixes if len(each) == 1 for fix in each
    }
    (alert,) = await graph.read("governance.violations_open")
    assert (alert["activation"], alert["policy"]) == (activation.id, "no_cross_site_targeting")

    # A new one is refused in the same words, and so is an edit that would bring the label in by another segment.
    await luma.destinations.create("network", "files", options, actions=["cross_site_targeting"])
    with pytest.raises(ActivationRefusedError, match=r"no_cross_site_targeting.*luma_loyalty\.members/Tier") as no:
        await luma.destinations.activate(GIFTS, "network", fields=NAME)
    assert no.value.fields["because"] == "policy"
    await luma.destinations.activate("repeat_buyers", "network", fields=NAME)
    rule = "purchased at least 2 times in last 365 days and profile.loyalty_tier = 'Gold'"
    with pytest.raises(PolicyViolationError, match="With this rule repeat_buyers-network would be forbidden"):
        await luma.segments.define("repeat_buyers", rule)

    # Who is sent with all identities is sent with the card's number and what is held of it, too.
    open_ = await luma.governance.check_plan(
        segment="repeat_buyers", destination="network", actions=["cross_site_targeting"], sources=["identities"]
    )
    ways = {carrier.field: [step.id for step in carrier.path] for carrier in open_.standing[0].carriers}
    assert ways["luma_loyalty.members/MemberId"][2:] == [
        "luma_loyalty.members/MemberId", "identity.loyalty_id", "planned", "network",
    ]  # fmt: skip
    assert {"I1", "I2"} <= set(open_.labels)

    # A destination cannot come to serve what is forbidden for what goes to it; who was narrowed stays so.
    post = {
        "host": "127.0.0.1", "port": 25, "security": "none", "sender": "Luma <hello@luma.example>", "subject": "Gift?",
        "text": "Hello {{ first_name }}",
    }  # fmt: skip
    mails = await luma.destinations.create("mails", "email", post, actions=["email_targeting", "analytics"])
    narrowed = await luma.destinations.activate(GIFTS, "mails", id="narrowed", fields=NAME, actions=["email_targeting"])
    whole = await luma.destinations.activate(GIFTS, "mails", id="whole", fields=NAME)
    with pytest.raises(ActivationRefusedError, match="whole would be forbidden. Policy no_cross_site_targeting"):
        await luma.destinations.create("mails", "email", post, actions=[*mails.actions, "cross_site_targeting"])
    assert (await luma.destinations.get("mails")).actions == mails.actions == whole.actions
    await luma.destinations.create("mails", "email", post, actions=["email_targeting", "data_science"])
    await luma.governance.look()
    assert "identity.email" in {one["field"] for one in await graph.read("governance.lineage", activation="whole")}
    serve = {one.id: one.actions for one in await luma.destinations.activations()}
    assert (serve[narrowed.id], serve["whole"]) == (("email_targeting",), ("email_targeting", "data_science"))

    # The smallest change makes it right; so does a permission, for a while.
    await luma.segments.define(
        GIFTS,
        "viewed or carted product where category != profile.preferred_category and size != profile.preferred_size "
        "in last 7 days and abandoned cart",
    )
    assert (await luma.governance.check(activation.id)).allowed
    assert await luma.governance.look() == ()
    await luma.governance.put_labels("luma_crm.contacts/PREF_SIZE", ["C5"], ME)
    assert not (await luma.governance.check(activation.id)).allowed
    until = luma.clock.now() + timedelta(days=7)
    await luma.governance.override("no_cross_site_targeting", ME, until=until, activation=activation.id)
    assert (await luma.governance.check(activation.id)).allowed

    # What somebody decided here is not taken back when the demonstration is loaded again.
    await luma.governance.put_labels("identity.email", [], ME)
    await luma.seeds.load(replace(Seed.load("luma"), customers=60))
    bear = {one.id: one.fields + one.datasets for one in await luma.governance.labels()}
    assert "identity.email" not in bear["I1"]
    assert "luma_loyalty.members" in bear["C5"]
    assert "luma_loyalty.members" not in bear["C2"]


async def test_the_flow_of_data_from_sources_to_destinations_is_one_picture(luma: Platform, tmp_path: Path) -> None:
    await luma.destinations.create("display", "files", {"url": str(tmp_path)}, actions=["cross_site_targeting"])
    activation = await luma.destinations.activate(GIFTS, "display")
    await luma.governance.put_labels("luma_loyalty.members", ["C5"], ME)
    found = await luma.dataflow()
    nodes = {one.id: one for one in found.nodes}
    sources = [f"source:{one.id}" for one in await luma.profiles.sources()]
    assert [one for one in nodes if one.startswith("source:")] == sources
    assert len(sources) == 8
    loyalty = nodes["dataset:luma_loyalty.members"]
    assert (loyalty.labels, {one.what for one in loyalty.counts}) == (("C5",), {"records"})
    assert nodes["dataset:luma_web.web_hits"].counts[0].what == "events"
    assert (
        nodes["profiles"].counts[0].count
        == (await luma.graph.read_text("MATCH (p:Profile) RETURN count(p) AS n"))[0]["n"]
    )
    assert nodes[f"activation:{activation.id}"].health == "broken"
    assert nodes[f"activation:{activation.id}"].told == "Forbidden by no_cross_site_targeting."
    assert found.health == "broken"
    edges = {(one.source, one.target) for one in found.edges}
    assert {
        ("source:luma_loyalty", "dataset:luma_loyalty.members"), ("dataset:luma_loyalty.members", "profiles"),
        ("profiles", f"segment:{GIFTS}"), (f"segment:{GIFTS}", f"activation:{activation.id}"),
        (f"activation:{activation.id}", "destination:display"),
    } <= edges  # fmt: skip
    assert await luma.graph.read("governance.dataflow_graph")
    assert await luma.graph.read("governance.lineage_of", segment=GIFTS)


async def test_sarah_is_erased_and_the_demonstration_played_again_does_not_bring_her_back(luma: Platform) -> None:
    sarah = IdentityKey("email", "sarah.rose@example.com")
    found = await luma.exports.export(sarah, ME)
    assert {one["namespace"] for one in found.identities} >= {"email", "crm_id", "loyalty_id", "ecid"}
    before = await luma.graph.read_text("MATCH (p:Profile) RETURN count(p) AS people")
    receipt = await luma.erasures.erase(sarah, ME)
    assert receipt.counts["events"] + receipt.counts["records"] == len(found.facts)
    words = [one["value"].lower() for one in found.identities]
    looked = """
        MATCH (n)
        WHERE any(w IN $words WHERE toLower(apoc.convert.toJson(properties(n))) CONTAINS '"' + w + '"')
        RETURN labels(n) AS kind, properties(n) AS held
    """
    assert await luma.graph.read_text(looked, {"words": words}) == []
    result = await luma.pipeline.ingest(
        [
            Fact(
                id=one["id"], ts=one["ts"], source=one["source"], dataset=one["dataset"], type=one["type"],
                identities=tuple(IdentityKey(*key.split("|", 1)) for key in one["identity_keys"]),
                attributes=one["attributes"], channel=one["channel"],
            )
            for one in found.facts
        ]
    )  # fmt: skip
    assert result.count(Outcome.REJECTED) == len(found.facts)
    (after,) = await luma.graph.read_text("MATCH (p:Profile) RETURN count(p) AS people")
    assert after["people"] == before[0]["people"] - 1
