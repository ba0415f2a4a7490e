"""Identity rules: their versions, what others would do, applying them and taking that back."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Self

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Error, InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base import InvalidInputError
from graphcdp.base.paging import Page, read_score_cursor, score_cursor
from graphcdp.identity import ApplyReport, ReportHead, ReportProfile, ReportRow, RuleSet, RuleVersion, SimulationReport
from graphcdp.identity import RuleDifference as DifferenceModel
from graphcdp.identity import RuleProblem as ProblemModel
from graphcdp.identity.other_rules.simulate import LargeProfile as LargeModel

MOST_WAIT_SECONDS = 30


@strawberry.enum(description="Whether a problem keeps rules from being put in force.")
class ProblemSeverity(Enum):
    ERROR = strawberry.enum_value("error", description="It does.")
    WARNING = strawberry.enum_value("warning", description="It does not, but is probably not what is meant.")


@strawberry.enum(description="How far a long piece of work is.")
class RunState(Enum):
    RUNNING = strawberry.enum_value("running", description="It goes on.")
    DONE = strawberry.enum_value("done", description="It came to its end.")
    FAILED = strawberry.enum_value("failed", description="It ended with an error.")
    CANCELLED = strawberry.enum_value("cancelled", description="Somebody stopped it.")
    ABANDONED = strawberry.enum_value("abandoned", description="The process that did it is gone.")


@strawberry.enum(description="What would happen to profiles.")
class MoveKind(Enum):
    SPLIT = strawberry.enum_value("split", description="One becomes several.")
    MERGE = strawberry.enum_value("merge", description="Several become one.")


@strawberry.type(description="Something wrong or doubtful about a rule set.")
class RuleProblem:
    severity: ProblemSeverity = strawberry.field(description="Whether it forbids the rules.")
    place: str = strawberry.field(description="Where, such as `namespaces.2.pattern`; empty: the whole text.")
    message: str = strawberry.field(description="A sentence that says what to do.")

    @classmethod
    def of(cls, problem: ProblemModel) -> Self:
        """Turn a model into its type."""
        return cls(severity=ProblemSeverity(problem.severity), place=problem.place, message=problem.message)


@strawberry.type(description="A rule set that is wrong, with everything that is.")
class WrongRules(Error):
    problems: list[RuleProblem] = strawberry.field(description="Errors first, then what is doubtful.")


@strawberry.type(description="One setting in which two rule sets differ.")
class RuleDifference:
    setting: str = strawberry.field(description="Such as `policy` or `email.max_values`.")
    before: str | None = strawberry.field(description="As it is; null where it is not there.")
    after: str | None = strawberry.field(description="As it would be; null where it is not there.")

    @classmethod
    def of(cls, difference: DifferenceModel) -> Self:
        """Turn a model into its type."""
        return cls(setting=difference.setting, before=difference.before, after=difference.after)


@strawberry.type(description="A time in which rules were in force.")
class RulesTerm:
    began: datetime = strawberry.field(description="When they were put in force.")
    ended: datetime | None = strawberry.field(description="When others took their place; null while they decide.")


@strawberry.type(description="One version of the identity rules.")
class IdentityRules:
    version: str = strawberry.field(description="Its id, a hash of the content: equal rules have equal versions.")
    number: int = strawberry.field(description="Counted from 1.")
    name: str | None = strawberry.field(description="What somebody called it.")
    active: bool = strawberry.field(description="Whether it decides now.")
    policy: str = strawberry.field(description="`last_login`, `first_owner`, `nobody` or `session`.")
    rules: str = strawberry.field(description="The rule set as YAML, as in a rule-set file.")
    terms: list[RulesTerm] = strawberry.field(description="When it was in force, in order.")

    @classmethod
    def of(cls, version: RuleVersion) -> Self:
        """Turn a model into its type."""
        return cls(
            version=version.id,
            number=version.number,
            name=version.name,
            active=version.active,
            policy=version.rules.policy,
            rules=version.rules.to_yaml(),
            terms=[RulesTerm(began=term.began, ended=term.ended) for term in version.terms],
        )


@strawberry.type(description="What is to be said of a rule set before it is put in force.")
class RulesCheck:
    version: str | None = strawberry.field(description="The version it would be; null where it is wrong.")
    problems: list[RuleProblem] = strawberry.field(description="Errors first, then what is doubtful.")
    differences: list[RuleDifference] = strawberry.field(description="From the rules in force; none where it is wrong.")


@strawberry.type(description="A profile in a simulation, as it is or as it would be.")
class SimulatedProfile:
    profile_id: str = strawberry.field(description="The profile's own id.")
    identities: list[str] = strawberry.field(description="All its identities, `namespace|value`, its founder first.")

    @classmethod
    def of(cls, profile: ReportProfile) -> Self:
        """Turn a model into its type."""
        return cls(profile_id=profile.id, identities=list(profile.keys))


@strawberry.type(description="A split or a merge.")
class SimulatedMove:
    kind: MoveKind = strawberry.field(description="Which.")
    before: list[SimulatedProfile] = strawberry.field(description="Profiles as they are.")
    after: list[SimulatedProfile] = strawberry.field(description="Profiles as they would be.")

    @classmethod
    def of(cls, row: ReportRow) -> Self:
        """Turn a model into its type."""
        return cls(
            kind=MoveKind(row.kind),
            before=[SimulatedProfile.of(one) for one in row.before],
            after=[SimulatedProfile.of(one) for one in row.after],
        )


@strawberry.type(description="A segment of which members split or merge.")
class SegmentEffect:
    segment_id: str = strawberry.field(description="The segment's own id.")
    name: str = strawberry.field(description="Its name.")
    profiles: int = strawberry.field(description="How many of its members split or merge.")


@strawberry.type(description="One of the largest profiles.")
class LargeProfile:
    profile_id: str = strawberry.field(description="The profile's own id.")
    identities: int = strawberry.field(description="How many identities it has.")

    @classmethod
    def of(cls, profile: LargeModel) -> Self:
        """Turn a model into its type."""
        return cls(profile_id=profile.id, identities=profile.identities)


@strawberry.interface(description="A long piece of work: ask again by its id until it is done.")
class LongRun:
    id: strawberry.ID = strawberry.field(description="Of its report, also in Neo4j Browser.")
    state: RunState = strawberry.field(description="How far it is.")
    progress: float = strawberry.field(description="From 0 to 1.")
    stage: str | None = strawberry.field(description="What it does now; null when it has ended.")
    error: str | None = strawberry.field(description="Why it failed, a sentence.")
    created_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


@strawberry.type(description="What another rule set would do; numbers are null until it is done.")
class IdentitySimulation(LongRun):
    rules: str = strawberry.field(description="The rule set tried, as YAML.")
    rules_version: str = strawberry.field(description="Its version.")
    in_force_version: str = strawberry.field(description="Of the rules in force when it began.")
    profiles_before: int | None = strawberry.field(description="Profiles as they are.")
    profiles_after: int | None = strawberry.field(description="Profiles as they would be.")
    splits: int | None = strawberry.field(description="Profiles that would become several.")
    merges: int | None = strawberry.field(description="Profiles that would be made of several.")
    events_moved: int | None = strawberry.field(description="Events that would be another profile's.")
    segments: list[SegmentEffect] = strawberry.field(description="Segments with members that split or merge.")
    largest_before: list[LargeProfile] = strawberry.field(description="The ten largest profiles as they are.")
    largest_after: list[LargeProfile] = strawberry.field(description="The ten largest as they would be.")
    identities: int | None = strawberry.field(description="Identities looked at.")
    facts_read: int | None = strawberry.field(description="Facts read, of regions in which something is in dispute.")
    regions_replayed: int | None = strawberry.field(description="Such regions.")
    seconds: float | None = strawberry.field(description="How long it took.")

    @classmethod
    def of(cls, report: SimulationReport) -> Self:
        """Turn a model into its type."""
        return cls(
            **run_head(report.head),
            rules=report.rules,
            rules_version=report.rules_version,
            in_force_version=report.in_force_version,
            profiles_before=report.profiles_before,
            profiles_after=report.profiles_after,
            splits=report.splits,
            merges=report.merges,
            events_moved=report.events_moved,
            segments=[
                SegmentEffect(segment_id=one.id, name=one.name, profiles=one.profiles) for one in report.segments
            ],
            largest_before=[
                LargeProfile(profile_id=one.id, identities=one.identities) for one in report.largest_before
            ],
            largest_after=[LargeProfile(profile_id=one.id, identities=one.identities) for one in report.largest_after],
            identities=report.identities,
            facts_read=report.facts_read,
            regions_replayed=report.regions_replayed,
            seconds=report.seconds,
        )

    @strawberry.field(description="Every split and merge, those of the largest profiles first.")
    async def moves(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        kind: Annotated[MoveKind | None, strawberry.argument(description="Only these.")] = None,
    ) -> Connection[SimulatedMove]:
        begin, _ = read_score_cursor(after)
        rows, more = await info.context.platform.simulations.rows(
            str(self.id), page_size(first), int(begin or 0), None if kind is None else str(kind.value)
        )
        page = Page(tuple((row, score_cursor(row.number, str(self.id))) for row in rows), more)
        return Connection.of(page, SimulatedMove.of, begun=after is not None)


@strawberry.type(description="How rules are, or were, applied to everybody.")
class IdentityApplication(LongRun):
    rules_version: str = strawberry.field(description="Of the rules.")
    before_version: str | None = strawberry.field(description="Of the rules that were in force before.")
    profiles: int = strawberry.field(description="Profiles looked at so far.")
    regions: int = strawberry.field(description="Regions decided anew so far.")
    profiles_changed: int = strawberry.field(description="Profiles that got identities of others so far.")
    seconds: float | None = strawberry.field(description="How long it took.")

    @classmethod
    def of(cls, report: ApplyReport) -> Self:
        """Turn a model into its type."""
        return cls(
            **run_head(report.head),
            rules_version=report.rules_version,
            before_version=report.before_version,
            profiles=report.profiles,
            regions=report.regions,
            profiles_changed=report.profiles_changed,
            seconds=report.seconds,
        )


@strawberry.input(description="Rules to be applied: a text, or a version that was in force before. Give one.")
class ApplyIdentityRulesInput:
    rules: str | None = strawberry.field(default=None, description="The rule set, YAML as in a rule-set file.")
    version: str | None = strawberry.field(default=None, description="The id or number of a version.")
    name: str | None = strawberry.field(default=None, description="What to call the version.")
    wait_seconds: int = strawberry.field(default=10, description="How long to wait for the end: 0 to 30.")


IdentityRulesResult = Annotated[
    IdentityRules | NotFound, strawberry.union("IdentityRulesResult", description="A version of the rules, or none.")
]
SimulateIdentityRulesResult = Annotated[
    IdentitySimulation | WrongRules | InvalidInput,
    strawberry.union("SimulateIdentityRulesResult", description="A simulation, running or done, or what is wrong."),
]
IdentitySimulationResult = Annotated[
    IdentitySimulation | NotFound,
    strawberry.union("IdentitySimulationResult", description="A simulation, or why there is none."),
]
ApplyIdentityRulesResult = Annotated[
    IdentityApplication | WrongRules | NotFound | InvalidInput,
    strawberry.union("ApplyIdentityRulesResult", description="An application of rules, or what is wrong."),
]
IdentityApplicationResult = Annotated[
    IdentityApplication | NotFound,
    strawberry.union("IdentityApplicationResult", description="An application of rules, or why there is none."),
]
RulesText = Annotated[str, strawberry.argument(description="The rule set, YAML as in a rule-set file.")]
ReportId = Annotated[strawberry.ID, strawberry.argument(description="Its `id`.")]
WaitSeconds = Annotated[int, strawberry.argument(description="How long to wait for the end: 0 to 30.")]


@strawberry.type(description="Questions about identity rules.")
class RulesQuery:
    @strawberry.field(description="A version of the identity rules.", extensions=[needs(Scope.READ)])
    async def identity_rules(
        self,
        info: Info,
        version: Annotated[
            str | None, strawberry.argument(description="Its id or number; absent: the one in force.")
        ] = None,
    ) -> IdentityRulesResult:
        book = info.context.platform.rules
        return IdentityRules.of(await book.get_version(version or (await book.in_force()).version))

    @strawberry.field(
        description="The versions of the identity rules that were ever in force, newest first.",
        extensions=[needs(Scope.READ)],
    )
    async def identity_rule_versions(self, info: Info) -> list[IdentityRules]:
        book = info.context.platform.rules
        await book.in_force()
        return [IdentityRules.of(one) for one in await book.list_versions()]

    @strawberry.field(
        description="Everything that is wrong or doubtful about a rule set; nothing is changed.",
        extensions=[needs(Scope.READ)],
    )
    async def check_identity_rules(self, info: Info, rules: RulesText) -> RulesCheck:
        book = info.context.platform.rules
        reading = await book.check(rules)
        differences = () if reading.rules is None else (await book.in_force()).differences(reading.rules)
        return RulesCheck(
            version=None if reading.rules is None else reading.rules.version,
            problems=[RuleProblem.of(one) for one in reading.problems],
            differences=[RuleDifference.of(one) for one in differences],
        )

    @strawberry.field(
        description="What a rule set would do to everybody; nothing but the report is written. A long one goes on: ask "
        "`identitySimulation` for it.",
        extensions=[needs(Scope.READ)],
    )
    async def simulate_identity_rules(
        self, info: Info, rules: RulesText, wait_seconds: WaitSeconds = 10
    ) -> SimulateIdentityRulesResult:
        wait = seconds_to_wait(wait_seconds)
        read = await _read(info, rules)
        if isinstance(read, WrongRules):
            return read
        return IdentitySimulation.of(await info.context.platform.simulations.start(read, wait_seconds=wait))

    @strawberry.field(description="A simulation as it stands.", extensions=[needs(Scope.READ)])
    async def identity_simulation(self, info: Info, id: ReportId) -> IdentitySimulationResult:
        return IdentitySimulation.of(await info.context.platform.simulations.get(str(id)))

    @strawberry.field(description="The newest simulations, 20 at most.", extensions=[needs(Scope.READ)])
    async def identity_simulations(self, info: Info) -> list[IdentitySimulation]:
        return [IdentitySimulation.of(one) for one in await info.context.platform.simulations.list_newest()]

    @strawberry.field(description="An application of rules as it stands.", extensions=[needs(Scope.READ)])
    async def identity_application(self, info: Info, id: ReportId) -> IdentityApplicationResult:
        return IdentityApplication.of(await info.context.platform.applying.get(str(id)))


@strawberry.type(description="Changes of identity rules.")
class RulesMutation:
    @strawberry.mutation(
        description="Put a rule set in force, and decide everybody by it while events flow. A long one goes on: ask "
        "`identityApplication` for it.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def apply_identity_rules(
        self, info: Info, input: Annotated[ApplyIdentityRulesInput, strawberry.argument(description="The rules.")]
    ) -> ApplyIdentityRulesResult:
        if (input.rules is None) == (input.version is None):
            raise InvalidInputError("Give either `rules` or `version`.", field="rules")
        wait = seconds_to_wait(input.wait_seconds)
        platform = info.context.platform
        if input.rules is not None:
            read = await _read(info, input.rules)
            if isinstance(read, WrongRules):
                return read
        else:
            read = (await platform.rules.get_version(input.version or "")).rules
        return IdentityApplication.of(await platform.applying.start(read, wait_seconds=wait, name=input.name))

    @strawberry.mutation(
        description="Put the rules in force again that were before the present ones, and decide everybody by them.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def rollback_identity_rules(self, info: Info, wait_seconds: WaitSeconds = 10) -> ApplyIdentityRulesResult:
        wait = seconds_to_wait(wait_seconds)
        platform = info.context.platform
        earlier = await platform.rules.earlier()
        return IdentityApplication.of(await platform.applying.start(earlier.rules, wait_seconds=wait))

    @strawberry.mutation(
        description="Stop an application of rules between two regions; the rules stay in force, and applying them "
        "again goes on.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def cancel_identity_application(self, info: Info, id: ReportId) -> IdentityApplicationResult:
        return IdentityApplication.of(await info.context.platform.applying.cancel(str(id)))

    @strawberry.mutation(description="Stop a simulation.", extensions=[needs(Scope.READ)])
    async def cancel_identity_simulation(self, info: Info, id: ReportId) -> IdentitySimulationResult:
        return IdentitySimulation.of(await info.context.platform.simulations.cancel(str(id)))


async def _read(info: Info, text: str) -> RuleSet | WrongRules:
    reading = await info.context.platform.rules.check(text)
    if reading.rules is not None:
        return reading.rules
    errors = [one for one in reading.problems if one.severity == "error"]
    told = "1 thing is wrong" if len(errors) == 1 else f"{len(errors)} things are wrong"
    first = f"{errors[0].place}: {errors[0].message}" if errors[0].place else errors[0].message
    return WrongRules(
        code="wrong_rules",
        message=f"{told} about the rules. {first}",
        problems=[RuleProblem.of(one) for one in reading.problems],
    )


def seconds_to_wait(seconds: int) -> float:
    """Return how long to wait.

    Raises:
        InvalidInputError: it is longer than may be.
    """
    if not 0 <= seconds <= MOST_WAIT_SECONDS:
        raise InvalidInputError(
            f"`waitSeconds` is {seconds}; give 0 to {MOST_WAIT_SECONDS}, and ask again by the id.", field="waitSeconds"
        )
    return float(seconds)


def run_head(head: ReportHead) -> dict[str, Any]:
    """Return the fields of `LongRun`."""
    return {
        "id": strawberry.ID(head.id),
        "state": RunState(head.state),
        "progress": head.progress,
        "stage": head.stage,
        "error": head.error,
        "created_at": head.created_at,
        "finished_at": head.finished_at,
    }
