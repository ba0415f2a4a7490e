"""What time alone brings about: pairs of a profile and a segment or attribute whose instant has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from graphcdp.graph import Graph, Transaction

Anew = Callable[[Transaction, list[tuple[str, str]], datetime], Awaitable[None]]


async def look_through(graph: Graph, due: str, anew: Anew, now: Callable[[], datetime], most: int) -> int:
    """Look again at what is due until nothing is; return how many pairs that were.

    Args:
        graph: where.
        due: the statement that lists what is due `now`: profile, what, since when.
        anew: looks again at some, in a transaction, at an instant.
        now: says the instant.
        most: so many in one transaction.
    """
    done = 0
    while True:
        instant = now()
        if not await graph.read(due, now=instant, most=1):
            return done

        async def work(tx: Transaction, instant: datetime = instant) -> int:
            pairs = [(id, what) for id, what, _ in await tx.rows(due, now=instant, most=most)]
            if pairs:
                await anew(tx, pairs, instant)
            return len(pairs)

        found = await graph.transact(work)
        done += found
        if found < most:
            return done
