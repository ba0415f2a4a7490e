"""Attribution: which channels, campaigns or contents the conversions are owed to, by any of twelve models."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from graphcdp.base.paging import Page, numbered_cursor, read_numbered_cursor
from graphcdp.ingest.rows import node_property
from graphcdp.journeys.choice import EventChoice, require, require_gap
from graphcdp.journeys.columnar import Shorter
from graphcdp.journeys.credit import (
    PATH_MODELS,
    TRANSFORMS,
    PathModel,
    Touch,
    Transform,
    U,
    Weights,
    shares,
    transformed,
)
from graphcdp.journeys.removal import Journey, removal_effects, shapley
from graphcdp.journeys.selection import CONTAINERS, EVERYTHING, Analysis, Container, Selection
from graphcdp.pictures import Picture, bars, heat

if TYPE_CHECKING:
    import pandas as pd

Model = Literal[
    "first", "last", "last_non_direct", "linear", "time_decay", "u", "j", "inverse_j", "custom", "participation",
    "markov", "shapley",
]  # fmt: skip
MODELS: tuple[Model, ...] = get_args(Model)
UNTOUCHED = "(none)"
MOST_LABELS, LONGEST_LOOKBACK_SECONDS = 1_000, 366 * 86_400
MOST_SHOWN = 30  # labels of a picture
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AttributionRule:
    """What is attributed to what.

    Attributes:
        conversions: events in the segment language.
        dimension: a property of the touches: `channel`, `campaign`, `content`, `source`, `type`, any other.
        touches: events in the segment language; None: every event that is no conversion. Only events that have the
            dimension count.
        lookback_seconds: how long before a conversion a touch may lie, the bound included.
        value: a property of conversions to be shared, such as `revenue` (0 where it is no number); None: 1 each.
        transform: what becomes of a path before the model sees it.
        direct: values of the dimension that nobody brought about.
        half_life_seconds: of `time_decay`.
        custom: of `custom`: what the first, the middle and the last touch get.
        session_gap_seconds: a touch counts for the conversions of its own session, which a silence of so long ends (of
            all that the person did, from `lookback_seconds` before the period on); None: for all.
    """

    conversions: str = "purchased"
    dimension: str = "channel"
    touches: str | None = None
    lookback_seconds: int = 30 * 86_400
    value: str | None = None
    transform: Transform = "all"
    direct: tuple[str, ...] = ("direct", "(direct)", "none")
    half_life_seconds: int = 7 * 86_400
    custom: Weights = U
    session_gap_seconds: int | None = None

    def inputs(self, now: datetime) -> dict[str, Any]:
        """Return it as the statement takes it.

        Raises:
            InvalidInputError: a length or a weight is none, or the transform is unknown.
            RuleError: the events cannot be read.
        """
        for name, seconds in (("lookback", self.lookback_seconds), ("half life", self.half_life_seconds)):
            require(
                0 < seconds <= LONGEST_LOOKBACK_SECONDS,
                f"The {name} is {seconds} seconds; it is from 1 to {LONGEST_LOOKBACK_SECONDS}, which is 366 days.",
                limit=LONGEST_LOOKBACK_SECONDS,
            )
        require_gap(self.session_gap_seconds)
        require(
            self.transform in TRANSFORMS,
            f"`{self.transform}` is no transform of paths. Take one of {', '.join(TRANSFORMS)}.",
            field="transform",
        )
        require(
            all(0 <= weight < 1e9 for weight in self.custom) and self.custom.first + self.custom.last > 0,
            "The custom weights are not negative, and the first or the last is more than 0. Change them.",
            field="custom",
        )
        return {
            "conversions": EventChoice.read(self.conversions, now).data(),
            "touches": None if self.touches is None else EventChoice.read(self.touches, now).data(),
            "dimension": node_property(self.dimension),
            "lookback_seconds": self.lookback_seconds,
            "value": None if self.value is None else node_property(self.value),
            "session_gap_seconds": self.session_gap_seconds,
        }


@dataclass(frozen=True, slots=True)
class Credit:
    """What one channel, campaign or content is owed.

    Attributes:
        label: which; `(none)`: conversions that nothing was seen before.
        conversions: its share of them.
        value: its share of their value.
        touches: how many events; counted once, whatever they led to.
        people: whom they reached.
        sessions: in how many sessions they were; None where nothing is cut into sessions.
    """

    label: str
    conversions: float
    value: float
    touches: int
    people: int
    sessions: int | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Conversions shared among what came before them.

    Attributes:
        model: by which.
        credits: the largest value first; empty where there is neither touch nor conversion.
        conversions: how many there were.
        value: theirs together; every model but `participation` shares out exactly this.
        rules: what it was computed under.
    """

    model: Model
    credits: tuple[Credit, ...]
    conversions: int
    value: float
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: the value of each label."""
        rows = [{"label": one.label, "value": one.value, "conversions": one.conversions} for one in self.credits]
        return bars(rows, title="Attribution", subtitle=str(self.rules.get("model", "")), axis="value")

    def frame(self) -> pd.DataFrame:
        """Return a row a label, the largest value first."""
        import pandas as pd

        columns = ["conversions", "value", "touches", "people", "sessions"]
        index = pd.Index([one.label for one in self.credits], name=self.rules.get("dimension"), dtype="object")
        return pd.DataFrame([asdict(one) for one in self.credits], columns=columns, index=index)


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """All models side by side, of people and of cookies.

    Attributes:
        attributions: by container and model, in the order asked for.
        rules: what is the same in all.
    """

    attributions: Mapping[tuple[Container, Model], Attribution]
    rules: Mapping[str, Any]

    def plot(self) -> Picture:
        """Return it as a picture: the value of each label (a row) by every model (a column), of people and of cookies.

        Only the 30 labels that some model gives most.
        """
        most: dict[str, float] = {}
        for found in self.attributions.values():
            for one in found.credits:
                most[one.label] = max(most.get(one.label, 0.0), one.value)
        shown = set(sorted(most, key=lambda label: -most[label])[:MOST_SHOWN])
        rows = [
            {"label": one.label, "value": one.value, "model": f"{container}: {model}"}
            for (container, model), found in self.attributions.items()
            for one in found.credits
            if one.label in shown
        ]
        return heat(rows, title="Attribution by model", x="model", y="label", form=",.0f")

    def frame(self, of: Literal["conversions", "value"] = "value") -> pd.DataFrame:
        """Return a row a label and a column a container and model; what is missing is 0."""
        import pandas as pd

        columns = {
            key: {one.label: getattr(one, of) for one in found.credits} for key, found in self.attributions.items()
        }
        labels = sorted({label for column in columns.values() for label in column})
        index = pd.Index(labels, name=self.rules.get("dimension"), dtype="object")
        names = pd.MultiIndex.from_tuples(list(columns), names=["container", "model"])
        values = [[column.get(label, 0.0) for column in columns.values()] for label in labels]
        return pd.DataFrame(values, index=index, columns=names, dtype="float64")


@dataclass(frozen=True, slots=True)
class AttributedConversion:
    """One conversion that a label had a part in.

    Attributes:
        who: the profile's id, or the key of an identity.
        profile_id: whose.
        number: from 1, of this person's conversions in the selection.
        event_id, at, value: of the conversion.
        share: what the label gets of it; None where the model shares over all paths together (Markov).
        path: labels before it, oldest first.
    """

    who: str
    profile_id: str
    number: int
    event_id: str
    at: datetime
    value: float
    share: float | None
    path: tuple[str, ...]


class _Path(NamedTuple):
    who: str
    profile_id: str
    number: int
    event_id: str
    at: int
    value: float
    touches: list[Touch]


class _Gathered(NamedTuple):
    """Paths to conversions, touches that led to none, how often and whom each label touched, and in how many sessions
    (empty where nothing is cut into sessions)."""

    paths: list[_Path]
    lost: list[tuple[str, ...]]
    touched: dict[str, int]
    reached: dict[str, int]
    stayed: dict[str, int]


class Summed(NamedTuple):
    """Conversions, their value, how often and whom each label touched, in how many sessions (empty where nothing is cut
    into sessions), and what each model owes it of both."""

    conversions: int
    value: float
    touched: dict[str, int]
    reached: dict[str, int]
    stayed: dict[str, int]
    owed: Mapping[str, dict[str, tuple[float, float]]]


class AttributionAnalysis(Analysis):
    """Attribution by every model, side by side, and the conversions behind it."""

    async def attribution(
        self, selection: Selection = EVERYTHING, rule: AttributionRule | None = None, model: Model = "last"
    ) -> Attribution:
        """Share conversions among the touches before them.

        Args:
            selection: whose events, and which. Conversions lie in its period; touches may lie before it.
            rule: what is attributed to what.
            model: which.

        Raises:
            InvalidInputError: what is asked for cannot be.
            RuleError: the events cannot be read.
        """
        return (await self._attributions(selection, rule or AttributionRule(), [model]))[0]

    async def compare_attribution(
        self,
        selection: Selection = EVERYTHING,
        rule: AttributionRule | None = None,
        models: Sequence[Model] = MODELS,
        containers: Sequence[Container] = CONTAINERS,
    ) -> ModelComparison:
        """Share conversions by several models, on people and on cookies. Arguments and errors as of `attribution`."""
        rule = rule or AttributionRule()
        found: dict[tuple[Container, Model], Attribution] = {}
        for container in dict.fromkeys(containers):
            asked = replace(selection, container=container)
            for one in await self._attributions(asked, rule, list(dict.fromkeys(models))):
                found[container, one.model] = one
        varied = ("container", "model", "label")
        told = next(iter(found.values())).rules if found else {}
        return ModelComparison(found, {name: value for name, value in told.items() if name not in varied})

    async def attributed(
        self,
        label: str,
        selection: Selection = EVERYTHING,
        rule: AttributionRule | None = None,
        model: Model = "last",
        *,
        first: int = 100,
        after: str | None = None,
    ) -> Page[AttributedConversion]:
        """Return the conversions that a label gets a part of, by person and time.

        Args:
            label: a value of the dimension, or `(none)`.
            selection, rule, model: as of `attribution`.
            first: at most so many.
            after: the cursor of the last one of the page before.

        Raises:
            InvalidInputError: what is asked for cannot be, or the cursor is none.
            RuleError: the events cannot be read.
        """
        rule = rule or AttributionRule()
        _require_model(model)
        gathered, _ = await self._gather(selection, rule)
        found = sorted(_behind(gathered.paths, label, rule, model), key=lambda one: (one.who, one.number))
        who, number = read_numbered_cursor(after)
        if who is not None:
            found = [one for one in found if (one.who, one.number) > (who, number)]
        page = found[:first]
        return Page([(one, numbered_cursor(one.who, one.number)) for one in page], len(found) > first)

    async def _attributions(
        self, selection: Selection, rule: AttributionRule, models: Sequence[Model]
    ) -> list[Attribution]:
        for model in models:
            _require_model(model)
        chosen = await self.chosen(selection, alone=None)
        shared = Shorter("journey.credits", {**asdict(rule), "models": list(models), "most_labels": MOST_LABELS})
        inputs = rule.inputs(chosen.now)
        rows, rules = await self.spoken("journey.touches", selection, chosen, shorter=shared, **inputs)
        summed = summed_of(rows) if rules["engine"] == "columnar" else sum_up(gather(rows, rule), rule, models)
        told = _told(rule, summed.touched, rules)
        found = []
        for model in models:
            owed = summed.owed.get(model, {})
            credits = [
                Credit(
                    label, *owed.get(label, (0.0, 0.0)), summed.touched.get(label, 0), summed.reached.get(label, 0),
                    None if rule.session_gap_seconds is None else summed.stayed.get(label, 0),
                )
                for label in {**dict.fromkeys(summed.touched), **owed}
            ]  # fmt: skip
            credits.sort(key=lambda one: (-one.value, -one.conversions, -one.touches, one.label))
            found.append(Attribution(model, tuple(credits), summed.conversions, summed.value, {"model": model, **told}))
        return found

    async def _gather(self, selection: Selection, rule: AttributionRule) -> tuple[_Gathered, dict[str, Any]]:
        chosen = await self.chosen(selection, alone=None)
        rows, rules = await self.spoken("journey.touches", selection, chosen, **rule.inputs(chosen.now))
        gathered = gather(rows, rule)
        return gathered, _told(rule, gathered.touched, rules)


def _told(rule: AttributionRule, labels: Collection[str], rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer was computed under; too many labels are refused."""
    require(
        len(labels) <= MOST_LABELS,
        f"`{rule.dimension}` has {len(labels):,} values here; {MOST_LABELS:,} are the most. Ask for "
        "fewer touches, a shorter period, or another dimension.",
        limit=MOST_LABELS,
    )
    return {
        **asdict(rule), "custom": list(rule.custom), "direct": list(rule.direct),
        "order": "time, then event id", "ties": "a touch at the conversion's instant counts by event id",
        **rules,
    }  # fmt: skip


