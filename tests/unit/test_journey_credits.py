"""Credit shared over arrays is what Python shares path by path, under every model, transform and choice of touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcdp.journeys import AttributionRule
from graphcdp.journeys.attribution import MODELS, gather, sum_up, summed_of
from graphcdp.journeys.columnar import credits
from graphcdp.journeys.columnar.answers import answered
from graphcdp.journeys.columnar.layout import KINDS
from graphcdp.journeys.columnar.store import Store
from graphcdp.journeys.credit import TRANSFORMS, Weights
from tests.make import NOON

EVENTS = st.tuples(
    st.integers(0, 4),
    st.one_of(st.integers(0, 6), st.integers(0, 40).map(lambda minutes: minutes * 60)),
    st.sampled_from(("aa", "bb", "cc")),
    st.sampled_from(("ads", "mail", "direct", "(none)", None)),
    st.sampled_from((None, 2.0, 3.5)),
    st.sampled_from((None, "x", "1", 1, 1.5, True)),
)
RULES = st.builds(
    AttributionRule,
    conversions=st.sampled_from(("did aa", "did (aa or bb) where revenue is known")),
    touches=st.sampled_from((None, "any event", "did (bb or cc)")),
    dimension=st.sampled_from(("channel", "channel", "own", "revenue")),
    value=st.sampled_from((None, "revenue", "own")),
    lookback_seconds=st.sampled_from((2, 600, 100_000)),
    transform=st.sampled_from(TRANSFORMS),
    half_life_seconds=st.sampled_from((3, 1_000)),
    custom=st.sampled_from((Weights(0.5, 0.1, 0.2), Weights(0, 1, 3))),
    session_gap_seconds=st.sampled_from((None, 1, 4, 300)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "journeys.duckdb")
    yield found
    found.close()


def put(store: Store, told: list[tuple[Any, ...]]) -> None:
    """Put events on five identities of three people, instead of what was there."""
    begin = int(NOON.timestamp() * 1_000_000)
    on: dict[int, list[list[Any]]] = {}
    for number, (who, second, kind, channel, revenue, own) in enumerate(told):
        event = dict.fromkeys(KINDS, None) | {
            "id": f"{number * 7 % 10}:{number}", "ts": begin + second * 1_000_000, "type": kind, "channel": channel,
            "revenue": revenue, "batch": 1, "own": [] if own is None else [["p_own", own]],
        }  # fmt: skip
        on.setdefault(who, []).append(list(event.values()))
    store.empty()
    store.put([[f"cookie|{who}", f"person{who % 3}", events] for who, events in on.items()])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(EVENTS, max_size=40), RULES, st.sampled_from((None, 10)), st.sampled_from(("person", "cookie")),
    st.sampled_from((1, 5, credits.AT_ONCE)),
)  # fmt: skip
def test_credit_over_arrays(
    store: Store, told: list[tuple[Any, ...]], rule: AttributionRule, start: int | None, container: str, at_once: int
) -> None:
    put(store, told)
    inputs = {
        **rule.inputs(NOON), "start_at": None if start is None else NOON + timedelta(minutes=start), "end_at": None,
        "container": container, "within": None,
    }  # fmt: skip
    rows = answered("journey.touches", store, inputs, None)
    wanted = sum_up(gather(rows, rule), rule, MODELS)
    asked = {**asdict(rule), "models": MODELS, "most_labels": 1_000, **inputs}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credits, "AT_ONCE", at_once)  # paths are written out in as many parts as one likes
        found = summed_of(answered("journey.credits", store, asked, None))
    assert (found.conversions, found.touched, found.reached) == (wanted.conversions, wanted.touched, wanted.reached)
    assert found.stayed == wanted.stayed
    assert found.value == pytest.approx(wanted.value)
    for model in MODELS:
        ours, theirs = found.owed.get(model, {}), wanted.owed[model]
        for number in (0, 1):
            some = {label: owed[number] for label, owed in ours.items() if owed[number]}
            expected = {label: owed[number] for label, owed in theirs.items() if owed[number]}
            assert some == pytest.approx(expected, rel=1e-9, abs=1e-9), model


def test_too_many_labels_are_told_and_nothing_is_owed(store: Store) -> None:
    put(store, [(0, 1, "bb", "ads", None, None), (0, 2, "bb", "mail", None, None), (0, 3, "aa", None, None, None)])
    inputs = {**AttributionRule("did aa").inputs(NOON), "start_at": None, "end_at": None, "container": "person"}
    asked = {**asdict(AttributionRule()), "models": ["last"], "most_labels": 1, **inputs, "within": None}
    found = summed_of(answered("journey.credits", store, asked, None))
    assert (found.conversions, set(found.touched), found.owed) == (1, {"ads", "mail"}, {})
