"""What is planted in the furniture house: chances of one customer to buy, after first looking at furniture."""

from __future__ import annotations

from typing import NamedTuple

TOUCHED_DAYS = 14  # campaigns reach a customer in these, in the order of CAMPAIGNS; who buys does so after them
SEASON_DAYS = 29
TIERS = {"regular": (0.35, 0.35), "new": (0.65, 0.08)}  # share of customers, chance to buy anyway
BUYS_IN = {"store": 0.45, "web": 0.35, "app": 0.20}
"""Of purchases; without the app, its part is bought on the web."""
HAS_APP = 0.55
CARTS_ANYWAY = 0.20
"""Of those who do not buy: the share that puts something into the cart; of buyers all do."""
MAILED = 0.50
"""The house draws lots: so many get the newsletter, the others (`mail_group` held_out) do not."""
OPENED, CLICKED = 0.60, 0.50  # of mails sent, of mails opened; the effect is that of being mailed


class Campaign(NamedTuple):
    """Something the house does to make people buy.

    Attributes:
        name: of the campaign.
        channel: where it reaches people.
        chance: that it reaches a regular customer, and a new one.
        adds: to the chance to buy; 0: nothing, it only looks so.
        days: first and last day after the first look on which it may reach somebody.
    """

    name: str
    channel: str
    chance: tuple[float, float]
    adds: float
    days: tuple[int, int]


CAMPAIGNS = (
    Campaign("social-ad", "web", (0.45, 0.45), 0.05, (0, 2)),
    Campaign("search-ad", "web", (0.40, 0.40), 0.18, (3, 6)),
    Campaign("newsletter", "email", (MAILED, MAILED), 0.10, (4, 5)),
    Campaign("push", "app", (0.50, 0.50), 0.12, (5, 8)),  # of those who have the app
    Campaign("room-planner", "store", (0.20, 0.20), 0.25, (7, 12)),
    Campaign("advice-line", "call_centre", (0.15, 0.15), 0.15, (7, 12)),
    # Without effect: shown by chance.
    Campaign("banner", "web", (0.40, 0.40), 0.0, (2, 9)),
    # Without effect, but shown mostly to regular customers, who buy more often: it looks like a cause.
    Campaign("retargeting", "web", (0.70, 0.15), 0.0, (8, 13)),
)

BRAND_SEARCH = 0.70
"""Of those who are about to buy: the share that types the house's name into a search engine and clicks its
advertisement. It brings nothing about, as they would come anyway; but it is the last touch before the purchase."""
BRAND_SEARCH_ELSE = 0.04
