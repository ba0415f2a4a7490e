"""The one write path: facts in, one durable transaction, receipts out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic, perf_counter
from typing import TypeVar

from graphcdp.base import Clock, logger
from graphcdp.base.ids import keyed_id
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.resolution.planner import Planner
from graphcdp.identity.resolution.resolve import resolve
from graphcdp.identity.rules.admit import Gate, Refusal
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.bars import Bar
from graphcdp.ingest.batch import Batch, Decided, StaleRulesError
from graphcdp.ingest.prepare import Prepared, Ruling, prepare
from graphcdp.ingest.wake import Changes, Touched, Wake, Writer
from graphcdp.model import BatchResult, Fact, IdentityKey, Outcome, Rejection

T = TypeVar("T")
Afterwards = Callable[[Sequence[Fact]], Awaitable[None]]
RULES_SECONDS = 10.0
_log = logger(__name__)


class Pipeline:
    """Takes batches of facts. Any number of processes may do so on one graph; their batches go in one at a time.

    Attributes:
        writer: numbers the changes of this process.
        wakes: told in order whom a batch touched, inside its transaction.
        bar: knows whose data was erased, so that nothing of them comes in again.
        afterwards: is given the stored facts that name a former identity, after each batch that has some.
    """

    def __init__(
        self,
        graph: Graph,
        clock: Clock,
        rule_book: RuleBook,
        secret: bytes,
        *,
        default_region: str = "GB",
        unions: bool = True,
    ) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: gives the time facts are received.
            rule_book: the identity rules in force.
            secret: the installation's, from which profile ids are made.
            default_region: country of phone numbers without a prefix.
            unions: False decides everything by `identity.resolve` (to hold the two equal in tests).
        """
        self._graph = graph
        self._clock = clock
        self._rule_book = rule_book
        self._secret = secret
        self._region = default_region
        self._unions = unions
        self._ruling: Ruling | None = None  # None: to be looked up
        self._ruled: Ruling | None = None  # the last one looked up
        self._ruled_at = monotonic()
        self.writer = Writer()
        self._turn = asyncio.Lock()
        self._lull = asyncio.Event()  # set while Neo4j works for long, or there is nothing to do
        self._lull.set()
        self.wakes: list[Wake] = []
        self.bar: Bar | None = None
        self.afterwards: Afterwards | None = None

    async def key(self, namespace: str, value: str) -> IdentityKey | Refusal:
        """Return an identity as it stands in the graph, or why it can stand for nobody.

        Other rules that another process put in force are noticed within `RULES_SECONDS`, and at once where the rules
        known here refuse the identity.
        """
        if monotonic() - self._ruled_at > RULES_SECONDS:
            self._ruling = None
        found = (await self._rule()).gate.key(namespace, value)
        if isinstance(found, Refusal):
            self._ruling = None
            found = (await self._rule()).gate.key(namespace, value)
        return found

    async def within(self, make: Callable[[Transaction, datetime], Awaitable[tuple[T, Sequence[Fact]]]]) -> T:
        """Look and write in one transaction under the lock: what is looked at stands until what follows is durable.

        Args:
            make: looks, and returns an answer and the facts to take in; called again where the transaction is retried.

        Returns:
            The answer, once the facts are durable.

        Raises:
            GraphUnavailableError: nothing went in; try again.
        """
        async with self._turn:
            while True:
                ruling = await self._rule()

                async def work(tx: Transaction, ruling: Ruling = ruling) -> T:
                    in_force = (await tx.rows("ingest.lock", known_at=self._clock.now()))[0][0]
                    if in_force != ruling.rules.version:
                        raise StaleRulesError
                    now = self._clock.now()
                    answer, facts = await make(tx, now)
                    if facts:
                        ready = await prepare(facts, (), ruling=ruling, now=now)
                        batch = Batch(
                            tx, ruling, self.writer, self._clock, admitted=ready.admitted, notes=ready.notes,
                            wakes=self.wakes, bar=self.bar,
                        )  # fmt: skip
                        await batch.run()
                    return answer

                try:
                    return await self._graph.transact(work)
                except StaleRulesError:
                    self._ruling = None

    async def person_namespaces(self) -> frozenset[str]:
        """Return the namespaces whose identities are people's, by the rules that `key` goes by."""
        return frozenset(name for name, kind in (await self._rule()).kinds.items() if kind == "person")

    async def regroup(
        self, tx: Transaction, profiles: Sequence[str], former: Mapping[str, str], known_at: datetime
    ) -> None:
        """Wake later stages in a transaction that changed who is who without any new fact (the lock is held).

        Args:
            tx: the transaction.
            profiles: whose identities changed, as they are now; ids that no profile bears do no harm.
            former: ids that are no profile's any more, and who took over.
            known_at: the instant.
        """
        if self.wakes:
            changes = Changes(self.writer)
            ids = frozenset(profiles)
            touched = Touched(ids, {}, ids, former, known_at, changes)
            for wake in self.wakes:
                await wake(tx, touched)
            await changes.write(tx, known_at)

    async def warm(self) -> None:
        """Let the server plan the longest statement (some seconds) before somebody waits for it."""
        await self._graph.transact(lambda tx: resolve(tx, [], []))
        await self._graph.transact(lambda tx: resolve(tx, []))

    async def ingest(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Take a batch; what is accepted is durable when this returns.

        Args:
            facts: in any order; a few thousand at once are best.
            rejections: what could not even be read, to be kept beside them.

        Returns:
            A receipt a fact, in the order given.

        Raises:
            GraphUnavailableError: nothing of the batch went in; try again.
        """
        return await self._write([await self.prepare(facts, rejections)], keep=True)

    async def preview(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Say what `ingest` would answer, by doing it and rolling back."""
        return await self._write([await self.prepare(facts, rejections)], keep=False)

    async def prepare(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> Prepared:
        """Do what can be done without the graph; `commit` does the rest.

        A loader prepares its next batch while it waits for `commit`: that is a third of this process's work.
        """
        return await prepare(facts, rejections, ruling=await self._rule(), now=self._clock.now(), lull=self._lull)

    async def commit(self, parts: Sequence[Prepared]) -> BatchResult:
        """Write what was prepared as one batch; what is accepted is durable when this returns.

        Args:
            parts: in order; a few thousand facts together are best.

        Returns:
            A receipt a fact, in the order given.

        Raises:
            GraphUnavailableError: nothing of the batch went in; try again.
        """
        return await self._write(parts, keep=True)

    async def _write(self, parts: Sequence[Prepared], *, keep: bool) -> BatchResult:
        """Write, then let those know who wait for facts of this kind."""
        if not any(part.facts or part.rejections for part in parts):
            return BatchResult(())
        result = await self._in_turn(parts, keep=keep)
        if keep and self.afterwards is not None:
            facts = (fact for part in parts for fact in part.facts)
            renamed = [
                fact
                for fact, receipt in zip(facts, result.receipts, strict=True)
                if fact.former and receipt.outcome is not Outcome.REJECTED
            ]
            if renamed:
                await self.afterwards(renamed)
        return result

    async def _in_turn(self, parts: Sequence[Prepared], *, keep: bool) -> BatchResult:
        """Write when it is this batch's turn in this process; the graph's lock says when it is this process's."""
        async with self._turn:
            while True:
                ruling = await self._rule()
                ready = [
                    part
                    if part.ruling.rules.version == ruling.rules.version
                    else await prepare(part.facts, part.rejections, ruling=ruling, now=self._clock.now())
                    for part in parts
                ]
                try:
                    return await self._write_under(ruling, ready, keep=keep)
                except StaleRulesError:
                    self._ruling = None

    async def _write_under(self, ruling: Ruling, parts: Sequence[Prepared], *, keep: bool) -> BatchResult:
        began = perf_counter()
        admitted = [one for part in parts for one in part.admitted]
        notes = [one for part in parts for one in part.notes]

        async def work(tx: Transaction) -> Decided:
            batch = Batch(
                tx, ruling, self.writer, self._clock, admitted=admitted, notes=notes, wakes=self.wakes, lull=self._lull,
                bar=self.bar,
            )  # fmt: skip
            self._lull.clear()
            try:
                return await batch.run()
            finally:
                self._lull.set()

        decided = await self._graph.transact(work, keep=keep)
        _log.debug("batch", facts=len(admitted), ms=round((perf_counter() - began) * 1000))
        return BatchResult(decided.outcomes, frozenset(decided.profiles))

    async def _rule(self) -> Ruling:
        if self._ruling is None:
            rules = await self._rule_book.in_force()
            self._ruled_at = monotonic()
            if self._ruled is None or self._ruled.rules.version != rules.version:
                self._ruled = Ruling(
                    rules,
                    Gate(rules, self._region),
                    Planner(rules, self.profile_id, unions=self._unions),
                    {n.name: n.kind for n in rules.namespaces.values()},
                    {n.name: n.priority for n in rules.namespaces.values()},
                )
            self._ruling = self._ruled
        return self._ruling

    def profile_id(self, founder: str) -> str:
        """Return the id of the profile that an identity founds."""
        return keyed_id("prf", self._secret, founder)

    @property
    def now(self) -> datetime:
        """The time facts are received."""
        return self._clock.now()
