"""Customers of a furniture house and their year, as the rows of its systems. Deterministic, part by part.

Whether somebody buys is decided by one random number against a chance that the campaigns raise; so it is known who
would not have bought without one of them (`truth`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .planted import (
    BRAND_SEARCH,
    BRAND_SEARCH_ELSE,
    BUYS_IN,
    CAMPAIGNS,
    CARTS_ANYWAY,
    CLICKED,
    HAS_APP,
    OPENED,
    SEASON_DAYS,
    TIERS,
    TOUCHED_DAYS,
    Campaign,
)

Row = dict[str, Any]
Said = tuple[datetime, str, Row]
LONDON = ZoneInfo("Europe/London")
DAY = 1_440
FIRST = ("Aino", "Bram", "Carla", "Dinesh", "Esther", "Femi", "Gita", "Henrik", "Ivana", "Joost", "Keiko", "Lorenzo")
LAST = ("Aalto", "Brandt", "Castro", "Dahl", "Engel", "Flores", "Gruber", "Holm", "Ivanova", "Jansen", "Kaur")
ITEMS = (("SOFA-3", "Sofa Lund", "living", 899.0), ("TABLE-6", "Table Ask", "dining", 549.0),
         ("BED-160", "Bed Sten", "bedroom", 699.0), ("DESK-1", "Desk Birk", "office", 329.0))  # fmt: skip
BROWSERS = ("Chrome on Android", "Safari on iPhone", "Firefox on Linux", "Edge on Windows")
STORES = ("Bristol", "Leeds", "Glasgow")


class Customer(NamedTuple):
    """One customer, and what is decided about the season."""

    number: int
    began: datetime
    regular: bool
    has_app: bool
    mailed: bool
    campaigns: tuple[Campaign, ...]
    luck: float
    carts: bool

    @property
    def id(self) -> str:
        """The customer number."""
        return f"H-{self.number:06d}"

    def buys(self, without: Campaign | None = None) -> bool:
        """Say whether they buy, or would have without some campaign."""
        chance = TIERS["regular" if self.regular else "new"][1]
        return self.luck < chance + sum(one.adds for one in self.campaigns if one is not without)


class Truth(NamedTuple):
    """What is so, counted one by one.

    Attributes:
        looked, carted, bought: customers.
        caused: by campaign: customers who bought and would not have without it.
        reached: by campaign: customers.
    """

    looked: int
    carted: int
    bought: int
    caused: dict[str, int]
    reached: dict[str, int]


def customer(number: int, today: date) -> Customer:
    """Return a customer; the same number and day give the same one."""
    rng = random.Random(f"house customer {number}")
    began = datetime(today.year, today.month, today.day, 8, tzinfo=UTC) - timedelta(
        days=rng.randint(SEASON_DAYS + 1, 330), minutes=-rng.randint(0, 600)
    )
    regular = rng.random() < TIERS["regular"][0]
    has_app = rng.random() < HAS_APP
    campaigns = tuple(
        one
        for one in CAMPAIGNS
        if (rng.random() < one.chance[0 if regular else 1]) and (one.channel != "app" or has_app)
    )
    mailed = any(one.channel == "email" for one in campaigns)
    return Customer(number, began, regular, has_app, mailed, campaigns, rng.random(), rng.random() < CARTS_ANYWAY)


def truth(today: date, part: int, customers: int) -> Truth:
    """Count what the campaigns of a part of the population have brought about."""
    everybody = [customer(number, today) for number in range(part * customers, (part + 1) * customers)]
    bought = sum(each.buys() for each in everybody)
    return Truth(
        looked=customers,
        carted=sum(each.buys() or each.carts for each in everybody),
        bought=bought,
        caused={one.name: bought - sum(each.buys(one) for each in everybody) for one in CAMPAIGNS},
        reached={one.name: sum(one in each.campaigns for each in everybody) for one in CAMPAIGNS},
    )


def history(_folder: Path, today: date, part: int, customers: int) -> dict[str, list[Row]]:
    """Make one part of the population and its year.

    Args:
        today: the day the year ends before.
        part: 0 for the first `customers` people, 1 for the next, …
        customers: how many people a part has.

    Returns:
        For each source its raw rows, in order of time.
    """
    end = datetime(today.year, today.month, today.day, tzinfo=UTC)
    rows: list[Said] = []
    for number in range(part * customers, (part + 1) * customers):
        rows += [row for row in _Life(customer(number, today)).year(end) if row[0] < end]
    rows.sort(key=lambda row: (row[0], row[1], str(row[2])))
    files: dict[str, list[Row]] = {}
    for _, source, row in rows:
        files.setdefault(source, []).append(row)
    return files


class _Life:
    def __init__(self, who: Customer) -> None:
        self.who = who
        self.rng = random.Random(f"house life {who.number}")
        self.count = 0
        self.cookies = [f"w{who.number:06d}{letter}" for letter in "ab"]
        self.email = f"guest{who.number:06d}@example.com"
        self.phone = f"+4420{6_000_0000 + who.number:08d}"
        self.item = ITEMS[who.number % len(ITEMS)]

    def year(self, end: datetime) -> Iterator[Said]:
        """Look, be reached, buy or not, and come by now and then for the rest of the year."""
        yield from self.look()
        for one in self.who.campaigns:
            first, last = one.days
            yield from self.reach(one, self.later(first * DAY + 60, (last + 1) * DAY - 60))
        if self.who.buys():
            yield from self.buy(self.later(TOUCHED_DAYS * DAY + 300, (SEASON_DAYS - 1) * DAY))
        else:
            if self.who.carts:
                yield self.web(self.later(TOUCHED_DAYS * DAY, 15 * DAY), "add_to_cart", 1, item=True, known=True)
            if self.rng.random() < BRAND_SEARCH_ELSE:
                yield self.web(self.later(15 * DAY, 27 * DAY), "ad_click", 1, campaign="brand-search")
        for month in range(1, (end - self.who.began).days // 30 + 1):
            if self.rng.random() < 0.3:
                at = self.later((30 * month + 1) * DAY, (30 * month + 28) * DAY)
                yield self.web(at, "page_view", self.rng.randint(0, 1), known=self.rng.random() < 0.5, path="/home")

    def look(self) -> Iterator[Said]:
        """Look at furniture as a stranger, on the telephone and at home; log in on both within the day."""
        who = self.who
        yield self.web(who.began, "product_view", 0, item=True)
        yield self.web(who.began + timedelta(minutes=3), "login", 0, known=True, path="/login")
        at = who.began + timedelta(minutes=self.rng.randint(20, 45))
        yield self.web(at, "product_view", 1, item=True)
        yield self.web(at + timedelta(minutes=2), "login", 1, known=True, path="/login")
        if who.has_app:
            yield self.app(at + timedelta(minutes=5), "app_open")
        row = {
            "CustomerNo": who.id,
            "FirstName": FIRST[who.number % len(FIRST)],
            "LastName": LAST[who.number % len(LAST)],
            "Email": self.email,
            "Phone": self.phone,
            "Tier": "regular" if who.regular else "new",
            "MailGroup": "mailed" if who.mailed else "held_out",
            "Since": who.began.isoformat().replace("+00:00", "Z"),
        }
        yield who.began, "house_crm", row

    def reach(self, one: Campaign, at: datetime) -> Iterator[Said]:
        """Be reached by a campaign: on a browser that does not say who it is, by telephone from a number alone."""
        match one.channel:
            case "web":
                yield self.web(at, "ad_click", self.rng.randint(0, 1), campaign=one.name, creative=f"{one.name}-1")
            case "app":
                yield self.app(at, "push_open", campaign=one.name)
            case "store":
                yield self.store(at, "PLANNING", campaign=one.name)
            case "call_centre":
                yield self.call(at, one.name)
            case _:
                yield self.mail(at, "sent", one.name)
                if self.rng.random() < OPENED:
                    yield self.mail(at + timedelta(minutes=45), "open", one.name)
                    if self.rng.random() < CLICKED:
                        yield self.mail(at + timedelta(minutes=46), "click", one.name)

    def buy(self, at: datetime) -> Iterator[Said]:
        """Put it into the cart at home; buy it in a store, there, or in the app."""
        yield self.web(at - timedelta(minutes=150), "add_to_cart", 1, item=True, known=True)
        if self.rng.random() < BRAND_SEARCH:
            yield self.web(at - timedelta(minutes=120), "ad_click", 1, campaign="brand-search")
        luck = self.rng.random()
        if luck < BUYS_IN["store"]:
            yield self.store(at, "RECEIPT")
        elif luck < BUYS_IN["store"] + BUYS_IN["app"] and self.who.has_app:
            yield self.app(at, "purchase", item=True, **self.order())
        else:
            yield self.web(at, "purchase", 1, item=True, known=True, **self.order())

    def later(self, low: int, high: int) -> datetime:
        """Return an instant so many minutes after the first look."""
        return self.who.began + timedelta(minutes=self.rng.randint(low, high))

    def order(self) -> Row:
        """Return number and total of an order."""
        return {"order": self.id("o"), "total": self.item[3]}

    def web(
        self, at: datetime, kind: str, browser: int, *, item: bool = False, known: bool = False, **more: Any
    ) -> Said:
        """Write one hit of the web shop."""
        row: Row = {"id": self.id("h"), "at": int(at.timestamp() * 1_000), "hit": kind, "cookie": self.cookies[browser],
                    "browser": BROWSERS[(self.who.number + browser) % len(BROWSERS)]}  # fmt: skip
        if known:
            row["customer"] = self.who.id
        return at, "house_web", row | (self.about() if item else {}) | more

    def app(self, at: datetime, name: str, *, item: bool = False, **more: Any) -> Said:
        """Write one event of the app, where people stay logged in."""
        row: Row = {"id": self.id("a"), "at": int(at.timestamp() * 1_000), "name": name, "customer": self.who.id,
                    "install": f"i{self.who.number:06d}", "model": BROWSERS[self.who.number % 2]}  # fmt: skip
        return at, "house_app", row | (self.about() if item else {}) | more

    def about(self) -> Row:
        """Return what a hit is about."""
        return {"sku": self.item[0], "item": self.item[1], "room": self.item[2]}

    def store(self, at: datetime, kind: str, campaign: str = "") -> Said:
        """Write one line of a store's log."""
        bought = kind == "RECEIPT"
        return at, "house_store", {
            "No": self.id("s"),
            "At": at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S"),
            "Kind": kind,
            "Card": self.who.id,
            "Campaign": campaign,
            "Sku": self.item[0] if bought else "",
            "Item": self.item[1] if bought else "",
            "Room": self.item[2] if bought else "",
            "Total": f"{self.item[3]:.2f}" if bought else "",
            "Store": STORES[self.who.number % len(STORES)],
        }  # fmt: skip

    def mail(self, at: datetime, event: str, mailing: str) -> Said:
        """Write what became of a mail."""
        return at, "house_email", {
            "id": self.id("m"), "at": int(at.timestamp()), "event": event, "to": self.email, "mailing": mailing
        }  # fmt: skip

    def call(self, at: datetime, number: str) -> Said:
        """Write one line of the advice line's log."""
        return at, "house_calls", {
            "CallNo": self.id("c"),
            "StartedAt": at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S"),
            "Seconds": str(self.rng.randint(90, 1_500)),
            "Line": f"ADVICE-{self.rng.randint(1, 3)}",
            "Caller": self.phone,
            "Number": number,
            "Topic": self.item[2],
            "Outcome": "advised",
        }  # fmt: skip

    def id(self, letter: str) -> str:
        """Return an id that no other row has."""
        self.count += 1
        return f"{letter}{self.who.number:06d}-{self.count:04d}"
