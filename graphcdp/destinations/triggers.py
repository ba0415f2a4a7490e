"""Triggers: what a destination is told of beside segments, for orchestrators: people who change, policies broken."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from graphcdp.base import Clock
from graphcdp.destinations.definition import Destination, check_id
from graphcdp.destinations.errors import DestinationError, DestinationNotFoundError
from graphcdp.destinations.kinds.catalog import catalog, get_kind
from graphcdp.graph import Graph, Row
from graphcdp.ingest.wake import Writer, note_change

On = Literal["profile", "policy"]
ON: tuple[On, ...] = ("profile", "policy")
_NAME = re.compile(r"identities|profile\.[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a destination is told of.

    Attributes:
        id: a short name.
        destination: who is told.
        on: `profile`: a person changed; `policy`: something began or ended to be forbidden.
        names: of `profile`, only where one of these has another value: `profile.NAME`, `identities`; none: anything.
        state: `active` or `paused`: then nothing is queued.
        created_at, created_by: when, by whom.
    """

    id: str
    destination: str
    on: tuple[On, ...]
    names: tuple[str, ...]
    state: str
    created_at: datetime
    created_by: str | None

    @classmethod
    def of(cls, row: Row) -> Trigger:
        """Read a row of `destinations.triggers`."""
        return cls(
            row["id"], row["destination"], tuple(row["on"]), tuple(row["names"]), row["state"], row["created_at"],
            row["created_by"],
        )  # fmt: skip


class Triggers:
    """The triggers of one graph."""

    def __init__(
        self, graph: Graph, clock: Clock, writer: Writer, destination: Callable[[str], Awaitable[Destination]]
    ) -> None:
        """Take what it works with; `destination` gets one by its id."""
        self._graph = graph
        self._clock = clock
        self._writer = writer
        self._destination = destination

    async def all(self) -> tuple[Trigger, ...]:
        """Return the triggers by id."""
        return tuple(Trigger.of(row) for row in await self._graph.read("destinations.triggers"))

    async def get(self, id: str) -> Trigger:
        """Return one.

        Raises:
            DestinationNotFoundError: there is none of that id.
        """
        rows = await self._graph.read("destinations.triggers", id=id)
        if not rows:
            raise DestinationNotFoundError(
                f"There is no trigger {id[:64]}; `graphcdp trigger list` shows what there is.", id=id
            )
        return Trigger.of(rows[0])

    async def define(
        self, id: str, destination: str, on: Sequence[str], *, names: Sequence[str] = (), author: str | None = None
    ) -> Trigger:
        """Tell a destination from now on of what happens.

        It is told who and what, not the values: those are read where they are governed.

        Args:
            id: a short name.
            destination: of a kind that can be told single things: a webhook, a topic, files.
            on: `profile`, `policy`, or both.
            names: of `profile`, only these: `profile.NAME`, `identities`.
            author: who does it.

        Raises:
            DestinationError: says what is wrong.
            DestinationNotFoundError: there is no such destination.
        """
        check_id(id)
        wanted = [one for one in ON if one in on]
        if not on or len(wanted) != len(set(on)):
            raise DestinationError("A trigger is on `profile`, on `policy`, or on both.", field="on")
        for name in names:
            if not _NAME.fullmatch(name):
                raise DestinationError(
                    f"A trigger cannot watch `{name[:80]}`; it watches profile.NAME and identities.", field="names"
                )
        if names and "profile" not in wanted:
            raise DestinationError("Names of fields are watched by a trigger on `profile` only.", field="names")
        to = await self._destination(destination)
        if not get_kind(to.kind).tells:
            able = ", ".join(one.kind for one in catalog().values() if one.tells)
            raise DestinationError(f"A {to.kind} destination cannot be told single things; {able} can.", field="to")
        await self._graph.write(
            "destinations.trigger_define", id=id, destination=destination, at=self._clock.now(), author=author,
            trigger={"on": wanted, "names": list(dict.fromkeys(names))},
        )  # fmt: skip
        await self._note("trigger_defined", id, [], [destination, *wanted], author)
        return await self.get(id)

    async def change_state(self, id: str, state: str, *, author: str | None = None) -> Trigger:
        """Pause a trigger (what happens meanwhile is not told), or let it go on.

        Raises:
            DestinationNotFoundError: there is none of that id.
            DestinationError: no such state.
        """
        if state not in ("active", "paused"):
            raise DestinationError(f"There is no state {state[:64]}; there is active, paused.", field="state")
        before = await self.get(id)
        await self._graph.write("destinations.trigger_state", id=id, state=state, at=self._clock.now())
        await self._note("trigger_state", id, [before.state], [state], author)
        return await self.get(id)

    async def remove(self, id: str, *, author: str | None = None) -> Trigger:
        """Remove a trigger, and what it has not told yet; return what it was.

        Raises:
            DestinationNotFoundError: there is none of that id.
        """
        before = await self.get(id)
        await self._graph.write("destinations.trigger_remove", id=id)
        await self._note("trigger_removed", id, [before.destination], [], author)
        return before

    async def _note(self, kind: str, id: str, before: list[str], after: list[str], author: str | None) -> None:
        await note_change(
            self._graph,
            self._writer,
            self._clock.now(),
            kind=kind,
            subject=id,
            before=before,
            after=after,
            because=author,
        )
