"""`segment fields` and `segment check`: what rules may speak of, and whether one fits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, leave, named, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.cli.segment.group import segment
from graphcdp.platform import Platform
from graphcdp.segments.rule.named import NamedCondition
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.vocabulary.describe import FUNCTIONS, TIMES, WINDOWS, event_types
from graphcdp.segments.vocabulary.fields import OPERATORS, Field, Fields
from graphcdp.segments.vocabulary.language import Checked


@segment.command()
def fields(*, as_json: Json = False) -> None:
    """Show what rules may speak of in this graph: attributes, properties, types of events, phrases, known values."""
    found = run(_fields, settings())
    answer(described(found), _shown(found))


@segment.command()
def check(
    rule: Annotated[str | None, typer.Argument(help="Such as 'purchased at least 3 times in last 30 days'.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option(help="Read the rule from a file instead: text, or .json for a tree.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether a rule can be read and fits this graph; exits with 1 where it does not."""
    text, tree = said(rule, file)
    found = run(_check, settings(), text, tree)
    data = {"valid": found.valid, "problems": named(found.problems), "text": found.text, "tree": found.tree}
    lines = [f"{problem.severity}: {problem.message}" for problem in found.problems]
    answer(data, "\n".join([*lines, *([found.text] if found.text and found.valid else [])]))
    if not found.valid:
        leave(1)


@segment.command()
def name(
    name: Annotated[str, typer.Argument(help="As rules will say it: 'big spender'.")],
    rule: Annotated[str | None, typer.Argument(help="What it stands for.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option(help="Read the rule from a file instead: text, or .json for a tree.", dir_okay=False)
    ] = None,
    title: Annotated[str | None, typer.Option(help="What it means, for people.")] = None,
    as_json: Json = False,
) -> None:
    """Give a rule a name that other rules may say; segments that were kept before stay as they are."""
    found = run(_name, settings(), name, said(rule, file), title, author(None).name)
    answer(_condition(found), f"`{found.name.replace('_', ' ')}` stands for: {to_text(found.condition)}")


@segment.command()
def unname(name: Annotated[str, typer.Argument(help="Which.")], *, as_json: Json = False) -> None:
    """Forget a named condition that was made here; segments that were kept stay as they are."""
    run(_unname, settings(), name)
    answer({"removed": name}, f"`{name}` is no name any more.")


def said(rule: str | None, file: Path | None) -> tuple[str | None, str | None]:
    """Return a rule given on the command line or in a file, as text or as JSON of a tree."""
    if (rule is None) == (file is None):
        raise InvalidInputError("Give a rule, or --file with one.", field="rule")
    if file is None:
        return rule, None
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}.", field="file") from error
    return (None, text) if file.suffix == ".json" else (text, None)


def described(fields: Fields) -> dict[str, Any]:
    """Return what there is as `--json` prints it."""
    return {
        "profile": [_field(one) for one in fields.profile.values()],
        "event": [_field(one) for one in fields.event.values()],
        "event_types": named(event_types(fields)),
        "namespaces": sorted(fields.namespaces),
        "segments": [{"id": id, "title": title} for id, title in fields.segments.items()],
        "named": [
            _condition(one) for one in fields.named.values()
        ],
        "windows": [{"example": example, "meaning": meaning} for example, meaning in WINDOWS],
        "times": [{"example": example, "meaning": meaning} for example, meaning in TIMES],
        "functions": [{"example": example, "meaning": meaning} for example, meaning in FUNCTIONS.values()],
    }  # fmt: skip


def _condition(one: NamedCondition) -> dict[str, Any]:
    return {
        "name": one.name.replace("_", " "),
        "title": one.title,
        "rule": to_text(one.condition),
        "takes_window": one.takes_window,
        "built_in": one.built_in,
    }


def _field(one: Field) -> dict[str, Any]:
    return {
        "name": one.name if one.origin == "event" else f"profile.{one.name}",
        "kind": one.kind,
        "origin": one.origin,
        "operators": list(OPERATORS[one.kind]),
        "values": list(one.values),
        "sources": list(one.sources),
        "event_types": list(one.types),
    }


def _shown(fields: Fields) -> str:
    lines = ["About people:"]
    lines += [_line(f"profile.{one.name}", one) for one in fields.profile.values()]
    lines += ["", "About events, in a `where`:", *(_line(one.name, one) for one in fields.event.values())]
    lines += ["", "Events:"]
    lines += [f"  {one.phrase:<40} {one.type:<24} {one.count:>7,}" for one in event_types(fields)]
    lines += ["", "Conditions with a name:"]
    lines += [f"  {one.name.replace('_', ' '):<40} {one.title}" for one in fields.named.values()]
    lines += ["", "Identities: " + ", ".join(sorted(fields.namespaces))]
    lines += ["Segments: " + (", ".join(fields.segments) or "none yet")]
    return "\n".join(lines)


def _line(name: str, one: Field) -> str:
    values = ", ".join(str(value) for value in one.values[:6]) + (", …" if len(one.values) > 6 else "")
    return f"  {name:<40} {one.kind:<9} {one.origin:<9} {values}".rstrip()


async def _fields(chosen: Settings) -> Fields:
    async with Platform.open(chosen) as platform:
        return await platform.language.fields()


async def _check(chosen: Settings, text: str | None, tree: str | None) -> Checked:
    async with Platform.open(chosen) as platform:
        return await platform.language.check(text, tree)


async def _name(
    chosen: Settings, name: str, rule: tuple[str | None, str | None], title: str | None, by: str | None
) -> NamedCondition:
    async with Platform.open(chosen) as platform:
        return await platform.language.name(name, *rule, title=title, author=by)


async def _unname(chosen: Settings, name: str) -> None:
    async with Platform.open(chosen) as platform:
        await platform.language.unname(name)
