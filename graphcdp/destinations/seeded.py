"""The destinations and activations that a seed brings along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from graphcdp.destinations.definition import Remind
from graphcdp.destinations.store import Destinations
from graphcdp.ingest import Seed

_PARTS = {"from", "destinations", "activations"}


async def set_up(
    destinations: Destinations, deliver: Callable[[], Awaitable[int]], home: Path, seed: Seed, reached: str
) -> None:
    """Define what a seed's `destinations.yaml` says, once its story was told so far, and deliver what is due then.

    A destination or an activation that is there already stays as it is: a person may have changed it since.

    Args:
        destinations: where.
        deliver: delivers all that is due.
        home: stands for `{home}` in options.
        seed: the demonstration.
        reached: the last chapter that was loaded.

    Raises:
        ConfigurationError: the file says something else.
        CDPError: a destination or an activation cannot be so.
    """
    file = seed.folder / "destinations.yaml"
    told = seed.brought(file, _PARTS, reached)
    if told is None:
        return
    author = f"seed:{seed.name}"
    there = {one.id for one in await destinations.all()}
    for id, one in told.get("destinations", {}).items():
        if id not in there:
            options = {
                name: value.replace("{home}", str(home)) if isinstance(value, str) else value
                for name, value in one["options"].items()
            }
            most = one.get("most_messages")
            await destinations.create(
                id, one["kind"], options, actions=one["actions"], title=one.get("title"), author=author,
                frequency=None if most is None else (int(most[0]), float(most[1])),
            )  # fmt: skip
            if one.get("paused"):
                await destinations.change_state(id, "paused", author=author)
    active = {one.id for one in await destinations.activations()}
    fresh = {id: one for id, one in told.get("activations", {}).items() if id not in active}
    for id, one in fresh.items():
        remind = one.get("remind")
        await destinations.activate(
            one["segment"], one["destination"], id=id, fields=one.get("fields"), actions=one.get("actions"),
            mode="members" if remind is None else "reminders",
            remind=None if remind is None else Remind(remind["event"], remind.get("on")), author=author,
        )  # fmt: skip
    if fresh:
        await deliver()
