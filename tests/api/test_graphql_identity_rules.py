"""Identity rules over HTTP: versions, checks, a simulation, applying and taking back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_graphql_operations import STORY, call
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


def loosened(rules: str) -> str:
    """Return rules under which the account is not unique."""
    assert "name: user_id, kind: person, priority: 1, unique: true" in rules
    return rules.replace("priority: 1, unique: true", "priority: 1", 1)


async def test_rules_are_read_checked_simulated_applied_and_taken_back(served: Served) -> None:
    await call(served, "Ingest", input={"events": STORY})
    told = await call(served, "IdentityRules")
    first = told["identityRules"]
    assert (first["number"], first["active"], first["policy"], len(first["terms"])) == (1, True, "last_login", 1)
    rules = loosened(first["rules"])

    check = (await call(served, "CheckIdentityRules", rules=rules))["checkIdentityRules"]
    assert (check["problems"], check["version"] is None) == ([], False)
    assert check["differences"] == [{"setting": "user_id.max_values", "before": "1", "after": None}]
    check = (await call(served, "CheckIdentityRules", rules="polcy: x"))["checkIdentityRules"]
    assert check["version"] is None
    assert [one["place"] for one in check["problems"]] == ["polcy", "namespaces"]
    assert {one["severity"] for one in check["problems"]} == {"ERROR"}

    done = await simulated(served, rules)
    assert (done["splits"], done["merges"], done["profilesBefore"], done["profilesAfter"]) == (0, 1, 2, 1)
    move = done["moves"]["edges"][0]["node"]
    assert move["kind"] == "MERGE"
    assert sorted(one["identities"][0] for one in move["before"]) == ["user_id|C-1", "user_id|C-2"]
    assert done["largestAfter"][0]["identities"] == 4
    again = await call(served, "IdentitySimulation", id=done["id"], after=done["moves"]["pageInfo"]["endCursor"])
    assert again["identitySimulation"]["moves"]["edges"] == []
    assert again["identitySimulations"] == [{"id": done["id"], "state": "DONE", "rulesVersion": done["rulesVersion"]}]
    assert (await call(served, "CancelIdentitySimulation", id=done["id"]))["cancelIdentitySimulation"] == {
        "__typename": "IdentitySimulation", "id": done["id"], "state": "DONE",
    }  # fmt: skip
    assert (await call(served, "SimulateIdentityRules", rules=rules, kind="SPLIT"))["simulateIdentityRules"]["moves"][
        "edges"
    ] == []

    applied = (await call(served, "ApplyIdentityRules", input={"rules": rules, "name": "loose", "waitSeconds": 30}))[
        "applyIdentityRules"
    ]
    assert (applied["state"], applied["beforeVersion"], applied["profilesChanged"]) == ("DONE", first["version"], 1)
    told = await call(served, "IdentityRules")
    assert [(one["number"], one["name"], one["active"]) for one in told["identityRuleVersions"]] == [
        (2, "loose", True),
        (1, None, False),
    ]
    assert told["identityRules"]["rules"] == rules
    taken = (await call(served, "RollbackIdentityRules", waitSeconds=30))["rollbackIdentityRules"]
    assert (taken["state"], taken["rulesVersion"]) == ("DONE", first["version"])
    assert (await call(served, "IdentityRules", version="1"))["identityRules"]["active"]
    found = await call(served, "IdentityApplication", id=taken["id"])
    assert found["identityApplication"]["state"] == "DONE"
    found = await call(served, "CancelIdentityApplication", id=taken["id"])
    assert found["cancelIdentityApplication"]["state"] == "DONE"


async def test_what_is_wrong_comes_back_as_a_member_of_the_result(served: Served) -> None:
    wrong = (await call(served, "SimulateIdentityRules", rules="namespaces: [{name: a, priority: 0}, b]"))[
        "simulateIdentityRules"
    ]
    assert (wrong["__typename"], wrong["code"], len(wrong["problems"])) == ("WrongRules", "wrong_rules", 2)
    assert wrong["message"].startswith(
        "2 things are wrong about the rules. namespaces.0.priority: 0 is no whole number"
    )
    late = await call(served, "SimulateIdentityRules", rules="namespaces: [{name: a}]", waitSeconds=31)
    assert late["simulateIdentityRules"]["code"] == "invalid_input"
    for name, field in (
        ("IdentitySimulation", "identitySimulation"),
        ("CancelIdentitySimulation", "cancelIdentitySimulation"),
        ("IdentityApplication", "identityApplication"),
        ("CancelIdentityApplication", "cancelIdentityApplication"),
    ):
        assert (await call(served, name, id="rep_none"))[field]["code"] == "report_not_found"
    assert (await call(served, "IdentityRules", version="77"))["identityRules"]["code"] == "rule_set_not_found"
    for given, code in (
        ({}, "invalid_input"),
        ({"version": "77"}, "rule_set_not_found"),
        ({"rules": "x: 1"}, "wrong_rules"),
    ):
        assert (await call(served, "ApplyIdentityRules", input=given))["applyIdentityRules"]["code"] == code
    taken = (await call(served, "RollbackIdentityRules"))["rollbackIdentityRules"]
    assert taken["code"] == "rule_set_not_found"


async def simulated(served: Served, rules: str) -> dict[str, Any]:
    """Return a simulation that is done."""
    found: dict[str, Any] = (await call(served, "SimulateIdentityRules", rules=rules, waitSeconds=30))[
        "simulateIdentityRules"
    ]
    assert (found["__typename"], found["state"]) == ("IdentitySimulation", "DONE")
    return found
