"""How suddenly a person turned from what they usually look at and buy, with the values that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HALF_KNOWN = 5.0
"""With so much weight of interactions (a view 1, a cart 2, a purchase 3) a side counts half."""
DEPARTURES = 3


@dataclass(frozen=True, slots=True)
class Departure:
    """A value that a person turned to.

    Attributes:
        dimension: `category` or `size`.
        value: what it is.
        usual: its share of the weight of earlier interactions, 0 to 1.
        recent: its share lately, 0 to 1; more than `usual`.
        instead_of: the value that was most frequent before; None if that is this one.
        events: ids of the newest interactions with it, five at most.
    """

    dimension: str
    value: str
    usual: float
    recent: float
    instead_of: str | None
    events: tuple[str, ...]

    def sentence(self) -> str:
        """Say it in English."""
        told = (
            f"{self.recent:.0%} of what was done lately is of {self.dimension} {self.value}, usually {self.usual:.0%}"
        )
        return told if self.instead_of is None else f"{told} (usually {self.instead_of})"


@dataclass(frozen=True, slots=True)
class HabitChange:
    """How much a person departed from the habit.

    Attributes:
        score: 0 (as ever, or too little known) to 1 (all is different): 1 - the product of (1 - each dimension's).
        dimensions: the score of each dimension in which something happened lately.
        confidence: of each dimension how much is known of habit and of late, 0 to 1; it is a factor of its score.
        departures: the values turned to, the largest difference first.
    """

    score: float
    dimensions: Mapping[str, float]
    confidence: Mapping[str, float]
    departures: tuple[Departure, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """What one person did in one dimension: weights by value before and lately, and the newest events by value."""

    dimension: str
    habit: Mapping[str, float]
    recent: Mapping[str, float]
    newest: Mapping[str, Sequence[str]]


def habit_change(told: Sequence[Shares]) -> HabitChange:
    """Score a person.

    A dimension's score is the total variation distance between the shares of values before and lately (the part of what
    is done lately that the habit does not explain), times n/(n+5) for the weight n of either side, so that a stranger
    or one stray click departs from little.

    Args:
        told: one row a dimension; a dimension without anything lately is left out.

    Returns:
        The score; 0 without departures where nothing is known.
    """
    scores: dict[str, float] = {}
    confidence: dict[str, float] = {}
    departures: list[Departure] = []
    rest = 1.0
    for one in told:
        before, lately = sum(one.habit.values()), sum(one.recent.values())
        known = (before / (before + HALF_KNOWN)) * (lately / (lately + HALF_KNOWN))
        confidence[one.dimension] = known
        distance = 0.0
        usual_most = max(sorted(one.habit), key=lambda value: one.habit[value], default=None)
        for value, weight in sorted(one.recent.items()):
            usual = one.habit.get(value, 0.0) / before if before else 0.0
            more = weight / lately - usual
            if before and more > 0:
                distance += more
                instead = None if usual_most == value else usual_most
                newest = tuple(one.newest.get(value, ()))
                departures.append(Departure(one.dimension, value, usual, weight / lately, instead, newest))
        scores[one.dimension] = distance * known
        rest *= 1 - scores[one.dimension]
    departures.sort(key=lambda each: (each.usual - each.recent, each.dimension, each.value))
    return HabitChange(1 - rest, scores, confidence, tuple(departures[:DEPARTURES]))
