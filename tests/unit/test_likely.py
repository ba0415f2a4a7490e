"""Which people may be one, on people whose truth is known."""

from __future__ import annotations

import pytest

from bench.linkage import Labelled, febrl, scores
from graphcdp.base import InvalidInputError
from graphcdp.identity.people.likely import FEWEST_PEOPLE, PersonRecord, likely_pairs


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    """FEBRL's 1,000 records of 500 people."""
    return febrl(1)


def test_suggestions_are_right_and_nearly_complete(labelled: Labelled) -> None:
    by_threshold = {each.threshold: each for each in scores(labelled)}
    assert by_threshold[0.9].precision >= 0.99
    assert by_threshold[0.9].recall >= 0.9
    assert by_threshold[0.99].pairs <= by_threshold[0.5].pairs


def test_the_same_people_in_any_order_give_the_same_answer_and_the_bits_add_up(labelled: Labelled) -> None:
    found = likely_pairs(labelled.people, threshold=0.9)
    assert found == likely_pairs(labelled.people[::-1], threshold=0.9)
    for each in found:
        odds = 2.0 ** sum(factor.bits for factor in each.waterfall)
        assert odds / (1 + odds) == pytest.approx(each.probability, abs=0.002)
        assert each.left < each.right
    assert [factor.field for factor in found[0].waterfall] == [
        "prior", "first_name", "last_name", "birth_date", "street",
    ]  # fmt: skip


def test_too_few_people_too_little_known_and_a_wrong_threshold_are_said() -> None:
    few = [PersonRecord(str(number), "ana", "bell") for number in range(FEWEST_PEOPLE - 1)]
    with pytest.raises(InvalidInputError, match="training needs 50"):
        likely_pairs(few)
    bare = [PersonRecord(str(number), first_name=f"name{number}") for number in range(FEWEST_PEOPLE)]
    with pytest.raises(InvalidInputError, match="Fewer than two of these are known"):
        likely_pairs(bare)
    with pytest.raises(InvalidInputError, match=r"from 0\.5 to 1"):
        likely_pairs(bare, threshold=0.2)


def test_people_who_live_together_are_not_taken_for_one(labelled: Labelled) -> None:
    """A couple shares name and address; the first names, and where known the birth dates, keep them apart."""
    originals = [person for person in labelled.people if person.id.endswith("-org")][:200]
    partners = [
        person._replace(id=f"{person.id}-partner", first_name=f"other{number}", birth_date=None)
        for number, person in enumerate(originals[:20])
        if person.first_name and person.last_name and person.street
    ]
    assert len(partners) >= 15
    assert not [each for each in likely_pairs([*originals, *partners]) if each.right.endswith("-partner")]
