"""One simulation: the graph is read once, what is in dispute is replayed under the other rules, the rest is united."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import anyio.to_thread

from graphcdp.graph import Graph
from graphcdp.identity.other_rules.comparison import Comparison, Move, ProfileSide
from graphcdp.identity.other_rules.survey import Survey
from graphcdp.identity.replay.evidence import Seen
from graphcdp.identity.reports.report import OpenReport, ReportProfile, ReportRow
from graphcdp.identity.rules.files import RuleSet

PROFILES_PER_PAGE = 2_000
IDENTITIES_PER_BATCH = 4_000
_READING, _PLAYING, _WRITING = 0.55, 0.9, 1.0  # shares of the whole at which each stage ends


class _Segment(NamedTuple):
    """A segment of which some members split or merge."""

    id: str
    name: str
    profiles: int


class Assignment(NamedTuple):
    """Who people would be under other rules.

    Attributes:
        others: identities that would be somebody else's, by key: the id of that profile.
        profiles_before, profiles_after: as they are, and as they would be.
        events_not_followed: events that the rules would hang on another identity, and so on another person.
    """

    others: Mapping[str, str]
    profiles_before: int
    profiles_after: int
    events_not_followed: int


class _Quiet:
    """Takes the place of a report where none is kept."""

    async def note(self, stage: str, share: float, *, at_once: bool = False) -> None:
        """Note nothing."""


class _HungFact(NamedTuple):
    """A fact, and the number of the identity it hangs on now."""

    bearer: int
    seen: Seen
    is_event: bool


class Simulation:
    """One run of a rule set over the graph; its numbers and rows go into a report."""

    def __init__(
        self,
        graph: Graph,
        report: OpenReport | None,
        rules: RuleSet,
        in_force: RuleSet,
        profile_id: Callable[[str], str],
    ) -> None:
        """Take what it works with.

        Args:
            graph: to be read.
            report: takes progress, numbers and rows; None: `assign` only.
            rules: the rule set tried.
            in_force: the rule set in force.
            profile_id: gives the id of the profile that an identity founds.
        """
        self._graph = graph
        self._kept = report
        self._report: OpenReport | _Quiet = report or _Quiet()
        self._rules = rules
        self._profile_id = profile_id
        self._survey = Survey(rules)
        self._things: list[str] = []
        if {rules.policy, in_force.policy} & {"session", "nobody"}:  # whose an anonymous event is, may change
            spaces = (*rules.namespaces.values(), *in_force.namespaces.values())
            self._things = sorted({one.name for one in spaces if one.kind != "person"})
        self._facts_read = 0
        self._replayed = 0
        self._hub_facts: dict[int, list[_HungFact]] = {}
        self._moves: list[tuple[array[int], array[int]]] = []

    async def run(self) -> None:
        """Do it, and end the report.

        Raises:
            CancelledByUserError: somebody asked the report to stop.
        """
        began = perf_counter()
        await self._report.note("Reading identities and links", 0.0, at_once=True)
        await self._read()
        await anyio.to_thread.run_sync(self._survey.find_regions)
        await self._decide()
        await self._report.note("Comparing profiles", _PLAYING, at_once=True)
        comparison = await anyio.to_thread.run_sync(Comparison, self._survey)
        counts = comparison.counts
        moved = await anyio.to_thread.run_sync(self._events_moved)
        segments = await self._segments(counts.concerned)
        total = counts.splits + counts.merges

        async def note(stored: int) -> None:
            await self._report.note("Writing the report", _PLAYING + (_WRITING - _PLAYING) * stored / max(total, 1))

        assert self._kept is not None  # noqa: S101  a report is kept by whoever calls `run`
        await self._kept.add_rows(self._rows(comparison.moves()), note)
        await self._kept.finish(
            "done",
            identities=len(self._survey),
            facts_read=self._facts_read,
            regions_replayed=self._replayed,
            profiles_before=counts.before,
            profiles_after=counts.after,
            splits=counts.splits,
            merges=counts.merges,
            events_moved=moved,
            segment_ids=[one.id for one in segments],
            segment_names=[one.name for one in segments],
            segment_profiles=[one.profiles for one in segments],
            largest_before_ids=[self._profile_id(founder) for founder, _ in counts.largest_before],
            largest_before_sizes=[size for _, size in counts.largest_before],
            largest_after_ids=[self._profile_id(founder) for founder, _ in counts.largest_after],
            largest_after_sizes=[size for _, size in counts.largest_after],
            seconds=round(perf_counter() - began, 3),
        )

    async def assign(self) -> Assignment:
        """Say who people would be; nothing is kept."""
        await self._read()
        await anyio.to_thread.run_sync(self._survey.find_regions)
        await self._decide()
        return await anyio.to_thread.run_sync(self._assignment)

    def _assignment(self) -> Assignment:
        survey = self._survey
        held = [mine for mine, place in enumerate(survey.profile_of) if place != -1]
        others = {
            survey.keys[mine]: self._profile_id(survey.keys[survey.founder_of[mine]])
            for mine in held
            if survey.changed(mine)
        }
        not_followed = sum(
            survey.founder_of[before] != survey.founder_of[after]
            for hung, to in self._moves
            for before, after in zip(hung, to, strict=True)
        )
        return Assignment(
            others,
            len({survey.profile_of[mine] for mine in held}),
            len({survey.founder_of[mine] for mine in held}),
            not_followed,
        )

    async def _read(self) -> None:
        """Stream all profiles; the next page is on its way while one is taken in."""
        total = (await self._graph.read_rows("identity.survey_size"))[0][0] or 1
        survey, read = self._survey, 0
        coming = asyncio.create_task(self._page(""))
        try:
            while True:
                last_id, profiles = await coming
                if last_id is None:
                    return
                coming = asyncio.create_task(self._page(last_id))
                for founder, identities in profiles:
                    survey.add_profile(founder, identities)
                read += len(profiles)
                await self._report.note("Reading identities and links", _READING * min(1.0, read / total))
        finally:
            coming.cancel()

    async def _page(self, after_id: str) -> list[Any]:
        rows = await self._graph.read_rows("identity.survey", after_id=after_id, page_size=PROFILES_PER_PAGE)
        return rows[0]

    async def _decide(self) -> None:
        """Unite the regions in which nothing is in dispute, and replay the others, some thousand identities at once."""
        disputed = await anyio.to_thread.run_sync(self._unite)
        total, done = sum(map(len, disputed)) or 1, 0
        batch: list[list[int]] = []
        size = 0
        for at, members in enumerate(disputed):
            batch.append(members)
            size += len(members)
            if size >= IDENTITIES_PER_BATCH or at == len(disputed) - 1:
                facts = await self._evidence(batch)
                await anyio.to_thread.run_sync(self._play, batch, facts)
                done += size
                batch, size = [], 0
                share = _READING + (_PLAYING - _READING) * done / total
                await self._report.note("Replaying what is in dispute", share)

    def _unite(self) -> list[list[int]]:
        disputed = []
        for members in self._survey.regions():
            if self._survey.in_dispute(members):
                disputed.append(members)
            else:
                self._survey.unite(members)
        return disputed

    async def _evidence(self, regions: Sequence[Sequence[int]]) -> list[list[_HungFact]]:
        """Return the facts of each region."""
        survey = self._survey
        place = {mine: at for at, members in enumerate(regions) for mine in members}
        hubs = survey.hubs_near(place) - self._hub_facts.keys()
        found: list[list[_HungFact]] = [[] for _ in regions]
        keys = [survey.keys[mine] for mine in place]
        for fact in await self._facts(keys):
            at = place.get(fact.bearer)
            if at is not None:
                found[at].append(fact)
        for fact in await self._facts([survey.keys[hub] for hub in hubs]):
            self._hub_facts.setdefault(fact.bearer, []).append(fact)
        for hub in hubs:
            self._hub_facts.setdefault(hub, [])
        for at, members in enumerate(regions):
            own = {survey.keys[mine] for mine in members}
            for hub in survey.hubs_near(members):
                found[at] += (fact for fact in self._hub_facts[hub] if not own.isdisjoint(fact.seen.keys))
        return found

    async def _facts(self, keys: Sequence[str]) -> list[_HungFact]:
        if not keys:
            return []
        rows = await self._graph.read_rows("identity.survey_evidence", keys=list(keys), things=self._things)
        number = self._survey.number
        found = [
            _HungFact(bearer, Seen(ts, fact_id, tuple(carried)), is_event)
            for bearer_key, facts in rows
            if (bearer := number(bearer_key)) is not None
            for fact_id, ts, carried, is_event in facts
        ]
        self._facts_read += len(found)
        return found

    def _play(self, regions: Sequence[Sequence[int]], facts: Sequence[Sequence[_HungFact]]) -> None:
        survey = self._survey
        for members, hung in zip(regions, facts, strict=True):
            once = {fact.seen.id: fact for fact in hung}
            bearers = survey.play(members, [fact.seen for fact in once.values()])
            held, to = array("q"), array("q")
            for fact in once.values():
                if fact.is_event:
                    after = survey.number(bearers.get(fact.seen.id, ""))
                    held.append(fact.bearer)
                    to.append(fact.bearer if after is None else after)
            self._moves.append((held, to))
            self._replayed += 1

    def _events_moved(self) -> int:
        """Count events whose profile changes: each goes with the identity it hangs on, unless a replay hung it anew."""
        survey = self._survey
        moved = sum(count for mine, count in enumerate(survey.events) if count and survey.changed(mine))
        for held, to in self._moves:
            for before, after in zip(held, to, strict=True):
                profile = survey.profile_of[before]
                if profile == -1:
                    continue
                moves = survey.founder_keys[profile] != survey.keys[survey.founder_of[after]]
                moved += int(moves) - int(survey.changed(before))
        return moved

    async def _segments(self, founders: frozenset[str]) -> list[_Segment]:
        found: dict[str, _Segment] = {}
        ordered = sorted(founders)
        for at in range(0, len(ordered), IDENTITIES_PER_BATCH):
            for row in await self._graph.read(
                "identity.survey_segments", founders=ordered[at : at + IDENTITIES_PER_BATCH]
            ):
                held = found.get(row["segment_id"])
                count = row["members"] + (held.profiles if held else 0)
                found[row["segment_id"]] = _Segment(row["segment_id"], row["name"] or row["segment_id"], count)
        return sorted(found.values(), key=lambda one: (-one.profiles, one.id))

    def _rows(self, moves: Iterator[Move]) -> Iterator[ReportRow]:
        for number, move in enumerate(moves, start=1):
            yield ReportRow(number, move.kind, tuple(map(self._told, move.before)), tuple(map(self._told, move.after)))

    def _told(self, side: ProfileSide) -> ReportProfile:
        return ReportProfile(self._profile_id(side.founder), side.keys)
