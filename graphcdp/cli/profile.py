"""The command `profile`: one person by any identity."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from graphcdp.base import Settings
from graphcdp.cli.as_of import AsOf, PastInstant, WhichClock, read_as_of
from graphcdp.cli.frame import Json, answer, app, console, run, settings, wants_json
from graphcdp.identity import IdentityNotFoundError
from graphcdp.platform import Platform
from graphcdp.profile import Identity, Interaction, PastClock, Profile, SeenDevice, TimelinePage

_Person = tuple[Profile, tuple[Identity, ...], tuple[SeenDevice, ...], list[Interaction]]


@app.command()
def profile(
    namespace: Annotated[str, typer.Argument(help="Namespace of the identity: email, phone, crm_id, ecid, …")],
    value: Annotated[str, typer.Argument(help="Its value, in any spelling.")],
    *,
    events: Annotated[int, typer.Option(help="How many of the newest events to show.", min=0, max=1_000)] = 20,
    as_of: AsOf = None,
    clock: WhichClock = PastClock.KNOWN,
    as_json: Json = False,
) -> None:
    """Show the person who holds an identity: identities, devices, attributes with their sources, newest events.

    With --as-of the person who held it at a past instant, as things stood then.
    """
    person = run(_read, settings(), (namespace, value), events, read_as_of(as_of, clock))
    if wants_json():
        answer(_data(person))
    else:
        _print(person)


async def _read(chosen: Settings, identity: tuple[str, str], events: int, as_of: PastInstant | None) -> _Person:
    async with Platform.open(chosen) as platform:
        key = await platform.identity_key(*identity)
        if as_of is not None:
            past = platform.past
            then = await past.get(key, past.moment(*as_of, "--as-of"))
            page = await past.timeline(then, TimelinePage(events))
            return then.profile, then.identities, await past.devices(then), [event for event, _ in page.items]
        found = (await platform.profiles.by_keys([str(key)])).get(str(key))
        if found is None:
            raise IdentityNotFoundError.of(key.namespace)
        ids = [found.id]
        identities = (await platform.profiles.identities(ids)).get(found.id, ())
        devices = (await platform.profiles.devices(ids)).get(found.id, ())
        pages = await platform.profiles.timelines(ids, TimelinePage(events))
        return found, identities, devices, [event for event, _ in pages[0].items]


def _data(person: _Person) -> dict[str, Any]:
    found, identities, devices, events = person
    return {
        "id": found.id,
        "founder": found.founder,
        "first_seen": found.first_seen,
        "last_seen": found.last_seen,
        "identities": identities,
        "devices": devices,
        "attributes": [each._asdict() for each in found.attributes()],
        "events": events,
    }


def _print(person: _Person) -> None:
    found, identities, devices, events = person
    screen = console()
    screen.print(f"[bold]{found.id}[/]  first seen {_when(found.first_seen)}, last seen {_when(found.last_seen)}")
    _table(
        "Identities",
        ("namespace", "value", "first seen", "last seen"),
        ((each.namespace, each.value, _when(each.first_seen), _when(each.last_seen)) for each in identities),
    )
    _table(
        "Attributes",
        ("name", "value", "source", "stated"),
        ((each.name, str(each.value), each.source or "", _when(each.at)) for each in found.attributes()),
    )
    _table(
        "Devices",
        ("kind", "name", "last seen", "identities"),
        ((each.kind or "", each.name or "", _when(each.last_seen), ", ".join(each.identity_keys)) for each in devices),
    )
    _table(
        "Newest events",
        ("time", "type", "channel", "about"),
        ((_when(each.ts), each.type, each.channel or "", _about(each)) for each in events),
    )


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    console().print(table)


def _about(event: Interaction) -> str:
    parts = (event.product_name or event.product, event.category, event.size and f"size {event.size}", event.page)
    return ", ".join(part for part in parts if part) or (event.query or event.campaign or event.outcome or "")


def _when(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
