"""Attribution models and tests of association against examples by hand, and against the long way round."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb, isclose, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcdp.journeys.credit import PATH_MODELS, TRANSFORMS, Touch, Weights, credit, shares, transformed
from graphcdp.journeys.odds import Table, associate, benjamini_hochberg, fisher, standardise
from graphcdp.journeys.removal import Journey, removal_effects, shapley, shapley_of_game

DAY = 86_400.0
FOUR = [Touch("ads", 14 * DAY), Touch("email", 7 * DAY), Touch("ads", 7 * DAY), Touch("direct", 0, direct=True)]
LABELS = st.sampled_from("abcd")
PATHS = st.lists(LABELS, min_size=1, max_size=6).map(tuple)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", [1, 0, 0, 0]),
        ("last", [0, 0, 0, 1]),
        ("last_non_direct", [0, 0, 1, 0]),
        ("linear", [0.25, 0.25, 0.25, 0.25]),
        ("time_decay", [0.25 / 2.25, 0.5 / 2.25, 0.5 / 2.25, 1 / 2.25]),
        ("u", [0.4, 0.1, 0.1, 0.4]),
        ("j", [0.2, 0.1, 0.1, 0.6]),
        ("inverse_j", [0.6, 0.1, 0.1, 0.2]),
        ("custom", [0.1, 0.2, 0.2, 0.5]),
        ("participation", [1, 1, 0, 1]),
    ],
)
def test_each_model_by_hand(model: str, expected: list[float]) -> None:
    assert shares(model, FOUR, custom=Weights(1, 4, 5)) == pytest.approx(expected)  # type: ignore[arg-type]


def test_two_touches_and_one() -> None:
    two = [Touch("a", 1), Touch("b", 0)]
    assert shares("u", two) == pytest.approx([0.5, 0.5])
    assert shares("j", two) == pytest.approx([0.25, 0.75])
    assert shares("inverse_j", two) == pytest.approx([0.75, 0.25])
    assert shares("custom", two, custom=Weights(1, 100, 3)) == pytest.approx([0.25, 0.75])
    assert all(shares(model, [Touch("a")]) == [1.0] for model in PATH_MODELS)
    assert all(shares(model, []) == [] for model in PATH_MODELS)


def test_all_direct_is_the_last() -> None:
    assert shares("last_non_direct", [Touch("d", direct=True), Touch("d", direct=True)]) == [0, 1]


def test_an_age_of_centuries_leaves_a_share() -> None:
    old = [Touch("a", 1e10), Touch("b", 1e10)]
    assert shares("time_decay", old, half_life_seconds=1) == [0.5, 0.5]


def test_transforms_by_hand() -> None:
    path = [Touch("d", 6, True), Touch("a", 5), Touch("a", 4), Touch("b", 3), Touch("a", 2), Touch("d", 1, True)]

    def seen(transform: str) -> str:
        return "".join(one.label for one in transformed(path, transform))  # type: ignore[arg-type]

    assert [seen(each) for each in TRANSFORMS] == ["daabad", "dabad", "dab", "aaba", "daaba"]
    alone = [Touch("d", 1, True)]
    assert all(transformed(alone, each) == alone for each in TRANSFORMS)


@given(
    st.lists(st.tuples(LABELS, st.floats(0, 1e9), st.booleans()), min_size=1, max_size=30),
    st.floats(0, 1e6),
    st.sampled_from(TRANSFORMS),
)
def test_models_conserve_the_value(told: list[tuple[str, float, bool]], value: float, transform: str) -> None:
    path = transformed([Touch(*one) for one in told], transform)  # type: ignore[arg-type]
    for model in PATH_MODELS:
        expected = value * len({one.label for one in path}) if model == "participation" else value
        assert isclose(sum(credit(model, path, value).values()), expected, rel_tol=1e-9, abs_tol=1e-9)


def test_removal_effect_by_hand() -> None:
    found = removal_effects(
        [
            Journey(("C1", "C2", "C3"), conversions=1),
            Journey(("C1",), lost=1),
            Journey(("C2", "C3"), lost=1),
        ]
    )
    assert found.probability == pytest.approx(1 / 3)
    assert found.effects == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})
    assert found.shares == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


def test_nothing_converted_has_no_shares() -> None:
    assert removal_effects([]).shares == {}
    assert removal_effects([Journey(("a",), lost=3)]).shares == {}
    assert removal_effects([Journey((), conversions=3)]).shares == {}


def absorbed(journeys: list[Journey], removed: str | None) -> float:
    """Return the probability of a conversion, the chain walked step by step until nearly all have arrived."""
    moves: dict[str, dict[str, float]] = {}
    for one in journeys:
        for weight, end in ((one.conversions, "+"), (one.lost, "-")):
            states = ["^", *one.labels, end]
            for here, following in pairwise(states):
                row = moves.setdefault(here, {})
                row[following] = row.get(following, 0.0) + weight
    here, won = {"^": 1.0}, 0.0
    for _ in range(4_000):
        onward: dict[str, float] = {}
        for state, mass in here.items():
            row = moves[state]
            for following, weight in row.items():
                moved = mass * weight / sum(row.values())
                if following == "+":
                    won += moved
                elif following not in ("-", removed):
                    onward[following] = onward.get(following, 0.0) + moved
        here = onward
        if sum(here.values()) < 1e-12:
            break
    return won


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PATHS, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8))
def test_removal_effects_are_those_of_walking_the_chain_without(told: list[tuple[tuple[str, ...], int, int]]) -> None:
    journeys = [Journey(path, won, lost) for path, won, lost in told if won + lost]
    found = removal_effects(journeys)
    if not any(one.conversions for one in journeys):
        assert found.shares == {}
        return
    whole = absorbed(journeys, None)
    assert found.probability == pytest.approx(whole, abs=1e-6)
    for label, effect in found.effects.items():
        assert effect == pytest.approx(1 - absorbed(journeys, label) / whole, abs=1e-5)
    assert sum(found.shares.values()) == pytest.approx(1)


@given(st.lists(st.tuples(PATHS, st.integers(1, 5), st.integers(0, 100)), min_size=1, max_size=8))
def test_shapley_is_that_of_the_game(told: list[tuple[tuple[str, ...], int, int]]) -> None:
    journeys = [Journey(path, won, value=value) for path, won, value in told]
    players = {label for path, _, _ in told for label in path}
    coalitions = [frozenset(c for at, c in enumerate(sorted(players)) if n >> at & 1) for n in range(1 << len(players))]
    worth = {s: float(sum(one.conversions for one in journeys if set(one.labels) <= s)) for s in coalitions}
    found = shapley(journeys)
    assert {label: count for label, (count, _) in found.items()} == pytest.approx(shapley_of_game(worth))
    assert sum(value for _, value in found.values()) == pytest.approx(sum(one.value for one in journeys))


def test_association_by_hand() -> None:
    found = associate(Table(30, 10, 20, 40))
    assert found.odds_ratio == pytest.approx(31 * 41 / (21 * 11))
    half = 1.959964 * sqrt(1 / 31 + 1 / 11 + 1 / 21 + 1 / 41)
    assert log(found.high / found.odds_ratio) == pytest.approx(half)
    assert log(found.odds_ratio / found.low) == pytest.approx(half)
    assert found.direction == "success"
    assert found.lift == pytest.approx(0.75 / 0.5)
    assert found.risk_difference == pytest.approx(0.75 - 20 / 60)
    assert not found.skewed
    assert associate(Table(1, 60, 2, 60)).skewed
    nobody = associate(Table(0, 0, 0, 0))
    assert (nobody.odds_ratio, nobody.lift, nobody.risk_difference, nobody.p) == (1.0, None, None, 1.0)


def test_fisher_of_the_lady_tasting_tea() -> None:
    assert fisher(Table(3, 1, 1, 3)) == pytest.approx(34 / 70)
    assert fisher(Table(4, 0, 0, 4)) == pytest.approx(2 / 70)


@given(st.tuples(*[st.integers(0, 25)] * 4))
def test_fisher_is_the_exact_sum(counts: tuple[int, int, int, int]) -> None:
    a, b, c, d = counts
    row, column, total = a + b, a + c, a + b + c + d

    def chance(count: int) -> Fraction:
        return Fraction(comb(row, count) * comb(total - row, column - count), comb(total, column))

    every = [chance(count) for count in range(max(0, row + column - total), min(row, column) + 1)]
    assert fisher(Table(*counts)) == pytest.approx(float(sum(one for one in every if one <= chance(a))))


def test_benjamini_hochberg_by_hand() -> None:
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([0.9, 0.8]) == pytest.approx([0.9, 0.9])
    assert benjamini_hochberg([]) == []


def test_standardisation_by_hand() -> None:
    # Young: 10 of 20 exposed have it, 20 of 80 others. Old: 40 of 50 exposed, 20 of 50 others. The last has no others.
    found = standardise([Table(10, 10, 20, 60), Table(40, 10, 20, 30), Table(1, 2, 0, 0)])
    assert found.observed == 90
    assert found.expected_none == pytest.approx(100 * 0.25 + 100 * 0.4)
    assert found.expected_all == pytest.approx(100 * 0.5 + 100 * 0.8)
    assert found.avoidable == pytest.approx(25)
    assert found.mantel_haenszel == pytest.approx((6 + 12) / (2 + 2))
    assert found.left_out == 3


def test_a_confounder_alone_is_worth_nothing() -> None:
    # Inside each stratum the rate is the same with and without; pooled they would differ.
    strata = [Table(80, 20, 8, 2), Table(1, 9, 10, 90)]
    found = standardise(strata)
    assert found.avoidable == pytest.approx(0, abs=1e-9)
    assert found.mantel_haenszel == pytest.approx(1)
    pooled = associate(Table(*np.sum(strata, axis=0).tolist()))
    assert pooled.low > 1


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (Table(8, 2, 1, 5), 0.034965034965034975),
        (Table(120, 880, 60, 940), 3.3639928007092334e-06),
        (Table(3, 997, 11, 8_989), 0.15823988594966976),
        (Table(0, 14, 7, 21), 0.07518301356555529),
        (Table(450, 550, 4_500, 5_500), 1.0),
    ],
)
def test_fisher_is_that_of_scipy(table: Table, expected: float) -> None:
    """As scipy 1.17.1 gives them: `fisher_exact`."""
    assert fisher(table) == pytest.approx(expected, rel=1e-9)


def test_benjamini_hochberg_is_that_of_scipy() -> None:
    """The fifteen p of the 1995 paper; as scipy 1.17.1 gives them: `false_discovery_control`."""
    told = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0]  # fmt: skip
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714285714286, 0.06385714285714286, 0.0645,
                0.07650000000000001, 0.486, 0.5811818181818181, 0.7148749999999999, 0.7532307692307693,
                0.8132142857142857, 1.0]  # fmt: skip
    assert benjamini_hochberg(told) == pytest.approx(expected)


def test_mantel_haenszel_is_that_of_statsmodels() -> None:
    """As statsmodels 0.15.0 gives it: `StratifiedTable.oddsratio_pooled`."""
    found = standardise([Table(10, 10, 20, 60), Table(40, 10, 20, 30), Table(7, 13, 5, 40)])
    assert found.mantel_haenszel == pytest.approx(4.461538461538462)
