"""Past instants and households over HTTP and on the command line: the same answers as from Python."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from graphcdp.base import Settings
from graphcdp.cli import main
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from graphcdp.profile import PastClock, TimelinePage
from tests.api.test_graphql_operations import ACCOUNT, EMAIL, STORY, VISITOR, call, post
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


class Told:
    """A server that was told Sarah's story in two halves, and the instant between them."""

    def __init__(self, served: Served, between: datetime) -> None:
        self.served = served
        self.between = between


@pytest.fixture
async def told(served: Served) -> Told:
    """First an anonymous view and her login; then the CRM, and somebody else on her laptop."""
    await call(served, "Ingest", input={"events": STORY[:2]})
    between = datetime.now(UTC)
    await anyio.sleep(0.01)
    await call(served, "Ingest", input={"events": STORY[2:]})
    return Told(served, between)


async def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings, *arguments: str
) -> tuple[int, Any]:
    """Run a command with `--json` on the session's server; return its exit code and what it printed."""
    monkeypatch.setenv("GRAPHCDP_HOME", str(settings.home))
    monkeypatch.delenv("GRAPHCDP_NEO4J_URI", raising=False)

    def run() -> int:
        with pytest.raises(SystemExit) as left:
            main([*arguments, "--json"])
        return int(left.value.code or 0)

    capsys.readouterr()
    code = await anyio.to_thread.run_sync(run)
    printed = capsys.readouterr().out  # the server's thread may log in between
    return code, json.JSONDecoder().raw_decode(printed, printed.index("{\n"))[0]


