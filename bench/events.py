"""A synthetic year of a shop: visits by cookies, some of which log in, a few of which people share."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from graphcdp.identity.rules.files import RuleSet, parse_rules
from graphcdp.model import Fact, IdentityKey, Scalar

COOKIES_PER_EVENT = 0.2
PEOPLE_PER_EVENT = 0.08
SHARED = 0.01
KNOWN = 0.7
LOGGED_IN = 0.4
BUSIEST = 0.0094
EVENTS_PER_VISIT = 5
YEAR_START = datetime(2025, 11, 1, tzinfo=UTC)

RULES = """
policy: last_login
max_identities: 50
namespaces:
  - {name: crm_id, kind: person, priority: 1, unique: true}
  - {name: email, kind: person, priority: 2, unique: true, normalize: email}
  - {name: ecid, kind: cookie, priority: 3}
"""

_TYPES = ("page_view",) * 9 + ("product_view",) * 6 + ("search",) * 2 + ("add_to_cart",) * 2 + ("purchase",)
_CAMPAIGNS = (None,) * 8 + ("spring", "gifts")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a synthetic history is.

    Attributes:
        events: how many events.
        cookies: browsers that they are spread over; `KNOWN` of them belong to people, `SHARED` of them to two.
        people: each with a CRM id and an email address.
    """

    events: int
    cookies: int
    people: int

    @classmethod
    def of(cls, events: int) -> Shape:
        """Return the proportions of shared/design.md section 7 at a size."""
        return cls(events, max(4, round(events * COOKIES_PER_EVENT)), max(2, round(events * PEOPLE_PER_EVENT)))


def rules() -> RuleSet:
    """Return the identity rules of the synthetic shop."""
    return parse_rules(RULES, "bench/events.py")


def generate(shape: Shape, seed: int = 7) -> Iterator[Fact]:
    """Return the events in the order in which they happened; the same seed gives the same events.

    A visit is some events of one cookie. One in a known cookie's two to three visits is logged in: its first event
    shows CRM id, email and cookie, the others CRM id and cookie. One person alone does nearly one event in a hundred.
    """
    chance = random.Random(seed)
    owners = [_owners(chance, cookie, shape) for cookie in range(shape.cookies)]
    owners[0] = (0,)
    step = timedelta(days=365) / max(1, shape.events)
    number = 0
    while number < shape.events:
        cookie = 0 if chance.random() < BUSIEST else chance.randrange(1, shape.cookies)
        person = chance.choice(owners[cookie]) if owners[cookie] else None
        logged_in = person is not None and (cookie == 0 or chance.random() < LOGGED_IN)
        for place in range(min(chance.randint(1, 2 * EVENTS_PER_VISIT - 1), shape.events - number)):
            identities = [IdentityKey("ecid", f"{cookie:012d}")]
            if logged_in:
                identities.append(IdentityKey("crm_id", f"C{person:08d}"))
                if place == 0:
                    identities.append(IdentityKey("email", f"person{person}@shop.example"))
            yield _event(chance, number, YEAR_START + step * number, tuple(identities), login=logged_in and place == 0)
            number += 1


def _owners(chance: random.Random, cookie: int, shape: Shape) -> tuple[int, ...]:
    if cookie < shape.cookies * SHARED:
        return chance.randrange(shape.people), chance.randrange(shape.people)
    return (chance.randrange(shape.people),) if chance.random() < KNOWN else ()


def _event(
    chance: random.Random, number: int, ts: datetime, identities: tuple[IdentityKey, ...], *, login: bool
) -> Fact:
    kind = "login" if login else chance.choice(_TYPES)
    properties: dict[str, Scalar] = {"page": f"/p/{chance.randrange(500)}"}
    products: tuple[str, ...] = ()
    if kind in ("product_view", "add_to_cart", "purchase"):
        product = chance.randrange(1_000)
        products = (f"sku-{product:04d}",)
        properties |= {
            "product": products[0],
            "category": f"category-{product % 20}",
            "price": round(5 + product / 10, 2),
            "quantity": 1,
        }
    if (campaign := chance.choice(_CAMPAIGNS)) is not None:
        properties["campaign"] = campaign
    event_id = f"bench:{number:09d}"
    return Fact(
        id=event_id,
        ts=ts,
        source="bench",
        dataset="events",
        identities=identities,
        type=kind,
        channel="web" if number % 3 else "mobile",
        properties=properties,
        products=products,
        payload=json.dumps({"messageId": event_id, "event": kind, "timestamp": ts.isoformat(), **properties}),
    )
