"""Flow, paths and transitions over arrays: the rows of the statements of these names in cypher/journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphcdp.journeys.columnar.question import Bools, Ints, Question, firsts

ENTRY, EXIT, OTHER = "(entry)", "(exit)", "(other)"


@dataclass(slots=True)
class _Sequences:
    """The events that are places, one sequence after the other.

    Attributes:
        items: what each is, a number of `names`; names also has, behind the items, `(entry)` and `(exit)`.
        at: when each was.
        who: whose each is.
        starts, ends: of each sequence.
        zero: of each sequence the place of its anchor, counted from its start; -1: it has none.
    """

    items: Ints
    names: list[str]
    at: Ints
    who: Ints
    starts: Ints
    ends: Ints
    zero: Ints

    @property
    def entry(self) -> int:
        """The number of `(entry)`; of `(exit)` it is the next one."""
        return len(self.names) - 2


def flow(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.flow`."""
    asked = question.inputs
    told = _paths(question)
    if told is None:
        return []
    places, sequences, _ = told
    names, shown = [*sequences.names, OTHER], list[Ints]()
    for column in places.T:
        shown.append(_folded(column, names, asked["top_n"], asked["min_share"], sequences.entry))
    found = []
    for number in range(places.shape[1] - 1):
        here = (places[:, number] >= 0) & (places[:, number + 1] >= 0)
        pairs = shown[number][here] * len(names) + shown[number + 1][here]
        both, counts = np.unique(pairs, return_counts=True)
        found += [
            [number - asked["before"], names[pair // len(names)], names[pair % len(names)], int(many)]
            for pair, many in zip(both.tolist(), counts, strict=True)
        ]
    return sorted(found, key=lambda row: (row[0], -row[3], row[1], row[2]))


def paths(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.paths`."""
    told = _paths(question)
    if told is None:
        return []
    places, sequences, who = told
    left = np.argsort(places < 0, axis=1, kind="stable")  # a path begins at its first place, wherever that lies
    places = np.take_along_axis(places, left, axis=1)
    group = np.zeros(len(places), np.int64)
    for column in places.T:
        group = _numbered(group * (len(sequences.names) + 1) + column + 1)
    _, example, counts = np.unique(group, return_index=True, return_counts=True)
    people = np.bincount(group[_firsts_of(group, who)], minlength=len(counts))
    names = sequences.names
    # only those that may be among the most frequent are written out and compared by their texts
    most = asked_most(question)
    least = np.sort(counts)[::-1][min(most, len(counts)) - 1]
    found: list[list[Any]] = [
        [[names[item] for item in places[example[one]] if item >= 0], int(counts[one]), int(people[one]), len(places)]
        for one in np.flatnonzero(counts >= least)
    ]
    found.sort(key=lambda row: (-row[1], row[0]))
    return found[:most]


def transitions(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.transitions`."""
    sequences = _sequences(question, anchored=False)
    if sequences is None:
        return []
    items, many = sequences.items, len(sequences.names)
    first, last = np.zeros(len(items), np.bool_), np.zeros(len(items), np.bool_)
    first[sequences.starts], last[sequences.ends - 1] = True, True
    inner = np.flatnonzero(~first)
    entry = np.full(len(sequences.starts), sequences.entry, np.int64)
    source = np.concatenate((items[inner - 1], entry, items[last]))
    target = np.concatenate((items[inner], items[first], entry + 1))
    who = np.concatenate((sequences.who[inner], sequences.who[first], sequences.who[last]))
    cut = question.inputs["session_gap_seconds"] is not None
    each = np.arange(len(entry))
    session = np.concatenate((np.searchsorted(sequences.starts, inner, side="right") - 1, each, each))
    gaps = np.concatenate((sequences.at[inner] - sequences.at[inner - 1], np.zeros(2 * len(entry), np.int64)))
    pairs = source * many + target
    size = many * many
    dense = pairs if size <= 4 * len(pairs) else _numbered(pairs)
    counts = np.bincount(dense)
    lasted = np.bincount(dense, weights=gaps)
    people = np.bincount(dense[_firsts_of(dense, who)], minlength=len(counts))
    sessions = np.bincount(dense[_firsts_of(dense, session)], minlength=len(counts)).tolist() if cut else None
    example = np.zeros(len(counts), np.int64)
    example[dense] = np.arange(len(dense))
    found: list[list[Any]] = []
    for one in np.flatnonzero(counts):
        a, b = int(source[example[one]]), int(target[example[one]])
        mean = None if a == sequences.entry or b == sequences.entry + 1 else lasted[one] / counts[one] / 1_000_000
        often = [int(counts[one]), int(people[one]), mean, None if sessions is None else sessions[one]]
        found.append([sequences.names[a], sequences.names[b], *often])
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))[: asked_most(question)]


def asked_most(question: Question) -> int:
    """Return how many rows are wanted."""
    return int(question.inputs["most"])


def _sequences(question: Question, *, anchored: bool) -> _Sequences | None:
    """Return the sequences of a question; None: there is none."""
    asked = question.inputs
    anchor = asked["anchor"] if anchored else None
    choices = [] if anchor is None else [anchor]
    events = question.events(choices, texts={"item": asked["item"]}, needs=(asked["item"],), any_fits=False)
    if not len(events):
        return None
    told = events.texts["item"]
    names = sorted(set(told.texts))
    numbers = {name: number for number, name in enumerate(names)}
    items = np.array([numbers[name] for name in told.texts], np.int64)[told.codes]
    same = events.who[1:] == events.who[:-1]
    gap = asked["session_gap_seconds"]
    if gap is not None:
        same &= events.at[1:] - events.at[:-1] < gap * 1_000_000
    first = firsts(same)
    starts = np.flatnonzero(first == np.arange(len(events)))
    kept = np.ones(len(events), np.bool_)
    if asked["collapse"]:
        kept[1:] = ~same | (items[1:] != items[:-1])
    upto = np.cumsum(kept)
    zero = np.full(len(starts), -1, np.int64)
    if anchored:
        found = _anchors(
            events.mask == 1 if anchor is not None else kept | True, starts, last=asked["anchor_at"] == "last"
        )
        there = found >= 0
        zero[there] = upto[found[there]] - upto[starts[there]]  # a sequence's first event is always kept
    begins = upto[starts] - 1
    ends = np.append(begins[1:], upto[-1])
    return _Sequences(items[kept], [*names, ENTRY, EXIT], events.at[kept], events.who[kept], begins, ends, zero)


def _anchors(marked: Bools, starts: Ints, *, last: bool) -> Ints:
    """Return the first (or last) marked place of each sequence; -1: it has none."""
    many = len(marked)
    ends = np.append(starts[1:], many)
    places = np.arange(many)
    if last:
        found = np.maximum.accumulate(np.where(marked, places, -1))[ends - 1]
        return np.where(found >= starts, found, -1)
    found = np.minimum.accumulate(np.where(marked, places, many)[::-1])[::-1][starts]
    return np.where(found < ends, found, -1)


def _paths(question: Question) -> tuple[Ints, _Sequences, Ints] | None:
    """Return a row a sequence: its items from `before` to `after` of its anchor (-1: nothing); and whose each is."""
    asked = question.inputs
    sequences = _sequences(question, anchored=True)
    if sequences is None:
        return None
    there = np.flatnonzero(sequences.zero >= 0)
    if not len(there):
        return None
    starts, zero = sequences.starts[there], sequences.zero[there]
    many = sequences.ends[there] - starts
    columns = []
    for offset in range(-asked["before"], asked["after"] + 1):
        place = zero + offset
        inside = (place >= 0) & (place < many)
        column = np.full(len(there), -1, np.int64)
        column[inside] = sequences.items[(starts + place)[inside]]
        column[place == -1] = sequences.entry
        column[place == many] = sequences.entry + 1
        columns.append(column)
    return np.stack(columns, axis=1), sequences, sequences.who[starts]


def _folded(column: Ints, names: Sequence[str], top_n: int, min_share: float, entry: int) -> Ints:
    """Return a column with what is outside its most frequent items as `(other)`, the last of the names."""
    other = len(names) - 1
    counts = np.bincount(column[column >= 0], minlength=len(names))
    ranked = sorted(np.flatnonzero(counts[:entry]).tolist(), key=lambda item: (-counts[item], names[item]))
    least = min_share * int(counts.sum())
    shown = np.full(len(names) + 1, other, np.int64)
    shown[-1] = -1
    shown[[entry, entry + 1]] = entry, entry + 1
    for item in ranked[:top_n]:
        if counts[item] >= least:
            shown[item] = item
    return shown[column]


def _numbered(values: Ints) -> Ints:
    """Return values as numbers from 0 without gaps, equal where they are equal."""
    codes, _ = pd.factorize(values)
    found: Ints = codes.astype(np.int64)
    return found


def _firsts_of(group: Ints, who: Ints) -> Bools:
    """Return which places are the first of their group and person."""
    return ~pd.DataFrame({"group": group, "who": who}).duplicated().to_numpy()
