"""Whose events a journey analysis looks at, and which of them: one selection for every analysis."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from graphcdp.base import Clock, InvalidInputError
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.identity.other_rules.simulation import Assignment
from graphcdp.identity.rules.files import RulesError, RuleSet, parse_rules
from graphcdp.journeys.choice import EventChoice, atom_of, require, types_of
from graphcdp.journeys.columnar import Engine, Engines, Shorter
from graphcdp.journeys.limits import Bounded, Limits
from graphcdp.model import Scalar
from graphcdp.segments.evaluation.compile_cypher import compile_rule
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError, nearest
from graphcdp.segments.rule.named import expand
from graphcdp.segments.rule.text import to_text
from graphcdp.segments.vocabulary.check import refuse
from graphcdp.segments.vocabulary.language import Language

Container = Literal["person", "cookie"]
CONTAINERS: tuple[Container, ...] = get_args(Container)
MOST_CHOICES = 30
OF_PROFILE = "profile."


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts that a selection is cut into.

    Attributes:
        by: a property of events, `profile.` and an attribute, or `segment`.
        value: which; None: where it is unknown, or in no segment.
    """

    by: str
    value: Scalar | None

    @property
    def label(self) -> str:
        """The value as text."""
        if self.value is None:
            return "(unknown)" if self.by != "segment" else "(none)"
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    @property
    def condition(self) -> str | None:
        """What it asks of people, in the segment language; None: it asks something of events."""
        if self.by == "segment":
            return None if self.value is None else to_text(ast.Member(segment=str(self.value)))
        if not self.by.startswith(OF_PROFILE):
            return None
        field = ast.ProfileField(name=self.by.removeprefix(OF_PROFILE))
        if self.value is None:
            return to_text(ast.Known(value=field, known=False))
        return to_text(ast.Compare(left=field, operator="=", right=_literal(self.value)))

    def narrow(self, within: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return the choice of events with what it asks of events added."""
        if self.by == "segment" or self.by.startswith(OF_PROFILE):
            return within
        known = self.value is not None
        atom = (atom_of(self.by, "=", self.value) if known else atom_of(self.by, "known", None, holds=False)).data()
        before = within or {"types": None, "where": None}
        options = before["where"] if before["where"] is not None else [[]]
        return {**before, "where": [[*option, atom] for option in options]}


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose events, and which.

    Attributes:
        start, end: from this instant to before that one; None: no bound. Times without a zone are UTC.
        container: `person`, or `cookie`: the identity that an event hangs on, as if nobody had ever been recognised.
        segment: only members of this segment, as they are now.
        people: only people who fulfil this condition in the segment language.
        within: only events that fulfil this: `channel = 'web'`.
        identity_rules: people as another identity rule set would have them, its YAML; None: as they are. `segment` and
            `people` go by who people are now.
        part: only this part of it; None: all of it.
        engine: `cypher` (Neo4j answers), `columnar` (the projection does, brought up to date first), or `auto`: the
            projection where there is one, it is nearly up to date and can answer, else Neo4j.
    """

    start: datetime | None = None
    end: datetime | None = None
    container: Container = "person"
    segment: str | None = None
    people: str | None = None
    within: str | None = None
    identity_rules: str | None = field(default=None, repr=False)
    part: Part | None = None
    engine: Engine = "auto"


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A selection as the statements take it.

    Attributes:
        inputs: `start_at`, `end_at`, `container`, `segment`, `ids`, `within`: inputs of every statement of an analysis.
        rules: what the answer is computed under, in words.
        now: the instant of asking.
    """

    inputs: dict[str, Any]
    rules: dict[str, Any]
    now: datetime


class Analysis:
    """What every analysis works with. Analyses are mixed into `Journeys`, one class a subject."""

    def __init__(
        self, graph: Graph, clock: Clock, language: Language, identity_rules: RuleBook, limits: Limits | None = None
    ) -> None:
        """Take what it works with.

        Args:
            graph: where.
            clock: what time it is.
            language: of conditions on people.
            identity_rules: to say under which rules people are people.
            limits: what one question may cost.
        """
        self._graph = Bounded.over(graph, limits or Limits(), language.fields)
        self._clock = clock
        self._language = language
        self._identity_rules = identity_rules
        self.engines = Engines(graph, clock)
        self.assign: Callable[[RuleSet], Awaitable[Assignment]] = _no_rules

    async def chosen(self, selection: Selection, *, alone: str | None) -> Chosen:
        """Turn a selection into inputs of statements.

        Args:
            selection: whose events, and which.
            alone: what is asked, as people call it, where Neo4j alone answers it; None: who asks lets `spoken` answer,
                or only lists the people behind a number, which Neo4j does.

        Raises:
            CannotAnswerError: only the columnar engine is to answer, and this it does not.
            RuleError: the condition on people or events cannot be read or does not fit, or there is no such segment.
            InvalidInputError: the period ends before it begins, or the container is none.
        """
        told = {} if alone is None else self.engines.refuse(alone, selection.engine)
        now = self._clock.now()
        start, end = aware(selection.start), aware(selection.end)
        require(
            selection.container in CONTAINERS,
            f"The container is `{selection.container}`; it is `person` or `cookie`.",
            field="container",
        )
        require(
            start is None or end is None or start < end, "The period ends before it begins. Swap its ends.", field="end"
        )
        if selection.segment is not None:
            await self._require_segment(selection.segment)
        within = None if selection.within is None else EventChoice.where_only(selection.within, now).data()
        conditions = [selection.people] if selection.people is not None else []
        if selection.part is not None:
            within = selection.part.narrow(within)
            conditions += [selection.part.condition] if selection.part.condition is not None else []
        ids = None if not conditions else await self._people(" and ".join(f"({one})" for one in conditions), now)
        inputs: dict[str, Any] = {
            "start_at": start,
            "end_at": end,
            "container": selection.container,
            "segment": selection.segment,
            "ids": ids,
            "within": within,
        }
        in_force = await self._identity_rules.in_force()
        version, policy, not_followed = in_force.version, in_force.policy, 0
        if selection.identity_rules is not None:
            require(
                selection.container == "person",
                "Other identity rules say who is one person; cookies are the same under all. Leave one of the two out.",
                field="identity_rules",
            )
            tried = _read_rules(selection.identity_rules)
            assigned = await self.assign(tried)
            inputs["others"] = dict(assigned.others)
            version, policy, not_followed = tried.version, tried.policy, assigned.events_not_followed
        rules = {
            "start": start,
            "end": end,
            "container": selection.container,
            "segment": selection.segment,
            "people": selection.people,
            "within": selection.within,
            "part": None if selection.part is None else f"{selection.part.by}: {selection.part.label}",
            "identity_rules": version,
            "identity_policy": policy,
            "events_not_followed": not_followed,
            "engine": "cypher",
            **told,
            "as_of": now,
        }
        return Chosen(inputs, rules, now)

    async def spoken(
        self, name: str, selection: Selection, chosen: Chosen, *, shorter: Shorter | None = None, **inputs: Any
    ) -> tuple[list[list[Any]], dict[str, Any]]:
        """Let the engine that the selection asks for answer.

        Args:
            name: of the statement in cypher/journey.
            selection: of the question; `chosen`: what was made of it.
            shorter: what the columnar engine says instead.
            inputs: further ones of the statement.

        Returns:
            The rows, and the rules of the selection with which engine spoke, and how fresh what it knows is.

        Raises:
            CannotAnswerError: `columnar` was asked for and cannot answer this.
        """
        given = {**inputs, **chosen.inputs}
        await self._graph.require_known(given)
        rows, told = await self.engines.answer(name, given, selection.engine, self._graph, shorter)
        return rows, {**chosen.rules, **told}

    async def _require_segment(self, id: str) -> None:
        known = (await self._language.fields()).segments
        if id not in known:
            raise RuleError(f"There is no segment `{id}`.", suggestion=nearest(id, known))

    async def _people(self, condition: str, now: datetime) -> list[str]:
        found = await self._language.check(condition)
        refuse(found.problems)
        assert found.condition is not None  # noqa: S101  refused else
        compiled = compile_rule(expand(found.condition))
        return [row["id"] for row in await self._graph.read_text(compiled.text, compiled.parameters(now))]


def _literal(value: Scalar) -> ast.Value:
    if isinstance(value, bool):
        return ast.Truth(value=value)
    return ast.Numeral(value=value) if isinstance(value, int | float) else ast.Text(value=str(value))


def _read_rules(text: str) -> RuleSet:
    try:
        return parse_rules(text)
    except RulesError as error:
        raise InvalidInputError(error.message, field="identity_rules") from None


async def _no_rules(rules: RuleSet) -> Assignment:
    raise InvalidInputError("Other identity rules are tried by the platform only.", version=rules.version)


def read_choices(texts: Sequence[str], now: datetime, what: str) -> tuple[EventChoice, ...]:
    """Read several choices of events.

    Raises:
        InvalidInputError: they are too many.
        RuleError: one cannot be read.
    """
    require(
        len(texts) <= MOST_CHOICES,
        f"{len(texts)} {what} are asked for; {MOST_CHOICES} are the most. Ask for fewer.",
        limit=MOST_CHOICES,
    )
    return tuple(EventChoice.read(text, now) for text in texts)


def choices_input(choices: Sequence[EventChoice]) -> dict[str, Any]:
    """Return choices as the inputs `types` (that any of them may take; None: all) and `choices`."""
    return {"types": types_of(choices), "choices": [choice.data() for choice in choices]}


def aware(at: datetime | None) -> datetime | None:
    """Return an instant in UTC; one without a zone is UTC already."""
    if at is None:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
