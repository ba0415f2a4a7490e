"""What tests of destinations share: a pipeline with segments and destinations, and a clock to move."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from graphcdp.base import MovableClock, Settings
from graphcdp.destinations import Deliverer, Destinations, Open, Patience, Plan, Queue, Refused
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook, Undo
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact
from graphcdp.segments.store import Segments
from graphcdp.segments.vocabulary.language import Language
from tests.make import NOON, fact


class Guard(Open):
    """A gate that says no to some people."""

    def __init__(self) -> None:
        self.no: set[str] = set()
        self.never: str | None = None
        self.plans: list[Plan] = []

    async def may_activate(self, plan: Plan) -> Refused | None:
        self.plans.append(plan)
        return None if self.never is None else Refused("policy", self.never)

    async def may_deliver(self, plan: Plan, profile_ids: Any) -> list[Refused | None]:
        return [Refused("consent", "No consent.") if id in self.no else None for id in profile_ids]


class World:
    """A pipeline with segments and destinations over the session's graph, and a clock to move."""

    def __init__(self, graph: Graph, settings: Settings) -> None:
        self.graph = graph
        self.clock = MovableClock(NOON)
        rules = RuleBook(graph, self.clock)
        self.pipeline = Pipeline(graph, self.clock, rules, b"k" * 32)
        self.undo = Undo(graph, self.clock, rules, self.pipeline.writer)
        self.undo.regrouped = self.pipeline.regroup
        self.segments = Segments(graph, self.clock, self.pipeline, Language(graph, self.clock, rules))
        queue = Queue()
        self.segments.moved.append(queue.moved)
        self.pipeline.wakes.append(queue.wake)
        self.gate = Guard()
        self.queue = queue
        self.destinations = Destinations(graph, self.clock, self.pipeline, self.segments, settings, gate=self.gate)
        self.deliverer = Deliverer(graph, self.clock, self.destinations, self.gate)
        self.deliverer.patience = Patience(attempts=3, rest_seconds=30)

    async def happens(self, *facts: Fact, seconds: float = 1) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        await self.pipeline.ingest(facts)

    async def deliver(self, seconds: float = 1) -> int:
        self.clock.advance(timedelta(seconds=seconds))
        return await self.deliverer.drain()

    async def live(self, id: str, rule: str) -> None:
        await self.segments.define(id, rule)
        await self.segments.change_state(id, "active")

    async def hook(self, id: str, url: str, **options: Any) -> None:
        await self.destinations.create(id, "webhook", {"url": url, **options}, actions=["retargeting"])

    async def person(self, identity: str) -> str:
        (row,) = await self.graph.read_text(
            "MATCH (:Identity {key: $key})<-[:HAS_IDENTITY]-(one:Profile) RETURN one.id AS id", {"key": identity}
        )
        return str(row["id"])

    async def outcomes(self, **of: Any) -> list[tuple[str, str | None]]:
        return [(one.state, one.outcome) for one in reversed(await self.destinations.deliveries(**of))]


CARTS = "carted and not purchased"


def carts(who: str) -> Fact:
    """Somebody puts something in the cart."""
    return fact(f"email|{who}@example.com", type="add_to_cart", id=f"cart-{who}")


def buys(who: str, id: str = "buy") -> Fact:
    """Somebody buys the product P1."""
    return fact(f"email|{who}@example.com", type="purchase", id=f"{id}-{who}", products=("P1",))
