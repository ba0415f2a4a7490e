"""How a segment did over time."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from graphcdp.segments import study as models


@strawberry.type(description="A figure with its 95 % interval; null where nobody is there to be asked.")
class StudyFigure:
    value: float | None = strawberry.field(description="The figure.")
    low: float | None = strawberry.field(description="Lower end.")
    high: float | None = strawberry.field(description="Upper end.")

    @classmethod
    def of(cls, one: models.Range) -> Self:
        """Turn a model into its type."""
        return cls(value=one.value, low=one.low, high=one.high)


@strawberry.type(description="The entered, or everyone else, in a period.")
class StudySide:
    people: int = strawberry.field(description="How many.")
    converted: int = strawberry.field(description="How many of them converted.")
    conversion: StudyFigure = strawberry.field(description="The share (Wilson's interval).")
    revenue: float = strawberry.field(description="What they spent.")
    spend: StudyFigure = strawberry.field(description="What one of them spent on average.")

    @classmethod
    def of(cls, one: models.Side) -> Self:
        """Turn a model into its type."""
        return cls(
            people=one.people, converted=one.converted, conversion=StudyFigure.of(one.conversion),
            revenue=one.revenue, spend=StudyFigure.of(one.spend),
        )  # fmt: skip


@strawberry.type(description="A day or a week of a segment.")
class StudyBucket:
    start: datetime = strawberry.field(description="Its first instant.")
    size: int = strawberry.field(description="How many were members at its end.")
    entries: int = strawberry.field(description="How many stays began.")
    exits: int = strawberry.field(description="How many stays ended.")
    entered: StudySide = strawberry.field(description="People who had entered, from their entry on.")
    others: StudySide = strawberry.field(description="Everyone else.")

    @classmethod
    def of(cls, one: models.Bucket) -> Self:
        """Turn a model into its type."""
        return cls(
            start=one.start, size=one.size, entries=one.entries, exits=one.exits, entered=StudySide.of(one.entered),
            others=StudySide.of(one.others),
        )  # fmt: skip


@strawberry.type(description="A segment over time, against everyone else.")
class SegmentStudy:
    event: str = strawberry.field(description="What counts as conversion.")
    since: datetime = strawberry.field(description="The first instant.")
    until: datetime = strawberry.field(description="Before this instant.")
    entered: StudySide = strawberry.field(description="People who had entered, over the whole period.")
    others: StudySide = strawberry.field(description="Everyone else, over the whole period.")
    buckets: list[StudyBucket] = strawberry.field(description="In order of time.")

    @classmethod
    def of(cls, one: models.Study) -> Self:
        """Turn a model into its type."""
        return cls(
            event=one.event, since=one.since, until=one.until, entered=StudySide.of(one.entered),
            others=StudySide.of(one.others), buckets=[StudyBucket.of(each) for each in one.buckets],
        )  # fmt: skip
