"""Why two identities are two people: which links between them were lost, to what, and what stands against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from graphcdp.identity.questions.chain import Evidence, PersonsWord
from graphcdp.identity.questions.sentences import told_apart


class Verdict(StrEnum):
    """What `why_not` found."""

    ONE_PERSON = "one person"
    NEVER_LINKED = "never linked"
    LOST = "lost"


class Hold(NamedTuple):
    """One link on the way from an end of a lost link to what stands against it."""

    left_key: str
    right_key: str
    state: str
    seen: int
    last_seen: datetime | None


class Opposition(NamedTuple):
    """What stands against a lost link, seen from one of its ends.

    Attributes:
        end_key: the end of the lost link.
        value_key: the value of the limited namespace that this end's side holds.
        counts_as: the value it was declared to be; itself where nothing was declared.
        steps: the links from the end to the value; empty where the end is the value.
    """

    end_key: str
    value_key: str
    counts_as: str
    steps: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class ApartStep:
    """One link of the chain between two people.

    Attributes:
        step: counted from 1; left_key, right_key: in the direction of the chain.
        state: `active` or `pinned`; or lost: `suppressed`, `retired` or `cut`.
        in_force: whether it is not lost.
        seen, sources, first_seen, last_seen: its sightings.
        first_event, last_event: the first and the last event that showed the two together.
        because: what took it out of force: `unique:<namespace>`, `shared:<namespace>`, `cap` or `hub`; None for a cut.
        by_event: the event that decided it.
        decision: the person's word that cut it.
        most: how many values, identities or links the constraint allows.
        would_hold: the values of the limited namespace that both sides hold, each once.
        against: what stands against it.
    """

    step: int
    left_key: str
    right_key: str
    state: str
    in_force: bool
    seen: int
    sources: tuple[str, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    first_event: Evidence | None
    last_event: Evidence | None
    because: str | None
    by_event: Evidence | None
    decision: PersonsWord | None
    most: int | None
    would_hold: tuple[str, ...]
    against: tuple[Opposition, ...]

    @property
    def stands(self) -> bool:
        """Whether the limit would still be broken if the link were in force now."""
        values = {one.counts_as for one in self.against}
        return self.most is not None and len(values) > self.most

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.why_not`."""
        return cls(
            row["step"],
            row["left_key"],
            row["right_key"],
            row["state"],
            row["in_force"],
            row["seen"] or 0,
            tuple(row["sources"] or ()),
            row["first_seen"],
            row["last_seen"],
            Evidence.of(row["first_event"]),
            Evidence.of(row["last_event"]),
            row["because"],
            Evidence.of(row["by_event"]),
            PersonsWord.of(row["decision"]),
            row["most"],
            tuple(row["would_hold"]),
            tuple(
                Opposition(
                    one["end_key"],
                    one["value_key"],
                    one["counts_as"],
                    tuple(
                        Hold(each["left_key"], each["right_key"], each["state"], each["seen"] or 0, each["last_seen"])
                        for each in one["steps"]
                    ),
                )
                for one in row["against"]
            ),
        )


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why two identities are two people.

    Attributes:
        from_key, to_key: what was asked, `namespace|value`.
        from_profile, to_profile: who holds them now.
        verdict: whether they are two people at all, and whether they were ever linked.
        steps: the chain between them with the fewest lost links; empty unless links were lost.
    """

    from_key: str
    to_key: str
    from_profile: str
    to_profile: str
    verdict: Verdict
    steps: tuple[ApartStep, ...]

    @property
    def lost(self) -> tuple[ApartStep, ...]:
        """The links of the chain that are not in force."""
        return tuple(step for step in self.steps if not step.in_force)

    def sentence(self) -> str:
        """Say it in plain English."""
        return told_apart(self)

    @classmethod
    def of(
        cls, from_key: str, to_key: str, from_profile: str, to_profile: str, rows: Sequence[Mapping[str, Any]]
    ) -> Self:
        """Read the rows of `identity.why_not`."""
        verdict = Verdict(rows[0]["answer"]) if rows else Verdict.NEVER_LINKED
        steps = tuple(ApartStep.of(row) for row in rows) if verdict is Verdict.LOST else ()
        return cls(from_key, to_key, from_profile, to_profile, verdict, steps)
