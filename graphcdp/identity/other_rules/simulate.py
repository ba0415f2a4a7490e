"""What if the identity rules were different? Another rule set on the real graph; nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from graphcdp.base import Clock, logger
from graphcdp.graph import Graph
from graphcdp.identity.other_rules.simulation import Assignment, Simulation
from graphcdp.identity.reports.long_runs import LongRuns
from graphcdp.identity.reports.report import (
    OpenReport,
    ReportHead,
    ReportRow,
    Reports,
    Watch,
)
from graphcdp.identity.rules.files import RuleSet
from graphcdp.identity.rules.rulebook import RuleBook

KIND = "identity_simulation"
MAX_RUNNING, FRESH_SECONDS = 2, 60.0
_log = logger(__name__)


class SegmentEffect(NamedTuple):
    """A segment of which some members split or merge."""

    id: str
    name: str
    profiles: int


class LargeProfile(NamedTuple):
    """One of the largest profiles: its id and how many identities it has."""

    id: str
    identities: int


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """What another rule set would do. Numbers are None until they are known.

    Attributes:
        head: id, state, progress.
        rules: the rule set tried, as YAML.
        rules_version: its version.
        in_force_version: of the rule set in force then.
        identities, facts_read: how many were looked at; facts only where something is in dispute.
        regions_replayed: how many regions needed their evidence.
        profiles_before, profiles_after: as they are, and as they would be.
        splits: profiles that would become several.
        merges: profiles that would be made of several.
        events_moved: events that would be another profile's.
        segments: whose members split or merge.
        largest_before, largest_after: the ten largest profiles, largest first.
        seconds: how long it took.
    """

    head: ReportHead
    rules: str
    rules_version: str
    in_force_version: str
    identities: int | None
    facts_read: int | None
    regions_replayed: int | None
    profiles_before: int | None
    profiles_after: int | None
    splits: int | None
    merges: int | None
    events_moved: int | None
    segments: tuple[SegmentEffect, ...]
    largest_before: tuple[LargeProfile, ...]
    largest_after: tuple[LargeProfile, ...]
    seconds: float | None

    @classmethod
    def of(cls, head: ReportHead, stored: Mapping[str, Any]) -> SimulationReport:
        """Read a report's properties."""
        numbers = {name: stored.get(name) for name in _NUMBERS}
        return cls(
            head,
            stored["rules"],
            stored["rules_version"],
            stored["in_force_version"],
            **numbers,
            segments=tuple(
                SegmentEffect(*one)
                for one in zip(
                    stored.get("segment_ids") or (),
                    stored.get("segment_names") or (),
                    stored.get("segment_profiles") or (),
                    strict=True,
                )
            ),
            largest_before=_large(stored, "before"),
            largest_after=_large(stored, "after"),
            seconds=stored.get("seconds"),
        )


_NUMBERS = (
    "identities", "facts_read", "regions_replayed", "profiles_before", "profiles_after", "splits", "merges",
    "events_moved",
)  # fmt: skip


class Simulations:
    """Tries rule sets on the graph, and keeps what came out as reports. Other processes' simulations are seen too."""

    def __init__(self, graph: Graph, clock: Clock, rule_book: RuleBook, profile_id: Callable[[str], str]) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: says when reports begin and end.
            rule_book: the rule set in force.
            profile_id: gives the id of the profile that an identity founds (`Pipeline.profile_id`).
        """
        self._graph = graph
        self._rule_book = rule_book
        self._reports = Reports(graph, clock)
        self._runs = LongRuns(self._reports, MAX_RUNNING)
        self._profile_id = profile_id
        self._assigned: tuple[str, float, Assignment] | None = None

    async def simulate(self, rules: RuleSet, watch: Watch | None = None) -> SimulationReport:
        """Try a rule set to the end; cancelling the task ends it, and its report says so.

        Args:
            rules: the rule set.
            watch: is told how far it has come, several times a second.

        Raises:
            GraphUnavailableError: the server does not answer.
        """
        report, in_force = await self._begin(rules, watch)
        await self._runs.here(report, self._simulation(report, rules, in_force).run)
        return await self.get(report.id)

    async def start(self, rules: RuleSet, *, wait_seconds: float = 0.0) -> SimulationReport:
        """Begin to try a rule set and return, running or done; `get` says how far it has come.

        Args:
            rules: the rule set.
            wait_seconds: how long to wait for its end.

        Raises:
            InvalidInputError: this process runs `MAX_RUNNING` simulations already.
        """
        self._runs.require_room("simulations run")
        report, in_force = await self._begin(rules, None)
        await self._runs.behind(report, self._simulation(report, rules, in_force).run, wait_seconds)
        return await self.get(report.id)

    async def assign(self, rules: RuleSet) -> Assignment:
        """Say who people would be under other rules; at most a minute old, and nothing is kept.

        Args:
            rules: the rule set.
        """
        kept = self._assigned
        if kept is not None and kept[0] == rules.version and monotonic() - kept[1] < FRESH_SECONDS:
            return kept[2]
        in_force = await self._rule_book.in_force()
        found = await Simulation(self._graph, None, rules, in_force, self._profile_id).assign()
        self._assigned = (rules.version, monotonic(), found)
        return found

    async def get(self, id: str) -> SimulationReport:
        """Return a simulation as it stands.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        return SimulationReport.of(*await self._reports.get(id, KIND))

    async def list_newest(self, page_size: int = 20) -> tuple[SimulationReport, ...]:
        """Return the newest simulations."""
        return tuple(SimulationReport.of(*one) for one in await self._reports.newest(KIND, page_size))

    async def rows(
        self, id: str, first: int = 100, after: int = 0, kind: str | None = None
    ) -> tuple[tuple[ReportRow, ...], bool]:
        """Return a page of the splits and merges of a simulation, largest first, and whether more follow.

        Args:
            id: of the simulation.
            first: how many at most.
            after: the number of the row that the page begins after.
            kind: `split` or `merge` only.
        """
        return await self._reports.rows(id, first, after, kind)

    async def cancel(self, id: str) -> SimulationReport:
        """Stop a simulation, whoever runs it; one that has ended stays as it is.

        Raises:
            ReportNotFoundError: there is none with this id.
        """
        await self.get(id)
        await self._runs.cancel(id)
        return await self.get(id)

    async def close(self) -> None:
        """Stop what this process runs."""
        await self._runs.close()

    async def _begin(self, rules: RuleSet, watch: Watch | None) -> tuple[OpenReport, RuleSet]:
        in_force = await self._rule_book.in_force()
        report = await self._reports.begin(
            KIND, watch,
            rules=rules.to_yaml(), rules_version=rules.version, in_force_version=in_force.version,
        )  # fmt: skip
        return report, in_force

    def _simulation(self, report: OpenReport, rules: RuleSet, in_force: RuleSet) -> Simulation:
        return Simulation(self._graph, report, rules, in_force, self._profile_id)


def _large(stored: Mapping[str, Any], when: str) -> tuple[LargeProfile, ...]:
    ids, sizes = stored.get(f"largest_{when}_ids") or (), stored.get(f"largest_{when}_sizes") or ()
    return tuple(LargeProfile(*one) for one in zip(ids, sizes, strict=True))
