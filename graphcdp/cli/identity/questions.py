"""The commands `identity explain`, `why-not`, `history` and `hubs`: why one person, why two, how that came about."""

from __future__ import annotations

from typing import Annotated

import typer

from graphcdp.base import Settings
from graphcdp.base.paging import Page
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.named import One, Other, Person, identity_of, person_of
from graphcdp.identity import ApartStep, Explanation, History, HistoryEntry, Hub, HubState, LinkStep, WhyNot
from graphcdp.platform import Platform


@identity.command()
def explain(
    a: One,
    b: Other,
    *,
    events: Annotated[int, typer.Option(help="How many events to show of each link.", min=0, max=100)] = 3,
    oldest: Annotated[bool, typer.Option("--oldest", help="Show the oldest events instead of the newest.")] = False,
    as_json: Json = False,
) -> None:
    """Say why two identities are one person: the strongest chain of evidence, event by event."""
    found = run(_explain, settings(), a, b, events, oldest)
    data = {
        "same_person": found.profile_id is not None,
        "sentence": found.sentence(),
        **named(found),
        "weakest": named(found.weakest),
    }
    answer(data, "\n".join([found.sentence(), *(_step(step) for step in found.steps)]))


@identity.command(name="why-not")
def why_not(a: One, b: Other, *, as_json: Json = False) -> None:
    """Say why two identities are two people: the lost links, to what, by which event, what stands against them."""
    found = run(_why_not, settings(), a, b)
    steps = [{**named(step), "stands": step.stands} for step in found.steps]
    data = {"sentence": found.sentence(), **named(found), "steps": steps}
    answer(data, "\n".join([found.sentence(), *(_apart(step) for step in found.steps)]))


@identity.command()
def history(
    person: Person,
    *,
    first: Annotated[int, typer.Option(help="At most so many entries.", min=1, max=10_000)] = 100,
    after: Annotated[str | None, typer.Option(help="Begin behind the entry with this cursor.")] = None,
    as_json: Json = False,
) -> None:
    """Tell what happened to a person's identities, in order: joins, splits, lost links, evictions, decisions."""
    found, page = run(_history, settings(), person, first, after)
    entries = [{**named(entry), "sentence": entry.sentence(), "cursor": cursor} for entry, cursor in page.items]
    data = {"profile_id": found.profile_id, "identities": found.keys, "entries": entries, "more": page.more}
    lines = [entry.sentence() for entry, _ in page.items]
    if page.more:
        lines.append(f"More: --after {page.items[-1][1]}")
    answer(data, "\n".join(lines))


@identity.command()
def hubs(
    *,
    released: Annotated[bool, typer.Option("--released", help="Those that a person released.")] = False,
    first: Annotated[int, typer.Option(help="At most so many.", min=1, max=1_000)] = 100,
    after: Annotated[str | None, typer.Option(help="Begin behind the one with this cursor.")] = None,
    as_json: Json = False,
) -> None:
    """List identities that so many others were seen with that they are quarantined, the most linked first."""
    page = run(_hubs, settings(), HubState.RELEASED if released else HubState.QUARANTINED, first, after)
    lines = [_hub(hub) for hub, _ in page.items] or ["There is none."]
    following = page.items[-1][1] if page.more else None
    if following is not None:
        lines.append(f"More: --after {following}")
    answer({"items": [named(hub) for hub, _ in page.items], "after": following}, "\n".join(lines))


async def _hubs(chosen: Settings, state: HubState, first: int, after: str | None) -> Page[Hub]:
    async with Platform.open(chosen) as platform:
        return await platform.identity.hubs(first, after, state=state)


def _hub(hub: Hub) -> str:
    since = f", found at {hub.quarantined_at:%Y-%m-%d %H:%M:%S}" if hub.quarantined_at else ""
    return f"{hub.key}: seen with {hub.links:,} others{since}"


async def _history(chosen: Settings, text: str, first: int, after: str | None) -> tuple[History, Page[HistoryEntry]]:
    async with Platform.open(chosen) as platform:
        found = await platform.identity.history(await person_of(platform, text))
        return found, found.page(first, after)


async def _explain(chosen: Settings, a: str, b: str, events: int, oldest: bool) -> Explanation:
    async with Platform.open(chosen) as platform:
        one, other = await identity_of(platform, a), await identity_of(platform, b)
        return await platform.identity.explain(one, other, events=events, oldest_first=oldest)


async def _why_not(chosen: Settings, a: str, b: str) -> WhyNot:
    async with Platform.open(chosen) as platform:
        return await platform.identity.why_not(await identity_of(platform, a), await identity_of(platform, b))


def _step(step: LinkStep) -> str:
    mark = "  (weakest)" if step.weakest else ""
    lines = [
        f"{step.step}. {step.left_key} - {step.right_key}: {step.state}, seen {step.seen}{mark}, "
        f"from {', '.join(step.sources) or 'nobody'}"
    ]
    lines += [
        f"     {each.ts:%Y-%m-%d %H:%M:%S}  {each.type} {each.id}{f' from {each.source}' if each.source else ''}"
        for each in step.events
    ]
    left_out = step.event_count - len(step.events)
    return "\n".join([*lines, f"     and {left_out} more"] if left_out > 0 else lines)


def _apart(step: ApartStep) -> str:
    why = f" because of {step.because}" if step.because else ""
    by = f", by {step.by_event.type} {step.by_event.id}" if step.by_event else ""
    return f"{step.step}. {step.left_key} - {step.right_key}: {step.state}{why}{by}, seen {step.seen}"
