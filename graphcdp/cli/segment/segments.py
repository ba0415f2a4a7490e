"""`segment define`, `list`, `show`, `members`, `estimate`, `diff`, the states, and `due`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.cli.picture import Html, Png, draw
from graphcdp.cli.segment.group import segment
from graphcdp.cli.segment.language import said
from graphcdp.identity import IdentityNotFoundError
from graphcdp.platform import Platform
from graphcdp.segments.estimate import Estimate
from graphcdp.segments.evaluation.why import Reason, lines
from graphcdp.segments.rule.tree import to_json
from graphcdp.segments.segment import Membership, Segment
from graphcdp.segments.study import Side, Step, Study

RuleFile = Annotated[
    Path | None, typer.Option("--file", help="Read the rule from a file: text, or .json for a tree.", dir_okay=False)
]
Id = Annotated[str, typer.Argument(help="The segment's id.")]


@segment.command()
def define(
    id: Annotated[str, typer.Argument(help="A short name: small letters, digits, `_` and `-`.")],
    rule: Annotated[str | None, typer.Argument(help="Such as 'purchased at least 3 times in last 30 days'.")] = None,
    *,
    file: RuleFile = None,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    activate: Annotated[bool, typer.Option("--activate", help="Make it active at once.")] = False,
    as_json: Json = False,
) -> None:
    """Define a segment, or give it another rule; its versions and past memberships stay."""
    text, tree = said(rule, file)
    found = run(_define, settings(), id, text, tree, name, activate)
    answer(data(found), shown(found))


@segment.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the segments."""
    found = run(_with, settings(), "all")
    answer([data(one) for one in found], "\n".join(map(_line, found)) or "No segment is defined.")


@segment.command()
def show(id: Id, *, as_json: Json = False) -> None:
    """Show a segment."""
    found = run(_with, settings(), "get", id)
    answer(data(found), shown(found))


