"""Other identity rules for everybody: in force at once for new events, then region by region for what is there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from graphcdp.base import Clock, InvalidInputError
from graphcdp.base.ids import random_id
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.other_rules.standing import Standing
from graphcdp.identity.reports.long_runs import LongRuns
from graphcdp.identity.reports.report import OpenReport, ReportHead, Reports, Watch
from graphcdp.identity.resolution.attributes import Regrouped, attributes_anew
from graphcdp.identity.resolution.resolve import resolve
from graphcdp.identity.rules.files import RuleSet
from graphcdp.identity.rules.rulebook import RuleBook

KIND = "identity_apply"
PROFILES_PER_PAGE, FEWEST_PER_PAGE, MOST_PER_PAGE = 200, 20, 2_000
SECONDS_PER_BATCH = 1.0
NEIGHBOURS_AT_ONCE = 500
_ROUNDS = 5


class SupersededError(InvalidInputError):
    """Another rule set was put in force while one was being applied."""

    code = "rules_superseded"


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """How a rule set is, or was, applied.

    Attributes:
        head: id, state, progress.
        rules_version: the rule set.
        before_version: the one in force before; the same where an application was gone on with.
        profiles: how many were looked at.
        regions: how many were decided anew by a replay.
        profiles_changed: how many got identities of others.
        seconds: how long it took.
    """

    head: ReportHead
    rules_version: str
    before_version: str | None
    profiles: int
    regions: int
    profiles_changed: int
    seconds: float | None

    @classmethod
    def of(cls, head: ReportHead, stored: Mapping[str, Any]) -> ApplyReport:
        """Read a report's properties."""
        return cls(
            head,
            stored["rules_version"],
            stored.get("before_version"),
            stored.get("profiles") or 0,
            stored.get("regions") or 0,
            stored.get("profiles_changed") or 0,
            stored.get("seconds"),
        )


class Applying:
    """Puts rule sets in force over data. What a crash or a cancel leaves is gone on with by applying them again.

    A profile says which version decided it. Events go on being taken in, under the new rules; where one touches a
    profile of the old rules, that one's region is decided anew with it.
    """

    def __init__(self, graph: Graph, clock: Clock, rule_book: RuleBook) -> None:
        self.regrouped: Regrouped | None = None
        self._graph = graph
        self._clock = clock
        self._rule_book = rule_book
        self._reports = Reports(graph, clock)
        self._runs = LongRuns(self._reports, 1)

    async def apply(self, rules: RuleSet, watch: Watch | None = None, *, name: str | None = None) -> ApplyReport:
        """Put a rule set in force and decide everybody by it; returns when that is done.

        Args:
            rules: the rule set; the one in force goes on where an application was interrupted.
            watch: is told how far it has come.
            name: what to call the version.

        Raises:
            SupersededError: another rule set was put in force meanwhile.
            GraphUnavailableError: the server does not answer.
        """
        report = await self._begin(rules, watch, name)
        await self._runs.here(report, _Application(self, report, rules).run)
        return await self.get(report.id)

    async def start(self, rules: RuleSet, *, wait_seconds: float = 0.0, name: str | None = None) -> ApplyReport:
        """Put a rule set in force and begin to decide everybody by it; `get` says how far it has come.

        Args:
            rules: the rule set.
            wait_seconds: how long to wait for the end.
            name: what to call the version.

        Raises:
            InvalidInputError: this process applies rules already.
        """
        self._runs.require_room("application of rules runs")
        report = await self._begin(rules, None, name)
        await self._runs.behind(report, _Application(self, report, rules).run, wait_seconds)
        return await self.get(report.id)

    async def rollback(self, watch: Watch | None = None) -> ApplyReport:
        """Apply the rule set that was in force before the present one: everybody is as before, with what came since.

        Raises:
            RuleSetNotFoundError: no other was ever in force.
        """
        return await self.apply((await self._rule_book.earlier()).rules, watch)

    async def get(self, id: str) -> ApplyReport:
        """Return an application as it stands.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        return ApplyReport.of(*await self._reports.get(id, KIND))

    async def list_newest(self, page_size: int = 20) -> tuple[ApplyReport, ...]:
        """Return the newest applications."""
        return tuple(ApplyReport.of(*one) for one in await self._reports.newest(KIND, page_size))

    async def cancel(self, id: str) -> ApplyReport:
        """Stop an application. Its rules stay in force; who is not decided by them yet is when next seen.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        await self.get(id)
        await self._runs.cancel(id)
        return await self.get(id)

    async def undecided(self) -> int:
        """Say how many profiles still stand as other rules than those in force decided them."""
        version = (await self._rule_book.in_force()).version
        undecided: int = (await self._graph.read_rows("identity.apply_left", version=version))[0][0]
        return undecided

    async def close(self) -> None:
        """Stop what this process runs."""
        await self._runs.close()

    async def _begin(self, rules: RuleSet, watch: Watch | None, name: str | None) -> OpenReport:
        before = await self._rule_book.put_in_force(rules, name=name)
        return await self._reports.begin(KIND, watch, rules_version=rules.version, before_version=before)


