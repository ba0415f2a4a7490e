"""How long facts of a dataset are kept. What is older goes; attributes, computed values and memberships follow.

Kinds of things that are of no dataset, receipts of deliveries and what was refused, have a rule each as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphcdp.base import Clock, InvalidInputError, logger
from graphcdp.governance.policy import GovernanceNotFoundError
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author, RuleBook
from graphcdp.identity.resolution.attributes import attributes_anew
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import Changes, note_change

AT_ONCE = 1_000
MOST_DAYS = 36_500
REJECTED, REJECTED_DAYS = "rejected", 365
EVERY = timedelta(hours=1)
_log = logger(__name__)
Forget = Callable[[datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long facts of a dataset, or things of a kind (then `source` is empty), are kept from when they happened."""

    dataset: str
    source: str
    name: str
    days: int


class Retentions:
    """Rules of retention, and carrying them out.

    Attributes:
        kinds: of things that are of no dataset, by name: so many days if nothing is said, and what forgets some from
            before an instant and says how many, 0 where none are left.
    """

    def __init__(self, graph: Graph, clock: Clock, rules: RuleBook, pipeline: Pipeline) -> None:
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._pipeline = pipeline
        self._next: datetime | None = None
        self.kinds: dict[str, tuple[int, Forget]] = {REJECTED: (REJECTED_DAYS, self._forget_rejected)}

    async def all(self) -> tuple[Retention, ...]:
        """Return the rules by dataset, then by kind; what is kept for good has none."""
        said = {row["kind"]: row["days"] for row in await self._graph.read("governance.kinds_kept")}
        kinds = [(kind, said.get(kind, days)) for kind, (days, _) in sorted(self.kinds.items())]
        return (
            *(Retention(**row) for row in await self._graph.read("governance.retentions")),
            *(Retention(kind, "", kind, days) for kind, days in kinds if days is not None),
        )

    async def put(self, dataset: str, days: int | None, author: Author) -> None:
        """Say how long facts of a dataset, or things of a kind, are kept; None: for good.

        Raises:
            InvalidInputError: not 1 to 36,500 days.
            GovernanceNotFoundError: there is no such dataset.
        """
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InvalidInputError(f"Facts are kept for 1 to {MOST_DAYS:,} days, or for good.", field="days")

        async def work(tx: Transaction) -> bool:
            if dataset in self.kinds:
                await tx.consume("governance.kind_keep", kind=dataset, days=days)
            elif not await tx.run("governance.retention_set", dataset=dataset, days=days):
                return False
            changes = Changes(self._pipeline.writer)
            told = "for good" if days is None else f"{days} days"
            changes("retention_set", dataset, None, [], [told], because=author.checked().name)
            await changes.write(tx, self._clock.now())
            return True

        if not await self._graph.transact(work):
            raise GovernanceNotFoundError(
                f"There is no dataset {dataset[:64]}; beside datasets there is {', '.join(sorted(self.kinds))}.",
                field="dataset",
            )
        self._next = None

    async def tick(self, now: datetime | None = None) -> int:
        """Carry the rules out, at most once an hour; return how many facts went."""
        instant = now or self._clock.now()
        if self._next is not None and instant < self._next:
            return 0
        self._next = instant + EVERY
        return await self.run(instant)

    async def run(self, now: datetime | None = None) -> int:
        """Delete what is older than its dataset's rule, some at a time while events flow.

        Evidence of who is who stays as such, without anything else that it said. What comes in again that is too old
        goes again with the next run.

        Returns:
            How many facts went, or lost what they said.
        """
        instant = now or self._clock.now()
        done = 0
        for one in await self.all():
            gone = 0
            while True:
                before = instant - timedelta(days=one.days)
                count = await (self._some(one, before) if one.source else self.kinds[one.dataset][1](before))
                gone += count
                if not count:
                    break
            if gone:
                await self._note(one, gone)
                _log.info("retention", dataset=one.dataset, facts=gone)
            done += gone
        return done

    async def _forget_rejected(self, before: datetime) -> int:
        rows = await self._graph.write("governance.rejected_forget", before=before)
        return int(rows[0]["forgotten"])

    async def _some(self, rule: Retention, before: datetime) -> int:
        rules = await self._rules.in_force()
        kinds = {one.name: one.kind for one in rules.namespaces.values()}

        async def work(tx: Transaction) -> int:
            await tx.rows("ingest.lock", known_at=self._clock.now())
            now = self._clock.now()
            rows = await tx.run(
                "governance.retention_due", source=rule.source, dataset=rule.name, before=before, most=AT_ONCE
            )
            if not rows:
                return 0
            strip = sorted({row["id"] for row in rows if row["evidence"]})
            remove = sorted({row["id"] for row in rows if not row["evidence"]})
            if strip:
                await tx.consume("governance.retention_strip", ids=strip)
            if remove:
                await tx.consume("governance.erase_remove_facts", ids=remove)
            devices = sorted({row["device"] for row in rows if row["device"]})
            if devices:
                await tx.run("governance.erase_devices", ids=devices)
            people = sorted({row["profile_id"] for row in rows})
            await attributes_anew(tx, kinds, people)
            await self._pipeline.regroup(tx, people, {}, now)
            return len(strip) + len(remove)

        return await self._graph.transact(work)

    async def _note(self, rule: Retention, count: int) -> None:
        await note_change(
            self._graph,
            self._pipeline.writer,
            self._clock.now(),
            kind="retention_applied",
            subject=rule.dataset,
            before=[],
            after=[f"{count} facts"],
            because=f"{rule.days} days",
        )
