"""Why are these two identities one person? And what does a person's identity graph look like?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from graphcdp.base import InvalidInputError, NotFoundError
from graphcdp.graph import Graph
from graphcdp.model import IdentityKey


class IdentityNotFoundError(NotFoundError):
    """An identity was never seen."""

    code = "identity_not_found"

    @classmethod
    def of(cls, namespace: str) -> Self:
        """Say it of one identity, without its value."""
        return cls(
            f"No {namespace} identity with this value was ever seen. Check the namespace and the spelling.",
            namespace=namespace,
        )


class ProfileNotFoundError(NotFoundError):
    """A profile's id was never given out."""

    code = "profile_not_found"


class Evidence(NamedTuple):
    """An event or record that showed two identities together; `type` is `record` for one without an interaction."""

    id: str
    type: str
    ts: datetime
    source: str | None
    dataset: str | None
    channel: str | None

    @classmethod
    def of(cls, shown: Mapping[str, Any] | None) -> Evidence | None:
        """Read a map of `identity.explain`."""
        return None if shown is None else cls(**{name: shown[name] for name in cls._fields})


@dataclass(frozen=True, slots=True)
class LinkStep:
    """One link of a chain of evidence.

    Attributes:
        step: counted from 1.
        left_key, right_key: the two identities, `namespace|value`, in the direction of the chain.
        state: `active`, or `pinned` by a person.
        seen: how many events showed the two together.
        sources: where those came from.
        first_seen, last_seen: in event time.
        weakest: whether this is the chain's weakest link.
        first_event, last_event: the first and the last event that showed them together.
    """

    step: int
    left_key: str
    right_key: str
    state: str
    seen: int
    sources: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    weakest: bool
    first_event: Evidence | None
    last_event: Evidence | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.explain`."""
        return cls(
            row["step"],
            row["left_key"],
            row["right_key"],
            row["state"],
            row["seen"] or 0,
            tuple(row["sources"] or ()),
            row["first_seen"],
            row["last_seen"],
            row["weakest"],
            Evidence.of(row["first_event"]),
            Evidence.of(row["last_event"]),
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether two identities are one person, and by what evidence.

    Attributes:
        from_key, to_key: what was asked, `namespace|value`.
        profile_id: the person who holds both; None where they are two people.
        steps: the strongest chain of links between them, in order; empty where they are two people or one identity.
    """

    from_key: str
    to_key: str
    profile_id: str | None
    steps: tuple[LinkStep, ...]

    @property
    def weakest(self) -> LinkStep | None:
        """The chain's weakest link: fewest sightings, then oldest."""
        return next((step for step in self.steps if step.weakest), None)

    def sentence(self) -> str:
        """Say it in plain English."""
        if self.from_key == self.to_key:
            return f"{self.from_key} is one identity: it needs no evidence to be one person."
        if self.profile_id is None:
            return f"{self.from_key} and {self.to_key} are two people: no chain of links in force joins them."
        weakest = self.weakest
        if weakest is None:
            return f"{self.from_key} and {self.to_key} are one person."
        chain = "1 link" if len(self.steps) == 1 else f"{len(self.steps)} links"
        told = f"{self.from_key} and {self.to_key} are one person over {chain}."
        pair = (
            "They" if len(self.steps) == 1 else f"The weakest joins {weakest.left_key} and {weakest.right_key}, which"
        )
        return f"{told} {pair} {_sightings(weakest)}"


@dataclass(frozen=True, slots=True)
class GraphIdentity:
    """One identity in a picture; `own` says whether the person holds it now, `profile_id` who does."""

    key: str
    namespace: str
    value: str
    first_seen: datetime | None
    last_seen: datetime | None
    known_from: datetime | None
    own: bool
    profile_id: str | None


@dataclass(frozen=True, slots=True)
class GraphLink:
    """One link in a picture, of any state, and why it is in that state."""

    left_key: str
    right_key: str
    state: str
    seen: int
    sources: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    because: str | None
    by_event: str | None


class GraphDevice(NamedTuple):
    """A device in a picture."""

    id: str
    kind: str | None
    name: str | None
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class IdentityGraph:
    """A person's identities, what was lost one step out, their links and devices.

    Attributes:
        profile_id: the present id.
        identities: the person's own first, by key, then the lost ones by key (200 at most).
        links: by keys, 1,000 at most.
        devices: of the person's own identities.
        on_device: pairs of identity key and device id.
    """

    profile_id: str
    identities: tuple[GraphIdentity, ...]
    links: tuple[GraphLink, ...]
    devices: tuple[GraphDevice, ...]
    on_device: tuple[tuple[str, str], ...]


class Explainer:
    """Answers from the graph as it stands; identity keys are taken as they are: normalise them first."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def explain(self, a: IdentityKey, b: IdentityKey) -> Explanation:
        """Say why two identities are one person: the strongest chain of evidence between them.

        Strongest is the chain whose weakest link has the most sightings; then the one with the fewest steps, then the
        newest (whose oldest sighting is the latest).

        Raises:
            IdentityNotFoundError: one of them was never seen.
        """
        rows = await self._graph.read("identity.explain", from_key=str(a), to_key=str(b))
        owners = await self._owners([a, b])
        same = owners[str(a)] == owners[str(b)]
        return Explanation(
            str(a), str(b), owners[str(a)] if same else None, tuple(LinkStep.of(row) for row in rows) if same else ()
        )

    async def graph_of(self, profile_id: str) -> IdentityGraph:
        """Return a person's identity graph by id, present or past.

        Raises:
            ProfileNotFoundError: the id was never given out.
        """
        rows = await self._graph.read("identity.graph_of", profile_id=profile_id)
        if not rows:
            raise ProfileNotFoundError(f"There is no profile {profile_id}, and never was. Check the id.", id=profile_id)
        row = rows[0]
        return IdentityGraph(
            row["profile_id"],
            tuple(GraphIdentity(**each) for each in row["identities"]),
            tuple(GraphLink(**{**each, "sources": tuple(each["sources"] or ())}) for each in row["links"]),
            tuple(GraphDevice(**each) for each in row["devices"]),
            tuple((each["identity_key"], each["device_id"]) for each in row["on_device"]),
        )

    async def graph_around(self, key: IdentityKey) -> IdentityGraph:
        """Return the identity graph of the person who holds an identity.

        Raises:
            IdentityNotFoundError: it was never seen.
        """
        return await self.graph_of((await self._owners([key]))[str(key)])

    async def _owners(self, keys: list[IdentityKey]) -> dict[str, str]:
        rows = await self._graph.read("identity.known", keys=[str(key) for key in keys])
        owners = {row["key"]: row["profile_id"] for row in rows}
        for key in keys:
            if not key.namespace or not key.value:
                raise InvalidInputError("An identity needs a namespace and a value. Give both.", field="identity")
            if str(key) not in owners:
                raise IdentityNotFoundError.of(key.namespace)
        return owners


def _sightings(link: LinkStep) -> str:
    if link.state == "pinned":
        return "were joined by a person's decision."
    times = "once" if link.seen == 1 else f"{link.seen:,} times"
    shown = [event for event in (link.first_event, link.last_event) if event is not None]
    if not shown:
        return f"were seen together {times}."
    first = _event(shown[0])
    if link.seen == 1 or shown[0].id == shown[-1].id:
        return f"were seen together {times}: {first}."
    return f"were seen together {times}: first {first}, last {_event(shown[-1])}."


def _event(event: Evidence) -> str:
    by = f" from {event.source}" if event.source else ""
    return f"by the {event.type} {event.id}{by} at {event.ts:%Y-%m-%d %H:%M:%S} UTC"
