"""Activations: segments on their way to destinations; deliveries with their receipts; what a destination holds."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from graphcdp import destinations as models
from graphcdp.api.auth import Scope
from graphcdp.api.graphql.context import Info
from graphcdp.api.graphql.errors import Conflict, InvalidInput, NotFound
from graphcdp.api.graphql.permissions import needs
from graphcdp.api.graphql.relay import After, Connection, First, page_size
from graphcdp.base.paging import Page, read_time_cursor, time_cursor

ActivationId = Annotated[str, strawberry.argument(description="The activation's id.")]
Fields = Annotated[
    list[str] | None,
    strawberry.argument(description="The mapping, each `source=target`; null: the kind's own.", name="mapping"),
]


@strawberry.enum(description="What is delivered of a segment.")
class ActivationMode(Enum):
    MEMBERS = strawberry.enum_value("members", description="The destination holds who is a member.")
    EVENTS = strawberry.enum_value("events", description="It is told every entry and exit.")
    REMINDERS = strawberry.enum_value("reminders", description="Members are written to on a day they wished for.")


_MODES: dict[ActivationMode, models.Mode] = {
    ActivationMode.MEMBERS: "members",
    ActivationMode.EVENTS: "events",
    ActivationMode.REMINDERS: "reminders",
}


@strawberry.type(description="A change on its way to a destination, and afterwards its receipt.")
class Delivery:
    id: str = strawberry.field(description="Its idempotency key.")
    activation: str | None = strawberry.field(description="Of which activation; null of a trigger.")
    trigger: str | None = strawberry.field(description="Of which trigger; null of an activation.")
    destination: str = strawberry.field(description="Whereto.")
    segment: str | None = strawberry.field(description="Of which segment; null of a trigger.")
    profile_id: str | None = strawberry.field(description="About whom; null where it is about nobody.")
    cause: str = strawberry.field(description="`entered`, `exited`, `changed`, `activated`, `ended`, `suppressed`, ….")
    by_event: str | None = strawberry.field(description="The event that did it.")
    at: datetime = strawberry.field(description="When that was.")
    state: str = strawberry.field(description="`queued`, `done`, `dead` (given up) or `unsure` (nobody knows).")
    outcome: str | None = strawberry.field(description="What was done, or why nothing was.")
    answer: str | None = strawberry.field(description="The destination's, without personal data.")
    attempts: int = strawberry.field(description="How often it was tried.")
    items: int | None = strawberry.field(description="How many things were sent.")
    due: datetime = strawberry.field(description="When it is (next) to be tried.")
    done_at: datetime | None = strawberry.field(description="When it was over.")

    @classmethod
    def of(cls, one: models.Delivery) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, activation=one.activation, trigger=one.trigger, destination=one.destination, segment=one.segment,
            profile_id=one.profile, cause=one.cause, by_event=one.by_event, at=one.at, state=one.state,
            outcome=one.outcome, answer=one.answer, attempts=one.attempts, items=one.items, due=one.due,
            done_at=one.done_at,
        )  # fmt: skip


@strawberry.type(description="Something that a destination holds, or may hold.")
class HeldSubject:
    subject: str = strawberry.field(description="A profile's id or an identity's key.")
    kind: str = strawberry.field(description="`person` or `identity`.")
    state: str = strawberry.field(description="`held`; `sending`: perhaps; `unsure`: nobody knows.")
    since: datetime = strawberry.field(description="Since when.")
    at: datetime | None = strawberry.field(description="When it was last sent.")
    profile_id: str | None = strawberry.field(description="Whose it is now.")
    member: bool = strawberry.field(description="Whether that one is a member now; where not, a removal is on its way.")

    @classmethod
    def of(cls, one: models.Held) -> Self:
        """Turn a model into its type."""
        return cls(
            subject=one.subject, kind=one.kind, state=one.state, since=one.since, at=one.at, profile_id=one.profile,
            member=one.member,
        )  # fmt: skip


@strawberry.type(description="A wish to be reminded.")
class Reminder:
    id: str = strawberry.field(description="Its id.")
    activation: str = strawberry.field(description="By which activation.")
    profile_id: str | None = strawberry.field(description="Whose wish it is now.")
    due: datetime = strawberry.field(description="When.")
    state: str = strawberry.field(description="`waiting`, `queued`, `sent` or `cancelled`.")
    event: str = strawberry.field(description="The event that was the wish.")

    @classmethod
    def of(cls, one: models.Reminder) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, activation=one.activation, profile_id=one.profile, due=one.due, state=one.state, event=one.event
        )


@strawberry.type(description="A segment that is sent to a destination while a schedule runs.")
class Activation:
    id: str = strawberry.field(description="A short name.")
    segment: str = strawberry.field(description="The segment's id.")
    destination: str = strawberry.field(description="The destination's id.")
    mode: ActivationMode = strawberry.field(description="What is delivered.")
    state: str = strawberry.field(description="`scheduled`, `active`, `paused` or `ended`.")
    starts: datetime = strawberry.field(description="From when on.")
    ends: datetime = strawberry.field(description="Until when, not included.")
    every_minutes: int | None = strawberry.field(description="How often changes go out together; null: at once.")
    mapping: list[str] = strawberry.field(description="Which fields go along, `source=target`.")
    actions: list[str] = strawberry.field(description="Marketing actions, of those of the destination.")
    at_end: str = strawberry.field(description="`remove` takes everybody out when it ends, `keep` leaves them.")
    except_segments: list[str] = strawberry.field(description="Segments whose members are left out.")
    filling: bool = strawberry.field(description="Whether members of before are still being gone through.")
    holds: int = strawberry.field(description="How many persons or identities the destination holds of it.")

    @classmethod
    def of(cls, one: models.Activation) -> Self:
        """Turn a model into its type."""
        return cls(
            id=one.id, segment=one.segment, destination=one.destination, mode=ActivationMode(one.mode),
            state=one.state, starts=one.starts, ends=one.ends, every_minutes=one.every_minutes,
            mapping=[str(each) for each in one.mapping], actions=list(one.actions), at_end=one.at_end,
            except_segments=list(one.except_), filling=one.filling, holds=one.holds,
        )  # fmt: skip

    @strawberry.field(description="What the destination holds of it, by subject: to reconcile with it.")
    async def held(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 50,
        after: Annotated[str | None, strawberry.argument(description="The subject of the last one before.")] = None,
    ) -> list[HeldSubject]:
        found = await info.context.platform.destinations.holds(self.id, page_size(first), after)
        return [HeldSubject.of(one) for one in found]


@strawberry.input(description="A segment for a destination.")
class ActivateSegmentInput:
    segment: str = strawberry.field(description="The segment's id.")
    destination: str = strawberry.field(description="The destination's id.")
    id: str | None = strawberry.field(default=None, description="`segment-destination` where nothing is said.")
    mode: ActivationMode = strawberry.field(default=ActivationMode.MEMBERS, description="What is delivered.")
    starts: datetime | None = strawberry.field(default=None, description="From when on; now if nothing is said.")
    ends: datetime | None = strawberry.field(default=None, description="Until when; 90 days later if nothing is said.")
    every_minutes: int | None = strawberry.field(default=None, description="How often; at once if nothing is said.")
    mapping: list[str] | None = strawberry.field(default=None, description="`source=target`; null: the kind's own.")
    actions: list[str] | None = strawberry.field(
        default=None, description="Of the destination's marketing actions those that it serves; null: all."
    )
    at_end: str = strawberry.field(default="remove", description="`remove` or `keep`.")
    except_segments: list[str] = strawberry.field(
        default_factory=list, description="Segments whose members are left out."
    )
    remind_event: str | None = strawberry.field(default=None, description="Of reminders: the type of event.")
    remind_on: str | None = strawberry.field(default=None, description="Its property with the day.")
    remind_days: int = strawberry.field(default=365, description="After so many days where it has none.")


@strawberry.input(description="Another state for an activation.")
class ChangeActivationInput:
    id: str = strawberry.field(description="The activation's id.")
    state: str = strawberry.field(description="`active`, `paused` or `ended`.")


@strawberry.input(description="Deliveries to try again.")
class ReplayDeliveriesInput:
    destination: str | None = strawberry.field(default=None, description="All dead letters of this destination.")
    ids: list[str] | None = strawberry.field(default=None, description="Or these.")


@strawberry.type(description="An activation that was made or changed.")
class ActivationPayload:
    activation: Activation = strawberry.field(description="As it is now.")


@strawberry.type(description="How many deliveries are in the queue again.")
class ReplayPayload:
    replayed: int = strawberry.field(description="How many.")


@strawberry.input(description="An activation whose destination is asked what it holds.")
class ReconcileActivationInput:
    id: str = strawberry.field(description="The activation's id.")
    dry_run: bool = strawberry.field(default=False, description="Only say what is different.")
    told: list[str] | None = strawberry.field(
        default=None,
        description="What its owner says that it holds, where it cannot be asked itself: ids of profiles, "
        "`email|a@example.com`, or hashes; 1,000 at most.",
    )


@strawberry.type(description="What a destination says that it holds, against what it should.")
class Reconciliation:
    held: int = strawberry.field(description="How many persons or identities it says that it has.")
    missing: list[str] = strawberry.field(description="What it was sent and has not, by profile id or identity key.")
    extra: list[str] = strawberry.field(description="What it has though it should not, as it names it itself.")
    mended: bool = strawberry.field(description="Whether what can be put right was put into the queue.")
    left: list[str] = strawberry.field(description="Of `extra` what only the destination's owner can take out.")

    @classmethod
    def of(cls, one: models.Reconciled) -> Self:
        """Turn a model into its type."""
        return cls(
            held=one.held, missing=list(one.missing), extra=list(one.extra), mended=one.mended, left=list(one.left)
        )  # fmt: skip


ReconcileActivationResult = Annotated[
    Reconciliation | InvalidInput | NotFound,
    strawberry.union("ReconcileActivationResult", description="What was different, or why it cannot be said."),
]


@strawberry.type(description="What a mapping would give of some members.")
class ActivationPreview:
    rows: list[JSON] = strawberry.field(description="The fields of each, by the destination's names.")


ActivateSegmentResult = Annotated[
    ActivationPayload | InvalidInput | NotFound | Conflict,
    strawberry.union("ActivateSegmentResult", description="The activation, or why there is none."),
]
ReplayResult = Annotated[
    ReplayPayload | InvalidInput, strawberry.union("ReplayDeliveriesResult", description="How many, or why none.")
]
PreviewResult = Annotated[
    ActivationPreview | InvalidInput | NotFound,
    strawberry.union("PreviewActivationResult", description="The rows, or why there are none."),
]
ActivationResult = Annotated[
    Activation | NotFound, strawberry.union("ActivationResult", description="An activation, or why there is none.")
]


@strawberry.type(description="Questions about activations.")
class ActivationsQuery:
    @strawberry.field(description="The activations by id.", extensions=[needs(Scope.READ)])
    async def activations(self, info: Info) -> list[Activation]:
        return [Activation.of(one) for one in await info.context.platform.destinations.activations()]

    @strawberry.field(description="An activation.", extensions=[needs(Scope.READ)])
    async def activation(self, info: Info, id: ActivationId) -> ActivationResult:
        return Activation.of(await info.context.platform.destinations.activation(id))

    @strawberry.field(
        description="What a mapping would give of some members; nothing is sent.", extensions=[needs(Scope.READ)]
    )
    async def preview_activation(
        self,
        info: Info,
        segment: Annotated[str, strawberry.argument(description="The segment's id.")],
        destination: Annotated[str, strawberry.argument(description="The destination's id.")],
        fields: Fields = None,
        first: Annotated[int, strawberry.argument(description="How many members.")] = 10,
    ) -> PreviewResult:
        rows = await info.context.platform.destinations.preview(segment, destination, fields, page_size(first))
        return ActivationPreview(rows=[JSON(row) for row in rows])

    @strawberry.field(
        description="What was or is to be sent, the newest first; of one destination, activation, person or state.",
        extensions=[needs(Scope.READ)],
    )
    async def deliveries(
        self,
        info: Info,
        *,
        destination: Annotated[str | None, strawberry.argument(description="Only to this destination.")] = None,
        activation: Annotated[str | None, strawberry.argument(description="Only of this activation.")] = None,
        profile_id: Annotated[str | None, strawberry.argument(description="Only about this person.")] = None,
        state: Annotated[str | None, strawberry.argument(description="`queued`, `done`, `dead` or `unsure`.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Delivery]:
        size = page_size(first)
        at, id = read_time_cursor(after)
        found = await info.context.platform.destinations.deliveries(
            destination=destination, activation=activation, profile=profile_id, state=state, first=size + 1,
            before=None if at is None or id is None else (at, id),
        )  # fmt: skip
        items = [(one, time_cursor(one.at, one.id)) for one in found[:size]]
        return Connection.of(Page(items, len(found) > size), Delivery.of, begun=after is not None)

    @strawberry.field(description="Who is to be reminded when, the next first.", extensions=[needs(Scope.READ)])
    async def reminders(
        self,
        info: Info,
        profile_id: Annotated[str | None, strawberry.argument(description="Only of this person.")] = None,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 50,
    ) -> list[Reminder]:
        found = await info.context.platform.destinations.reminders(page_size(first), profile_id)
        return [Reminder.of(one) for one in found]


@strawberry.type(description="Changes of activations.")
class ActivationsMutation:
    @strawberry.mutation(
        description="Send a segment to a destination, at once or on a schedule, or change how.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def activate_segment(
        self, info: Info, input: Annotated[ActivateSegmentInput, strawberry.argument(description="What, where.")]
    ) -> ActivateSegmentResult:
        remind = (
            None
            if input.remind_event is None
            else models.Remind(input.remind_event, input.remind_on, input.remind_days)
        )
        found = await info.context.platform.destinations.activate(
            input.segment, input.destination, id=input.id, starts=input.starts, ends=input.ends,
            every_minutes=input.every_minutes, fields=input.mapping, actions=input.actions, at_end=input.at_end,
            except_=input.except_segments, mode=_MODES[input.mode], remind=remind,
            author=info.context.author(None).name,
        )  # fmt: skip
        return ActivationPayload(activation=Activation.of(found))

    @strawberry.mutation(
        description="Pause an activation, let it go on, or end it before its time.", extensions=[needs(Scope.ADMIN)]
    )
    async def change_activation(
        self, info: Info, input: Annotated[ChangeActivationInput, strawberry.argument(description="Which, what.")]
    ) -> ActivateSegmentResult:
        author = info.context.author(None).name
        found = await info.context.platform.destinations.change_activation(input.id, input.state, author=author)
        return ActivationPayload(activation=Activation.of(found))

    @strawberry.mutation(
        description="Ask a destination what it holds; what it lacks is sent again, what it has too much is taken out.",
        extensions=[needs(Scope.ADMIN)],
    )
    async def reconcile_activation(
        self, info: Info, input: Annotated[ReconcileActivationInput, strawberry.argument(description="Which.")]
    ) -> ReconcileActivationResult:
        found = await info.context.platform.destinations.reconcile(
            input.id, told=input.told, preview=input.dry_run, author=info.context.author(None).name
        )
        return Reconciliation.of(found)

    @strawberry.mutation(
        description="Try dead letters, and messages that nobody knows of, again.", extensions=[needs(Scope.ADMIN)]
    )
    async def replay_deliveries(
        self, info: Info, input: Annotated[ReplayDeliveriesInput, strawberry.argument(description="Which.")]
    ) -> ReplayResult:
        author = info.context.author(None).name
        return ReplayPayload(
            replayed=await info.context.platform.destinations.replay(input.destination, input.ids, author=author)
        )
