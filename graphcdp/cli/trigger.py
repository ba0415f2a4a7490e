"""The command `trigger`: what destinations are told of beside segments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.destinations import Trigger
from graphcdp.platform import Platform

trigger = typer.Typer(
    name="trigger", help="What destinations are told of beside segments: people who change, policies broken.",
    no_args_is_help=True, rich_markup_mode="rich",
)  # fmt: skip
app.add_typer(trigger)
Id = Annotated[str, typer.Argument(help="The trigger's id.")]


@trigger.command("create")
def create(
    id: Annotated[str, typer.Argument(help="A short name: small letters, digits, `_` and `-`.")],
    destination: Annotated[str, typer.Argument(help="Who is told: a webhook, a topic, files.")],
    *,
    on: Annotated[list[str], typer.Option(help="profile: a person changed; policy: one is broken. Repeat it.")],
    name: Annotated[
        list[str] | None, typer.Option(help="Only where this has another value: profile.NAME, identities. Repeat it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell a destination of what happens from now on: who and what, not the values."""
    found: Trigger = run(_define, settings(), id, destination, on, name or [])
    answer(asdict(found), _line(found))


@trigger.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the triggers."""
    found: tuple[Trigger, ...] = run(_all, settings())
    answer([asdict(one) for one in found], "\n".join(map(_line, found)) or "No trigger is defined.")


@trigger.command()
def pause(id: Id, *, as_json: Json = False) -> None:
    """Tell nothing until it is resumed; what happens meanwhile is not told."""
    found: Trigger = run(_with_author, settings(), "change_state", id, "paused")
    answer(asdict(found), _line(found))


@trigger.command()
def resume(id: Id, *, as_json: Json = False) -> None:
    """Go on."""
    found: Trigger = run(_with_author, settings(), "change_state", id, "active")
    answer(asdict(found), _line(found))


@trigger.command()
def remove(id: Id, *, as_json: Json = False) -> None:
    """Remove a trigger, and what it has not told yet."""
    found: Trigger = run(_with_author, settings(), "remove", id)
    answer(asdict(found), f"{found.id} is removed.")


async def _all(read: Settings) -> tuple[Trigger, ...]:
    async with Platform.open(read) as platform:
        return await platform.destinations.triggers.all()


async def _define(read: Settings, id: str, destination: str, on: list[str], names: list[str]) -> Trigger:
    async with Platform.open(read) as platform:
        triggers = platform.destinations.triggers
        return await triggers.define(id, destination, on, names=names, author=author(None).name)


async def _with_author(read: Settings, name: str, *given: Any) -> Any:
    async with Platform.open(read) as platform:
        return await getattr(platform.destinations.triggers, name)(*given, author=author(None).name)


def _line(one: Trigger) -> str:
    names = f" ({', '.join(one.names)})" if one.names else ""
    return f"{one.id}: {one.state}, tells {one.destination} of {' and '.join(one.on)}{names}"
