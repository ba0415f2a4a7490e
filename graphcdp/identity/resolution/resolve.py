"""Asks the graph who is who: `identity.resolve`, called so that the server keeps its plans.

Neo4j makes a plan of its own for every order of magnitude of a list parameter, and planning this statement takes
seconds. So lists are filled up to few sizes by repeating what they hold, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from graphcdp.graph import Transaction

_SIZES = (100, 1_000)


class Resolved(NamedTuple):
    """A profile as it is after a decision.

    Attributes:
        profile_id, founder: the profile, and the identity it is named after.
        identities: that it holds, strongest first.
        came_from: profiles it took identities from.
        lost_links: how many links of its identities are not in force.
    """

    profile_id: str
    founder: str
    identities: list[str]
    came_from: list[str]
    lost_links: int


async def resolve(
    tx: Transaction, keys: Sequence[str], evidence: Sequence[str] | None = None, *, known_at: datetime | None = None
) -> list[Resolved]:
    """Decide who is who around some identities, and make it so.

    Args:
        tx: open; the ingest lock is held.
        keys: of identities that exist.
        evidence: ids of facts newer than all of the region's, to be played on what stands; None replays the region.
        known_at: when it becomes known; None is the server's time.

    Returns:
        The profiles concerned, in no particular order.
    """
    rows = await tx.rows(
        "identity.resolve",
        keys=filled(keys),
        evidence=None if evidence is None else filled(evidence),
        known_at=known_at,
    )
    return [Resolved(*row) for row in rows]


def filled(values: Sequence[str]) -> list[str]:
    """Return a list of one of few sizes with the same values; an empty one holds an empty text."""
    size = next((size for size in _SIZES if len(values) <= size), len(values))
    return [*values, *([values[0] if values else ""] * (size - len(values)))]
