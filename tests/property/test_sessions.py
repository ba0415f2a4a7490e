"""Sessions of random histories in Neo4j are those of an oracle that goes event by event."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphcdp.graph import Graph
from graphcdp.journeys import SessionRule
from tests.oracle.sessions import cut
from tests.property.test_funnel import World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

rules = st.builds(
    SessionRule,
    gap_seconds=st.integers(1, 4),
    gap_is_longer=st.booleans(),
    max_seconds=st.none() | st.integers(1, 5),
    changes=st.sampled_from([None, "p"]),
)


@pytest.fixture
async def world(graph: Graph) -> World:
    return World(graph)


@given(st.integers(0, 2**32), st.lists(rules, min_size=4, max_size=4))
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_neo4j_cuts_where_the_oracle_cuts(world: World, seed: int, drawn: list[SessionRule]) -> None:
    people = await world.fill(Random(seed))
    for rule in drawn:
        wanted = {
            (who, number): [one.id for one in session]
            for who, events in people.items()
            for number, session in enumerate(
                cut(events, rule.gap_seconds, longer=rule.gap_is_longer, most=rule.max_seconds, changes=rule.changes), 1
            )
        }
        found, after = {}, None
        while True:
            page = await world.journeys.list_sessions(rule=rule, first=17, after=after)
            for one, after in page.items:  # noqa: B007
                found[one.first_event.split(":")[0], one.number] = (one.first_event, one.last_event, one.events)
            if not page.more:
                break
        assert found == {key: (ids[0], ids[-1], len(ids)) for key, ids in wanted.items()}
        (group,) = (await world.journeys.sessions(rule=rule)).groups
        assert group.sessions == len(wanted)
        assert group.people == len(people)
        assert group.bounces == sum(len(ids) == 1 for ids in wanted.values())
        assert group.events == sum(map(len, wanted.values()))
