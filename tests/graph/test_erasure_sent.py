"""Who is erased is taken out of destinations too, and nothing of them stays in the receipts."""

from __future__ import annotations

import pytest

from graphcdp.base import Settings
from graphcdp.governance import Erasures, Exports, Leaving, Tombstones
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author, RuleBook
from tests.graph.test_erasure import leftovers
from tests.make import key
from tests.outgoing import CARTS, World, carts
from tests.receivers import receiving

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_destinations_forget_who_is_erased(graph: Graph, settings: Settings) -> None:
    world = World(graph, settings)
    rules = RuleBook(graph, world.clock)
    erasures = Erasures(graph, world.clock, rules, world.pipeline, Tombstones(b"k" * 32))

    async def call_back(tx: Transaction, leaving: Leaving) -> dict[str, int]:
        ids = [leaving.profile_id, *leaving.former_ids]
        return {"activations_withdrawn": await world.destinations.withdraw(tx, ids, leaving.at)}

    erasures.farewells.append(call_back)
    async with receiving() as ads:
        await world.live("carts", CARTS)
        await world.hook("ads", ads.url)
        await world.destinations.activate("carts", "ads")
        await world.happens(carts("sarah"), carts("kim"))
        await world.deliver()
        sarah, kim = [await world.person(f"email|{name}@example.com") for name in ("sarah", "kim")]
        assert ads.held.keys() == {sarah, kim}
        await world.destinations.suppressions.add([key("email|sarah@example.com")], "complaint", destination="ads")
        exports = Exports(graph, world.clock, rules, world.pipeline.writer)
        sent = (await exports.export(key("email|sarah@example.com"), Author("cli:test"))).as_map()
        assert [(one["destination"], one["outcome"]) for one in sent["deliveries"]] == [("ads", "added"), ("ads", None)]
        assert [(one["destination"], one["activation"]) for one in sent["held_by"]] == [("ads", "carts-ads")]
        assert [(one["identity"], one["because"]) for one in sent["suppressions"]] == [
            ("email|sarah@example.com", "complaint")
        ]
        told = await erasures.erase(key("email|sarah@example.com"), Author("cli:test"), preview=True)
        assert ads.held.keys() == {sarah, kim}
        receipt = await erasures.erase(key("email|sarah@example.com"), Author("cli:test"))
        assert receipt.counts == told.counts
        assert (receipt.counts["activations_withdrawn"], receipt.counts["receipts_of_deliveries"]) == (1, 3)
        await world.deliver()
        assert ads.held.keys() == {kim}
    assert await leftovers(graph, ["sarah@"]) == []
    await world.destinations.close()
