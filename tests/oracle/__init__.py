"""What identity resolution means, in plain Python. Imports nothing of graphcdp, so the two cannot share a mistake."""

from tests.oracle.bearers import Taken, bearers, visits
from tests.oracle.links import Link, component
from tests.oracle.policies import Graph, Shared
from tests.oracle.replay import ACCEPTED, DUPLICATE, Answer, Statement, hubs, judge, refusal_of, replay
from tests.oracle.rules import Decisions, Namespace, Pair, Policy, Rules, key_order, pair_of

__all__ = [
    "ACCEPTED",
    "DUPLICATE",
    "Answer",
    "Decisions",
    "Graph",
    "Link",
    "Namespace",
    "Pair",
    "Policy",
    "Rules",
    "Shared",
    "Statement",
    "Taken",
    "bearers",
    "component",
    "hubs",
    "judge",
    "key_order",
    "pair_of",
    "refusal_of",
    "replay",
    "visits",
]
