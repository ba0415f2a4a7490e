"""`journey pattern`: who did what a path over events says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from graphcdp.base import SystemClock
from graphcdp.cli.frame import answer, named, wants_json
from graphcdp.cli.journey.group import Whose, ask, command, publish, show_table
from graphcdp.journeys import Pattern
from graphcdp.journeys.publish import PatternMatches, PeopleQuestion


@command(drawn=False, people=True)
def pattern(
    path: Annotated[str, typer.Argument(help="'(viewed product)->{1,5}(not purchase)->(call) within 2 days'.")],
    *,
    list_: Annotated[int, typer.Option("--list", help="How many people to list at most.", min=0, max=1_000)] = 10,
    after: Annotated[str | None, typer.Option(help="List behind this cursor.")] = None,
    cypher: Annotated[bool, typer.Option("--cypher", help="Print the statement instead.")] = False,
    call: Annotated[bool, typer.Option("--call", help="Print the call for Neo4j Browser instead.")] = False,
    whose: Whose,
) -> None:
    """Find the people who did what a pattern says, with the events of their first match.

    -> goes to the next event, ->{1,5} one to five times, --> to any later one; (not …) is any other event, () is any.
    `in one session` (`with gaps under 20 minutes`) at its end lets no such silence lie within a match.
    """
    chosen = whose.selection
    if call:
        text = browser_call(Pattern.parse(path), SystemClock().now())
        answer({"text": text}, text)
        return
    if whose.publish is not None:
        publish(whose.publish, PeopleQuestion(PatternMatches(path), chosen), whose.name, live=whose.live)
        return
    found = ask(lambda journeys: journeys.pattern(path, chosen))
    if cypher:
        answer({"text": found.compiled.text, "parameters": found.compiled.parameters}, found.compiled.text)
        return
    page = ask(lambda journeys: journeys.pattern_people(path, chosen, first=list_, after=after)) if list_ else None
    items = [one for one, _ in page.items] if page else []
    cursor = page.items[-1][1] if page and page.more else None
    if wants_json():
        told = {name: getattr(found, name) for name in ("pattern", "people", "matches", "sessions", "rules")}
        answer({**told, "items": [named(one) for one in items], "next": cursor})
        return
    within = "" if found.sessions is None else f" in {found.sessions:,} sessions"
    answer(None, f"{found.people:,} people, {found.matches:,} matches{within}: {found.pattern}")
    if not items:
        return
    show_table(
        "First matches",
        ("who", "matches", "from", "to", "events"),
        [
            (one.who, one.matches, f"{one.times[0]:%Y-%m-%d %H:%M}", f"{one.times[-1]:%Y-%m-%d %H:%M}",
             " > ".join(one.types))
            for one in items
        ],
    )  # fmt: skip
    if cursor:
        answer(None, f"More: --after {cursor}")


def browser_call(pattern: Pattern, now: datetime) -> str:
    """Write the call by which Neo4j Browser finds a pattern in all events."""
    gap = "" if pattern.session_gap_seconds is None else f", {pattern.session_gap_seconds}"
    return f"CALL custom.graphcdp.journey.pattern({_cypher(pattern.elements_data(now))}, {pattern.window_seconds}{gap})"


def _cypher(value: Any) -> str:
    """Write a value as a literal of Cypher."""
    match value:
        case None | bool() | int() | float() | str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return f"datetime({json.dumps(value.isoformat())})"
        case dict():
            return "{" + ", ".join(f"{name}: {_cypher(one)}" for name, one in value.items()) + "}"
        case _:
            return "[" + ", ".join(_cypher(one) for one in value) + "]"
