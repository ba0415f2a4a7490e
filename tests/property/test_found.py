"""What long runs of generated histories found, made small: each was once decided wrongly, or looked so."""

from __future__ import annotations

import uuid
from dataclasses import replace as changed_to
from datetime import timedelta

import pytest

from graphcdp.graph import Graph
from tests.oracle import Decisions, Namespace, Rules, Statement, hubs, judge
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


async def test_what_is_done_after_a_hubs_login_follows_it(graph: Graph) -> None:
    """Under `session` a device shows a hub and then nobody, in one batch: the second event is lent to the hub."""
    rules = Rules((LOGIN, DEVICE), policy="session")
    mine = own(
        rules,
        said("login|ana", "login|ana device_id|d", "device_id|d"),
        Decisions(quarantined=frozenset({"login|ana"})),
    )
    system = await open_system(graph, mine)
    await system.ingest(mine.facts[:1])
    await system.decide(mine.decisions)
    await system.ingest(mine.facts[1:])
    found = await system.snapshot()
    assert dict(found.owners) == dict(judge(rules, mine.stored, mine.decisions).owners)
    assert found.disorder == ()


async def test_links_to_hubs_count_among_the_links_that_make_a_hub(graph: Graph) -> None:
    """Two hubs and two others are four links of one identity, though its profile has two identities."""
    rules = Rules((EMAIL, Namespace("login", "person", 2), DEVICE), max_links=3)
    crowd = ("login|h login|1 login|2 login|3 login|4", "login|k login|5 login|6 login|7 login|8")
    mine = own(
        rules,
        said(*crowd, "login|h login|x", "login|k login|x", "login|x device_id|d", "login|x device_id|e"),
        Decisions(),
    )
    system = await open_system(graph, mine)
    for fact in mine.facts:
        await system.ingest([fact])
    crowded = hubs(judge(rules, mine.stored, Decisions()), 3)
    assert any(key.endswith("x") for key in crowded)
    found = await system.snapshot()
    assert found.partition == judge(rules, mine.stored, Decisions(quarantined=crowded)).partition
    assert found.disorder == ()


TIES = {
    "founder": (
        Rules((Namespace("login", "person", 1), DEVICE)),
        ("login|ｚ login|😀",),
        {"login|😀": {"login|😀", "login|ｚ"}},
    ),
    "rebuild": (
        Rules((EMAIL, DEVICE)),
        ("email|a device_id|ｚ", "email|b device_id|😀", "device_id|ｚ device_id|😀"),
        {"email|a": {"email|a"}, "email|b": {"email|b", "device_id|😀", "device_id|ｚ"}},
    ),
    "cap": (
        Rules((EMAIL, DEVICE), max_identities=2),
        ("email|a device_id|ｚ", "email|a device_id|😀"),
        {"email|a": {"email|a", "device_id|ｚ"}, "device_id|😀": {"device_id|😀"}},
    ),
}


@pytest.mark.parametrize("batches", ["one batch", "one by one", "the other way round"])
@pytest.mark.parametrize("tie", TIES)
async def test_ties_of_keys_beyond_the_bmp_go_one_way(graph: Graph, tie: str, batches: str) -> None:
    """Neo4j orders U+1F600 and U+FF5A one way in the transaction that writes them and the other way once stored."""
    rules, keys, wanted = TIES[tie]
    facts = tuple(changed_to(fact, ts=START, id=f"😀{fact.id}") for fact in said(*keys))
    mine = own(rules, facts, Decisions())
    for fast_path in (True, False):
        mine = mine.moved_to(f"{fast_path}-")
        system = await open_system(graph, mine, fast_path=fast_path)
        arriving = mine.facts[::-1] if batches == "the other way round" else mine.facts
        for part in [arriving] if batches == "one batch" else [[fact] for fact in arriving]:
            await system.ingest(part)
        found = await system.snapshot()
        assert found.partition == judge(rules, mine.stored, Decisions()).partition
        prefix = mine.facts[0].identities[0][1].removesuffix(facts[0].identities[0][1])
        assert {
            found.founders[id].replace(prefix, ""): {key.replace(prefix, "") for key in held}
            for id, held in found.profiles.items()
        } == wanted
        assert found.disorder == ()