@segment.command()
def members(
    id: Id,
    *,
    first: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 20,
    as_of: Annotated[
        datetime | None, typer.Option(help="Who was a member at that instant (UTC).", formats=["%Y-%m-%dT%H:%M:%SZ"])
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the members of a segment, who entered last first."""
    if as_of is not None:
        then = run(_as_of, settings(), id, as_of, first)
        lines = [f"{profile_id} from {entered:%Y-%m-%d %H:%M:%S}" for profile_id, entered, _ in then]
        told = [{"profile_id": one[0], "entered": one[1], "exited": one[2]} for one in then]
        answer(told, "\n".join(lines) or f"Nobody was in {id} then.")
        return
    found: tuple[Membership, ...] = run(_with, settings(), "members", id, first)
    answer(
        [named(one) for one in found],
        "\n".join(f"{one.profile_id} since {one.entered:%Y-%m-%d %H:%M:%S} ({_why(one)})" for one in found)
        or f"Nobody is in {id}.",
    )


@segment.command()
def estimate(
    rule: Annotated[str | None, typer.Argument(help="The rule as text.")] = None,
    *,
    file: RuleFile = None,
    as_json: Json = False,
) -> None:
    """Say how many people a rule would find, before it is kept."""
    text, tree = said(rule, file)
    found: Estimate = run(_with, settings(), "estimate", text, tree)
    answer(named(found), _estimated(found))


@segment.command()
def why(
    id: Id,
    namespace: Annotated[str, typer.Argument(help="Namespace of an identity: email, crm_id, ecid, …")],
    value: Annotated[str, typer.Argument(help="Its value, in any spelling.")],
    *,
    as_json: Json = False,
) -> None:
    """Say why a person is in a segment, or is not: its rule part by part, with what decided each."""
    found: Reason = run(_why_member, settings(), id, namespace, value)
    answer(named(found), "\n".join(lines(found)))


@segment.command()
def study(
    id: Id,
    *,
    days: Annotated[int, typer.Option(help="How many days (UTC), today the last one.", min=1, max=3_660)] = 30,
    weekly: Annotated[bool, typer.Option("--weekly", help="A row a week instead of a day.")] = False,
    event: Annotated[str, typer.Option(help="The type of event that counts as conversion.")] = "purchase",
    png: Png = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Study a segment over time: size, entries, exits, conversion and spend, against everyone else."""
    found: Study = run(_study, settings(), id, days, "week" if weekly else "day", event)
    draw(found, png, html)
    answer(named(found), _studied(found))


@segment.command()
def diff(
    id: Id,
    before: Annotated[int | None, typer.Argument(help="The one version; the last but one if nothing is said.")] = None,
    after: Annotated[int | None, typer.Argument(help="The other; the newest if nothing is said.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what differs between two versions of a segment's rule."""
    parts, text = run(_with, settings(), "difference", id, before, after)
    answer({"parts": [named(one) for one in parts], "text": text}, text or "The two are the same.")


@segment.command()
def activate(id: Id, *, as_json: Json = False) -> None:
    """Keep a segment up from now on; everybody who is there is gone through first."""
    _change(id, "active")


@segment.command()
def pause(id: Id, *, as_json: Json = False) -> None:
    """Leave the members of a segment as they are."""
    _change(id, "paused")


@segment.command()
def archive(id: Id, *, as_json: Json = False) -> None:
    """End a segment and all its memberships; its history stays."""
    _change(id, "archived")


@segment.command()
def draft(id: Id, *, as_json: Json = False) -> None:
    """Make an archived segment a draft again."""
    _change(id, "draft")


@segment.command()
def due(*, as_json: Json = False) -> None:
    """Look again at memberships that time alone has changed; a running server does so every second."""
    found = run(_with, settings(), "tick")
    answer({"looked_at": found}, f"Looked again at {found}.")


def data(one: Segment) -> dict[str, Any]:
    """Return a segment as `--json` prints it."""
    return {
        "id": one.id, "name": one.name, "rule": one.rule, "tree": to_json(one.condition), "state": one.state,
        "version": one.version, "created_at": one.created_at, "created_by": one.created_by,
        "changed_at": one.changed_at, "filling": one.filling, "members": one.members, "uses": one.uses,
        "used_by": one.used_by,
    }  # fmt: skip


def shown(one: Segment) -> str:
    """Return a segment as a person reads it."""
    used = f"\nUsed by {', '.join(one.used_by)}." if one.used_by else ""
    return f"{_line(one)}\n{one.rule}{used}"


def _line(one: Segment) -> str:
    named_so = "" if one.name == one.id else f" ({one.name})"
    return f"{one.id}{named_so}: {one.state}, version {one.version}, {one.members} member{'s'[: one.members != 1]}"


def _why(one: Membership) -> str:
    return one.by_event or one.because or "unknown"


def _estimated(found: Estimate) -> str:
    about = (
        f"{found.people} of {found.population} people"
        if found.exact
        else f"about {found.people} of {found.population} people, {found.low} to {found.high} (95 %),"
        f" from a sample of {found.sample}"
    )
    reach = ", ".join(f"{one.id} {one.people}" for one in found.reach)
    overlap = ", ".join(f"{one.id} {one.people}" for one in found.overlap)
    more = [f"Reachable by: {reach}."] if reach else []
    takers = ", ".join(f"{one.id} {one.people}" for one in found.destinations)
    more += [f"Destinations can take: {takers}."] if takers else []
    more += [f"Also in: {overlap}."] if overlap else []
    return "\n".join((about[0].upper() + about[1:] + ".", *more))


def _change(id: str, state: str) -> None:
    found = run(_with, settings(), "change_state", id, state)
    answer(data(found), shown(found))


async def _with(settings: Settings, method: str, *arguments: Any) -> Any:
    async with Platform.open(settings) as platform:
        return await getattr(platform.segments, method)(*arguments)


async def _why_member(settings: Settings, id: str, namespace: str, value: str) -> Reason:
    async with Platform.open(settings) as platform:
        key = await platform.identity_key(namespace, value)
        found = (await platform.profiles.by_keys([str(key)])).get(str(key))
        if found is None:
            raise IdentityNotFoundError.of(key.namespace)
        return await platform.segments.why(id, found.id)


def _studied(found: Study) -> str:
    rows = ["start       size  in  out  entered  bought  spend each | everyone else bought  spend each"]
    for one in found.buckets:
        counts = f"{one.size:>5} {one.entries:>3} {one.exits:>4}"
        rows.append(f"{one.start:%Y-%m-%d} {counts} {_side(one.entered)} | {_side(one.others)}")
    rows.append(f"whole period            {_side(found.entered)} | {_side(found.others)}")
    return "\n".join(rows)


def _side(side: Side) -> str:
    spend = "-" if side.spend.value is None else f"{side.spend.value:.2f}"
    return f"{side.people:>8} {side.converted:>7} {spend:>11}"


async def _study(settings: Settings, id: str, days: int, step: Step, event: str) -> Study:
    async with Platform.open(settings) as platform:
        return await platform.segments.study(id, days=days, step=step, event=event)


async def _as_of(settings: Settings, id: str, at: datetime, first: int) -> Any:
    async with Platform.open(settings) as platform:
        return await platform.segments.members_as_of(id, at.replace(tzinfo=UTC), first)


async def _define(  # noqa: PLR0917
    settings: Settings, id: str, rule: str | None, tree: Any, name: str | None, activate: bool
) -> Segment:
    async with Platform.open(settings) as platform:
        who = author(None).name
        found = await platform.segments.define(id, rule, tree, name=name, author=who)
        return await platform.segments.change_state(id, "active", author=who) if activate else found
