"""`journey compare`: an analysis as people are, and again under other identity rules or on cookies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import Json
from graphcdp.cli.journey.group import (
    End,
    InSegment,
    People,
    Start,
    Within,
    ask,
    journey,
    rules_in,
    selection_of,
    show_comparison,
)
from graphcdp.journeys import Calendar, FunnelRule, Journeys, RetentionRule
from graphcdp.journeys.periods import Interval

What = Literal[
    "sessions", "funnel", "flow", "paths", "transitions", "retention", "lifecycle", "stickiness", "pattern",
    "attribution", "channels", "content", "products", "tools", "drivers", "call-deflection",
]  # fmt: skip


@journey.command()
def compare(
    what: Annotated[What, typer.Argument(help="The analysis.")],
    said: Annotated[
        str | None, typer.Argument(help="Of a funnel 'viewed product > purchased', of a pattern the pattern.")
    ] = None,
    *,
    rules: Annotated[Path | None, typer.Option("--rules", help="Another identity rule set.", dir_okay=False)] = None,
    cookies: Annotated[bool, typer.Option("--cookies", help="On cookies instead.")] = False,
    days: Annotated[int, typer.Option(help="Of a funnel: the window in days.", min=1, max=366)] = 14,
    figure: Annotated[
        list[str] | None, typer.Option(help="Only this figure, such as people; may be said several times.")
    ] = None,
    interval: Annotated[Interval, typer.Option(help="Of retention, lifecycle, stickiness.")] = "week",
    start: Start = None,
    end: End = None,
    segment: InSegment = None,
    people: People = None,
    within: Within = None,
    as_json: Json = False,
) -> None:
    """Ask as people are, and again under other identity rules or on cookies; show both and the difference."""
    if (said is None) is (what in ("funnel", "pattern")):
        raise InvalidInputError(
            f"Say the steps or the path behind `{what}`." if said is None else f"`{what}` takes no more words.",
            field="said",
        )
    chosen = selection_of(start=start, end=end, segment=segment, people=people, within=within)
    text = rules_in(rules, "--rules")

    def question(journeys: Journeys) -> Any:
        calendar, steps = Calendar(interval), tuple(one.strip() for one in (said or "").split(" > "))
        questions: dict[What, Any] = {
            "sessions": journeys.sessions,
            "funnel": lambda whose: journeys.funnel(FunnelRule(steps, window_seconds=days * 86_400), whose),
            "flow": journeys.flow,
            "paths": journeys.paths,
            "transitions": journeys.transitions,
            "retention": lambda whose: journeys.retention(whose, RetentionRule(), calendar),
            "lifecycle": lambda whose: journeys.lifecycle(whose, calendar=calendar),
            "stickiness": lambda whose: journeys.stickiness(whose, calendar=calendar),
            "pattern": lambda whose: journeys.pattern(said or "", whose),
            "attribution": journeys.attribution,
            "channels": journeys.channels,
            "content": journeys.popular,
            "products": lambda whose: journeys.popular(whose, "product"),
            "tools": journeys.tools,
            "drivers": journeys.drivers,
            "call-deflection": journeys.call_deflection,
        }
        return journeys.compare(questions[what], chosen, identity_rules=text, cookies=cookies)

    other = "on cookies" if cookies else f"under {rules}"
    show_comparison(ask(question), f"{what}: as people are, and {other}", figure or ())
