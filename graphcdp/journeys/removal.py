"""Attribution over all paths together: Markov removal effect, and Shapley value. Pure.

Sources: E. Anderl et al., Mapping the customer journey, IJRM 33 (2016), for removal effects; L. S. Shapley, A value for
n-person games (1953); K. Zhao et al., Shapley value methods for attribution modeling (2018), for the closed form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import factorial
from typing import NamedTuple

import numpy as np


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

    States are a start, the labels, conversion and null. With F = (I - Q)^-1, the expected visits, a path that ever sees
    c and then converts has probability F[s,c] / F[c,c] * x[c], where x solves (I - Q) x = r. Sending all that comes to
    c to null loses just these, so one solved system gives the effects of all labels; nothing is simulated.

    Args:
        journeys: paths without a touch count for nothing.
    """
    weighed: dict[str, dict[str, float]] = {}
    ends: dict[str, list[float]] = {}
    started: dict[str, float] = {}
    converted = seen = 0.0
    for one in journeys:
        weight = one.conversions + one.lost
        if not one.labels or weight <= 0:
            continue
        seen += weight
        converted += one.conversions
        started[one.labels[0]] = started.get(one.labels[0], 0.0) + weight
        for here, following in zip(one.labels, one.labels[1:], strict=False):
            onward = weighed.setdefault(here, {})
            onward[following] = onward.get(following, 0.0) + weight
        end = ends.setdefault(one.labels[-1], [0.0, 0.0])
        end[0] += one.conversions
        end[1] += one.lost
    names = sorted({*started, *ends, *(name for onward in weighed.values() for name in (*onward,)), *weighed})
    if not names:
        return Removal(0.0)
    at = {name: number for number, name in enumerate(names)}
    moves, reward = np.zeros((len(names), len(names))), np.zeros(len(names))
    for name in names:
        onward, (won, lost) = weighed.get(name, {}), ends.get(name, (0.0, 0.0))
        total = sum(onward.values()) + won + lost
        for following, weight in onward.items():
            moves[at[name], at[following]] = weight / total
        reward[at[name]] = won / total
    start = np.zeros(len(names))
    for name, weight in started.items():
        start[at[name]] = weight / seen
    visits = np.linalg.inv(np.eye(len(names)) - moves)
    reached = visits @ reward
    probability = float(start @ reached)
    if converted <= 0 or probability <= 0:
        return Removal(0.0, dict.fromkeys(names, 0.0))
    through = (start @ visits) / np.diag(visits) * reached / probability
    effects = {name: min(1.0, max(0.0, float(through[at[name]]))) for name in names}
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
