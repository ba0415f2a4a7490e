"""How many people a rule would find, before it is kept: counted where that is cheap, else from a sample."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from graphcdp.base import Clock
from graphcdp.graph import Graph
from graphcdp.segments import ast
from graphcdp.segments.compile_cypher import compile_rule
from graphcdp.segments.study import wilson

COUNTED_UP_TO = 50_000
SAMPLE = 5_000
"""So many are drawn on average: to stop at a number would leave out those who came last."""
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
    began = perf_counter()
    population = (await graph.read_rows("segments.size"))[0][0]
    exact = population <= COUNTED_UP_TO
    if exact:
        compiled = compile_rule(rule)
        asked = population
        rows = await graph.read_text(compiled.text, compiled.parameters(clock.now()))
    else:
        compiled = compile_rule(rule, "of")
        ids = [id for (id,) in await graph.read_rows("segments.sample", share=min(1.0, SAMPLE / population))]
        asked = len(ids)
        rows = await graph.read_text(compiled.text, compiled.parameters(clock.now(), ids=ids))
    found = [row["id"] for row in rows]
    scale = 1.0 if exact or not asked else population / asked
    low, high = (len(found), len(found)) if exact else _interval(len(found), asked, population)
    looked_at = found[:LOOKED_AT]
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


def _interval(found: int, asked: int, population: int) -> tuple[int, int]:
    """Return the 95 % interval of a share that was found in a sample, as numbers of people."""
    share = wilson(found, asked)
    if share.low is None or share.high is None:
        return 0, population
    return max(found, int(share.low * population)), round(share.high * population)
