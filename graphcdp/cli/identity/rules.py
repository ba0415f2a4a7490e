"""The commands `identity rules show | check | list | diff`, `identity apply` and `identity rollback`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from graphcdp.base import ConfigurationError, Settings
from graphcdp.cli.frame import FAILED, Json, answer, console, leave, run, settings, wants_json
from graphcdp.cli.identity.group import identity
from graphcdp.cli.progress import watched
from graphcdp.identity import ApplyReport, RuleProblem, RuleReading, RuleSet, RuleVersion, read_rules
from graphcdp.platform import Platform

RULES_FILE = "graphcdp.yaml"

rules = typer.Typer(
    name="rules",
    help="The identity rules: the version in force, earlier ones, and files before they are applied.",
    no_args_is_help=True,
)
identity.add_typer(rules)

File = Annotated[
    Path | None,
    typer.Option("--file", "--rules", help=f"The rule-set file; else {RULES_FILE} in the current folder."),
]
Wanted = Annotated[str | None, typer.Argument(help="A version's id or number; absent: the one in force.")]


def rules_file(chosen: Path | None) -> Path:
    """Return the rule-set file that was meant.

    Raises:
        ConfigurationError: none was named, and there is none in the current folder.
    """
    if chosen is not None:
        return chosen
    here = Path(RULES_FILE)
    if not here.is_file():
        raise ConfigurationError(
            f"There is no {RULES_FILE} in {Path.cwd()}. Name the rule-set file with --rules, or write "
            f"`graphcdp identity rules show > {RULES_FILE}` and edit it."
        )
    return here


@rules.command()
def show(version: Wanted = None, *, as_json: Json = False) -> None:
    """Print a version of the rules as a rule-set file."""
    found = run(_version, settings(), version)
    answer(_data(found), found.rules.to_yaml().rstrip())


@rules.command("list")
def list_versions(*, as_json: Json = False) -> None:
    """List the versions of the rules, newest first, and when each was in force."""
    found = run(_versions, settings())
    if wants_json():
        answer([_data(one) for one in found])
        return
    table = Table()
    for column in ("number", "id", "name", "policy", "in force"):
        table.add_column(column, overflow="fold")
    for one in found:
        terms = "\n".join(
            f"{term.began:%Y-%m-%d %H:%M} to {'now' if term.ended is None else f'{term.ended:%Y-%m-%d %H:%M}'}"
            for term in one.terms
        )
        table.add_row(str(one.number), one.id, escape(one.name or ""), one.rules.policy, terms)
    console().print(table)


@rules.command()
def check(
    file: Annotated[Path | None, typer.Argument(help=f"The rule-set file; else {RULES_FILE}.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say everything that is wrong or doubtful about a rule-set file (exit code 1: something is wrong)."""
    path = rules_file(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The rules file {path} cannot be read: {error}.", path=str(path)) from None
    reading = run(_check, settings(), text)
    version = None if reading.rules is None else reading.rules.version
    data = {"version": version, "problems": [one._asdict() for one in reading.problems]}
    lines = [_said(one) for one in reading.problems]
    lines.append(
        f"{path}: " + ("it cannot be applied." if version is None else f"it can be applied; version {version}.")
    )
    answer(data, "\n".join(lines))
    if version is None:
        leave(FAILED)


@rules.command()
def diff(
    before: Annotated[str | None, typer.Argument(help="A version's id or number; absent: the one in force.")] = None,
    after: Annotated[str | None, typer.Argument(help="Another version; absent: the rule-set file.")] = None,
    *,
    file: File = None,
    as_json: Json = False,
) -> None:
    """Say in which settings a version of the rules and a rule-set file, or two versions, differ."""
    other = read_rules(rules_file(file)) if after is None else None
    found = run(_two, settings(), before, after)
    later = found[1].rules if other is None else other
    differences = found[0].rules.differences(later)
    lines = [f"{one.setting}: {one.before or '(none)'} -> {one.after or '(none)'}" for one in differences]
    answer(
        {"before": found[0].id, "after": later.version, "differences": [one._asdict() for one in differences]},
        "\n".join(lines) or "They are the same rules.",
    )


@identity.command()
def apply(
    *,
    file: File = None,
    name: Annotated[str | None, typer.Option(help="What to call this version of the rules.")] = None,
    as_json: Json = False,
) -> None:
    """Put a rule-set file in force and decide everybody anew by it, while events go on being taken in.

    Ctrl-C stops it between two regions; the rules stay in force, and applying them again goes on where it stopped.
    """
    chosen = read_rules(rules_file(file))
    answer(*_applied(run(_apply, settings(), chosen, name)))


@identity.command()
def rollback(*, as_json: Json = False) -> None:
    """Put the rules in force again that were before the present ones, and decide everybody by them."""
    answer(*_applied(run(_apply, settings(), None, None)))


async def _version(chosen: Settings, wanted: str | None) -> RuleVersion:
    async with Platform.open(chosen) as platform:
        return await _find(platform, wanted)


async def _versions(chosen: Settings) -> tuple[RuleVersion, ...]:
    async with Platform.open(chosen) as platform:
        await platform.rules.in_force()
        return await platform.rules.list_versions()


async def _two(chosen: Settings, before: str | None, after: str | None) -> tuple[RuleVersion, RuleVersion]:
    async with Platform.open(chosen) as platform:
        return await _find(platform, before), await _find(platform, after)


async def _find(platform: Platform, wanted: str | None) -> RuleVersion:
    return await platform.rules.get_version(wanted or (await platform.rules.in_force()).version)


async def _check(chosen: Settings, text: str) -> RuleReading:
    async with Platform.open(chosen) as platform:
        return await platform.rules.check(text)


async def _apply(chosen: Settings, wanted: RuleSet | None, name: str | None) -> ApplyReport:
    async with Platform.open(chosen) as platform:
        with watched() as watch:
            if wanted is None:
                return await platform.applying.rollback(watch)
            return await platform.applying.apply(wanted, watch, name=name)


def _applied(report: ApplyReport) -> tuple[dict[str, Any], str]:
    text = (
        f"The rules {report.rules_version} are in force. {report.profiles:,} profiles were looked at, "
        f"{report.regions:,} regions decided anew, {report.profiles_changed:,} profiles got identities of others, in "
        f"{report.seconds or 0:.1f} s."
    )
    return dataclasses.asdict(report), text


def _data(version: RuleVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "number": version.number,
        "name": version.name,
        "active": version.active,
        "known_from": version.known_from,
        "in_force": [term._asdict() for term in version.terms],
        "policy": version.rules.policy,
        "rules": version.rules.to_yaml(),
    }


def _said(problem: RuleProblem) -> str:
    return (
        f"{problem.severity}: {problem.place}: {problem.message}"
        if problem.place
        else (f"{problem.severity}: {problem.message}")
    )
