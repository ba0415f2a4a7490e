"""Until when a person agrees, kept for rules, says at every instant what the consents of that instant say."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from graphcdp.governance.consent import Word, agreed, agrees, allows, standing
from tests.make import NOON

KEYS = ("user_id|a", "email|a@x", "phone|1")
NAMES = ("email", "marketing", "marketing__email")
_minutes = st.integers(0, 9).map(lambda minutes: NOON + timedelta(minutes=minutes))
_words = st.builds(
    lambda name, granted, ts, id, keys, until: Word(name, granted, ts, id, tuple(sorted(keys)), until, None, None),
    st.sampled_from(NAMES), st.booleans(), _minutes, st.uuids().map(str),
    st.sets(st.sampled_from(KEYS), min_size=1, max_size=2), st.none() | _minutes,
)  # fmt: skip
_links = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS), _minutes), max_size=4)


@settings(max_examples=200)
@given(said=st.lists(_words, max_size=6), links=_links)
def test_what_is_kept_answers_as_the_consents_of_every_instant(
    said: list[Word], links: list[tuple[str, str, object]]
) -> None:
    kept = agreed(said, KEYS, links)  # type: ignore[arg-type]
    answers: dict[str, list[bool]] = {}
    for minutes in range(11):
        now = NOON + timedelta(minutes=minutes)
        held = standing(said, KEYS, links, now)  # type: ignore[arg-type]
        assert held.keys() == kept.keys()
        for name in NAMES:
            purpose, _, channel = name.partition("__")
            expected = allows(held, purpose, channel or None, required=True) is True
            holds, until = agrees(kept, name, now)
            assert holds is expected, (name, minutes)
            answers.setdefault(name, []).append(holds)
            assert until is None or (holds and not agrees(kept, name, until)[0] and until > now)
            if until is None and holds:
                assert agrees(kept, name, NOON + timedelta(days=9_999))[0]
    for told in answers.values():
        assert told == sorted(told, reverse=True)
