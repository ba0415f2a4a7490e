"""Simulation: what another rule set would do on the real graph, and that it does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from graphcdp.base import InvalidInputError, SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, RuleSet, parse_rules
from graphcdp.identity.other_rules.simulate import Simulations
from graphcdp.identity.reports.report import Progress, ReportNotFoundError, ReportRow
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact
from tests.make import fact, record

SPACES = "namespaces: [{name: crm_id, unique: true}, {name: email}, {name: ecid, kind: cookie}]"
LAST_LOGIN = parse_rules(SPACES)
pytestmark = pytest.mark.anyio


class Shop:
    """Facts taken in under one rule set."""

    def __init__(self, graph: Graph, rules: RuleSet) -> None:
        self.graph = graph
        self.rules = rules
        self.book = RuleBook(graph, SystemClock())
        self.pipeline = Pipeline(graph, SystemClock(), self.book, b"k" * 32)
        self.simulations = Simulations(graph, SystemClock(), self.book, self.pipeline.profile_id)

    async def takes(self, *facts: Fact) -> Shop:
        await self.book.adopt(self.rules)
        await self.pipeline.ingest(facts)
        return self

    def named(self, rows: Sequence[ReportRow]) -> list[tuple[str, list[list[str]], list[list[str]]]]:
        """Return rows without ids, after looking that each id is that of its first key."""
        for row in rows:
            for one in (*row.before, *row.after):
                assert one.id == self.pipeline.profile_id(one.keys[0])
        return [
            (row.kind, [list(one.keys) for one in row.before], [list(one.keys) for one in row.after]) for row in rows
        ]


async def content(graph: Graph) -> list[Any]:
    """Return every node and edge, reports left out."""
    nodes = await graph.read_text(
        "MATCH (n) WHERE NOT n:Report AND NOT n:ReportRow RETURN elementId(n) AS id, labels(n) AS labels, "
        "properties(n) AS properties ORDER BY id"
    )
    edges = await graph.read_text(
        "MATCH (a)-[e]->(b) WHERE NOT a:Report RETURN elementId(e) AS id, type(e) AS type, properties(e) AS properties "
        "ORDER BY id"
    )
    return [nodes, edges]


async def test_two_people_on_one_browser_under_each_policy(graph: Graph, clean: None) -> None:
    shop = await Shop(graph, LAST_LOGIN).takes(
        fact("crm_id|ana", "ecid|e1", id="1", minute=1),
        fact("ecid|e1", id="2", minute=2),
        fact("crm_id|ben", "ecid|e1", id="3", minute=3),
        fact("ecid|e1", id="4", minute=4),
        fact("crm_id|ben", id="5", minute=5),
        fact("crm_id|cy", "ecid|e2", id="6", minute=6),
    )
    before = await content(graph)

    same = await shop.simulations.simulate(LAST_LOGIN)
    assert (same.head.state, same.profiles_before, same.profiles_after, same.splits, same.merges) == (
        "done",
        3,
        3,
        0,
        0,
    )
    assert (same.events_moved, same.identities, same.regions_replayed, same.facts_read) == (0, 5, 1, 2)

    first = await shop.simulations.simulate(parse_rules("policy: first_owner\n" + SPACES))
    rows, more = await shop.simulations.rows(first.head.id)
    assert shop.named(rows) == [
        ("split", [["crm_id|ben", "ecid|e1"]], [["crm_id|ana", "ecid|e1"], ["crm_id|ben"]]),
        ("merge", [["crm_id|ben", "ecid|e1"], ["crm_id|ana"]], [["crm_id|ana", "ecid|e1"]]),
    ]
    assert not more
    assert first.events_moved == 2  # what the browser did alone

    nobody = await shop.simulations.simulate(parse_rules("policy: nobody\n" + SPACES))
    rows, _ = await shop.simulations.rows(nobody.head.id)
    assert shop.named(rows) == [("split", [["crm_id|ben", "ecid|e1"]], [["crm_id|ben"], ["ecid|e1"]])]
    assert nobody.events_moved == 2
    assert (nobody.profiles_before, nobody.profiles_after) == (3, 4)

    session = await shop.simulations.simulate(parse_rules("policy: session\n" + SPACES))
    assert (session.splits, session.merges) == (0, 0)
    assert session.events_moved == 1  # the one after ana's login

    loose = await shop.simulations.simulate(parse_rules(SPACES.replace(", unique: true", "")))
    rows, _ = await shop.simulations.rows(loose.head.id)
    assert shop.named(rows) == [
        ("merge", [["crm_id|ben", "ecid|e1"], ["crm_id|ana"]], [["crm_id|ana", "crm_id|ben", "ecid|e1"]])
    ]
    assert (loose.regions_replayed, loose.facts_read) == (0, 0)
    assert loose.events_moved == 4
    assert loose.largest_after[0] == (shop.pipeline.profile_id("crm_id|ana"), 3)

    assert await content(graph) == before


async def test_decisions_hubs_and_namespaces_that_are_gone(graph: Graph, clean: None) -> None:
    shop = await Shop(graph, LAST_LOGIN).takes(
        record("crm_id|ana", id="1", minute=1, town="Ghent"),
        record("crm_id|anna", id="2", minute=1, town="Ghent"),
        fact("crm_id|cy", "email|cy@shop.example", "ecid|e1", id="3", minute=3),
        fact("email|cy@shop.example", id="4", minute=4),
        *(fact("email|info@shop.example", f"ecid|h{number}", id=f"h{number}", minute=9) for number in range(12)),
    )
    await graph.transact(
        lambda tx: tx.run_text(
            "MATCH (a:Identity {key: 'crm_id|ana'}), (b:Identity {key: 'crm_id|anna'}) "
            "CREATE (a)-[:LINKED {state: 'pinned', count: 0}]->(b) SET a.counts_as = b.key "
            "WITH 1 AS one "
            "MATCH (a:Identity {key: 'crm_id|cy'})-[link:LINKED]-(b:Identity {key: 'ecid|e1'}) SET link.state = 'cut'"
        )
    )
    report = await shop.simulations.simulate(
        parse_rules(
            "max_links: 10\nnamespaces: [{name: crm_id, unique: true}, {name: email}, {name: ecid, kind: cookie}]"
        )
    )
    rows, _ = await shop.simulations.rows(report.head.id)
    hub = [f"ecid|h{number}" for number in range(12)]
    assert shop.named(rows) == [
        (
            "split",
            [["email|info@shop.example", *sorted(hub)]],
            [[key] for key in sorted(hub)] + [["email|info@shop.example"]],
        ),
        ("merge", [["crm_id|ana"], ["crm_id|anna"]], [["crm_id|ana", "crm_id|anna"]]),
    ]
    assert report.events_moved == 0  # each hangs on the address

    gone = await shop.simulations.simulate(
        parse_rules("namespaces: [{name: crm_id, unique: true}, {name: ecid, kind: cookie}]")
    )
    rows, _ = await shop.simulations.rows(gone.head.id, kind="split")
    told = shop.named(rows)
    assert told[0][2] == [[key] for key in sorted(hub)] + [["email|info@shop.example"]]
    assert told[1] == (
        "split",
        [["crm_id|cy", "ecid|e1", "email|cy@shop.example"]],
        [["crm_id|cy"], ["ecid|e1"], ["email|cy@shop.example"]],
    )
    assert gone.events_moved == 12 + 1  # those of each browser, and what the address alone did


async def test_rows_come_in_pages(graph: Graph, clean: None) -> None:
    facts = [fact(f"crm_id|p{n}{side}", f"ecid|e{n}", minute=n) for n in range(7) for side in "ab"]
    shop = await Shop(graph, LAST_LOGIN).takes(*facts)
    report = await shop.simulations.simulate(parse_rules(SPACES.replace(", unique: true", "")))
    assert report.merges == 7
    pages = []
    after, more = 0, True
    while more:
        rows, more = await shop.simulations.rows(report.head.id, first=3, after=after)
        pages.append([row.number for row in rows])
        after = rows[-1].number
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]
    assert [one.keys for one in rows[-1].after] == [("crm_id|p6a", "crm_id|p6b", "ecid|e6")]


async def test_segments_whose_members_split_or_merge_are_named(graph: Graph, clean: None) -> None:
    shop = await Shop(graph, LAST_LOGIN).takes(
        *(fact(f"crm_id|{who}", f"ecid|{browser}", minute=m) for m, (who, browser) in enumerate(["a1", "b1", "c2"]))
    )
    await graph.transact(
        lambda tx: tx.run_text(
            "CREATE (s:Segment {id: 'seg_1', name: 'Runners'}) WITH s MATCH (p:Profile) CREATE (p)-[:MEMBER_OF]->(s)"
        )
    )
    report = await shop.simulations.simulate(parse_rules(SPACES.replace(", unique: true", "")))
    assert report.segments == (("seg_1", "Runners", 2),)


async def test_progress_is_told_and_it_can_be_stopped(graph: Graph, clean: None) -> None:
    shop = await Shop(graph, LAST_LOGIN).takes(fact("crm_id|ana", "ecid|e1"))
    told: list[Progress] = []
    report = await shop.simulations.simulate(LAST_LOGIN, told.append)
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert told[0] == ("Reading identities and links", 0.0)
    assert (report.head.progress, report.head.stage, report.head.error) == (1.0, None, None)

    task = asyncio.create_task(shop.simulations.simulate(LAST_LOGIN, lambda _: task.cancel()))
    with pytest.raises(asyncio.CancelledError):
        await task
    newest = await shop.simulations.list_newest()
    assert [one.head.state for one in newest] == ["cancelled", "done"]

    elsewhere = Simulations(graph, SystemClock(), shop.book, shop.pipeline.profile_id)
    running = await shop.simulations.start(LAST_LOGIN)
    assert running.head.state == "running"
    stopped = await elsewhere.cancel(running.head.id)
    assert stopped.head.state in ("running", "done", "cancelled")
    await shop.simulations.cancel(running.head.id)
    done = await shop.simulations.start(LAST_LOGIN, wait_seconds=30)
    assert done.head.state == "done"
    assert (await shop.simulations.cancel(done.head.id)).head.state == "done"
    with pytest.raises(ReportNotFoundError):
        await shop.simulations.get("rep_none")


class Endless:
    """A simulation that runs until it is stopped, however small the graph and quick the machine."""

    async def run(self) -> None:
        await asyncio.Event().wait()


async def test_only_a_few_run_at_once(graph: Graph, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Simulations, "_simulation", lambda *_: Endless())
    shop = await Shop(graph, LAST_LOGIN).takes(fact("crm_id|ana", "ecid|e1"))
    await shop.simulations.start(LAST_LOGIN)
    await shop.simulations.start(LAST_LOGIN)
    with pytest.raises(InvalidInputError, match="2 simulations run already"):
        await shop.simulations.start(LAST_LOGIN)
    await shop.simulations.close()
    assert [one.head.state for one in await shop.simulations.list_newest()] == ["cancelled", "cancelled"]
