"""Segments as they stand in the graph: defined, changed, filled over what is there, kept up by events and by time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from graphcdp.base import Clock, InvalidInputError, NotFoundError, logger
from graphcdp.governance import wake as keep_agreed
from graphcdp.graph import Graph, Row, Transaction
from graphcdp.ingest import Pipeline
from graphcdp.ingest.wake import Changes, without_facts
from graphcdp.segments.due import look_through
from graphcdp.segments.estimate import Estimate, Taker, estimate
from graphcdp.segments.evaluation.gather import gather
from graphcdp.segments.evaluation.needs import Needs, needs
from graphcdp.segments.evaluation.why import Explainer, Reason
from graphcdp.segments.membership import Keeper, Moved, Pair
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.difference import Difference, differences, text_difference
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.parse import parse
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.rule.tree import Json, from_json, to_json
from graphcdp.segments.rule.walk import circle, segments_in, unfold
from graphcdp.segments.segment import (
    STATES,
    Membership,
    Segment,
    SegmentConflictError,
    SegmentNotFoundError,
    State,
    Version,
)
from graphcdp.segments.study import Step, Study, study
from graphcdp.segments.vocabulary.check import refuse
from graphcdp.segments.vocabulary.language import Language

Guard = Callable[[str, str], Awaitable[None]]
AT_ONCE = 500
MOST = 1_000
_GOES_TO: dict[str, tuple[State, ...]] = {
    "draft": ("active", "archived"),
    "active": ("paused", "archived"),
    "paused": ("active", "archived"),
    "archived": ("draft",),
}
_USUAL = (
    "viewed product where category != profile.category and price > 1 in last 7 days and abandoned cart",
    "sum(revenue of purchased in last 30 days) > 100 and (has identity email or not profile.city = 'London')",
)
"""Rules with what rules usually have, by which the server is made ready to plan others."""
MOST_WARMED = 5
_log = logger(__name__)
Watch = Callable[[int], None]
"""Is told how many profiles have been gone through."""


class Segments:
    """The segments of one graph. Memberships follow events in the transaction that takes the events in.

    Attributes:
        takers: says which destinations there are, for estimates; None: none.
        guards: are asked before a rule is kept, with the segment's id and the rule's tree (JSON); each may refuse.
    """

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline, language: Language) -> None:
        """Take what it works with; from now on the pipeline keeps memberships in step.

        Args:
            graph: migrated.
            clock: says what `in last 7 days` means.
            pipeline: whose wakes it joins, after computed attributes.
            language: says whether a rule fits the graph.
        """
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline
        self._language = language
        self._keeper = Keeper()
        self.guards: list[Guard] = []
        self.takers: Callable[[], Awaitable[Sequence[Taker]]] | None = None
        pipeline.wakes += [keep_agreed, self._keeper.wake]

    @property
    def moved(self) -> list[Moved]:
        """Who is told of memberships in the transaction that changes them."""
        return self._keeper.moved

    # -- reading

    async def all(self) -> tuple[Segment, ...]:
        """Return the segments by id."""
        return tuple(Segment.of(row) for row in await self._graph.read("segment.all"))

    async def get(self, id: str) -> Segment:
        """Return one.

        Raises:
            SegmentNotFoundError: there is none of that id.
        """
        for one in await self.all():
            if one.id == id:
                return one
        raise SegmentNotFoundError(f"There is no segment {id}; `graphcdp segment list` shows what there is.", id=id)

    async def versions(self, id: str) -> tuple[Version, ...]:
        """Return the versions of a rule, newest first.

        Raises:
            SegmentNotFoundError: there is no such segment.
        """
        rows = await self._graph.read("segment.versions", segment=id)
        if not rows:
            await self.get(id)
        return tuple(
            Version(row["version"], row["rule"], from_json(row["tree"]), row["at"], row["author"]) for row in rows
        )

    async def difference(
        self, id: str, before: int | None = None, after: int | None = None
    ) -> tuple[tuple[Difference, ...], str]:
        """Return what differs between two versions of a rule, part by part and as a unified diff.

        Args:
            id: of the segment.
            before, after: versions; the last two where nothing is said.

        Raises:
            SegmentNotFoundError: there is no such segment or version.
        """
        found = {one.version: one for one in await self.versions(id)}
        newest = max(found)
        old, new = before or max(newest - 1, 1), after or newest
        for wanted in (old, new):
            if wanted not in found:
                raise SegmentNotFoundError(f"Segment {id} has versions 1 to {newest}, not {wanted}.", id=id)
        one, other = found[old].condition, found[new].condition
        return differences(one, other), text_difference(one, other)

    async def members(
        self, id: str, first: int = 100, before: tuple[datetime, str] | None = None
    ) -> tuple[Membership, ...]:
        """Return members of a segment, who entered last first.

        Args:
            id: of the segment.
            first: how many at most.
            before: (entered, profile id) of the last one of the page before.
        """
        segment = await self.get(id)
        at, profile_id = before or (None, None)
        rows = await self._graph.read(
            "segment.members", segment=id, page_size=first, before_at=at, before_id=profile_id
        )
        return tuple(
            Membership(row["profile_id"], id, segment.name, row["entered"], row["because"], row["by_event"])
            for row in rows
        )

    async def members_as_of(
        self, id: str, at: datetime, first: int = 100, after: str | None = None
    ) -> tuple[tuple[str, datetime, datetime | None], ...]:
        """Return who was a member at an instant, by profile id: (id of then, entered, exited)."""
        await self.get(id)
        rows = await self._graph.read_rows("segment.members_as_of", segment=id, at=at, page_size=first, after_id=after)
        return tuple((profile_id, entered, exited) for profile_id, entered, exited in rows)

    async def of(self, profile_ids: Sequence[str]) -> dict[str, tuple[Membership, ...]]:
        """Return the memberships of some people, present and former ones, the newest first; none: left out."""
        found: dict[str, list[Membership]] = {}
        for row in await self._graph.read("segment.of_profiles", ids=list(profile_ids)):
            found.setdefault(row["profile_id"], []).append(Membership(**row))
        return {id: tuple(memberships) for id, memberships in found.items()}

    async def rule_of(self, condition: ast.Condition) -> ast.Condition:
        """Return a rule that stands by itself: names and segments that it asks for are in their places."""
        return unfold(expand(condition), _written_out(await self.all()))

    async def why(self, id: str, profile_id: str) -> Reason:
        """Say why a person is in a segment, or is not: its rule part by part, as it is now.

        Args:
            id: of the segment.
            profile_id: the person.

        Raises:
            SegmentNotFoundError: there is no such segment.
            NotFoundError: there is no such person now.
        """
        there = {one.id: one for one in await self.all()}
        segment = there.get(id) or await self.get(id)
        trees = _written_out(there.values())
        alone = {one: unfold(tree, trees) for one, tree in trees.items()}
        now = self._clock.now()
        wanted = needs(alone[id])
        wanted |= Needs(properties=frozenset({"product", "category", "size"})) if wanted.events else wanted
        people = await self._graph.transact(lambda tx: gather(tx, [profile_id], wanted, now))
        if profile_id not in people:
            raise NotFoundError(f"There is no profile {profile_id} now; ask for it by one of its identities.")
        return Explainer(people[profile_id], now, alone).explain(segment.condition)

    async def study(
        self,
        id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        days: int = 30,
        step: Step = "day",
        event: str = "purchase",
    ) -> Study:
        """Study a segment over time: size, entries, exits, conversion and spend, against everyone else.

        Args:
            id: of the segment.
            since, until: the period; until now if nothing is said.
            days: without `since`: so many whole days (UTC), that of `until` the last one.
            step: `day` or `week`.
            event: the type that counts as conversion.

        Raises:
            SegmentNotFoundError: there is no such segment.
            InvalidInputError: the period is empty or too long.
        """
        await self.get(id)
        end = until or self._clock.now()
        last = (end.astimezone(UTC) - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = since or last - timedelta(days=days - 1)
        return await study(self._graph, id, since=begin, until=end, step=step, event=event)

    async def estimate(self, rule: str | None = None, tree: Json | None = None) -> Estimate:
        """Say how many people a rule would find, whom else they overlap with, and how they can be reached.

        Raises:
            RuleError: the rule cannot be read, or does not fit the graph.
        """
        wanted = await self.rule_of(await self._checked(rule, tree))
        return await self._estimate(wanted)

    async def warm(self) -> None:
        """Let the server plan what checks and estimates ask, before somebody waits for it; nothing is written."""
        await self._language.fields()
        there = await self.all()
        for rule in (*(parse(one) for one in _USUAL), *(one.condition for one in there[:MOST_WARMED])):
            await self._estimate(unfold(expand(rule), _written_out(there)))

    async def _estimate(self, rule: ast.Condition) -> Estimate:
        return await estimate(self._graph, self._clock, rule, await self.takers() if self.takers else ())

    async def _checked(self, rule: str | None, tree: Json | None) -> ast.Condition:
        checked = await self._language.check(rule, tree)
        refuse(checked.problems)
        assert checked.condition is not None  # noqa: S101  refused else
        return checked.condition

    # -- changing

    async def define(
        self, id: str, rule: str | None = None, tree: Json | None = None, *, name: str | None = None,
        author: str | None = None,
    ) -> Segment:  # fmt: skip
        """Define a segment, or give it another rule: its earlier versions and memberships stay.

        A new one is a draft; one that is active goes on with the new rule at once, and everybody is gone through.

        Args:
            id: a short name.
            rule, tree: the rule, as text or as a tree.
            name: for people; its id where nothing was ever said.
            author: who defines it.

        Raises:
            RuleError: the rule cannot be read, or does not fit the graph.
            SegmentConflictError: it would ask for itself; it is archived; there are too many.
            ConflictError: a guard refuses it, such as a policy.
        """
        check_id(id)
        condition = await self._checked(rule, tree)
        there = {one.id: one for one in await self.all()}
        before = there.get(id)
        if before is None and len(there) >= MOST:
            raise SegmentConflictError(f"There are {MOST:,} segments, the most there may be. Archive some.", id=id)
        if before is not None and before.state == "archived":
            raise SegmentConflictError(f"Segment {id} is archived. Make it a draft first, or take another id.", id=id)
        uses = segments_in(condition)
        way = circle(id, {**{one.id: one.uses for one in there.values()}, id: uses})
        if way:
            raise SegmentConflictError(f"A segment may not ask for itself: {' → '.join(way)}.", id=id)
        unfold(expand(condition), {**_written_out(there.values()), id: ast.Everyone()})
        same = before is not None and before.condition == condition
        version = before.version + (not same) if before is not None else 1
        kept = orjson.dumps(to_json(condition)).decode()
        for guard in self.guards:
            await guard(id, kept)

        async def work(tx: Transaction) -> None:
            changes = await self._begin(tx)
            await tx.consume(
                "segments.save", id=id, name=name or (before.name if before else id), rule=to_text(condition),
                tree=kept, version=version, uses=list(uses),
                at=self._clock.now(), author=author,
            )  # fmt: skip
            if not same:
                changes("segment_defined", id, None, [str(before.version)] if before else [], [str(version)])
                await tx.consume("segments.fill", ids=_affected(id, there))
            await changes.write(tx, self._clock.now())

        await self._graph.transact(work)
        if not same:
            await self.fill()
        return await self.get(id)

    async def change_state(self, id: str, state: str, *, author: str | None = None) -> Segment:
        """Activate, pause, archive a segment, or make an archived one a draft again.

        Raises:
            SegmentNotFoundError: there is none of that id.
            SegmentConflictError: it does not go from its state to that one, or something uses it.
            InvalidInputError: no such state.
        """
        if state not in STATES:
            raise InvalidInputError(f"There is no state {state}; there is {', '.join(STATES)}.", state=state)
        segment = await self.get(id)
        if segment.state == state:
            return segment
        if state not in _GOES_TO[segment.state]:
            goes = " or ".join(_GOES_TO[segment.state])
            raise SegmentConflictError(f"Segment {id} is {segment.state}; from there it becomes {goes}.", id=id)
        if state == "archived" and segment.used_by:
            raise SegmentConflictError(
                f"Segment {id} is used by {', '.join(segment.used_by)}. Change or archive that first.", id=id
            )
        now = self._clock.now()

        async def work(tx: Transaction) -> None:
            changes = await self._begin(tx)
            await tx.consume("segments.state", id=id, state=state, at=now)
            changes("segment_state", id, None, [segment.state], [state], because=author)
            if state == "active":
                await tx.consume("segments.fill", ids=[id])
            await changes.write(tx, now)

        await self._graph.transact(work)
        if state == "active":
            await self.fill()
        else:
            while (await self._graph.write("segments.due_forget", id=id))[0]["forgotten"]:
                pass
        if state == "archived":
            await self._end(id)
        return await self.get(id)

    async def _end(self, id: str) -> None:
        while True:
            now = self._clock.now()

            async def work(tx: Transaction, now: datetime = now) -> int:
                await tx.rows("ingest.lock", known_at=now)
                changes = Changes(self._pipeline.writer)
                ids = (await tx.rows("segments.end_all", id=id, at=now, because="archived"))[0][0]
                for profile_id in ids:
                    changes("segment_exited", profile_id, None, [id], [], because="archived")
                await self._keeper.tell(tx, [(profile_id, id, "exited", None) for profile_id in ids], now)
                await changes.write(tx, now)
                return len(ids)

            if not await self._graph.transact(work):
                return

    async def _begin(self, tx: Transaction) -> Changes:
        """Take the lock of ingestion and tell every process that segments changed."""
        await tx.consume("segments.bump", at=self._clock.now())
        return Changes(self._pipeline.writer)

    # -- keeping up

    async def households_changed(self) -> int:
        """Ask everybody anew about active segments that look at other people of the household."""
        there = await self.all()
        trees = _written_out(there)
        home = [one.id for one in there if one.state == "active" and needs(unfold(trees[one.id], trees)).household]
        if not home:
            return 0
        await self._graph.write("segments.fill", ids=home)
        return await self.fill()

    async def fill(self, watch: Watch | None = None) -> int:
        """Go through the people whom new rules have not been asked about yet; return how many that were.

        Page by page, each with the lock of ingestion, while events flow: whom an event touches meanwhile is decided by
        the event. It goes on where it was interrupted.
        """
        done = 0
        while True:
            rows = await self._graph.read("segments.filling")
            live = [row for row in rows if row["state"] == "active"]
            idle = [[row["id"], row["version"], None] for row in rows if row["state"] != "active"]
            if idle:
                await self._graph.write("segments.filled", rows=idle)
            if not live:
                return done
            after = min(row["filled_to"] or "" for row in live)
            chosen = [row for row in live if (row["filled_to"] or "") == after]
            page = [row["id"] for row in await self._graph.read("computed.page", after=after, most=AT_ONCE)]
            last = page[-1] if page else None

            async def work(tx: Transaction, page: list[str] = page, chosen: list[Row] = chosen,
                           last: str | None = last) -> None:  # fmt: skip
                pairs = [(id, row["id"]) for id in page for row in chosen]
                await self._look_again(tx, pairs, "rule", self._clock.now())
                await tx.consume("segments.filled", rows=[[row["id"], row["version"], last] for row in chosen])

            await self._graph.transact(work)
            done += len(page)
            if watch is not None:
                watch(done)

    async def tick(self, now: datetime | None = None, most: int = AT_ONCE) -> int:
        """Look again at memberships that may have changed by time alone; return how many that were.

        Args:
            now: the instant; None is the clock's.
            most: so many in one transaction.
        """

        async def anew(tx: Transaction, pairs: list[Pair], instant: datetime) -> None:
            await self._look_again(tx, pairs, "clock", instant)

        return await look_through(self._graph, "segments.due_now", anew, lambda: now or self._clock.now(), most)

    async def look_again(self, pairs: Sequence[Pair], because: str) -> None:
        """Decide some memberships anew, in one transaction.

        Args:
            pairs: profile and segment; those of segments that are not active are passed over.
            because: what changed.
        """
        await self._graph.transact(lambda tx: self._look_again(tx, pairs, because, self._clock.now()))

    async def _look_again(self, tx: Transaction, pairs: Sequence[Pair], because: str, now: datetime) -> None:
        people = {id for id, _ in pairs}
        async with without_facts(tx, self._pipeline.writer, people, now, self._clock.now()) as touched:
            await self._keeper.look_again(tx, touched, pairs, because)


def _written_out(segments: Iterable[Segment]) -> dict[str, ast.Condition]:
    """Return the rules by segment, with what named conditions stand for in their places."""
    return {one.id: expand(one.condition) for one in segments}


def _affected(id: str, there: dict[str, Segment]) -> list[str]:
    """Return a segment and all that ask for it, directly or not."""
    found, todo = {id}, [id]
    while todo:
        used = todo.pop()
        for one in there.values():
            if used in one.uses and one.id not in found:
                found.add(one.id)
                todo.append(one.id)
    return sorted(found)


def check_id(id: str) -> None:
    """Refuse what cannot be a segment's id.

    Raises:
        RuleError: it cannot be one.
    """
    try:
        ast.Member(segment=id)
    except ValueError:
        raise RuleError(
            f"`{id[:64]}` cannot be a segment's id: small letters, digits, `_` and `-`, a letter first, at most 64."
        ) from None
