"""How many histories: 300 in all, or 10,000 with HYPOTHESIS_PROFILE=nightly; and which part of them.

HYPOTHESIS_SHARD=3/40 runs the third of forty parts: always the same histories, other ones than every other part, so
that the whole can be run in pieces (`python -m tests.property.nightly`). HYPOTHESIS_SHRINK=no reports a
failure as it was found.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from math import ceil
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

HISTORIES = {"ci": 300, "nightly": 10_000}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
SHARD, SHARDS = (int(part) for part in os.environ.get("HYPOTHESIS_SHARD", "0/1").split("/"))
SHRINKS = os.environ.get("HYPOTHESIS_SHRINK", "yes") != "no"
_Test = TypeVar("_Test", bound=Callable[..., Any])


def share(part: float) -> Callable[[_Test], _Test]:
    """Return what gives a property this part of all histories, or of those of one shard."""
    chosen = settings(
        max_examples=max(1, ceil(HISTORIES[PROFILE] * part / SHARDS)),
        deadline=None,
        derandomize=PROFILE == "ci",
        database=None if SHARD or PROFILE == "ci" else settings.get_profile("default").database,
        phases=[phase for phase in Phase if SHRINKS or phase is not Phase.shrink],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    def give(test: _Test) -> _Test:
        settled: _Test = chosen(test)
        return seed(SHARD)(settled) if SHARD else settled

    return give
