"""`journey timeline`: what one person did."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.base import Settings
from graphcdp.base.paging import Page
from graphcdp.cli.frame import Json, answer, named, run, settings, wants_json
from graphcdp.cli.identity.named import Person, person_of
from graphcdp.cli.journey.group import End, Start, Within, journey, selection_of, show_table
from graphcdp.journeys import Moment, Selection
from graphcdp.platform import Platform


@journey.command()
def timeline(
    person: Person,
    *,
    gap: Annotated[int, typer.Option(help="Seconds of silence that end a session.")] = 1_800,
    first: Annotated[int, typer.Option(help="At most so many events.", min=1, max=1_000)] = 50,
    after: Annotated[str | None, typer.Option(help="Behind this cursor.")] = None,
    start: Start = None,
    end: End = None,
    within: Within = None,
    as_json: Json = False,
) -> None:
    """Show what one person did on every device and channel, in order and in sessions."""
    chosen = selection_of(start=start, end=end, within=within)
    page: Page[Moment] = run(_read, settings(), person, chosen, gap, first, after)
    cursor = page.items[-1][1] if page.more else None
    if wants_json():
        answer({"moments": [named(one) for one, _ in page.items], "next": cursor})
        return
    show_table(
        "Time line",
        ("session", "time", "type", "channel", "about", "on"),
        (
            (one.session, f"{one.ts:%Y-%m-%d %H:%M:%S}", one.type, one.channel, one.about, one.identity_key)
            for one, _ in page.items
        ),
    )
    if cursor:
        answer(None, f"More: --after {cursor}")


async def _read(  # noqa: PLR0917
    chosen: Settings, person: str, selection: Selection, gap: int, first: int, after: str | None
) -> Page[Moment]:
    async with Platform.open(chosen) as platform:
        found = await person_of(platform, person)
        profile = await (platform.profiles.get_by_id(found) if isinstance(found, str) else platform.profiles.get(found))
        return await platform.journeys.timeline(profile.id, selection, gap_seconds=gap, first=first, after=after)
