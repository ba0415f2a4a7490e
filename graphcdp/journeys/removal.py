"""Attribution over all paths together: Markov removal effect, and Shapley value. Pure.

Sources: E. Anderl et al., Mapping the customer journey, IJRM 33 (2016), for removal effects; L. S. Shapley, A value for
n-person games (1953); K. Zhao et al., Shapley value methods for attribution modeling (2018), for the closed form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import factorial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Journey(NamedTuple):
    """Equal paths, counted.

    Attributes:
        labels: oldest first.
        conversions: how many of them ended in a conversion.
        lost: how many did not.
        value: of the conversions together.
    """

    labels: tuple[str, ...]
    conversions: float = 0.0
    lost: float = 0.0
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Moves:
    """How often what was followed by what, over all paths; an array by label (`onward` by label and the next one).

    Attributes:
        begun: paths that begin with it.
        onward: times that the one was followed by the other.
        won, lost: paths that end with it, in a conversion or in none.
    """

    begun: Floats
    onward: Floats
    won: Floats
    lost: Floats

    @classmethod
    def none(cls, many: int) -> Moves:
        """Return those of so many labels and no path."""
        return cls(np.zeros(many), np.zeros((many, many)), np.zeros(many), np.zeros(many))


@dataclass(frozen=True, slots=True)
class Removal:
    """What would be lost without each label.

    Attributes:
        probability: that a path ends in a conversion.
        effects: of each label, by name: which part of the conversions would be lost.
        shares: the effects scaled to 1; empty where nothing was converted.
    """

    probability: float
    effects: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


def removal_effects(journeys: Iterable[Journey]) -> Removal:
    """Return the removal effect of each label in the order-1 chain of the paths.

    Args:
        journeys: paths without a touch count for nothing.
    """
    some = [one for one in journeys if one.labels and one.conversions + one.lost > 0]
    names = sorted({label for one in some for label in one.labels})
    at = {name: number for number, name in enumerate(names)}
    moves = Moves.none(len(names))
    for one in some:
        weight, places = one.conversions + one.lost, [at[label] for label in one.labels]
        moves.begun[places[0]] += weight
        for here, following in pairwise(places):
            moves.onward[here, following] += weight
        moves.won[places[-1]] += one.conversions
        moves.lost[places[-1]] += one.lost
    return removal_of(names, moves)


def removal_of(names: Sequence[str], moves: Moves) -> Removal:
    """Return the removal effect of each label in an order-1 chain.

    States are a start, the labels, conversion and null. With F = (I - Q)^-1, the expected visits, a path that ever sees
    c and then converts has probability F[s,c] / F[c,c] * x[c], where x solves (I - Q) x = r. Sending all that comes to
    c to null loses just these, so one solved system gives the effects of all labels; nothing is simulated.

    Args:
        names: of the labels; those that no path sees are left out.
        moves: how often what was followed by what.
    """
    leaving = moves.onward.sum(axis=1) + moves.won + moves.lost
    seen = np.flatnonzero(leaving)
    if not len(seen):
        return Removal(0.0)
    names = [names[each] for each in seen.tolist()]
    ways = moves.onward[np.ix_(seen, seen)] / leaving[seen, None]
    start = moves.begun[seen] / moves.begun.sum()
    visits = np.linalg.inv(np.eye(len(names)) - ways)
    reached = visits @ (moves.won[seen] / leaving[seen])
    probability = float(start @ reached)
    if probability <= 0:
        return Removal(0.0, dict.fromkeys(names, 0.0))
    through = (start @ visits) / np.diag(visits) * reached / probability
    effects = dict(zip(names, np.clip(through, 0.0, 1.0).tolist(), strict=True))
    total = sum(effects.values())
    return Removal(probability, effects, {name: effect / total for name, effect in effects.items()})


def shapley(journeys: Iterable[Journey]) -> dict[str, tuple[float, float]]:
    """Return conversions and value that each label gets, where a coalition earns what its members alone brought about.

    With v(S) = what converting paths earned whose labels all lie in S, the Shapley value has a closed form: each such
    path splits evenly over its distinct labels.
    """
    found: dict[str, tuple[float, float]] = {}
    for one in journeys:
        labels = dict.fromkeys(one.labels)
        if one.conversions <= 0:
            continue
        for label in labels:
            count, value = found.get(label, (0.0, 0.0))
            found[label] = (count + one.conversions / len(labels), value + one.value / len(labels))
    return found


def shapley_of_game(worth: Mapping[frozenset[str], float]) -> dict[str, float]:
    """Return the Shapley value of a game given as a table; a coalition that is not in it is worth nothing.

    Source of the formula: sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S + i) - v(S)).
    """
    players = sorted({player for coalition in worth for player in coalition})
    count = len(players)
    found = {}
    for player in players:
        others = [one for one in players if one != player]
        total = 0.0
        for bits in range(1 << len(others)):
            without = frozenset(one for number, one in enumerate(others) if bits >> number & 1)
            weight = factorial(len(without)) * factorial(count - len(without) - 1) / factorial(count)
            total += weight * (worth.get(without | {player}, 0.0) - worth.get(without, 0.0))
        found[player] = total
    return found
