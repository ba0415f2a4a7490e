"""Applying rules to everybody: while events flow, after a crash, and what stays as it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, Explainer, Progress, RuleBook, RuleSet, SupersededError, parse_rules
from graphcdp.identity.other_rules import apply as module
from graphcdp.ingest import Pipeline
from graphcdp.model import IdentityKey
from graphcdp.server import Running
from tests.make import fact, record

SPACES = "namespaces: [{name: crm_id, unique: true}, {name: email}, {name: ecid, kind: cookie}]"
STRICT = parse_rules(SPACES)
LOOSE = parse_rules(SPACES.replace(", unique: true", ""))
OWNERS = """
MATCH (p:Profile)-[:HAS_IDENTITY]->(one:Identity)
WITH p, one.key AS key ORDER BY key
RETURN p.founder AS founder, collect(key) AS keys, p.decided_by AS decided_by, p.a_town AS town ORDER BY founder
"""
pytestmark = pytest.mark.anyio


class Shop:
    """Facts taken in by one process, rules applied by another."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.book = RuleBook(graph, SystemClock())
        self.pipeline = Pipeline(graph, SystemClock(), RuleBook(graph, SystemClock()), b"k" * 32)
        self.applying = Applying(graph, SystemClock(), self.book)

    async def people(self) -> dict[str, list[str]]:
        return {row["founder"]: row["keys"] for row in await self.graph.read_text(OWNERS)}

    async def undecided_by(self, rules: RuleSet) -> int:
        return sum(row["decided_by"] != rules.version for row in await self.graph.read_text(OWNERS))


@pytest.fixture
async def shop(graph: Graph, clean: None) -> Shop:
    """Ana and Ben on one browser, Ben last; twenty others with a browser each."""
    shop = Shop(graph)
    await shop.book.adopt(STRICT)
    await shop.pipeline.ingest(
        [
            record("crm_id|ana", id="1", minute=1, town="Ghent"),
            fact("crm_id|ana", "ecid|e1", id="2", minute=2),
            record("crm_id|ben", id="3", minute=3, town="Bruges"),
            fact("crm_id|ben", "ecid|e1", id="4", minute=4),
            *(fact(f"crm_id|p{n:02}", f"ecid|p{n:02}", id=f"p{n}", minute=n) for n in range(20)),
        ]
    )
    return shop


FOUND_BY = "MATCH (p:Profile) RETURN p.founder AS founder, p.search_text AS words ORDER BY founder"


async def test_people_are_found_by_what_holds_now_before_and_after_other_rules(shop: Shop, graph: Graph) -> None:
    """A newer value takes the older one's words along, a late older one brings none; taking rules back brings none."""
    await shop.pipeline.ingest([record("crm_id|ana", id="5", minute=6, town="Lyon", note="crm_id ANA")])
    await shop.pipeline.ingest([record("crm_id|ana", id="6", minute=5, town="Namur")])
    await shop.pipeline.ingest([fact("crm_id|p01", "email|p@x.example", id="7", minute=40)])
    before = {row["founder"]: row["words"] for row in await graph.read_text(FOUND_BY)}
    assert before["crm_id|ana"].split() == ["ana", "crm_id", "lyon"]
    assert before["crm_id|ben"].split() == ["ben", "bruges"]
    assert before["crm_id|p01"].split() == ["p01", "p@x.example"]
    await shop.applying.apply(LOOSE)
    mixed = {row["founder"]: row["words"] for row in await graph.read_text(FOUND_BY)}
    assert mixed["crm_id|ana"].split() == ["ana", "ben", "crm_id", "lyon"]
    await shop.applying.rollback()
    assert {row["founder"]: row["words"] for row in await graph.read_text(FOUND_BY)} == before


async def test_rules_are_applied_and_taken_back(shop: Shop, graph: Graph) -> None:
    before = await graph.read_text(OWNERS)
    report = await shop.applying.apply(LOOSE, name="loose")
    assert (report.head.state, report.before_version, report.profiles) == ("done", STRICT.version, 21)
    assert (report.regions, report.profiles_changed) == (1, 1)
    people = await graph.read_text(OWNERS)
    assert people[0] == {
        "founder": "crm_id|ana", "keys": ["crm_id|ana", "crm_id|ben", "ecid|e1"], "decided_by": LOOSE.version,
        "town": "Bruges",
    }  # fmt: skip
    assert await shop.undecided_by(LOOSE) == await shop.applying.undecided() == 0
    had = await graph.read_text(
        "MATCH (p)-[had:HAD_IDENTITY]->(one) WHERE had.because = 'rules' "
        "RETURN one.key AS key, had.by_rules AS rules, had.by_event AS event ORDER BY key"
    )
    assert had == [{"key": key, "rules": LOOSE.version, "event": None} for key in ("crm_id|ben", "ecid|e1")]
    kinds = await graph.read_text("MATCH (c:Change) RETURN c.kind AS kind, count(*) AS many ORDER BY kind")
    assert {"kind": "rules_applied", "many": 2} in kinds

    again = await shop.applying.apply(LOOSE)
    assert (again.profiles, again.before_version) == (0, LOOSE.version)
    back = await shop.applying.rollback()
    assert (back.rules_version, back.before_version) == (STRICT.version, LOOSE.version)
    assert await graph.read_text(OWNERS) == before
    assert [one.rules_version for one in await shop.applying.list_newest()] == [
        STRICT.version, LOOSE.version, LOOSE.version,
    ]  # fmt: skip


