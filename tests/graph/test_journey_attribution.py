"""Attribution: the touches of a person on every device, and what conversions are owed to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graphcdp.base import InvalidInputError, MovableClock
from graphcdp.graph import Graph, install_procedures
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import AttributionRule, Journeys, Selection
from graphcdp.journeys.attribution import MODELS
from graphcdp.segments.vocabulary.language import Language
from tests.make import at, fact

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

DAY = 1_440
CAMPAIGNS = AttributionRule(dimension="campaign", value="revenue")


@pytest.fixture
async def journeys(graph: Graph) -> AsyncIterator[Journeys]:
    """Ana comes by an ad on the web and by mails on her phone, and buys there; two others do not."""
    clock = MovableClock(at(100 * DAY))
    rules = RuleBook(graph, clock)
    await Pipeline(graph, clock, rules, b"k" * 32).ingest(
        [
            fact("anonymous_id|web", minute=0, properties={"campaign": "C1"}),
            fact("anonymous_id|web", "user_id|ana", minute=1, type="login"),
            fact("anonymous_id|phone", minute=2 * DAY, properties={"campaign": "C2"}),
            fact("anonymous_id|phone", minute=3 * DAY, properties={"campaign": "C3"}),
            fact("anonymous_id|phone", "user_id|ana", minute=3 * DAY + 1, type="login"),
            fact("anonymous_id|phone", minute=3 * DAY + 2, type="purchase", properties={"revenue": 90.0}),
            fact("user_id|ben", minute=0, properties={"campaign": "C1"}),
            fact("user_id|cy", minute=0, properties={"campaign": "C2"}),
            fact("user_id|cy", minute=5, properties={"campaign": "C3"}),
        ]
    )
    yield Journeys(graph, clock, Language(graph, clock, rules), rules)


async def test_the_worked_example_of_removal_effects(journeys: Journeys) -> None:
    found = await journeys.attribution(rule=CAMPAIGNS, model="markov")
    assert {one.label: one.value for one in found.credits} == pytest.approx({"C1": 18, "C2": 36, "C3": 36})
    assert (found.conversions, found.value) == (1, 90)
    assert {one.label: (one.touches, one.people) for one in found.credits} == {"C1": (2, 2), "C2": (2, 2), "C3": (2, 2)}
    assert found.rules["lookback_seconds"] == 30 * 86_400
    assert found.rules["container"] == "person"


async def test_people_against_cookies(journeys: Journeys) -> None:
    frame = (await journeys.compare_attribution(rule=CAMPAIGNS)).frame()
    assert list(frame["person"].columns) == list(MODELS)
    assert frame["person"]["first"].to_dict() == {"C1": 90, "C2": 0, "C3": 0}
    assert frame["cookie"]["first"].to_dict() == {"C1": 0, "C2": 90, "C3": 0}  # the phone has not seen the ad
    assert frame["person"]["participation"].sum() == 270


async def test_how_far_it_looks_back(journeys: Journeys) -> None:
    short = AttributionRule(dimension="campaign", lookback_seconds=2 * 86_400)
    found = await journeys.attribution(rule=short, model="first")
    assert {one.label: one.conversions for one in found.credits if one.conversions} == {"C2": 1}
    none = AttributionRule(dimension="campaign", lookback_seconds=60)
    found = await journeys.attribution(rule=none, model="first")
    assert {one.label: one.conversions for one in found.credits if one.conversions} == {"(none)": 1}
    # Conversions lie in the period, touches may lie before it.
    late = await journeys.attribution(Selection(start=at(3 * DAY + 2)), CAMPAIGNS, "linear")
    assert {one.label: one.value for one in late.credits} == pytest.approx({"C1": 30, "C2": 30, "C3": 30})


async def test_touches_of_a_session_by_hand(journeys: Journeys) -> None:
    """Ana saw C1 on day 0 and C2 on day 2; before she bought on day 3 she saw C3 in the same hour."""
    rule = replace(CAMPAIGNS, session_gap_seconds=3_600)
    found = await journeys.attribution(rule=rule, model="linear")
    assert {one.label: one.value for one in found.credits} == {"C3": 90, "C1": 0, "C2": 0}
    assert {one.label: (one.people, one.sessions) for one in found.credits} == {
        "C1": (2, 2),
        "C2": (2, 2),
        "C3": (2, 2),
    }
    # Of five sessions C1, C2, C1 and C2 > C3 came to nothing: half of C3 is followed by a conversion, half of C2 by C3,
    # so P = 1/5 * 1/2 + 2/5 * 1/4 = 0.2; without C2 it is 0.1, without C3 nothing: effects of 0, 0.5 and 1.
    markov = await journeys.attribution(rule=rule, model="markov")
    assert {one.label: one.value for one in markov.credits} == pytest.approx({"C3": 60, "C2": 30, "C1": 0})
    ((one, _),) = (await journeys.attributed("C3", rule=rule)).items
    assert one.path == ("C3",)
    assert [each.sessions for each in (await journeys.attribution(rule=CAMPAIGNS)).credits] == [None] * 3
    with pytest.raises(InvalidInputError, match="366 days"):
        await journeys.attribution(rule=replace(rule, session_gap_seconds=0))


async def test_which_touches_count(journeys: Journeys) -> None:
    rule = AttributionRule(dimension="type", touches="any event where campaign is known or type = 'purchase'")
    found = await journeys.attribution(rule=rule, model="last")
    assert {one.label: one.conversions for one in found.credits} == {"purchase": 1, "page_view": 0}
    assert (await journeys.attribution(rule=AttributionRule(conversions="did signup"))).conversions == 0
    assert (await journeys.attribution(Selection(start=at(900 * DAY)))).credits == ()
    assert (await journeys.attribution(Selection(start=at(900 * DAY)))).frame().empty


async def test_who_is_behind_it(journeys: Journeys) -> None:
    page = await journeys.attributed("C2", rule=CAMPAIGNS, model="linear")
    ((one, _),) = page.items
    assert (one.value, one.share, one.path) == (90, pytest.approx(1 / 3), ("C1", "C2", "C3"))
    assert one.profile_id.startswith("prf_") or one.profile_id
    assert not page.more
    assert (await journeys.attributed("C9", rule=CAMPAIGNS)).items == []


async def test_what_cannot_be_asked(journeys: Journeys) -> None:
    for rule, sentence in (
        (AttributionRule(lookback_seconds=0), "from 1 to"),
        (AttributionRule(half_life_seconds=10**9), "366 days"),
        (AttributionRule(transform="backwards"), "no transform"),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInputError, match=sentence):
            await journeys.attribution(rule=rule)
    with pytest.raises(InvalidInputError, match="no model"):
        await journeys.attribution(model="magic")  # type: ignore[arg-type]


async def test_browser_can_call_it(journeys: Journeys, graph: Graph) -> None:
    await install_procedures(graph)
    rows = await graph.read_text(
        "CALL custom.graphcdp.journey.touches({types: ['purchase']}, null, 'campaign')"
        " YIELD touches, conversions RETURN size(touches) AS touches, size(conversions) AS conversions"
    )
    assert sorted((row["touches"], row["conversions"]) for row in rows) == [(1, 0), (2, 0), (3, 1)]
