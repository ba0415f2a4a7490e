"""`identity.resolve`, the one place where the rule is carried out, called as Neo4j Browser calls it."""

from __future__ import annotations

import pytest

from graphcdp.graph import Graph, install_procedures
from graphcdp.identity.rules.files import DEFAULT_RULES, parse_rules
from graphcdp.ingest import Pipeline, batch
from graphcdp.platform import Platform
from tests.make import fact

pytestmark = pytest.mark.anyio


async def counts(graph: Graph) -> list[dict[str, object]]:
    """Count nodes and edges by kind."""
    nodes = await graph.read_text("MATCH (n) UNWIND labels(n) AS kind RETURN kind, count(*) AS held ORDER BY kind")
    edges = await graph.read_text("MATCH ()-[r]->() RETURN type(r) AS kind, count(*) AS held ORDER BY kind")
    return nodes + edges


async def states(graph: Graph) -> list[dict[str, object]]:
    """Return every link with its state."""
    return await graph.read_text(
        "MATCH (a)-[l:LINKED]->(b) RETURN a.key AS a, b.key AS b, l.state AS state, l.because AS because, "
        "l.by_event AS by_event ORDER BY a, b"
    )


@pytest.fixture
async def shared(platform: Platform, clean: None) -> Pipeline:
    """Ana and Ben logged in on one browser, Ben last."""
    await platform.rules.in_force()
    await platform.pipeline.ingest(
        [
            fact("user_id|ana", "anonymous_id|e1", minute=1, id="ana-logs-in"),
            fact("anonymous_id|e1", minute=2, id="a-view"),
            fact("user_id|ben", "anonymous_id|e1", minute=3, id="ben-logs-in"),
        ]
    )
    return platform.pipeline


async def test_the_last_login_has_the_browser(shared: Pipeline, graph: Graph) -> None:
    assert await states(graph) == [
        {"a": "anonymous_id|e1", "b": "user_id|ana", "state": "suppressed", "because": "unique:user_id",
         "by_event": "ben-logs-in"},
        {"a": "anonymous_id|e1", "b": "user_id|ben", "state": "active", "because": None, "by_event": None},
    ]  # fmt: skip


async def test_called_again_in_browser_it_says_the_same_and_changes_nothing(shared: Pipeline, graph: Graph) -> None:
    await install_procedures(graph)
    before, links = await counts(graph), await states(graph)
    rows = await graph.transact(
        lambda tx: tx.run_text(
            "CALL custom.graphcdp.identity.resolve(['anonymous_id|e1']) "
            "YIELD founder, identities, came_from, lost_links RETURN founder, identities, came_from, lost_links "
            "ORDER BY founder"
        )
    )
    assert rows == [
        {"founder": "user_id|ana", "identities": ["user_id|ana"], "came_from": [], "lost_links": 1},
        {"founder": "user_id|ben", "identities": ["user_id|ben", "anonymous_id|e1"], "came_from": [], "lost_links": 1},
    ]
    assert await counts(graph) == before
    assert await states(graph) == links


async def test_about_nobody_it_says_nothing_and_writes_nothing(shared: Pipeline, graph: Graph) -> None:
    before = await counts(graph)
    assert await graph.write("identity.resolve", keys=["user_id|never"]) == []
    await shared.warm()
    assert await counts(graph) == before


async def test_a_hub_shared_by_many_costs_a_step_each(shared: Pipeline, graph: Graph) -> None:
    """Sixty people claim one address in turn: the last one keeps it, everybody else stays alone."""
    claims = [fact(f"user_id|p{n:02}", "email|bogus@shop.example", minute=10 + n, id=f"claim{n:02}") for n in range(60)]
    await shared.ingest(claims)
    held = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(:Identity {key: 'email|bogus@shop.example'}) "
        "RETURN p.founder AS founder, p.identity_count AS held"
    )
    assert held == [{"founder": "user_id|p59", "held": 2}]
    lost = await graph.read_text("MATCH ()-[l:LINKED {state: 'suppressed'}]->() RETURN count(l) AS lost")
    assert lost == [{"lost": 60}]


