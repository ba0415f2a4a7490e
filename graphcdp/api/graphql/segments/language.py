"""The language of segments: what rules may speak of, and whether a rule fits."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.identity.rules import ProblemSeverity
from graphcdp.api.graphql.permissions import needs
from graphcdp.segments.rule.named import NamedCondition
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.vocabulary import fields as models
from graphcdp.segments.vocabulary.check import Problem
from graphcdp.segments.vocabulary.describe import FUNCTIONS, TIMES, WINDOWS, EventType, event_types


@strawberry.type(description="Something wrong with the rule of a segment.")
class SegmentRuleProblem:
    severity: ProblemSeverity = strawberry.field(description="Whether it keeps the rule from being kept.")
    message: str = strawberry.field(description="What, where, and what to do.")
    path: str = strawberry.field(
        description="Where in the tree, such as `conditions.0.events.where`; empty: the whole."
    )
    line: int | None = strawberry.field(description="Where in the text, from 1.")
    column: int | None = strawberry.field(description="Where in the line, from 1.")
    suggestion: str | None = strawberry.field(description="What was probably meant.")

    @classmethod
    def of(cls, one: Problem) -> Self:
        """Turn a model into its type."""
        severity = ProblemSeverity(one.severity)
        return cls(
            severity=severity, message=one.message, path=one.path, line=one.line, column=one.column,
            suggestion=one.suggestion,
        )  # fmt: skip


@strawberry.type(description="What became of a rule that was looked at.")
class SegmentRuleCheck:
    valid: bool = strawberry.field(description="Whether it can be kept.")
    problems: list[SegmentRuleProblem] = strawberry.field(description="Errors first.")
    text: str | None = strawberry.field(description="The rule in the canonical words; null if it cannot be read.")
    tree: JSON | None = strawberry.field(description="The rule as a tree; null if it cannot be read.")


@strawberry.type(description="An attribute of profiles or a property of events, as rules may ask for it.")
class SegmentField:
    name: str = strawberry.field(description="As rules say it: `profile.city` of a person, bare `size` of an event.")
    kind: str = strawberry.field(description="`text`, `number`, `boolean`, `date`, `mixed` or `unknown`.")
    origin: str = strawberry.field(description="`stated` by sources, `computed`, `own` to the graph, or of an `event`.")
    operators: list[str] = strawberry.field(description="What it may be asked.")
    values: list[JSON] = strawberry.field(description="Known values, the most frequent first; empty if they are many.")
    sources: list[str] = strawberry.field(description="Sources whose definitions state it.")
    event_types: list[str] = strawberry.field(description="Types of events that were seen with it.")

    @classmethod
    def of(cls, one: models.Field) -> Self:
        """Turn a model into its type."""
        return cls(
            name=one.name if one.origin == "event" else f"profile.{one.name}",
            kind=one.kind,
            origin=one.origin,
            operators=list(models.OPERATORS[one.kind]),
            values=[JSON(value) for value in one.values],
            sources=list(one.sources),
            event_types=list(one.types),
        )


@strawberry.type(description="A type of event, and how rules say it.")
class SegmentEventType:
    type: str = strawberry.field(description="Its name.")
    phrase: str = strawberry.field(description="How the canonical text says it: `purchased`.")
    phrases: list[str] = strawberry.field(description="All ways to say it.")
    count: int = strawberry.field(description="How many there are; counting ends at 20,000.")

    @classmethod
    def of(cls, one: EventType) -> Self:
        """Turn a model into its type."""
        return cls(type=one.type, phrase=one.phrase, phrases=list(one.phrases), count=one.count)


@strawberry.type(description="Words of the language by an example.")
class SegmentPhrase:
    example: str = strawberry.field(description="As it is written.")
    meaning: str = strawberry.field(description="What it means.")


@strawberry.type(description="A condition that has a name.")
class SegmentNamedCondition:
    name: str = strawberry.field(description="As rules say it: `abandoned cart`.")
    title: str = strawberry.field(description="What it means, for people.")
    rule: str = strawberry.field(description="What it stands for.")
    takes_window: bool = strawberry.field(description="Whether a time may follow: `abandoned cart in last 7 days`.")
    built_in: bool = strawberry.field(description="Whether it comes with graphcdp; the others were named here.")

    @classmethod
    def of(cls, one: NamedCondition) -> Self:
        """Turn a model into its type."""
        return cls(
            name=one.name.replace("_", " "),
            title=one.title,
            rule=to_text(one.condition),
            takes_window=one.takes_window,
            built_in=one.built_in,
        )


@strawberry.type(description="A segment as rules may ask for it.")
class SegmentName:
    id: str = strawberry.field(description="`in segment …`.")
    title: str | None = strawberry.field(description="For people.")


@strawberry.type(description="All that a builder of segments needs: what rules may speak of in this graph.")
class SegmentFields:
    profile: list[SegmentField] = strawberry.field(description="Attributes of profiles.")
    event: list[SegmentField] = strawberry.field(description="Properties of events, for `where`.")
    event_types: list[SegmentEventType] = strawberry.field(description="Types of events, the most frequent first.")
    namespaces: list[str] = strawberry.field(description="`has identity …`.")
    segments: list[SegmentName] = strawberry.field(description="`in segment …`.")
    named: list[SegmentNamedCondition] = strawberry.field(description="Conditions that have a name.")
    windows: list[SegmentPhrase] = strawberry.field(description="When.")
    times: list[SegmentPhrase] = strawberry.field(description="How often.")
    functions: list[SegmentPhrase] = strawberry.field(description="Figures over events.")

    @classmethod
    def of(cls, fields: models.Fields) -> Self:
        """Turn a model into its type."""
        return cls(
            profile=[SegmentField.of(one) for one in fields.profile.values()],
            event=[SegmentField.of(one) for one in fields.event.values()],
            event_types=[SegmentEventType.of(one) for one in event_types(fields)],
            namespaces=sorted(fields.namespaces),
            segments=[SegmentName(id=id, title=title) for id, title in fields.segments.items()],
            named=[SegmentNamedCondition.of(one) for one in fields.named.values()],
            windows=[SegmentPhrase(example=example, meaning=meaning) for example, meaning in WINDOWS],
            times=[SegmentPhrase(example=example, meaning=meaning) for example, meaning in TIMES],
            functions=[SegmentPhrase(example=example, meaning=meaning) for example, meaning in FUNCTIONS.values()],
        )


@strawberry.input(description="A rule and its name.")
class NameConditionInput:
    name: str = strawberry.field(description="As rules will say it: `big spender`.")
    rule: str | None = strawberry.field(default=None, description="The rule as text.")
    tree: JSON | None = strawberry.field(default=None, description="The rule as a tree instead.")
    title: str | None = strawberry.field(default=None, description="What it means, for people.")


@strawberry.input(description="Which named condition is to go.")
class RemoveNamedConditionInput:
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A condition that was named.")
class NameConditionPayload:
    condition: SegmentNamedCondition = strawberry.field(description="It.")


@strawberry.type(description="A name that is no more.")
class RemoveNamedConditionPayload:
    name: str = strawberry.field(description="What it was.")


NameConditionResult = Annotated[
    NameConditionPayload | InvalidInput,
    strawberry.union("NameConditionResult", description="The named condition, or why it cannot be."),
]
RemoveNamedConditionResult = Annotated[
    RemoveNamedConditionPayload | NotFound | Conflict,
    strawberry.union("RemoveNamedConditionResult", description="What was removed, or why nothing was."),
]


@strawberry.type(description="Questions about the language of segments.")
class SegmentLanguageQuery:
    @strawberry.field(
        description="What rules of segments may speak of in this graph, with operators and known values.",
        extensions=[needs(Scope.READ)],
    )
    async def segment_fields(self, info: Info) -> SegmentFields:
        return SegmentFields.of(await info.context.platform.language.fields())

    @strawberry.field(
        description="Whether a rule of a segment can be read and fits this graph; nothing is kept.",
        extensions=[needs(Scope.READ)],
    )
    async def check_segment_rule(
        self,
        info: Info,
        rule: Annotated[str | None, strawberry.argument(description="The rule as text.")] = None,
        tree: Annotated[JSON | None, strawberry.argument(description="The rule as a tree instead.")] = None,
    ) -> SegmentRuleCheck:
        found = await info.context.platform.language.check(rule, tree)
        return SegmentRuleCheck(
            valid=found.valid,
            problems=[SegmentRuleProblem.of(one) for one in found.problems],
            text=found.text,
            tree=None if found.tree is None else JSON(found.tree),
        )


@strawberry.type(description="Changes of the language of segments.")
class SegmentLanguageMutation:
    @strawberry.mutation(
        description="Give a rule a name that other rules may say. Segments that were kept before stay as they are.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def name_condition(
        self, info: Info, input: Annotated[NameConditionInput, strawberry.argument(description="It.")]
    ) -> NameConditionResult:
        found = await info.context.platform.language.name(
            input.name, input.rule, input.tree, title=input.title, author=info.context.author(None).name
        )
        return NameConditionPayload(condition=SegmentNamedCondition.of(found))

    @strawberry.mutation(
        description="Forget a named condition that was made here. Segments that were kept stay as they are.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def remove_named_condition(
        self, info: Info, input: Annotated[RemoveNamedConditionInput, strawberry.argument(description="Which.")]
    ) -> RemoveNamedConditionResult:
        await info.context.platform.language.unname(input.name)
        return RemoveNamedConditionPayload(name=input.name)
