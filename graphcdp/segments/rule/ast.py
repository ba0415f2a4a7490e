"""The rule of a segment as a tree: what the text, the JSON and the GraphQL form all become, and both evaluators read.

The meaning of each node is its docstring. Everywhere:

- Truth has two values. A comparison of something missing, or of two kinds that cannot be compared (a text with a
  number), is false, `!=` too; `Not` of it is then true. `is unknown` asks for what is missing.
- A number is a number (1 equals 1.0), a boolean is not a number. Text is compared exactly, by code points. `<` and its
  kin compare numbers, and dates written as ISO text (`2026-01-31`, or with a time) with a date literal; nothing else.
- An event counts when its `ts` is not after the instant of evaluation.
- Events of a person are those that hang on the identities of the profile now. Order is by `ts`, then by id.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    field_validator,
    model_validator,
)

Comparison = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts with", "ends with"]
Count = Literal["=", "<", "<=", ">", ">="]
Function = Literal["count", "sum", "average", "min", "max", "distinct", "first", "last", "most frequent"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})?$")]
Seconds = Annotated[StrictInt, Field(gt=0, le=10 * 366 * 86_400)]
_DATE = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$"


def _day(date: str) -> str:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        raise ValueError(f"{date} is not in the calendar") from None
    return date


EVENTS_ARE_PAST = "Events lie in the past; `in next` is for dates, as in `profile.renewal_date in next 30 days`."
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Node(BaseModel):
    """A part of a rule: immutable, compared by value, nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# -- values ---------------------------------------------------------------------------------------------------------


class Text(Node):
    """A text literal."""

    kind: Literal["text"] = "text"
    value: Annotated[str, Field(max_length=1_000)]


class Numeral(Node):
    """A number literal."""

    kind: Literal["number"] = "number"
    value: Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)] | Annotated[StrictFloat, Field(allow_inf_nan=False)]


class Truth(Node):
    """`true` or `false`."""

    kind: Literal["boolean"] = "boolean"
    value: StrictBool


