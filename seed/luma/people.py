"""Luma's customers: who they are, what they own, what they like. The same number always gives the same person."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SIZES_WORN = {"men": (0.2, 0.35, 0.3, 0.15), "women": (0.15, 0.35, 0.35, 0.15), "kids": (0.25, 0.25, 0.25, 0.25)}
ACTIVITIES = ("running", "training", "yoga", "outdoor", "leisure")

NAMES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))
CITIES = (  # city, outward postcode, telephone numbers set aside for fiction in that area
    ("London", "E8", "020 7946 0"),
    ("Leeds", "LS6", "0113 496 0"),
    ("Sheffield", "S7", "0114 496 0"),
    ("Leicester", "LE2", "0116 496 0"),
    ("Bristol", "BS5", "0117 496 0"),
    ("Birmingham", "B13", "0121 496 0"),
    ("Edinburgh", "EH6", "0131 496 0"),
    ("Glasgow", "G12", "0141 496 0"),
    ("Liverpool", "L17", "0151 496 0"),
    ("Manchester", "M20", "0161 496 0"),
    ("Durham", "DH1", "0191 498 0"),
    ("Belfast", "BT7", "028 9649 6"),
    ("Cardiff", "CF24", "029 2018 0"),
)
STORES = ("London Carnaby", "Manchester Arndale", "Bristol Cabot", "Edinburgh Princes Street", "Leeds Trinity")
BROWSERS = (
    ("browser", "Chrome on Windows"),
    ("browser", "Safari on Mac"),
    ("browser", "Firefox on Windows"),
    ("phone", "Safari on iPhone"),
    ("phone", "Chrome on Android"),
    ("tablet", "Safari on iPad"),
)
PHONES = (
    ("Apple", "iPhone 15", "iOS 18"),
    ("Apple", "iPhone 13", "iOS 17"),
    ("Samsung", "Galaxy S23", "Android 14"),
    ("Google", "Pixel 8", "Android 15"),
)


class Product(NamedTuple):
    """One thing Luma sells."""

    sku: str
    name: str
    category: str
    type: str
    activity: str
    price: float


class Browser(NamedTuple):
    """A web browser: its cookie and what it runs on."""

    ecid: str
    kind: str
    name: str


class App(NamedTuple):
    """The app on one phone."""

    ecid: str
    device_id: str
    maker: str
    model: str
    system: str


@dataclass(slots=True)
class Person:
    """A customer, or a visitor who never says who they are (then without `crm_id`)."""

    number: int
    category: str
    size: str
    activity: str
    browsers: list[Browser]
    crm_id: str | None = None
    first: str = ""
    last: str = ""
    email: str = ""
    crm_email: str = ""  # as somebody typed it into the CRM
    phone: str = ""
    born: int = 1990
    street: str = ""
    city: str = ""
    postcode: str = ""
    joined_days_ago: int = 0
    loyalty_id: str | None = None
    app: App | None = None
    wants_mail: bool = False
    wants_sms: bool = False
    store: str = STORES[0]
    sessions: int = 1
    visits_to_stores: int = 0
    tablet: Browser | None = field(default=None)  # shared with the household


class Catalogue:
    """What Luma sells, from catalogue.yaml."""

    def __init__(self, path: Path) -> None:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.sizes: dict[str, list[str]] = content["sizes"]
        self.products = [Product(*line) for line in content["products"]]
        self._by_category = {name: [p for p in self.products if p.category == name] for name in self.sizes}

    def pick(self, rng: random.Random, category: str, activity: str) -> Product:
        """Choose a product of a category; those of the liked activity come up four times as often."""
        offered = self._by_category[category]
        weights = [(4.0 if p.activity == activity else 1.0) / (rank % 9 + 2) for rank, p in enumerate(offered)]
        return rng.choices(offered, weights)[0]

    def size(self, rng: random.Random, category: str) -> str:
        """Choose a size of a category, the middle ones more often."""
        return rng.choices(self.sizes[category], SIZES_WORN[category])[0]


def new_ecid(rng: random.Random) -> str:
    """Return 38 digits, as Adobe's visitor ids are."""
    return str(rng.randrange(10**37, 10**38))