async def test_graphql_python_and_the_command_line_agree_about_a_past_instant(
    told: Told, platform: Platform, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for clock in ("KNOWN", "HAPPENED"):
        as_of = told.between.isoformat() if clock == "KNOWN" else "2026-03-01T12:30:00Z"
        shown = (await call(told.served, "ProfileAsOf", identity=EMAIL, asOf=as_of, clock=clock))["profile"]
        assert [each["key"] for each in shown["identities"]] == [
            "anonymous_id|browser-1",
            "email|sarah.rose@example.com",
            "user_id|C-1",
        ]
        assert {each["profile"]["profileId"] for each in shown["identities"]} == {shown["profileId"]}
        assert shown["attributes"] == []
        assert [edge["node"]["eventId"] for edge in shown["timeline"]["edges"]] == ["v2", "v1"]
        assert [each["identityKeys"] for each in shown["devices"]] == [["anonymous_id|browser-1"]]
        code, printed = await command(
            monkeypatch, capsys, settings, "profile", "email", "sarah.rose@example.com", "--as-of", as_of, "--clock",
            clock.lower(),
        )  # fmt: skip
        assert code == 0
        assert printed["id"] == shown["profileId"]
        assert [each["key"] for each in printed["identities"]] == [each["key"] for each in shown["identities"]]
        assert [each["id"] for each in printed["events"]] == ["v2", "v1"]
        moment = platform.past.moment(datetime.fromisoformat(as_of), PastClock[clock])
        person = await platform.past.get(IdentityKey("email", "sarah.rose@example.com"), moment)
        assert person.profile.id == shown["profileId"]
        page = await platform.past.timeline(person, TimelinePage(10))
        assert [event.id for event, _ in page.items] == ["v2", "v1"]
    now = (await call(told.served, "SarahProfile", events=5))["profile"]
    assert [each["namespace"] for each in now["identities"]] == ["email", "user_id"]


async def test_the_identity_graph_as_of_a_past_instant(
    told: Told, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    as_of = told.between.isoformat()
    then = (await call(told.served, "IdentityGraphAsOf", identity=ACCOUNT, asOf=as_of))["identityGraph"]
    assert [(each["key"], each["own"]) for each in then["identities"]] == [
        ("anonymous_id|browser-1", True),
        ("email|sarah.rose@example.com", True),
        ("user_id|C-1", True),
    ]
    assert {each["state"] for each in then["links"]} == {"ACTIVE"}
    assert {each["seen"] for each in then["links"]} == {1}
    code, printed = await command(monkeypatch, capsys, settings, "identity", "graph", "user_id:C-1", "--as-of", as_of)
    assert (code, printed["profile_id"]) == (0, then["profile"]["profileId"])
    assert [(each["key"], each["own"]) for each in printed["identities"]] == [
        (each["key"], each["own"]) for each in then["identities"]
    ]
    assert [(each["left_key"], each["state"].upper(), each["seen"]) for each in printed["links"]] == [
        (each["leftKey"], each["state"], each["seen"]) for each in then["links"]
    ]
    code, printed = await command(monkeypatch, capsys, settings, "identity", "graph", printed["profile_id"])
    assert [each["key"] for each in printed["identities"] if not each["own"]] == ["anonymous_id|browser-1"]
    later = (await call(told.served, "IdentityGraph", identity=VISITOR))["identityGraph"]
    by_id = (await call(told.served, "IdentityGraphAsOf", profile=later["profile"]["id"], asOf=as_of))["identityGraph"]
    assert (by_id["__typename"], by_id["code"]) == ("NotFound", "identity_not_found")  # C-2 was not known then
    happened = await call(
        told.served, "IdentityGraphAsOf", identity=VISITOR, asOf="2026-03-04T00:00:00Z", clock="HAPPENED"
    )
    states = {(each["leftKey"], each["rightKey"]): each for each in happened["identityGraph"]["links"]}
    lost = states["anonymous_id|browser-1", "user_id|C-1"]
    assert (lost["state"], lost["because"], lost["byEvent"]) == ("SUPPRESSED", "unique:user_id", "v4")


async def test_instants_that_cannot_be_asked_for_are_told_in_sentences(
    told: Told, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    future = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    before = (told.between - timedelta(days=2)).isoformat()
    for as_of, kind, part in (
        (future, "InvalidInput", "which is in the future"),
        ("2026-03-01T12:00:00", "InvalidInput", "has no time zone. Add one: 2026-03-01T12:00:00Z"),
        (before, "NotFound", "Nothing was known of this email identity at"),
    ):
        answer = (await call(told.served, "ProfileAsOf", identity=EMAIL, asOf=as_of))["profile"]
        assert answer["__typename"] == kind
        assert part in answer["message"]
    early = await call(told.served, "ProfileAsOf", identity=EMAIL, asOf="2026-02-28T00:00:00Z", clock="HAPPENED")
    assert "by 2026-02-28T00:00:00Z: its first event is of 2026-03-01T12:05:00Z." in early["profile"]["message"]
    malformed = await post(
        told.served,
        '{ profile(identity: {namespace: "email", value: "a@b.example"}, asOf: "yesterday") { __typename } }',
    )
    assert "yesterday" in malformed.json()["errors"][0]["message"]
    alone = await post(
        told.served,
        '{ profile(identity: {namespace: "email", value: "a@b.example"}, clock: HAPPENED) '
        "{ ... on Error { message } } }",
    )
    assert alone.json()["data"]["profile"]["message"] == "`clock` says how `asOf` is meant. Give `asOf` with it."
    for arguments, said in (
        (("--as-of", "yesterday"), "which is no instant. Write it as 2026-03-01T12:00:00Z."),
        (("--as-of", "2026-03-01"), "has no time zone"),
        (("--as-of", future), "which is in the future"),
        (("--as-of", before), "Nothing was known of this email identity"),
        (("--clock", "happened"), "Give --as-of with it."),
    ):
        code, printed = await command(
            monkeypatch, capsys, settings, "profile", "email", "sarah.rose@example.com", *arguments
        )
        assert code == 1
        assert said in printed["error"]["message"]


async def test_households_by_graphql_and_on_the_command_line(
    served: Served, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    homes = [("Ana", "12 Mill Lane"), ("Ben", "12 mill ln"), ("Cas", "9 Mill Lane")]
    people = [
        {
            "id": f"r{number}",
            "ts": f"2026-03-01T12:0{number}:00Z",
            "source": "crm",
            "dataset": "contacts",
            "identities": [{"namespace": "user_id", "value": f"C-{number}"}],
            "attributes": {"first_name": name, "street": street, "postcode": "OX1 4AB"},
        }
        for number, (name, street) in enumerate(homes)
    ]
    await call(served, "Ingest", input={"events": people})
    ana = {"namespace": "user_id", "value": "C-0"}
    none = (await call(served, "Household", identity=ana))["household"]
    assert (none["__typename"], none["code"]) == ("NotFound", "household_not_found")
    report = (await call(served, "RefreshHouseholds"))["refreshHouseholds"]
    assert (report["households"], report["members"], report["joined"]) == (1, 2, 2)
    wrong = (await call(served, "RefreshHouseholds", input={"mostMembers": 1}))["refreshHouseholds"]
    assert wrong["__typename"] == "InvalidInput"
    found = (await call(served, "Household", identity=ana))["household"]
    assert {each["profile"]["firstName"]["value"] for each in found["members"]} == {"Ana", "Ben"}
    [evidence] = found["evidence"]
    assert (evidence["kind"], evidence["value"]) == ("address", "12 mill lane|OX14AB|GB")
    query = """{ profile(identity: {namespace: "user_id", value: "%s"}) { ... on Profile { household {
        householdId members { profileId } evidence { kind value profileIds } } } } }"""
    of_ben = (await post(served, query % "C-1")).json()["data"]["profile"]["household"]
    assert (of_ben["householdId"], of_ben["evidence"]) == (found["householdId"], [evidence])
    assert (await post(served, query % "C-2")).json()["data"]["profile"]["household"] is None
    code, printed = await command(monkeypatch, capsys, settings, "identity", "households", "user_id:C-1", "--refresh")
    assert code == 0
    assert printed["household"]["id"] == found["householdId"]
    assert {each["profile_id"] for each in printed["household"]["members"]} == set(evidence["profileIds"])
    assert (printed["refreshed"]["members"], printed["refreshed"]["joined"]) == (2, 0)
    code, printed = await command(monkeypatch, capsys, settings, "identity", "households")
    assert (code, printed["error"]["code"]) == (1, "invalid_input")
