"""`tryIdentityRules` over HTTP: the answer of the command line, its bounds, and what a wrong rule set or line gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from graphcdp.base import data_folder
from graphcdp.identity import try_rules
from graphcdp.identity.trial.cases import check_case
from graphcdp.identity.trial.trial import instant
from tests.served import Served

OPERATION = (data_folder("graphql_schema") / "operations" / "TryIdentityRules.graphql").read_text()
RULES = "policy: nobody\nnamespaces: [{name: crm_id, unique: true}, {name: ecid, kind: cookie}]"
EVENTS = ["CRMID: ana, ECID: e1", "CRMID: ben, ECID: e1", "ECID: e1", "nothing", "CRMID: unknown, ECID: e2"]

pytestmark = [pytest.mark.anyio, pytest.mark.api]


async def ask(served: Served, key: str | None = None, **variables: Any) -> Any:
    async with httpx2.AsyncClient(base_url=served.url, timeout=60) as http:
        reply = await http.post(
            "/graphql",
            json={"query": OPERATION, "variables": variables},
            headers={"Authorization": f"Bearer {key or served.api_key}"},
        )
    return reply.json()


async def test_the_answer_is_that_of_python(served: Served) -> None:
    told = (await ask(served, rules=RULES, events=EVENTS))["data"]["tryIdentityRules"]
    trial = try_rules(RULES, EVENTS)
    assert [each["identities"] for each in told["profiles"]] == [list(each) for each in trial.profiles]
    assert [each["events"] for each in told["profiles"]] == [["1"], ["2"], ["3"], ["5"]]
    assert [(each["a"], each["b"], each["state"], each["because"], each["byEvent"]) for each in told["links"]] == [
        ("crm_id|ana", "ecid|e1", "SUPPRESSED", "shared:crm_id", "2"),
        ("crm_id|ben", "ecid|e1", "SUPPRESSED", "shared:crm_id", "2"),
    ]
    assert [each["sentence"] for each in told["links"]] == [link.sentence() for link in trial.links]
    assert [(each["line"], each["code"]) for each in told["rejected"]] == [(4, "bad_line")]
    assert [(each["line"], each["code"]) for each in told["leftOut"]] == [(5, "blocked_value")]
    assert [step["id"] for step in told["after"]] == ["1", "2", "3", "5"]
    for step, same in zip(told["after"], trial.after, strict=True):
        assert {each["thing"]: each["owner"] for each in step["identities"]} == same.identities
        assert {each["thing"]: each["owner"] for each in step["events"]} == same.events
    assert told["after"][0]["t"].startswith(instant(trial.after[0].t)[:19])
    page = (await ask(served, rules=RULES, events=EVENTS, first=1, event="2"))["data"]["tryIdentityRules"]
    assert [step["id"] for step in page["after"]] == ["3"]


async def test_decisions_count_and_the_answer_is_kept_as_a_case(served: Served, tmp_path: Path) -> None:
    decisions = "rekey: [[crm_id|ana, crm_id|ben]]"
    asked = {"rules": RULES, "events": EVENTS, "decisions": decisions, "title": "one person"}
    told = (await ask(served, **asked))["data"]["tryIdentityRules"]
    assert [each["identities"] for each in told["profiles"]] == [["crm_id|ana", "crm_id|ben", "ecid|e1"], ["ecid|e2"]]
    file = tmp_path / "case.yaml"
    file.write_text(told["case"], encoding="utf-8")
    assert [(result.title, result.differences) for result in check_case(file)] == [("one person", ())]
    file.write_text(
        told["case"].replace("policy: nobody", "policy: first_owner").replace("- - crm_id|ana", "- - crm_id|a")
    )
    assert not all(result.passed for result in check_case(file))
    wrong = (await ask(served, **{**asked, "decisions": "cut: [[ana]]"}))["data"]["tryIdentityRules"]
    assert (wrong["__typename"], wrong["message"].startswith("the decisions: cut.0")) == ("InvalidInput", True)
    wrong = (await ask(served, **{**asked, "decisions": "cut: [[crm_id, x]]"}))["data"]["tryIdentityRules"]
    assert "write namespace|value" in wrong["message"]


async def test_wrong_rules_and_too_much_are_told(served: Served) -> None:
    wrong = (await ask(served, rules="policy: dice", events=EVENTS))["data"]["tryIdentityRules"]
    assert wrong["__typename"] == "InvalidInput"
    assert "dice" in wrong["message"]
    many = (await ask(served, rules=RULES, events=["ECID: e1"] * 10_001))["data"]["tryIdentityRules"]
    assert "10,001 events" in many["message"]
    wide = [", ".join(f"ECID: e{n}" for n in range(500))]
    pairs = (await ask(served, rules=RULES, events=wide))["data"]["tryIdentityRules"]
    assert "124,750 pairs" in pairs["message"]
    long = await ask(served, rules=RULES, events=[f"ECID: e{n}" for n in range(2_000)], event="1890")
    assert "give a smaller `first`" in long["errors"][0]["message"]
    none = await ask(served, rules=RULES, events=EVENTS, event="99")
    assert none["errors"][0]["message"] == "There is no event with the id given as `event`."


async def test_a_write_key_may_not_ask(served: Served) -> None:
    refused = await ask(served, key=served.write_key, rules=RULES, events=EVENTS)
    assert "errors" in refused or "error" in refused
