"""How long something may take on this machine as it is now."""

from __future__ import annotations

import os


def a_second() -> float:
    """Return what a second is here: one, or 15 where much else goes on, as nothing can be said about seconds then."""
    beside = os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1"
    busy = os.getloadavg()[0] >= (os.cpu_count() or 1) * 2
    return 15.0 if beside or busy else 1.0
