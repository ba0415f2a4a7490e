"""The flow of data as one picture."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.permissions import needs
from graphcdp.governance import Dataflow as DataflowModel
from graphcdp.governance import FlowNode


@strawberry.enum(description="Whether something is well.")
class Health(Enum):
    OK = strawberry.enum_value("ok", description="It is.")
    WARNING = strawberry.enum_value("warning", description="Somebody should look.")
    BROKEN = strawberry.enum_value("broken", description="Nothing goes through.")


@strawberry.type(description="How many of what.")
class DataflowCount:
    what: str = strawberry.field(description="Such as `events`, `members`, `queued`.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="A place that data goes through.")
class DataflowNode:
    node_id: str = strawberry.field(description="`segment:runners`.")
    kind: str = strawberry.field(
        description="`source`, `dataset`, `profiles`, `score`, `audience`, `segment`, `activation`, `trigger`, `offer` "
        "or `destination`."
    )
    title: str = strawberry.field(description="For people.")
    state: str | None = strawberry.field(description="Of a segment, activation, trigger or destination.")
    health: Health = strawberry.field(description="Whether it is well.")
    told: str = strawberry.field(description="Why not, in a sentence; else empty.")
    counts: list[DataflowCount] = strawberry.field(description="How many of what.")
    last_at: datetime | None = strawberry.field(description="When something last came in, or went out.")
    labels: list[str] = strawberry.field(description="Labels of a dataset.")

    @classmethod
    def of(cls, one: FlowNode) -> Self:
        """Turn a model into its type."""
        return cls(
            node_id=one.id, kind=one.kind, title=one.title, state=one.state, health=Health(one.health), told=one.told,
            counts=[DataflowCount(what=each.what, count=each.count) for each in one.counts], last_at=one.last_at,
            labels=list(one.labels),
        )  # fmt: skip


@strawberry.type(description="Data goes from one place to another.")
class DataflowEdge:
    source: str = strawberry.field(description="From this node.")
    target: str = strawberry.field(description="To this one.")
    count: int | None = strawberry.field(description="How much, where that can be said.")


@strawberry.type(
    description="Sources, datasets, profiles, scores, audiences, segments, activations, triggers, offers and "
    "destinations, from left to right."
)
class Dataflow:
    at: datetime = strawberry.field(description="As of when.")
    health: Health = strawberry.field(description="How the worst node is.")
    nodes: list[DataflowNode] = strawberry.field(description="The places.")
    edges: list[DataflowEdge] = strawberry.field(description="What goes where.")

    @classmethod
    def of(cls, one: DataflowModel) -> Self:
        """Turn a model into its type."""
        return cls(
            at=one.at, health=Health(one.health), nodes=[DataflowNode.of(each) for each in one.nodes],
            edges=[DataflowEdge(source=each.source, target=each.target, count=each.count) for each in one.edges],
        )  # fmt: skip


@strawberry.type(description="Questions about the flow of data.")
class DataflowQuery:
    @strawberry.field(
        description="Where data comes from, what it goes through and where it goes, with counts and health. It counts "
        "every event: a second for each million.",
        extensions=[needs(Scope.READ)],
    )
    async def dataflow(self, info: Info) -> Dataflow:
        return Dataflow.of(await info.context.platform.dataflow())
