"""Rows L1, L2 and L4 of the mission: the story of Sarah Rose, through the real ingestion into a real graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphcdp.base import ConfigurationError, InvalidInputError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity.rules.files import parse_rules
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.ingest.seed_load import SeedLoader
from graphcdp.ingest.seeds import Seed
from tests import make

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

NOW = datetime(2026, 11, 24, 20, 42, tzinfo=UTC)
LAPTOP = "ecid|68392017455120384417920164830275519284"
APP = "ecid|30177264880915530274461598203317744126"
POCKET = "ecid|12905563847710264938820574416093357281"
PHONE = "device_id|5D0C7A41-9B2E-4F18-A6D3-27C1E0B8F944"
ACCOUNT = "crm_id|C-104187"


@pytest.fixture
def seed() -> Seed:
    """Luma with a population of sixty."""
    return replace(Seed.load("luma"), customers=60)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def loader(graph: Graph, clock: MovableClock, tmp_path: Path) -> SeedLoader:
    rules = RuleBook(graph, clock)
    return SeedLoader(graph, Pipeline(graph, clock, rules, b"k" * 32), rules, clock, tmp_path)


async def ask(graph: Graph, text: str, **params: Any) -> list[dict[str, Any]]:
    """Run a question of this test."""
    return await graph.transact(lambda tx: tx.run_text(text, params))


async def person_of(graph: Graph, key: str) -> tuple[str, set[str]]:
    """Return the id and the identities of the profile that holds an identity."""
    (row,) = await ask(
        graph,
        """MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(profile:Profile)
           MATCH (profile)-[:HAS_IDENTITY]->(one:Identity)
           RETURN profile.id AS id, collect(one.key) AS keys""",
        key=key,
    )
    return row["id"], set(row["keys"])


async def done_by(graph: Graph, profile_id: str) -> list[dict[str, Any]]:
    """Return a profile's interactions, oldest first."""
    return await ask(
        graph,
        """MATCH (:Profile {id: $id})-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
           RETURN event.type AS type, event.channel AS channel, event.category AS category, event.size AS size,
                  event.ts AS ts, event.gift_wrap AS gift_wrap, event.payload AS payload
           ORDER BY event.ts""",
        id=profile_id,
    )


async def sizes(graph: Graph) -> dict[str, int]:
    """Count nodes by label and edges by type."""
    rows = await ask(
        graph,
        """MATCH (node) RETURN labels(node)[0] AS kind, count(*) AS count
           UNION ALL MATCH ()-[edge]->() RETURN type(edge) AS kind, count(*) AS count""",
    )
    return {row["kind"]: row["count"] for row in rows}


async def test_l1_an_unknown_visitor_is_a_cookie_a_device_and_views(
    loader: SeedLoader, seed: Seed, graph: Graph
) -> None:
    await loader.load(seed, until="L1")
    visitor, keys = await person_of(graph, LAPTOP)
    assert keys == {LAPTOP}
    events = await done_by(graph, visitor)
    assert [event["type"] for event in events] == [
        "page_view", "search", "product_list_view", "product_view", "product_view",
    ]  # fmt: skip
    assert {(event["category"], event["size"]) for event in events if event["category"]} == {("men", "L")}
    devices = await ask(
        graph,
        "MATCH (:Identity {key: $key})-[:ON_DEVICE]->(device) RETURN device.kind AS kind, device.name AS name",
        key=LAPTOP,
    )
    assert devices == [{"kind": "browser", "name": "Safari on Mac"}]
    sarah, hers = await person_of(graph, ACCOUNT)
    assert (sarah != visitor, hers) == (True, {ACCOUNT, APP, PHONE})