@pytest.mark.parametrize("policy", ["last_login", "first_owner", "nobody", "session"])
async def test_rules_tried_on_one_person_say_what_applying_them_gives(shop: Shop, graph: Graph, policy: str) -> None:
    rules = parse_rules(f"policy: {policy}\n{SPACES}")
    tried = await Explainer(graph).try_rules(IdentityKey("crm_id", "ana"), rules)
    await shop.applying.apply(rules)
    around = {tuple(sorted(group)) for group in tried.profiles}
    concerned = {key for group in around for key in group}
    assert concerned == {"crm_id|ana", "crm_id|ben", "ecid|e1"}
    assert around == {tuple(keys) for keys in (await shop.people()).values() if concerned.intersection(keys)}


async def test_events_that_come_meanwhile_are_decided_by_the_new_rules(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROFILES_PER_PAGE", 3)
    monkeypatch.setattr(module, "MOST_PER_PAGE", 3)
    shares: list[float] = []
    coming: list[asyncio.Task[Any]] = []

    def watch(progress: Progress) -> None:
        shares.append(progress.share)
        number = len(shares)
        facts = [
            fact("crm_id|p19", "ecid|p00", id=f"m{number}", minute=100 + number),
            fact("crm_id|cy", f"ecid|new{number}", id=f"n{number}", minute=100 + number),
        ]
        coming.append(asyncio.create_task(shop.pipeline.ingest(facts)))

    report = await shop.applying.apply(LOOSE, watch)
    for each in coming:
        await each
    assert report.head.state == "done"
    assert len(coming) > 2
    assert shares == sorted(shares)
    people = await shop.people()
    assert people["crm_id|p00"] == ["crm_id|p00", "crm_id|p19", "ecid|p00", "ecid|p19"]
    assert len(people["crm_id|cy"]) == 1 + len(coming)
    assert people["crm_id|ana"] == ["crm_id|ana", "crm_id|ben", "ecid|e1"]
    assert await shop.undecided_by(LOOSE) == 0


async def test_what_a_crash_leaves_is_gone_on_with(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROFILES_PER_PAGE", 4)
    monkeypatch.setattr(module, "MOST_PER_PAGE", 4)
    task = asyncio.create_task(shop.applying.apply(LOOSE, after(3, lambda: task.cancel())))  # noqa: PLW0108
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await shop.applying.list_newest())[0].head.state == "cancelled"
    left = await shop.applying.undecided()
    assert 0 < left < 22
    elsewhere = Shop(shop.graph)
    report = await elsewhere.applying.apply(await elsewhere.book.in_force())
    assert report.head.state == "done"
    assert left - 1 <= report.profiles <= left  # one may have been decided with its neighbour
    assert await shop.applying.undecided() == 0


async def test_other_rules_put_in_force_meanwhile_end_it(
    shop: Shop, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROFILES_PER_PAGE", 4)
    monkeypatch.setattr(module, "MOST_PER_PAGE", 4)

    async def put() -> None:
        async with Graph.connect(server.bolt_uri, server.user, server.password, server.database) as graph:
            await RuleBook(graph, SystemClock()).put_in_force(STRICT)

    def elsewhere() -> None:
        """Do it in a loop of its own, as another process would, before this one goes on."""
        thread = threading.Thread(target=asyncio.run, args=[put()])
        thread.start()
        thread.join()

    watch = after(2, elsewhere)
    with pytest.raises(SupersededError, match="others were put in force"):
        await shop.applying.apply(LOOSE, watch)
    newest = (await shop.applying.list_newest())[0].head
    assert newest.state == "failed"
    assert newest.error is not None
    await shop.applying.apply(STRICT)
    assert await shop.undecided_by(STRICT) == 0


async def test_hubs_come_and_go_with_the_rules(shop: Shop) -> None:
    await shop.pipeline.ingest(
        [fact("email|info@shop.example", f"ecid|h{n:02}", id=f"h{n}", minute=n) for n in range(12)]
    )
    before = await shop.people()
    assert len(before["email|info@shop.example"]) == 13
    await shop.applying.apply(parse_rules("max_links: 10\n" + SPACES))
    people = await shop.people()
    assert people["email|info@shop.example"] == ["email|info@shop.example"]
    assert people["ecid|h03"] == ["ecid|h03"]
    await shop.applying.rollback()
    assert await shop.people() == before


def after(times: int, act: Callable[[], Any]) -> Callable[[Progress], None]:
    """Return what does something once when it was told of progress so often."""
    told = [0]

    def watch(progress: Progress) -> None:
        told[0] += 1
        if told[0] == times:
            act()

    return watch
