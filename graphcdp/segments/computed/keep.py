"""Keeps computed attributes in step with events, inside the transaction that takes the events in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from graphcdp.graph import Transaction
from graphcdp.ingest.rows import OWN, event_properties, node_property
from graphcdp.ingest.wake import Touched
from graphcdp.model import Fact, Scalar
from graphcdp.segments.computed.declaration import Declaration, kept
from graphcdp.segments.computed.figure import NONE, Counted, Figure, add, read_anew
from graphcdp.segments.computed.pattern import Properties, counted

_DEVICE = "device."
Pair = tuple[str, str]
"""A profile and the name of a computed attribute."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a profile keeps of one computed attribute.

    Attributes:
        version: of the declaration that it was computed under.
        figure: value, number of events, the latest of them, what the next are added to.
        at: when it became so.
    """

    version: str
    figure: Figure
    at: datetime

    @classmethod
    def read(cls, said: Sequence[Any]) -> Entry:
        """Read an entry of `Profile.computed`: `[value, at, events, latest ts, latest id, version, until, kept]`."""
        value, at, events, latest_ts, latest_id, version, until, held = said
        latest = None if latest_ts is None else (datetime.fromisoformat(latest_ts), latest_id)
        figure = Figure(value, events, latest, held, None if until is None else datetime.fromisoformat(until))
        return cls(version, figure, datetime.fromisoformat(at))

    def said(self, declaration: Declaration) -> list[Any]:
        """Return it as it is kept; the value is left out where too few events stand behind it."""
        figure = self.figure
        latest = figure.latest or (None, None)
        return [
            shown(declaration, figure), self.at, figure.events, *latest, self.version, figure.until, figure.kept,
        ]  # fmt: skip


def shown(declaration: Declaration, figure: Figure) -> Scalar:
    """Return the value that everybody sees: none where too few events stand behind it."""
    return figure.value if figure.events >= declaration.at_least else None


async def wake(tx: Transaction, touched: Touched) -> None:
    """Bring the computed attributes of touched profiles up to date."""
    declarations = await declared(tx)
    if declarations:
        if touched.former:
            await tx.consume("computed.gone", ids=list(touched.former))
        await _Round(tx, touched, declarations).run(
            {(id, one.name) for id in touched.regrouped for one in declarations}
        )


async def refresh(tx: Transaction, touched: Touched, pairs: Iterable[Pair]) -> None:
    """Compute some attributes of some profiles anew from all events."""
    await _Round(tx, touched, await declared(tx)).run(set(pairs))


async def declared(tx: Transaction) -> tuple[Declaration, ...]:
    """Return what is declared, by name, as the transaction sees it."""
    return tuple(kept(row) for row in await tx.run("computed.declared"))


class _Round:
    """One transaction's worth of it."""

    def __init__(self, tx: Transaction, touched: Touched, declarations: Sequence[Declaration]) -> None:
        self._tx = tx
        self._touched = touched
        self._now = touched.known_at
        self._declarations = {one.name: one for one in declarations}
        self._before: dict[str, dict[str, Entry]] = {}
        self._known: dict[str, datetime] = {}

    async def run(self, anew: set[Pair]) -> None:
        """Add what came in, read anew what must be, and write what changed."""
        more = self._more(anew)
        await self._read_held({id for id, _ in (*anew, *more)})
        figures: dict[Pair, Figure] = {}
        for (id, name), events in more.items():
            added = self._added(id, self._declarations[name], events)
            if added is None:
                anew.add((id, name))
            else:
                figures[id, name] = added
        anew = {(id, name) for id, name in anew if id in self._before and name in self._declarations}
        if anew:
            figures.update(await self._read_anew(anew))
        await self._write(figures)

    def _more(self, anew: set[Pair]) -> dict[Pair, list[Counted]]:
        """Return what came in for each attribute that need not be read anew anyway."""
        more: dict[Pair, list[Counted]] = {}
        for id, facts in self._touched.facts.items():
            for fact in facts:
                looking = [one for one in self._declarations.values() if one.looks_at(fact.type)]
                properties = _properties(fact) if looking else {}
                for one in looking:
                    event = None if (id, one.name) in anew else counted(one.aggregate, fact.ts, fact.id, properties)
                    if event is not None:
                        more.setdefault((id, one.name), []).append(event)
        return more

    def _added(self, id: str, declaration: Declaration, events: Sequence[Counted]) -> Figure | None:
        if id not in self._before or any(name.startswith(_DEVICE) for name in declaration.fields):
            return None  # a device is called what it was first called
        entry = self._before[id].get(declaration.name)
        if entry is not None and entry.version == declaration.version:
            held = entry.figure
        elif self._known[id] == self._now:  # a profile that is new has no other events
            held = NONE
        else:
            return None
        aggregate = declaration.aggregate
        return add(aggregate.function, aggregate.events.window, held, events, self._now)

    async def _read_held(self, ids: set[str]) -> None:
        if ids:
            for id, known_from, computed in await self._tx.rows("computed.held", ids=sorted(ids)):
                said: Mapping[str, Any] = orjson.loads(computed) if computed else {}
                self._before[id] = {name: Entry.read(each) for name, each in said.items()}
                self._known[id] = known_from

    async def _read_anew(self, anew: set[Pair]) -> dict[Pair, Figure]:
        """Read events, once for all attributes that look at the same types."""
        groups: dict[tuple[str, ...], list[Declaration]] = {}
        for name in sorted({name for _, name in anew}):
            groups.setdefault(self._declarations[name].aggregate.events.types, []).append(self._declarations[name])
        figures: dict[Pair, Figure] = {}
        for types, declarations in groups.items():
            names = {one.name for one in declarations}
            ids = sorted({id for id, name in anew if name in names})
            events = await events_of(self._tx, ids, types, declarations)
            for one in declarations:
                for id in ids:
                    if (id, one.name) in anew:
                        figures[id, one.name] = figure_of(one, events.get(id, ()), self._now)
        return figures

    async def _write(self, figures: Mapping[Pair, Figure]) -> None:
        rows: list[list[Any]] = []
        due: list[list[Any]] = []
        by_profile: dict[str, dict[str, Figure]] = {}
        for (id, name), figure in figures.items():
            by_profile.setdefault(id, {})[name] = figure
        for id, found in by_profile.items():
            before = self._before[id]
            after = {name: entry for name, entry in before.items() if name in self._declarations}
            properties: dict[str, Scalar] = {}
            for name, figure in found.items():
                declaration, old = self._declarations[name], before.get(name)
                if old is not None and (old.figure, old.version) == (figure, declaration.version):
                    continue
                until = None if old is None else old.figure.until
                if figure.until != until:
                    due.append([id, name, figure.until])
                value = shown(declaration, figure)
                properties[declaration.property_name] = value
                if old is None or value != shown(declaration, old.figure) or old.version != declaration.version:
                    self._touched.changed(id, [name])
                if figure.events or figure.until:
                    after[name] = Entry(declaration.version, figure, self._now)
                else:
                    after.pop(name, None)
            if properties:
                said = {name: entry.said(self._declarations[name]) for name, entry in after.items()}
                rows.append([id, orjson.dumps(said).decode() if said else None, properties])
        if rows:
            await self._tx.consume("computed.write", rows=rows)
        if due:
            await self._tx.consume("computed.due", rows=due)


