"""Destinations: where audiences go, what is sent to whom and when, and what became of it."""

from graphcdp.destinations.definition import (
    Activation,
    Delivery,
    Destination,
    Held,
    Mapped,
    Mode,
    Reconciled,
    Remind,
    Reminder,
    Suppression,
)
from graphcdp.destinations.delivery.deliver import Deliverer
from graphcdp.destinations.delivery.patience import Patience
from graphcdp.destinations.delivery.queue import Queue
from graphcdp.destinations.errors import (
    ActivationRefusedError,
    DestinationError,
    DestinationNotFoundError,
    DownError,
)
from graphcdp.destinations.gate import Gate, Open, Plan, Refused
from graphcdp.destinations.governed import Governed
from graphcdp.destinations.kinds.catalog import Option, catalog, options_of
from graphcdp.destinations.kinds.connector import Answer, Connector, Item, Load, Options
from graphcdp.destinations.seeded import set_up
from graphcdp.destinations.store import RECEIPT_DAYS, Destinations
from graphcdp.destinations.triggers import Trigger, Triggers

__all__ = [
    "RECEIPT_DAYS",
    "Activation",
    "ActivationRefusedError",
    "Answer",
    "Connector",
    "Deliverer",
    "Delivery",
    "Destination",
    "DestinationError",
    "DestinationNotFoundError",
    "Destinations",
    "DownError",
    "Gate",
    "Governed",
    "Held",
    "Item",
    "Load",
    "Mapped",
    "Mode",
    "Open",
    "Option",
    "Options",
    "Patience",
    "Plan",
    "Queue",
    "Reconciled",
    "Refused",
    "Remind",
    "Reminder",
    "Suppression",
    "Trigger",
    "Triggers",
    "catalog",
    "options_of",
    "set_up",
]
