"""Who ties devices to people, in GraphQL."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput
from graphcdp.api.graphql.journeys.base import JourneyBase, shown_rules
from graphcdp.journeys import stitching as models
from graphcdp.journeys.stitching import StitchingRule


@strawberry.enum(description="Who ties a device to a person.")
class StitchingMethod(Enum):
    DEVICE = strawberry.enum_value("device", description="Nobody: every device is one.")
    LIVE = strawberry.enum_value("live", description="The last person seen on the device by then; before, nobody.")
    REPLAY = strawberry.enum_value(
        "replay", description="Within the lookback the last person seen on the device in that time; before, as LIVE."
    )
    GRAPH = strawberry.enum_value("graph", description="The identity graph: people are profiles.")


@strawberry.input(description="What is a device, and what a person.")
class StitchingInput:
    persistent: list[str] = strawberry.field(
        default_factory=list, description="Namespaces of devices, in order; empty: all that hold no person."
    )
    transient: list[str] = strawberry.field(
        default_factory=list, description="Namespaces of persons, in order; empty: all that hold one."
    )
    lookback_seconds: int = strawberry.field(
        default=StitchingRule().lookback_seconds, description="How far back a replay goes from the end."
    )
    converts: str | None = strawberry.field(
        default=None, description="Events that are conversions, in the segment language; null: none are counted."
    )

    def model(self) -> StitchingRule:
        """Return the model."""
        return StitchingRule(tuple(self.persistent), tuple(self.transient), self.lookback_seconds, self.converts)


@strawberry.type(description="The same events by one way.")
class StitchedPeople:
    method: StitchingMethod = strawberry.field(description="Which way.")
    people: int = strawberry.field(description="How many there are.")
    tied: int = strawberry.field(description="Events that are a person's.")
    tied_rate: float | None = strawberry.field(description="Their share; null of no events.")
    converted: int | None = strawberry.field(description="People who converted; null where it was not asked.")
    conversion_rate: float | None = strawberry.field(description="Their share of people.")

    @classmethod
    def of(cls, one: models.Stitched) -> Self:
        """Turn a model into its type."""
        return cls(**{**asdict(one), "method": StitchingMethod(one.method)})


@strawberry.type(description="People by all ways side by side.")
class JourneyStitching:
    methods: list[StitchedPeople] = strawberry.field(description="DEVICE, LIVE, REPLAY, GRAPH.")
    events: int = strawberry.field(description="How many there are.")
    devices: int = strawberry.field(description="Of them.")
    shared: int = strawberry.field(description="Devices on which two persons or more were seen.")
    rules: JSON = strawberry.field(description="What it was computed under.")


StitchingResult = Annotated[
    JourneyStitching | InvalidInput,
    strawberry.union("JourneyStitchingResult", description="The ways, or what is wrong with the question."),
]


@strawberry.type(description="How many people there are, by who ties devices to them.")
class StitchingFields(JourneyBase):
    @strawberry.field(description="How many people the selected events are: by devices, live, replayed, by the graph.")
    async def stitching(
        self,
        info: Info,
        rule: Annotated[StitchingInput | None, strawberry.argument(description="What is what.")] = None,
    ) -> StitchingResult:
        found = await info.context.platform.journeys.stitching(self.selection, None if rule is None else rule.model())
        return JourneyStitching(
            methods=[StitchedPeople.of(one) for one in found.methods], events=found.events, devices=found.devices,
            shared=found.shared, rules=shown_rules(found.rules),
        )  # fmt: skip
