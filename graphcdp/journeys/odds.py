"""Whether two things go together: odds ratios, exact tests, corrections, and what standardisation expects. Pure.

Sources: R. A. Fisher, The design of experiments (1935); Y. Benjamini and Y. Hochberg, JRSS B 57 (1995); N. Mantel and
W. Haenszel, JNCI 22 (1959); M. Hernán and J. Robins, Causal inference: what if (2020), for standardisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import Literal, NamedTuple

Z = 1.959964  # of 95 %
SKEWED = 10.0


class Table(NamedTuple):
    """Four counts of people.

    Attributes:
        with_success, with_failure: those who had the event.
        without_success, without_failure: those who had not.
    """

    with_success: int
    with_failure: int
    without_success: int
    without_failure: int

    @property
    def people(self) -> int:
        """How many there are."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class Association:
    """How an event goes with success.

    Attributes:
        odds_ratio: with one more in every count, so that it always exists.
        low, high: its 95 % interval.
        direction: of the odds ratio.
        lift: the rate of success among those with the event over that of all; None where there is none to compare.
        risk_difference: the rate with the event less that without; None where one of the two groups is empty.
        p: Fisher's exact test, both sides.
        skewed: whether successes and failures differ so much in number that the ratio says little.
    """

    odds_ratio: float
    low: float
    high: float
    direction: Literal["success", "failure"]
    lift: float | None
    risk_difference: float | None
    p: float
    skewed: bool


def associate(table: Table) -> Association:
    """Say how an event goes with success."""
    a, b, c, d = (count + 1 for count in table)
    ratio = (a * d) / (c * b)
    half = Z * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    having, lacking = table.with_success + table.with_failure, table.without_success + table.without_failure
    won, lost = table.with_success + table.without_success, table.with_failure + table.without_failure
    lift = None if having == 0 or won == 0 else table.with_success / having / (won / table.people)
    difference = None if 0 in (having, lacking) else table.with_success / having - table.without_success / lacking
    few, many = min(won, lost), max(won, lost)
    return Association(
        ratio,
        exp(log(ratio) - half),
        exp(log(ratio) + half),
        "success" if ratio > 1 else "failure",
        lift,
        difference,
        fisher(table),
        many > SKEWED * few,
    )


def fisher(table: Table) -> float:
    """Return the two-sided p of Fisher's exact test: the chance of all tables that are at most as likely as this one.

    Likelihoods that differ by less than 1e-7 of themselves count as equal, as is usual.
    """
    a, b, c, d = table
    row, column, total = a + b, a + c, a + b + c + d
    low, high = max(0, row + column - total), min(row, column)
    told = _log_chance(a, row, column, total)
    chance = 0.0
    for count in range(low, high + 1):
        each = _log_chance(count, row, column, total)
        if each <= told + 1e-7:
            chance += exp(each)
    return min(1.0, chance)


def _log_chance(count: int, row: int, column: int, total: int) -> float:
    return (
        _log_choose(row, count)
        + _log_choose(total - row, column - count)
        - _log_choose(total, column)
    )  # fmt: skip


def _log_choose(of: int, count: int) -> float:
    return lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Return the q of each p, in the order given: the smallest rate of false discoveries at which it would be one."""
    order = sorted(range(len(values)), key=lambda at: values[at], reverse=True)
    found, least = [0.0] * len(values), 1.0
    for rank, at in zip(range(len(values), 0, -1), order, strict=True):
        least = min(least, values[at] * len(values) / rank)
        found[at] = least
    return found


@dataclass(frozen=True, slots=True)
class Standardised:
    """What a cause explains, if strata make those with and without it comparable. An estimate, not a promise.

    Attributes:
        observed: how many had the outcome, in the strata looked at.
        expected_all, expected_none: how many would have it were everybody, or nobody, exposed.
        avoidable: observed less expected were nobody exposed.
        mantel_haenszel: the common odds ratio over strata; None where it cannot be told.
        left_out: people in strata where nobody, or everybody, was exposed.
    """

    observed: int
    expected_all: float
    expected_none: float
    avoidable: float
    mantel_haenszel: float | None
    left_out: int


def standardise(strata: Iterable[Table]) -> Standardised:
    """Standardise the rates of strata to the whole population (the g-formula); success is the outcome."""
    observed = left_out = 0
    everybody = nobody = above = below = 0.0
    for table in strata:
        a, b, c, d = table
        if 0 in (a + b, c + d):
            left_out += table.people
            continue
        observed += a + c
        everybody += table.people * a / (a + b)
        nobody += table.people * c / (c + d)
        above += a * d / table.people
        below += b * c / table.people
    return Standardised(observed, everybody, nobody, observed - nobody, above / below if below else None, left_out)
