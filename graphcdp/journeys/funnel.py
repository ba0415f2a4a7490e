"""Funnels: how many people got how far along steps, how fast, why they stopped, and who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require, require_breakdown, require_gap
from graphcdp.journeys.selection import EVERYTHING, Analysis, Chosen, Selection
from graphcdp.pictures import Picture, bars

if TYPE_CHECKING:
    import pandas as pd

Order = Literal["ordered", "strict", "any"]
Anchor = Literal["first_step", "previous_step"]
Entry = Literal["any", "first"]
Tie = Literal["step_order", "strict_increase"]
Policy = Literal["stop_at_step", "drop_person"]
Outcome = Literal["reached", "stopped", "excluded"]
Why = Literal["no_later_event", "window_expired", "excluded_by", "tie_refused", "not_next", "identity_split"]
REASONS: tuple[Why, ...] = get_args(Why)
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MOST_STEPS, MOST_EXCLUSIONS, MOST_WINDOW_SECONDS, MOST_PATH = 12, 10, 366 * 86_400, 10


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Events that must not happen between two steps.

    Attributes:
        events: which, in the segment language.
        from_step, to_step: strictly later than the one step (from 1) and strictly earlier than the other.
    """

    events: str
    from_step: int = 1
    to_step: int = 2


@dataclass(frozen=True, slots=True)
class FunnelRule:
    """What a funnel is.

    Attributes:
        steps: events in the segment language, in order.
        order: `ordered` (other events may happen between), `strict` (nothing of the selection does), `any`.
        window_seconds: from the anchor to the last step, that instant included.
        window_anchor: `first_step`, or `previous_step`: each step within the window of the one before.
        entry: `any` first step may begin a try, or only the person's `first` one.
        tie: at one instant events stand in the order of the steps that they fit first (`step_order`), or the next step
            must be later (`strict_increase`).
        exclusions: what must not happen between.
        exclusion_policy: an exclusion ends the try (`stop_at_step`), or takes the person out (`drop_person`).
        hold_constant: a property of events that must be the same along all steps; people count with their best value.
        breakdown: count apart by this property of the first step's event, or by `profile.<attribute>`.
        session_gap_seconds: every session for itself, cut at silences of so long in all that the person did; None: all
            that people did together.
    """

    steps: tuple[str, ...]
    order: Order = "ordered"
    window_seconds: int = 14 * 86_400
    window_anchor: Anchor = "first_step"
    entry: Entry = "any"
    tie: Tie = "step_order"
    exclusions: tuple[Exclusion, ...] = ()
    exclusion_policy: Policy = "stop_at_step"
    hold_constant: str | None = None
    breakdown: str | None = None
    session_gap_seconds: int | None = None

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it.

        Raises:
            InvalidInputError: it asks for what cannot be.
            RuleError: events cannot be read.
        """
        self._check()
        steps = [EventChoice.read(text, now).data() for text in self.steps]
        require(
            self.order != "any" or all(one not in steps[:place] for place, one in enumerate(steps)),
            "A step stands twice, and in any order the two cannot be told apart. Leave one out.",
            field="steps",
        )
        return {
            "steps": steps,
            "order": self.order,
            "window_seconds": self.window_seconds,
            "window_anchor": self.window_anchor,
            "entry": self.entry,
            "tie": self.tie,
            "exclusions": [
                {**EventChoice.read(one.events, now).data(), "from_step": one.from_step, "to_step": one.to_step}
                for one in self.exclusions
            ],
            "exclusion_policy": self.exclusion_policy,
            "hold_constant": None if self.hold_constant is None else node_property(self.hold_constant),
            "breakdown": self.breakdown
            if self.breakdown is None or self.breakdown.startswith("profile.")
            else node_property(self.breakdown),
            "session_gap_seconds": self.session_gap_seconds,
        }

    def _check(self) -> None:
        many = len(self.steps)
        require(
            1 <= many <= MOST_STEPS, f"The funnel has {many} steps; it has 1 to {MOST_STEPS}.", field="steps", limit=12
        )
        require(
            0 < self.window_seconds <= MOST_WINDOW_SECONDS,
            f"`window_seconds` is {self.window_seconds}; it is from 1 to {MOST_WINDOW_SECONDS} (366 days).",
            field="window_seconds",
            limit=MOST_WINDOW_SECONDS,
        )
        require_gap(self.session_gap_seconds)
        for name, value, words in (
            ("order", self.order, get_args(Order)),
            ("window_anchor", self.window_anchor, get_args(Anchor)),
            ("entry", self.entry, get_args(Entry)),
            ("tie", self.tie, get_args(Tie)),
            ("exclusion_policy", self.exclusion_policy, get_args(Policy)),
        ):
            require(value in words, f"`{name}` is `{value}`; it is one of {', '.join(words)}.", field=name)
        require(
            len(self.exclusions) <= MOST_EXCLUSIONS,
            f"The funnel has {len(self.exclusions)} exclusions; {MOST_EXCLUSIONS} are the most.",
            field="exclusions",
        )
        for one in self.exclusions:
            require(
                1 <= one.from_step < one.to_step <= many,
                f"An exclusion is between step {one.from_step} and step {one.to_step}; the first comes before the "
                f"second, and both are from 1 to {many}.",
                field="exclusions",
            )
        require(
            not self.exclusions or self.order == "ordered",
            "Exclusions are for ordered funnels: in a strict one nothing happens between steps, and in any order there "
            "is no between.",
            field="exclusions",
        )
        require(
            self.order != "any" or self.window_anchor == "first_step",
            "In any order the window begins with the first of the steps: leave `window_anchor` as `first_step`.",
            field="window_anchor",
        )


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step of a funnel, of all people or of those with one value of the breakdown.

    Attributes:
        value: of the breakdown; None where there is none, or it is unknown.
        step: from 1.
        name: the step as it was asked for.
        people: how many reached it.
        sessions: how many sessions did, where every session is tried for itself; all that follows counts them then.
        from_first, from_previous: as a share of those who reached step 1, and the step before; None of nobody.
        stopped: how many went no further.
        reasons: why, with how many each.
        total_median_seconds: from the first step to this one.
        next_mean_seconds: from this step to the next, of those who went on.
        next_quantiles: the same, each of `QUANTILES`; empty where nobody went on.
        lowest_seconds, bin_seconds, bins: the same as a histogram: where it begins, a bin's width, how many in each.
    """

    value: str | None
    step: int
    name: str
    people: int
    from_first: float | None
    from_previous: float | None
    stopped: int
    reasons: Mapping[Why, int]
    total_median_seconds: float | None
    next_mean_seconds: float | None
    next_quantiles: tuple[float, ...]
    lowest_seconds: float | None
    bin_seconds: float | None
    bins: tuple[int, ...]
    sessions: int | None = None

    @property
    def counted(self) -> int:
        """How many reached it: sessions where they are counted, else people."""
        return self.people if self.sessions is None else self.sessions

    @property
    def next_median_seconds(self) -> float | None:
        """From this step to the next, the middle one."""
        return self.next_quantiles[2] if self.next_quantiles else None


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel.

    Attributes:
        steps: in order; with a breakdown by value and then in order.
        excluded: by value of the breakdown, how many people the policy `drop_person` took out.
        rules: what it was computed under.
    """

    steps: tuple[FunnelStep, ...]
    excluded: Mapping[str | None, int]
    rules: Mapping[str, Any]

    @property
    def conversion(self) -> float | None:
        """The share of all who began that reached the end; None where nobody began."""
        last = max((one.step for one in self.steps), default=0)
        began = sum(one.counted for one in self.steps if one.step == 1)
        return sum(one.counted for one in self.steps if one.step == last) / began if began else None

    def plot(self) -> Picture:
        """Return it as a picture: people (or sessions) step by step, side by side with a breakdown."""
        what = "people" if self.rules.get("session_gap_seconds") is None else "sessions"
        rows = [
            {"step": f"{one.step}. {one.name}", what: one.counted, "value": one.value or "(none)"} for one in self.steps
        ]
        series = None if self.rules.get("breakdown") is None else "value"
        return bars(rows, title="Funnel", label="step", value=what, series=series, axis=what)

    def frame(self) -> pd.DataFrame:
        """Return a row a step, by number and name of the step; with a breakdown by its value first."""
        import pandas as pd

        names = ["step", "name"] if self.rules.get("breakdown") is None else ["value", "step", "name"]
        rows = [
            {
                **{name: getattr(one, name) for name in ("value", "step", "name", "people", "from_first")},
                "from_previous": one.from_previous,
                "stopped": one.stopped,
                "total_median_seconds": one.total_median_seconds,
                "next_mean_seconds": one.next_mean_seconds,
                "next_median_seconds": one.next_median_seconds,
                "sessions": one.sessions,
                **{reason: one.reasons.get(reason, 0) for reason in REASONS},
            }
            for one in self.steps
        ]
        columns = ["value", "step", "name", "people", "from_first", "from_previous", "stopped", "total_median_seconds",
                   "next_mean_seconds", "next_median_seconds", *REASONS]  # fmt: skip
        if self.rules.get("session_gap_seconds") is not None:
            columns.insert(columns.index("people"), "sessions")
        frame = pd.DataFrame(rows, columns=columns)
        return frame.drop(columns=[] if "value" in names else ["value"]).set_index(names)


@dataclass(frozen=True, slots=True)
class FunnelPerson:
    """Someone behind a number of a funnel.

    Attributes:
        who: the profile's id, or the key of an identity where cookies are looked at.
        profile_id: whose.
        value: of the breakdown.
        held: the value that was held constant.
        reached: the last step reached; 0 of those taken out.
        reason: why no further; None at the end.
        event_ids, times: of the events that fill the steps.
    """

    who: str
    profile_id: str
    value: str | None
    held: str | None
    reached: int
    reason: Why | None
    event_ids: tuple[str, ...]
    times: tuple[datetime, ...]

    @classmethod
    def of(cls, row: Sequence[Any]) -> FunnelPerson:
        """Read a row of `journey.funnel_people`."""
        cells: list[Any] = [tuple(cell) if isinstance(cell, list) else cell for cell in row]
        return cls(*cells)


@dataclass(frozen=True, slots=True)
class DropOff:
    """What people did next who stopped at a step.

    Attributes:
        path: types of their next events; empty: nothing more.
        people: how many did so.
    """

    path: tuple[str, ...]
    people: int


class FunnelAnalysis(Analysis):
    """Funnels, the people behind their numbers, and what those did next who stopped."""

    async def funnel(self, rule: FunnelRule, selection: Selection = EVERYTHING) -> Funnel:
        """Count how many people got how far.

        Args:
            rule: the steps, and what counts as going on.
            selection: whose events, and which.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        inputs, chosen = await self._asked(rule, selection)
        rows, rules = await self.spoken("journey.funnel", selection, chosen, **inputs)
        if not rows and rule.breakdown is None:
            nobody = None if rule.session_gap_seconds is None else 0
            rows = [[None, step, *[0] * 9, *[None] * 6, nobody] for step in range(1, len(rule.steps) + 1)]
        steps, excluded = [], dict[str | None, int]()
        counts: list[int] = []
        for value, step, people, stopped, out, *more in rows:
            why, (total, mean, quantiles, lowest, width, bins, sessions) = more[:6], more[6:]
            reached = people if sessions is None else sessions
            counts = [reached] if step == 1 else [*counts, reached]
            excluded[value] = out
            steps.append(
                FunnelStep(
                    value,
                    step,
                    rule.steps[step - 1],
                    people,
                    share(reached, counts[0]),
                    share(reached, counts[-2] if step > 1 else counts[0]),
                    stopped,
                    {reason: many for reason, many in zip(REASONS, why, strict=True) if many},
                    total,
                    mean,
                    tuple(quantiles or ()),
                    lowest,
                    width,
                    tuple(bins or ()),
                    sessions,
                )
            )
        return Funnel(tuple(steps), excluded, {**asdict(rule), **rules})

    async def funnel_people(
        self,
        rule: FunnelRule,
        selection: Selection = EVERYTHING,
        *,
        outcome: Outcome = "reached",
        step: int = 1,
        value: str | None = None,
        reason: Why | None = None,
        first: int = 100,
        after: str | None = None,
    ) -> Page[FunnelPerson]:
        """Return the people behind a number, by id.

        Args:
            rule, selection: of the funnel.
            outcome: who `reached` the step or went further, `stopped` there, or was `excluded` (of the whole funnel).
            step: which, from 1.
            value: only of this value of the breakdown.
            reason: only those who stopped for it.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
        """
        _check_step(rule, step)
        require(
            outcome in get_args(Outcome), f"`{outcome}` is none of {', '.join(get_args(Outcome))}.", field="outcome"
        )
        require_breakdown(value, rule.breakdown)
        inputs, chosen = await self._asked(rule, selection)
        rows = await self._graph.read_rows(
            "journey.funnel_people",
            **inputs,
            **chosen.inputs,
            outcome=outcome,
            at_step=step,
            value_is=value,
            reason_is=reason,
            after_who=read_id_cursor(after),
            page_size=first + 1,
        )
        found = [FunnelPerson.of(row) for row in rows[:first]]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)

    async def drop_off_paths(
        self, rule: FunnelRule, selection: Selection = EVERYTHING, *, step: int = 1, length: int = 3, most: int = 20
    ) -> tuple[DropOff, ...]:
        """Return what people did next who stopped at a step, what most did first.

        Args:
            rule, selection: of the funnel.
            step: where they stopped, from 1.
            length: so many events, later than the step and within its window.
            most: at most so many paths.

        Raises:
            InvalidInputError: what is asked for cannot be.
        """
        _check_step(rule, step)
        require(1 <= length <= MOST_PATH, f"A path has 1 to {MOST_PATH} events, not {length}.", field="length")
        inputs, chosen = await self._asked(rule, selection)
        rows = await self._graph.read_rows(
            "journey.funnel_paths", **inputs, **chosen.inputs, at_step=step, path_length=length, most=most
        )
        return tuple(DropOff(tuple(path), people) for path, people in rows)

    async def _asked(self, rule: FunnelRule, selection: Selection) -> tuple[dict[str, Any], Chosen]:
        inputs = rule.inputs(self._clock.now())
        return inputs, await self.chosen(selection, alone=None)


def share(part: int, whole: int) -> float | None:
    """Return a part's share of the whole; None of nothing."""
    return part / whole if whole else None


def _check_step(rule: FunnelRule, step: int) -> None:
    require(
        1 <= step <= len(rule.steps), f"There is no step {step}; the steps are 1 to {len(rule.steps)}.", field="step"
    )
