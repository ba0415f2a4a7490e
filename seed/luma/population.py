"""A year at Luma: what 2,000 customers and the visitors around them do, as the rows Luma's systems export.

`history` is all that the loader calls. It is deterministic: the same part of the population and the same day give the
same rows, so a scale of 3 is parts 0, 1 and 2, and part 0 is what a scale of 1 loads.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from . import exports
from .exports import Line, Row
from .people import STORES, App, Browser, Catalogue, Person, customer, visitor
from .visits import HELP, QUERIES, Calendar, steps

MAILINGS = (
    "new-year-new-pace", "winter-miles", "spring-forward", "marathon-season", "early-summer", "summer-sale",
    "holiday-kit", "back-to-school", "autumn-layers", "trail-days", "black-friday", "gift-season",
)  # fmt: skip
PAID = ("search-brand", "social-run-club", "display-retargeting", "affiliate-runners", "search-generic")
APP_TYPES = {
    "page": "application.launches",
    "search": "siteSearch.search",
    "list": "product.listView",
    "prodView": "commerce.productViews",
    "scAdd": "commerce.productListAdds",
    "scCheckout": "commerce.checkouts",
    "purchase": "commerce.purchases",
    "help": "help.view",
}
# Rows that are wrong on purpose in every part, and that the mapping must refuse.
PLANTED = {"luma_web": 8, "luma_app": 2, "luma_crm": 4, "luma_email": 2, "luma_pos": 2, "luma_callcentre": 2}


class Export(NamedTuple):
    """One raw row of one source, and when the source exported it (its place in the file). A text is a broken line."""

    source: str
    at: datetime
    row: Row | str


class History:
    """Collects the rows of one part of the population."""

    def __init__(self, catalogue: Catalogue, today: date, part: int) -> None:
        self.catalogue = catalogue
        self.calendar = Calendar(today)
        self.today = today
        self.part = part
        self.rows: list[Export] = []
        self._count = 0

    def add(self, source: str, at: datetime, row: Row | str) -> None:
        """Keep one row."""
        self.rows.append(Export(source, at, row))

    def new_id(self, prefix: str) -> str:
        """Return an id no other row of the history has."""
        self._count += 1
        return f"{prefix}{self.part:03d}{self._count:06d}"

    # What people do

    def web_visit(
        self, rng: random.Random, person: Person, browser: Browser, start: datetime, *, known: bool, campaign: str
    ) -> float:
        """Write one visit to the web shop; return what was spent. `known`: she logs in where she needs to."""
        often = 0.8 if browser is person.tablet else 0.45
        login = person.crm_id if known and rng.random() < often else None
        spent = 0.0
        for step in steps(rng, self.catalogue, person, start):
            at = step.at
            if step.kind == "scCheckout" and known and not login and rng.random() < 0.85:
                login = person.crm_id
                hit = exports.web_hit(self.new_id("h"), at, "login", browser, "/login", login=login)
                self.add("luma_web", at, hit)
                at += timedelta(seconds=3)
            more: Row = {}
            path = "/"
            if step.kind == "page":
                if campaign:
                    more["campaign"] = {"code": campaign}
                    if campaign in MAILINGS and person.loyalty_id:
                        more["link"] = {"member": person.loyalty_id}
                elif rng.random() < 0.4:
                    more["referrer"] = "https://search.example/"
            elif step.kind == "search":
                path, more["search"] = "/search", {"term": rng.choice(QUERIES[person.activity])}
            elif step.kind == "list":
                path = f"/{person.category}/{person.activity}"
            elif step.kind == "help":
                path, more["article"] = f"/help/{step.topic}", HELP[step.topic][0]
            elif step.kind == "prodView":
                path = f"/p/{step.lines[0][0].sku.lower()}"
            elif step.kind == "purchase":
                spent = round(sum(product.price for product, _ in step.lines), 2)
                order = self.new_id("W")
                path, more["order"] = "/thank-you", {"id": order, "total": spent, "currency": "GBP"}
                if not login:
                    more["checkout"] = {"email": self.guest_email(rng, person)}
                self.after_purchase(rng, person, step.at, order, step.lines, in_store=False)
            else:
                path = "/cart" if step.kind == "scAdd" else "/checkout"
            hit = exports.web_hit(self.new_id("h"), at, step.kind, browser, path, login=login, lines=step.lines, **more)
            exported = at + timedelta(days=rng.randint(1, 4)) if rng.random() < 0.006 else at  # late
            self.add("luma_web", exported, hit)
            if rng.random() < 0.008:
                self.add("luma_web", exported + timedelta(minutes=10), hit)  # the same hit exported twice
            if step.kind == "help":
                self.perhaps_call(rng, person, step.at, step.topic, "")
        return spent

    def guest_email(self, rng: random.Random, person: Person) -> str:
        """Say what a guest types as their address at the checkout."""
        if person.email:
            return person.email
        return (
            "test@test.com" if rng.random() < 0.05 else f"guest{self.part:03d}{person.number % 100_000:05d}@example.net"
        )

    def app_visit(self, rng: random.Random, person: Person, start: datetime) -> float:
        """Write one visit to the app; return what was spent. She stays logged in there."""
        app = person.app
        if app is None:
            return 0.0
        spent = 0.0
        for step in steps(rng, self.catalogue, person, start):
            order: Row | None = None
            if step.kind == "purchase":
                spent = round(sum(product.price for product, _ in step.lines), 2)
                order = {"purchaseID": self.new_id("A"), "priceTotal": spent, "currencyCode": "GBP"}
                self.after_purchase(rng, person, step.at, order["purchaseID"], step.lines, in_store=False)
            screen = {"page": "Home", "help": f"Help: {step.topic}", "list": f"{person.category} {person.activity}"}
            event = exports.app_event(
                self.new_id("x"), step.at, APP_TYPES[step.kind], app,
                crm_id=person.crm_id, lines=step.lines, order=order, screen=screen.get(step.kind),
                phrase=rng.choice(QUERIES[person.activity]) if step.kind == "search" else None,
            )  # fmt: skip
            self.add("luma_app", step.at, event)
            if step.kind == "help":
                self.perhaps_call(rng, person, step.at, step.topic, "")
        return spent

    def store_visit(self, rng: random.Random, person: Person, ago: int) -> float:
        """Write one purchase at a till with the card, or with an e-receipt; return what was spent."""
        if not person.loyalty_id and rng.random() < 0.5:
            return 0.0  # paid and left no trace of who it was
        at = self.calendar.moment(rng, ago, 9, 19)
        gift = rng.random() < (0.3 if at.month in (11, 12) else 0.1)
        category = rng.choice(list(self.catalogue.sizes)) if gift else person.category
        size = person.size if category == person.category else self.catalogue.size(rng, category)
        lines = tuple(
            (self.catalogue.pick(rng, category, person.activity), size)
            for _ in range(rng.choices((1, 2, 3), (6, 3, 1))[0])
        )
        number = self.new_id("R")
        store = person.store if rng.random() < 0.85 else rng.choice(STORES)
        till = f"{store.split()[0].upper()}-{rng.randint(1, 4)}"
        address = None if person.loyalty_id else person.email
        sale = exports.receipt(number, at, store, till, lines, card=person.loyalty_id, email=address, back=False)
        self.add("luma_pos", at, sale)
        spent: float = sale["total"]
        self.after_purchase(rng, person, at, number, lines, in_store=True)
        return spent

    def after_purchase(
        self, rng: random.Random, person: Person, at: datetime, order: str, lines: tuple[Line, ...], *, in_store: bool
    ) -> None:
        """Write what a purchase brings: points, perhaps a return to a store, perhaps a call."""
        if person.loyalty_id:
            move = exports.points_movement(
                self.new_id("P"),
                person,
                at + timedelta(minutes=1),
                kind="EARN",
                points=int(sum(product.price for product, _ in lines)),
                reference=order,
            )
            self.add("luma_loyalty_points", at + timedelta(minutes=1), move)
        days = rng.randint(4, 20)
        back_at = (at + timedelta(days=days)).replace(hour=rng.randint(10, 17), minute=rng.randint(0, 59))
        if rng.random() < 0.06 and back_at.date() < self.today and (person.loyalty_id or person.email):
            till = f"{person.store.split()[0].upper()}-1"
            address = None if person.loyalty_id else person.email
            row = exports.receipt(
                self.new_id("R"),
                back_at,
                person.store,
                till,
                lines[:1],
                card=person.loyalty_id,
                email=address,
                back=True,
            )
            self.add("luma_pos", back_at, row)
        if not in_store and rng.random() < 0.14:
            self.perhaps_call(rng, person, at + timedelta(days=3), rng.choice(("delivery", "returns", "sizes")), order)

    def perhaps_call(self, rng: random.Random, person: Person, at: datetime, topic: str, order: str) -> None:
        """Write a call to the call centre: some hours after help did not help, or about an order."""
        if not person.crm_id or (not order and rng.random() > 0.65):
            return
        called = (at + timedelta(hours=rng.randint(1, 40))).replace(hour=rng.randint(8, 19), minute=rng.randint(0, 59))
        if called <= at or called.date() >= self.today:
            return
        row = exports.call(
            self.new_id("K"), called, person, topic=topic, reason=HELP[topic][1], order=order,
            outcome=rng.choices("SFTA", (6, 2, 1, 1))[0], seconds=rng.randint(60, 1200),
            line=rng.choice(("FREEPHONE-1", "FREEPHONE-2")),
        )  # fmt: skip
        self.add("luma_callcentre", called, row)

    def mailings(self, rng: random.Random, person: Person) -> None:
        """Write the year's mailings to one customer: sent, opened, clicked, and the visit that a click starts."""
        for ago in range(340, 1, -30):
            if rng.random() > 0.27 or ago > person.joined_days_ago:
                continue
            sent = self.calendar.moment(rng, ago, 8, 10)
            campaign = MAILINGS[sent.month - 1]
            message = self.new_id("m")
            address = person.crm_email
            if "@" not in address:
                continue
            kind = "delivered" if address.lower() == person.email else "bounce"
            self.email(sent, kind, address, campaign, message)
            if kind == "bounce" or rng.random() > 0.42:
                continue
            opened = sent + timedelta(minutes=rng.randint(2, 900))
            self.email(opened, "open", address, campaign, message)
            if rng.random() < 0.27:
                clicked = opened + timedelta(seconds=rng.randint(5, 120))
                self.email(clicked, "click", address, campaign, message)
                self.web_visit(
                    rng,
                    person,
                    rng.choice(person.browsers),
                    clicked + timedelta(seconds=2),
                    known=True,
                    campaign=campaign,
                )

    def email(self, at: datetime, event: str, address: str, campaign: str, message: str) -> None:
        """Write one event of the email service."""
        self.add(
            "luma_email",
            at,
            exports.email_event(self.new_id("e"), at, event, address=address, campaign=campaign, message_id=message),
        )

    # Who does it

    def customer(self, number: int) -> None:
        """Write one customer's year."""
        person = customer(number, self.catalogue)
        rng = random.Random(f"luma year {number} {self.part}")
        spent = 0.0
        for _ in range(person.sessions):
            ago = self.calendar.ago(rng)
            known = ago <= person.joined_days_ago
            start = self.calendar.moment(rng, ago)
            if person.app and known and rng.random() < 0.5:
                spent += self.app_visit(rng, person, start)
                continue
            browser = rng.choice(person.browsers)
            if person.tablet and rng.random() < 0.6:
                browser = person.tablet
            spent += self.web_visit(
                rng, person, browser, start, known=known, campaign=rng.choice(PAID) if rng.random() < 0.22 else ""
            )
        for _ in range(person.visits_to_stores):
            spent += self.store_visit(rng, person, self.calendar.ago(rng))
        if person.wants_mail:
            self.mailings(rng, person)
        modified = self.calendar.moment(rng, min(person.joined_days_ago, rng.randint(1, 300)), 8, 18)
        self.add("luma_crm", modified, exports.crm_contact(person, modified, self.today, spent))
        if rng.random() < 0.06:  # moved house: the contact comes again
            moved = modified + timedelta(days=rng.randint(1, 60))
            if moved.date() < self.today:
                row = exports.crm_contact(person, moved, self.today, spent, street=f"{rng.randint(1, 90)} New Street")
                self.add("luma_crm", moved, row)
        if person.loyalty_id:
            night = datetime(self.today.year, self.today.month, self.today.day, 3, tzinfo=UTC) - timedelta(days=1)
            enrolled = self.today - timedelta(days=person.joined_days_ago - 1)
            self.add("luma_loyalty", night, exports.loyalty_member(person, night, int(spent) + number % 40, enrolled))
            if spent > 300 and rng.random() < 0.3:
                burnt = self.calendar.moment(rng, rng.randint(1, 20))
                row = exports.points_movement(
                    self.new_id("P"), person, burnt, kind="BURN", points=-200, reference="VOUCHER-10"
                )
                self.add("luma_loyalty_points", burnt, row)

    def visitor(self, number: int) -> None:
        """Write the visits of somebody who is never known, unless they buy as a guest."""
        person = visitor(number, self.catalogue)
        rng = random.Random(f"luma visits {number}")
        for _ in range(person.sessions):
            start = self.calendar.moment(rng, self.calendar.ago(rng))
            campaign = rng.choice(PAID) if rng.random() < 0.3 else ""
            self.web_visit(rng, person, person.browsers[0], start, known=False, campaign=campaign)

    def mishaps(self) -> None:
        """Write the rows that are wrong on purpose (PLANTED says how many in each source)."""
        rng = random.Random(f"luma mishaps {self.part}")
        person = customer(2000 * self.part + 3, self.catalogue)
        browser = person.browsers[0]
        app = App(browser.ecid, "00000000-0000-4000-A000-000000000001", "Apple", "iPhone 13", "iOS 17")

        def at() -> datetime:
            return self.calendar.moment(rng, rng.randint(5, 300))

        for _ in range(3):
            self.add("luma_web", at(), '{"hit_id": "cut off in the middle", "hit_time_ms": 17')
        for value in (None, "yesterday", 95_617_584_000_000):
            hit = exports.web_hit(self.new_id("h"), at(), "page", browser, "/")
            self.add("luma_web", at(), hit | {"hit_time_ms": value})
        for _ in range(2):
            hit = exports.web_hit(self.new_id("h"), at(), "page", browser, "/")
            self.add("luma_web", at(), hit | {"visitor": {}})
        when = at()
        nobody: Row = {
            "_id": self.new_id("x"),
            "timestamp": "2026-",
            "eventType": "application.launches",
            "identityMap": {},
        }
        self.add("luma_app", when, nobody)
        event = exports.app_event(self.new_id("x"), when, "application.launches", app)
        self.add("luma_app", when, event | {"timestamp": "not a time"})
        for text in ("2026-11-24", "31.02.2026 10:00"):
            self.add("luma_crm", at(), exports.crm_contact(person, at(), self.today, 0) | {"LAST_MODIFIED": text})
        for text in ("C-999999;Half;A", "C-999998;Semi;colon;in;the;name;x;y;z;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o"):
            self.add("luma_crm", at(), text)
        for _ in range(2):
            when = at()
            self.add(
                "luma_email",
                when,
                exports.email_event(
                    self.new_id("e"), when, "open", address="", campaign="summer-sale", message_id="m0"
                ),
            )
            lines = ((self.catalogue.products[0], "M"),)
            number = self.new_id("R")
            row = exports.receipt(number, when, person.store, "LEEDS-1", lines, card=None, email=None, back=False)
            self.add("luma_pos", when, row)
            calls = exports.call(
                self.new_id("K"),
                when,
                person,
                topic="sizes",
                reason="dropped",
                outcome="A",
                seconds=4,
                order="",
                line="1",
            )
            self.add("luma_callcentre", when, calls | {"StartedAt": "noon"})


def history(folder: Path, today: date, part: int, customers: int) -> dict[str, list[Row | str]]:
    """Make one part of the population and its year.

    Args:
        folder: where catalogue.yaml is.
        today: the day the year ends before.
        part: 0 for the first `customers` people, 1 for the next, …
        customers: how many people a part has.

    Returns:
        For each source its raw rows in the order the source exports them; a text is a line that is broken.
    """
    story = History(Catalogue(folder / "catalogue.yaml"), today, part)
    for number in range(part * customers, (part + 1) * customers):
        story.customer(number)
    for number in range(part * customers, part * customers + customers * 3 // 4):
        story.visitor(number)
    story.mishaps()
    story.rows.sort(key=lambda export: export.at)
    files: dict[str, list[Row | str]] = {}
    for export in story.rows:
        files.setdefault(export.source, []).append(export.row)
    return files
