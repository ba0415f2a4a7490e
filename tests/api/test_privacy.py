"""Access and erasure over HTTP and at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import anyio.to_thread
import pytest

from graphcdp.base import Settings
from graphcdp.cli import frame
from graphcdp.cli.governance import consent, dataflow, privacy
from graphcdp.graph import Graph
from graphcdp.platform import Platform
from graphcdp.sources import SourceDefinition
from tests.api.test_graphql_operations import ACCOUNT, EMAIL, STORY, call, fed
from tests.api.test_tracking_http import post
from tests.served import Served

__all__ = ["fed"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_she_sees_what_is_held_and_is_forgotten(fed: Served, platform: Platform, tmp_path: Path) -> None:
    held = (await call(fed, "PersonExport", identity=EMAIL))["personExport"]
    assert [one["id"] for one in held["document"]["facts"]] == ["v2", "v3"]
    assert "Sarah" in held["html"]
    tried = (await call(fed, "EraseProfile", input={"identity": EMAIL, "dryRun": True}))["eraseProfile"]
    assert (tried["dryRun"], tried["__typename"]) == (True, "ErasureReceipt")
    assert (await call(fed, "PersonExport", identity=EMAIL))["personExport"]["__typename"] == "PersonExport"
    tried = (await call(fed, "EraseProfile", input={"identity": EMAIL, "dryRun": True}))["eraseProfile"]
    done = (await call(fed, "EraseProfile", input={"identity": EMAIL, "reason": "by mail"}))["eraseProfile"]
    assert done["counts"] == tried["counts"]
    assert {one["what"]: one["count"] for one in done["counts"]}["events"] == 1
    assert done["reason"] == "by mail"
    gone = (await call(fed, "PersonExport", identity=EMAIL))["personExport"]
    assert (gone["__typename"], gone["code"]) == ("NotFound", "identity_not_found")
    [edge] = (await call(fed, "Erasures"))["erasures"]["edges"]
    assert (edge["node"]["erasureId"], edge["node"]["counts"]) == (done["erasureId"], done["counts"])
    one = (await call(fed, "Erasure", id=done["erasureId"]))["erasure"]
    assert one["author"] == done["author"]
    assert (await call(fed, "Erasure", id="ers_none"))["erasure"]["code"] == "erasure_not_found"
    again = (await call(fed, "Ingest", input={"events": [STORY[2]]}))["ingest"]
    [receipt] = again["receipts"]
    assert (receipt["eventId"], receipt["outcome"], receipt["code"]) == ("v3", "REJECTED", "erased")
    call_ = {"type": "track", "event": "Product Viewed", "userId": "C-1", "messageId": "m1"}
    for path, body, code in (
        ("/v1/track", call_, (400, "erased")),
        ("/v1/identify", {"userId": "C-2", "traits": {"email": "sarah.rose@example.com"}}, (400, "erased")),
        ("/v1/alias", {"previousId": "C-1", "userId": "C-2"}, (400, "erased")),
    ):
        reply = await post(fed, path, json=body)
        assert (reply.status_code, reply.json().get("code")) == code, (path, reply.text)
    several = await post(fed, "/v1/batch", json={"batch": [{**call_, "messageId": "m2"}]})
    assert [one["code"] for one in several.json()["rejected"]] == ["erased"]
    file = tmp_path / "contacts.csv"
    file.write_text("MAIL,CHANGED,NAME\nSarah.Rose@example.com,2026-04-01T00:00:00Z,Sarah\n")
    said = "source: late\nformat: csv\nidentities: {email: MAIL}\ntime: CHANGED\nattributes: {first_name: NAME}\n"
    report = await platform.files.load(str(file), SourceDefinition.parse(said))
    assert (report.counts.accepted, report.counts.rejected) == (0, 1)
    wish = {"identity": EMAIL, "purpose": "marketing", "granted": True}
    assert (await call(fed, "SetConsent", input=wish))["setConsent"]["code"] == "identity_not_found"
    kept = "MATCH (n) WITH toLower(apoc.convert.toJson(properties(n))) AS held WHERE held CONTAINS 'sarah' RETURN held"
    assert await platform.graph.read_text(kept) == []
    both = {"identity": EMAIL, "profileId": "prf_1"}
    assert (await call(fed, "EraseProfile", input=both))["eraseProfile"]["__typename"] == "InvalidInput"
    back = (await call(fed, "Readmit", input={"identities": [ACCOUNT]}))["readmit"]
    assert back["identities"] == ["user_id|C-1"]
    assert (await call(fed, "Readmit", input={"identities": [{"namespace": "user_id", "value": "C-5"}]}))["readmit"][
        "__typename"
    ] == "InvalidInput"


async def test_consent_is_set_and_read(
    fed: Served, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = {"identity": EMAIL, "purpose": "marketing", "channel": "email", "granted": True}
    wish["source"] = "preference_center"
    (said,) = (await call(fed, "SetConsent", input=wish))["setConsent"]["consents"]
    assert (said["purpose"], said["channel"], said["answer"], said["dataset"], said["overruled"]) == (
        "marketing", "email", "GRANTED", "preference_center", 0,
    )  # fmt: skip
    assert said["by"].startswith("key:")
    (read,) = (await call(fed, "Consents", identity=ACCOUNT))["consents"]["consents"]
    assert read == said
    wrong = (await call(fed, "SetConsent", input={**wish, "purpose": "No such!"}))["setConsent"]
    assert wrong["__typename"] == "InvalidInput"
    monkeypatch.setattr(consent, "settings", lambda: settings)
    words = ("consent", "set", "email:sarah.rose@example.com", "marketing", "--denied", "--until", "2099-01-01")
    assert await anyio.to_thread.run_sync(lambda: frame._outcome(words)) == 0
    assert "marketing: denied" in capsys.readouterr().out
    assert await anyio.to_thread.run_sync(lambda: frame._outcome(("consent", "show", "user_id:C-1"))) == 0
    out = capsys.readouterr().out
    assert "marketing by email: granted" in out
    assert "(consent, cli, cli:" in out


async def test_the_command_line_exports_and_erases(
    fed: Served, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(privacy, "settings", lambda: settings)
    paper, data = tmp_path / "page.html", tmp_path / "data.json"

    async def command(*words: str) -> int:
        return await anyio.to_thread.run_sync(lambda: frame._outcome(words))

    mail = "email:sarah.rose@example.com"
    assert await command("export", mail, "--html", str(paper), "--out", str(data)) == 0
    assert json.loads(data.read_text())["attributes"][0]["value"] == "Sarah"
    assert paper.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert await command("erase", mail, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["preview"] is True
    assert await command("erase", mail, "--yes", "--reason", "by mail") == 0
    assert "Erased 1 events, 1 records" in capsys.readouterr().out
    assert await command("export", mail) == 1
    assert await command("readmit", mail) == 0
    assert "1 readmitted" in capsys.readouterr().out


async def test_the_flow_of_data_and_how_long_it_is_kept(
    fed: Served, settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"source": "graphql", "title": "API", "channel": "web", "dataset": "events", "definition": "", "trust": 50}
    await graph.write("ingest.source_register", **told)
    flow = (await call(fed, "Dataflow"))["dataflow"]
    counts = {one["nodeId"]: {each["what"]: each["count"] for each in one["counts"]} for one in flow["nodes"]}
    assert counts["dataset:graphql.events"] == {"events": 3}
    assert {"source": "dataset:graphql.events", "target": "profiles", "count": 3} in flow["edges"]
    assert flow["health"] == "OK"
    kept = (await call(fed, "SetRetention", input={"dataset": "graphql.events", "days": 30}))["setRetention"]
    assert kept == {"__typename": "DatasetRetention", "dataset": "graphql.events", "days": 30}
    assert (await call(fed, "Retentions"))["retentions"] == [
        {"dataset": "graphql.events", "days": 30}, {"dataset": "deliveries", "days": 730},
        {"dataset": "rejected", "days": 365},
    ]  # fmt: skip
    assert (await call(fed, "SetRetention", input={"dataset": "no.such", "days": 3}))["setRetention"]["code"]
    for module in (dataflow, privacy):
        monkeypatch.setattr(module, "settings", lambda: settings)
    assert await anyio.to_thread.run_sync(lambda: frame._outcome(("dataflow",))) == 0
    assert "graphql.events: 3 events" in capsys.readouterr().out
    assert await anyio.to_thread.run_sync(lambda: frame._outcome(("retention", "--run"))) == 0
    assert "graphql.events: 30 days" in capsys.readouterr().out
    assert await anyio.to_thread.run_sync(lambda: frame._outcome(("retention", "graphql.events", "--for-good"))) == 0
    assert capsys.readouterr().out.splitlines() == ["deliveries: 730 days", "rejected: 365 days"]
