"""What every columnar analysis begins with: the selected events of the selected people, in order, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphcdp.journeys.columnar.errors import CannotAnswerError
from graphcdp.journeys.columnar.store import Store
from graphcdp.journeys.columnar.where import Words, spelt, text

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Texts:
    """Texts of events, each a number of a list.

    Attributes:
        codes: by event; -1: none.
        texts: by number, as Neo4j spells them.
        raw: the same as the projection has them.
    """

    codes: Ints
    texts: list[str]
    raw: list[str]


@dataclass(slots=True)
class Events:
    """Events by whose they are, then by time, then as was asked for.

    Attributes:
        who: a person's or identity's number.
        at: when, in microseconds.
        mask: which choices each fits, a bit each.
        spot: where it stands in the table.
        texts: properties that were asked for.
    """

    who: Ints
    at: Ints
    mask: Ints
    spot: Ints
    texts: dict[str, Texts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.who)


@dataclass(slots=True)
class Sessions:
    """Sessions, by whose they are, then by time.

    Attributes:
        who: a person's or identity's number.
        at: when each began, in microseconds.
    """

    who: Ints
    at: Ints

    def of(self, who: int) -> list[int]:
        """Return when someone's began."""
        low, high = np.searchsorted(self.who, [who, who + 1])
        found: list[int] = self.at[low:high].tolist()
        return found

    def places(self, who: Ints, at: Ints) -> Ints:
        """Return for each person and instant the place of the session that it lies in, or behind."""
        low, high = np.searchsorted(self.who, who), np.searchsorted(self.who, who, side="right")
        return first_since(self.at, low, high, at + 1) - 1


class Question:
    """One question to the store, with the inputs of the statement that it stands for."""

    def __init__(self, store: Store, inputs: Mapping[str, Any], ids: Sequence[str] | None) -> None:
        """Take what it needs.

        Args:
            store: up to date, nobody else's meanwhile.
            inputs: of the statement in cypher/journey.
            ids: of the profiles that are selected; None: everybody.
        """
        self.store = store
        self.inputs = inputs
        self.by_person = inputs["container"] == "person"
        self._wanted = None if ids is None else pa.table({"id": pa.array(list(ids), pa.string())})

    def breakdown(self) -> str | None:
        """Return the property of events to count apart by; None: all together.

        Raises:
            CannotAnswerError: it is an attribute of the profile.
        """
        by: str | None = self.inputs["breakdown"]
        if by is not None and by.startswith("profile."):
            raise CannotAnswerError("The columnar engine keeps events; counting apart by the profile is for `cypher`.")
        return by

    def between(self, start: datetime | None, end: datetime | None) -> Question:
        """Return the same question of another period."""
        other = copy(self)
        other.inputs = {**self.inputs, "start_at": start, "end_at": end}
        return other

    def events(
        self,
        choices: Sequence[Mapping[str, Any]],
        *,
        types: Sequence[str] | None = None,
        texts: Mapping[str, str] | None = None,
        cells: Mapping[str, str] | None = None,
        keep: str | None = None,
        needs: Sequence[str] = (),
        any_fits: bool = True,
        first_step_first: bool = False,
        earlier_seconds: int = 0,
    ) -> Events:
        """Return the selected events that some choice takes, in order.

        Args:
            choices: their bits in the mask, from the first one.
            types: only of these; None: of every type.
            texts: names of properties that are wanted as texts, by how they are called in the answer.
            cells: SQL of further texts, by how they are called in the answer; it may speak of `mask`. Left as they are.
            keep: SQL that events fulfil, of the columns of the answer; None: they fit some choice, as `any_fits` says.
            needs: only events that have these properties.
            any_fits: only events that fit a choice.
            first_step_first: at one instant those come first that fit an earlier choice.
            earlier_seconds: the period begins so much earlier.
        """
        words = Words()
        mask = " | ".join(
            f"(CASE WHEN {words.fits(choice)} THEN {1 << number} ELSE 0 END)" for number, choice in enumerate(choices)
        )
        wanted = {**{name: text(prop) for name, prop in (texts or {}).items()}, **(cells or {})}
        parts = [*self.conditions(words, earlier_seconds), *(f"{text(prop)} IS NOT NULL" for prop in needs)]
        if types is not None:
            parts.append(words.typed(types))
        columns = "".join(f", {sql} AS {name}" for name, sql in wanted.items())
        sql = (
            f"SELECT {self.who} AS who, e.ts AS ts, e.rowid AS spot, CAST({mask or '0'} AS BIGINT) AS mask{columns} "  # noqa: S608  values are parameters
            f"FROM events e JOIN identities i ON i.number = e.identity WHERE {' AND '.join(parts)}"
        )
        if keep is None and any_fits and choices:
            keep = "mask <> 0"
        if keep is not None:
            sql = f"SELECT * FROM ({sql}) WHERE {keep}"  # noqa: S608
        found = self.ask(f"{sql} ORDER BY who, ts", words)
        coded = {name: _coded(found.column(name), as_is=name in (cells or {})) for name in wanted}
        who, at, spot, bits = (_ints(found.column(name)) for name in ("who", "ts", "spot", "mask"))
        events = Events(who, at, bits, spot, coded)
        self._settle_ties(events, _lowest(bits) if first_step_first else np.zeros(len(bits), np.int64))
        return events

    @property
    def who(self) -> str:
        """Whose an event is, in SQL."""
        return "i.profile" if self.by_person else "i.number"

    def begun(self, gap_seconds: int, earlier_seconds: int = 0) -> Sessions:
        """Return when sessions began, between silences of all that was done in the period, whatever `within` says."""
        words = Words()
        parts = self.conditions(words, earlier_seconds, within=False)
        found = self.ask(
            f"SELECT {self.who} AS who, e.ts AS ts FROM events e JOIN identities i ON i.number = e.identity "  # noqa: S608  values are parameters
            f"WHERE {' AND '.join(parts)} ORDER BY who, ts",
            words,
        )
        who, at = _ints(found.column("who")), _ints(found.column("ts"))
        first = np.ones(len(who), np.bool_)
        first[1:] = (who[1:] != who[:-1]) | (at[1:] - at[:-1] >= gap_seconds * 1_000_000)
        return Sessions(who[first], at[first])

    def conditions(
        self, words: Words, earlier_seconds: int = 0, *, people: bool = True, within: bool = True
    ) -> list[str]:
        """Return what the selection asks of an event `e` on an identity `i`, in SQL."""
        start, end = self.inputs["start_at"], self.inputs["end_at"]
        parts = ["i.profile IS NOT NULL", *([words.fits(self.inputs["within"])] if within else [])]
        if isinstance(start, datetime):
            parts.append(f"e.ts >= {words.value(start)} - {earlier_seconds * 1_000_000}")
        if isinstance(end, datetime):
            parts.append(f"e.ts < {words.value(end)}")
        if self._wanted is not None and people:
            parts.append("i.profile IN (SELECT p.number FROM people p JOIN wanted w ON w.id = p.id)")
        return [part for part in parts if part != "true"]

    def ask(self, sql: str, words: Words, **tables: pa.Table) -> pa.Table:
        """Run a question."""
        if self._wanted is not None:
            tables["wanted"] = self._wanted
        return self.store.read(sql, words.parameters, **tables)

    def texts_at(self, spots: Ints, prop: str) -> list[str | None]:
        """Return the texts of a property of the events at some spots."""
        asked = pa.table({"place": pa.array(np.arange(len(spots))), "spot": pa.array(spots)})
        found = self.ask(
            f"SELECT a.place, {text(prop)} AS said FROM asked a JOIN events e ON e.rowid = a.spot ORDER BY a.place",  # noqa: S608
            Words(),
            asked=asked,
        )
        return [None if one is None else spelt(one) for one in found.column("said").to_pylist()]

    def _settle_ties(self, events: Events, first: Ints) -> None:
        """Put events at one instant in their order: as asked for, then by id."""
        many = len(events)
        alike = (events.who[1:] == events.who[:-1]) & (events.at[1:] == events.at[:-1])
        if not alike.any():
            return
        tied = np.zeros(many, np.bool_)
        tied[1:] |= alike
        tied[:-1] |= alike
        places = np.flatnonzero(tied)
        asked = pa.table({"place": pa.array(np.arange(len(places))), "spot": pa.array(events.spot[places])})
        sql = (
            "SELECT a.place, row_number() OVER (ORDER BY e.id) AS nth "
            "FROM asked a JOIN events e ON e.rowid = a.spot ORDER BY a.place"
        )
        nth = _ints(self.ask(sql, Words(), asked=asked).column("nth"))
        order = places[np.lexsort((nth, first[places], events.at[places], events.who[places]))]
        for cells in (events.mask, events.spot, *(each.codes for each in events.texts.values())):
            cells[places] = cells[order]


