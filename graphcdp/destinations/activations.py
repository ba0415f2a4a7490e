"""Activations: segments that go to destinations, begun, paused, ended; previews of what would go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from graphcdp.destinations.definition import (
    DAYS,
    Activation,
    Mapped,
    Mode,
    Remind,
    mapping,
)
from graphcdp.destinations.delivery.activated import plan_of
from graphcdp.destinations.delivery.step import Stand, fields_of
from graphcdp.destinations.errors import ActivationRefusedError, DestinationError, DestinationNotFoundError
from graphcdp.destinations.gate import Plan
from graphcdp.destinations.kinds.catalog import get_kind
from graphcdp.destinations.kinds.connector import Value
from graphcdp.destinations.places import Places
from graphcdp.graph import Transaction
from graphcdp.ingest.wake import Changes
from graphcdp.segments.evaluation.gather import PROFILE_PROPERTIES

Json = Any
BOUGHT_EVERY = timedelta(hours=1)


class Activations(Places):
    """The activations of one graph, over its destinations."""

    async def activations(self) -> tuple[Activation, ...]:
        """Return the activations by id."""
        return tuple(Activation.of(row) for row in await self._graph.read("destinations.activations"))

    async def activation(self, id: str) -> Activation:
        """Return one.

        Raises:
            DestinationNotFoundError: there is none of that id.
        """
        rows = await self._graph.read("destinations.activations", id=id)
        if not rows:
            raise DestinationNotFoundError(
                f"There is no activation {id[:130]}; `graphcdp activation list` shows what there is.", id=id
            )
        return Activation.of(rows[0])

    async def activate(
        self,
        segment: str,
        destination: str,
        *,
        id: str | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
        every_minutes: int | None = None,
        fields: Sequence[str] | None = None,
        actions: Sequence[str] | None = None,
        at_end: str = "remove",
        except_: Sequence[str] = (),
        bought_days: int = 365,
        mode: Mode = "members",
        remind: Remind | None = None,
        author: str | None = None,
    ) -> Activation:
        """Send a segment to a destination from now on, or change how.

        Args:
            segment, destination: ids.
            id: `segment-destination` where nothing is said.
            starts: now if nothing is said; `ends`: 90 days later.
            every_minutes: None: at once.
            fields: the mapping, each `source=target`; the kind's own where nothing is said.
            actions: of the destination's marketing actions those that it serves; all if nothing is said.
            at_end: `remove` or `keep`.
            except_: segments whose members are left out.
            bought_days: how far back the field `bought` looks.
            mode: `members`, `events` to be told every entry and exit, or `reminders` to write to members on a day that
                they wished for.
            remind: of `reminders`, what is a wish for one.
            author: who does it.

        Raises:
            DestinationError: says what is wrong.
            DestinationNotFoundError, SegmentNotFoundError: there is no such destination or segment.
            ActivationRefusedError: a policy forbids it, or the segment is archived.
        """
        of = await self._segments.get(segment)
        to = await self.get(destination)
        id = id or f"{segment}-{destination}"
        if of.state == "archived":
            raise ActivationRefusedError(f"Segment {segment} is archived: nobody is in it.", id=segment)
        now = self._clock.now()
        starts = starts or now
        ends = ends or starts + timedelta(days=DAYS)
        if ends <= max(starts, now):
            raise DestinationError("The activation would end before it begins, or has ended already.", field="ends")
        if every_minutes is not None and not 1 <= every_minutes <= 10_080:
            raise DestinationError("It goes out every 1 to 10,080 minutes (a week), or at once.", field="every")
        if at_end not in ("remove", "keep"):
            raise DestinationError("At the end it is `remove` or `keep`.", field="at_end")
        kind = get_kind(to.kind)
        mapped = mapping(kind.fields if fields is None else fields)
        narrowed = to.actions if actions is None else tuple(dict.fromkeys(actions))
        more = [one for one in narrowed if one not in to.actions]
        if more or not narrowed:
            raise DestinationError(
                f"{destination} serves {', '.join(to.actions)}; an activation takes one or more of these, not others.",
                field="actions",
            )
        for one in except_:
            await self._segments.get(one)
        connector, _ = await self.connector(destination)
        if mode == "events" and (connector.subject != "person" or connector.message_channel is not None):
            raise DestinationError(f"A {to.kind} destination cannot be told of entries and exits.", field="mode")
        sources = [one.source for one in mapped] + [f"identity.{one}" for one in kind.namespaces]
        plan = Plan(
            id, segment, destination, narrowed, tuple(dict.fromkeys(sources)), kind.message_channel, tuple(except_)
        )
        if (mode == "reminders") != (remind is not None) or (remind is not None and kind.message_channel is None):
            raise DestinationError(
                "Reminders go to a destination that sends messages, and say which event is the wish for one.",
                field="mode",
            )
        no = await self.gate.may_activate(plan)
        if no is not None:
            raise ActivationRefusedError(no.message, id=id, because=no.because)
        begins = starts <= now

        async def work(tx: Transaction) -> None:
            await tx.rows("ingest.lock", known_at=now)
            await tx.consume(
                "destinations.activate", id=id, segment=segment, destination=destination, at=now, author=author,
                except_segments=list(except_),
                activation={
                    "mode": mode, "starts": starts, "ends": ends, "every_minutes": every_minutes,
                    "mapping": [str(one) for one in mapped], "actions": list(narrowed), "at_end": at_end,
                    "sources": list(plan.sources),
                    "bought_days": bought_days, "state": "active" if begins else "scheduled",
                    "event": None if remind is None else remind.event,
                    "on_property": None if remind is None else remind.on_property,
                    "after_days": None if remind is None else remind.days,
                    "filling": begins and mode == "members", "filled_to": "",
                },
            )  # fmt: skip
            changes = Changes(self._pipeline.writer)
            changes("activation_defined", id, None, [], [segment, destination], because=author)
            await changes.write(tx, now)

        await self._graph.transact(work)
        await self.turn()
        return await self.activation(id)

    async def _follow(self, id: str, before: Sequence[str], after: Sequence[str]) -> dict[str, list[str]]:
        """Say what activations of a destination serve when it serves other marketing actions.

        Those that were not narrowed follow it; of the others stays what it still serves, or all of it.

        Raises:
            ActivationRefusedError: a policy forbids it for one of them.
        """
        found: dict[str, list[str]] = {}
        connector, _ = await self.connector(id)
        for one in await self.activations():
            if one.destination == id and one.state != "ended":
                still = [action for action in after if action in one.actions]
                found[one.id] = still if still and set(one.actions) != set(before) else list(after)
                no = await self.gate.may_activate(plan_of(replace(one, actions=tuple(found[one.id])), connector))
                if no is not None:
                    raise ActivationRefusedError(
                        f"{one.id} would be forbidden. {no.message}", id=one.id, because=no.because
                    )
        return found

    async def change_activation(self, id: str, state: str, *, author: str | None = None) -> Activation:
        """Pause an activation, let it go on, or end it before its time.

        Raises:
            DestinationNotFoundError: there is none of that id.
            DestinationError: it cannot come to that state.
        """
        before = await self.activation(id)
        goes = {"active": ("paused", "ended"), "paused": ("active", "ended"), "scheduled": ("ended",), "ended": ()}
        if state not in goes[before.state]:
            raise DestinationError(
                f"{id} is {before.state}; from there it becomes {' or '.join(goes[before.state]) or 'nothing else'}. "
                "Activate the segment again to begin anew.",
                field="state",
            )
        await self._turn_one(id, state, filling=before.mode == "members")
        await self._note("activation_state", id, [before.state], [state], author)
        await self.turn()
        return await self.activation(id)

    async def look_again(self, id: str) -> None:
        """Go through all people of an activation again, at the next `turn`: what may be sent has changed.

        Of an activation that has ended, or is not there any more, nothing is to be done.
        """
        rows = await self._graph.read("destinations.activations", id=id)
        if rows and rows[0]["state"] in ("active", "paused") and rows[0]["mode"] == "members":
            await self._turn_one(id, rows[0]["state"], filling=True)

    async def turn(self, now: datetime | None = None) -> int:
        """Begin and end what is due to, go on filling, remind who is to be; return how many people were queued."""
        instant = now or self._clock.now()
        done: int = (await self._graph.write("destinations.remind_due", now=instant))[0]["reminded"]
        done += await self.suppressions.expire(instant) + await self._bought_over(instant)
        while True:
            rows = await self._graph.read("destinations.turning", now=instant)
            if not rows:
                return done
            for row in rows:
                if not row["filling"]:
                    one = await self.activation(row["id"])
                    await self._turn_one(row["id"], row["state"], filling=one.mode == "members")
                done += await self._fill(row["id"], "ended" if row["state"] == "ended" else "activated")

    async def _bought_over(self, now: datetime) -> int:
        """Queue people whose purchases are too long ago to be told any more, once an hour; return how many."""
        done = 0
        for row in await self._graph.read("destinations.bought_due", before=now - BOUGHT_EVERY):
            ago = timedelta(days=row["days"])
            found = await self._graph.read("destinations.bought_over", since=row["looked"] - ago, until=now - ago)
            people: list[str] = found[0]["profiles"]

            async def work(tx: Transaction, id: str = row["id"], people: Sequence[str] = tuple(people)) -> None:
                await tx.rows("ingest.lock", known_at=now)
                for start in range(0, len(people), 1_000):
                    some = list(people[start : start + 1_000])
                    await tx.consume("destinations.enqueue_people", ids=some, cause="changed", at=now)
                await tx.consume("destinations.bought_looked", id=id, at=now)

            await self._graph.transact(work)
            done += len(people)
        return done

    async def _turn_one(self, id: str, state: str, *, filling: bool) -> None:
        """Change a state under the lock of ingestion: who is changing memberships meanwhile sees it, or is seen."""
        now = self._clock.now()

        async def work(tx: Transaction) -> None:
            await tx.rows("ingest.lock", known_at=now)
            await tx.consume("destinations.activation_state", id=id, state=state, filling=filling, at=now)

        await self._graph.transact(work)

    async def _fill(self, id: str, cause: str) -> int:
        done = 0
        while True:
            row = await self.activation_row(id)
            if not row["filling"]:
                return done
            rows = await self._graph.write(
                "destinations.fill", id=id, after=row["filled_to"] or "", cause=cause, at=self._clock.now()
            )
            if not rows or not rows[0]["queued"]:
                await self._graph.write("destinations.filled", id=id)
                return done
            done += rows[0]["queued"]

    async def activation_row(self, id: str) -> Mapping[str, Any]:
        """Return an activation as the graph has it."""
        return (await self._graph.read("destinations.activations", id=id))[0]

    async def stands(self, activation: Activation, ids: Sequence[str], now: datetime) -> list[Stand]:
        """Return how people stand to an activation."""
        names = sorted(
            {one.source.partition(".")[2] for one in activation.mapping if one.source.startswith("profile.")}
        )
        own = [name in PROFILE_PROPERTIES for name in names]
        asks = any(one.source == "bought" for one in activation.mapping)
        rows = await self._graph.read_rows(
            "destinations.stand", activation=activation.id, ids=list(ids),
            computed=[name if mine else f"c_{name}" for name, mine in zip(names, own, strict=True)],
            stated=[name if mine else f"a_{name}" for name, mine in zip(names, own, strict=True)],
            now=now, bought_since=now - timedelta(days=activation.bought_days) if asks else None,
        )  # fmt: skip
        return [Stand.of(row, names) for row in rows]

    async def preview(
        self, segment: str, destination: str, fields: Sequence[str] | None = None, most: int = 10
    ) -> list[dict[str, Value]]:
        """Return what a mapping would give of some members; nothing is written or sent.

        Raises:
            DestinationError: the mapping is wrong.
            DestinationNotFoundError, SegmentNotFoundError: there is no such destination or segment.
        """
        of = await self._segments.get(segment)
        to = await self.get(destination)
        kind = get_kind(to.kind)
        mapped: tuple[Mapped, ...] = mapping(kind.fields if fields is None else fields)
        now = self._clock.now()
        draft = Activation(
            "", segment, of.name, destination, "members", "active", now, now + timedelta(days=DAYS), None, mapped,
            to.actions, "remove", (), 365, now, None, False, 0,
        )  # fmt: skip
        ids = [
            row[0]
            for row in await self._graph.read_rows("destinations.members_after", segment=segment, after="", most=most)
        ]
        names = sorted({one.source.partition(".")[2] for one in mapped if one.source.startswith("profile.")})
        own = [name in PROFILE_PROPERTIES for name in names]
        rows = await self._graph.read_rows(
            "destinations.look", segment=segment, ids=ids,
            computed=[name if mine else f"c_{name}" for name, mine in zip(names, own, strict=True)],
            stated=[name if mine else f"a_{name}" for name, mine in zip(names, own, strict=True)],
            bought_since=now - timedelta(days=365),
        )  # fmt: skip
        return [
            fields_of(mapped, draft, Stand.of([id, entered, [], [], identities, values, [], [], bought], names))
            for id, entered, identities, values, bought in rows
        ]
