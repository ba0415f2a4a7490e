"""History, and rules tried on a region: the Cypher that Neo4j Browser calls against the Python replay."""

from __future__ import annotations

import itertools
import random
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import Explainer, HistoryEntry, RuleBook, RuleSet, Verdict
from tests.make import key as key_of
from tests.property.engine import open_system
from tests.property.graph_system import rule_set
from tests.property.profiles import share
from tests.property.strategies import History, histories

pytestmark = pytest.mark.anyio

POLICIES = ("last_login", "first_owner", "nobody", "session")
_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)
_LINKS = """
UNWIND $keys AS key
MATCH (low:Identity {key: key})-[:LINKED]->(high:Identity)
RETURN low.key AS low, high.key AS high ORDER BY low, high
"""
_DECIDE = """
UNWIND $rows AS row
MATCH (:Identity {key: row[0]})-[link:LINKED]->(:Identity {key: row[1]})
SET link.state = row[2], link.because = null, link.by_event = null
"""
_QUARANTINE = """
UNWIND $keys AS key
MATCH (hub:Identity {key: key})
SET hub.hub = 'quarantined'
WITH hub
MATCH (hub)-[link:LINKED]-()
WHERE link.state <> 'pinned'
SET link.state = 'suppressed', link.because = 'hub', link.by_event = null
"""
_REKEY = """
UNWIND $rows AS row
MATCH (one:Identity {key: row[0]}), (other:Identity {key: row[1]})
SET one.counts_as = row[1], other.counts_as = row[1]
"""


async def fed(graph: Graph, history: History, chance: int) -> list[str]:
    """Ingest a history under a prefix of its own, let people decide a little, and return the identities seen."""
    own = history.moved_to(f"{_session}-q{next(_number):05d}-")
    system = await open_system(graph, own)
    for batch in own.batches:
        await system.ingest(batch)
    keys = sorted((await system.snapshot()).seen)
    links = await graph.read_text(_LINKS, {"keys": keys})
    dice = random.Random(chance)
    some = dice.sample(links, min(len(links), dice.randint(0, 2)))
    rows = [[one["low"], one["high"], dice.choice(("cut", "pinned"))] for one in some]
    await graph.transact(lambda tx: tx.run_text(_DECIDE, {"rows": rows}))
    hubs = [dice.choice(keys)] if keys and dice.random() < 0.2 else []
    await graph.transact(lambda tx: tx.run_text(_QUARANTINE, {"keys": hubs}))
    alike = [
        [one, other]
        for one, other in itertools.combinations(keys, 2)
        if one.partition("|")[0] == other.partition("|")[0]
    ]
    declared = [dice.choice(alike)] if alike and dice.random() < 0.25 else []
    await graph.transact(lambda tx: tx.run_text(_REKEY, {"rows": declared}))
    return keys


def told(entry: HistoryEntry) -> tuple[Any, ...]:
    """Return what an entry of a history says."""
    event = entry.event
    return (entry.at, entry.what, list(entry.keys), entry.because, event and event.id, *_groups(entry))


