"""How many histories: 300 in all, or 10,000 with HYPOTHESIS_PROFILE=nightly."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

HISTORIES = {"ci": 300, "nightly": 10_000}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")


def share(part: float) -> settings:
    """Return the settings of a property that gets this part of all histories."""
    return settings(
        max_examples=max(1, round(HISTORIES[PROFILE] * part)),
        deadline=None,
        derandomize=PROFILE == "ci",
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
