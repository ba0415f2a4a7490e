"""`journey funnel`: how many got how far, who they are, and what they did instead."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError
from graphcdp.cli.frame import answer, named, wants_json
from graphcdp.cli.journey.group import Whose, ask, behind, command, listed, percent, show, show_table
from graphcdp.journeys import Exclusion, Funnel, FunnelRule, FunnelStep
from graphcdp.journeys.funnel import Anchor, Entry, Order, Outcome, Policy, Tie, Why
from graphcdp.journeys.publish import FunnelOutcome


@command(people=True)
def funnel(
    steps: Annotated[list[str], typer.Argument(help="Each step: 'viewed product', \"purchased where revenue > 50\".")],
    *,
    order: Annotated[Order, typer.Option(help="How the steps follow each other.")] = "ordered",
    window_days: Annotated[float, typer.Option(help="How long it may take.")] = 14,
    anchor: Annotated[Anchor, typer.Option(help="Where the window begins.")] = "first_step",
    entry: Annotated[Entry, typer.Option(help="Which first step may begin a try.")] = "any",
    tie: Annotated[Tie, typer.Option(help="What becomes of events at one instant.")] = "step_order",
    exclude: Annotated[
        list[str] | None, typer.Option(help="What must not happen between steps: '1-2: called'. May be given again.")
    ] = None,
    policy: Annotated[Policy, typer.Option(help="What an exclusion does.")] = "stop_at_step",
    hold: Annotated[str | None, typer.Option(help="A property that must be the same along all steps.")] = None,
    by: Annotated[str | None, typer.Option(help="Count apart by this property, or profile.<attribute>.")] = None,
    gap: Annotated[
        int | None, typer.Option(help="Every session for itself, cut at silences of so many seconds.", min=1)
    ] = None,
    persons: Annotated[Outcome | None, typer.Option(help="List the people behind a number instead.")] = None,
    value: Annotated[str | None, typer.Option(help="With `--persons` and `--by`: only those with this value.")] = None,
    reason: Annotated[Why | None, typer.Option(help="With `--persons stopped`: only those for this reason.")] = None,
    paths: Annotated[int, typer.Option(help="Say what those did next who stopped: so many events.", min=0)] = 0,
    step: Annotated[int, typer.Option(help="At which step, for --persons and --paths.", min=1)] = 1,
    first: Annotated[int, typer.Option(help="At most so many people or paths.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="People behind this cursor.")] = None,
    whose: Whose,
) -> None:
    """Count how many people got how far along steps, how fast, and why they stopped."""
    rule = FunnelRule(
        steps=tuple(steps), order=order, window_seconds=round(window_days * 86_400), window_anchor=anchor, entry=entry,
        tie=tie, exclusions=tuple(map(_exclusion, exclude or ())), exclusion_policy=policy, hold_constant=hold,
        breakdown=by, session_gap_seconds=gap,
    )  # fmt: skip
    if persons:
        behind(
            whose,
            FunnelOutcome(rule, persons, step, value, reason),
            "people",
            f"Who {persons} step {step}",
            ("who", "value", "reached", "reason", "events"),
            lambda one: (one.who, one.value, one.reached, one.reason, " → ".join(one.event_ids)),
            first,
            after,
        )
        return
    if paths:
        chosen = listed(whose)
        found = ask(lambda journeys: journeys.drop_off_paths(rule, chosen, step=step, length=paths, most=first))
        if wants_json():
            answer([named(one) for one in found])
            return
        ways = ((" → ".join(one.path) or "(nothing more)", one.people) for one in found)
        show_table(f"What came next for those who stopped at step {step}", ("path", "people"), ways)
        return
    show(whose, lambda journeys, selection: journeys.funnel(rule, selection), lambda made: _steps(by, made))


def _steps(by: str | None, made: Funnel) -> None:
    heads: tuple[str, ...] = ("step", "people", "of first", "of previous", "stopped", "median to next")
    rows: list[tuple[Any, ...]] = [
        (f"{one.step}. {one.name}", one.people, percent(one.from_first), percent(one.from_previous),
         _stopped(one), _lasting(one.next_median_seconds))
        for one in made.steps
    ]  # fmt: skip
    if made.rules["session_gap_seconds"] is not None:
        heads = ("step", "sessions", *heads[1:])
        rows = [(row[0], one.sessions, *row[1:]) for one, row in zip(made.steps, rows, strict=True)]
    if by is not None:
        heads = (by, *heads)
        rows = [(one.value or "-", *row) for one, row in zip(made.steps, rows, strict=True)]
    show_table("Funnel", heads, rows)


def _exclusion(text: str) -> Exclusion:
    place, mark, events = text.partition(":")
    low, dash, high = place.strip().partition("-")
    if not (mark and dash and low.isdigit() and high.isdigit()):
        raise InvalidInputError(
            f"--exclude `{text[:100]}` is not written FROM-TO: EVENTS, such as '1-2: called'. Write it so.",
            field="exclude",
        )
    return Exclusion(events.strip(), int(low), int(high))


def _stopped(one: FunnelStep) -> str:
    """Say how many stopped, and why where not all have the plain reason that nothing fitting came later."""
    if set(one.reasons) <= {"no_later_event"} or not one.stopped:
        return f"{one.stopped:,}"
    return "\n".join(f"{many:,} {why.replace('_', ' ')}" for why, many in one.reasons.items())


def _lasting(seconds: float | None) -> str:
    """Say how long something lasts, in its own unit."""
    if seconds is None:
        return "-"
    for unit, size in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