def row_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a row of a procedure says."""
    event = row["event"]
    return (
        row["at_time"],
        row["what"],
        row["keys"],
        row["because"],
        event and event["id"],
        row["before"],
        row["after"],
    )


def _groups(entry: HistoryEntry) -> tuple[list[list[str]], list[list[str]]]:
    return [list(group) for group in entry.before], [list(group) for group in entry.after]


@share(0.1)
@given(history=histories(), chance=st.integers(0, 10**9))
async def test_the_history_is_the_same_in_cypher_and_python(graph: Graph, history: History, chance: int) -> None:
    keys = await fed(graph, history, chance)
    if not keys:
        return
    asked = key_of(keys[chance % len(keys)])
    found = await Explainer(graph).history(asked)
    rows = await graph.write("identity.history", namespace=asked.namespace, value=asked.value)
    assert [row_of(row) for row in rows] == [told(entry) for entry in found.entries]
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))


@share(0.12)
@given(history=histories(), chance=st.integers(0, 10**9))
async def test_rules_tried_are_the_same_in_cypher_and_python(graph: Graph, history: History, chance: int) -> None:
    keys = await fed(graph, history, chance)
    if not keys:
        return
    asked = key_of(keys[chance % len(keys)])
    rules = replace(rule_set(history.rules), policy=POLICIES[chance % 4])
    rows = await graph.write("identity.try", namespace=asked.namespace, value=asked.value, rules=written(rules))
    found = await Explainer(graph).try_rules(asked, rules)
    assert [row_of(row) for row in rows if row["event"]] == [told(entry) for entry in found.entries]
    assert [tuple(row["keys"]) for row in rows if row["what"] == "profile"] == list(found.profiles)
    assert [tuple(row["keys"]) for row in rows if row["what"] == "today"] == list(found.today)


def written(rules: RuleSet) -> dict[str, Any]:
    """Return a rule set as a file has it."""
    return {
        "policy": rules.policy,
        "max_identities": rules.max_identities,
        "namespaces": [
            {
                "name": one.name,
                "kind": one.kind,
                "priority": one.priority,
                "max_values": one.max_values,
                "blocked": sorted(one.blocked),
            }
            for one in rules.namespaces.values()
        ],
    }


@share(0.1)
@given(history=histories(), chance=st.integers(0, 10**9))
async def test_why_not_agrees_with_the_partition(graph: Graph, history: History, chance: int) -> None:
    """One person exactly where a profile holds both; else each leg is in force or lost as the links say."""
    own = history.moved_to(f"{_session}-q{next(_number):05d}-")
    system = await open_system(graph, own)
    for batch in own.batches:
        await system.ingest(batch)
    snapshot = await system.snapshot()
    if not snapshot.seen:
        return
    everyone = sorted(snapshot.seen)
    a, b = random.Random(chance).choices(everyone, k=2)
    explainer = Explainer(graph)
    found, explained = await explainer.why_not(key_of(a), key_of(b)), await explainer.explain(key_of(a), key_of(b))
    holders = {key: profile for profile, keys in snapshot.profiles.items() for key in keys}
    assert (found.verdict is Verdict.ONE_PERSON) == (holders[a] == holders[b]) == (explained.profile_id is not None)
    lost = fewest_lost(snapshot.links, a, b)
    if found.verdict is Verdict.NEVER_LINKED:
        assert lost is None
    elif found.verdict is Verdict.LOST:
        assert len(found.lost) == lost
        ends = [found.steps[0].left_key, *(step.right_key for step in found.steps)]
        assert (ends[0], ends[-1]) == (a, b)
        for left, step in zip(ends, found.steps, strict=False):
            assert step.left_key == left
            pair = (step.left_key, step.right_key)
            link = snapshot.links.get(pair) or snapshot.links[pair[1], pair[0]]
            assert (step.state, step.seen, step.because) == (link.state, link.count, link.because)
            assert (step.by_event.id if step.by_event else None) == link.by_event
        assert found.sentence().startswith(f"{a} and {b} are two people")


def fewest_lost(links: Any, a: str, b: str) -> int | None:
    """Return how few lost links lead from one to the other (plain search); None: no chain of any state."""
    reached = {a: 0}
    todo = [a]
    while todo:
        here = min(todo, key=reached.__getitem__)
        todo.remove(here)
        for (low, high), link in links.items():
            if here in (low, high):
                there = high if here == low else low
                cost = reached[here] + (link.state not in ("active", "pinned"))
                if cost < reached.get(there, cost + 1):
                    reached[there] = cost
                    todo.append(there)
    return reached.get(b)


@pytest.fixture(autouse=True)
async def rules_to_start_with(graph: Graph) -> None:
    """Some rules must be in force before the first history."""
    await RuleBook(graph, SystemClock()).in_force()
