"""How likely a person is to buy soon: a logistic regression over what they did, judged on held-out time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from anyio import to_thread

from graphcdp.base import ConfigurationError, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.profile.pages import pages

FIGURES = (
    "days since last seen", "views", "carts", "searches", "purchases", "revenue", "emails opened or clicked",
    "channels", "devices", "active days", "days since last purchase",
)  # fmt: skip
"""What `scores.behaviour` tells of a person, in its order."""
LEAST_BUYERS = 20
AT_ONCE = 5_000
DRIVERS = 3


@dataclass(frozen=True, slots=True)
class Driver:
    """What a figure does: with one standard deviation more of it (of its logarithm) the odds are `odds_ratio` times."""

    figure: str
    odds_ratio: float


@dataclass(frozen=True, slots=True)
class Propensity:
    """A trained model.

    Attributes:
        horizon_days: it says who buys within so many days.
        trained_at: the instant that its figures were taken at.
        tested_at: that of the figures it was judged on; what was learned is known by then.
        people, buyers: it was judged on.
        base_rate: the share of buyers among them.
        auc: the chance that a buyer has a higher propensity than somebody else; 0.5 is a guess.
        brier: mean squared error of the propensity; `brier_base` that of telling everybody the base rate.
        top_decile_lift: how many times the base rate the share of buyers is in the tenth with the highest propensity.
        calibration: of each fifth by propensity, the mean propensity and the share that bought.
        drivers: all figures, the strongest first.
    """

    horizon_days: int
    trained_at: datetime
    tested_at: datetime
    people: int
    buyers: int
    base_rate: float
    auc: float
    brier: float
    brier_base: float
    top_decile_lift: float
    calibration: tuple[tuple[float, float], ...]
    drivers: tuple[Driver, ...]

    def card(self) -> dict[str, Any]:
        """Return it as it is kept beside the score."""
        return {
            "horizon_days": self.horizon_days, "trained_at": self.trained_at, "tested_at": self.tested_at,
            "people": self.people, "buyers": self.buyers, "base_rate": self.base_rate, "auc": self.auc,
            "brier": self.brier, "brier_base": self.brier_base, "top_decile_lift": self.top_decile_lift,
            "calibration": self.calibration,
            "drivers": [{"figure": one.figure, "odds_ratio": one.odds_ratio} for one in self.drivers],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inclined:
    """A person's propensity, and up to three figures that raise or lower it most against the average person.

    Attributes:
        value: 0 to 1.
        because: figure, its value, and the factor by which it changes the odds.
    """

    value: float
    because: tuple[tuple[str, float, float], ...]


class _Behaviour(NamedTuple):
    """What one person did up to an instant, and whether they bought in the days after it."""

    id: str
    figures: Sequence[float]
    bought: bool


async def train(graph: Graph, now: datetime, horizon_days: int) -> tuple[Propensity, dict[str, Inclined]]:
    """Learn who buys, judge what was learned on a later time, and tell everybody's propensity of now.

    Figures of 2 horizons ago and who bought in the horizon after them are learned from; figures of 1 horizon ago and
    who bought since judge it. No figure knows anything that happened after its instant.

    Args:
        graph: where.
        now: nothing later counts.
        horizon_days: it says who buys within so many days.

    Returns:
        The model, and the propensity of everybody who did anything in the last 90 days.

    Raises:
        ConfigurationError: scikit-learn is not installed.
        InvalidInputError: fewer than 20 people bought in either horizon, or everybody did.
    """
    horizon = timedelta(days=horizon_days)
    past = await _behaviour(graph, now - 2 * horizon, horizon_days)
    later = await _behaviour(graph, now - horizon, horizon_days)
    for name, rows in (("learn from", past), ("be judged on", later)):
        buyers = sum(one.bought for one in rows)
        if buyers < LEAST_BUYERS or buyers == len(rows):
            raise InvalidInputError(
                f"Of {len(rows)} people to {name}, {buyers} bought within {horizon_days} days; it takes {LEAST_BUYERS} "
                "buyers and somebody who did not buy. Choose a longer horizon, or come back with more events.",
                field="horizon_days",
            )
    today = await _behaviour(graph, now, horizon_days)
    return await to_thread.run_sync(_learn, now, horizon_days, past, later, today)


def _learn(
    now: datetime,
    horizon_days: int,
    past: Sequence[_Behaviour],
    later: Sequence[_Behaviour],
    today: Sequence[_Behaviour],
) -> tuple[Propensity, dict[str, Inclined]]:
    """Do the arithmetic of `train`, in a thread of its own."""
    try:
        import numpy as np
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import brier_score_loss, roc_auc_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
    except ImportError as error:
        raise ConfigurationError(
            "Propensity needs scikit-learn: pip install 'graphcdp[models]', then try again."
        ) from error
    model = make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), LogisticRegression(C=1.0, max_iter=1_000))
    model.fit(np.array([one.figures for one in past]), np.array([one.bought for one in past]))
    weights = model[-1].coef_[0]
    bought = np.array([one.bought for one in later], dtype=float)
    told = model.predict_proba(np.array([one.figures for one in later]))[:, 1]
    best_first = np.argsort(-told, kind="stable")
    base = float(bought.mean())
    drivers = [Driver(name, float(np.exp(weight))) for name, weight in zip(FIGURES, weights, strict=True)]
    card = Propensity(
        horizon_days=horizon_days,
        trained_at=now - 2 * timedelta(days=horizon_days),
        tested_at=now - timedelta(days=horizon_days),
        people=len(later),
        buyers=int(bought.sum()),
        base_rate=base,
        auc=float(roc_auc_score(bought, told)),
        brier=float(brier_score_loss(bought, told)),
        brier_base=base * (1 - base),
        top_decile_lift=float(bought[best_first[: max(1, len(later) // 10)]].mean()) / base,
        calibration=tuple(
            (float(told[part].mean()), float(bought[part].mean()))
            for part in np.array_split(best_first[::-1], 5)
            if len(part)
        ),
        drivers=tuple(sorted(drivers, key=lambda one: (-abs(np.log(one.odds_ratio)), one.figure))),
    )
    if not today:
        return card, {}
    figures = np.array([one.figures for one in today])
    values = model.predict_proba(figures)[:, 1]
    pulls = model[:-1].transform(figures) * weights
    found: dict[str, Inclined] = {}
    for one, value, pull in zip(today, values, pulls, strict=True):
        strongest = np.argsort(-np.abs(pull), kind="stable")[:DRIVERS]
        because = tuple((FIGURES[each], one.figures[each], float(np.exp(pull[each]))) for each in strongest)
        found[one.id] = Inclined(float(value), because)
    return card, found


async def _behaviour(graph: Graph, at: datetime, horizon_days: int) -> list[_Behaviour]:
    found: list[_Behaviour] = []
    async for page in pages(graph, AT_ONCE):
        rows = await graph.read_rows("scores.behaviour", ids=page, at=at, horizon_days=horizon_days)
        found += [_Behaviour(*row) for row in rows]
    return found
