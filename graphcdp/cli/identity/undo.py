"""The commands by which a person decides who is who, and the audit: `identity cut`, `pin`, `undo`, `changes`, …."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from graphcdp.base import Settings
from graphcdp.base.paging import Page
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.author import Reason, author
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.named import One, Other, identity_of, person_of
from graphcdp.identity import Change, Decision, Undo
from graphcdp.platform import Platform

DryRun = Annotated[bool, typer.Option("--dry-run", help="Do it, show what changes, and roll it back.")]
Person = Annotated[str, typer.Argument(help="A profile's id (prf_…), or any identity of it as namespace:value.")]
_About = Callable[[Platform], Awaitable[list[Any]]]
"""Reads what a decision is about, in the order in which it is given."""


@identity.command()
def cut(a: One, b: Other, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Cut the link between two identities: it is never in force again, whatever events say."""
    _decide(Undo.cut, _identities(a, b), reason, dry_run)


@identity.command()
def pin(a: One, b: Other, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Pin two identities together: they are one person whatever events say."""
    _decide(Undo.pin, _identities(a, b), reason, dry_run)


@identity.command()
def restore(a: One, b: Other, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take back a cut or a pin: what events say decides again."""
    _decide(Undo.restore, _identities(a, b), reason, dry_run)


@identity.command()
def merge(a: Person, b: Person, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Make two profiles one, by pinning their founders together; no event is moved."""

    async def people(platform: Platform) -> list[Any]:
        return [await person_of(platform, a), await person_of(platform, b)]

    _decide(Undo.merge, people, reason, dry_run)


@identity.command()
def split(
    person: Person,
    keys: Annotated[list[str], typer.Argument(help="The identities that go, each as namespace:value.")],
    *,
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Part some identities from the rest of a profile: every link between them and the rest is cut."""

    async def person_and_keys(platform: Platform) -> list[Any]:
        return [await person_of(platform, person), await _identities(*keys)(platform)]

    _decide(Undo.split, person_and_keys, reason, dry_run)


@identity.command()
def rekey(old: One, new: Other, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Declare two values of a namespace one, as when a customer id changed: history does not split."""
    _decide(Undo.rekey, _identities(old, new), reason, dry_run)


@identity.command()
def release(key: One, *, reason: Reason = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Let an identity link people again that was quarantined because many share it."""
    _decide(Undo.release_hub, _identities(key), reason, dry_run)


@identity.command()
def undo(
    change: Annotated[str, typer.Argument(help="Id of the change: writer/number, as `changes` names it.")],
    *,
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a decision back, whichever it was: all is said as before it."""

    async def named_change(_: Platform) -> list[Any]:
        return [change]

    _decide(Undo.undo, named_change, reason, dry_run)


@identity.command()
def changes(
    of: Annotated[
        str | None, typer.Argument(help="A profile's id, or an identity as namespace:value; absent: everything.")
    ] = None,
    *,
    decided: Annotated[bool, typer.Option("--decided", help="Only what people decided.")] = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=1_000)] = 20,
    after: Annotated[str | None, typer.Option(help="The cursor that the page before ended with.")] = None,
    as_json: Json = False,
) -> None:
    """List the audit, newest first: joins and splits by which event, and decisions by whom and why."""
    page = run(_changes, settings(), of, decided, limit, after)
    following = page.items[-1][1] if page.more and page.items else None
    lines = [_entry(change) for change, _ in page.items] or ["Nothing has changed so far."]
    if following is not None:
        asked = (of or "", "--decided" if decided else "", f"--limit {limit}", f"--after {following}")
        lines.append("There are more: graphcdp identity changes " + " ".join(part for part in asked if part))
    answer({"items": [named(change) for change, _ in page.items], "after": following}, "\n".join(lines))


async def _changes(chosen: Settings, of: str | None, decided: bool, limit: int, after: str | None) -> Page[Change]:
    async with Platform.open(chosen) as platform:
        whose = None if of is None else await person_of(platform, of)
        return await platform.changes.page(limit, after, of=whose, decided_only=decided)


def _identities(*texts: str) -> _About:
    """Return what reads identities as they stand in the graph."""

    async def read(platform: Platform) -> list[Any]:
        return [await identity_of(platform, text) for text in texts]

    return read


def _decide(decide: Callable[..., Awaitable[Decision]], about: _About, reason: str | None, dry_run: bool) -> None:
    """Carry a decision out and print what it did."""

    async def carry_out(chosen: Settings) -> Decision:
        async with Platform.open(chosen) as platform:
            return await decide(platform.undo, *await about(platform), author(reason), preview=dry_run)

    decision = run(carry_out, settings())
    answer(named(decision), _told(decision))


def _told(decision: Decision) -> str:
    lines = [decision.sentence]
    if not decision.changed:
        return lines[0]
    for title, people in (("before", decision.before), ("after", decision.after)):
        lines += [f"  {title:6} {one.profile_id}  {', '.join(one.identities)}" for one in people]
    for one in decision.memberships:
        lines.append(f"  segment {one.id}: {'entered' if one.entered else 'left'} by {one.profile_id}")
    for one in decision.deliveries:
        lines.append(f"  delivery {one.id}: {'waits to be sent' if one.entered else 'waits no more'}")
    if decision.preview:
        lines.append("This was a dry run: nothing was changed.")
    else:
        lines.append(f"To take it back: graphcdp identity undo {decision.change_id}")
    return "\n".join(lines)


def _entry(change: Change) -> str:
    by = f"by {change.who}" if change.who else f"by the event {change.by_event}" if change.by_event else ""
    why = f" ({change.reason})" if change.reason else ""
    went = f"{', '.join(change.before)} -> {', '.join(change.after)}"
    return f"{change.at:%Y-%m-%d %H:%M:%S}  {change.id}  {change.kind} {by}{why}  {went}"