def firsts(same: Bools) -> Ints:
    """Return for each place where its run begins.

    Args:
        same: for each place but the first, whether it belongs to the run of the one before.
    """
    many = len(same) + 1
    begins = np.zeros(many, np.int64)
    begins[1:] = np.where(same, 0, np.arange(1, many))
    return np.maximum.accumulate(begins)


def first_rows(**columns: Ints) -> Bools:
    """Return which places are the first of their values, taken together."""
    return ~pd.DataFrame(columns).duplicated().to_numpy()


def first_since(at: Ints, low: Ints, high: Ints, since: Ints) -> Ints:
    """Return for each stretch from `low` to before `high` its first place that is not before `since`; else `high`."""
    low, high = low.copy(), np.maximum(low, high)
    while (still := np.flatnonzero(low < high)).size:
        middle = (low[still] + high[still]) // 2
        earlier = at[middle] < since[still]
        low[still[earlier]] = middle[earlier] + 1
        high[still[~earlier]] = middle[~earlier]
    return low


def pieces(sizes: Ints, at_once: int) -> Iterator[tuple[int, int]]:
    """Cut a row of things into pieces (from, to before) of so much in all, or of one thing that is larger."""
    behind = np.cumsum(sizes)
    at = 0
    while at < len(sizes):
        done = behind[at - 1] if at else 0
        until = max(at + 1, int(np.searchsorted(behind, done + at_once, side="right")))
        yield at, until
        at = until


def _coded(column: pa.ChunkedArray, *, as_is: bool) -> Texts:
    combined = pc.dictionary_encode(column).combine_chunks()
    if isinstance(combined, pa.ChunkedArray):  # of nothing
        return Texts(np.zeros(0, np.int64), [], [])
    codes = combined.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    raw: list[str] = combined.dictionary.to_pylist()
    return Texts(codes, raw if as_is else [spelt(one) for one in raw], raw)


def _ints(column: pa.ChunkedArray) -> Ints:
    found: Ints = np.array(column.to_numpy(), dtype=np.int64)
    return found


def _lowest(mask: Ints) -> Ints:
    """Return the place of the lowest bit of each; 99 of none."""
    low = np.full(len(mask), 99, np.int64)
    for place in range(int(mask.max()).bit_length() - 1 if len(mask) else -1, -1, -1):
        low[(mask >> place) & 1 == 1] = place
    return low