class _Application:
    """One run."""

    def __init__(self, parent: Applying, report: OpenReport, rules: RuleSet) -> None:
        self._graph = parent._graph
        self._regrouped = parent.regrouped
        self._clock = parent._clock
        self._rule_book = parent._rule_book
        self._report = report
        self._rules = rules
        self._kinds = {one.name: one.kind for one in rules.namespaces.values()}
        self._writer = random_id("w")
        self._seq = itertools.count(1)
        self._share = 0.0
        self._looked = 0
        self._regions = 0
        self._changed = 0

    async def run(self) -> None:
        """Do it, and end the report.

        Raises:
            SupersededError: another rule set was put in force meanwhile.
            CancelledByUserError: somebody asked the report to stop.
        """
        began = perf_counter()
        await self._note(0.0, at_once=True)
        versions = await self._rule_book.list_versions()
        ended = [(term.ended, one.id) for one in versions for term in one.terms if term.ended is not None]
        before = max(ended)[1] if ended else self._rules.version
        standing = Standing(self._rules, {one.id: one.rules for one in versions}, before)
        await self._graph.write("identity.apply_free", max_links=self._rules.max_links)
        for _ in range(_ROUNDS):
            undecided, total = await self._left()
            if not undecided:
                break
            await self._over_all(standing, total)
        await self._report.finish("done", None, **self._counts(), seconds=round(perf_counter() - began, 3))

    async def _over_all(self, standing: Standing, total: int) -> None:
        after, passed, page_size = "", 0, PROFILES_PER_PAGE
        while True:
            batch = _Batch(self, standing, after, page_size)
            await self._graph.transact(batch.run)
            self._looked += batch.looked
            self._regions += batch.regions
            self._changed += len(batch.changed)
            passed += batch.passed
            if batch.last_id is None:
                return
            after = batch.last_id
            page_size = min(MOST_PER_PAGE, 2 * page_size) if batch.whole else max(FEWEST_PER_PAGE, batch.looked)
            await self._note(min(1.0, passed / total))

    async def _left(self) -> tuple[int, int]:
        undecided, total = (await self._graph.read_rows("identity.apply_left", version=self._rules.version))[0]
        return undecided, total or 1

    async def _note(self, share: float, *, at_once: bool = False) -> None:
        self._share = max(self._share, share)  # who was missed is gone over once more, from the beginning
        await self._report.note("Deciding profiles anew", self._share, at_once=at_once, **self._counts())

    def _counts(self) -> dict[str, int]:
        return {"profiles": self._looked, "regions": self._regions, "profiles_changed": self._changed}


class _Batch:
    """Some profiles in one transaction; run again from the start where that had to be tried again."""

    def __init__(self, parent: _Application, standing: Standing, after: str, page_size: int) -> None:
        self._rules = parent._rules
        self._regrouped = parent._regrouped
        self._clock = parent._clock
        self._kinds = parent._kinds
        self._writer = parent._writer
        self._seq = parent._seq
        self._standing = standing
        self._after = after
        self._page_size = page_size
        self._begin()

    def _begin(self) -> None:
        self.last_id: str | None = None
        self.looked = self.passed = self.regions = 0
        self.whole = True
        self.changed: set[str] = set()
        self._decided_keys: set[str] = set()
        self._done: set[str] = set()
        self._former: dict[str, str] = {}
        self._changes: list[list[Any]] = []

    async def run(self, tx: Transaction) -> None:
        """Look at the next profiles, for about `SECONDS_PER_BATCH`.

        Raises:
            SupersededError: another rule set was put in force.
        """
        self._begin()
        began, version = perf_counter(), self._rules.version
        if (await tx.rows("ingest.lock", known_at=self._clock.now()))[0][0] != version:
            raise SupersededError(
                f"The rules {version} were not applied to the end, because others were put in force meanwhile."
            )
        known_at = self._clock.now()  # its turn has come: later than all before it
        rows = await tx.rows("identity.apply_page", after_id=self._after, version=version, page_size=self._page_size)
        last_id, self.passed, profiles = rows[0]
        standing: list[list[Any]] = []
        for profile_id, founder, decided_by, identities in profiles:
            if identities[0][0] in self._decided_keys:
                continue
            if perf_counter() - began > SECONDS_PER_BATCH and self.looked:
                self.passed, self.whole = self.passed * self.looked // len(profiles), False
                break
            self.looked += 1
            hubs = self._standing.new_hubs(identities)
            limited = None if hubs else self._standing.stays(founder, decided_by, identities)
            if limited is not None:
                standing.append([profile_id, limited])
            else:
                await self._decide(tx, identities[0][0], hubs, known_at)
            self.last_id = profile_id
        else:
            self.last_id = last_id
        if standing:
            await tx.consume("identity.apply_mark", rows=standing, version=version)
        if self._done:
            await attributes_anew(tx, self._kinds, sorted(self._done))
            if self._regrouped is not None:
                former = {old: new for old, new in self._former.items() if old not in self._done}
                await self._regrouped(tx, sorted(self._done), former, known_at)
        if self.changed:
            await tx.consume("identity.apply_note", ids=sorted(self.changed), known_at=known_at, version=version)
        if self._changes:
            await tx.consume("ingest.change_write", rows=self._changes, writer=self._writer, known_at=known_at)

    async def _decide(self, tx: Transaction, key: str, hubs: list[str], known_at: Any) -> None:
        """Replay a region; around a new hub, every region that it was in, some at once."""
        around = [[key]]
        if hubs:
            rows = await tx.rows("identity.hub_quarantine", keys=hubs, known_at=known_at)
            keys = list(dict.fromkeys([key, *hubs, *(row[0] for row in rows)]))
            around = [keys[at : at + NEIGHBOURS_AT_ONCE] for at in range(0, len(keys), NEIGHBOURS_AT_ONCE)]
        for keys in around:
            self.regions += 1
            for profile_id, _, identities, came_from, _ in await resolve(tx, keys, known_at=known_at):
                self._done.add(profile_id)
                self._decided_keys.update(identities)
                self._former.update((old, profile_id) for old in came_from)
                if came_from:
                    self.changed.add(profile_id)
                    self._changes.append(
                        [
                            next(self._seq), "profile_resolved", profile_id, None,
                            orjson.dumps(sorted(came_from)).decode(), orjson.dumps([profile_id]).decode(),
                        ]
                    )  # fmt: skip
