"""The commands `destination` and `suppress`: where audiences go, and who is sent nothing."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, app, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.destinations import Destination, catalog, options_of
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform

destination = typer.Typer(
    name="destination",
    help="Destinations: where audiences are sent to.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(destination)
suppress = typer.Typer(
    name="suppress", help="Identities that nothing is sent to.", no_args_is_help=True, rich_markup_mode="rich"
)
app.add_typer(suppress)
Id = Annotated[str, typer.Argument(help="The destination's id.")]


@destination.command()
def kinds(*, as_json: Json = False) -> None:
    """Show the kinds of destinations, and what each is to be told."""
    told, lines = [], []
    for one in catalog().values():
        options = options_of(one)
        told.append(
            {
                "kind": one.kind, "title": one.title, "about": one.about, "takes": one.namespaces,
                "hashing": one.hashing, "can_remove": one.can_remove,
                "batch_size": one.batch_size, "rate": one.rate, "tells": one.tells, "says_held": one.says_held(),
                "options": [asdict(each) for each in options],
            }
        )  # fmt: skip
        lines.append(f"{one.kind}: {one.about}")
        for each in options:
            mark = " (secret)" if each.secret else " (needed)" if each.required else ""
            lines.append(f"    {each.name}{mark}: {each.about}")
        lines.append(f"    What it holds: {'it is asked itself' if one.says_held() else 'by the receipts kept here'}.")
    answer(told, "\n".join(lines))


@destination.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the destinations, and how they do."""
    found: tuple[Destination, ...] = run(_with, settings(), "all")
    answer([_data(one) for one in found], "\n".join(map(_line, found)) or "No destination is defined.")


@destination.command()
def show(id: Id, *, as_json: Json = False) -> None:
    """Show a destination; its secrets are never shown."""
    found: Destination = run(_with, settings(), "get", id)
    options = "\n".join(f"    {name}: {value}" for name, value in found.options.items())
    answer(_data(found), f"{_line(found)}\n{options}")


@destination.command()
def create(
    id: Annotated[str, typer.Argument(help="A short name: small letters, digits, `_` and `-`.")],
    kind: Annotated[str, typer.Argument(help="One of `graphcdp destination kinds`.")],
    *,
    option: Annotated[list[str] | None, typer.Option(help="`name=value`; numbers and lists as in JSON.")] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(help="`name=@FILE`, `name=env:VARIABLE`, or `name` alone to be asked: never in the history."),
    ] = None,
    action: Annotated[list[str] | None, typer.Option(help="A marketing action that it serves; repeat it.")] = None,
    title: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    most_messages: Annotated[int | None, typer.Option(help="So many messages to one person at most …", min=1)] = None,
    in_days: Annotated[float | None, typer.Option(help="… in so many days.")] = None,
    except_segment: Annotated[list[str] | None, typer.Option(help="Its members are never sent there.")] = None,
    as_json: Json = False,
) -> None:
    """Define a destination, or give it other options; secrets that are not said again stay."""
    if (most_messages is None) != (in_days is None):
        raise InvalidInputError("Give both --most-messages and --in-days, or neither.", field="most_messages")
    options = {**dict(_option(one) for one in option or ()), **dict(_secret(one) for one in secret or ())}
    frequency = None if most_messages is None or in_days is None else (most_messages, in_days)
    found: Destination = run(
        _create, settings(), id, kind, options,
        {"actions": action or [], "title": title, "frequency": frequency, "except_": except_segment or []},
    )  # fmt: skip
    answer(_data(found), _line(found))


@destination.command()
def probe(id: Id, *, as_json: Json = False) -> None:
    """Find out whether a destination can be reached."""
    said: str = run(_with, settings(), "probe", id)
    answer({"answer": said}, said)


@destination.command()
def pause(id: Id, *, as_json: Json = False) -> None:
    """Send nothing there until it is resumed; what changes meanwhile waits."""
    _change(id, "paused")


@destination.command()
def resume(id: Id, *, as_json: Json = False) -> None:
    """Let a destination go on, also one that rests after failures."""
    _change(id, "active")


