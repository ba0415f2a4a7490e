"""Keeps with each profile until when it agrees to what, so that rules of segments answer as `Consents` does.

Property `k_NAME` of a profile: until when (`FOREVER`, or `DENIED` for a refusal); `consents_said`: of the newest word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from graphcdp.governance.consent import agreed, is_word, words
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest.wake import Touched, Wake, Writer, without_facts

PREFIX = "k_"
AT_ONCE = 500


async def wake(tx: Transaction, touched: Touched) -> None:
    """Bring it up to date for people who said something, or whose identities came together or apart."""
    since: dict[str, datetime | None] = dict.fromkeys(touched.regrouped)
    for id, facts in touched.facts.items():
        if any(is_word(name) for fact in facts for name in fact.attributes):
            since[id] = None
        elif id not in since and id not in touched.created:
            together = [fact.ts for fact in facts if len(fact.identities) > 1]
            if together:  # links may be older now than words that stand
                since[id] = min(together)
    await hold(tx, touched, since)


async def hold(tx: Transaction, touched: Touched, since: dict[str, datetime | None]) -> None:
    """Bring it up to date for some people.

    Args:
        tx: where; the lock of ingestion is held.
        touched: is told which fields changed.
        since: by profile; not None: only where something was said at this instant or later.
    """
    if not since:
        return
    before = {id: dict(held) for id, held in await tx.rows("governance.agreed", rows=[[*one] for one in since.items()])}
    if not before:
        return
    rows: list[list[Any]] = []
    found = {row["profile_id"]: row for row in await tx.run("governance.consents", ids=sorted(before))}
    for id, held in before.items():
        row = found.get(id)
        said = [] if row is None else words(row["words"])
        links = [] if row is None else [(a, b, at) for a, b, at in row["links"]]
        now = agreed(said, [] if row is None else row["identities"], links)
        changed = [name for name in {*held, *now} if held.get(name) != now.get(name)]
        newest = max((one.ts for one in said), default=None)
        rows.append([id, newest, {PREFIX + name: now.get(name) for name in changed}])
        touched.changed(id, [f"consent_{name}" for name in changed])
    await tx.consume("governance.agreed_write", rows=rows)


async def catch_up(graph: Graph, writer: Writer, wakes: Iterable[Wake], now: datetime) -> int:
    """Do it for people of whom an earlier version kept nothing; return how many there were.

    Args:
        graph: where.
        writer: numbers the changes.
        wakes: are told afterwards.
        now: the instant.
    """
    done = 0
    while True:
        ids = [row["id"] for row in await graph.read("governance.agreed_due", most=AT_ONCE)]
        if not ids:
            return done

        async def work(tx: Transaction, ids: list[str] = ids) -> None:
            async with without_facts(tx, writer, ids, now) as touched:
                await hold(tx, touched, dict.fromkeys(ids))
                await tx.consume("governance.agreed_done", ids=ids)
                for one in wakes:
                    await one(tx, touched)

        await graph.transact(work)
        done += len(ids)