def summed_of(rows: Iterable[Sequence[Any]]) -> Summed:
    """Read what the projection says: rows (model, `touches` or `conversions`; label; two figures, of touches three)."""
    conversions, value = 0, 0.0
    touched: dict[str, int] = {}
    reached: dict[str, int] = {}
    stayed: dict[str, int] = {}
    owed: dict[str, dict[str, tuple[float, float]]] = {}
    for what, label, one, other, *sessions in rows:
        if what == "conversions":
            conversions, value = one, other
        elif what == "touches":
            touched[label], reached[label] = one, other
            if sessions[0] is not None:
                stayed[label] = sessions[0]
        else:
            owed.setdefault(what, {})[label] = (one, other)
    return Summed(conversions, value, touched, reached, stayed, owed)


def sum_up(gathered: _Gathered, rule: AttributionRule, models: Iterable[Model]) -> Summed:
    """Share the conversions of paths by several models."""
    value = sum(one.value for one in gathered.paths)
    owed: dict[str, dict[str, tuple[float, float]]] = {model: _owed(gathered, rule, model) for model in models}
    return Summed(len(gathered.paths), value, gathered.touched, gathered.reached, gathered.stayed, owed)


def gather(rows: Iterable[Sequence[Any]], rule: AttributionRule) -> _Gathered:
    """Put the paths together out of what `journey.touches` gives."""
    paths: list[_Path] = []
    lost: list[tuple[str, ...]] = []
    touched: dict[str, int] = {}
    reached: dict[str, int] = {}
    stayed: dict[str, int] = {}
    lookback, direct = rule.lookback_seconds * 1_000_000, frozenset(rule.direct)
    for who, profile_id, touches, conversions, begun in rows:
        labels = [label_of(one[2]) for one in touches]
        places = [(one[0], one[1]) for one in touches]
        for label in labels:
            touched[label] = touched.get(label, 0) + 1
        for label in dict.fromkeys(labels):
            reached[label] = reached.get(label, 0) + 1
        sessions = [0 if begun is None else bisect_right(begun, one[0]) for one in touches]
        for label, _ in dict.fromkeys(zip(labels, sessions, strict=True)) if begun is not None else ():
            stayed[label] = stayed.get(label, 0) + 1
        used = [False] * len(touches)
        for number, (at, event_id, value) in enumerate(conversions, 1):
            since = at - lookback if begun is None else max(at - lookback, begun[bisect_right(begun, at) - 1])
            begin, end = bisect_left(places, (since, "")), bisect_right(places, (at, event_id))
            path = [
                Touch(labels[each], (at - places[each][0]) / 1_000_000, labels[each] in direct)
                for each in range(begin, end)
            ]
            used[begin:end] = [True] * (end - begin)
            seen = transformed(path, rule.transform)
            paths.append(_Path(who, profile_id, number, event_id, at, float(value), seen))
        rest: dict[int, list[Touch]] = {}
        for label, session, taken in zip(labels, sessions, used, strict=True):
            if not taken:
                rest.setdefault(session, []).append(Touch(label, 0.0, label in direct))
        lost += [tuple(one.label for one in transformed(each, rule.transform)) for each in rest.values()]
    return _Gathered(paths, lost, touched, reached, stayed)


