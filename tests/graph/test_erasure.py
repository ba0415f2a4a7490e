"""Erasing a person: all of them goes, others keep theirs, a dry run changes nothing, a replay brings nothing back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

import orjson
import pytest

from graphcdp.base import ConflictError, InvalidInputError
from graphcdp.decisions.impressions import Impressed, Turn
from graphcdp.governance import Leaving, page
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author, IdentityNotFoundError, ProfileNotFoundError
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, Outcome
from graphcdp.platform import Platform
from tests.graph.test_undo import everything
from tests.make import at, fact, key, record

pytestmark = pytest.mark.anyio

ME = Author("cli:test", "asked by mail")
KIM, KIM_MAIL, KIM_PHONE = "user_id|kim-77", "email|kim.lee@shop.example", "phone|+442079460123"
BEN, BEN_MAIL = "user_id|ben-88", "email|ben@shop.example"
TABLET, LAPTOP = "device_id|tablet-1", "anonymous_id|kims-laptop"


@pytest.fixture
async def pipeline(platform: Platform, clean: None) -> Pipeline:
    """The session's pipeline over an empty graph under the default rules."""
    await platform.rules.in_force()
    return platform.pipeline


def two_on_a_tablet() -> list[Fact]:
    """Ben, then Kim, then Ben, then Kim log in on one tablet; between the logins somebody browses anonymously."""
    return [
        fact(BEN, BEN_MAIL, TABLET, minute=0, id="ben-in", type="login"),
        fact(TABLET, minute=1, id="ben-looks", type="page_view"),
        fact(KIM, KIM_MAIL, TABLET, minute=10, id="kim-in", type="login"),
        fact(TABLET, minute=11, id="kim-looks", type="page_view"),
        fact(BEN, TABLET, minute=20, id="ben-again", type="login"),
        fact(TABLET, minute=21, id="ben-looks-again", type="page_view"),
        fact(KIM, TABLET, minute=30, id="kim-again", type="login"),
        fact(TABLET, minute=31, id="kim-looks-again", type="page_view"),
        fact(KIM, LAPTOP, minute=40, id="kim-laptop", type="purchase", properties={"revenue": 20.0}),
        fact(LAPTOP, minute=41, id="kim-anonymous", type="page_view"),
        record(KIM, KIM_PHONE, minute=50, id="kim-crm", first_name="Kim", city="Leeds"),
        record(BEN, minute=51, id="ben-crm", first_name="Ben"),
    ]


async def leftovers(graph: Graph, words: Sequence[str]) -> list[object]:
    """Return every node and edge that has one of some words in any property."""
    found = await graph.read_text(
        "MATCH (n) WITH labels(n) AS kinds, apoc.convert.toJson(properties(n)) AS said "
        "WHERE any(word IN $words WHERE said CONTAINS word) RETURN kinds, said",
        {"words": list(words)},
    )
    return found + await graph.read_text(
        "MATCH (a)-[r]->(b) WITH [labels(a), type(r), b.key] AS kinds, apoc.convert.toJson(properties(r)) AS said "
        "WHERE any(word IN $words WHERE said CONTAINS word) RETURN kinds, said",
        {"words": list(words)},
    )


async def events(graph: Graph) -> list[str]:
    """Return the ids of all events and records."""
    rows = await graph.read_text("MATCH (f:Event|Record) RETURN f.id AS id ORDER BY id")
    return [row["id"] for row in rows]


