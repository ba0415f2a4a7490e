"""People who are like those of a segment: by the things they share more than everybody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from graphcdp.base import InvalidInputError
from graphcdp.graph import Graph

LEAST_SEEDS = 5
MOST_SEEDS = 5_000
FACTORS = 200
DAYS = 180
SLIDER = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of everybody for which the least score is told."""
_HELD_OUT_OF = 5


@dataclass(frozen=True, slots=True)
class Factor:
    """A thing that the people of a segment share.

    Attributes:
        kind: `Product`, `Campaign` or `Content`.
        id, name: what it is.
        seeds: how many of the segment had to do with it.
        people: how many of all had.
        weight: logarithm of the share among the segment over the share among all.
    """

    kind: str
    id: str
    name: str
    seeds: int
    people: int
    weight: float


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Somebody who is like them.

    Attributes:
        profile_id: who.
        score: cosine with the factors' weights, 0 to 1.
        factors: up to three of the shared things, the heaviest first.
    """

    profile_id: str
    score: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One place of the size slider: so many people have this score at least."""

    share: float
    people: int
    at_least: float


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Who is like a segment's members.

    Attributes:
        segment: its id.
        seeds: how many members were looked at.
        population: how many people there are.
        factors: what they share, what says most of them first.
        people: not members themselves, the most alike first; all with any factor.
        slider: how many people which least score gives.
        auc: the chance that a member who was kept aside is ranked above somebody else, by factors found without those
            kept aside: 0.5 is a guess; None where fewer than 10 were kept aside.
        held_out: how many members were kept aside for it.
    """

    segment: str
    seeds: int
    population: int
    factors: tuple[Factor, ...]
    people: tuple[LookAlike, ...]
    slider: tuple[Level, ...]
    auc: float | None
    held_out: int


async def look_alikes(graph: Graph, segment: str, now: datetime, *, days: int = DAYS) -> LookAlikes:
    """Find who is like the members of a segment.

    Args:
        graph: where.
        segment: its id; it is there.
        now: nothing later counts.
        days: how far back shared things count.

    Raises:
        InvalidInputError: it has fewer than 5 members.
    """
    members = [id for (id,) in await graph.read_rows("scores.members", segment=segment, most=MOST_SEEDS)]
    if len(members) < LEAST_SEEDS:
        raise InvalidInputError(
            f"To find people like the members of a segment takes {LEAST_SEEDS} of them at least; "
            f"{segment} has {len(members)}.",
            field="segment",
        )
    population = (await graph.read_rows("segments.size"))[0][0]
    window = {"habit_from": now - timedelta(days=days), "at": now}
    aside = {id for id in members if _kept_aside(id)}
    auc = None
    if len(aside) >= 10 and len(members) - len(aside) >= LEAST_SEEDS:
        _, ranked = await _ranked(graph, [id for id in members if id not in aside], population, window)
        learned = set(members) - aside
        auc = _auc({id: score for id, score, _ in ranked if id not in learned}, aside, population - len(learned))
    factors, ranked = await _ranked(graph, members, population, window)
    inside = set(members)
    people = tuple(
        LookAlike(id, score, tuple(factors[place] for place in shared))
        for id, score, shared in ranked
        if id not in inside
    )
    held_out = 0 if auc is None else len(aside)
    return LookAlikes(segment, len(members), population, factors, people, _slider(people, population), auc, held_out)


async def _ranked(
    graph: Graph, seeds: Sequence[str], population: int, window: Mapping[str, datetime]
) -> tuple[tuple[Factor, ...], list[tuple[str, float, list[int]]]]:
    rows = await graph.read_rows(
        "scores.look_alike_factors", ids=list(seeds), population=population, most=FACTORS, **window
    )
    factors = tuple(Factor(*row) for row in rows)
    if not factors:
        return (), []
    told = [[one.kind, one.id, one.weight] for one in factors]
    return factors, [tuple(row) for row in await graph.read_rows("scores.look_alikes", factors=told, **window)]


def _slider(people: Sequence[LookAlike], population: int) -> tuple[Level, ...]:
    found = []
    for share in SLIDER:
        wanted = min(len(people), max(1, round(share * population)))
        if wanted:
            found.append(Level(share, wanted, people[wanted - 1].score))
    return tuple(found)


def _kept_aside(id: str) -> bool:
    """Say whether a member is kept aside: every fifth, always the same ones."""
    return blake2b(id.encode(), digest_size=8).digest()[0] % _HELD_OUT_OF == 0


def _auc(scores: Mapping[str, float], positive: set[str], everybody: int) -> float:
    """Return the area under the ROC curve, ties half; people without a score have 0.

    Source: the Mann-Whitney statistic over the number of pairs.
    """
    others = everybody - len(positive)
    by_score: dict[float, list[int]] = {}
    for id, score in scores.items():
        by_score.setdefault(score, [0, 0])[id not in positive] += 1
    rest = [len(positive) - sum(one[0] for one in by_score.values()), others - sum(one[1] for one in by_score.values())]
    zero = by_score.setdefault(0.0, [0, 0])
    zero[0] += rest[0]
    zero[1] += rest[1]
    below, won = 0, 0.0
    for score in sorted(by_score):
        mine, theirs = by_score[score]
        won += mine * (below + theirs / 2)
        below += theirs
    return won / (len(positive) * others) if positive and others else 0.5
