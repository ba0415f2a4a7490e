"""Computed attributes: declared, listed, removed, filled over what is there, and looked at again when time runs out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from graphcdp.base import Clock, ConflictError, NotFoundError, logger
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Pipeline, Seed
from graphcdp.ingest.wake import Touched, without_facts
from graphcdp.profile.pages import pages
from graphcdp.segments.asked import asking_for
from graphcdp.segments.computed.declaration import MOST, ComputedAttributeError, Declaration, kept, read_declarations
from graphcdp.segments.computed.keep import Pair, refresh, strip, wake
from graphcdp.segments.due import look_through

AT_ONCE = 500
_log = logger(__name__)
Watch = Callable[[int], None]
"""Is told how many profiles have been gone through."""
Guard = Callable[[Mapping[str, str]], Awaitable[None]]
"""Is asked before declarations are kept, with the tree of each (JSON) by name; may refuse them."""


class ComputedAttributeNotFoundError(NotFoundError):
    """There is no such computed attribute."""

    code = "computed_attribute_not_found"


@dataclass(frozen=True, slots=True)
class ComputedAttribute:
    """A declaration as it stands in the graph.

    Attributes:
        declaration: what it says.
        state: `filling` until the profiles that were there before it have been gone through, then `current`.
        declared_at, declared_by: when, by whom.
    """

    declaration: Declaration
    state: str
    declared_at: datetime
    declared_by: str | None


class ComputedAttributes:
    """The computed attributes of one graph. Values follow events in the transaction that takes the events in.

    Attributes:
        guards: are asked before declarations are kept.
    """

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline) -> None:
        """Take what it works with; from now on the pipeline keeps computed attributes in step.

        Args:
            graph: migrated.
            clock: says which events count by now.
            pipeline: whose wakes it joins, as the first.
        """
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self.guards: list[Guard] = []
        pipeline.wakes.insert(0, wake)

    async def set_up(self, seed: Seed) -> None:
        """Declare what a seed's `attributes.yaml` says."""
        file = seed.folder / "attributes.yaml"
        if file.is_file():
            wanted = read_declarations(file.read_text(encoding="utf-8"), str(file))
            there = {one.declaration.name: one.declaration for one in await self.all()}
            if any(there.get(one.name) != one for one in wanted):
                await self.declare(wanted, author=f"seed:{seed.name}")

    async def all(self) -> tuple[ComputedAttribute, ...]:
        """Return what is declared, by name."""
        return tuple(
            ComputedAttribute(kept(row), row["state"], row["declared_at"], row["declared_by"])
            for row in await self._graph.read("computed.declared")
        )

    async def get(self, name: str) -> ComputedAttribute:
        """Return one.

        Raises:
            ComputedAttributeNotFoundError: there is none of that name.
        """
        declared = await self.all()
        for one in declared:
            if one.declaration.name == name:
                return one
        names = ", ".join(one.declaration.name for one in declared) or "none"
        raise ComputedAttributeNotFoundError(f"There is no computed attribute {name}; there is {names}.", name=name)

    async def declare(
        self, declarations: Sequence[Declaration], *, author: str | None = None, watch: Watch | None = None
    ) -> tuple[ComputedAttribute, ...]:
        """Keep declarations, and compute them for everybody who is there, page by page, while events flow.

        Declaring the same again changes nothing and goes on with what was interrupted. Until a profile has been gone
        through it shows the value of the declaration before.

        Args:
            declarations: checked.
            author: who declares.
            watch: is told how far it has come.

        Returns:
            The attributes, in the order given.

        Raises:
            ComputedAttributeError: there would be more than 100.
            ConflictError: a guard refuses them, such as a policy.
        """
        there = {one.declaration.name for one in await self.all()}
        if len(there | {one.name for one in declarations}) > MOST:
            raise ComputedAttributeError(
                f"There would be more than {MOST} computed attributes; remove some with `graphcdp attribute remove`."
            )
        for guard in self.guards:
            await guard({one.name: one.tree for one in declarations})
        for one in declarations:
            await self._graph.write(
                "computed.declare",
                id=one.name,
                expression=one.expression,
                tree=one.tree,
                at_least=one.at_least,
                title=one.title,
                version=one.version,
                at=self._clock.now(),
                author=author,
            )
        await self.fill(watch)
        return tuple([await self.get(one.name) for one in declarations])

    async def fill(self, watch: Watch | None = None) -> int:
        """Go through the profiles that declarations have not been computed for yet; return how many there were."""
        done = 0
        rows = await self._graph.read("computed.declared")
        filling = {row["id"]: kept(row).version for row in rows if row["state"] == "filling"}
        if not filling:
            return 0
        after = min(row["filled_to"] or "" for row in rows if row["id"] in filling)

        async def reached(state: str) -> None:
            for name, version in filling.items():
                await self._graph.write("computed.filled", id=name, version=version, filled_to=after, state=state)
            if watch is not None:
                watch(done)

        async for page in pages(self._graph, AT_ONCE, after):

            async def work(tx: Transaction, page: list[str] = page) -> None:
                await self._anew(tx, [(id, name) for id in page for name in filling])

            await self._graph.transact(work)
            after, done = page[-1], done + len(page)
            await reached("filling")
        await reached("current")
        _log.info("computed.filled", attributes=len(filling), profiles=done)
        return done

    async def remove(self, name: str) -> None:
        """Forget an attribute and its values.

        Raises:
            ComputedAttributeNotFoundError: there is none of that name.
            ConflictError: a segment or an offer asks for it.
        """
        found = await self.get(name)
        if users := await asking_for(self._graph, name):
            raise ConflictError(f"{name} is asked for by {', '.join(users)}; change them first.", name=name)
        await self._graph.write("computed.remove", id=name, at=self._clock.now())
        async for page in pages(self._graph, AT_ONCE):

            async def work(tx: Transaction, ids: list[str] = page) -> None:
                async with self._open(tx, ids) as touched:
                    rows = await tx.rows("computed.forget", ids=ids, name=name)
                    gone = [
                        [id, strip(computed, name), {found.declaration.property_name: None}] for id, computed in rows
                    ]
                    if gone:
                        await tx.consume("computed.write", rows=gone)
                    for id, _, _ in gone:
                        touched.changed(id, [name])
                    await self._tell(tx, touched)

            await self._graph.transact(work)

    async def tick(self, now: datetime | None = None, most: int = AT_ONCE) -> int:
        """Look again at what may have changed by time alone; return how many values that were.

        Args:
            now: the instant; None is the clock's.
            most: so many in one transaction.
        """
        return await look_through(self._graph, "computed.due_now", self._anew, lambda: now or self._clock.now(), most)

    async def _anew(self, tx: Transaction, pairs: Sequence[Pair], now: datetime | None = None) -> None:
        async with self._open(tx, [id for id, _ in pairs], now) as touched:
            await refresh(tx, touched, pairs)
            await self._tell(tx, touched)

    def _open(
        self, tx: Transaction, ids: Sequence[str], now: datetime | None = None
    ) -> AbstractAsyncContextManager[Touched]:
        """Take the lock of ingestion, so that nobody else changes these people meanwhile."""
        at = self._clock.now()
        return without_facts(tx, self._pipeline.writer, ids, now or at, at)

    async def _tell(self, tx: Transaction, touched: Touched) -> None:
        """Let the wakes that follow know."""
        if touched.fields:
            own: Callable[[Transaction, Touched], Awaitable[None]] = wake
            for each in self._pipeline.wakes:
                if each is not own:
                    await each(tx, touched)
