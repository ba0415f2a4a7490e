"""Flows, paths and transitions of random histories in Neo4j are those of an oracle; what goes in comes out."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphcdp.graph import Graph
from graphcdp.journeys import FlowRule
from tests.oracle.flow import Around, links, sequences, stretch
from tests.property.test_funnel import TYPES, World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

arounds = st.builds(
    Around,
    anchor=st.none() | st.sets(st.sampled_from(TYPES), min_size=1, max_size=2).map(frozenset),
    last=st.booleans(),
    before=st.integers(0, 2),
    after=st.integers(1, 4),
    collapse=st.booleans(),
    gap=st.none() | st.integers(1, 3),
)


def asked(around: Around) -> FlowRule:
    """The same in graphcdp's words."""
    anchor = None if around.anchor is None else f"did ({' or '.join(sorted(around.anchor))})"
    at = "last" if around.last else "first"
    return FlowRule(anchor, at, around.before, around.after, collapse=around.collapse, session_gap_seconds=around.gap)


@pytest.fixture
async def world(graph: Graph) -> World:
    return World(graph)


@given(st.integers(0, 2**32), st.lists(arounds, min_size=4, max_size=4), st.integers(1, 3))
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_neo4j_goes_the_same_ways(world: World, seed: int, drawn: list[Around], top_n: int) -> None:
    people = list((await world.fill(Random(seed))).values())
    journeys = world.journeys
    for around in drawn:
        flow = await journeys.flow(rule=asked(around), top_n=top_n)
        assert {one[:3]: one.sequences for one in flow.links} == links(around, people, top_n), around
        into, out = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
        for step, source, target, many in flow.links:
            out[step, source] += many
            into[step + 1, target] += many
        for (step, name), many in into.items():
            if step < around.after and name != "(exit)":
                assert out[step, name] == many
        cut = [sequence for events in people for sequence in sequences(events, around.gap)]
        wanted = Counter(tuple(one[place] for place in sorted(one)) for one in (stretch(around, each) for each in cut)
                         if one is not None)  # fmt: skip
        paths = await journeys.paths(rule=asked(around))
        top = sorted(wanted.items(), key=lambda pair: (-pair[1], pair[0]))[:50]
        assert [(one.path, one.sequences) for one in paths.paths] == top
        assert paths.sequences == flow.sequences == wanted.total()
        if paths.paths and around.anchor is not None and not around.before:
            best = paths.paths[0]
            page = await journeys.path_people(best.path, rule=asked(around), first=3)
            assert len(page.items) == min(3, best.people)
            assert page.more == (best.people > 3)
        edges = await journeys.transitions(collapse=False, session_gap_seconds=around.gap)
        walks = [list(pairwise(["(entry)", *(event.type for event in each), "(exit)"])) for each in cut]
        assert {one[:2]: one.times for one in edges.edges} == Counter(pair for walk in walks for pair in walk)
        once = Counter(pair for walk in walks for pair in set(walk))
        assert {one[:2]: one.sessions for one in edges.edges} == {
            pair: None if around.gap is None else many for pair, many in once.items()
        }