class Date(Node):
    """A day or an instant, as ISO text: `2026-01-31` (its first instant, UTC) or `2026-01-31T10:00:00Z`."""

    kind: Literal["date"] = "date"
    value: Annotated[str, Field(pattern=_DATE), AfterValidator(_day)]

    @property
    def instant(self) -> datetime:
        """The instant, in UTC."""
        read = datetime.fromisoformat(self.value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read


class Choice(Node):
    """A list of literals, right of `in` and `not in`."""

    kind: Literal["list"] = "list"
    values: Annotated[tuple[Literally, ...], Field(min_length=1, max_length=1_000)]


Literally = Annotated[Text | Numeral | Truth, Field(discriminator="kind")]


class ProfileField(Node):
    """`profile.name`: a computed attribute of that name where it is known, else what sources state.

    Also `profile.first_seen`, `profile.last_seen` (event times) and `profile.identity_count`.
    """

    kind: Literal["profile"] = "profile"
    name: Name


class EventField(Node):
    """A property of the event at hand: a common one, one of the source's own, or `type`, `channel`, `source`,
    `dataset`, `device.kind`, `device.name`, `ts`.
    """

    kind: Literal["event"] = "event"
    name: Name


class StepField(Node):
    """`step1.name`: a property of the event that an earlier step of the same sequence found; steps count from 1."""

    kind: Literal["step"] = "step"
    step: Annotated[StrictInt, Field(ge=1, le=9)]
    name: Name


class Aggregate(Node):
    """A figure over a person's events: `sum(revenue of purchased in last 30 days)`.

    `count` has no field. `distinct` counts different values. Events without the field do not count; of none `count`,
    `sum` and `distinct` are 0, the others missing. `sum`, `average`, `min`, `max` take numbers only. Sums add in order.
    `most frequent(category of purchased)`: the value of most events; of equals the one told last (by `ts`), then the
    smallest text.
    """

    kind: Literal["aggregate"] = "aggregate"
    function: Function
    field: Name | None = None
    events: Events

    @model_validator(mode="after")
    def _of_a_field(self) -> Self:
        if self.field is None and self.function != "count":
            raise ValueError(f"`{self.function}` is of a property of events: `{self.function}(revenue of purchased)`")
        if self.field is not None and self.function == "count":
            raise ValueError("`count` counts events, not a property; say `where … is known`, or use `distinct`")
        return self


Value = Annotated[
    Text | Numeral | Truth | Date | Choice | ProfileField | EventField | StepField | Aggregate,
    Field(discriminator="kind"),
]

Asked = ProfileField | EventField | StepField | Aggregate
"""Values that are read, where the others are said."""

# -- time -----------------------------------------------------------------------------------------------------------


class Last(Node):
    """`in last 7 days`: from that long before the instant of evaluation to it, both ends included."""

    kind: Literal["last"] = "last"
    seconds: Seconds


class Ago(Node):
    """`more than 30 days ago` (`newest`), or with `oldest` too `between 60 and 30 days ago`: both ends included.

    Without `oldest`: strictly more than that long ago.
    """

    kind: Literal["ago"] = "ago"
    newest: Seconds
    oldest: Seconds | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.oldest is not None and self.oldest < self.newest:
            raise ValueError("`oldest` is before `newest`, so it is the longer time")
        return self


class Next(Node):
    """`in next 30 days`: for dates of a profile only; from the instant of evaluation on, both ends included."""

    kind: Literal["next"] = "next"
    seconds: Seconds


class Between(Node):
    """`since 2026-01-01` and/or `until 2026-02-01`: from the first instant of `since` to before that of `until`."""

    kind: Literal["between"] = "between"
    since: Date | None = None
    until: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is None and self.until is None:
            raise ValueError("say `since`, `until` or both")
        if self.since is not None and self.until is not None and self.since.instant >= self.until.instant:
            raise ValueError(f"nothing lies between {self.since.value} and {self.until.value}")
        return self


Window = Annotated[Last | Ago | Next | Between, Field(discriminator="kind")]

# -- events ---------------------------------------------------------------------------------------------------------


class Events(Node):
    """Events of a person, or of the others of the household.

    Attributes:
        types: any of these types; empty: every type.
        where: what each event must fulfil.
        window: when; None: ever.
        by: `self`, or `household`: the other members of the profile's household, not the profile itself.
    """

    kind: Literal["events"] = "events"
    types: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    where: Condition | None = None
    window: Window | None = None
    by: Literal["self", "household"] = "self"

    @field_validator("types")
    @classmethod
    def _once(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(types))

    @field_validator("window")
    @classmethod
    def _past(cls, window: Window | None) -> Window | None:
        if isinstance(window, Next):
            raise ValueError(EVENTS_ARE_PAST)
        return window


# -- conditions -----------------------------------------------------------------------------------------------------


class AllOf(Node):
    """Every one of them."""

    kind: Literal["and"] = "and"
    conditions: Annotated[tuple[Condition, ...], Field(min_length=2, max_length=500)]


class AnyOf(Node):
    """At least one of them."""

    kind: Literal["or"] = "or"
    conditions: Annotated[tuple[Condition, ...], Field(min_length=2, max_length=500)]


class Not(Node):
    """Not that."""

    kind: Literal["not"] = "not"
    condition: Condition


class Compare(Node):
    """`left operator right`.

    About a person, left is a `ProfileField` or an `Aggregate`; in the `where` of events also an `EventField` or
    `StepField`. `contains`, `starts with`, `ends with` are about text. `in` and `not in` take a `Choice`; `not in` of
    something missing is false.
    """

    kind: Literal["compare"] = "compare"
    left: Value
    operator: Comparison
    right: Value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not isinstance(self.left, Asked):
            raise ValueError("left of a comparison stands a field or a figure")
        if isinstance(self.right, Choice) is not (self.operator in ("in", "not in")):
            raise ValueError("a list stands to the right of `in` and `not in`, and nothing else does")
        return self


class Known(Node):
    """`… is known`, or `… is unknown` (`known` false): whether there is a value."""

    kind: Literal["known"] = "known"
    value: Value
    known: StrictBool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not isinstance(self.value, Asked):
            raise ValueError("only a field or a figure is known or unknown")
        return self


class When(Node):
    """A date of a profile or an event lies in a window: `profile.renewal_date in next 30 days`."""

    kind: Literal["when"] = "when"
    value: ProfileField | EventField | StepField
    window: Window


class SameAs(Node):
    """In a `where`: this event shares a field with some event of a pattern.

    `purchased where product in (product of household viewed product in last 30 days)`. For `product`, `content` and
    `campaign` the graph is asked: any node that both events are ABOUT (or came FROM). Else the values are equal.
    """

    kind: Literal["same"] = "same"
    field: Name
    events: Events
    of: Name


class Did(Node):
    """Events happened so often: `purchased at least 2 times in last 30 days`; usually at least once."""

    kind: Literal["did"] = "did"
    events: Events
    operator: Count = ">="
    times: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 1


class Step(Node):
    """A later step of a sequence.

    Attributes:
        events: what happens, or must not; its window, if any, counts as well.
        negated: `then not`: nothing of that follows the step before.
        within_seconds: after the step before; None: at any time up to the instant of evaluation.
    """

    kind: Literal["step"] = "step"
    events: Events
    negated: bool = False
    within_seconds: Seconds | None = None


class Sequence(Node):
    """`added to cart then purchased within 1 hour then not called within 3 days`.

    There are events, one a positive step, each strictly later by (ts, id) than the one before and at most `within`
    later, so that every `then not` holds: nothing of it strictly after the positive step before it and at most `within`
    later; and with a `within`, that time has run out. Several `then not` after one step all count from that step.
    """

    kind: Literal["sequence"] = "sequence"
    first: Events
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=8)]


