"""The statistics of journeys are those of scipy and statsmodels, whatever is counted."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.multitest import multipletests

from graphcdp.journeys.odds import Table, associate, benjamini_hochberg, fisher, standardise

COUNTS = st.tuples(*[st.integers(0, 60)] * 4)


@settings(deadline=None)
@given(COUNTS)
def test_fisher(counts: tuple[int, int, int, int]) -> None:
    table = np.reshape(counts, (2, 2))
    assert fisher(Table(*counts)) == pytest.approx(fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg(values: list[float]) -> None:
    found = benjamini_hochberg(values)
    assert found == pytest.approx(false_discovery_control(values), abs=1e-12)
    assert found == pytest.approx(multipletests(values, method="fdr_bh")[1], abs=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_odds_ratios_and_their_intervals(counts: tuple[int, int, int, int]) -> None:
    """With one more in every count; rows are those with the event and those without."""
    found = associate(Table(*counts))
    table = np.reshape(counts, (2, 2)) + 1
    theirs = odds_ratio(table, kind="sample")
    interval = theirs.confidence_interval(0.95)
    assert found.odds_ratio == pytest.approx(theirs.statistic)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6)
    low, high = Table2x2(table).oddsratio_confint(0.05)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)
    half = 1.959963984540054 * Table2x2(table).log_oddsratio_se
    assert found.high == pytest.approx(exp(log(found.odds_ratio) + half), rel=1e-6)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 60)] * 4), min_size=1, max_size=6))
def test_mantel_haenszel(strata: list[tuple[int, int, int, int]]) -> None:
    assume(any(one[1] * one[2] for one in strata))
    found = standardise([Table(*one) for one in strata])
    theirs = StratifiedTable([np.reshape(one, (2, 2)).astype(float) for one in strata])
    assert found.mantel_haenszel == pytest.approx(theirs.oddsratio_pooled)
    assert found.left_out == 0
