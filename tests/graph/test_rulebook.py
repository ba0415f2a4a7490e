"""Versions of the identity rules in the graph: which decided when, and what is doubtful about a new one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from graphcdp.base import ConfigurationError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, RuleSetNotFoundError, default_rules, parse_rules
from graphcdp.ingest import Pipeline
from tests.make import fact

SHOP = parse_rules("namespaces: [{name: crm_id, unique: true}, {name: ecid, kind: cookie}]")
GUARDED = parse_rules("policy: nobody\nvisit_minutes: 20\nmax_links: 40\n" + SHOP.to_yaml().split("\n", 1)[1])
pytestmark = pytest.mark.anyio


def day(number: int) -> datetime:
    return datetime(2026, 5, number, 12, tzinfo=UTC)


async def test_each_version_says_when_it_was_in_force(graph: Graph, clean: None) -> None:
    clock = MovableClock(day(1))
    book = RuleBook(graph, clock)
    assert await book.list_versions() == ()
    assert (await book.in_force()).version == default_rules().version
    with pytest.raises(RuleSetNotFoundError, match="nothing to go back to"):
        await book.earlier()
    clock.set(day(2))
    assert await book.adopt(SHOP)
    assert not await book.adopt(SHOP)
    clock.set(day(3))
    assert await book.put_in_force(GUARDED, name="guarded") == SHOP.version
    clock.set(day(4))
    assert await book.put_in_force(SHOP) == GUARDED.version

    shop, guarded, first = await book.get_version("2"), await book.get_version("3"), await book.get_version("1")
    assert [one.number for one in await book.list_versions()] == [3, 2, 1]
    assert (shop.id, shop.active, shop.name, shop.rules) == (SHOP.version, True, None, SHOP)
    assert shop.terms == ((day(2), day(3)), (day(4), None))
    assert (guarded.active, guarded.name, guarded.rules) == (False, "guarded", GUARDED)
    assert guarded.terms == ((day(3), day(4)),)
    assert first.terms == ((day(1), day(2)),)
    assert (await book.earlier()).id == GUARDED.version
    assert await book.get_version(SHOP.version) == shop
    with pytest.raises(RuleSetNotFoundError, match="rules list"):
        await book.get_version("9")
    changes = await graph.read_text(
        "MATCH (c:Change {kind: 'rules_applied'}) RETURN c.before AS before, c.after AS after ORDER BY c.at"
    )
    assert [(row["before"], row["after"]) for row in changes] == [
        ("[]", f'["{first.id}"]'),
        (f'["{first.id}"]', f'["{SHOP.version}"]'),
        (f'["{SHOP.version}"]', f'["{GUARDED.version}"]'),
        (f'["{GUARDED.version}"]', f'["{SHOP.version}"]'),
    ]


async def test_rules_over_data_are_for_apply(graph: Graph, clean: None) -> None:
    book = RuleBook(graph, MovableClock(day(1)))
    await book.adopt(SHOP)
    await Pipeline(graph, MovableClock(day(1)), book, b"k" * 32).ingest([fact("crm_id|C-1", "ecid|e1")])
    with pytest.raises(ConfigurationError, match="identity apply"):
        await book.adopt(GUARDED)
    assert await book.adopt(GUARDED, over_data=True)
    assert not await book.adopt(SHOP)  # somebody moved on from it
    assert (await book.in_force()).version == GUARDED.version


async def test_a_unique_namespace_that_nobody_sends_is_doubtful(graph: Graph, clean: None) -> None:
    book = RuleBook(graph, MovableClock(day(1)))
    text = "namespaces: [{name: crm_id, unique: true}, {name: badge, unique: true}, {name: user_id, unique: true}]"
    told = await book.check(text)
    assert [one.place for one in told.problems] == [f"namespaces.{place}.unique" for place in range(3)]
    assert {one.severity for one in told.problems} == {"warning"}
    await book.adopt(SHOP)
    await Pipeline(graph, MovableClock(day(1)), book, b"k" * 32).ingest([fact("crm_id|C-1")])
    await graph.write(
        "ingest.source_register",
        source="app", title="App", channel="app", dataset="app", definition="source: app\nformat: tracking\n", trust=50,
    )  # fmt: skip
    told = await book.check(text)
    assert told.rules is not None
    assert [one.place for one in told.problems] == ["namespaces.1.unique"]
    assert "badge is unique, but no identity of it was ever seen" in told.problems[0].message
