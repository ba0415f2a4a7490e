"""Destinations: defined, paused, connected to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from graphcdp.base import Clock, Settings
from graphcdp.destinations.definition import (
    Destination,
    check_id,
)
from graphcdp.destinations.errors import DestinationError, DestinationNotFoundError
from graphcdp.destinations.gate import Gate
from graphcdp.destinations.kinds.catalog import connect, get_kind, read_options, split
from graphcdp.destinations.kinds.connector import Connector
from graphcdp.destinations.secrets import Sealer
from graphcdp.destinations.suppress import Suppressions
from graphcdp.destinations.triggers import Triggers
from graphcdp.graph import Graph
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import note_change
from graphcdp.segments.estimate import Taker
from graphcdp.segments.store import Segments

Json = Any


class Places:
    """The destinations of one graph, and the connectors to them.

    Attributes:
        gate: may refuse an activation.
        suppressions: identities that nothing is sent to.
        triggers: what destinations are told of beside segments.
    """

    def __init__(
        self, graph: Graph, clock: Clock, pipeline: Pipeline, segments: Segments, settings: Settings, *, gate: Gate
    ) -> None:
        """Take what it works with."""
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self._segments = segments
        self._settings = settings
        self._sealer: Sealer | None = None
        self._connected: dict[str, tuple[str, Connector]] = {}
        self.gate = gate
        self.suppressions = Suppressions(graph, clock, pipeline)
        self.triggers = Triggers(graph, clock, pipeline.writer, self.get)

    async def all(self) -> tuple[Destination, ...]:
        """Return the destinations by id."""
        rows = await self._graph.read("destinations.all")
        counts = {
            row["id"]: row for row in await self._graph.read("destinations.counts", ids=[row["id"] for row in rows])
        }
        return tuple(Destination.of(row, counts.get(row["id"])) for row in rows)

    async def takers(self) -> tuple[Taker, ...]:
        """Return the active destinations as estimates of segments ask for them."""
        rows = [row for row in await self._graph.read("destinations.all") if row["state"] == "active"]
        return tuple(Taker(row["id"], row["title"], get_kind(row["kind"]).namespaces) for row in rows)

    async def get(self, id: str) -> Destination:
        """Return one.

        Raises:
            DestinationNotFoundError: there is none of that id.
        """
        rows = await self._graph.read("destinations.all", id=id)
        if not rows:
            raise DestinationNotFoundError(
                f"There is no destination {id[:64]}; `graphcdp destination list` shows what there is.", id=id
            )
        counts = await self._graph.read("destinations.counts", ids=[id])
        return Destination.of(rows[0], counts[0])

    async def create(
        self,
        id: str,
        kind: str,
        options: Mapping[str, Json],
        *,
        actions: Sequence[str],
        title: str | None = None,
        frequency: tuple[int, float] | None = None,
        except_: Sequence[str] = (),
        author: str | None = None,
    ) -> Destination:
        """Define a destination, or give it other options; secrets that are not said again stay.

        Args:
            id: a short name.
            kind: in the catalog.
            options: what the kind is to be told, secrets among them.
            actions: the marketing actions that it serves; at least one.
            title: for people.
            frequency: (times, days): the most messages to one person.
            except_: segments whose members are never sent there.
            author: who defines it.

        Raises:
            DestinationError: says what is wrong.
            SegmentNotFoundError: a segment of `except_` is not there.
            ActivationRefusedError: a policy forbids one of its activations for what it would serve.
        """
        check_id(id)
        found = get_kind(kind)
        if not actions:
            raise DestinationError(
                "Say at least one marketing action that the destination serves, such as email_targeting.",
                field="actions",
            )
        for one in actions:
            check_id(one)
        if frequency is not None and (frequency[0] < 1 or frequency[1] <= 0):
            raise DestinationError("The frequency is 1 or more times in more than 0 days.", field="frequency")
        before = await self._graph.read("destinations.all", id=id)
        if before and before[0]["kind"] != kind:
            raise DestinationError(f"{id} is a {before[0]['kind']} destination, not {kind}; take another id.", id=id)
        kept = self._open(before[0]["sealed"]) if before else {}
        checked = read_options(found, {**kept, **options})
        plain, secrets = split(checked)
        for one in except_:
            await self._segments.get(one)
        served = before[0]["actions"] if before else []
        follow = await self._follow(id, served, actions) if before and set(served) != set(actions) else {}
        await self._graph.write(
            "destinations.define", id=id, except_segments=list(except_), at=self._clock.now(), author=author,
            destination={
                "kind": kind, "title": title or id, "options": orjson.dumps(plain).decode(),
                "sealed": self._seal(secrets), "actions": list(dict.fromkeys(actions)),
                "frequency_times": None if frequency is None else frequency[0],
                "frequency_days": None if frequency is None else float(frequency[1]),
            },
        )  # fmt: skip
        if follow:
            await self._graph.write("destinations.follow", rows=[[*one] for one in follow.items()])
        await self._note("destination_defined", id, served, [kind, *actions], author)
        return await self.get(id)

    async def _follow(self, id: str, before: Sequence[str], after: Sequence[str]) -> dict[str, list[str]]:  # noqa: ARG002
        """Say what activations serve when their destination serves other marketing actions: none is known here."""
        return {}

    async def change_state(self, id: str, state: str, *, author: str | None = None) -> Destination:
        """Pause a destination, or let it go on (which also ends the rest of its circuit breaker).

        Raises:
            DestinationNotFoundError: there is none of that id.
            DestinationError: no such state.
        """
        if state not in ("active", "paused"):
            raise DestinationError(f"There is no state {state[:64]}; there is active, paused.", field="state")
        before = await self.get(id)
        await self._graph.write("destinations.state", id=id, state=state, at=self._clock.now())
        await self._note("destination_state", id, [before.state], [state], author)
        return await self.get(id)

    async def probe(self, id: str) -> str:
        """Find out whether a destination can be reached.

        Raises:
            DestinationNotFoundError: there is none of that id.
            DownError: it cannot.
        """
        connector, _ = await self.connector(id)
        return await connector.probe()

    async def connector(self, id: str) -> tuple[Connector, tuple[int, float] | None]:
        """Return a connector to a destination, and how many messages one person may get."""
        rows = await self._graph.read("destinations.all", id=id)
        if not rows:
            raise DestinationNotFoundError(f"There is no destination {id[:64]}.", id=id)
        row = rows[0]
        told = f"{row['kind']}|{row['options']}|{row['sealed']}"
        before = self._connected.get(id)
        if before is None or before[0] != told:
            kind = get_kind(row["kind"])
            options = read_options(kind, {**orjson.loads(row["options"]), **self._open(row["sealed"])})
            if before is not None:
                await before[1].close()
            before = self._connected[id] = (told, connect(kind, options))
        return before[1], Destination.of(row).frequency

    async def close(self) -> None:
        """Give back connections."""
        for _, connector in self._connected.values():
            await connector.close()
        self._connected.clear()

    async def _note(self, kind: str, id: str, before: list[str], after: list[str], author: str | None) -> None:
        await note_change(
            self._graph,
            self._pipeline.writer,
            self._clock.now(),
            kind=kind,
            subject=id,
            before=before,
            after=after,
            because=author,
        )

    def _seal(self, secrets: Mapping[str, str]) -> str | None:
        return self._box().seal(secrets)

    def _open(self, sealed: str | None) -> dict[str, str]:
        return {} if sealed is None else self._box().open(sealed)

    def _box(self) -> Sealer:
        if self._sealer is None:
            self._sealer = Sealer.load(self._settings)
        return self._sealer