async def owners(graph: Graph) -> dict[str, str]:
    """Return whose each fact is: the founder of the profile that holds what it hangs on."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->()-[:PERFORMED|STATED]->(f) RETURN f.id AS id, p.founder AS founder"
    )
    return {row["id"]: row["founder"] for row in rows}


async def under(platform: Platform, policy: str, *, most: int = 500) -> Pipeline:
    """Put the default rules with another policy in force."""
    text = DEFAULT_RULES.replace("policy: last_login", f"policy: {policy}\nmax_links: {most}")
    await platform.rules.adopt(parse_rules(text), over_data=True)
    return Pipeline(platform.graph, platform.clock, platform.rules, b"k" * 32)


HANDOVER = [
    fact("anonymous_id|tablet", minute=0, id="before"),
    fact("user_id|kim", "anonymous_id|tablet", minute=1, id="kim-logs-in"),
    fact("anonymous_id|tablet", minute=2, id="after-kim"),
    fact("user_id|noa", "anonymous_id|tablet", minute=100, id="noa-logs-in"),
    fact("anonymous_id|tablet", minute=101, id="after-noa"),
]
KIM, NOA, NOBODY = "user_id|kim", "user_id|noa", "anonymous_id|tablet"


@pytest.mark.parametrize(
    ("policy", "before", "after_kim", "after_noa"),
    [
        ("last_login", NOA, NOA, NOA),
        ("first_owner", KIM, KIM, KIM),
        ("nobody", KIM, KIM, NOBODY),
        ("session", KIM, KIM, NOA),
    ],
)
async def test_whose_a_handed_on_tablet_is(
    platform: Platform, graph: Graph, clean: None, policy: str, before: str, after_kim: str, after_noa: str
) -> None:
    pipeline = await under(platform, policy)
    for one in HANDOVER:
        await pipeline.ingest([one])
    assert await owners(graph) == {
        "before": before, "kim-logs-in": KIM, "after-kim": after_kim, "noa-logs-in": NOA, "after-noa": after_noa,
    }  # fmt: skip


async def test_what_was_lent_comes_home_under_other_rules(platform: Platform, graph: Graph, clean: None) -> None:
    await (await under(platform, "session")).ingest(HANDOVER)
    lent = await graph.read_text("MATCH ()-[:LENT]->(f) RETURN f.id AS id ORDER BY id")
    assert [row["id"] for row in lent] == ["after-kim", "after-noa", "before"]
    await under(platform, "last_login")
    await graph.write("identity.resolve", keys=[NOBODY])
    assert await graph.read_text("MATCH ()-[:LENT]->(f) RETURN f.id AS id") == []
    assert (await owners(graph))["before"] == NOA
    decided = await graph.read_text("MATCH (p:Profile) RETURN collect(DISTINCT p.decided_by) AS versions")
    assert decided == [{"versions": [(await platform.rules.in_force()).version]}]


async def test_a_hub_is_quarantined_and_costs_nothing_from_then_on(
    platform: Platform, graph: Graph, clean: None
) -> None:
    """An address that everybody types: with the eleventh cookie it makes no link any more, nor did it ever."""
    pipeline = await under(platform, "last_login", most=10)
    for start in (0, 8, 16):
        await pipeline.ingest(
            [fact("email|bogus@shop.example", f"anonymous_id|c{n:02}", minute=n, id=f"f{n}")
             for n in range(start, start + 8)]
        )  # fmt: skip
    sizes = await graph.read_text("MATCH (p:Profile) RETURN p.identity_count AS size, count(*) AS held")
    assert sizes == [{"size": 1, "held": 25}]
    links = await graph.read_text(
        "MATCH ()-[l:LINKED]->() RETURN l.state AS state, l.because AS because, count(*) AS n"
    )
    assert links == [{"state": "suppressed", "because": "hub", "n": 24}]
    changes = await graph.read_text(
        "MATCH (c:Change {kind: 'identity_quarantined'}) RETURN c.subject AS subject, c.by_event AS by_event"
    )
    assert changes == [{"subject": "email|bogus@shop.example", "by_event": "f15"}]


async def test_what_was_lost_is_told_as_changes(shared: Pipeline, graph: Graph) -> None:
    changes = await graph.read_text(
        "MATCH (c:Change {kind: 'link_suppressed'}) RETURN c.keys AS keys, c.because AS because, c.by_event AS by_event"
    )
    assert changes == [
        {"keys": ["anonymous_id|e1", "user_id|ana"], "because": "unique:user_id", "by_event": "ben-logs-in"}
    ]


async def test_a_region_too_large_to_be_replayed_loses_its_hub(
    platform: Platform, graph: Graph, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen people on one browser are no hub by the rules; where a dozen is too large a region, it becomes one."""
    monkeypatch.setattr(batch, "REGION_MOST", 12)
    pipeline = await under(platform, "last_login")
    people = [f"user_id|p{n:02}" for n in range(15)]
    await pipeline.ingest([fact(who, "anonymous_id|e1", minute=10 + n, id=who) for n, who in enumerate(people)])
    await pipeline.ingest([fact("user_id|p03", "anonymous_id|e1", minute=1, id="late")])
    hubs = await graph.read_text("MATCH (i:Identity {hub: 'quarantined'}) RETURN i.key AS key")
    assert hubs == [{"key": "anonymous_id|e1"}]
    sizes = await graph.read_text("MATCH (p:Profile) RETURN p.identity_count AS size, count(*) AS held")
    assert sizes == [{"size": 1, "held": 16}]