def _owed(gathered: _Gathered, rule: AttributionRule, model: Model) -> dict[str, tuple[float, float]]:
    """Return conversions and value owed to each label."""
    found: dict[str, tuple[float, float]] = {}
    untouched = [one for one in gathered.paths if not one.touches]
    if untouched:
        found[UNTOUCHED] = (float(len(untouched)), sum(one.value for one in untouched))
    if model in ("markov", "shapley"):
        journeys = _journeys(gathered)
        if model == "shapley":
            given = shapley(journeys)
        else:
            count, value = sum(one.conversions for one in journeys), sum(one.value for one in journeys)
            given = {label: (part * count, part * value) for label, part in removal_effects(journeys).shares.items()}
        for label, (count, value) in given.items():
            before = found.get(label, (0.0, 0.0))  # a label may be called as what nothing was seen before
            found[label] = (before[0] + count, before[1] + value)
        return found
    alike: dict[tuple[str, ...], tuple[list[Touch], int, float]] = {}
    for one in gathered.paths:
        if model == "time_decay":
            _add(found, one.touches, shares(model, one.touches, half_life_seconds=rule.half_life_seconds), 1, one.value)
        elif one.touches:
            _, count, value = alike.get(key := tuple(touch.label for touch in one.touches), (one.touches, 0, 0.0))
            alike[key] = (one.touches, count + 1, value + one.value)
    for touches, count, value in alike.values():  # what these models say follows from the labels alone
        _add(found, touches, shares(_path_model(model), touches, custom=rule.custom), count, value)
    return found


