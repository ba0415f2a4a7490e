"""How many people a rule would find, before it is kept: counted where that is quick, else from a sample."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import NamedTuple

from graphcdp.base import Clock
from graphcdp.graph import Graph
from graphcdp.segments.evaluation.compile_cypher import Compiled, compile_rule
from graphcdp.segments.rule import ast
from graphcdp.segments.study import wilson

ALWAYS_COUNTED = 1_000
"""So few people are all asked, however long that takes."""
COUNTING_SECONDS, SAMPLING_SECONDS = 0.35, 0.3
SAMPLE = 10_000
"""So many are drawn at most, on average: to stop at a number would leave out those who came last."""
AT_FIRST = 100
"""So many of a sample are asked at once, to see how long it takes."""
LOOKED_AT = 5_000


class Share(NamedTuple):
    """How many of the people found have something: a segment's id with its name, a namespace, a destination."""

    id: str
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a rule would find.

    Attributes:
        people: how many fulfil it, exactly or most likely.
        low, high: the 95 % interval; both are `people` where it is exact.
        exact: whether everybody was asked.
        sample: how many people were asked.
        population: how many there are.
        overlap: other segments that they are in, the largest first.
        reach: namespaces of identities by which they can be reached, the largest first.
        destinations: how many of them each destination can take, the largest first; consent and suppressions aside.
        anchor: what the search began with.
        milliseconds: how long it took.
    """

    people: int
    low: int
    high: int
    exact: bool
    sample: int
    population: int
    overlap: tuple[Share, ...]
    reach: tuple[Share, ...]
    destinations: tuple[Share, ...]
    anchor: str
    milliseconds: float


class Taker(NamedTuple):
    """A destination: its id, its title, the namespaces of identities it takes (none: any will do)."""

    id: str
    name: str
    namespaces: tuple[str, ...]


async def estimate(graph: Graph, clock: Clock, rule: ast.Condition, takers: Sequence[Taker] = ()) -> Estimate:
    """Estimate a rule.

    Args:
        graph: where.
        clock: says what `in last 7 days` means.
        rule: that stands by itself: without named conditions and other segments.
        takers: destinations that are asked how many they can take.
    """
    began, now = perf_counter(), clock.now()
    population = (await graph.read_rows("segments.size"))[0][0]
    compiled = compile_rule(rule)
    all_found = await _counted(graph, compiled, now, population)
    if all_found is not None:
        found, asked = all_found, population
    else:
        compiled = compile_rule(rule, "of")
        found, asked = await _sampled(graph, compiled, now, population)
    exact = asked == population
    scale = 1.0 if exact or not asked else population / asked
    low, high = (len(found), len(found)) if exact else _interval(len(found), asked, population)
    looked_at = found if len(found) <= LOOKED_AT else random.sample(found, LOOKED_AT)
    more = scale * len(found) / len(looked_at) if looked_at else 0.0
    names = {one.id: one.name for one in takers}
    asked_for = [[one.id, list(one.namespaces)] for one in takers]
    overlap, reach, taken = await asyncio.gather(
        graph.read_rows("segments.overlap", ids=looked_at),
        graph.read_rows("segments.reach", ids=looked_at),
        graph.read_rows("segments.reach_any", ids=looked_at, takes=asked_for),
    )
    return Estimate(
        people=round(len(found) * scale),
        low=low,
        high=high,
        exact=exact,
        sample=asked,
        population=population,
        overlap=tuple(Share(id, name or id, round(people * more)) for id, name, people in overlap),
        reach=tuple(Share(name, name, round(people * more)) for name, people in reach),
        destinations=tuple(Share(id, names[id], round(people * more)) for id, people in taken),
        anchor=compiled.anchor,
        milliseconds=round((perf_counter() - began) * 1000, 1),
    )


async def _counted(graph: Graph, compiled: Compiled, now: datetime, population: int) -> list[str] | None:
    """Return all whom a rule finds; None where that takes too long (Neo4j is told to stop)."""
    text, asking = _gathered(compiled), compiled.parameters(now)
    limit = None if population <= ALWAYS_COUNTED else COUNTING_SECONDS
    if limit is not None:
        await graph.explain(text, asking)  # to plan it, once, is not what takes long
    try:
        async with asyncio.timeout(limit):
            return list((await graph.read_text(text, asking))[0]["ids"])
    except TimeoutError:
        return None


async def _sampled(graph: Graph, compiled: Compiled, now: datetime, population: int) -> tuple[list[str], int]:
    """Ask people drawn by chance, as many as there is time for; return whom the rule finds, and how many were asked."""
    text = _gathered(compiled)
    drawn = (await graph.read_rows("segments.sample", share=min(1.0, SAMPLE / population)))[0][0]
    random.shuffle(drawn)
    await graph.explain(text, compiled.parameters(now, ids=[]))
    found: list[str] = []
    asked, some, until = 0, AT_FIRST, perf_counter() + SAMPLING_SECONDS
    while asked < len(drawn) and some >= AT_FIRST // 2:
        began = perf_counter()
        ids = drawn[asked : asked + some]
        found += (await graph.read_text(text, compiled.parameters(now, ids=ids)))[0]["ids"]
        asked += len(ids)
        ended = perf_counter()
        some = min(10 * some, int(0.7 * len(ids) * (until - ended) / (ended - began)))
    return found, asked


def _gathered(compiled: Compiled) -> str:
    """Return the statement with all ids in one record: the driver's cost is the record."""
    return f"CALL () {{\n{compiled.text}\n}}\nRETURN collect(id) AS ids"


def _interval(found: int, asked: int, population: int) -> tuple[int, int]:
    """Return the 95 % interval of a share that was found in a sample, as numbers of people."""
    share = wilson(found, asked)
    if share.low is None or share.high is None:
        return 0, population
    return max(found, int(share.low * population)), round(share.high * population)
