"""When people come and what they do in one visit, whichever system then writes it down."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from .exports import Line
from .people import Catalogue, Person

# How much is going on in each month of the year (January first), and at each hour of the day.
MONTHS = (1.15, 0.8, 0.9, 1.0, 1.05, 0.95, 0.8, 0.75, 0.95, 0.95, 1.35, 1.5)
HOURS = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 1.5, 3, 4, 4, 4, 4.5, 5.5, 5, 4, 4, 4.5, 5.5, 7, 8.5, 9, 8, 5, 2.5)
QUERIES = {
    "running": ("running tights", "running sweatshirt", "reflective jacket"),
    "training": ("gym leggings", "training tee", "joggers"),
    "yoga": ("yoga top", "high rise legging", "wrap top"),
    "outdoor": ("waterproof jacket", "merino base layer", "hiking socks"),
    "leisure": ("hoodie", "crew sweatshirt", "joggers"),
}
HELP = {
    "delivery": ("Where is my order?", "parcel not here yet, tracking stuck since friday"),
    "returns": ("How do I return something?", "wants to send back, label does not print"),
    "sizes": ("Size guide", "unsure between two sizes, fits small?"),
    "points": ("Where are my points?", "points of last purchase missing"),
    "account": ("I cannot log in", "password reset mail never came"),
}


class Step(NamedTuple):
    """One thing somebody did in the shop."""

    kind: str
    at: datetime
    lines: tuple[Line, ...] = ()
    topic: str = ""


class Calendar:
    """Days of the year before today, busy ones more often."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._weights = [0.0]
        for ago in range(1, 366):
            day = today - timedelta(days=ago)
            self._weights.append(MONTHS[day.month - 1] * (1.25 if day.weekday() >= 5 else 1.0))
        self._days = list(accumulate(self._weights))
        self._hours = list(accumulate(HOURS))

    def ago(self, rng: random.Random) -> int:
        """Choose how many days ago, 1 to 365."""
        return rng.choices(range(366), cum_weights=self._days)[0]

    def moment(self, rng: random.Random, ago: int, first_hour: int = 0, last_hour: int = 23) -> datetime:
        """Choose an instant of the day so many days ago; never later than 23:20, so that a visit ends before today."""
        hour = min(max(rng.choices(range(24), cum_weights=self._hours)[0], first_hour), last_hour)
        start = datetime(self.today.year, self.today.month, self.today.day, hour, tzinfo=UTC) - timedelta(days=ago)
        return start + timedelta(milliseconds=rng.randrange(0, 20 * 60_000 if hour == 23 else 3_600_000))


def steps(rng: random.Random, catalogue: Catalogue, person: Person, start: datetime) -> Iterator[Step]:
    """Say what one visit to the shop or the app consists of, in order."""
    at = start
    gifts = 0.3 if start.month in (11, 12) else 0.1
    category = person.category
    size = person.size
    if rng.random() < gifts:
        category = rng.choice([name for name in catalogue.sizes if name != person.category])
        size = catalogue.size(rng, category)

    def later(least: int, most: int) -> datetime:
        nonlocal at
        at += timedelta(milliseconds=rng.randrange(least * 1000, most * 1000))
        return at

    yield Step("page", at)
    if rng.random() < 0.06:
        topic = rng.choice(list(HELP))
        yield Step("help", later(10, 90), topic=topic)
        if rng.random() < 0.6:
            return
    yield Step(rng.choices(("list", "search"), (3, 1))[0], later(5, 60))
    seen: list[Line] = []
    for _ in range(rng.choices((1, 2, 3, 4), (5, 3, 2, 1))[0]):
        seen.append((catalogue.pick(rng, category, person.activity), size))
        yield Step("prodView", later(10, 180), (seen[-1],))
    if rng.random() > 0.34:
        return
    cart = [seen[-1]]
    yield Step("scAdd", later(5, 90), (cart[0],))
    if len(seen) > 1 and rng.random() < 0.3 and seen[0][0] is not cart[0][0]:
        cart.append(seen[0])
        yield Step("scAdd", later(5, 90), (cart[1],))
    if rng.random() > 0.62:
        return
    yield Step("scCheckout", later(10, 120), tuple(cart))
    if rng.random() < 0.72:
        yield Step("purchase", later(40, 240), tuple(cart))
