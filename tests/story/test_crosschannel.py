"""What is planted in the furniture house is found in it, what only looks so is not; its page is true (J1, J2, J3)."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import anyio
import pytest

from graphcdp.base import Settings
from graphcdp.ingest import Seed
from graphcdp.ingest.seeds import history_of
from graphcdp.journeys import AttributionRule, DriverRule, FunnelRule, Journeys, Selection
from graphcdp.model import IdentityKey
from graphcdp.platform import Platform
from tests.docs import console

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "crosschannel.md"
CUSTOMERS = 800
DAY = 86_400
TOUCHES = "did (ad_click or email_click or push_open or consultation or call)"
SEASON = 60 * DAY
DECIDED = DriverRule(
    outcome="purchased", start="viewed product", fields=("campaign",), window_seconds=30 * DAY, index_counts=False,
    landmark_seconds=14 * DAY, strata=("tier",),
)  # fmt: skip


async def test_what_is_planted_is_found(settings: Settings, platform: Platform, tmp_path: Path) -> None:
    seed = replace(Seed.load("crosschannel"), customers=CUSTOMERS)
    report = await platform.seeds.load(seed)
    assert report.rejected == 0
    truth = history_of(seed).__globals__["truth"](report.anchor.astimezone(seed.zone).date(), 0, CUSTOMERS)
    await mara(platform)
    await funnel(platform.journeys, truth)
    await attribution(platform.journeys, truth)
    await drivers(platform.journeys, truth)
    await channels(platform.journeys, truth)
    wrong: list[str] = []
    commands = console.read(PAGE, tmp_path)
    assert len(commands) == 6
    for command in commands:
        said = await anyio.to_thread.run_sync(console.run, command, tmp_path, {"GRAPHCDP_HOME": str(settings.home)})
        if said is not None:
            wrong.append(f"line {command.line}: $ {command.text}\nthe page:\n{command.answer}\nanswered:\n{said}\n")
    assert not wrong, "\n".join(wrong)


async def mara(platform: Platform) -> None:
    """One person on five channels, with what she did before anybody knew her, on both browsers."""
    profile = await platform.profiles.get(IdentityKey("email", "mara.lindqvist@example.com"))
    moments = [one for one, _ in (await platform.journeys.timeline(profile.id)).items]
    assert {one.channel for one in moments} == {"web", "app", "email", "store", "call_centre"}
    assert [one.type for one in moments][:2] == ["ad_click", "product_view"]
    assert moments[-1].type == "purchase"
    assert len(moments) == 13


async def funnel(journeys: Journeys, truth: Any) -> None:
    """The counts are exactly those planted (and Mara); on cookies there are more lookers, and less is seen."""
    rule = FunnelRule(("viewed product", "added to cart", "purchased"), window_seconds=SEASON)
    found = await journeys.funnel(rule)
    assert [step.people for step in found.steps] == [truth.looked + 1, truth.carted + 1, truth.bought + 1]
    cookies = await journeys.funnel(rule, Selection(container="cookie"))
    assert cookies.steps[0].people == 2 * truth.looked + 1
    assert cookies.steps[2].people == 0
    # The mailing has a held-out group: the difference of the shares is what mails add, ten points.
    by = await journeys.funnel(replace(rule, steps=("viewed product", "purchased"), breakdown="profile.mail_group"))
    shares = {one.value: one.from_first for one in by.steps if one.step == 2}
    sizes = {one.value: one.people for one in by.steps if one.step == 1}
    assert sizes["mailed"] == truth.reached["newsletter"] + 1
    uplift = shares["mailed"] - shares["held_out"]
    assert uplift == pytest.approx(0.10, abs=2 * sqrt(sum(0.25 / size for size in sizes.values())))
    assert uplift > 0.05


async def attribution(journeys: Journeys, truth: Any) -> None:
    """Last touch owes most to what brings nothing about, first touch to who came first; none gives away too much."""
    rule = AttributionRule(dimension="campaign", touches=TOUCHES)
    found = await journeys.compare_attribution(rule=rule, models=("first", "last", "linear", "markov", "shapley"))
    owed = found.frame("conversions")
    people = owed["person"]
    assert people.sum().tolist() == pytest.approx([truth.bought + 1] * 5)
    assert people["last"].idxmax() == "brand-search"
    assert people.loc["brand-search", "last"] == pytest.approx(0.70 * truth.bought, abs=2.5 * sqrt(0.21 * truth.bought))
    assert people["first"].idxmax() == "social-ad"
    assert people.loc["brand-search", "first"] < 0.05 * truth.bought
    # Where lots decide whom a campaign reaches, what it is owed for each one reached follows what it adds.
    each = people["linear"] / people.index.to_series().map(truth.reached)
    assert each["room-planner"] > each["search-ad"] > each["banner"]
    # Nobody calls, or goes to a store, on a cookie: what is bought there is owed to what is known of the same identity.
    cookies = owed["cookie"]
    assert (
        cookies.loc[["search-ad", "social-ad", "banner", "brand-search", "newsletter", "advice-line"]].to_numpy().sum()
        == 0
    )
    behind = await journeys.attributed("brand-search", rule=rule, model="last", first=1_000)
    assert len(behind.items) == people.loc["brand-search", "last"]


async def drivers(journeys: Journeys, truth: Any) -> None:
    """Like compared with like, before people have decided, shows the purchases that each campaign brought about."""
    found = await journeys.drivers(rule=DECIDED)
    by = {one.name: one for one in found.drivers}
    assert (found.entered, found.succeeded) == (truth.looked + 1, truth.bought + 1)
    assert set(by) == set(truth.caused)
    for name, caused in truth.caused.items():
        reached = truth.reached[name]
        noise = 2.5 * sqrt(reached * 0.25 * (1 + reached / (CUSTOMERS - reached)))
        assert by[name].avoidable == pytest.approx(caused, abs=noise), name
    for name in ("room-planner", "search-ad", "advice-line", "newsletter"):
        assert (by[name].direction, by[name].q < 0.01) == ("success", True)
    assert [one.name for one in found.drivers][:2] == ["room-planner", "search-ad"]
    # Shown by chance, without effect.
    assert by["banner"].q > 0.1
    assert by["banner"].low < 1 < by["banner"].high
    # Shown to those who buy anyway: it looks like a cause until like is compared with like.
    retargeting = by["retargeting"]
    assert (retargeting.low > 1, retargeting.q < 0.01) == (True, True)
    assert retargeting.mantel_haenszel == pytest.approx(1, abs=0.4)
    plain = {one.name: one for one in (await journeys.drivers(rule=replace(DECIDED, strata=()))).drivers}
    assert plain["retargeting"].avoidable > 20 > retargeting.avoidable
    # Without a landmark the last click, which comes of the decision, stands first.
    late = await journeys.drivers(rule=replace(DECIDED, landmark_seconds=None))
    assert late.drivers[0].name == "brand-search"


async def channels(journeys: Journeys, truth: Any) -> None:
    """Where it is bought is what was planted; email and calls sell nothing, and assist."""
    by = {one.channel: one for one in (await journeys.channels()).channels}
    assert sum(one.conversions for one in by.values()) == truth.bought + 1
    assert by["store"].conversions == pytest.approx(0.45 * truth.bought, abs=2.5 * sqrt(0.25 * truth.bought))
    assert by["web"].conversions > by["app"].conversions > 0
    assert (by["email"].conversions, by["call_centre"].conversions) == (0, 0)
    assert by["email"].assisted == by["email"].converted > 0
    assert by["call_centre"].people == truth.reached["advice-line"] + 1
    assert by["store"].value == pytest.approx(sum(one.value for one in by.values()) / 2, rel=0.2)
