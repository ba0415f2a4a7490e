"""Who may say no: asked when an activation is made, and before every delivery. Consent and policies answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Plan:
    """What an activation would do.

    Attributes:
        activation, segment, destination: ids.
        actions: marketing actions it serves.
        sources: what its mapping reads: `profile.first_name`, `identity.email`, …
        apart: segments whose members it leaves out.
        channel: on which it speaks to people; None: it does not.
    """

    activation: str
    segment: str
    destination: str
    actions: tuple[str, ...]
    sources: tuple[str, ...]
    channel: str | None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A no.

    Attributes:
        because: a stable word: `consent`, `policy`, …
        message: a sentence without personal data.
    """

    because: str
    message: str


class Gate(Protocol):
    """Allows or refuses."""

    async def may_activate(self, plan: Plan) -> Refused | None:
        """Say why an activation may not be at all; None: it may."""
        ...

    async def may_deliver(self, plan: Plan, profile_ids: Sequence[str]) -> Sequence[Refused | None]:
        """Say why something of each person may not be sent now, in order; None: it may."""
        ...


class Open:
    """Allows everything."""

    async def may_activate(self, plan: Plan) -> Refused | None:  # noqa: ARG002
        """Allow."""
        return None

    async def may_deliver(self, plan: Plan, profile_ids: Sequence[str]) -> Sequence[Refused | None]:  # noqa: ARG002
        """Allow."""
        return [None] * len(profile_ids)