@suppress.command("add")
def suppress_add(
    namespace: Annotated[str | None, typer.Argument(help="Namespace of the identity: email, phone, …")] = None,
    value: Annotated[str | None, typer.Argument(help="Its value, in any spelling.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", help="A CSV file whose columns are namespaces.", dir_okay=False)
    ] = None,
    because: Annotated[str, typer.Option(help="A short word.")] = "unsubscribed",
    to: Annotated[str | None, typer.Option(help="Only at this destination.")] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Until then (UTC); for good if nothing is said.", formats=["%Y-%m-%d"])
    ] = None,
    as_json: Json = False,
) -> None:
    """Send nothing to an identity any more, or to all of a file."""
    keys = _keys(file) if file is not None else []
    if namespace is not None and value is not None:
        keys.append(IdentityKey(namespace, value))
    if not keys:
        raise InvalidInputError("Give a namespace and a value, or --file.", field="value")
    end = None if until is None else until.replace(tzinfo=UTC)
    found: int = run(_suppress, settings(), keys, because, to, end)
    answer({"suppressed": found}, f"Nothing is sent to {found} {'identity' if found == 1 else 'identities'} any more.")


@suppress.command("list")
def suppress_list(
    first: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 100, *, as_json: Json = False
) -> None:
    """List the identities that nothing is sent to."""
    found = run(_suppressions, settings(), first)
    lines = [
        f"{one.id}  {one.because}"
        + ("" if one.destination is None else f", at {one.destination}")
        + ("" if one.until is None else f", until {one.until:%Y-%m-%d}")
        for one in found
    ]
    answer([one._asdict() for one in found], "\n".join(lines) or "Nobody is suppressed.")


@suppress.command("remove")
def suppress_remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of `suppress list`.")], *, as_json: Json = False
) -> None:
    """Take suppressions back."""
    found: int = run(_unsuppress, settings(), ids)
    answer({"removed": found}, f"Took {found} back.")


def _change(id: str, state: str) -> None:
    found: Destination = run(_with_author, settings(), "change_state", id, state)
    answer(_data(found), _line(found))


async def _with(read: Settings, name: str, *given: Any) -> Any:
    async with Platform.open(read) as platform:
        return await getattr(platform.destinations, name)(*given)


async def _with_author(read: Settings, name: str, *given: Any) -> Any:
    async with Platform.open(read) as platform:
        return await getattr(platform.destinations, name)(*given, author=author(None).name)


async def _create(read: Settings, id: str, kind: str, options: dict[str, Any], more: dict[str, Any]) -> Destination:
    async with Platform.open(read) as platform:
        return await platform.destinations.create(id, kind, options, author=author(None).name, **more)


async def _suppress(
    read: Settings, keys: Sequence[IdentityKey], because: str, to: str | None, until: datetime | None
) -> int:
    async with Platform.open(read) as platform:
        return await platform.destinations.suppressions.add(
            keys, because, destination=to, until=until, author=author(None).name
        )


async def _suppressions(read: Settings, first: int) -> Any:
    async with Platform.open(read) as platform:
        return await platform.destinations.suppressions.all(first)


async def _unsuppress(read: Settings, ids: Sequence[str]) -> int:
    async with Platform.open(read) as platform:
        return await platform.destinations.suppressions.remove(ids, author=author(None).name)


def _option(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidInputError("An option is written `name=value`.", field="option")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _secret(text: str) -> tuple[str, str]:
    name, sign, where = text.partition("=")
    if not sign:
        return name, typer.prompt(name, hide_input=True)
    if where.startswith("env:"):
        found = os.environ.get(where[4:])
        if found is None:
            raise InvalidInputError(f"The environment variable {where[4:]} is not set.", field="secret")
        return name, found
    if where.startswith("@"):
        try:
            return name, Path(where[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{where[1:]} cannot be read: {error}.", field="secret") from None
    raise InvalidInputError("A secret is given as `name=@FILE`, `name=env:VARIABLE` or `name` alone.", field="secret")


def _keys(file: Path) -> list[IdentityKey]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return [
                IdentityKey(name, value)
                for row in csv.DictReader(lines)
                for name, value in row.items()
                if isinstance(name, str) and isinstance(value, str) and value.strip()
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}.", field="file") from None


def _data(one: Destination) -> dict[str, Any]:
    told = asdict(one)
    return {("except" if name == "except_" else name): value for name, value in told.items()}


def _line(one: Destination) -> str:
    parts = [f"{one.id} ({one.kind}): {one.state}, serves {', '.join(one.actions)}"]
    parts += [
        f"{count} {word}"
        for count, word in ((one.queued, "queued"), (one.dead, "dead"), (one.unsure, "unsure"))
        if count
    ]
    if one.last_error is not None:
        parts.append(f"last answer: {one.last_error}")
    return "; ".join(parts)