def _add(
    found: dict[str, tuple[float, float]], touches: Sequence[Touch], parts: Sequence[float], count: int, value: float
) -> None:
    for touch, part in zip(touches, parts, strict=True):
        if part:
            before = found.get(touch.label, (0.0, 0.0))
            found[touch.label] = (before[0] + part * count, before[1] + part * value)


def _journeys(gathered: _Gathered) -> list[Journey]:
    counted: dict[tuple[str, ...], list[float]] = {}
    for one in gathered.paths:
        if one.touches:
            each = counted.setdefault(tuple(touch.label for touch in one.touches), [0.0, 0.0, 0.0])
            each[0] += 1
            each[2] += one.value
    for labels in gathered.lost:
        counted.setdefault(labels, [0.0, 0.0, 0.0])[1] += 1
    return [Journey(labels, *each) for labels, each in counted.items()]


def _behind(paths: Iterable[_Path], label: str, rule: AttributionRule, model: Model) -> Iterator[AttributedConversion]:
    for one in paths:
        labels = tuple(touch.label for touch in one.touches)
        if not labels:
            share: float | None = 1.0 if label == UNTOUCHED else 0.0
        elif label not in labels:
            share = 0.0
        elif model == "markov":
            share = None
        elif model == "shapley":
            share = 1 / len(set(labels))
        else:
            parts = shares(
                _path_model(model), one.touches, half_life_seconds=rule.half_life_seconds, custom=rule.custom
            )
            share = sum(part for touch, part in zip(one.touches, parts, strict=True) if touch.label == label)
        if share != 0.0:
            at = _EPOCH + timedelta(microseconds=one.at)
            yield AttributedConversion(one.who, one.profile_id, one.number, one.event_id, at, one.value, share, labels)


def label_of(value: Any) -> str:
    """Return what a value of the dimension is called."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def _path_model(model: Model) -> PathModel:
    return next(one for one in PATH_MODELS if one == model)


def _require_model(model: str) -> None:
    require(model in MODELS, f"`{model}` is no model of attribution. Take one of {', '.join(MODELS)}.", field="model")