async def test_all_of_kim_goes_and_ben_keeps_what_he_did_on_their_tablet(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    result = await pipeline.ingest(two_on_a_tablet())
    assert result.count(Outcome.ACCEPTED) == 12
    before = await platform.profiles.get(key(KIM))
    receipt = await platform.erasures.erase(key(KIM_MAIL), ME)
    assert receipt.shared == (TABLET,)
    assert {name: receipt.counts[name] for name in ("events", "records", "identities", "profiles")} == {
        "events": 6, "records": 1, "identities": 4, "profiles": 1,
    }  # fmt: skip
    assert await events(graph) == ["ben-again", "ben-crm", "ben-in", "ben-looks", "ben-looks-again"]
    words = ["kim", "Kim", "Leeds", "9460123", before.id]
    assert await leftovers(graph, words) == []
    ben = await platform.profiles.get(key(TABLET))
    assert ben.id == (await platform.profiles.get(key(BEN))).id
    assert {one.name: one.value for one in ben.attributes()} == {"first_name": "Ben"}
    with pytest.raises(IdentityNotFoundError):
        await platform.profiles.get(key(KIM))
    with pytest.raises(ProfileNotFoundError):
        await platform.profiles.get_by_id(before.id)
    kept = await platform.erasures.get(receipt.id)
    assert (kept.author, kept.reason, kept.counts) == ("cli:test", "asked by mail", receipt.counts)
    [change] = await graph.read_text(
        "MATCH (c:Change {kind: 'profile_erased'}) RETURN c.subject AS subject, c.because AS who"
    )
    assert change == {"subject": receipt.id, "who": "cli:test"}
    assert [one.id for one, _ in (await platform.erasures.page(5)).items] == [receipt.id]


async def test_a_dry_run_says_the_same_and_changes_nothing(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    await pipeline.ingest(two_on_a_tablet())
    before = await everything(graph)
    told = await platform.erasures.erase(key(KIM), ME, preview=True)
    assert await everything(graph) == before
    assert told.preview
    done = await platform.erasures.erase(key(KIM), ME)
    assert done.counts == told.counts


async def test_a_replay_is_refused_and_nothing_of_it_is_kept(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    await pipeline.ingest(two_on_a_tablet())
    await platform.erasures.erase(key(KIM), ME)
    left = await events(graph)
    again = await pipeline.ingest(
        [
            *two_on_a_tablet(),
            fact(KIM_PHONE, minute=60, id="called", type="call", channel="call_centre"),
            fact(LAPTOP, minute=61, id="browses", type="page_view"),
            fact(KIM, "planet|mars", minute=62, id="kim-strange", type="page_view"),
        ]
    )
    assert await events(graph) == left
    outcomes = {one.fact_id: one.outcome for one in again.receipts}
    assert {id for id, outcome in outcomes.items() if outcome is Outcome.DUPLICATE} == set(left)
    assert all(outcomes[id] is Outcome.REJECTED for id in ("kim-in", "kim-looks", "kim-anonymous", "called", "browses"))
    codes = {one.rejection.code for one in again.receipts if one.rejection is not None}
    assert codes == {"erased", "unknown_namespace"}
    assert await leftovers(graph, ["kim", "Kim", "9460123"]) == []
    [row] = await graph.read_text("MATCH (r:Rejected {code: 'erased'}) RETURN count(r) AS refused")
    assert row["refused"] == 9


async def test_who_logs_in_on_an_erased_persons_browser_is_taken_without_it(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    await pipeline.ingest(two_on_a_tablet())
    await platform.erasures.erase(key(KIM), ME)
    login = fact(BEN, LAPTOP, minute=90, id="ben-laptop", type="login")
    said = replace(login, payload=orjson.dumps({"on": LAPTOP.partition("|")[2], "by": "ben"}).decode())
    result = await pipeline.ingest([said])
    assert result.count(Outcome.ACCEPTED) == 1
    assert await leftovers(graph, [LAPTOP.partition("|")[2]]) == []
    [row] = await graph.read_text("MATCH (e:Event {id: 'ben-laptop'}) RETURN e.identity_keys AS keys")
    assert row["keys"] == [BEN]
    assert await graph.read("identity.known", keys=[LAPTOP]) == []


async def test_somebody_who_comes_back_is_readmitted_from_now_on(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    await pipeline.ingest(two_on_a_tablet())
    await platform.erasures.erase(key(KIM), ME)
    assert await platform.erasures.was_erased(key(KIM_MAIL))
    assert await platform.erasures.readmit([key(KIM_MAIL), key(BEN)], ME) == (key(KIM_MAIL),)
    assert not await platform.erasures.was_erased(key(KIM_MAIL))
    later = platform.clock.now() + timedelta(minutes=1)
    result = await pipeline.ingest(
        [fact(KIM_MAIL, id="old", minute=70), fact(KIM_MAIL, id="new", ts=later), fact(KIM, id="other", ts=later)]
    )
    assert [one.outcome for one in result.receipts] == [Outcome.REJECTED, Outcome.ACCEPTED, Outcome.REJECTED]
    with pytest.raises(InvalidInputError):
        await platform.erasures.readmit([key(BEN)], ME)


async def test_what_others_did_with_her_phone_number_on_it_stays_without_it(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    order = fact(BEN, KIM_PHONE, id="ben-order", minute=5, type="purchase")
    await pipeline.ingest([order, record(KIM, KIM_PHONE, minute=6, id="kim-crm"), fact(KIM, minute=7, id="k")])
    await platform.undo.cut(key(BEN), key(KIM_PHONE), ME)
    receipt = await platform.erasures.erase(key(KIM), ME)
    assert receipt.counts["mentions_redacted"] == 1
    [row] = await graph.read_text(
        "MATCH (e:Event {id: 'ben-order'}) RETURN e.identity_keys AS keys, e:Evidence AS evidence"
    )
    assert row == {"keys": [BEN], "evidence": False}
    assert await leftovers(graph, ["kim", "9460123"]) == []
    rows = await graph.read_text(
        "MATCH (c:Change) WHERE c.kind IN ['link_cut', 'profile_erased'] "
        "RETURN c.kind AS kind, c.decision IS NULL AS silent ORDER BY kind"
    )
    assert rows == [{"kind": "link_cut", "silent": True}, {"kind": "profile_erased", "silent": True}]


async def test_a_thing_that_others_use_is_nobodys_alone(platform: Platform, pipeline: Pipeline) -> None:
    await pipeline.ingest([fact(BEN, TABLET, minute=1, id="a", type="login")])
    await platform.undo.cut(key(BEN), key(TABLET), ME)
    with pytest.raises(ConflictError, match="nothing in it is one person's"):
        await platform.erasures.erase(key(TABLET), ME)
    with pytest.raises(IdentityNotFoundError):
        await platform.erasures.erase(key(KIM), ME)


async def test_the_export_has_everything_of_kim_and_nothing_of_ben(platform: Platform, pipeline: Pipeline) -> None:
    await pipeline.ingest(
        [
            *two_on_a_tablet(),
            fact(KIM, minute=60, id="kim-note", type="form", properties={"note": "<script>alert(1)</script>"}),
        ]
    )
    found = await platform.exports.export(key(KIM_MAIL), ME)
    assert [one["key"] for one in found.identities] == sorted([KIM, KIM_MAIL, KIM_PHONE, TABLET, LAPTOP])
    assert {one["name"]: (one["value"], one["source"]) for one in found.attributes} == {
        "first_name": ("Kim", "test"),
        "city": ("Leeds", "test"),
    }
    ids = [one["id"] for one in found.facts]
    assert ids == ["kim-in", "kim-looks", "kim-again", "kim-looks-again", "kim-laptop",
                   "kim-anonymous", "kim-crm", "kim-note"]  # fmt: skip
    assert found.facts[4]["payload"]["properties"] == {"revenue": 20.0}
    assert [(one["kind"], one["because"]) for one in found.audit if one["kind"] == "person_exported"] == [
        ("person_exported", f"{ME.name}: {ME.reason}" if ME.reason else ME.name)
    ]
    document = orjson.loads(found.json())
    assert document["profile"]["id"] == (await platform.profiles.get(key(KIM))).id
    assert "ben-88" not in found.json()
    shown = page(found)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "What sources state about you" in shown
    with pytest.raises(IdentityNotFoundError):
        await platform.exports.export(key("email|nobody@shop.example"), ME)


async def test_what_was_shown_a_moment_ago_is_exported_and_erased(
    platform: Platform, pipeline: Pipeline, graph: Graph
) -> None:
    await pipeline.ingest([fact(KIM, KIM_MAIL, minute=0, type="login")])
    impressions = platform.decider.impressions

    async def shown(tx: Transaction, id: str, who: str) -> None:
        ((_, _, turn, turns, *_),) = await tx.rows("decisions.person", key=who, stranger="00")
        one = asdict(Impressed(id, who, at(5), "home", "web", ["hello"]))
        assert await tx.rows("decisions.take", **one, stranger="00", turn=turn, turns=turns) == [[True]]

    async def leave(id: str) -> None:  # as a process does that is killed before it is an event
        await graph.transact(lambda tx: shown(tx, id, KIM))

    await leave("seen-1")
    found = await platform.exports.export(key(KIM), ME)
    assert [one["type"] for one in found.facts] == ["login", "offer_impression"]
    await leave("seen-2")

    async def meanwhile(tx: Transaction, _: Leaving) -> dict[str, int]:
        await shown(tx, "seen-3", KIM)
        await shown(tx, "seen-4", BEN)
        return {}

    platform.erasures.farewells.insert(0, meanwhile)
    try:
        receipt = await platform.erasures.erase(key(KIM), ME)
    finally:
        platform.erasures.farewells.remove(meanwhile)
    assert (receipt.counts["events"], receipt.counts["impressions_waiting"]) == (3, 1)
    assert await leftovers(graph, ["kim", "seen-1", "seen-2", "seen-3"]) == []
    assert [row["decision"] for row in await graph.read("decisions.waiting")] == ["seen-4"]
    late = Impressed("seen-6", KIM, at(5), "home", "web", ["hello"])  # by a decision that had begun before
    assert not await impressions.take(late, Turn("00", "decide zz", 0))
    await leave("seen-5")  # by one that knew nobody
    assert await impressions.settle() == 2
    assert await leftovers(graph, ["kim", "seen-5"]) == []
    assert await events(graph) == ["seen-4:hello"]
