"""The smallest fixes against trying every set of changes."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from graphcdp.governance.fixes import smallest_fixes

CHANGES = "abcdef"
WAYS = st.frozensets(st.sampled_from(CHANGES), min_size=0, max_size=3)
WRONGS = st.lists(st.lists(st.lists(WAYS, min_size=1, max_size=3), min_size=1, max_size=2), max_size=3)


def helps(wrongs: list[list[list[frozenset[str]]]], chosen: frozenset[str]) -> bool:
    """Say from the words alone whether after some changes nothing is forbidden."""
    for wrong in wrongs:
        labels_left = 0
        for label in wrong:
            if any(not (way & chosen) for way in label):
                labels_left += 1
        if labels_left == len(wrong):
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(WRONGS)
def test_fixes_are_exactly_the_minimal_sets(wrongs: list[list[list[frozenset[str]]]]) -> None:
    every = [frozenset(one) for size in range(len(CHANGES) + 1) for one in combinations(CHANGES, size)]
    good = [one for one in every if helps(wrongs, one)]
    minimal = {one for one in good if not any(other < one for other in good)}
    found = smallest_fixes(wrongs)
    assert {frozenset(one) for one in found} <= minimal
    assert len(minimal) > 19 or {frozenset(one) for one in found} == minimal
    assert [len(one) for one in found] == sorted(len(one) for one in found)


def test_nothing_wrong_needs_nothing_and_some_things_cannot_be_helped() -> None:
    assert smallest_fixes([]) == ((),)
    assert smallest_fixes([[[frozenset[str]()]]]) == ()
