"""What identity resolution means, in plain Python. Imports nothing of graphcdp, so the two cannot share a mistake."""

from tests.oracle.replay import (
    ACCEPTED,
    DUPLICATE,
    Answer,
    Graph,
    Link,
    Namespace,
    Pair,
    Rules,
    Statement,
    component,
    pair_of,
    replay,
)

__all__ = [
    "ACCEPTED",
    "DUPLICATE",
    "Answer",
    "Graph",
    "Link",
    "Namespace",
    "Pair",
    "Rules",
    "Statement",
    "component",
    "pair_of",
    "replay",
]
