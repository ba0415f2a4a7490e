"""Rows L7, L9 as the demonstration brings them: two destinations, and a reminder that is asked for."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta

import pytest

from graphcdp.base import Settings
from graphcdp.destinations.kinds.hashing import hashed
from graphcdp.ingest import Seed
from graphcdp.platform import Platform

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]


async def test_the_demonstration_has_destinations(platform: Platform, settings: Settings) -> None:
    seed = replace(Seed.load("luma"), customers=30)
    await platform.seeds.load(seed, until="L7")
    place, folder = platform.destinations, settings.home / "sent" / "display_network" / "gifts_display"
    assert {one.id: one.state for one in await place.all()} == {"campaign_mails": "paused", "display_network": "active"}
    active = {one.id: one for one in await place.activations()}
    assert active.keys() == {"gifts_display", "gifts_mails", "next_year"}
    assert {one.ends - one.starts for one in active.values()} == {timedelta(days=90)}
    assert (active["gifts_display"].holds > 0, active["gifts_mails"].holds) == (True, 0)
    added = {row["Email"] for file in folder.glob("*-add-*.csv") for row in csv.DictReader(file.open())}
    sarah = hashed("email", "sarah.rose@example.com")
    assert sarah in added
    flow = await platform.dataflow()
    ways = {(one.source, one.target) for one in flow.edges}
    assert {("activation:gifts_display", "destination:display_network"),
            ("segment:gift_cart_abandoners", "activation:gifts_display")} <= ways  # fmt: skip
    again = await platform.seeds.load(seed, until="L7")
    assert again.already
    assert {one.id for one in await place.activations()} == active.keys()
    await platform.seeds.load(seed, until="L9")
    await platform.deliverer.drain()
    removed = {row["Email"] for file in folder.glob("*-remove-*.csv") for row in csv.DictReader(file.open())}
    assert sarah in removed
    (wish,) = await place.reminders()
    assert (wish.activation, wish.state) == ("next_year", "waiting")
    assert timedelta(days=360) < wish.due - platform.clock.now() < timedelta(days=366)
