"""Plans of journeys: nothing is scanned but profiles, nothing is crossed, and nothing is held up without need."""

from __future__ import annotations

import pytest

from graphcdp.graph import Catalogue, Graph
from tests.graph.test_plans import operators

pytestmark = pytest.mark.anyio

JOURNEYS = sorted(one.name for one in Catalogue.load() if one.name.startswith("journey."))
COUNTED = ("journey.to_read",)  # takes all events from the count store


async def test_nothing_is_scanned_crossed_or_held_up(graph: Graph, clean: None) -> None:
    wrong = []
    async with graph._driver.session(database=graph.database) as session:
        for name in JOURNEYS:
            statement = graph.catalogue.get(name)
            result = await session.run("EXPLAIN " + statement.text, dict.fromkeys(statement.names))
            for operator, details in operators((await result.consume()).plan):
                scanned = "Scan" in operator and not (operator == "NodeByLabelScan" and details.endswith(":Profile"))
                if scanned or operator == "Eager" or "Cartesian" in operator:
                    wrong.append((name, operator, details))
    assert JOURNEYS
    assert [one for one in wrong if one[0] not in COUNTED] == []