async def test_l2_the_login_joins_browsing_and_account(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    await loader.load(seed, until="L1")
    visitor, _ = await person_of(graph, LAPTOP)
    account, _ = await person_of(graph, ACCOUNT)
    await loader.load(seed, until="L2")
    sarah, keys = await person_of(graph, LAPTOP)
    assert keys == {LAPTOP, ACCOUNT, APP, PHONE}
    assert sarah == account, "the account's profile stays, the cookie's joins it"
    (former,) = await ask(
        graph,
        "MATCH (:FormerProfile {id: $id})-[merge:MERGED_INTO]->(now) RETURN now.id AS id, merge.by_event AS event",
        id=visitor,
    )
    assert former == {"id": sarah, "event": "luma_web:sr-web-0007"}
    (link,) = await ask(
        graph,
        """MATCH (:Identity {key: $one})-[link:LINKED]-(:Identity {key: $other})
           RETURN link.state AS state, link.count AS count""",
        one=LAPTOP,
        other=ACCOUNT,
    )
    assert link == {"state": "active", "count": 2}
    events = await done_by(graph, sarah)
    bought = {(event["category"], event["size"]) for event in events if event["type"] == "purchase"}
    carted = [(event["category"], event["size"]) for event in events if event["type"] == "add_to_cart"]
    assert (bought, carted[-1]) == ({("women", "S")}, ("men", "L"))


async def test_l4_one_profile_from_every_system(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    await loader.load(seed, until="L4")
    sarah, keys = await person_of(graph, "email|sarah.rose@example.com")
    assert keys == {
        LAPTOP, APP, PHONE, ACCOUNT, "email|sarah.rose@example.com", "phone|+442079460142", "loyalty_id|LB-310442",
    }  # fmt: skip
    (profile,) = await ask(graph, "MATCH (profile:Profile {id: $id}) RETURN properties(profile) AS has", id=sarah)
    has = profile["has"]
    assert (has["a_first_name"], has["a_last_name"], has["a_postcode"]) == ("Sarah", "Rose", "E8 3RT")
    assert (has["a_loyalty_tier"], has["a_loyalty_points"]) == ("Bronze", 383)
    assert (has["a_preferred_category"], has["a_preferred_size"], has["a_sms_opt_in"]) == ("women", "S", False)
    events = await done_by(graph, sarah)
    assert {event["channel"] for event in events} == {"web", "mobile", "email", "store", "loyalty", "call_centre"}
    assert len(events) == 43
    assert all(event["ts"] < NOW for event in events)


async def test_l9_the_pocket_browser_joins_by_the_link_and_buys(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    await loader.load(seed, until="L8")
    sarah, keys = await person_of(graph, ACCOUNT)
    assert POCKET in keys
    assert not [
        event for event in await done_by(graph, sarah) if (event["type"], event["channel"]) == ("purchase", "web")
    ]
    await loader.load(seed, until="L9")
    (bought,) = [
        event for event in await done_by(graph, sarah) if (event["type"], event["channel"]) == ("purchase", "web")
    ]
    assert (bought["category"], bought["size"]) == ("men", "L")
    assert '"gift_wrap":true' in bought["payload"].replace(" ", "")


async def test_loading_again_changes_nothing(
    loader: SeedLoader, seed: Seed, graph: Graph, clock: MovableClock, tmp_path: Path
) -> None:
    first = await loader.load(seed)
    assert (first.until, first.scale, first.already) == ("L6", 1, False)
    assert first.accepted > 1000
    before = await sizes(graph)
    clock.set(datetime(2026, 11, 27, 9, 1, tzinfo=UTC))
    again = await loader.load(seed)
    assert (again.anchor, again.already, again.accepted) == (first.anchor, True, 0)
    assert await sizes(graph) == before
    for path in sorted(tmp_path.rglob("*.*")):
        path.unlink()
    rewritten = await loader.load(seed)
    assert (rewritten.anchor, rewritten.accepted) == (first.anchor, 0)
    runs = ("Run", "FILLED")
    after = await sizes(graph)
    assert {kind: count for kind, count in after.items() if kind not in runs} == {
        kind: count for kind, count in before.items() if kind not in runs
    }


async def test_a_larger_scale_adds_people(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    await loader.load(seed, until="L1")
    before = await sizes(graph)
    report = await loader.load(seed, scale=2, until="L1")
    after = await sizes(graph)
    assert (report.scale, report.already) == (2, False)
    assert after["Profile"] > 1.5 * before["Profile"]
    smaller = await loader.load(seed, scale=1, until="L0")
    assert (smaller.scale, smaller.until, smaller.already) == (2, "L1", True)


async def test_what_is_wrong_on_purpose_is_kept_with_its_reason(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    report = await loader.load(seed, until="L0")
    rows = await ask(
        graph, "MATCH (no:Rejected) RETURN no.source AS source, no.code AS code, no.row AS row, no.reason AS reason"
    )
    assert len(rows) == report.rejected >= 20
    assert {(row["source"], row["code"]) for row in rows} >= {
        ("luma_web", "bad_row"), ("luma_web", "bad_time"), ("luma_crm", "bad_row"), ("luma_pos", "no_identity"),
        ("luma_callcentre", "bad_time"), ("luma_app", "bad_time"), ("luma_email", "no_identity"),
    }  # fmt: skip
    assert all(row["row"] and row["reason"].endswith(".") for row in rows)


async def test_wrong_wishes_write_nothing(loader: SeedLoader, seed: Seed, graph: Graph) -> None:
    before = await sizes(graph)
    with pytest.raises(ConfigurationError, match="no row L42"):
        await loader.load(seed, until="L42")
    with pytest.raises(InvalidInputError, match="less than 1"):
        await loader.load(seed, scale=0)
    assert await sizes(graph) == before


async def test_other_rules_over_other_data_are_not_overruled(
    loader: SeedLoader, seed: Seed, graph: Graph, clock: MovableClock
) -> None:
    other = parse_rules("namespaces: [{name: user_id, unique: true}, {name: anonymous_id, kind: cookie}]")
    rules = RuleBook(graph, clock)
    await rules.adopt(other)
    await Pipeline(graph, clock, rules, b"k" * 32).ingest([make.fact("user_id|u1", "anonymous_id|a1")])
    before = await sizes(graph)
    with pytest.raises(ConfigurationError, match="already decided"):
        await loader.load(seed)
    assert await sizes(graph) == before
