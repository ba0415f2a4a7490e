"""Drivers: which behaviours go with an outcome, how sure that is, and what would be avoided without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from graphcdp.base.paging import Page, id_cursor, read_id_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require
from graphcdp.journeys.odds import Table, associate, benjamini_hochberg, standardise
from graphcdp.journeys.retention import Count
from graphcdp.journeys.selection import EVERYTHING, Analysis, Selection
from graphcdp.pictures import Picture, intervals
from graphcdp.segments.evaluation.gather import PROFILE_PROPERTIES

if TYPE_CHECKING:
    import pandas as pd

Label = tuple[str, ...]
MOST_DRIVERS, MOST_FIELDS, LONGEST_WINDOW_SECONDS = 1_000, 4, 366 * 86_400
MOST_DRAWN = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DriverRule:
    """What drives what.

    Attributes:
        outcome: events in the segment language.
        start: events by the first of which a person enters; None: the first event of the person.
        events: which events are looked at as drivers; None: any.
        fields: properties whose values together name a driver: `type`, or `content`, or both.
        window_seconds: from entering; the outcome must come in it to count.
        index_counts: whether the event by which a person enters may itself be a driver, or the outcome.
        landmark_seconds: only behaviours that early after entering count, and people with the outcome that early are
            left out; else people without the outcome have longer to show a behaviour than those whom it ends. None:
            behaviours count up to the outcome or the end of the window.
        strata: attributes of profiles that make people comparable.
        least_people: drivers of fewer people are left out, before anything is corrected for their number.
    """

    outcome: str = "purchased"
    start: str | None = None
    events: str | None = None
    fields: tuple[str, ...] = ("type",)
    window_seconds: int = 14 * 86_400
    index_counts: bool = False
    landmark_seconds: int | None = None
    strata: tuple[str, ...] = ()
    least_people: int = 5

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statements take it, without the strata.

        Raises:
            InvalidInputError: a length or number is none.
            RuleError: the events cannot be read.
        """
        require_window(self.window_seconds)
        require(
            self.landmark_seconds is None or 0 < self.landmark_seconds < self.window_seconds,
            "The landmark lies inside the window: more than 0 seconds, and less than the window.",
            field="landmark_seconds",
        )
        require(
            1 <= len(self.fields) <= MOST_FIELDS and len(self.strata) <= MOST_FIELDS,
            f"A driver is named by 1 to {MOST_FIELDS} properties, and strata by at most {MOST_FIELDS} attributes.",
            limit=MOST_FIELDS,
        )
        return {
            "outcome": EventChoice.read(self.outcome, now).data(),
            "start": None if self.start is None else EventChoice.read(self.start, now).data(),
            "events": None if self.events is None else EventChoice.read(self.events, now).data(),
            "fields": [node_property(name) for name in self.fields],
            "window_seconds": self.window_seconds,
            "index_counts": self.index_counts,
            "landmark_seconds": self.landmark_seconds,
        }


@dataclass(frozen=True, slots=True)
class Driver:
    """A behaviour, and how it goes with the outcome.

    Attributes:
        label: values of the fields.
        with_success, with_failure: people who had it, with and without the outcome.
        without_success, without_failure: people who had it not.
        odds_ratio, low, high: with one more in every count; its 95 % interval.
        direction: `success` where the outcome is more likely with it.
        lift, risk_difference: of the rate of the outcome; None where there is nothing to compare.
        p, q: Fisher's exact test, and corrected for the number of drivers (Benjamini and Hochberg).
        skewed: whether those with and without the outcome differ more than tenfold in number.
        expected_all, expected_none: estimates: how many would have the outcome were everybody, or nobody, exposed.
        avoidable: an estimate: how many of the outcomes there would not be without it.
        mantel_haenszel: the odds ratio common to the strata; None where it cannot be told.
        left_out: people in strata where everybody, or nobody, had it.
    """

    label: Label
    with_success: int
    with_failure: int
    without_success: int
    without_failure: int
    odds_ratio: float
    low: float
    high: float
    direction: Literal["success", "failure"]
    lift: float | None
    risk_difference: float | None
    p: float
    q: float
    skewed: bool
    expected_all: float
    expected_none: float
    avoidable: float
    mantel_haenszel: float | None
    left_out: int

    @property
    def name(self) -> str:
        """The label as one text."""
        return " / ".join(self.label)


