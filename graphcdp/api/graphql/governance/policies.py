"""Labels of data, policies, and whether they allow what is sent where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Self, cast

import strawberry

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs
from graphcdp.base import InvalidInputError
from graphcdp.governance import policy as models


@strawberry.type(description="A label of data.")
class DataLabel:
    label_id: str = strawberry.field(description="A short name, such as `C2`.")
    title: str = strawberry.field(description="What it says.")
    family: str = strawberry.field(description="`contract`, `identity`, `sensitive`, `own` or another.")
    built_in: bool = strawberry.field(description="Whether it comes with graphcdp.")
    datasets: list[str] = strawberry.field(description="Datasets that bear it.")
    fields: list[str] = strawberry.field(description="Fields that bear it.")

    @classmethod
    def of(cls, one: models.Label) -> Self:
        """Turn a model into its type."""
        return cls(
            label_id=one.id, title=one.title, family=one.family, built_in=one.built_in, datasets=list(one.datasets),
            fields=list(one.fields),
        )  # fmt: skip


@strawberry.enum(description="What consent a marketing action asks for.")
class ConsentRule(Enum):
    REQUIRED = strawberry.enum_value("required", description="A person must have agreed.")
    UNLESS_DENIED = strawberry.enum_value("unless_denied", description="A person must not have refused.")


@strawberry.type(description="What data may be used for.")
class MarketingAction:
    action_id: str = strawberry.field(description="A short name, such as `email_targeting`.")
    title: str = strawberry.field(description="For people.")
    purpose: str = strawberry.field(description="What a person agrees to, or refuses.")
    consent: ConsentRule = strawberry.field(description="What consent it asks for.")
    built_in: bool = strawberry.field(description="Whether it comes with graphcdp.")

    @classmethod
    def of(cls, one: models.MarketingAction) -> Self:
        """Turn a model into its type."""
        return cls(
            action_id=one.id, title=one.title, purpose=one.purpose, consent=ConsentRule(one.consent),
            built_in=one.built_in,
        )  # fmt: skip


@strawberry.type(description="A rule about what labelled data may be used for.")
class Policy:
    policy_id: str = strawberry.field(description="A short name.")
    title: str = strawberry.field(description="For people.")
    actions: list[str] = strawberry.field(description="The marketing actions it is about.")
    forbids: list[list[str]] = strawberry.field(
        description="Sets of labels: data with all labels of a set may not be used for the actions."
    )
    active: bool = strawberry.field(description="Whether it counts.")
    changed_at: datetime | None = strawberry.field(description="When it was last changed.")
    changed_by: str | None = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, one: models.Policy) -> Self:
        """Turn a model into its type."""
        return cls(
            policy_id=one.id, title=one.title, actions=list(one.actions),
            forbids=[sorted(each) for each in one.forbids], active=one.active, changed_at=one.changed_at,
            changed_by=one.changed_by,
        )  # fmt: skip


@strawberry.type(description="A permission to go against a policy.")
class PolicyOverride:
    override_id: str = strawberry.field(description="Its id.")
    policy: str = strawberry.field(description="Which policy.")
    activation: str | None = strawberry.field(description="For which activation.")
    offer: str | None = strawberry.field(description="For which offer; neither: for all.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(description="Why.")
    author: str = strawberry.field(description="Who permitted it.")

    @classmethod
    def of(cls, one: models.Override) -> Self:
        """Turn a model into its type."""
        return cls(
            override_id=one.id, policy=one.policy, activation=one.activation, offer=one.offer, since=one.since,
            until=one.until, reason=one.reason, author=one.author,
        )  # fmt: skip


@strawberry.type(description="A place on the way of data.")
class LineageStep:
    kind: str = strawberry.field(description="`Source`, `Dataset`, `Field`, `ComputedAttribute`, `Segment`, ….")
    id: str = strawberry.field(description="Its own id.")


@strawberry.type(description="How a label comes to where it is forbidden.")
class LabelCarrier:
    label: str = strawberry.field(description="Which label.")
    field: str = strawberry.field(description="The field that bears it, or whose dataset does.")
    dataset: str | None = strawberry.field(description="The field's; null: the field is of profiles or events.")
    path: list[LineageStep] = strawberry.field(description="The whole way, from the source to the destination.")


@strawberry.type(description="A policy that forbids something.")
class PolicyViolation:
    policy: str = strawberry.field(description="Which policy.")
    title: str = strawberry.field(description="What it says.")
    action: str = strawberry.field(description="The marketing action that it forbids.")
    labels: list[str] = strawberry.field(description="The labels that are there together.")
    carriers: list[LabelCarrier] = strawberry.field(description="How each comes there, the shortest ways first.")
    override: PolicyOverride | None = strawberry.field(description="A permission under which it may be all the same.")

    @classmethod
    def of(cls, one: models.Violation) -> Self:
        """Turn a model into its type."""
        carriers = [
            LabelCarrier(
                label=each.label, field=each.field, dataset=each.dataset,
                path=[LineageStep(kind=step.kind, id=step.id) for step in each.path],
            )
            for each in one.carriers
        ]  # fmt: skip
        return cls(
            policy=one.policy, title=one.title, action=one.action, labels=list(one.labels), carriers=carriers,
            override=None if one.override is None else PolicyOverride.of(one.override),
        )  # fmt: skip


@strawberry.type(description="One change that would take labelled data off its way.")
class PolicyFix:
    kind: str = strawberry.field(description="`mapping`, `computed`, `rule`, `segment`, `field`, `offer`, `action`, ….")
    about: list[str] = strawberry.field(description="Ids of the two places between which data would no longer flow.")
    sentence: str = strawberry.field(description="What to do.")


@strawberry.type(description="Whether policies allow to send a segment somewhere.")
class ActivationCheck:
    allowed: bool = strawberry.field(description="Whether they do.")
    activation: str = strawberry.field(description="The activation's id; `planned` where there is none yet.")
    segment: str = strawberry.field(description="The segment's id.")
    destination: str = strawberry.field(description="The destination's id.")
    actions: list[str] = strawberry.field(description="The marketing actions that it serves.")
    labels: list[str] = strawberry.field(description="All labels of the data that goes there.")
    violations: list[PolicyViolation] = strawberry.field(description="What is forbidden, permitted for now or not.")
    fixes: list[list[PolicyFix]] = strawberry.field(
        description="The smallest sets of changes after which nothing is forbidden; empty if nothing is."
    )
    sentence: str = strawberry.field(description="All of it in sentences.")

    @classmethod
    def of(cls, one: models.Check) -> Self:
        """Turn a model into its type."""
        return cls(
            allowed=one.allowed, activation=one.activation or "", segment=one.segment or "",
            destination=one.destination or "", actions=list(one.actions), labels=list(one.labels),
            violations=[PolicyViolation.of(each) for each in one.violations], fixes=_fixes(one), sentence=one.sentence,
        )  # fmt: skip


@strawberry.type(description="Whether policies allow to show an offer.")
class OfferCheck:
    allowed: bool = strawberry.field(description="Whether they do.")
    offer: str = strawberry.field(description="The offer's id.")
    actions: list[str] = strawberry.field(description="The marketing actions that it serves.")
    labels: list[str] = strawberry.field(description="All labels of the data that its rule and its texts read.")
    violations: list[PolicyViolation] = strawberry.field(description="What is forbidden, permitted for now or not.")
    fixes: list[list[PolicyFix]] = strawberry.field(
        description="The smallest sets of changes after which nothing is forbidden; empty if nothing is."
    )
    sentence: str = strawberry.field(description="All of it in sentences.")

    @classmethod
    def of(cls, one: models.Check) -> Self:
        """Turn a model into its type."""
        return cls(
            allowed=one.allowed, offer=one.offer or "", actions=list(one.actions), labels=list(one.labels),
            violations=[PolicyViolation.of(each) for each in one.violations], fixes=_fixes(one), sentence=one.sentence,
        )  # fmt: skip


def _fixes(one: models.Check) -> list[list[PolicyFix]]:
    return [
        [PolicyFix(kind=fix.kind, about=list(fix.about), sentence=fix.sentence) for fix in each] for each in one.fixes
    ]


def _activations(found: Sequence[models.Check]) -> list[ActivationCheck]:
    return [ActivationCheck.of(one) for one in found if one.offer is None]


def _offers(found: Sequence[models.Check]) -> list[OfferCheck]:
    return [OfferCheck.of(one) for one in found if one.offer is not None]


@strawberry.input(description="What would be sent where; or an activation that is there.")
class CheckActivationInput:
    activation: str | None = strawberry.field(default=None, description="The id of one that is there.")
    segment: str | None = strawberry.field(default=None, description="Or the segment's id,")
    destination: str | None = strawberry.field(default=None, description="the destination's id,")
    actions: list[str] | None = strawberry.field(default=None, description="the marketing actions,")
    fields: list[str] | None = strawberry.field(
        default=None, description="and what would be sent, such as `profile.city` and `identity.email`."
    )


@strawberry.input(description="A label of one's own.")
class DefineLabelInput:
    id: str = strawberry.field(description="A short name.")
    title: str = strawberry.field(description="What it says.")
    family: str = strawberry.field(default="own", description="What kind of label it is.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="What bears which labels.")
class LabelDataInput:
    target: str = strawberry.field(
        description="A dataset (`luma_crm.contacts`), a field of one (`luma_crm.contacts/STREET`), or `profile.city`."
    )
    labels: list[str] = strawberry.field(description="All that it is to bear; none takes all away.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A marketing action.")
class DefineMarketingActionInput:
    id: str = strawberry.field(description="A short name.")
    title: str | None = strawberry.field(default=None, description="For people.")
    purpose: str | None = strawberry.field(default=None, description="What a person agrees to, or refuses.")
    consent: ConsentRule | None = strawberry.field(default=None, description="What consent it asks for.")


@strawberry.input(description="What consent everything done for a purpose asks for.")
class AskConsentInput:
    purpose: str = strawberry.field(description="`marketing`, `advertising`, `personalization`, ….")
    consent: ConsentRule = strawberry.field(description="The rule.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A policy.")
class DefinePolicyInput:
    id: str = strawberry.field(description="A short name.")
    forbids: list[list[str]] = strawberry.field(description="Sets of labels.")
    actions: list[str] = strawberry.field(description="Marketing actions.")
    title: str | None = strawberry.field(default=None, description="For people.")
    active: bool = strawberry.field(default=True, description="Whether it counts.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A permission to go against a policy; it is audited and ends.")
class OverridePolicyInput:
    policy: str = strawberry.field(description="Which policy.")
    until: datetime = strawberry.field(description="Until when, within a year.")
    reason: str = strawberry.field(description="Why.")
    activation: str | None = strawberry.field(default=None, description="For which activation,")
    offer: str | None = strawberry.field(default=None, description="or for which offer; neither: for all.")


@strawberry.type(description="A label, as it is now.")
class LabelPayload:
    label: DataLabel = strawberry.field(description="It.")


@strawberry.type(description="What is forbidden now that something was labelled.")
class LabelDataPayload:
    target: str = strawberry.field(description="What was labelled.")
    forbidden: list[ActivationCheck] = strawberry.field(description="Activations in which something is forbidden now.")
    forbidden_offers: list[OfferCheck] = strawberry.field(description="Offers in which something is forbidden now.")


@strawberry.type(description="A marketing action, as it is now.")
class MarketingActionPayload:
    action: MarketingAction = strawberry.field(description="It.")


@strawberry.type(description="The marketing actions of a purpose, as they are now.")
class AskConsentPayload:
    actions: list[MarketingAction] = strawberry.field(description="They.")


@strawberry.type(description="A policy, as it is now.")
class PolicyPayload:
    policy: Policy = strawberry.field(description="It.")
    forbidden: list[ActivationCheck] = strawberry.field(description="Activations in which something is forbidden now.")
    forbidden_offers: list[OfferCheck] = strawberry.field(description="Offers in which something is forbidden now.")


@strawberry.type(description="A permission that was given.")
class OverridePayload:
    override: PolicyOverride = strawberry.field(description="It.")


@strawberry.type(description="A permission that was ended.")
class EndOverridePayload:
    override_id: str = strawberry.field(description="Its id.")


ActivationCheckResult = Annotated[
    ActivationCheck | NotFound | InvalidInput,
    strawberry.union("ActivationCheckResult", description="What was found, or why nothing was looked at."),
]
OfferCheckResult = Annotated[
    OfferCheck | NotFound,
    strawberry.union("OfferCheckResult", description="What was found, or why nothing was looked at."),
]
DefineLabelResult = Annotated[
    LabelPayload | InvalidInput, strawberry.union("DefineLabelResult", description="The label, or why there is none.")
]
LabelDataResult = Annotated[
    LabelDataPayload | NotFound,
    strawberry.union("LabelDataResult", description="What follows, or why nothing was labelled."),
]
DefineMarketingActionResult = Annotated[
    MarketingActionPayload | InvalidInput,
    strawberry.union("DefineMarketingActionResult", description="The marketing action, or why there is none."),
]
AskConsentResult = Annotated[
    AskConsentPayload | NotFound | InvalidInput,
    strawberry.union("AskConsentResult", description="The marketing actions, or why nothing changed."),
]
DefinePolicyResult = Annotated[
    PolicyPayload | NotFound | InvalidInput,
    strawberry.union("DefinePolicyResult", description="The policy, or why it is not kept."),
]
OverridePolicyResult = Annotated[
    OverridePayload | NotFound | InvalidInput,
    strawberry.union("OverridePolicyResult", description="The permission, or why there is none."),
]
EndOverrideResult = Annotated[
    EndOverridePayload | NotFound,
    strawberry.union("EndOverrideResult", description="That it ended, or why there is none."),
]


@strawberry.type(description="Questions about labels and policies.")
class GovernanceQuery:
    @strawberry.field(description="The labels of data, by family.", extensions=[needs(Scope.READ)])
    async def labels(self, info: Info) -> list[DataLabel]:
        return [DataLabel.of(one) for one in await info.context.platform.governance.labels()]

    @strawberry.field(description="What data may be used for, by id.", extensions=[needs(Scope.READ)])
    async def marketing_actions(self, info: Info) -> list[MarketingAction]:
        return [MarketingAction.of(one) for one in await info.context.platform.governance.actions()]

    @strawberry.field(description="The policies, by id.", extensions=[needs(Scope.READ)])
    async def policies(self, info: Info) -> list[Policy]:
        return [Policy.of(one) for one in await info.context.platform.governance.policies()]

    @strawberry.field(
        description="Whether policies allow to send a segment somewhere; if not: policy, labels, fields, datasets, the "
        "whole way, and the smallest changes that would make it right.",
        extensions=[needs(Scope.READ)],
    )
    async def check_activation(
        self, info: Info, input: Annotated[CheckActivationInput, strawberry.argument(description="What, where.")]
    ) -> ActivationCheckResult:
        governance = info.context.platform.governance
        if input.activation is not None:
            return ActivationCheck.of(await governance.check(input.activation))
        if input.segment is None or input.destination is None or not input.actions:
            raise InvalidInputError("Name an activation, or a segment, a destination and actions.", field="activation")
        found = await governance.check_plan(
            segment=input.segment, destination=input.destination, actions=input.actions, sources=input.fields or []
        )
        return ActivationCheck.of(found)

    @strawberry.field(
        description="Activations in which something is forbidden now and not permitted.", extensions=[needs(Scope.READ)]
    )
    async def policy_violations(self, info: Info) -> list[ActivationCheck]:
        return _activations(await info.context.platform.governance.look())

    @strawberry.field(
        description="Whether policies allow to show an offer; if not: policy, labels, fields, datasets, the whole way, "
        "and the smallest changes that would make it right.",
        extensions=[needs(Scope.READ)],
    )
    async def check_offer(
        self, info: Info, id: Annotated[str, strawberry.argument(description="The offer's id.")]
    ) -> OfferCheckResult:
        return OfferCheck.of(await info.context.platform.governance.check_offer(id))

    @strawberry.field(
        description="Permissions to go against policies, the newest first.", extensions=[needs(Scope.READ)]
    )
    async def policy_overrides(
        self,
        info: Info,
        past: Annotated[bool, strawberry.argument(description="Also those that ended.")] = False,
    ) -> list[PolicyOverride]:
        return [PolicyOverride.of(one) for one in await info.context.platform.governance.overrides(all=past)]


@strawberry.type(description="Changes of labels and policies.")
class GovernanceMutation:
    @strawberry.mutation(description="Define a label of one's own.", extensions=[needs(Scope.ADMIN)])
    async def define_label(
        self, info: Info, input: Annotated[DefineLabelInput, strawberry.argument(description="It.")]
    ) -> DefineLabelResult:
        author = info.context.author(input.reason)
        found = await info.context.platform.governance.define_label(input.id, input.title, author, family=input.family)
        return LabelPayload(label=DataLabel.of(found))

    @strawberry.mutation(
        description="Give a dataset or a field exactly these labels; says what is forbidden by it now.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def label_data(
        self, info: Info, input: Annotated[LabelDataInput, strawberry.argument(description="What, which.")]
    ) -> LabelDataResult:
        author = info.context.author(input.reason)
        found = await info.context.platform.governance.put_labels(input.target, input.labels, author)
        return LabelDataPayload(target=input.target, forbidden=_activations(found), forbidden_offers=_offers(found))

    @strawberry.mutation(
        description="Define a marketing action, or what consent one asks for.", extensions=[needs(Scope.ADMIN)]
    )
    async def define_marketing_action(
        self, info: Info, input: Annotated[DefineMarketingActionInput, strawberry.argument(description="It.")]
    ) -> DefineMarketingActionResult:
        consent = None if input.consent is None else cast(models.ConsentRule, input.consent.name.lower())
        found = await info.context.platform.governance.define_action(
            input.id, info.context.author(None), title=input.title, purpose=input.purpose, consent=consent
        )
        return MarketingActionPayload(action=MarketingAction.of(found))

    @strawberry.mutation(
        description="Say what consent everything done for a purpose asks for.", extensions=[needs(Scope.ADMIN)]
    )
    async def ask_consent(
        self, info: Info, input: Annotated[AskConsentInput, strawberry.argument(description="Of which, which.")]
    ) -> AskConsentResult:
        consent = cast(models.ConsentRule, input.consent.name.lower())
        found = await info.context.platform.governance.ask_consent(
            input.purpose, consent, info.context.author(input.reason)
        )
        return AskConsentPayload(actions=[MarketingAction.of(one) for one in found])

    @strawberry.mutation(
        description="Define or change a policy; says what is forbidden by it now.", extensions=[needs(Scope.ADMIN)]
    )
    async def define_policy(
        self, info: Info, input: Annotated[DefinePolicyInput, strawberry.argument(description="It.")]
    ) -> DefinePolicyResult:
        policy, found = await info.context.platform.governance.define_policy(
            input.id, info.context.author(input.reason), forbids=input.forbids, actions=input.actions,
            title=input.title, active=input.active,
        )  # fmt: skip
        return PolicyPayload(policy=Policy.of(policy), forbidden=_activations(found), forbidden_offers=_offers(found))

    @strawberry.mutation(
        description="Permit what a policy forbids until an instant. It is audited.", extensions=[needs(Scope.ADMIN)]
    )
    async def override_policy(
        self, info: Info, input: Annotated[OverridePolicyInput, strawberry.argument(description="Which, how long.")]
    ) -> OverridePolicyResult:
        found = await info.context.platform.governance.override(
            input.policy, info.context.author(input.reason), until=input.until, activation=input.activation,
            offer=input.offer,
        )  # fmt: skip
        return OverridePayload(override=PolicyOverride.of(found))

    @strawberry.mutation(description="End a permission before its time.", extensions=[needs(Scope.ADMIN)])
    async def end_policy_override(
        self, info: Info, id: Annotated[str, strawberry.argument(description="Of the permission.")]
    ) -> EndOverrideResult:
        await info.context.platform.governance.end_override(id, info.context.author(None))
        return EndOverridePayload(override_id=id)
