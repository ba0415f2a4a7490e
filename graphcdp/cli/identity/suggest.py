"""The commands `identity suggest`, `suggestions`, `accept` and `refuse`: people who may be one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from graphcdp.base import Settings
from graphcdp.base.paging import Page
from graphcdp.cli.frame import Json, answer, console, named, run, say, settings, wants_json
from graphcdp.cli.identity.author import Reason, author
from graphcdp.cli.identity.group import identity
from graphcdp.identity import Decision, Suggestion, SuggestionRun, SuggestionState
from graphcdp.platform import Platform

Which = Annotated[str, typer.Argument(help="Id of the suggestion, as `identity suggestions` lists it.")]


@identity.command()
def suggest(
    *,
    threshold: Annotated[float, typer.Option(help="Only pairs at least this likely.", min=0.5, max=1.0)] = 0.9,
    as_json: Json = False,
) -> None:
    """Look for people who may be one by names, addresses, birth dates, emails and phones. Nothing is merged."""
    done = run(_suggest, settings(), threshold)
    answer(
        done,
        f"{done.people:,} people compared in {done.seconds:.1f} s: {done.found:,} pairs are likely one person, "
        f"{done.waiting:,} of them wait for an answer (`graphcdp identity suggestions`).",
    )


async def _suggest(chosen: Settings, threshold: float) -> SuggestionRun:
    async with Platform.open(chosen) as platform:
        return await platform.suggestions.run(threshold=threshold)


@identity.command()
def suggestions(
    *,
    first: Annotated[int, typer.Option(help="At most so many.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="Begin behind the one with this cursor.")] = None,
    state: Annotated[SuggestionState, typer.Option(help="Which.")] = SuggestionState.PROPOSED,
    as_json: Json = False,
) -> None:
    """List people who may be one, the most likely first, and what speaks for and against it."""
    page = run(_list, settings(), first, after, state)
    found = [each for each, _ in page.items]
    following = page.items[-1][1] if page.more else None
    if wants_json():
        answer({"items": [{**named(each), "sentence": each.sentence()} for each in found], "after": following})
        return
    table = Table("suggestion", "probability", "one", "other", "in bits, for (+) and against (-)")
    for each in found:
        factors = ", ".join(f"{factor.field} {factor.bits:+.1f}" for factor in each.waterfall)
        table.add_row(each.id, f"{each.probability:.4f}", each.left_id, each.right_id, factors)
    console().print(table)
    if following is not None:
        say(f"There are more: --after {following}")


async def _list(chosen: Settings, first: int, after: str | None, state: SuggestionState) -> Page[Suggestion]:
    async with Platform.open(chosen) as platform:
        return await platform.suggestions.page(first, after, state=state)


@identity.command()
def accept(suggestion: Which, *, reason: Reason = None, as_json: Json = False) -> None:
    """Merge the two people of a suggestion; `identity undo` takes it back."""
    done = run(_accept, settings(), suggestion, reason)
    answer(named(done), done.sentence)


async def _accept(chosen: Settings, id: str, reason: str | None) -> Decision:
    async with Platform.open(chosen) as platform:
        return await platform.suggestions.accept(id, author(reason))


@identity.command()
def refuse(suggestion: Which, *, reason: Reason = None, as_json: Json = False) -> None:
    """Say that the two people of a suggestion are two; it is not proposed again."""
    refused = run(_refuse, settings(), suggestion, reason)
    answer(named(refused), f"{refused.left_id} and {refused.right_id} stay two people, and are not proposed again.")


async def _refuse(chosen: Settings, id: str, reason: str | None) -> Suggestion:
    async with Platform.open(chosen) as platform:
        return await platform.suggestions.refuse(id, author(reason))
