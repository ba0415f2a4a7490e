"""Events, late events and a person's words in any order: the graph is always what a replay under the words gives."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import orjson
import pytest

from graphcdp.base import CDPError, ConflictError, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity import Author, Decision, Regions, RuleSet, Undo, parse_rules
from graphcdp.identity.replay.replay import replay
from graphcdp.identity.resolution.attributes import attributes_anew
from graphcdp.model import Fact
from graphcdp.platform import Platform
from tests.make import fact, key

pytestmark = pytest.mark.anyio

ME = Author("cli:test")
KEYS = [f"crm|{n}" for n in "abc"] + [f"mail|{n}" for n in "xy"] + [f"web|{n}" for n in "123"]
RULES = """
policy: {policy}
max_identities: {cap}
namespaces:
  - {{name: crm, kind: person, priority: 1, unique: true}}
  - {{name: mail, kind: person, priority: 2, unique: true}}
  - {{name: web, kind: cookie, priority: 3}}
"""


async def partition(graph: Graph) -> set[tuple[str, ...]]:
    """Return every profile's identities."""
    rows = await graph.read_text(
        "MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity) RETURN p.id AS id, collect(i.key) AS keys"
    )
    return {tuple(sorted(row["keys"])) for row in rows}


async def states(graph: Graph) -> dict[tuple[str, str], str]:
    """Return the state of every link."""
    rows = await graph.read_text("MATCH (a)-[l:LINKED]->(b) RETURN a.key AS a, b.key AS b, l.state AS state")
    return {(row["a"], row["b"]): row["state"] for row in rows}


async def attributes(graph: Graph) -> list[dict[str, object]]:
    """Return what every profile says of itself."""
    rows = await graph.read_text(
        "MATCH (p:Profile) RETURN p.id AS id, p.facts AS facts, p.a_name AS name, "
        "p.first_seen AS first, p.last_seen AS last ORDER BY id"
    )
    return [{**row, "facts": orjson.loads(row["facts"] or "{}")} for row in rows]


async def agree(graph: Graph, rules: RuleSet) -> None:
    """The graph is what a replay of all evidence under the standing decisions gives; so are the attributes."""
    region = await Regions(graph).around(KEYS, rules=rules, anonymous=True)
    outcome = replay(rules, region.facts, region.decisions)
    replayed = {tuple(sorted(keys)) for keys in outcome.profiles}
    alone = {(one,) for one in region.keys if not any(one in keys for keys in replayed)}
    assert await partition(graph) == replayed | alone
    stand = {both: state for both, state in (await states(graph)).items() if both in outcome.links or state != "cut"}
    assert stand == {both: link.state for both, link in outcome.links.items()}  # a cut pin may never have been seen
    kinds = {one.name: one.kind for one in rules.namespaces.values()}
    held = await attributes(graph)
    ids = [row["id"] for row in held]
    await graph.transact(lambda tx: attributes_anew(tx, kinds, [str(id) for id in ids]))
    assert held == await attributes(graph)


def seen(chance: random.Random, number: int) -> Fact:
    """Return an event or record of one to three identities, at any time."""
    carried = [f"crm|{chance.choice('abc')}"] if chance.random() < 0.6 else []
    carried += [f"mail|{chance.choice('xy')}"] if chance.random() < 0.4 else []
    carried += [f"web|{chance.choice('123')}"] if chance.random() < 0.7 or not carried else []
    return fact(
        *carried,
        id=f"f{number}",
        minute=chance.randrange(0, 60) * 7,
        type="identify",
        attributes={"name": f"N{number}"} if chance.random() < 0.5 else {},
    )


def word(chance: random.Random, undo: Undo, made: list[str]) -> Callable[[], Awaitable[Decision]]:
    """Return a decision, good or bad."""
    one, other = (key(text) for text in chance.sample(KEYS, 2))
    values = [key(text) for text in chance.sample(KEYS[:3], 2)]
    options: list[Callable[[], Awaitable[Decision]]] = [
        lambda: undo.cut(one, other, ME),
        lambda: undo.cut(one, other, ME),
        lambda: undo.pin(one, other, ME),
        lambda: undo.restore(one, other, ME),
        lambda: undo.merge(one, other, ME),
        lambda: undo.split(one, [other], ME),
        lambda: undo.rekey(values[0], values[1], ME),
    ]
    if made:
        last = made[-1] if chance.random() < 0.5 else chance.choice(made)
        options += [lambda: undo.undo(last, ME)] * 3
    return chance.choice(options)


@pytest.mark.parametrize("policy", ["last_login", "first_owner", "nobody", "session"])
@pytest.mark.parametrize("seed", range(2))
async def test_the_graph_is_the_replay_under_what_was_decided(
    platform: Platform, graph: Graph, clean: None, policy: str, seed: int
) -> None:
    rules = parse_rules(RULES.format(policy=policy, cap=50 if seed == 0 else 4))
    await platform.rules.adopt(rules)
    chance = random.Random(f"{policy}{seed}")
    made: list[str] = []
    await platform.pipeline.ingest([seen(chance, n) for n in range(6)])
    for number in range(6, 30):
        if chance.random() < 0.35:
            await platform.pipeline.ingest([seen(chance, number)])
        else:
            before = await partition(graph)
            try:
                decision = await word(chance, platform.undo, made)()
            except (ConflictError, InvalidInputError, CDPError) as refusal:
                assert not isinstance(refusal, (TypeError,)), refusal
                assert await partition(graph) == before
                continue
            assert {one.identities for one in decision.before} <= before
            after = await partition(graph)
            assert {one.identities for one in decision.after} <= after
            assert (before != after) == bool(decision.moved), decision
            if decision.change_id is not None:
                made.append(decision.change_id)
        await agree(graph, rules)
