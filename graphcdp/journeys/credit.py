"""Attribution along one path: how the value of a conversion is shared among the touches before it.

Every model here but `participation` gives away exactly the value. All are pure; nothing of the graph is known.

Sources: position models as in Adobe Analytics' attribution models (U, J, inverse J, participation, custom, time decay)
and Google Analytics' last non-direct click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

PathModel = Literal[
    "first", "last", "last_non_direct", "linear", "time_decay", "u", "j", "inverse_j", "custom", "participation"
]
PATH_MODELS: tuple[PathModel, ...] = get_args(PathModel)
Transform = Literal["all", "exposure", "first", "drop_direct", "drop_direct_at_end"]
TRANSFORMS: tuple[Transform, ...] = get_args(Transform)


class Weights(NamedTuple):
    """What the first touch, all in the middle together, and the last touch get; in any unit."""

    first: float
    middle: float
    last: float


U, J, INVERSE_J = Weights(0.4, 0.2, 0.4), Weights(0.2, 0.2, 0.6), Weights(0.6, 0.2, 0.2)


class Touch(NamedTuple):
    """One contact before a conversion.

    Attributes:
        label: the channel, campaign or content.
        age_seconds: how long before the conversion.
        direct: whether nobody brought the person.
    """

    label: str
    age_seconds: float = 0.0
    direct: bool = False


def transformed(touches: Sequence[Touch], transform: Transform) -> list[Touch]:
    """Return a path as a model is to see it, oldest first; a path that had touches keeps at least one.

    Args:
        touches: oldest first.
        transform: `all` leaves it; `exposure` keeps the first of touches in a row with one label; `first` keeps the
            first touch of each label; `drop_direct` leaves out direct ones, `drop_direct_at_end` those after the last
            other one, both unless all are direct.
    """
    match transform:
        case "exposure":
            return [one for at, one in enumerate(touches) if at == 0 or one.label != touches[at - 1].label]
        case "first":
            found: dict[str, Touch] = {}
            for one in touches:
                found.setdefault(one.label, one)
            return list(found.values())
        case "drop_direct":
            return [one for one in touches if not one.direct] or list(touches)
        case "drop_direct_at_end":
            newest = max((at for at, one in enumerate(touches) if not one.direct), default=len(touches) - 1)
            return list(touches[: newest + 1])
    return list(touches)


def shares(
    model: PathModel, touches: Sequence[Touch], *, half_life_seconds: float = 7 * 86_400, custom: Weights = U
) -> list[float]:
    """Return the share of each touch of a path; together 1, with `participation` the number of labels.

    Args:
        model: which.
        touches: oldest first; none gives none.
        half_life_seconds: of `time_decay`: a touch of that age weighs half of one at the conversion.
        custom: of `custom`.
    """
    if not touches:
        return []
    return _MODELS[model](touches, half_life_seconds, custom)


def credit(
    model: PathModel,
    touches: Sequence[Touch],
    value: float = 1.0,
    *,
    half_life_seconds: float = 7 * 86_400,
    custom: Weights = U,
) -> dict[str, float]:
    """Return what each label gets of a conversion's value; arguments as of `shares`."""
    found: dict[str, float] = {}
    parts = shares(model, touches, half_life_seconds=half_life_seconds, custom=custom)
    for touch, share in zip(touches, parts, strict=True):
        if share:
            found[touch.label] = found.get(touch.label, 0.0) + share * value
    return found


def position(count: int, weights: Weights) -> list[float]:
    """Share 1 by position: one touch gets all, of two the middle's part is dropped, and what is left is scaled to 1."""
    if count == 1:
        return [1.0]
    if count == 2:
        both = weights.first + weights.last
        return [weights.first / both, weights.last / both]
    total = sum(weights)
    inside = weights.middle / (count - 2) / total
    return [weights.first / total, *[inside] * (count - 2), weights.last / total]


def time_decay(ages: Sequence[float], half_life_seconds: float) -> list[float]:
    """Share 1 by age, w = 2^(-age / half-life); ages count from the newest, so that none of a long path vanishes."""
    newest = min(ages)
    weights = [2.0 ** -((age - newest) / half_life_seconds) for age in ages]
    total = sum(weights)
    return [weight / total for weight in weights]


def _one(count: int, at: int) -> list[float]:
    return [1.0 if each == at else 0.0 for each in range(count)]


def _last_non_direct(touches: Sequence[Touch]) -> int:
    return max((at for at, one in enumerate(touches) if not one.direct), default=len(touches) - 1)


def _participation(touches: Sequence[Touch]) -> list[float]:
    seen: set[str] = set()
    found = []
    for one in touches:
        found.append(0.0 if one.label in seen else 1.0)
        seen.add(one.label)
    return found


_MODELS: Mapping[PathModel, Callable[[Sequence[Touch], float, Weights], list[float]]] = {
    "first": lambda touches, _half, _custom: _one(len(touches), 0),
    "last": lambda touches, _half, _custom: _one(len(touches), len(touches) - 1),
    "last_non_direct": lambda touches, _half, _custom: _one(len(touches), _last_non_direct(touches)),
    "linear": lambda touches, _half, _custom: [1 / len(touches)] * len(touches),
    "time_decay": lambda touches, half, _custom: time_decay([one.age_seconds for one in touches], half),
    "u": lambda touches, _half, _custom: position(len(touches), U),
    "j": lambda touches, _half, _custom: position(len(touches), J),
    "inverse_j": lambda touches, _half, _custom: position(len(touches), INVERSE_J),
    "custom": lambda touches, _half, custom: position(len(touches), custom),
    "participation": lambda touches, _half, _custom: _participation(touches),
}
