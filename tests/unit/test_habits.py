"""How far somebody is from habit, by hand-worked numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.scores.habits import Shares, habit_change

_weights = st.dictionaries(st.sampled_from(["women", "men", "kids"]), st.floats(0.5, 50), max_size=3)


def test_sarah_who_buys_for_women_looks_for_a_man() -> None:
    """Before 15 of women and 5 of kids, lately 15 of men: nothing of it is habit; known 20/25 and 15/20."""
    told = habit_change([Shares("category", {"women": 15.0, "kids": 5.0}, {"men": 15.0}, {"men": ["e9", "e8"]})])
    assert told.dimensions == {"category": pytest.approx(0.8 * 0.75)}
    assert told.confidence == {"category": pytest.approx(0.6)}
    assert told.score == pytest.approx(0.6)
    (departure,) = told.departures
    assert (departure.value, departure.usual, departure.recent, departure.instead_of) == ("men", 0.0, 1.0, "women")
    assert departure.events == ("e9", "e8")
    assert departure.sentence() == "100% of what was done lately is of category men, usually 0% (usually women)"


def test_two_dimensions_count_together() -> None:
    same = {"women": 45.0}
    told = habit_change([Shares("category", same, {"men": 5.0}, {}), Shares("size", {"S": 45.0}, {"L": 5.0}, {})])
    assert told.dimensions == {"category": pytest.approx(0.45), "size": pytest.approx(0.45)}
    assert told.score == pytest.approx(1 - 0.55 * 0.55)
    assert [one.dimension for one in told.departures] == ["category", "size"]


def test_a_stranger_departs_from_nothing() -> None:
    told = habit_change([Shares("category", {}, {"men": 9.0}, {})])
    assert (told.score, told.departures) == (0.0, ())
    assert habit_change([]).score == 0.0


@given(_weights, _weights)
def test_the_score_is_a_share_and_the_same_is_no_change(habit: dict[str, float], lately: dict[str, float]) -> None:
    told = habit_change([Shares("category", habit, lately, {})] if lately else [])
    assert 0 <= told.score <= 1
    assert habit_change([Shares("category", habit, habit, {})] if habit else []).score == pytest.approx(0, abs=1e-9)
