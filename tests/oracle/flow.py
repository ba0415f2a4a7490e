"""Flow of sequences, place by place. Nothing of graphcdp is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.oracle.funnel import Done


@dataclass(frozen=True)
class Around:
    """Around which types, how far, told how."""

    anchor: frozenset[str] | None = None
    last: bool = False
    before: int = 0
    after: int = 3
    collapse: bool = False
    gap: int | None = None


def sequences(events: Sequence[Done], gap: int | None) -> list[list[Done]]:
    """Cut a person's events at silences."""
    ordered = sorted(events, key=lambda e: (e.ts, e.id))
    found: list[list[Done]] = []
    for event in ordered:
        if found and (gap is None or event.ts - found[-1][-1].ts < gap):
            found[-1].append(event)
        else:
            found.append([event])
    return found


def stretch(around: Around, events: Sequence[Done]) -> dict[int, str] | None:
    """Return what is at each place around the anchor; None where there is no anchor."""
    marked = [around.anchor is None or event.type in around.anchor for event in events]
    if not any(marked):
        return None
    at = len(marked) - 1 - marked[::-1].index(True) if around.last else marked.index(True)
    runs = [(type, [n for n, _ in run]) for type, run in groupby(enumerate(events), key=lambda pair: pair[1].type)]
    if not around.collapse:
        runs = [(event.type, [n]) for n, event in enumerate(events)]
    zero = next(n for n, (_, members) in enumerate(runs) if at in members)
    names = {n - zero: type for n, (type, _) in enumerate(runs)} | {-zero - 1: "(entry)", len(runs) - zero: "(exit)"}
    return {place: name for place, name in names.items() if -around.before <= place <= around.after}


def links(around: Around, people: Sequence[Sequence[Done]], top_n: int) -> Counter[tuple[int, str, str]]:
    """Count how many sequences go from place to place."""
    cut = [sequence for events in people for sequence in sequences(events, around.gap)]
    found = [one for one in (stretch(around, sequence) for sequence in cut) if one is not None]
    columns: dict[int, Counter[str]] = {}
    for one in found:
        for place, name in one.items():
            columns.setdefault(place, Counter())[name] += 1

    def shown(place: int, name: str) -> str:
        plain = [each for each in columns[place] if each not in ("(entry)", "(exit)")]
        best = sorted(plain, key=lambda each: (-columns[place][each], each))[:top_n]
        return name if name in (*best, "(entry)", "(exit)") else "(other)"

    return Counter(
        (place, shown(place, name), shown(place + 1, one[place + 1]))
        for one in found
        for place, name in one.items()
        if place + 1 in one
    )
