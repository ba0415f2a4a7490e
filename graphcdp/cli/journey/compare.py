"""`journey compare`: an analysis as people are, and again under other identity rules or on cookies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import Json, answer, wants_json
from graphcdp.cli.journey.group import End, InSegment, People, Start, Within, ask, journey, selection_of, show_table
from graphcdp.journeys import Calendar, Comparison, FunnelRule, Journeys, RetentionRule
from graphcdp.journeys.periods import Interval

What = Literal["sessions", "funnel", "retention", "lifecycle", "stickiness", "pattern", "attribution", "channels"]


@journey.command()
def compare(
    what: Annotated[What, typer.Argument(help="The analysis.")],
    said: Annotated[
        str | None, typer.Argument(help="Of a funnel 'viewed product > purchased', of a pattern the pattern.")
    ] = None,
    *,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Another identity rule set.", exists=True, dir_okay=False)
    ] = None,
    cookies: Annotated[bool, typer.Option("--cookies", help="On cookies instead.")] = False,
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
    chosen = selection_of(start, end, "person", segment, people, within)
    text = None if rules is None else rules.read_text(encoding="utf-8")

    def question(journeys: Journeys) -> Any:
        calendar, steps = Calendar(interval), tuple(one.strip() for one in (said or "").split(" > "))
        questions: dict[What, Any] = {
            "sessions": journeys.sessions,
            "funnel": lambda whose: journeys.funnel(FunnelRule(steps), whose),
            "retention": lambda whose: journeys.retention(whose, RetentionRule(), calendar),
            "lifecycle": lambda whose: journeys.lifecycle(whose, calendar=calendar),
            "stickiness": lambda whose: journeys.stickiness(whose, calendar=calendar),
            "pattern": lambda whose: journeys.pattern(said or "", whose),
            "attribution": journeys.attribution,
            "channels": journeys.channels,
        }
        return journeys.compare(questions[what], chosen, identity_rules=text, cookies=cookies)

    found: Comparison[Any] = ask(question)
    frame = found.frame()
    names = [str(name) for name in frame.index.names]
    rows = [
        {**dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True)), "figures": _figures(line)}
        for key, line in frame.iterrows()
    ]
    if wants_json():
        told = {name: [str(one), str(other)] for name, (one, other) in found.changed.items()}
        answer({"changed": told, "rows": [{**row, **{name: str(row[name]) for name in names}} for row in rows]})
        return
    show_table(
        f"{what}: as people are, and {'on cookies' if cookies else f'under {rules}'}",
        (*names, "figure", "here", "there", "difference"),
        [
            (*(str(row[each]) for each in names), name, *values.values())
            for row in rows
            for name, values in row["figures"].items()
            if not figure or name in figure
        ],
    )


def _figures(line: Any) -> dict[str, dict[str, float | None]]:
    from pandas import isna

    found: dict[str, dict[str, float | None]] = {}
    for (figure, of), value in line.items():
        found.setdefault(str(figure), {})[of] = None if isna(value) else float(value)
    return found
