"""Destinations and activations as they stand in the graph, and what may be said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import orjson

from graphcdp.destinations.errors import DestinationError
from graphcdp.graph import Row

DAYS = 90
MOST_FIELDS = 100
State = Literal["scheduled", "active", "paused", "ended"]
Mode = Literal["members", "events", "reminders"]
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SOURCE = re.compile(
    r"profile_id|segment|segment_name|entered|identities|bought|(?:profile|identity)\.[a-z][a-z0-9_]{0,63}"
)
_TARGET = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,63}")


class Mapped(NamedTuple):
    """A field of the mapping: what is read, and what the destination calls it."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}={self.target}"


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that audiences are sent to. Its secrets are not in here.

    Attributes:
        id: a short name.
        kind: in the catalog.
        title: for people.
        options: all but secrets.
        actions: marketing actions it serves, such as `email_targeting`.
        state: `active` or `paused`.
        frequency: (times, days): so many messages to one person at most, over all destinations that send messages.
        except_: segments whose members are never sent there.
        created_at, created_by, changed_at: when, by whom.
        failures: in a row; `open_until`: it rests until then; `last_success`, `last_error`: how it did.
        queued, dead, unsure: deliveries that wait, that were given up, of which nobody knows whether they arrived.
    """

    id: str
    kind: str
    title: str
    options: Mapping[str, Any]
    actions: tuple[str, ...]
    state: str
    frequency: tuple[int, float] | None
    except_: tuple[str, ...]
    created_at: datetime
    created_by: str | None
    changed_at: datetime
    failures: int
    open_until: datetime | None
    last_success: datetime | None
    last_error: str | None
    queued: int = 0
    dead: int = 0
    unsure: int = 0

    @classmethod
    def of(cls, row: Row, counts: Row | None = None) -> Destination:
        """Read a row of `destinations.all`, with one of `destinations.counts`."""
        times, days = row["frequency_times"], row["frequency_days"]
        counts = counts or {}
        return cls(
            row["id"], row["kind"], row["title"], orjson.loads(row["options"]), tuple(row["actions"]), row["state"],
            None if times is None else (times, days), tuple(sorted(row["except"])), row["created_at"],
            row["created_by"], row["changed_at"], row["failures"] or 0, row["open_until"], row["last_success"],
            row["last_error"], counts.get("queued", 0), counts.get("dead", 0), counts.get("unsure", 0),
        )  # fmt: skip


class Remind(NamedTuple):
    """How people wish to be reminded.

    Attributes:
        event: the type of event that is the wish, such as `reminder_request`.
        on_property: its property that has the day; None, or where an event has none: after `days` days.
        days: a year if nothing is said.
    """

    event: str
    on_property: str | None = None
    days: int = 365


class Reminder(NamedTuple):
    """A wish to be reminded: by which activation, whose, when, `waiting`, `queued`, `sent` or `cancelled`, by what."""

    id: str
    activation: str
    profile: str | None
    due: datetime
    state: str
    event: str
    at: datetime


class Suppression(NamedTuple):
    """An identity that nothing is sent to: its key, where (None: everywhere), why, since when, until when, by whom."""

    id: str
    key: str
    destination: str | None
    because: str
    at: datetime
    until: datetime | None
    by: str | None


@dataclass(frozen=True, slots=True)
class Activation:
    """A segment that is sent to a destination while a schedule runs.

    Attributes:
        id: a short name.
        segment, segment_name, destination: what goes where.
        mode: `members` keeps the destination in step with who is a member; `events` tells every entry and exit;
            `reminders` writes to members on the day that they wished for.
        state: `scheduled`, `active`, `paused` or `ended`.
        starts, ends: the schedule; the end is not included.
        every_minutes: None: at once; else all that changed meanwhile goes out together, so often.
        mapping: which fields go along.
        actions: marketing actions, of those of the destination.
        at_end: `remove` takes everybody out again when it ends; `keep` leaves them.
        except_: segments whose members are left out.
        bought_days: purchases of so many days back are what the field `bought` has.
        created_at, created_by: when, by whom.
        filling: whether members who were there before are still being gone through.
        remind: of `reminders`, what is a wish for one.
        holds: persons or identities that the destination holds of it.
    """

    id: str
    segment: str
    segment_name: str
    destination: str
    mode: Mode
    state: State
    starts: datetime
    ends: datetime
    every_minutes: int | None
    mapping: tuple[Mapped, ...]
    actions: tuple[str, ...]
    at_end: str
    except_: tuple[str, ...]
    bought_days: int
    created_at: datetime
    created_by: str | None
    filling: bool
    holds: int
    remind: Remind | None = None

    @classmethod
    def of(cls, row: Row) -> Activation:
        """Read a row of `destinations.activations`."""
        return cls(
            row["id"], row["segment"], row["segment_name"], row["destination"], row["mode"], row["state"],
            row["starts"], row["ends"], row["every_minutes"], mapping(row["mapping"]), tuple(row["actions"]),
            row["at_end"], tuple(sorted(row["except"])), row["bought_days"], row["created_at"], row["created_by"],
            row["filling"], row["holds"],
            None if row["event"] is None else Remind(row["event"], row["on_property"], row["after_days"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """A change on its way to a destination, and afterwards its receipt.

    Attributes:
        id: its idempotency key: the same change is queued once.
        activation, destination, segment, profile: what goes where, about whom.
        trigger: what a trigger tells has no activation and segment, and is about a person only where it tells of one.
        cause: `entered`, `exited`, `changed`, `merged`, `activated`, `ended`, `suppressed`, …; `by_event` did it.
        at: when.
        state: `queued`, `done`, `dead` (given up), `unsure` (nobody knows whether it arrived).
        outcome: `added`, `updated`, `removed`, `unchanged`, `told`, `sent`, or why not: `refused`, `suppressed`, ….
        answer: the destination's, without personal data.
        attempts: how often it was tried; `items`: how many things were sent.
        due: when it is (next) to be tried; `done_at`: when it was over.
    """

    id: str
    activation: str | None
    trigger: str | None
    destination: str
    segment: str | None
    profile: str | None
    cause: str
    by_event: str | None
    at: datetime
    state: str
    outcome: str | None
    answer: str | None
    attempts: int
    items: int | None
    due: datetime
    done_at: datetime | None


class Held(NamedTuple):
    """Something that a destination holds of an activation.

    Attributes:
        subject: id of a profile or key of an identity; `kind` says which: `person` or `identity`.
        state: `held`; `sending`: perhaps; `unsure`: nobody knows.
        since, at: since when; when it was last sent.
        profile: whose it is now; None: nobody's any more.
        member: whether that one is a member of the segment now.
    """

    subject: str
    kind: str
    state: str
    since: datetime
    at: datetime | None
    profile: str | None
    member: bool


class Reconciled(NamedTuple):
    """What a destination says that it holds, against what it should.

    Attributes:
        activation: of which.
        held: how many persons or identities it says that it has.
        missing: what it was sent and has not, as the graph names it; `extra`: what it has though it should not, as it
            names it itself.
        mended: whether what can be put right was put into the queue.
        left: of `extra` what can only be taken out by the destination's owner, since it is not known here what it is.
    """

    activation: str
    held: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    mended: bool
    left: tuple[str, ...] = ()


def mapping(rows: Sequence[str]) -> tuple[Mapped, ...]:
    """Read a mapping, each `source=target` (or a source alone, which keeps its last name).

    Raises:
        DestinationError: says which part cannot be.
    """
    found: dict[str, Mapped] = {}
    for row in rows:
        source, sign, target = (part.strip() for part in row.partition("="))
        target = target if sign else source.rpartition(".")[2]
        if not _SOURCE.fullmatch(source):
            raise DestinationError(
                f"The mapping reads `{source[:80]}`, which there is not. There is profile.NAME, identity.NAMESPACE, "
                "identities, profile_id, segment, segment_name, entered, bought.",
                field="mapping",
            )
        if not _TARGET.fullmatch(target):
            raise DestinationError(f"The mapping's target `{target[:80]}` is no name of a field.", field="mapping")
        if target in found:
            raise DestinationError(f"The mapping gives {target} twice; leave one out.", field="mapping")
        found[target] = Mapped(source, target)
    if len(found) > MOST_FIELDS:
        raise DestinationError(f"The mapping has {len(found)} fields; {MOST_FIELDS} are the most.", field="mapping")
    return tuple(found.values())


def check_id(id: str) -> None:
    """Refuse what cannot be an id.

    Raises:
        DestinationError: it cannot.
    """
    if not _ID.fullmatch(id):
        raise DestinationError(
            f"`{id[:64]}` cannot be an id: small letters, digits, `_` and `-`, a letter first, at most 64.", field="id"
        )