async def events_of(
    tx: Transaction, ids: Sequence[str], types: Sequence[str], declarations: Sequence[Declaration]
) -> dict[str, list[tuple[datetime, str, Properties]]]:
    """Return the events of some profiles that some declarations look at, with the properties these need.

    Args:
        tx: where.
        ids: of profiles.
        types: of events; none: all.
        declarations: which properties.
    """
    names = sorted({"type", *(name for one in declarations for name in one.fields)} - {"ts"})
    fields = [node_property(name) for name in names]
    rows = await tx.rows("computed.events", ids=list(ids), fields=fields, types=list(types) or None)
    return {
        id: [(ts, event_id, dict(zip(names, values, strict=True))) for ts, event_id, values in events]
        for id, events in rows
    }


def figure_of(declaration: Declaration, events: Iterable[tuple[datetime, str, Properties]], now: datetime) -> Figure:
    """Return a figure from all events of a person."""
    aggregate = declaration.aggregate
    found = (counted(aggregate, ts, id, properties) for ts, id, properties in events)
    usable = [each for each in found if each is not None]
    return read_anew(aggregate.function, aggregate.events.window, usable, now)


def _properties(fact: Fact) -> dict[str, Any]:
    """Return the properties of a new event by the names of the language, as the graph will give them back."""
    device = fact.device
    return {
        **{name.removeprefix(OWN): value for name, value in event_properties(fact.properties).items()},
        "type": fact.type,
        "channel": fact.channel,
        "source": fact.source,
        "dataset": fact.dataset,
        "device.kind": None if device is None else device.kind,
        "device.name": None if device is None else device.name,
    }


def strip(computed: str | None, name: str) -> str | None:
    """Return what a profile keeps (JSON) without one attribute."""
    said: dict[str, Any] = orjson.loads(computed) if computed else {}
    said.pop(name, None)
    return orjson.dumps(said).decode() if said else None
