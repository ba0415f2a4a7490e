"""What is planted in the telecom's year. Chances are of one customer, in the first month of the contract."""

from __future__ import annotations

from typing import NamedTuple

FIRST_DAYS = 3  # things happen to a new customer in these; whom they make call does so after them, within the month
MONTH_DAYS = 30
AGE_GROUPS = {"65 and over": (0.35, 0.30), "under 65": (0.65, 0.08)}  # share of customers, chance to call anyway


class Behaviour(NamedTuple):
    """Something that customers do or meet in the first days.

    Attributes:
        type: of the event.
        content: what it is about, if anything.
        chance: of a customer of 65 and over, and of a younger one.
        adds: to the chance to call; 0: nothing, it only looks so.
    """

    type: str
    content: str | None
    chance: tuple[float, float]
    adds: float


BEHAVIOURS = (
    Behaviour("payment_failed", None, (0.15, 0.15), 0.40),
    Behaviour("visit_missed", None, (0.10, 0.10), 0.50),
    Behaviour("bill_view", "first-bill-higher", (0.20, 0.20), 0.25),
    Behaviour("setup_done", "guided-setup", (0.40, 0.40), -0.12),
    # Without effect: as frequent among those who call as among those who do not.
    Behaviour("speed_test", None, (0.40, 0.40), 0.0),
    Behaviour("page_view", "roaming", (0.25, 0.25), 0.0),
    Behaviour("page_view", "tv-guide", (0.50, 0.50), 0.0),
    # Without effect, but older customers do it more often, and they call more often: it looks like a driver.
    Behaviour("paper_bill", None, (0.60, 0.12), 0.0),
)

CONTAINED = {"router-reset": 0.90, "read-your-bill": 0.75, "change-plan": 0.55, "cancel-contract": 0.25}
"""Of sessions with a help article: the share after which nobody calls within a week."""

TOOLS = {"line-check": 0.80, "bill-explainer": 0.60, "chat-bot": 0.30}
"""Of uses of a tool: the share that succeeds; of those that do not, half go on to another help article."""
