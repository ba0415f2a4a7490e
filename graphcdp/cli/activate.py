"""The commands `activate`, `activation` and `delivery`: segments on their way to destinations, and the receipts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, app, named, run, settings
from graphcdp.cli.identity.author import author
from graphcdp.destinations import Activation, Delivery, Held, Mode, Reconciled, Remind, Reminder
from graphcdp.identity import IdentityNotFoundError
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform

activation = typer.Typer(
    name="activation", help="Segments that are sent to destinations.", no_args_is_help=True, rich_markup_mode="rich"
)
app.add_typer(activation)
delivery = typer.Typer(
    name="delivery", help="What was or is to be sent: receipts and dead letters.", no_args_is_help=True,
    rich_markup_mode="rich",
)  # fmt: skip
app.add_typer(delivery)
Id = Annotated[str, typer.Argument(help="The activation's id.")]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="`source=target`, such as profile.first_name=firstName; repeat it."),
]
_MODES: dict[str, Mode] = {"members": "members", "events": "events", "reminders": "reminders"}
_DAY = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]


@app.command()
def activate(
    segment: Annotated[str, typer.Argument(help="The segment's id.")],
    destination: Annotated[str, typer.Argument(help="The destination's id.")],
    *,
    id: Annotated[str | None, typer.Option(help="`SEGMENT-DESTINATION` if nothing is said.")] = None,
    starts: Annotated[datetime | None, typer.Option(help="From then on (UTC); now else.", formats=_DAY)] = None,
    ends: Annotated[datetime | None, typer.Option(help="Until then; 90 days later else.", formats=_DAY)] = None,
    every: Annotated[int | None, typer.Option(help="Every so many minutes; at once if nothing is said.")] = None,
    field: Fields = None,
    action: Annotated[list[str] | None, typer.Option(help="Of the destination's marketing actions.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave members there when it ends.")] = False,
    except_segment: Annotated[list[str] | None, typer.Option(help="Its members are left out.")] = None,
    mode: Annotated[str, typer.Option(help="members, events or reminders.")] = "members",
    on_event: Annotated[str | None, typer.Option(help="Of reminders: the type of event that wishes for one.")] = None,
    on_day: Annotated[str | None, typer.Option(help="Its property that has the day; a year later else.")] = None,
    as_json: Json = False,
) -> None:
    """Send a segment to a destination: members come and go there as they do here, while the schedule runs."""
    if mode not in _MODES:
        raise InvalidInputError(f"There is no mode {mode}; there is {', '.join(_MODES)}.", field="mode")
    given = {
        "id": id, "starts": _utc(starts), "ends": _utc(ends), "every_minutes": every, "fields": field,
        "actions": action, "at_end": "keep" if keep else "remove", "except_": except_segment or [],
        "mode": _MODES[mode], "remind": None if on_event is None else Remind(on_event, on_day),
    }  # fmt: skip
    found: Activation = run(_activate, settings(), segment, destination, given)
    answer(_data(found), _line(found))


@activation.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the activations."""
    found: tuple[Activation, ...] = run(_with, settings(), "activations")
    answer([_data(one) for one in found], "\n".join(map(_line, found)) or "No segment is activated.")


@activation.command()
def preview(
    segment: Annotated[str, typer.Argument(help="The segment's id.")],
    destination: Annotated[str, typer.Argument(help="The destination's id.")],
    *,
    field: Fields = None,
    first: Annotated[int, typer.Option(help="How many members.", min=1, max=100)] = 10,
    as_json: Json = False,
) -> None:
    """Show what a mapping would give of some members; nothing is sent."""
    rows = run(_with, settings(), "preview", segment, destination, field, first)
    lines = [", ".join(f"{name}: {value}" for name, value in row.items()) or "(nothing)" for row in rows]
    answer(rows, "\n".join(lines) or f"Nobody is in {segment}.")


