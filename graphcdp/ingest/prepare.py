"""What can be said of facts without looking at the graph: it is done while another batch is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphcdp.identity.resolution.planner import Planner
from graphcdp.identity.rules.admit import Gate, Refusal
from graphcdp.identity.rules.files import RuleSet
from graphcdp.ingest.check import check, refuse
from graphcdp.ingest.rows import Accepted, accept
from graphcdp.model import Fact, Rejection

FACTS_AT_A_STRETCH = 50  # about a millisecond: so long may an answer of the server have to wait


@dataclass(slots=True)
class Ruling:
    """A rule set and what is made from it."""

    rules: RuleSet
    gate: Gate
    planner: Planner
    kinds: dict[str, str]
    priorities: dict[str, int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Facts that were looked at under one rule set.

    Attributes:
        facts: as given.
        rejections: as given: what could not even be read.
        ruling: the rules that they were admitted under.
        admitted: one a fact, in the order given: what may go in and what may not.
        notes: what is to be kept beside them: `rejections`, and identities that were left out.
    """

    facts: Sequence[Fact]
    rejections: Sequence[Rejection]
    ruling: Ruling
    admitted: Sequence[Accepted | Rejection]
    notes: Sequence[Rejection]


async def prepare(
    facts: Sequence[Fact],
    rejections: Sequence[Rejection],
    *,
    ruling: Ruling,
    now: datetime,
    lull: asyncio.Event | None = None,
) -> Prepared:
    """Check facts, tell which of their identities count, and make rows of them.

    Others get their turn in between, so that whoever waits for the server is not held up.

    Args:
        facts: in any order.
        rejections: what could not even be read, to be kept beside them.
        ruling: the rules.
        now: the present; facts far ahead of it are refused.
        lull: set while no batch waits for this thread; work is done only then.
    """
    admitted: list[Accepted | Rejection] = []
    notes = list(rejections)
    admit = ruling.gate.admit
    for number, fact in enumerate(facts, 1):
        if not number % FACTS_AT_A_STRETCH:
            await asyncio.sleep(0)
            if lull is not None:
                await lull.wait()
        wrong = check(fact, now)
        if wrong is not None:
            admitted.append(wrong)
            continue
        verdict = admit(fact.identities)
        if isinstance(verdict, Refusal):
            admitted.append(refuse(fact, verdict.code, verdict.field, verdict.reason))
            continue
        if verdict.dropped:
            notes.extend(
                refuse(fact, one.code, one.field, one.reason + " The rest of the fact was taken.")
                for one in verdict.dropped
                if one.code != "blocked_value"
            )
        admitted.append(accept(fact, verdict.keys))
    return Prepared(facts, rejections, ruling, admitted, notes)
