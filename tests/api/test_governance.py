"""Labels and policies over HTTP and at the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

from graphcdp.base import Settings
from graphcdp.cli import frame
from graphcdp.cli import offer as offers
from graphcdp.cli.governance import policy
from graphcdp.graph import Graph
from tests.api.test_graphql_operations import call
from tests.graph.test_governance import governance, send
from tests.served import Served

__all__ = ["governance"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("governance")]
ANA = {"namespace": "user_id", "value": "ana"}


async def test_a_forbidden_activation_is_refused_with_its_path_and_what_to_do(served: Served) -> None:
    label = (await call(served, "DefineLabel", input={"id": "kids", "title": "About children."}))["defineLabel"]
    assert label["label"] == {"labelId": "kids", "title": "About children.", "family": "own"}
    policy = {"id": "no_kids", "forbids": [["kids", "C1"], ["kids"]], "actions": ["cross_site_targeting"]}
    made = (await call(served, "DefinePolicy", input=policy))["definePolicy"]
    assert made["policy"] == {"policyId": "no_kids", "forbids": [["C1", "kids"], ["kids"]], "active": True}
    put = {"target": "shop_crm.contacts/TOWN", "labels": ["kids"], "reason": "the contract"}
    put_ = (await call(served, "LabelData", input=put))["labelData"]
    assert [one["activation"] for one in put_["forbidden"]] == ["a1"]
    found = (await call(served, "CheckActivation", input={"activation": "a1"}))["checkActivation"]
    assert found["allowed"] is False
    ((violation,),) = [found["violations"]]
    assert (violation["policy"], violation["labels"]) == ("no_kids", ["kids"])
    assert [step["id"] for step in violation["carriers"][0]["path"]] == [
        "shop_crm", "shop_crm.contacts", "shop_crm.contacts/TOWN", "profile.city", "northern", "a1", "adnet",
    ]  # fmt: skip
    assert ["rule", "take profile.city out of the rule of segment northern"] in [
        [fix["kind"], fix["sentence"]] for each in found["fixes"] for fix in each
    ]
    assert [one["activation"] for one in (await call(served, "PolicyViolations"))["policyViolations"]] == ["a1"]
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    given = {"policy": "no_kids", "until": until, "reason": "until Monday", "activation": "a1"}
    override = (await call(served, "OverridePolicy", input=given))["overridePolicy"]["override"]
    assert (override["policy"], override["activation"], override["reason"]) == ("no_kids", "a1", "until Monday")
    found = (await call(served, "CheckActivation", input={"activation": "a1"}))["checkActivation"]
    assert (found["allowed"], found["violations"][0]["override"]["overrideId"]) == (True, override["overrideId"])
    ended = (await call(served, "EndPolicyOverride", id=override["overrideId"]))["endPolicyOverride"]
    assert ended["overrideId"] == override["overrideId"]
    planned: dict[str, Any] = {
        "segment": "spenders",
        "destination": "x",
        "actions": ["cross_site_targeting"],
        "fields": ["profile.city"],
    }
    found = (await call(served, "CheckActivation", input=planned))["checkActivation"]
    assert found["fixes"][1][0]["sentence"] == "leave profile.city out of what planned sends"
    assert (await call(served, "CheckActivation", input={}))["checkActivation"]["__typename"] == "InvalidInput"
    action = {"id": "letters", "purpose": "marketing", "consent": "REQUIRED"}
    made = (await call(served, "DefineMarketingAction", input=action))["defineMarketingAction"]
    assert made["action"] == {"actionId": "letters", "purpose": "marketing", "consent": "REQUIRED"}
    asking = {"purpose": "marketing", "consent": "UNLESS_DENIED", "reason": "counsel says so"}
    asked = (await call(served, "AskConsent", input=asking))["askConsent"]["actions"]
    assert ("letters", "UNLESS_DENIED") in {(one["actionId"], one["consent"]) for one in asked}
    again = (await call(served, "AskConsent", input={"purpose": "fun", "consent": "REQUIRED"}))["askConsent"]
    assert again["code"] == "governance_not_found"
    all_ = await call(served, "Policies")
    assert len(all_["policies"]) == 14
    assert len(all_["policyOverrides"]) == 1
    assert next(one for one in all_["labels"] if one["labelId"] == "kids")["fields"] == ["shop_crm.contacts/TOWN"]
    assert (await call(served, "LabelData", input={"target": "no.where", "labels": []}))["labelData"]["code"]


async def test_an_offer_is_refused_or_no_longer_shown_with_its_path_and_what_to_do(
    served: Served,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    await call(served, "DefinePlacement", input={"id": "home", "fallback": {"text": "Hello"}})
    leeds = {"id": "leeds", "placements": ["home"], "content": {"text": "Hi"}, "rule": "profile.city = 'Leeds'",
             "priority": 5}  # fmt: skip
    made = (await call(served, "DefineOffer", input=leeds))["defineOffer"]["offer"]
    assert made["actions"] == ["onsite_personalization"]
    put = (await call(served, "LabelData", input={"target": "profile.city", "labels": ["C7"]}))["labelData"]
    assert (put["forbidden"], [one["offer"] for one in put["forbiddenOffers"]]) == ([], ["leeds"])
    refused = (await call(served, "DefineOffer", input={**leeds, "id": "again"}))["defineOffer"]
    assert (refused["__typename"], refused["code"]) == ("Conflict", "policy_violation")
    assert "C7 comes with the field profile.city by profile.city → again." in refused["message"]
    nothing = (await call(served, "DefineOffer", input={**leeds, "actions": []}))["defineOffer"]
    assert (nothing["__typename"], nothing["code"]) == ("InvalidInput", "offer")
    unknown = (await call(served, "DefineOffer", input={**leeds, "actions": ["shouting"]}))["defineOffer"]
    assert (unknown["__typename"], unknown["code"]) == ("NotFound", "governance_not_found")
    found = (await call(served, "CheckOffer", id="leeds"))["checkOffer"]
    assert (found["allowed"], found["labels"], found["actions"]) == (False, ["C7"], ["onsite_personalization"])
    assert [(step["kind"], step["id"]) for step in found["violations"][0]["carriers"][0]["path"]] == [
        ("Field", "profile.city"), ("Offer", "leeds"),
    ]  # fmt: skip
    assert [fix["kind"] for each in found["fixes"] for fix in each] == ["action", "offer"]
    assert (await call(served, "CheckOffer", id="none"))["checkOffer"]["code"] == "governance_not_found"
    because = "Policy no_onsite_personalization forbids C7 for onsite_personalization."
    asked = (await call(served, "Decide", placement="home", identity=ANA, record=False))["decide"]
    assert (asked["offers"], asked["fallback"]) == ([], {"text": "Hello"})
    assert asked["passed"] == [{"offerId": "leeds", "code": "forbidden", "reason": because}]
    assert [one["forbidden"] for one in (await call(served, "Offers"))["offers"]] == [[because]]

    for module in (policy, offers):
        monkeypatch.setattr(module, "settings", lambda: settings)

    async def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = await anyio.to_thread.run_sync(lambda: frame._outcome(words))
        told = capsys.readouterr()
        return code, told.out + told.err

    code, out = await command("policy", "check", "--offer", "leeds")
    assert (code, found["sentence"] in out) == (1, True)
    assert because in (await command("offer", "list"))[1]
    assert f"not leeds: {because}" in (await command("decide", "home", "user_id", "ana"))[1]
    file = tmp_path / "offers.yaml"
    file.write_text("offers: {again: {content: {a: '{city}'}, placements: [home]}}", encoding="utf-8")
    code, out = await command("offer", "define", str(file))
    assert (code != 0, "again must not be shown. Policy no_onsite_personalization" in out) == (True, True)
    file.write_text(
        "offers: {again: {content: {a: '{city}'}, placements: [home], actions: [analytics]}}", encoding="utf-8"
    )
    assert (await command("offer", "define", str(file)))[0] == 0
    permitted = (
        "policy",
        "override",
        "no_onsite_personalization",
        "--offer",
        "leeds",
        "--days",
        "1",
        "--reason",
        "a test",
    )
    assert (await command(*permitted))[0] == 0
    assert "no_onsite_personalization for leeds until" in (await command("policy", "overrides"))[1]
    asked = (await call(served, "Decide", placement="home", identity=ANA, record=False))["decide"]
    assert [one["offerId"] for one in asked["offers"]] == ["leeds"]


async def test_the_command_line_labels_checks_and_permits(
    served: Served,
    settings: Settings,
    graph: Graph,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(policy, "settings", lambda: settings)

    async def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = await anyio.to_thread.run_sync(lambda: frame._outcome(words))
        return code, capsys.readouterr().out

    assert (await command("policy", "check", "a1"))[0] == 0
    code, out = await command("policy", "label", "identity.email", "C2", "I1", "--reason", "as agreed")
    assert (code, "identity.email bears C2, I1." in out) == (0, True)
    await send(graph, "a1", "northern", "adnet", ["export_to_third_party"], ["identity.email"])
    code, out = await command("policy", "check", "a1", "--json")
    assert (code, json.loads(out[out.index("{\n") :])["violations"][0]["policy"]) == (1, "no_third_parties")
    code, out = await command("policy", "violations")
    assert "Policy no_third_parties" in out
    assert (await command("policy", "override", "no_third_parties", "--days", "1", "--reason", "test"))[0] == 0
    assert (await command("policy", "check", "a1"))[0] == 0
    assert "no_third_parties for all" in (await command("policy", "overrides"))[1]
    assert (await command("policy", "define", "mine", "C9+S1", "--for", "analytics", "--off"))[0] == 0
    assert "mine (off): C9 + S1 not for analytics" in (await command("policy", "list"))[1]
    assert "[identity.email]" in (await command("policy", "labels"))[1]
    assert (await command("policy", "action", "email_targeting", "--consent", "required"))[0] == 0
    assert "consent required" in (await command("policy", "actions"))[1]
    assert (await command("policy", "action", "email_targeting", "--consent", "maybe"))[0] == 1
    code, out = await command("policy", "consent", "advertising", "required", "--reason", "counsel says so")
    assert (code, "For advertising consent is required: cross_site_targeting, onsite_advertising." in out) == (0, True)
    assert (await command("policy", "action", "popups", "--purpose", "advertising"))[0] == 0
    assert "popups: popups Purpose advertising, consent required." in (await command("policy", "actions"))[1]