@activation.command()
def held(
    id: Id,
    *,
    first: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 100,
    after: Annotated[str | None, typer.Option(help="The last one of the page before.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the destination holds of an activation, to reconcile with it."""
    found: tuple[Held, ...] = run(_with, settings(), "holds", id, first, after)
    lines = [f"{one.subject}  {one.state}{'' if one.member else ', is to go'}" for one in found]
    answer([named(one) for one in found], "\n".join(lines) or f"It holds nothing of {id}.")


@activation.command()
def reconcile(
    id: Id,
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            help="A file of what its owner says that it holds, one a line: ids of profiles, `email|a@example.com`, "
            "or hashes; an empty one sends all again.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is different.")] = False,
    as_json: Json = False,
) -> None:
    """Ask the destination what it holds; what it lacks is sent again, what it has too much is taken out."""
    told = None if against is None else against.read_text(encoding="utf-8-sig").splitlines()
    found: Reconciled = run(_reconcile, settings(), id, told, dry_run)
    lines = [f"{one}  is missing there" for one in found.missing] + [
        f"{one}  is not to be there" for one in found.extra
    ]
    missing, extra, left = len(found.missing), len(found.extra), len(found.left)
    again = " (sent again)" if found.mended and missing else ""
    out = " (taken out)" if found.mended and extra else ""
    out = f" ({left} of them only its owner can take out)" if left else out
    head = f"It says that it holds {found.held}: {missing} are missing{again}, {extra} are too many{out}."
    answer(found._asdict(), "\n".join([head, *lines]))


@activation.command()
def pause(id: Id, *, as_json: Json = False) -> None:
    """Send nothing until it is resumed; what changes meanwhile waits."""
    _change(id, "paused")


@activation.command()
def resume(id: Id, *, as_json: Json = False) -> None:
    """Go on."""
    _change(id, "active")


@activation.command()
def end(id: Id, *, as_json: Json = False) -> None:
    """End an activation before its time: members are taken out, unless it was made with --keep."""
    _change(id, "ended")


@activation.command()
def reminders(
    first: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 100, *, as_json: Json = False
) -> None:
    """Show who is to be reminded when."""
    found: tuple[Reminder, ...] = run(_with, settings(), "reminders", first)
    lines = [f"{one.due:%Y-%m-%d %H:%M}  {one.profile or 'nobody'}  {one.state} ({one.activation})" for one in found]
    answer([named(one) for one in found], "\n".join(lines) or "Nobody wishes to be reminded.")


@delivery.command("list")
def deliveries(
    *,
    destination: Annotated[str | None, typer.Option(help="Only to this destination.")] = None,
    activation: Annotated[str | None, typer.Option(help="Only of this activation.")] = None,
    state: Annotated[str | None, typer.Option(help="queued, done, dead or unsure.")] = None,
    of: Annotated[
        tuple[str, str] | None, typer.Option(help="Only about the person with this identity: NAMESPACE VALUE.")
    ] = None,
    first: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 20,
    as_json: Json = False,
) -> None:
    """Show deliveries and receipts, the newest first."""
    wanted = {"destination": destination, "activation": activation, "state": state}
    found: tuple[Delivery, ...] = run(_deliveries, settings(), wanted, of, first)
    lines = [
        f"{one.at:%Y-%m-%d %H:%M:%S}  {one.activation or one.trigger}  {one.profile or '-'}  "
        f"{one.cause}: {one.outcome or one.state}" + ("" if one.answer is None else f" ({one.answer})")
        for one in found
    ]
    answer([asdict(one) for one in found], "\n".join(lines) or "Nothing was sent.")


@delivery.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of deliveries.")] = None,
    *,
    destination: Annotated[str | None, typer.Option(help="All dead letters of this destination.")] = None,
    as_json: Json = False,
) -> None:
    """Try dead letters, and messages of which nobody knows whether they arrived, again."""
    if not ids and destination is None:
        raise InvalidInputError("Give ids, or --destination.", field="ids")
    found: int = run(_with_author, settings(), "replay", destination, ids or None)
    answer({"replayed": found}, f"{found} {'is' if found == 1 else 'are'} in the queue again.")


@delivery.command("run")
def run_(*, as_json: Json = False) -> None:
    """Deliver what is due now; a running server does so by itself."""
    found: int = run(_run, settings())
    answer({"settled": found}, f"{found} {'delivery is' if found == 1 else 'deliveries are'} settled.")


def _change(id: str, state: str) -> None:
    found: Activation = run(_with_author, settings(), "change_activation", id, state)
    answer(_data(found), _line(found))


async def _with(read: Settings, name: str, *given: Any) -> Any:
    async with Platform.open(read) as platform:
        return await getattr(platform.destinations, name)(*given)


async def _with_author(read: Settings, name: str, *given: Any) -> Any:
    async with Platform.open(read) as platform:
        return await getattr(platform.destinations, name)(*given, author=author(None).name)


async def _activate(read: Settings, segment: str, destination: str, given: dict[str, Any]) -> Activation:
    async with Platform.open(read) as platform:
        return await platform.destinations.activate(segment, destination, author=author(None).name, **given)


async def _reconcile(read: Settings, id: str, told: list[str] | None, preview: bool) -> Reconciled:
    async with Platform.open(read) as platform:
        return await platform.destinations.reconcile(id, told=told, preview=preview, author=author(None).name)


async def _deliveries(
    read: Settings, wanted: dict[str, Any], of: tuple[str, str] | None, first: int
) -> tuple[Delivery, ...]:
    async with Platform.open(read) as platform:
        profile = None
        if of is not None:
            key = await platform.pipeline.key(*of)
            people = await platform.profiles.by_keys([str(key)]) if isinstance(key, IdentityKey) else {}
            if not people:
                raise IdentityNotFoundError.of(of[0])
            profile = next(iter(people.values())).id
        return await platform.destinations.deliveries(profile=profile, first=first, **wanted)


async def _run(read: Settings) -> int:
    async with Platform.open(read) as platform:
        await platform.destinations.turn()
        return await platform.deliverer.drain()


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _data(one: Activation) -> dict[str, Any]:
    told = asdict(one)
    told["mapping"] = [str(each) for each in one.mapping]
    told["remind"] = None if one.remind is None else one.remind._asdict()
    return {("except" if name == "except_" else name): value for name, value in told.items()}


def _line(one: Activation) -> str:
    how = "" if one.mode == "members" else f", {one.mode}"
    return (
        f"{one.id}: {one.state}{how}, {one.starts:%Y-%m-%d %H:%M} to {one.ends:%Y-%m-%d %H:%M}, "
        f"{one.destination} holds {one.holds}"
    )
