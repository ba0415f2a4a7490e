"""Funnels by trying out every chain of events. Slow, and nothing of graphcdp is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any, NamedTuple


class Done(NamedTuple):
    """Something that a person did: its id, its second, its type, its properties."""

    id: str
    ts: int
    type: str
    properties: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Rule:
    """A funnel; steps and exclusions are types of events, an exclusion with the steps that it is between."""

    steps: tuple[frozenset[str], ...]
    order: str = "ordered"
    window: int = 14 * 86_400
    anchor: str = "first_step"
    entry: str = "any"
    tie: str = "step_order"
    exclusions: tuple[tuple[frozenset[str], int, int], ...] = ()
    policy: str = "stop_at_step"
    hold: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How far a person got: the level, by which events, and whether taken out."""

    level: int
    chain: tuple[str, ...] = ()
    times: tuple[int, ...] = ()
    dropped: bool = False
    held: str | None = field(default=None, compare=False)


def outcome(rule: Rule, events: Sequence[Done]) -> Outcome:
    """Return how far a person got."""
    if rule.hold is None:
        return _one(rule, events)
    values = sorted({str(e.properties[rule.hold]) for e in events if rule.hold in e.properties})
    found = [_one(rule, [e for e in events if str(e.properties.get(rule.hold)) == value]) for value in values]
    return max(found, key=lambda one: one.level if not one.dropped else 0, default=Outcome(0))


def _one(rule: Rule, events: Sequence[Done]) -> Outcome:
    def place(event: Done) -> int:
        return next((n for n, step in enumerate(rule.steps) if event.type in step), 99)

    inner = rule.policy == "stop_at_step"
    ordered = sorted(events, key=lambda e: (e.ts, place(e) if rule.tie == "step_order" else 0, e.id))
    chains = list(_any(rule, ordered) if rule.order == "any" else _chains(rule, ordered, excluding=inner))
    if not chains:
        return Outcome(0)
    level = max(map(len, chains))
    longest = [chain for chain in chains if len(chain) == level]
    if level == len(rule.steps):  # the first completion, by the latest events that lead to it
        end = min(chain[-1] for chain in longest)
        longest = [chain for chain in longest if chain[-1] == end]
    best = max(longest, key=lambda chain: chain[::-1])
    times = tuple(ordered[n].ts for n in best)
    return Outcome(level, tuple(ordered[n].id for n in best), times, not inner and _touched(rule, ordered, times))


def _chains(rule: Rule, events: Sequence[Done], *, excluding: bool) -> Iterator[tuple[int, ...]]:
    starts = [n for n, event in enumerate(events) if event.type in rule.steps[0]]
    for size in range(1, len(rule.steps) + 1):
        for chain in combinations(range(len(events)), size):
            if rule.entry == "first" and chain[0] != starts[:1][0] if starts else True:
                continue
            if all(events[n].type in step for n, step in zip(chain, rule.steps, strict=False)) and _holds(
                rule, events, chain, excluding=excluding
            ):
                yield chain


def _holds(rule: Rule, events: Sequence[Done], chain: tuple[int, ...], *, excluding: bool) -> bool:
    for k, (one, other) in enumerate(pairwise(chain), start=1):
        a, b = events[one].ts, events[other].ts
        anchor = events[chain[0]].ts if rule.anchor == "first_step" else a
        if b - anchor > rule.window or (rule.tie == "strict_increase" and a == b):
            return False
        if rule.order == "strict" and other != one + 1:
            return False
        if excluding and any(
            low <= k < high and e.type in types and a < e.ts < b for types, low, high in rule.exclusions for e in events
        ):
            return False
    return True


def _any(rule: Rule, events: Sequence[Done]) -> Iterator[tuple[int, ...]]:
    """Give the sets of steps done inside a window that ends at each event, each step by its latest event."""
    named = [next((n for n, step in enumerate(rule.steps) if e.type in step), None) for e in events]
    first = next((e.ts for e, step in zip(events, named, strict=True) if step is not None), None)
    for end, event in enumerate(events):
        if named[end] is None:
            continue
        if rule.entry == "first" and first is not None and event.ts > first + rule.window:
            continue
        last: dict[int, int] = {}
        for n in range(end + 1):
            step = named[n]
            if step is not None and events[n].ts >= event.ts - rule.window:
                if rule.entry == "first" and step in last:
                    continue
                last[step] = n
        yield tuple(sorted(last.values()))


def _touched(rule: Rule, events: Sequence[Done], times: tuple[int, ...]) -> bool:
    level = len(times)
    until = (times[0] if rule.anchor == "first_step" else times[-1]) + rule.window
    for types, low, high in rule.exclusions:
        for k in range(low, high):
            if k > level:
                continue
            for event in events:
                inside = times[k - 1] < event.ts and (event.ts < times[k] if k < level else event.ts <= until)
                if event.type in types and inside:
                    return True
    return False
