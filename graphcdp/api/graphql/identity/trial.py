"""Rules tried on a history typed by hand, apart from the graph; or on one person of the graph, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import anyio.to_thread
import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.identity.identities import LinkState
from graphcdp.api.graphql.identity.questions import ByIdentity, ByProfile, HistoryEntry, person_of
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base import ConfigurationError, InvalidInputError
from graphcdp.identity import RegionTrial as RegionModel
from graphcdp.identity import RuleSet, Trial, parse_rules, try_rules
from graphcdp.identity.questions.history import page_of
from graphcdp.identity.trial import trial as models
from graphcdp.identity.trial.cases import case_text
from graphcdp.identity.trial.decided import parse_decisions

MOST_LINES = 10_000
MOST_PAIRS = 100_000
MOST_OWNERS = 100_000


@strawberry.type(description="A profile that the rules make of the history.")
class TriedProfile:
    founder: str = strawberry.field(description="The identity that names it, `namespace|value`.")
    identities: list[str] = strawberry.field(description="All of its identities, strongest first.")
    events: list[str] = strawberry.field(description="Ids of the events that are its own in the end.")


@strawberry.type(description="A link that the history shows, in any state.")
class TriedLink:
    a: str = strawberry.field(description="The smaller key.")
    b: str = strawberry.field(description="The larger key.")
    state: LinkState = strawberry.field(description="Whether it is in force.")
    because: str | None = strawberry.field(description="Why it is not in force, such as `unique:crm_id`.")
    by_event: str | None = strawberry.field(description="Id of the event that decided it.")
    first_seen: datetime | None = strawberry.field(description="When the two were first seen together.")
    last_seen: datetime | None = strawberry.field(description="When the two were last seen together.")
    seen: int = strawberry.field(description="How many events showed the two together.")
    sentence: str = strawberry.field(description="The same in plain English.")

    @classmethod
    def of(cls, link: models.TriedLink) -> Self:
        """Turn a model into its type."""
        return cls(
            a=link.a,
            b=link.b,
            state=LinkState(link.state),
            because=link.because,
            by_event=link.by_event,
            first_seen=link.first_seen,
            last_seen=link.last_seen,
            seen=link.count,
            sentence=link.sentence(),
        )


@strawberry.type(description="A line that is no event, or an identity or a repetition that does not count.")
class TriedNote:
    line: int = strawberry.field(description="Counted from 1.")
    id: str = strawberry.field(description="The event's id; the line number where it has none of its own.")
    code: str = strawberry.field(description="Stable, such as `bad_time` or `unique_conflict`.")
    reason: str = strawberry.field(description="A sentence: what was wrong and what to do.")


@strawberry.type(description="Who owns one thing.")
class TriedOwner:
    thing: str = strawberry.field(description="The key of an identity, or the id of an event.")
    owner: str = strawberry.field(description="The founder of the profile that holds it.")


@strawberry.type(description="Who owns what after one event.")
class TriedStep:
    id: str = strawberry.field(description="Id of the event.")
    t: datetime = strawberry.field(description="When it happened.")
    identities: list[TriedOwner] = strawberry.field(description="Every identity seen so far.")
    events: list[TriedOwner] = strawberry.field(description="Every event so far.")

    @classmethod
    def of(cls, step: models.Step) -> Self:
        """Turn a model into its type."""
        return cls(id=step.id, t=step.t, identities=_owners(step.identities), events=_owners(step.events))


@strawberry.type(description="What a rule set makes of a history.")
class IdentityTrial:
    policy: str = strawberry.field(description="Of the rules.")
    rules_version: str = strawberry.field(description="Of the rules: equal rules have equal versions.")
    profiles: list[TriedProfile] = strawberry.field(description="Who is who in the end.")
    links: list[TriedLink] = strawberry.field(description="Every link, by keys.")
    rejected: list[TriedNote] = strawberry.field(description="Lines that are no event.")
    left_out: list[TriedNote] = strawberry.field(description="Identities and repetitions that do not count.")
    hubs: list[str] = strawberry.field(description="Identities seen with too many others; they make no link.")
    trial: strawberry.Private[Trial]
    lines: strawberry.Private[list[str]]
    decided: strawberry.Private[Mapping[str, Any]]

    @classmethod
    def of(cls, trial: Trial, lines: list[str], decided: Mapping[str, Any]) -> Self:
        """Turn a model into its type."""
        owners = {} if trial.owners is None else trial.owners.identities
        events: dict[str, list[str]] = {}
        for event, owner in ({} if trial.owners is None else trial.owners.events).items():
            events.setdefault(owner, []).append(event)
        return cls(
            policy=trial.rules.policy,
            rules_version=trial.rules.version,
            profiles=[
                TriedProfile(founder=founder, identities=list(profile), events=events.get(founder, []))
                for profile in trial.profiles
                for founder in [owners[profile[0]]]
            ],
            links=[TriedLink.of(link) for link in trial.links],
            rejected=[TriedNote(**each._asdict()) for each in trial.rejected],
            left_out=[TriedNote(**each._asdict()) for each in trial.left_out],
            hubs=list(trial.hubs),
            trial=trial,
            lines=lines,
            decided=decided,
        )

    @strawberry.field(
        description="Rules, history and answer as a test case, the text of a YAML file that `graphcdp identity check` "
        "runs."
    )
    def case(self, title: Annotated[str, strawberry.argument(description="What to call it.")]) -> str:
        return case_text(title, self.trial, self.lines, self.decided)

    @strawberry.field(description="Who owned what after each event, in order of replay.")
    async def after(
        self,
        first: First = 100,
        event: Annotated[str | None, strawberry.argument(description="Begin behind the event with this id.")] = None,
    ) -> list[TriedStep]:
        facts = self.trial.facts
        start = 0
        if event is not None:
            start = next((place for place, fact in enumerate(facts, start=1) if fact.id == event), -1)
            if start < 0:
                raise InvalidInputError("There is no event with the id given as `event`.", field="event")
        stop = min(start + page_size(first), len(facts))
        owners = (stop - start) * (stop + sum(len(profile) for profile in self.trial.profiles))
        if owners > MOST_OWNERS:
            raise InvalidInputError(
                f"That would tell of {owners:,} owners, and {MOST_OWNERS:,} are the most; give a smaller `first`.",
                field="first",
            )
        steps = await anyio.to_thread.run_sync(self.trial.steps, start, stop)
        return [TriedStep.of(step) for step in steps]


@strawberry.type(description="What a rule set would make of everything that was ever linked to one person.")
class RegionTrial:
    policy: str = strawberry.field(description="Of the rules.")
    rules_version: str = strawberry.field(description="Of the rules: equal rules have equal versions.")
    sentence: str = strawberry.field(description="What would be otherwise, in plain English.")
    profiles: list[list[str]] = strawberry.field(
        description="Profiles that the rules would make, each by its identities, `namespace|value`, strongest first."
    )
    today: list[list[str]] = strawberry.field(description="Profiles that hold these identities now, each by key.")
    left_out: list[str] = strawberry.field(description="Identities that would count for nobody.")
    trial: strawberry.Private[RegionModel]

    @classmethod
    def of(cls, trial: RegionModel) -> Self:
        """Turn a model into its type."""
        return cls(
            policy=trial.rules.policy,
            rules_version=trial.rules.version,
            sentence=trial.sentence(),
            profiles=[list(group) for group in trial.profiles],
            today=[list(group) for group in trial.today],
            left_out=list(trial.left_out),
            trial=trial,
        )

    @strawberry.field(description="How the rules would come to that, in order.")
    async def history(self, first: First = 20, after: After = None) -> Connection[HistoryEntry]:
        page = page_of(self.trial.entries, page_size(first), after)
        return Connection.of(page, HistoryEntry.of, begun=after is not None)


TryIdentityRulesResult = Annotated[
    IdentityTrial | InvalidInput,
    strawberry.union("TryIdentityRulesResult", description="What the rules make of the history, or what is wrong."),
]

TryIdentityRulesOnResult = Annotated[
    RegionTrial | NotFound | InvalidInput,
    strawberry.union("TryIdentityRulesOnResult", description="What the rules would make of a person, or why not."),
]
Rules = Annotated[str, strawberry.argument(description="The rule set, YAML as in a rule-set file.")]


@strawberry.type(description="Rules tried.")
class TrialQuery:
    @strawberry.field(
        description="Try a rule set on a history; nobody in the graph is touched. At most 10,000 events.",
        extensions=[needs(Scope.READ)],
    )
    async def try_identity_rules(
        self,
        info: Info,
        rules: Rules,
        events: Annotated[
            list[str],
            strawberry.argument(
                description='One event each: `{"t": "2026-01-01T00:00:01Z", "identities": [["crm_id", "ana"]]}`, or '
                "`CRM_ID: ana, ECID: e1`, a minute apart, or each with its time in front."
            ),
        ],
        decisions: Annotated[
            str | None,
            strawberry.argument(
                description="What people decided, YAML: `cut`, `pin`, `rekey` list pairs of identities, `quarantine` "
                "and `release` identities, each `namespace|value`."
            ),
        ] = None,
    ) -> TryIdentityRulesResult:
        if len(events) > MOST_LINES:
            raise InvalidInputError(
                f"There are {len(events):,} events, and {MOST_LINES:,} are the most; try fewer.", field="events"
            )
        region = info.context.platform.settings.default_region

        def work() -> IdentityTrial:
            chosen = _rules(rules)
            try:
                decided = parse_decisions(chosen, decisions or "", region=region)
            except ConfigurationError as error:
                raise InvalidInputError(error.message, field="decisions") from None
            trial = try_rules(
                chosen,
                events,
                decisions=decided.decisions,
                released=decided.released,
                steps=False,
                default_region=region,
                most_pairs=MOST_PAIRS,
            )
            return IdentityTrial.of(trial, events, decided.said)

        return await anyio.to_thread.run_sync(work)

    @strawberry.field(
        description="Try a rule set on everything that was ever linked to one person; nobody in the graph is touched. "
        "Give `identity` or `profile`.",
        extensions=[needs(Scope.READ)],
    )
    async def try_identity_rules_on(
        self, info: Info, rules: Rules, identity: ByIdentity = None, profile: ByProfile = None
    ) -> TryIdentityRulesOnResult:
        person = await person_of(info.context, identity, profile)
        return RegionTrial.of(await info.context.platform.identity.try_rules(person, _rules(rules)))


def _rules(text: str) -> RuleSet:
    """Read a rule set.

    Raises:
        InvalidInputError: it is wrong.
    """
    try:
        return parse_rules(text)
    except ConfigurationError as error:
        raise InvalidInputError(error.message, field="rules") from None


def _owners(owners: Mapping[str, str]) -> list[TriedOwner]:
    return [TriedOwner(thing=thing, owner=owner) for thing, owner in owners.items()]
