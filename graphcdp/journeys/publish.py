"""Publish the people behind a number of a journey as an audience: a segment that lists them, fixed or asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from graphcdp.base import Clock, InvalidInputError, logger
from graphcdp.base.paging import Page
from graphcdp.journeys.attribution import AttributionRule, Model
from graphcdp.journeys.choice import require
from graphcdp.journeys.deflection import DeflectionRule
from graphcdp.journeys.drivers import DriverRule
from graphcdp.journeys.flow import FlowRule
from graphcdp.journeys.funnel import FunnelRule, Outcome, Why
from graphcdp.journeys.lifecycle import LifecycleState
from graphcdp.journeys.periods import Calendar
from graphcdp.journeys.retention import RetentionRule
from graphcdp.journeys.selection import EVERYTHING, Selection
from graphcdp.segments.audiences import Audience, Audiences, Found
from graphcdp.segments.segment import Segment

AT_ONCE = 1_000
ASKED_AGAIN_AFTER = timedelta(minutes=15)
_log = logger(__name__)
_RETENTION, _DRIVERS, _FLOW, _WEEKS = RetentionRule(), DriverRule(), FlowRule(), Calendar()
_ATTRIBUTION, _DEFLECTION = AttributionRule(), DeflectionRule()


@dataclass(frozen=True, slots=True)
class FunnelOutcome:
    """Who reached a step of a funnel, stopped there, or was excluded.

    Attributes:
        rule: the funnel.
        outcome, step, value, reason: as of `funnel_people`.
    """

    rule: FunnelRule
    outcome: Outcome = "stopped"
    step: int = 1
    value: str | None = None
    reason: Why | None = None
    kind: Literal["funnel"] = "funnel"


@dataclass(frozen=True, slots=True)
class RetentionCell:
    """Who of a cohort came back, or with `came_back` false did not; column None: the whole cohort.

    With a breakdown only those of its `value`; None: of every one.
    """

    cohort: date
    column: int | None = None
    came_back: bool = True
    value: str | None = None
    rule: RetentionRule = _RETENTION
    calendar: Calendar = _WEEKS
    kind: Literal["retention"] = "retention"


@dataclass(frozen=True, slots=True)
class LifecycleCell:
    """Who is new, returning, resurrecting, dormant or active in a period."""

    period: date
    state: LifecycleState
    active: str = "any event"
    calendar: Calendar = _WEEKS
    kind: Literal["lifecycle"] = "lifecycle"


@dataclass(frozen=True, slots=True)
class StickinessCell:
    """Who was active in `low` to `high` periods; `high` None: or more."""

    low: int
    high: int | None = None
    active: str = "any event"
    calendar: Calendar = _WEEKS
    kind: Literal["stickiness"] = "stickiness"


@dataclass(frozen=True, slots=True)
class DriverCell:
    """Who had a driver; label None: everybody who entered."""

    label: tuple[str, ...] | None = None
    rule: DriverRule = _DRIVERS
    kind: Literal["driver"] = "driver"


@dataclass(frozen=True, slots=True)
class PatternMatches:
    """Who did what a pattern says."""

    pattern: str
    kind: Literal["pattern"] = "pattern"


@dataclass(frozen=True, slots=True)
class PathCell:
    """Who passed items at neighbouring places of a flow: one of a place, two of a link, more of a path."""

    taken: tuple[str, ...]
    step: int = 0
    rule: FlowRule = _FLOW
    kind: Literal["path"] = "path"


@dataclass(frozen=True, slots=True)
class DoersCell:
    """Who did something: the people behind a channel, a content, a product or a tool; as of `doers`."""

    events: str | None = None
    field: str | None = None
    value: str | None = None
    kind: Literal["doers"] = "doers"


@dataclass(frozen=True, slots=True)
class CreditCell:
    """Whose conversions a label of an attribution gets a part of."""

    label: str
    rule: AttributionRule = _ATTRIBUTION
    model: Model = "last"
    kind: Literal["credit"] = "credit"


@dataclass(frozen=True, slots=True)
class SelfServiceCell:
    """Who helped themselves, with that content, and called after it, or did not; None: whatever."""

    rule: DeflectionRule = _DEFLECTION
    content: str | None = None
    escalated: bool | None = None
    kind: Literal["self_service"] = "self_service"


Cell = Annotated[
    FunnelOutcome | RetentionCell | LifecycleCell | StickinessCell | DriverCell | PatternMatches | PathCell | DoersCell
    | CreditCell | SelfServiceCell,
    Field(discriminator="kind"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeopleQuestion:
    """People behind a number.

    Attributes:
        cell: which number of which analysis.
        selection: whose events, and which.
    """

    cell: Cell
    selection: Selection = EVERYTHING

    @classmethod
    def of(cls, cell: Any, selection: Selection = EVERYTHING) -> PeopleQuestion:
        """Return a question of a cell as plain maps and lists: `{"kind": "lifecycle", "period": "2026-03-02", ...}`.

        Raises:
            InvalidInputError: it is none.
        """
        try:
            return cls(_CELL.validate_python(cell), selection)
        except ValidationError as error:
            raise _refused(error) from None

    def to_json(self) -> str:
        """Return it as JSON, from which `read` makes the same."""
        return _QUESTION.dump_json(self, exclude_defaults=False).decode()

    @classmethod
    def read(cls, text: str | bytes) -> PeopleQuestion:
        """Read what `to_json` wrote.

        Raises:
            InvalidInputError: it is none.
        """
        try:
            return _QUESTION.validate_json(text)
        except ValidationError as error:
            raise _refused(error) from None


_QUESTION: TypeAdapter[PeopleQuestion] = TypeAdapter(PeopleQuestion)
_CELL: TypeAdapter[Cell] = TypeAdapter(Cell)


def _refused(error: ValidationError) -> InvalidInputError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "cell"
    return InvalidInputError(f"The question cannot be read: {first['msg']} at `{place}`.", field=place)


class Publishing:
    """Publishes people that journeys found, and keeps the live ones up to date."""

    def __init__(self, journeys: Any, audiences: Audiences, clock: Clock) -> None:
        """Take what it works with."""
        self._journeys = journeys
        self.audiences = audiences
        self._clock = clock

    async def publish(
        self,
        id: str,
        question: PeopleQuestion,
        *,
        name: str | None = None,
        live: bool = False,
        author: str | None = None,
    ) -> Segment:
        """Make a segment of the people behind a number; it is active at once.

        Args:
            id: of the segment: a short name, free or of an audience, which is then asked anew.
            question: which people.
            name: for people.
            live: asked again every 15 minutes while graphcdp is served, so that it follows what happens; else it stays
                as it is now.
            author: who publishes it.

        Raises:
            SegmentConflictError: a segment with a rule of its own has that id.
            InvalidInputError: what is asked for cannot be.
            RuleError: events cannot be read, or the id is none.
        """
        require(
            question.selection.identity_rules is None,
            "People under other identity rules are nobody's segment: put the rules in force first, or leave them out.",
            field="identity_rules",
        )
        await self.people(question, first=1)  # refuses before anything is written
        return await self.audiences.publish(
            id, self._found(question), question.to_json(), name=name, live=live, author=author
        )

    async def refresh(self, id: str) -> Audience:
        """Ask the question of an audience again.

        Raises:
            SegmentNotFoundError: there is no such audience.
        """
        one = await self.audiences.get(id)
        await self.audiences.refresh(id, self._found(PeopleQuestion.read(one.question)))
        return await self.audiences.get(id)

    async def tick(self, now: datetime | None = None) -> int:
        """Ask live audiences again whose last asking is 15 minutes ago; return how many there were.

        A question that can be asked no more (its events are unknown now) leaves the audience as it is, and is told in
        the log.
        """
        now, done = now or self._clock.now(), 0
        for one in await self.audiences.all():
            if one.live and (one.refreshed_at is None or one.refreshed_at + ASKED_AGAIN_AFTER <= now):
                try:
                    await self.refresh(one.id)
                    done += 1
                except InvalidInputError as error:
                    _log.warning("audience.not_asked", audience=one.id, code=error.code)
        return done

    async def people(self, question: PeopleQuestion, *, first: int = 100, after: str | None = None) -> Page[Any]:
        """Return the people behind a number; each has `who` and `profile_id`."""
        cell, whose, page = question.cell, question.selection, {"first": first, "after": after}
        ask = self._journeys
        match cell:
            case FunnelOutcome():
                found = await ask.funnel_people(
                    cell.rule, whose, outcome=cell.outcome, step=cell.step, value=cell.value, reason=cell.reason, **page
                )
            case RetentionCell():
                found = await ask.retention_people(
                    cell.cohort,
                    cell.column,
                    whose,
                    cell.rule,
                    cell.calendar,
                    came_back=cell.came_back,
                    value=cell.value,
                    **page,
                )
            case LifecycleCell():
                found = await ask.lifecycle_people(cell.period, cell.state, whose, cell.active, cell.calendar, **page)
            case StickinessCell():
                found = await ask.stickiness_people(cell.low, cell.high, whose, cell.active, cell.calendar, **page)
            case DriverCell():
                found = await ask.driver_people(cell.label, whose, cell.rule, **page)
            case PathCell():
                found = await ask.path_people(cell.taken, whose, cell.rule, step=cell.step, **page)
            case DoersCell():
                found = await ask.doers(whose, cell.events, field=cell.field, value=cell.value, **page)
            case CreditCell():
                found = await ask.attributed(cell.label, whose, cell.rule, cell.model, **page)
            case SelfServiceCell():
                found = await ask.self_service_sessions(
                    whose, cell.rule, content=cell.content, escalated=cell.escalated, **page
                )
            case PatternMatches():
                found = await ask.pattern_people(cell.pattern, whose, **page)
        return found  # type: ignore[no-any-return]

    async def _found(self, question: PeopleQuestion) -> AsyncIterator[list[Found]]:
        cookies = question.selection.container == "cookie"
        after: str | None = None
        while True:
            page = await self.people(question, first=AT_ONCE, after=after)
            yield [Found(None, one.who) if cookies else Found(one.profile_id, None) for one, _ in page.items]
            if not page.more:
                return
            after = page.items[-1][1]