@dataclass(frozen=True, slots=True)
class Drivers:
    """Behaviours by how strongly they go with an outcome.

    Attributes:
        drivers: the strongest first: by the end of the interval that is nearer to 1.
        entered: how many people there are.
        succeeded: how many had the outcome.
        rules: what it was computed under.
    """

    drivers: tuple[Driver, ...]
    entered: int
    succeeded: int
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: the odds ratio of each driver with its interval, the 30 strongest."""
        rows = [
            {"driver": one.name, "odds ratio": one.odds_ratio, "low": one.low, "high": one.high}
            for one in self.drivers[:MOST_DRAWN]
        ]
        return intervals(
            rows, title="Drivers", label="driver", value="odds ratio", low="low", high="high",
            axis="odds ratio, with its 95 % interval",
        )  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """Return a row a driver, the strongest first."""
        import pandas as pd

        columns = [name for name in Driver.__dataclass_fields__ if name != "label"]
        names = list(self.rules.get("fields", ("driver",)))
        index = (
            pd.MultiIndex.from_tuples([one.label for one in self.drivers], names=names)
            if len(names) > 1 and self.drivers
            else pd.Index([one.name for one in self.drivers], name=" / ".join(names), dtype="object")
        )
        return pd.DataFrame([asdict(one) for one in self.drivers], columns=columns, index=index)


@dataclass(frozen=True, slots=True)
class DriverPerson:
    """Somebody behind a figure.

    Attributes:
        who: the profile's id, or the key of an identity.
        profile_id: whose.
        entered: when.
        succeeded: when the outcome came; None: it did not.
    """

    who: str
    profile_id: str
    entered: datetime
    succeeded: datetime | None


class DriverAnalysis(Analysis):
    """Drivers of an outcome, and the people behind them."""

    async def drivers(
        self, selection: Selection = EVERYTHING, rule: DriverRule | None = None, *, count: Count = "people"
    ) -> Drivers:
        """Rank behaviours by how they go with an outcome.

        Args:
            selection: whose events, and which; the outcome need not fit `within`.
            rule: what drives what.
            count: `people`; sessions and events are refused, as those of one person are not independent, which odds
                ratios, their intervals and tests suppose.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read, or there is no such property or attribute.
        """
        require(
            count == "people",
            f"Drivers count people, not {count}: odds ratios and their tests suppose that what is counted is "
            "independent, which the sessions and events of one person are not. Count people here; `call-deflection` "
            "counts sessions and calls.",
            field="count",
        )
        rule = rule or DriverRule()
        chosen = await self.chosen(selection, alone="drivers")
        rows = await self._graph.read_rows(
            "journey.drivers", **rule.inputs(chosen.now), strata=[_pair(name) for name in rule.strata], **chosen.inputs
        )
        told = {
            **asdict(rule), "fields": list(rule.fields), "strata": list(rule.strata), "entry": "first",
            "order": "time, then event id", "correction": "Benjamini-Hochberg", "prior": 1,
            "avoidable": "an estimate: rates of strata, standardised to everybody (g-formula)", **chosen.rules,
        }  # fmt: skip
        return ranked(rows, rule.least_people, told)

    async def driver_people(
        self,
        label: Sequence[str] | None,
        selection: Selection = EVERYTHING,
        rule: DriverRule | None = None,
        *,
        first: int = 100,
        after: str | None = None,
    ) -> Page[DriverPerson]:
        """Return the people who had a driver, by id.

        Args:
            label: values of the fields; None: everybody who entered.
            selection, rule: as of `drivers`.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
            RuleError: the events cannot be read.
        """
        rule = rule or DriverRule()
        chosen = await self.chosen(selection, alone="people with a driver")
        await self._graph.require_known({"strata": [_pair(name) for name in rule.strata]})
        rows = await self._graph.read_rows(
            "journey.driver_people",
            **rule.inputs(chosen.now),
            label=None if label is None else list(label),
            page_size=first + 1,
            after=read_id_cursor(after),
            **chosen.inputs,
        )
        found = [
            DriverPerson(who, profile_id, _instant(entered), None if won is None else _instant(won))
            for who, profile_id, entered, won in rows[:first]
        ]
        return Page([(one, id_cursor(one.who)) for one in found], len(rows) > first)


def ranked(rows: Iterable[Sequence[Any]], least_people: int, rules: Mapping[str, Any]) -> Drivers:
    """Turn counts by label and stratum, label None for everybody, into drivers."""
    everybody: dict[tuple[Any, ...], tuple[int, int]] = {}
    having: dict[Label, dict[tuple[Any, ...], tuple[int, int]]] = {}
    for label, stratum, people, succeeded in rows:
        if label is None:
            everybody[tuple(stratum)] = (people, succeeded)
        else:
            having.setdefault(tuple(label), {})[tuple(stratum)] = (people, succeeded)
    entered, won = (sum(each[at] for each in everybody.values()) for at in (0, 1))
    kept = {
        label: strata
        for label, strata in having.items()
        if sum(people for people, _ in strata.values()) >= least_people
    }
    require(
        len(kept) <= MOST_DRIVERS,
        f"There are {len(kept):,} drivers; {MOST_DRIVERS:,} are the most. Ask for other fields, fewer events, or "
        "drivers of more people.",
        limit=MOST_DRIVERS,
    )
    tables = {
        label: [_table(strata.get(stratum, (0, 0)), whole) for stratum, whole in everybody.items()]
        for label, strata in kept.items()
    }
    pooled = {label: Table(*(sum(each[at] for each in strata) for at in range(4))) for label, strata in tables.items()}
    told = {label: associate(table) for label, table in pooled.items()}
    corrected = dict(zip(told, benjamini_hochberg([one.p for one in told.values()]), strict=True))
    found = []
    for label, one in told.items():
        estimate = standardise(tables[label])
        found.append(
            Driver(
                label,
                *pooled[label],
                one.odds_ratio,
                one.low,
                one.high,
                one.direction,
                one.lift,
                one.risk_difference,
                one.p,
                corrected[label],
                one.skewed,
                estimate.expected_all,
                estimate.expected_none,
                estimate.avoidable,
                estimate.mantel_haenszel,
                estimate.left_out,
            )
        )
    found.sort(key=lambda one: (-max(one.low, 1 / one.high), one.p, one.label))
    return Drivers(tuple(found), entered, won, rules)


def require_window(seconds: int) -> None:
    """Refuse a window that is none.

    Raises:
        InvalidInputError: it is.
    """
    require(
        0 < seconds <= LONGEST_WINDOW_SECONDS,
        f"The window is {seconds} seconds; it is from 1 to {LONGEST_WINDOW_SECONDS}, which is 366 days.",
        limit=LONGEST_WINDOW_SECONDS,
    )


def _table(having: tuple[int, int], whole: tuple[int, int]) -> Table:
    people, won = having
    return Table(won, people - won, whole[1] - won, (whole[0] - people) - (whole[1] - won))


def _pair(name: str) -> list[str]:
    plain = name.removeprefix("profile.")
    return [plain, plain] if plain in PROFILE_PROPERTIES else [f"c_{plain}", f"a_{plain}"]


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