def new_browser(rng: random.Random) -> Browser:
    """Return a browser never seen before."""
    kind, name = rng.choices(BROWSERS, (5, 3, 2, 4, 4, 1))[0]
    return Browser(new_ecid(rng), kind, name)


def visitor(number: int, catalogue: Catalogue) -> Person:
    """Make somebody who looks around and is never known."""
    rng = random.Random(f"luma visitor {number}")
    category = rng.choices(("men", "women", "kids"), (4, 5, 1))[0]
    return Person(
        number,
        category,
        catalogue.size(rng, category),
        rng.choices(ACTIVITIES, (5, 3, 2, 2, 1))[0],
        [new_browser(rng)],
        sessions=rng.choices((1, 2, 3), (7, 2, 1))[0],
    )


def customer(number: int, catalogue: Catalogue) -> Person:
    """Make one customer. Every eleventh lives with the next one: same name and address, one tablet for both."""
    rng = random.Random(f"luma customer {number}")
    house = number - 1 if number % 11 == 1 else number
    home = random.Random(f"luma house {house}")
    shares = house % 11 == 0
    city, outward, _ = CITIES[house % len(CITIES)]
    street = f"{home.randint(1, 180)} {home.choice(NAMES['streets'])}"
    last = home.choice(NAMES["last"])
    postcode = f"{outward} {home.randint(1, 9)}{home.choice('ABDEFGHJLN')}{home.choice('PQRSTUWXYZ')}"
    tablet = Browser(new_ecid(home), "tablet", "Safari on iPad") if shares else None
    one_line = shares and home.random() < 0.35

    category = rng.choices(("men", "women", "kids"), (40, 48, 12))[0]
    first = rng.choice(NAMES["men" if category == "men" or (category == "kids" and rng.random() < 0.5) else "women"])
    email = f"{first.lower()}.{last.lower()}{number}@{rng.choice(('example.com', 'example.org', 'mail.example.net'))}"
    mistyped = rng.random()
    crm_email = email
    if mistyped < 0.004:
        crm_email = "test@test.com"
    elif mistyped < 0.009:
        crm_email = "unknown"
    elif mistyped < 0.016:
        crm_email = email[:-2] + email[-1] + email[-2]  # .cmo
    elif mistyped < 0.08:
        crm_email = email.upper() if mistyped < 0.04 else email.title()
    # telephone numbers set aside for fiction: a thousand an area; number 142 in London is Sarah's
    line, area = divmod(house if one_line else number, len(CITIES))
    phone = f"{CITIES[area][2]}{line:03d}" if line < 1000 and rng.random() < 0.7 and (area, line) != (0, 142) else ""
    app = None
    if rng.random() < 0.3:
        app = App(new_ecid(rng), _uuid(rng), *rng.choice(PHONES))
    return Person(
        number,
        category,
        catalogue.size(rng, category),
        rng.choices(ACTIVITIES, (5, 3, 2, 2, 1))[0],
        [new_browser(rng) for _ in range(rng.choices((1, 2, 3), (60, 32, 8))[0])],
        crm_id=f"C-{200000 + number}",
        first=first,
        last=last,
        email=email,
        crm_email=crm_email,
        phone=phone,
        born=rng.randint(1951, 2005),
        street=street,
        city=city,
        postcode=postcode,
        joined_days_ago=rng.randint(2, 360) if rng.random() < 0.3 else rng.randint(366, 1800),
        loyalty_id=f"LB-{500000 + number}" if rng.random() < 0.55 else None,
        app=app,
        wants_mail=rng.random() < 0.72,
        wants_sms=rng.random() < 0.2,
        store=STORES[house % len(STORES)],
        sessions=min(24, int(rng.expovariate(1 / 2.8))),
        visits_to_stores=min(8, int(rng.expovariate(1 / 1.5))),
        tablet=tablet,
    )


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032X}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-A{digits[17:20]}-{digits[20:]}"
