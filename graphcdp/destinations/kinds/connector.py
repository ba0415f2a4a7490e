"""What a kind of destination is: the class that plug-ins bring, by the entry point `graphcdp.destinations`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from graphcdp.model import Scalar

Action = Literal[
    "add", "update", "remove", "entered", "exited", "message",
    "profile_changed", "profile_merged", "policy_violated", "policy_kept_again",
]  # fmt: skip
Subject = Literal["person", "identity"]
Value = Scalar | datetime | list[str] | dict[str, list[str]]


class Options(BaseModel):
    """Options of a destination; a field of type `SecretStr` is a secret: sealed in the graph, never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_per_second: Annotated[float, Field(gt=0, le=100_000)] | None = Field(
        default=None, description="So many items a second at most."
    )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all options, the kind's own first."""
        shared = Options.model_fields
        return (*(name for name in cls.model_fields if name not in shared), *shared)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do at a destination.

    Attributes:
        id: its idempotency key: the same whenever the same thing is sent again.
        action: `add`, `update`, `remove`; `entered` and `exited` where each is told; `message`; what triggers tell.
        subject: what the destination knows it by: a profile's id, or an identity's value (normalised, hashed where the
            connector hashes).
        namespace: of the identity; None for a person.
        profile_id: the person.
        fields: what the mapping gives, by the destination's names; empty for what is removed.
        at: when the change happened.
        by_event: the event that did it, where one did.
        identities: of a person as they are now, by namespace, the last seen first.
        told: of a trigger, what happened.
    """

    id: str
    action: Action
    subject: str
    namespace: str | None
    profile_id: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    at: datetime | None = None
    by_event: str | None = None
    identities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent at once: items of one activation, removals first.

    Attributes:
        activation, segment, segment_name: what it is about.
        items: at most the connector's `batch_size`.
        now: the instant.
        trigger: whether `activation` is a trigger's id: then there is no segment.
    """

    activation: str
    segment: str
    segment_name: str
    items: Sequence[Item]
    now: datetime
    trigger: bool = False


class Answer(NamedTuple):
    """What became of an item.

    Attributes:
        verdict: `done`; `refused` for good; `later`: try again; `unsure`: only of messages, nobody knows.
        detail: for people, without personal data: `HTTP 200`.
    """

    verdict: Literal["done", "refused", "later", "unsure"]
    detail: str


class Connector(ABC):
    """A kind of destination, connected with its options.

    Attributes:
        kind: its name in the catalog.
        title: for people.
        about: what it does, in a sentence.
        options: what it is to be told.
        subject: whether it holds persons or single identities.
        namespaces: identities that it takes, best first; empty: of every namespace.
        one_each: whether one identity of a person is enough.
        hashing: how identities are made unreadable on the way; None: they are sent as they are.
        batch_size: so many items at once.
        rate: items a second at most; None: as fast as it answers. The option `rate_per_second` sets another.
        can_remove: whether it takes removals.
        message_channel: it speaks to the person, on this channel; so nothing may go out twice. What was on its way when
            the process died is not sent again by itself.
        tells: whether it can be told single things that happened, by a trigger, instead of holding members.
        fields: the mapping where none is given, `source=target`.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    options: ClassVar[type[Options]]
    subject: ClassVar[Subject] = "person"
    namespaces: ClassVar[tuple[str, ...]] = ()
    one_each: ClassVar[bool] = False
    hashing: ClassVar[str | None] = None
    batch_size: ClassVar[int] = 100
    rate: float | None = None
    can_remove: ClassVar[bool] = True
    message_channel: ClassVar[str | None] = None
    tells: ClassVar[bool] = False
    fields: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    async def send(self, load: Load) -> Sequence[Answer]:
        """Send items; what was sent before under the same id must do no harm.

        Returns:
            An answer an item, in order.

        Raises:
            DownError: the whole may be tried again later.
        """

    async def probe(self) -> str:
        """Find out whether it can be reached, without sending anything; return a sentence.

        Raises:
            DownError: it cannot.
        """
        return "It is tried with the first delivery."

    async def held(self, activation: str) -> frozenset[str] | None:  # noqa: ARG002  for those that can tell
        """Return what the destination says that it holds of an activation, by its own names; None: it cannot say.

        Raises:
            DownError: it cannot be asked now.
        """
        return None

    @classmethod
    def says_held(cls) -> bool:
        """Return whether it can be asked what it holds; else the receipts of what it took are the answer."""
        return cls.held is not Connector.held

    def name_of(self, namespace: str, value: str) -> str | None:  # noqa: ARG002  for those that need it
        """Return what the destination knows an identity by; None: it cannot take it."""
        return value

    async def close(self) -> None:  # noqa: B027  few have something to give back
        """Give back connections."""
