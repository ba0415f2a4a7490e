"""What long runs of generated histories found, made small: each was once decided wrongly, or looked so."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from graphcdp.graph import Graph
from tests.oracle import Decisions, Namespace, Rules, Statement, judge
from tests.property.engine import open_system
from tests.property.strategies import START, History

pytestmark = pytest.mark.anyio

EMAIL = Namespace("email", "person", 1, max_values=1)
LOGIN = Namespace("login", "person", 2, max_values=1)
DEVICE = Namespace("device_id", "device", 3)


def said(*facts: str) -> tuple[Statement, ...]:
    """Return facts, one a minute, each written as its keys with blanks between."""
    keys = [tuple((key.split("|")[0], key.split("|")[1]) for key in text.split()) for text in facts]
    return tuple(
        Statement(f"f{minute}", START + timedelta(minutes=minute), identities) for minute, identities in enumerate(keys)
    )


def own(rules: Rules, facts: tuple[Statement, ...], decisions: Decisions) -> History:
    """Return a history whose identities nobody else uses."""
    return History(rules, (facts,), decisions).moved_to(f"found-{uuid.uuid4().hex[:6]}-")


async def test_other_rules_give_a_hub_what_it_carries_as_its_strongest(graph: Graph) -> None:
    """It hung on the email while emails were stronger; under rules that rank logins first it is the login's."""
    hub = Decisions(quarantined=frozenset({"login|ben"}))
    mine = own(Rules((EMAIL, LOGIN)), said("login|ben email|a", "email|a"), hub)
    system = await open_system(graph, mine)
    await system.ingest(mine.facts)
    await system.decide(mine.decisions)
    (ben,) = mine.decisions.quarantined
    before = await system.snapshot()
    assert before.owners[mine.facts[0].id] != ben
    other = Rules((Namespace("login", "person", 1, max_values=1), Namespace("email", "person", 2, max_values=1)))
    system = await open_system(graph, mine, rules=other)
    await system.settle()
    after = await system.snapshot()
    assert dict(after.owners) == dict(judge(other, mine.stored, mine.decisions).owners)
    assert after.owners[mine.facts[0].id] == ben
    assert after.disorder == ()


async def test_a_hub_with_a_cut_link_is_in_no_region(graph: Graph) -> None:
    """No evidence can change anything about it; the other end of the cut link is in one."""
    decisions = Decisions(cut=frozenset({("device_id|d", "email|a")}), quarantined=frozenset({"device_id|d"}))
    mine = own(Rules((EMAIL, LOGIN, DEVICE)), said("email|a device_id|d", "email|a login|l"), decisions)
    system = await open_system(graph, mine)
    await system.ingest(mine.facts)
    await system.decide(mine.decisions)
    found = await system.snapshot()
    assert found.partition == judge(mine.rules, mine.stored, mine.decisions).partition
    assert found.disorder == ()
