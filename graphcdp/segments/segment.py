"""A segment, its versions and who was in it, as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from graphcdp.base import ConflictError, NotFoundError
from graphcdp.graph import Row
from graphcdp.segments.rule import ast
from graphcdp.segments.rule.tree import from_json

State = Literal["draft", "active", "paused", "archived"]
STATES: tuple[State, ...] = get_args(State)


class SegmentNotFoundError(NotFoundError):
    """There is no such segment."""

    code = "segment_not_found"


class SegmentConflictError(ConflictError):
    """What stands forbids the change."""

    code = "segment_conflict"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment.

    Attributes:
        id: a short name: `gift_cart_abandoners`.
        name: for people.
        rule: in the canonical text.
        condition: the rule as a tree.
        state: `draft`, `active` (kept up), `paused` (members stay as they are), `archived` (nobody is a member).
        version: of the rule, from 1.
        created_at, created_by, changed_at: when, by whom.
        filling: whether people who were there before the rule are still being gone through.
        members: how many now.
        uses: segments that its rule asks for.
        used_by: what uses it, such as `Segment runners`.
    """

    id: str
    name: str
    rule: str
    condition: ast.Condition
    state: State
    version: int
    created_at: datetime
    created_by: str | None
    changed_at: datetime
    filling: bool
    members: int
    uses: tuple[str, ...]
    used_by: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> Segment:
        """Read a row of `segment.all`."""
        return cls(
            row["id"], row["name"], row["rule"], from_json(row["tree"]), row["state"], row["version"],
            row["created_at"], row["created_by"], row["changed_at"], row["filling"], row["members"],
            tuple(row["uses"]), tuple(row["used_by"]),
        )  # fmt: skip


class Version(NamedTuple):
    """A version of a segment's rule: its number, the text, since when, by whom."""

    version: int
    rule: str
    condition: ast.Condition
    at: datetime
    author: str | None


class Membership(NamedTuple):
    """A stay of a person in a segment.

    Attributes:
        profile_id: the person.
        segment_id, name: the segment.
        entered: since when.
        because: `event`, `clock`, `rule`, `identity`, `attribute` or `household`.
        by_event: the event that did it.
        exited, exited_because, exited_by_event: of a former membership.
    """

    profile_id: str
    segment_id: str
    name: str
    entered: datetime
    because: str | None
    by_event: str | None
    exited: datetime | None = None
    exited_because: str | None = None
    exited_by_event: str | None = None
