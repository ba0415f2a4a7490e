"""`journey publish`, `audiences` and `refresh`: people whom a journey found become a segment."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, named, run, settings, wants_json
from graphcdp.cli.journey.group import Live, Name, Whose, command, journey, show_table
from graphcdp.cli.journey.group import publish as publish_people
from graphcdp.journeys.funnel import Outcome
from graphcdp.journeys.publish import PeopleQuestion
from graphcdp.platform import Platform
from graphcdp.segments.audiences import Audience

Id = Annotated[str, typer.Argument(help="The id of the segment.")]


@command(drawn=False)
def publish(
    id: Id,
    *,
    funnel: Annotated[
        str | None, typer.Option(help="People of a funnel: 'viewed product > added to cart > purchased'.")
    ] = None,
    step: Annotated[int, typer.Option(help="With `--funnel`: at this step, from 1.", min=1)] = 1,
    outcome: Annotated[Outcome, typer.Option(help="With `--funnel`: who stopped there, or reached it.")] = "stopped",
    days: Annotated[int, typer.Option(help="With `--funnel`: the window in days.", min=1, max=366)] = 14,
    cell: Annotated[
        str | None, typer.Option(help='Any other number, as JSON: \'{"kind": "lifecycle", "period": …}\'.')
    ] = None,
    name: Name = None,
    live: Live = False,
    whose: Whose,
) -> None:
    """Make a segment of the people behind a number of a journey; it is active at once.

    Commands that list people do the same with --publish, by their own options.
    """
    if (funnel is None) == (cell is None):
        raise InvalidInputError("Say which people: `--funnel` or `--cell`, one of them.", field="cell")
    said: Any = {
        "kind": "funnel",
        "rule": {"steps": [one.strip() for one in (funnel or "").split(" > ")], "window_seconds": days * 86_400},
        "outcome": outcome,
        "step": step,
    }
    question = PeopleQuestion.of(said if cell is None else _json(cell), whose.selection)
    publish_people(id, question, name, live=live)


@journey.command()
def refresh(id: Id, *, as_json: Json = False) -> None:
    """Ask the question of an audience again: who is found enters, who is not leaves."""
    told = run(_refresh, settings(), id)
    answer(named(told), f"{told.people:,} are in {id}.")


@journey.command()
def audiences(*, as_json: Json = False) -> None:
    """List the audiences that were published."""
    found = run(_all, settings())
    if wants_json():
        answer([named(one) for one in found])
        return
    show_table(
        "Audiences",
        ("id", "name", "people", "", "asked"),
        [
            (one.id, one.name, one.people, "live" if one.live else "fixed",
             f"{one.refreshed_at:%Y-%m-%d %H:%M}" if one.refreshed_at else None)
            for one in found
        ],
    )  # fmt: skip


async def _refresh(chosen: Settings, id: str) -> Audience:
    async with Platform.open(chosen) as platform:
        return await platform.publishing.refresh(id)


async def _all(chosen: Settings) -> tuple[Audience, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.publishing.audiences.all()


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"`--cell` is no JSON: {error}.", field="cell") from None
