"""Attribution the long way: every conversion on its own, every model written out. Imports nothing of graphcdp."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple


class Event(NamedTuple):
    """An event; `ts` in seconds; `label` may be unknown."""

    who: str
    ts: int
    id: str
    converts: bool
    label: str | None
    value: float


def in_sessions(events: list[Event], gap: int | None) -> list[Event]:
    """Make each session somebody of its own: a silence of `gap` seconds ends one; None: nothing is cut."""
    if gap is None:
        return events
    found: list[Event] = []
    number, before = 0, None
    for one in sorted(events, key=lambda one: (one.who, one.ts)):
        if before is None or before.who != one.who or one.ts - before.ts >= gap:
            number += 1
        found.append(one._replace(who=f"{one.who}#{number}"))
        before = one
    return found


def credited(events: list[Event], model: str, lookback: int, half_life: int, direct: str) -> dict[str, float]:
    """Return the value that each label gets; `(none)` where nothing was before."""
    found: dict[str, float] = defaultdict(float)
    paths = []
    unused = defaultdict(list)
    for who in {one.who for one in events}:
        mine = sorted((one for one in events if one.who == who), key=lambda one: (one.ts, one.id))
        touches = [one for one in mine if not one.converts and one.label is not None]
        used = set()
        for conversion in (one for one in mine if one.converts):
            before = [
                one for one in touches
                if (one.ts, one.id) <= (conversion.ts, conversion.id) and one.ts >= conversion.ts - lookback
            ]  # fmt: skip
            used |= {one.id for one in before}
            if before:
                paths.append((before, conversion))
            else:
                found["(none)"] += conversion.value
        unused[who] = [one.label for one in touches if one.id not in used]
    if model == "markov":
        whole = [([str(one.label) for one in before], True) for before, _ in paths]
        whole += [([str(label) for label in labels], False) for labels in unused.values() if labels]
        total = sum(conversion.value for _, conversion in paths)
        base = converted(whole, None)
        effects = (
            {label: 1 - converted(whole, label) / base for label in {x for p, _ in whole for x in p}} if base else {}
        )
        for label, effect in effects.items():
            found[label] += total * effect / sum(effects.values())
        return dict(found)
    for before, conversion in paths:
        for label, share in shared(before, conversion, model, half_life, direct):
            found[label] += share * conversion.value
    return dict(found)


def shared(before: list[Event], conversion: Event, model: str, half_life: int, direct: str) -> list[tuple[str, float]]:
    """Share one conversion."""
    labels = [str(one.label) for one in before]
    n = len(labels)
    if model == "shapley":
        return [(label, 1 / len(set(labels))) for label in set(labels)]
    if model == "participation":
        return [(label, 1.0) for label in set(labels)]
    if model == "first":
        return [(labels[0], 1.0)]
    if model == "last":
        return [(labels[-1], 1.0)]
    if model == "last_non_direct":
        brought = [label for label in labels if label != direct]
        return [(brought[-1] if brought else labels[-1], 1.0)]
    if model == "linear":
        return [(label, 1 / n) for label in labels]
    if model == "time_decay":
        weights = [2 ** (-(conversion.ts - one.ts) / half_life) for one in before]
        return [(label, weight / sum(weights)) for label, weight in zip(labels, weights, strict=True)]
    ends = {"u": (0.4, 0.4), "custom": (0.4, 0.4), "j": (0.2, 0.6), "inverse_j": (0.6, 0.2)}[model]
    if n == 1:
        return [(labels[0], 1.0)]
    if n == 2:
        return [(labels[0], ends[0] / sum(ends)), (labels[1], ends[1] / sum(ends))]
    return [(labels[0], ends[0]), *((label, 0.2 / (n - 2)) for label in labels[1:-1]), (labels[-1], ends[1])]


def converted(paths: list[tuple[list[str], bool]], removed: str | None) -> float:
    """Return how likely the chain of the paths ends in a conversion, walked step by step; `removed` leads nowhere."""
    moves: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for labels, won in paths:
        states = ["^", *labels, "+" if won else "-"]
        for here, following in pairwise(states):
            moves[here][following] += 1
    here, won_mass = {"^": 1.0}, 0.0
    for _ in range(3_000):
        onward: dict[str, float] = defaultdict(float)
        for state, mass in here.items():
            total = sum(moves[state].values())
            for following, count in moves[state].items():
                if following == "+":
                    won_mass += mass * count / total
                elif following not in ("-", removed):
                    onward[following] += mass * count / total
        here = dict(onward)
        if sum(here.values()) < 1e-10:
            break
    return won_mass
