"""Destinations and activations over HTTP, delivered to a real receiver by a worker of another process."""

from __future__ import annotations

from typing import Any

import pytest

from graphcdp.platform import Platform
from tests.api.test_graphql_operations import call, fed
from tests.receivers import receiving
from tests.served import Served

__all__ = ["fed"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_from_the_catalog_to_the_receipt(fed: Served, platform: Platform) -> None:
    kinds = {one["kind"]: one for one in (await call(fed, "DestinationKinds"))["destinationKinds"]}
    assert {"webhook", "files", "email", "customer_match", "segment"} <= kinds.keys()
    assert [one["name"] for one in kinds["webhook"]["options"] if one["secret"]] == ["secret", "authorization"]
    assert (kinds["customer_match"]["takes"], kinds["customer_match"]["hashing"]) == (["email", "phone"], "sha256")
    async with receiving() as ads:
        given: dict[str, Any] = {"id": "ads", "kind": "webhook", "actions": ["retargeting", "measurement"]}
        options = {"url": ads.url, "secret": "never shown"}
        made = await call(fed, "CreateDestination", input={**given, "options": options})
        assert "never shown" not in repr(made)
        assert made["createDestination"]["destination"]["actions"] == ["retargeting", "measurement"]
        rule = {"id": "all", "rule": "logged in", "activate": True}
        await call(fed, "DefineSegment", input=rule)
        mapping = ["profile.first_name=firstName", "identity.email"]
        rows = await call(fed, "PreviewActivation", segment="all", destination="ads", mapping=mapping)
        assert {"firstName": "Sarah", "email": "sarah.rose@example.com"} in rows["previewActivation"]["rows"]
        sent: dict[str, Any] = {"segment": "all", "destination": "ads", "mapping": mapping, "actions": ["retargeting"]}
        active = (await call(fed, "ActivateSegment", input=sent))["activateSegment"]["activation"]
        assert (active["id"], active["state"], active["mode"]) == ("all-ads", "active", "MEMBERS")
        assert await platform.deliverer.drain() == 2
        assert {"firstName": "Sarah", "email": "sarah.rose@example.com"} in ads.held.values()
        ((found),) = (await call(fed, "Activations"))["activations"]
        assert (found["holds"], {one["member"] for one in found["held"]}) == (2, {True})
        page = (await call(fed, "Deliveries", destination="ads", first=1))["deliveries"]
        assert page["pageInfo"]["hasNextPage"] is True
        rest = (await call(fed, "Deliveries", activation="all-ads", after=page["pageInfo"]["endCursor"]))["deliveries"]
        both = [edge["node"] for edge in page["edges"] + rest["edges"]]
        assert [(one["state"], one["outcome"], one["answer"]) for one in both] == [("done", "added", "HTTP 200")] * 2
        one = (await call(fed, "Deliveries", profileId=both[0]["profileId"], state="done"))["deliveries"]
        assert [edge["node"]["id"] for edge in one["edges"]] == [both[0]["id"]]
        cannot = (await call(fed, "ReconcileActivation", input={"id": "all-ads"}))["reconcileActivation"]
        assert cannot["message"].startswith("A webhook destination cannot say what it holds.")
        assert (kinds["postgres"]["saysHeld"], kinds["webhook"]["saysHeld"]) == (True, False)
        # its owner says that it lost one and has a stranger: the one is sent again, the stranger taken out
        has, lost = sorted(ads.held)
        ads.held = {has: {}, "prf_stranger": {}}
        compare = {"id": "all-ads", "told": [has, "prf_stranger"]}
        looked = (await call(fed, "ReconcileActivation", input={**compare, "dryRun": True}))["reconcileActivation"]
        drift = {"held": 2, "missing": [lost], "extra": ["prf_stranger"], "left": []}
        assert looked == {**drift, "mended": False}
        assert await platform.deliverer.drain() == 0
        mended = (await call(fed, "ReconcileActivation", input=compare))["reconcileActivation"]
        assert mended == {**drift, "mended": True}
        assert await platform.deliverer.drain() == 2
        assert ads.held.keys() == {has, lost}
        wish = {"identities": [{"namespace": "email", "value": "sarah.rose@example.com"}], "because": "unsubscribed"}
        assert (await call(fed, "Suppress", input=wish))["suppress"] == {"count": 1}
        await platform.deliverer.drain()
        assert len(ads.held) == 1
        ((listed),) = (await call(fed, "Suppressions"))["suppressions"]
        assert (await call(fed, "Unsuppress", ids=[listed["id"]]))["unsuppress"] == {"count": 1}
        state = {"id": "ads", "state": "paused"}
        changed = (await call(fed, "ChangeDestinationState", input=state))["changeDestinationState"]
        assert changed["destination"]["state"] == "paused"
        assert await platform.deliverer.drain() == 0
        await call(fed, "ChangeDestinationState", input={"id": "ads", "state": "active"})
        await platform.deliverer.drain()
        assert len(ads.held) == 2
        ended = (await call(fed, "ChangeActivation", input={"id": "all-ads", "state": "ended"}))["changeActivation"]
        assert ended["activation"]["state"] == "ended"
        await platform.deliverer.drain()
        assert ads.held == {}
        wish = {"id": "dags", "destination": "ads", "on": ["PROFILE"], "names": ["identities"]}
        made = (await call(fed, "DefineTrigger", input=wish))["defineTrigger"]["trigger"]
        assert made == {**wish, "state": "active"}
        assert [one["id"] for one in (await call(fed, "Triggers"))["triggers"]] == ["dags"]
        paused = (await call(fed, "ChangeTrigger", input={"id": "dags", "state": "paused"}))["changeTrigger"]
        assert paused["trigger"]["state"] == "paused"
        assert (await call(fed, "RemoveTrigger", id="dags"))["removeTrigger"]["trigger"]["id"] == "dags"
        assert (await call(fed, "RemoveTrigger", id="dags"))["removeTrigger"]["code"] == "destination_not_found"
        assert (await call(fed, "Triggers"))["triggers"] == []
    ((there),) = (await call(fed, "Destinations"))["destinations"]
    assert (there["queued"], there["dead"], there["lastError"]) == (0, 0, None)
    assert (await call(fed, "ReplayDeliveries", input={"destination": "ads"}))["replayDeliveries"] == {"replayed": 0}
    assert (await call(fed, "Reminders"))["reminders"] == []


async def test_refusals_are_sentences(fed: Served) -> None:
    given: dict[str, Any] = {"id": "ads", "kind": "webhook", "actions": ["retargeting"], "options": {"url": "secret"}}
    wrong = (await call(fed, "CreateDestination", input=given))["createDestination"]
    assert wrong["code"] == "destination"
    assert "secret" not in wrong["message"]
    nowhere = {"segment": "all", "destination": "nowhere"}
    assert (await call(fed, "ActivateSegment", input=nowhere))["activateSegment"]["code"] == "segment_not_found"
    rule = {"id": "all", "rule": "everyone", "activate": True}
    await call(fed, "DefineSegment", input=rule)
    assert (await call(fed, "ActivateSegment", input=nowhere))["activateSegment"]["code"] == "destination_not_found"
