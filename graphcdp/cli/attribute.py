"""The commands `attribute`: computed attributes, declared and not coded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, app, run, say, settings
from graphcdp.cli.identity.author import author
from graphcdp.platform import Platform
from graphcdp.segments.computed import ComputedAttribute, Declaration, declare, read_declarations

attribute = typer.Typer(
    name="attribute",
    help="Computed attributes: figures over a person's events, declared in the segment language.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(attribute)


@attribute.command("declare")
def declare_(
    name: Annotated[str | None, typer.Argument(help="Its name, snake_case; `profile.name` in segments.")] = None,
    expression: Annotated[
        str | None, typer.Argument(help="Such as 'most frequent(category of purchased in last 365 days)'.")
    ] = None,
    *,
    at_least: Annotated[int, typer.Option(help="Of fewer events there is no value.", min=1)] = 1,
    title: Annotated[str | None, typer.Option(help="What it is, for people.")] = None,
    file: Annotated[Path | None, typer.Option(help="A YAML file of declarations instead.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Declare computed attributes and compute them for everybody; from then on they follow the events."""
    if file is not None:
        if name is not None:
            raise InvalidInputError("Give a name and an expression, or --file, not both.", field="file")
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{file} cannot be read: {error}.", field="file") from error
        wanted = read_declarations(text, str(file))
    elif name is None or expression is None:
        raise InvalidInputError("Give a name and an expression, or --file with declarations.", field="expression")
    else:
        wanted = (declare(name, expression, at_least, title),)
    found = run(_declare, settings(), wanted, author(None).name)
    answer([data(each) for each in found], "\n".join(f"{_shown(each)}: current." for each in found))


@attribute.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the computed attributes."""
    found = run(_list, settings())
    answer([data(each) for each in found], "\n".join(map(_shown, found)) or "No computed attribute is declared.")


@attribute.command()
def remove(name: Annotated[str, typer.Argument(help="Which.")], *, as_json: Json = False) -> None:
    """Remove a computed attribute with its values; what sources state under its name counts again."""
    run(_remove, settings(), name)
    answer({"removed": name}, f"{name} is removed.")


async def _declare(chosen: Settings, wanted: tuple[Declaration, ...], by: str | None) -> tuple[ComputedAttribute, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.computed.declare(
            wanted, author=by, watch=lambda done: say(f"{done:,} profiles gone through")
        )


async def _list(chosen: Settings) -> tuple[ComputedAttribute, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.computed.all()


async def _remove(chosen: Settings, name: str) -> None:
    async with Platform.open(chosen) as platform:
        await platform.computed.remove(name)


def data(one: ComputedAttribute) -> dict[str, Any]:
    """Return a computed attribute as `--json` prints it."""
    said = one.declaration
    return {
        "name": said.name,
        "expression": said.expression,
        "at_least": said.at_least,
        "title": said.title,
        "state": one.state,
        "declared_at": one.declared_at,
        "declared_by": one.declared_by,
    }


def _shown(one: ComputedAttribute) -> str:
    said = one.declaration
    least = f", from {said.at_least} events on" if said.at_least > 1 else ""
    state = "" if one.state == "current" else f" ({one.state})"
    return f"{said.name} = {said.expression}{least}{state}"
