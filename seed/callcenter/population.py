"""New customers of a telecom, and their year, as the rows of its systems. Deterministic, part by part.

Whether somebody calls in the first month is decided by one random number against a chance that what happened to them
raises or lowers; so it is known who would not have called without it (`truth`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .planted import AGE_GROUPS, BEHAVIOURS, CONTAINED, FIRST_DAYS, MONTH_DAYS, TOOLS, Behaviour

Row = dict[str, Any]
LONDON = ZoneInfo("Europe/London")
FIRST = ("Amara", "Ben", "Chloe", "Dev", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kaya", "Liam")
LAST = ("Abbott", "Bauer", "Costa", "Doyle", "Evans", "Fischer", "Garcia", "Hughes", "Ito", "Jensen", "Khan")
PLANS = (("fibre-100", "Fibre 100"), ("fibre-500", "Fibre 500"), ("mobile-20", "Mobile 20"), ("tv-plus", "TV Plus"))
CAMPAIGNS = ("search-brand", "display-fibre", "friends-bring-friends", None)
BROWSERS = ("Chrome on Android", "Safari on iPhone", "Firefox on Linux", "Edge on Windows")


class Customer(NamedTuple):
    """One customer, and what is decided about the first month."""

    number: int
    began: datetime
    old: bool
    behaviours: tuple[Behaviour, ...]
    luck: float

    @property
    def id(self) -> str:
        """The customer number."""
        return f"T-{self.number:06d}"

    def calls(self, without: Behaviour | None = None) -> bool:
        """Say whether they call in the first month, or would have without something."""
        chance = AGE_GROUPS["65 and over" if self.old else "under 65"][1]
        chance += sum(one.adds for one in self.behaviours if one is not without)
        return self.luck < min(0.95, max(0.0, chance))


def customer(number: int, today: date) -> Customer:
    """Return a customer; the same number and day give the same one."""
    rng = random.Random(f"telecom customer {number}")
    began = datetime(today.year, today.month, today.day, 8, tzinfo=UTC) - timedelta(
        days=rng.randint(MONTH_DAYS + 5, 360), minutes=-rng.randint(0, 600)
    )
    old = rng.random() < AGE_GROUPS["65 and over"][0]
    behaviours = tuple(one for one in BEHAVIOURS if rng.random() < one.chance[0 if old else 1])
    return Customer(number, began, old, behaviours, rng.random())


def truth(today: date, part: int, customers: int) -> dict[tuple[str, str | None], int]:
    """Return how many customers who called would not have without each behaviour; below 0: how many more would have."""
    everybody = [customer(number, today) for number in range(part * customers, (part + 1) * customers)]
    return {
        (one.type, one.content): sum(each.calls() for each in everybody) - sum(each.calls(one) for each in everybody)
        for one in BEHAVIOURS
    }


def history(_folder: Path, today: date, part: int, customers: int) -> dict[str, list[Row]]:
    """Make one part of the population and its year.

    Args:
        today: the day the year ends before.
        part: 0 for the first `customers` people, 1 for the next, …
        customers: how many people a part has.

    Returns:
        For each source its raw rows, in order of time.
    """
    rows: list[tuple[datetime, str, Row]] = []
    end = datetime(today.year, today.month, today.day, tzinfo=UTC)
    for number in range(part * customers, (part + 1) * customers):
        rows += [row for row in _year(customer(number, today), end) if row[0] < end]
    rows.sort(key=lambda row: (row[0], row[1], str(row[2])))
    files: dict[str, list[Row]] = {}
    for _, source, row in rows:
        files.setdefault(source, []).append(row)
    return files


def _year(who: Customer, end: datetime) -> Iterator[tuple[datetime, str, Row]]:
    life = _Life(who)
    yield from life.contract()
    yield from life.first_month()
    for month in range(1, (end - who.began).days // 30 + 1):
        yield from life.later_month(who.began + timedelta(days=30 * month + 5))


class _Life:
    def __init__(self, who: Customer) -> None:
        self.who = who
        self.rng = random.Random(f"telecom life {who.number}")
        self.count = 0
        self.cookies = [f"b{who.number:06d}{letter}" for letter in "ab"]
        self.email = f"customer{who.number:06d}@example.com"
        self.phone = f"+4420{7_000_0000 + who.number:08d}"
        self.plan = PLANS[who.number % len(PLANS)]

    def contract(self) -> Iterator[tuple[datetime, str, Row]]:
        """Look at plans as a stranger, then become a customer."""
        who, rng = self.who, self.rng
        at = who.began - timedelta(minutes=40)
        campaign = rng.choice(CAMPAIGNS)
        for _ in range(rng.randint(1, 3)):
            plan = rng.choice(PLANS)
            yield self.hit(at, "product_view", 0, known=False, path=f"/plans/{plan[0]}", campaign=campaign, plan=plan)
            at += timedelta(minutes=4)
            campaign = None
        row = {
            "CustomerNo": who.id,
            "FirstName": FIRST[who.number % len(FIRST)],
            "LastName": LAST[who.number % len(LAST)],
            "Email": self.email,
            "Phone": self.phone,
            "AgeGroup": "65 and over" if who.old else "under 65",
            "Plan": self.plan[0],
            "ContractFrom": who.began.isoformat().replace("+00:00", "Z"),
        }
        yield who.began, "telecom_crm", row
        yield self.hit(who.began, "contract_begun", 0, path="/order/done", plan=self.plan)

    def first_month(self) -> Iterator[tuple[datetime, str, Row]]:
        """Meet what is decided, and call or not."""
        who, rng = self.who, self.rng
        for one in who.behaviours:
            at = who.began + timedelta(minutes=rng.randint(30, FIRST_DAYS * 1_440 - 60))
            article = f"/{one.content}" if one.content else ""
            yield self.hit(at, one.type, rng.randint(0, 1), path=f"/{one.type}{article}", article=one.content)
        if who.calls():
            yield self.call(who.began + timedelta(days=FIRST_DAYS, minutes=rng.randint(60, 26 * 1_440)), "first month")

    def later_month(self, begin: datetime) -> Iterator[tuple[datetime, str, Row]]:
        """Get a mail, look at the bill, now and then help oneself, or call out of the blue."""
        rng = self.rng
        at = begin + timedelta(minutes=rng.randint(0, 2 * 1_440))
        yield self.mail(at, "sent", "monthly-news")
        if rng.random() < 0.4:
            yield self.mail(at + timedelta(hours=2), "open", "monthly-news")
        at += timedelta(days=1)
        if rng.random() < 0.6:
            yield self.hit(at, "login", 0, path="/login")
            yield self.hit(at + timedelta(minutes=1), "bill_view", 0, path="/bill")
        if rng.random() < 0.35:
            yield from self.help(begin + timedelta(days=5, minutes=rng.randint(0, 4 * 1_440)))
        if rng.random() < 0.30:
            yield from self.tool(begin + timedelta(days=18, minutes=rng.randint(0, 2 * 1_440)))
        if rng.random() < 0.01:
            yield self.call(begin + timedelta(days=21, minutes=rng.randint(0, 2 * 1_440)), "other")

    def help(self, at: datetime) -> Iterator[tuple[datetime, str, Row]]:
        """Read an article, before the login if there is one; call within the week where it does not help."""
        rng = self.rng
        article = rng.choice(sorted(CONTAINED))
        yield self.hit(at, "help_view", 1, known=False, path=f"/help/{article}", article=article)
        yield self.hit(at + timedelta(minutes=3), "login", 1, path="/login")
        if rng.random() >= CONTAINED[article]:
            yield self.call(at + timedelta(minutes=rng.randint(30, 6 * 1_440)), article)

    def tool(self, at: datetime) -> Iterator[tuple[datetime, str, Row]]:
        """Use a tool; where it fails, half read an article."""
        rng = self.rng
        tool = rng.choice(sorted(TOOLS))
        good = rng.random() < TOOLS[tool]
        outcome = "solved" if good else "failed"
        yield self.hit(at, "tool_use", 0, path=f"/tools/{tool}", tool=tool, outcome=outcome)
        if good:
            yield self.hit(at + timedelta(minutes=2), "logout", 0, path="/logout")
        elif rng.random() < 0.5:
            article = "router-reset"
            yield self.hit(at + timedelta(minutes=2), "page_view", 0, path=f"/help/{article}", article=article)

    def hit(
        self, at: datetime, kind: str, browser: int, *, known: bool = True, plan: tuple[str, str] | None = None,
        **more: Any,
    ) -> tuple[datetime, str, Row]:  # fmt: skip
        """Write one hit of the portal."""
        row: Row = {"id": self.id("h"), "at": int(at.timestamp() * 1_000), "hit": kind, "cookie": self.cookies[browser],
                    "browser": BROWSERS[(self.who.number + browser) % len(BROWSERS)]}  # fmt: skip
        if known:
            row["customer"] = self.who.id
        if plan is not None:
            row |= {"plan": plan[0], "plan_name": plan[1], "plan_kind": plan[0].split("-")[0]}
        return at, "telecom_portal", row | {name: value for name, value in more.items() if value is not None}

    def mail(self, at: datetime, event: str, mailing: str) -> tuple[datetime, str, Row]:
        """Write what became of a mail."""
        return at, "telecom_email", {
            "id": self.id("m"), "at": int(at.timestamp()), "event": event, "to": self.email, "mailing": mailing
        }  # fmt: skip

    def call(self, at: datetime, topic: str) -> tuple[datetime, str, Row]:
        """Write one line of the call centre's log; every fourth caller withholds the number and gives the other one."""
        withheld = self.rng.random() < 0.25
        row = {
            "CallNo": self.id("c"),
            "StartedAt": at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S"),
            "Seconds": str(self.rng.randint(90, 1_500)),
            "Line": f"HOTLINE-{self.rng.randint(1, 6)}",
            "Caller": "" if withheld else self.phone,
            "CustomerNo": self.who.id if withheld else "",
            "Topic": topic,
            "Outcome": self.rng.choice(("solved", "solved", "follow_up", "transferred")),
        }
        return at, "telecom_calls", row

    def id(self, letter: str) -> str:
        """Return an id that no other row has."""
        self.count += 1
        return f"{letter}{self.who.number:06d}-{self.count:04d}"
