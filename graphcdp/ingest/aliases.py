"""What an alias call does after it is stored: one person under two names is declared, or linked, to be one."""

from __future__ import annotations

from collections.abc import Sequence

from graphcdp.base import ConflictError, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity import Author, RuleBook, Undo
from graphcdp.ingest.check import refuse
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact, IdentityKey


class Aliases:
    """Looks at stored facts that name a former identity of their person.

    A former value of a unique person namespace that was seen before, such as a customer id that changed, is declared
    one with the new value (`Undo.rekey`). Everything else, such as the anonymous id of before the login, is linked on
    the ordinary path, by a record that carries both. A call that comes again does nothing again, also where somebody
    has taken the rekey back since.
    """

    def __init__(self, graph: Graph, rule_book: RuleBook, pipeline: Pipeline, undo: Undo) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            rule_book: the identity rules in force.
            pipeline: takes the linking records.
            undo: declares two values one.
        """
        self._graph = graph
        self._rule_book = rule_book
        self._pipeline = pipeline
        self._undo = undo

    async def look_at(self, facts: Sequence[Fact]) -> None:
        """Do what aliases among stored facts ask for, in event time.

        A rekey that is refused is kept among the rejected, with the reason; the event stays.

        Raises:
            GraphUnavailableError: some may not be done; sending the facts again does the rest.
        """
        for fact in sorted((one for one in facts if one.former), key=lambda one: (one.ts, one.id)):
            await self._look_at(fact)

    async def _look_at(self, fact: Fact) -> None:
        rules = await self._rule_book.in_force()
        named = [key for one in fact.identities if isinstance(key := await self._pipeline.key(*one), IdentityKey)]
        for old in fact.former:
            former = await self._pipeline.key(*old)
            if former in named:
                return
            if not isinstance(former, IdentityKey):
                continue
            namespace = rules.get(former.namespace)
            same = next((key for key in named if key.namespace == former.namespace), None)
            if namespace is None or namespace.kind != "person" or same is None:
                if named:
                    await self._link(fact, (named[0], former))
                return
            if await self._graph.read("identity.known", keys=[str(former)]):
                if namespace.max_values == 1:
                    await self._rekey(fact, former, same)
                else:
                    await self._link(fact, (same, former))
                return

    async def _rekey(self, fact: Fact, old: IdentityKey, new: IdentityKey) -> None:
        who = f"alias:{fact.id}"
        if await self._graph.read("identity.decided_by", key=str(new), who=who):
            return
        try:
            await self._undo.rekey(old, new, Author(who))
        except (ConflictError, InvalidInputError) as error:
            note = refuse(fact, "alias_refused", "previousId", f"{error.message} The event was taken.")
            await self._pipeline.ingest([], [note])

    async def _link(self, fact: Fact, identities: tuple[IdentityKey, IdentityKey]) -> None:
        link = Fact(
            id=f"{fact.id}:previous"[:512],
            ts=fact.ts,
            source=fact.source,
            dataset=fact.dataset,
            identities=identities,
            payload=fact.payload,
            row=fact.row,
        )
        await self._pipeline.ingest([link])
