"""Likely same people through their doors: Python, GraphQL and the command line tell and do the same."""

from __future__ import annotations

import pytest

from graphcdp.base import Settings
from graphcdp.graph import Graph
from graphcdp.identity import SuggestionState
from graphcdp.platform import Platform
from tests.api.test_graphql_operations import call
from tests.api.test_identity_questions import cli
from tests.api.test_identity_undo import people
from tests.graph.test_suggest import customers
from tests.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_proposed_accepted_refused_and_undone_by_three_doors(
    served: Served, platform: Platform, settings: Settings, graph: Graph
) -> None:
    await platform.pipeline.ingest(customers())
    before = await people(graph)
    ran = (await call(served, "SuggestSamePeople", input={"threshold": 0.9}))["suggestSamePeople"]
    assert (ran["people"], ran["found"] == ran["waiting"] >= 18) == (171, True)
    again = await cli(settings, "suggest")
    assert {name: again[name] for name in ("people", "found", "waiting")} == {
        name: ran[name] for name in ("people", "found", "waiting")
    }
    assert await people(graph) == before, "nothing merges by itself"

    found = [each for each, _ in (await platform.suggestions.page(5)).items]
    asked = (await call(served, "Suggestions", first=5))["suggestions"]
    told = await cli(settings, "suggestions", "--first", "5")
    assert [edge["node"]["suggestionId"] for edge in asked["edges"]] == [each.id for each in found]
    assert [each["id"] for each in told["items"]] == [each.id for each in found]
    sentences = [each.sentence() for each in found]
    assert [edge["node"]["sentence"] for edge in asked["edges"]] == sentences
    assert [each["sentence"] for each in told["items"]] == sentences
    waterfall = [tuple(factor) for factor in found[0].waterfall]
    assert [tuple(factor.values()) for factor in asked["edges"][0]["node"]["waterfall"]] == waterfall
    assert [tuple(factor.values()) for factor in told["items"][0]["waterfall"]] == waterfall
    called = await graph.read_text(
        "CALL custom.graphcdp.identity.likely_same('proposed', 5) YIELD id, probability RETURN id, probability", {}
    )
    assert called == [{"id": each.id, "probability": each.probability} for each in found]
    rest = await cli(settings, "suggestions", "--after", told["after"])
    assert not {each.id for each in found} & {each["id"] for each in rest["items"]}

    everything = [each for each, _ in (await platform.suggestions.page(100)).items]
    rows = await graph.read_text("MATCH (p:Profile) RETURN p.id AS id, p.founder AS founder", {})
    founder = {row["id"]: row["founder"].split("|")[0] for row in rows}
    twice = next(each for each in everything if founder[each.left_id] == founder[each.right_id] == "user_id")
    one, other = [each for each in everything if {founder[each.left_id], founder[each.right_id]} != {"user_id"}][:2]

    refused = (await call(served, "AcceptSuggestion", input={"suggestionId": twice.id}))["acceptSuggestion"]
    assert refused["__typename"] == "Conflict"
    assert "a person has one user_id" in refused["message"]
    said = await cli(settings, "accept", twice.id, expect=1)
    assert said["error"]["message"] == refused["message"]
    assert await people(graph) == before

    done = (await call(served, "AcceptSuggestion", input={"suggestionId": one.id}))["acceptSuggestion"]
    assert (done["suggestion"]["state"], done["decision"]["changed"]) == ("ACCEPTED", True)
    assert sorted(each["profileId"] for each in done["decision"]["before"]) == sorted([one.left_id, one.right_id])
    assert len(await people(graph)) == len(before) - 1
    answered = (await call(served, "RefuseSuggestion", input={"suggestionId": one.id}))["refuseSuggestion"]
    assert answered["__typename"] == "Conflict"
    await cli(settings, "undo", done["decision"]["changeId"])
    assert await people(graph) == before

    no = await cli(settings, "refuse", other.id, "--reason", "twins")
    assert no["state"] == "refused"
    assert [each["id"] for each in (await cli(settings, "suggestions", "--state", "refused"))["items"]] == [other.id]
    assert (await platform.suggestions.get(other.id)).state is SuggestionState.REFUSED
    waiting = (await call(served, "Suggestions", first=100))["suggestions"]["edges"]
    assert not {one.id, other.id} & {edge["node"]["suggestionId"] for edge in waiting}


async def test_what_is_wrong_is_said(served: Served, settings: Settings) -> None:
    for name, field in (("AcceptSuggestion", "acceptSuggestion"), ("RefuseSuggestion", "refuseSuggestion")):
        assert (await call(served, name, input={"suggestionId": "sug_none"}))[field]["code"] == "suggestion_not_found"
    few = (await call(served, "SuggestSamePeople", input={}))["suggestSamePeople"]
    assert (few["__typename"], "training needs" in few["message"]) == ("InvalidInput", True)
    odd = (await call(served, "SuggestSamePeople", input={"threshold": 3}))["suggestSamePeople"]
    assert "a probability from 0.5 to 1" in odd["message"]
    assert (await cli(settings, "refuse", "sug_none", expect=1))["error"]["code"] == "suggestion_not_found"
