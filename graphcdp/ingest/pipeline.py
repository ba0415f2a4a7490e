"""The one write path: facts in, one durable transaction, receipts out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic, perf_counter

from graphcdp.base import Clock, logger
from graphcdp.base.ids import keyed_id
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.admit import Gate, Refusal
from graphcdp.identity.plan import Planner
from graphcdp.identity.rulebook import RuleBook
from graphcdp.ingest.batch import Batch, Decided, Ruling, StaleRulesError, Writer
from graphcdp.ingest.check import check, refuse
from graphcdp.ingest.rows import Accepted, hash_of
from graphcdp.model import BatchResult, Fact, IdentityKey, Rejection

RULES_SECONDS = 10.0
_log = logger(__name__)


class Pipeline:
    """Takes batches of facts. Any number of processes may do so on one graph; their batches go in one at a time."""

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
        self._ruling: Ruling | None = None
        self._ruled_at = monotonic()
        self._writer = Writer()

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

    async def warm(self) -> None:
        """Let the server plan the longest statement (a second or two) before somebody waits for it."""
        await self._graph.write("identity.resolve", keys=[], evidence=[])

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
        return await self._take(facts, rejections, keep=True)

    async def preview(self, facts: Sequence[Fact], rejections: Sequence[Rejection] = ()) -> BatchResult:
        """Say what `ingest` would answer, by doing it and rolling back."""
        return await self._take(facts, rejections, keep=False)

    async def _take(self, facts: Sequence[Fact], rejections: Sequence[Rejection], *, keep: bool) -> BatchResult:
        if not facts and not rejections:
            return BatchResult(())
        while True:
            ruling = await self._rule()
            try:
                return await self._take_under(ruling, facts, rejections, keep=keep)
            except StaleRulesError:
                self._ruling = None

    async def _take_under(
        self, ruling: Ruling, facts: Sequence[Fact], rejections: Sequence[Rejection], *, keep: bool
    ) -> BatchResult:
        began = perf_counter()
        now = self._clock.now()
        admitted: list[Accepted | Rejection] = []
        notes: list[Rejection] = list(rejections)
        for fact in facts:
            wrong = check(fact, now)
            if wrong is not None:
                admitted.append(wrong)
                continue
            verdict = ruling.gate.admit(fact.identities)
            if isinstance(verdict, Refusal):
                admitted.append(refuse(fact, verdict.code, verdict.field, verdict.reason))
                continue
            notes.extend(
                refuse(fact, one.code, one.field, one.reason + " The rest of the fact was taken.")
                for one in verdict.dropped
                if one.code != "blocked_value"
            )
            admitted.append(Accepted(fact, verdict.keys, hash_of(fact)))

        async def work(tx: Transaction) -> Decided:
            batch = Batch(tx, ruling, self._writer, self._clock, admitted=admitted, notes=notes)
            return await batch.run()

        decided = await self._graph.transact(work, keep=keep)
        _log.debug("batch", facts=len(facts), ms=round((perf_counter() - began) * 1000))
        return BatchResult(decided.outcomes, frozenset(decided.profiles))

    async def _rule(self) -> Ruling:
        if self._ruling is None:
            rules = await self._rule_book.in_force()
            self._ruled_at = monotonic()
            self._ruling = Ruling(
                rules,
                Gate(rules, self._region),
                Planner(rules, self.profile_id, unions=self._unions),
                {n.name: n.kind for n in rules.namespaces.values()},
                {n.name: n.priority for n in rules.namespaces.values()},
            )
        return self._ruling

    def profile_id(self, founder: str) -> str:
        """Return the id of the profile that an identity founds."""
        return keyed_id("prf", self._secret, founder)

    @property
    def now(self) -> datetime:
        """The time facts are received."""
        return self._clock.now()
