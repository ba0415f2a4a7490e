"""Attribution over arrays: what graphcdp.journeys.attribution makes of the rows of journey.touches, for all at once.

The touches of all people stand in one array, by person and time; the path to a conversion is a stretch of it. Paths are
written out one after the other, some million touches at a time, and every model is a few operations over these. The
formulas are those of graphcdp.journeys.credit and graphcdp.journeys.removal; tests hold both equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graphcdp.journeys.attribution import UNTOUCHED, label_of
from graphcdp.journeys.columnar.question import Bools, Ints, Question, first_rows, first_since, pieces
from graphcdp.journeys.columnar.where import microseconds, plain, plain_of
from graphcdp.journeys.credit import INVERSE_J, J, U, Weights
from graphcdp.journeys.removal import Moves, removal_of

Floats = npt.NDArray[np.float64]
AT_ONCE = 2_000_000
"""So many touches of paths are written out at a time, or those of one conversion."""


@dataclass(slots=True)
class _Seen:
    """Touches and conversions of all people, by person and time.

    Attributes:
        names: of the labels, in no order.
        label, at, who: of each touch: a number of `names`, when, and whose.
        session: of each touch which session it is of; None where nothing is cut into sessions.
        direct: of each label, whether nobody brought it about.
        converted, worth: of each conversion when, and its value.
        begin, end: of each conversion its touches: from this place to before that one.
    """

    names: list[str]
    label: Ints
    at: Ints
    who: Ints
    session: Ints | None
    direct: Bools
    converted: Ints
    worth: Floats
    begin: Ints
    end: Ints


@dataclass(slots=True)
class _Paths:
    """Paths, one after the other; each has a touch.

    Attributes:
        touch: places of the touches.
        path: the number of the path that each is of, from 0 without a gap.
        conversion: of each path the place of its conversion; empty where paths led to none.
        starts, ends: the first and the last place of each path.
    """

    touch: Ints
    path: Ints
    conversion: Ints
    starts: Ints = field(init=False)
    ends: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.starts = np.flatnonzero(np.append(True, self.path[1:] != self.path[:-1]))
        self.ends = np.append(self.starts[1:], len(self.path)) - 1


def credits(question: Question) -> list[list[Any]]:
    """Return rows (what, label, figures): `conversions`, how many and their value; `touches` of a label, how many, of
    how many people, in how many sessions (None where nothing is cut); for each model what each label is owed:
    conversions and value.

    Inputs are those of `journey.touches`, the rule's others, `models`, and `most_labels`: with more, none is owed.
    """
    asked = question.inputs
    seen = _seen(question)
    if seen is None:
        return []
    many = len(seen.names)
    touches = np.bincount(seen.label, minlength=many)
    people = np.bincount(seen.label[first_rows(who=seen.who, label=seen.label)], minlength=many)
    sessions: list[int | None] = [None] * many
    if seen.session is not None:
        once = first_rows(session=seen.session, label=seen.label)
        sessions = np.bincount(seen.label[once], minlength=many).tolist()
    rows: list[list[Any]] = [["conversions", None, len(seen.converted), float(seen.worth.sum())]]
    rows += [
        ["touches", name, int(touches[each]), int(people[each]), sessions[each]]
        for each, name in enumerate(seen.names)
        if touches[each]
    ]
    if np.count_nonzero(touches) > asked["most_labels"]:
        return rows
    alone = seen.begin == seen.end
    for model, owed in _owed(seen, asked).items():
        counts, values = owed
        given = {seen.names[each]: [counts[each], values[each]] for each in np.flatnonzero(counts).tolist()}
        if alone.any():
            before = given.get(UNTOUCHED, [0.0, 0.0])
            given[UNTOUCHED] = [before[0] + alone.sum(), before[1] + seen.worth[alone].sum()]
        rows += [[model, label, float(count), float(value)] for label, (count, value) in given.items()]
    return rows


def _seen(question: Question) -> _Seen | None:
    """Return what counts; None: nothing does."""
    asked = question.inputs
    wanted, conversions, value = asked["touches"], asked["conversions"], asked["value"]
    types = None
    if wanted is not None and wanted["types"] is not None and conversions["types"] is not None:
        types = sorted({*wanted["types"], *conversions["types"]})
    cells = {"label": plain(asked["dimension"])}
    if value is not None:
        cells["worth"] = plain(value)
    events = question.events(
        [conversions, *([] if wanted is None else [wanted])],
        types=types,
        cells=cells,
        keep="mask & 1 = 1 OR label IS NOT NULL" + ("" if wanted is None else " AND mask & 2 = 2"),
        earlier_seconds=asked["lookback_seconds"],
    )
    fits = events.mask & 1 == 1
    said = events.texts["label"]
    touch = (said.codes >= 0) & (~fits if wanted is None else events.mask & 2 == 2)
    if asked["start_at"] is not None:
        fits &= events.at >= microseconds(asked["start_at"])  # what converted before is no touch either
    if not (touch.any() or fits.any()):
        return None
    labels = [label_of(plain_of(asked["dimension"], raw)) for raw in said.raw]
    names = list(dict.fromkeys(labels))
    numbers = {name: number for number, name in enumerate(names)}
    as_label = np.array([numbers[label] for label in labels], np.int64)
    touched, converted = np.flatnonzero(touch), np.flatnonzero(fits)
    at, who = events.at[touched], events.who[touched]
    end = np.cumsum(touch)[converted]
    low = np.searchsorted(who, events.who[converted])
    since, session = events.at[converted] - asked["lookback_seconds"] * 1_000_000, None
    if asked["session_gap_seconds"] is not None:
        sessions = question.begun(asked["session_gap_seconds"], asked["lookback_seconds"])
        since = np.maximum(since, sessions.at[sessions.places(events.who[converted], events.at[converted])])
        session = sessions.places(who, at)
    begin = first_since(at, low, end, since)
    worth = np.ones(len(converted))
    if value is not None:
        sold = events.texts["worth"]
        figures = np.array([*(_figure(plain_of(value, raw)) for raw in sold.raw), 0.0])
        worth = figures[sold.codes[converted]]
    return _Seen(
        names,
        as_label[said.codes[touched]] if len(touched) else np.zeros(0, np.int64),
        at,
        who,
        session,
        np.array([name in asked["direct"] for name in names], np.bool_),
        events.at[converted],
        worth,
        begin,
        end,
    )


def _figure(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _owed(seen: _Seen, asked: Mapping[str, Any]) -> dict[str, tuple[Floats, Floats]]:
    """Return for each model conversions and value owed to each label."""
    many = len(seen.names)
    models = [model for model in asked["models"] if model != "markov"]
    owed = {model: (np.zeros(many), np.zeros(many)) for model in models}
    moves = Moves.none(many if "markov" in asked["models"] else 0)
    for written in _written_out(seen):
        paths = _transformed(seen, written, asked["transform"])
        labels, worth = seen.label[paths.touch], seen.worth[paths.conversion][paths.path]
        for model in models:
            share = _SHARES[model](seen, paths, asked)
            owed[model][0][:] += np.bincount(labels, weights=share, minlength=many)
            owed[model][1][:] += np.bincount(labels, weights=share * worth, minlength=many)
        if "markov" in asked["models"]:
            _follow(moves, seen, paths, won=True)
    if "markov" in asked["models"]:
        lost = _lost(seen)
        if lost is not None:
            _follow(moves, seen, _transformed(seen, lost, asked["transform"]), won=False)
        parts = removal_of(seen.names, moves).shares
        touched = seen.begin < seen.end
        share = np.array([parts.get(name, 0.0) for name in seen.names])
        owed["markov"] = share * np.count_nonzero(touched), share * seen.worth[touched].sum()
    return {model: owed[model] for model in asked["models"]}


def _written_out(seen: _Seen) -> Iterator[_Paths]:
    """Return the paths to the conversions that had touches, some million touches at a time."""
    some = np.flatnonzero(seen.begin < seen.end)
    for at, until in pieces(seen.end[some] - seen.begin[some], AT_ONCE):
        here = some[at:until]
        many = seen.end[here] - seen.begin[here]
        path = np.repeat(np.arange(len(here)), many)
        nth = np.arange(len(path)) - np.repeat(np.cumsum(many) - many, many)
        yield _Paths(seen.begin[here][path] + nth, path, here)


def _lost(seen: _Seen) -> _Paths | None:
    """Return the touches of each person, or session, that led to no conversion; None: all led to one."""
    some = seen.begin < seen.end
    size = len(seen.label) + 1
    change = np.bincount(seen.begin[some], minlength=size) - np.bincount(seen.end[some], minlength=size)
    touch = np.flatnonzero(np.cumsum(change)[:-1] == 0)
    if not len(touch):
        return None
    who = (seen.who if seen.session is None else seen.session)[touch]
    return _Paths(touch, np.cumsum(np.append(False, who[1:] != who[:-1])), np.zeros(0, np.int64))


def _transformed(seen: _Seen, paths: _Paths, transform: str) -> _Paths:
    """Return paths as a model is to see them; see graphcdp.journeys.credit.transformed."""
    if transform == "all":
        return paths
    labels, path = seen.label[paths.touch], paths.path
    if transform == "exposure":
        kept = np.append(True, (labels[1:] != labels[:-1]) | (path[1:] != path[:-1]))
    elif transform == "first":
        kept = first_rows(path=path, label=labels)
    else:
        brought = ~seen.direct[labels]
        last = _last_of(brought, path, len(paths.starts))
        kept = brought if transform == "drop_direct" else np.arange(len(path)) <= last[path]
        kept = kept | (last[path] < 0)
    return _Paths(paths.touch[kept], path[kept], paths.conversion)


def _follow(moves: Moves, seen: _Seen, paths: _Paths, *, won: bool) -> None:
    """Count what is followed by what."""
    many = len(seen.names)
    labels, starts, ends = seen.label[paths.touch], paths.starts, paths.ends
    moves.begun[:] += np.bincount(labels[starts], minlength=many)
    inner = np.ones(len(labels), np.bool_)
    inner[starts] = False
    here = np.flatnonzero(inner)
    both = labels[here - 1] * many + labels[here]
    moves.onward[:] += np.bincount(both, minlength=many * many).reshape(many, many)
    (moves.won if won else moves.lost)[:] += np.bincount(labels[ends], minlength=many)


def _last_of(where: Bools, path: Ints, many: int) -> Ints:
    """Return the last place of each path where it holds; -1: nowhere."""
    last = np.full(many, -1, np.int64)
    last[path[where]] = np.flatnonzero(where)  # of several the last one stays
    return last


def _at(paths: _Paths, places: Ints) -> Floats:
    share = np.zeros(len(paths.path))
    share[places] = 1.0
    return share


def _last_non_direct(seen: _Seen, paths: _Paths, _asked: Mapping[str, Any]) -> Floats:
    last = _last_of(~seen.direct[seen.label[paths.touch]], paths.path, len(paths.starts))
    return _at(paths, np.where(last < 0, paths.ends, last))


def _linear(_seen: _Seen, paths: _Paths, _asked: Mapping[str, Any]) -> Floats:
    shared: Floats = 1 / np.bincount(paths.path)[paths.path]
    return shared


def _decayed(seen: _Seen, paths: _Paths, asked: Mapping[str, Any]) -> Floats:
    at = seen.at[paths.touch]
    newest = at[paths.ends][paths.path]
    weight = np.exp2(-((newest - at) / 1_000_000 / asked["half_life_seconds"]))
    shared: Floats = weight / np.bincount(paths.path, weights=weight)[paths.path]
    return shared


def _by_position(weights: Callable[[Mapping[str, Any]], Weights]) -> _Model:
    def shared(_seen: _Seen, paths: _Paths, asked: Mapping[str, Any]) -> Floats:
        first, middle, last = weights(asked)
        total = first + middle + last
        count = np.bincount(paths.path)
        share: Floats = (middle / np.maximum(count - 2, 1) / total)[paths.path]
        ends = np.where(count == 2, first + last, total)
        share[paths.starts], share[paths.ends] = first / ends, last / ends
        share[paths.starts[count == 1]] = 1.0
        return share

    return shared


def _participating(seen: _Seen, paths: _Paths, _asked: Mapping[str, Any]) -> Floats:
    return first_rows(path=paths.path, label=seen.label[paths.touch]).astype(np.float64)


def _coalition(seen: _Seen, paths: _Paths, _asked: Mapping[str, Any]) -> Floats:
    """Share by the closed form of Shapley's value: evenly over the labels of a path."""
    first = first_rows(path=paths.path, label=seen.label[paths.touch])
    shared: Floats = first / np.bincount(paths.path, weights=first)[paths.path]
    return shared


_Model = Callable[[_Seen, _Paths, Mapping[str, Any]], Floats]
_SHARES: Mapping[str, _Model] = {
    "first": lambda _seen, paths, _asked: _at(paths, paths.starts),
    "last": lambda _seen, paths, _asked: _at(paths, paths.ends),
    "last_non_direct": _last_non_direct,
    "linear": _linear,
    "time_decay": _decayed,
    "u": _by_position(lambda _asked: U),
    "j": _by_position(lambda _asked: J),
    "inverse_j": _by_position(lambda _asked: INVERSE_J),
    "custom": _by_position(lambda asked: Weights(*asked["custom"])),
    "participation": _participating,
    "shapley": _coalition,
}
"""The share of each touch of each path; together 1 a path, with `participation` the number of its labels."""