class Member(Node):
    """`in segment gift_cart_abandoners`: a member of another segment as its rule stands, paused or not."""

    kind: Literal["member"] = "member"
    segment: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Listed(Node):
    """`in audience dropped_at_checkout`: found by a journey and published; whoever holds an identity that is listed."""

    kind: Literal["listed"] = "listed"
    audience: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Named(Node):
    """A named condition such as `abandoned cart`, with the window it is asked for where it takes one."""

    kind: Literal["named"] = "named"
    name: Word
    window: Window | None = None


class HasIdentity(Node):
    """`has identity email`: some identity of this namespace, in force now."""

    kind: Literal["identity"] = "identity"
    namespace: Word


class Consents(Node):
    """`consents to email`: the person agreed to that purpose or channel (`marketing__email`: both), and still does.

    By the newest word, the stricter one of two people who turned out to be one, until it expires.
    """

    kind: Literal["consents"] = "consents"
    to: Word


class Household(Node):
    """`a household member (…)`: some other person of the household fulfils the condition.

    Inside it nobody else is seen of that person's household; a rule that asks there is refused, a segment that it asks
    for may.
    """

    kind: Literal["household"] = "household"
    condition: Condition


class Everyone(Node):
    """`everyone`: any person with a profile."""

    kind: Literal["everyone"] = "everyone"


Condition = Annotated[
    AllOf | AnyOf | Not | Compare | Known | When | SameAs | Did | Sequence | Member | Named | HasIdentity | Consents
    | Household | Everyone | Listed,
    Field(discriminator="kind"),
]  # fmt: skip

for _model in (Choice, Aggregate, Events, AllOf, AnyOf, Not, Compare, Known, SameAs, Did, Step, Sequence, Household):
    _model.model_rebuild()
