"""The commands `consent show` and `consent set`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, named, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.cli.identity.named import One, identity_of
from graphcdp.governance import Consent
from graphcdp.platform import Platform

consent = typer.Typer(
    name="consent",
    help="What people agreed to and refused, by purpose and channel.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(consent)


@consent.command()
def show(person: One, *, as_json: Json = False) -> None:
    """Show what a person agreed to and refused."""
    _tell(run(_show, settings(), person))


@consent.command("set")
def set_(
    person: One,
    purpose: Annotated[str, typer.Argument(help="marketing, advertising, personalization, …; or a channel.")],
    *,
    granted: Annotated[bool, typer.Option("--granted/--denied", help="Yes or no.")],
    channel: Annotated[str | None, typer.Option(help="On what: email, sms; on everything if unsaid.")] = None,
    source: Annotated[str, typer.Option(help="Where it was said, such as preference_center.")] = "cli",
    until: Annotated[datetime | None, typer.Option(help="When it expires (UTC); never if unsaid.")] = None,
    as_json: Json = False,
) -> None:
    """Note that a person agreed to something, or refused."""
    ends = None if until is None else until.replace(tzinfo=UTC)
    _tell(run(_set, settings(), person, purpose, granted, channel, source, ends))


def _tell(found: tuple[Consent, ...]) -> None:
    lines = [
        f"{one.purpose}{f' by {one.channel}' if one.channel else ''}: {one.answer}, said {one.word.ts:%Y-%m-%d %H:%M} "
        f"({', '.join(each for each in (one.word.source, one.word.dataset, one.word.by) if each)})"
        + (f", until {one.word.until:%Y-%m-%d}" if one.word.until else "")
        for one in found
    ]
    answer([named(one) for one in found], "\n".join(lines) or "Nothing was ever said.")


async def _show(chosen: Settings, person: str) -> tuple[Consent, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.consents.get(await identity_of(platform, person))


async def _set(
    chosen: Settings, person: str, purpose: str, granted: bool, *told: str | datetime | None
) -> tuple[Consent, ...]:
    channel, source, until = told
    async with Platform.open(chosen) as platform:
        return await platform.consents.put(
            await identity_of(platform, person), purpose, granted=granted, source=str(source),
            channel=None if channel is None else str(channel), by=author(None).name,
            until=until if isinstance(until, datetime) else None,
        )  # fmt: skip
