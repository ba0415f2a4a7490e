"""Funnels over arrays: what cypher/journey/funnel.cypher says of each person, for all at once.

Events stand by person and time. For each step the events that reach it point to the event of the step before that they
continue: the newest one that reached it earlier. So a funnel is a pass over the events for each step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from graphcdp.journeys.columnar.errors import CannotAnswerError
from graphcdp.journeys.columnar.layout import is_own
from graphcdp.journeys.columnar.question import Bools, Events, Ints, Question, firsts
from graphcdp.journeys.columnar.where import Words, text

REASONS = ("no_later_event", "window_expired", "excluded_by", "tie_refused", "not_next", "identity_split")
NO_LATER, EXPIRED, EXCLUDED, REFUSED, NOT_NEXT, SPLIT = range(len(REASONS))
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MOST_BINS = 60


@dataclass(slots=True)
class _Runs:
    """The events of each person (or of each value held constant) as runs of places.

    Attributes:
        first: for each event where its run begins; instant: where its instant begins; after: where the next one does.
        starts, ends: of each run.
    """

    first: Ints
    instant: Ints
    after: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, key: Ints, at: Ints) -> _Runs:
        """Cut where the key changes."""
        same = key[1:] == key[:-1]
        first, instant = firsts(same), firsts(same & (at[1:] == at[:-1]))
        starts = np.flatnonzero(first == np.arange(len(key)))
        ends = np.append(starts[1:], len(key))
        instants = np.flatnonzero(instant == np.arange(len(key)))
        after = np.append(instants[1:], len(key))[np.searchsorted(instants, instant)]
        return cls(first, instant, after, starts, ends)


@dataclass(slots=True)
class _Tried:
    """How far each run came.

    Attributes:
        level: the steps reached.
        chain: a row a run: the places of the events that fill the steps; -1 beyond the level.
    """

    level: Ints
    chain: Ints


@dataclass(slots=True)
class _Counted:
    """People to be counted: how far they came, whether an exclusion took them out, why no further, and when."""

    level: Ints
    dropped: Bools
    reason: Ints
    times: Ints


def funnel(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.funnel`."""
    asked = question.inputs
    held, breakdown = asked["hold_constant"], question.breakdown()
    if asked["session_gap_seconds"] is not None:
        raise CannotAnswerError("The columnar engine tries people, not single sessions. Ask for the engine `cypher`.")
    steps, exclusions = list(asked["steps"]), list(asked["exclusions"])
    choices = [*steps, *exclusions]
    strict = asked["order"] == "strict"
    if held is not None:
        _check_numbers(question, held)
    events = question.events(
        choices,
        types=None if strict else _types(choices),
        texts={} if held is None else {"held": held},
        needs=() if held is None else (held,),
        any_fits=not strict,
        first_step_first=asked["tie"] == "step_order",
    )
    if not len(events):
        return []
    if held is not None:
        events = _by_held(events)
    key = events.who if held is None else events.who * len(events.texts["held"].texts) + events.texts["held"].codes
    runs = _Runs.of(key, events.at)
    tried = (_any if asked["order"] == "any" else _ordered)(asked, events, runs)
    return _told(question, events, runs, tried, breakdown)


def _types(choices: Sequence[Mapping[str, Any]]) -> list[str] | None:
    if any(choice["types"] is None for choice in choices):
        return None
    return sorted({type for choice in choices for type in choice["types"]})


def _check_numbers(question: Question, held: str) -> None:
    """Refuse what holds whole numbers and fractions: to Neo4j 1 and 1.0 are one value, and their texts are two."""
    if not is_own(held):
        return
    sql = f"SELECT DISTINCT json_type(e.own, '$.{held}') AS kind FROM events e WHERE {text(held)} IS NOT NULL"  # noqa: S608
    kinds = set(question.ask(sql, Words()).column("kind").to_pylist())
    if "DOUBLE" in kinds and len(kinds) > 1:
        raise CannotAnswerError(
            "The property that is held constant has whole numbers and fractions; the columnar engine cannot tell which "
            "are equal."
        )


def _by_held(events: Events) -> Events:
    """Return the events by person, value held constant, and then in their order."""
    held = events.texts["held"]
    by_text = sorted(range(len(held.texts)), key=held.texts.__getitem__)
    ranks = np.empty(len(by_text), np.int64)
    ranks[by_text] = np.arange(len(by_text))
    codes = ranks[held.codes]
    order = np.lexsort((np.arange(len(events)), codes, events.who))
    held.codes = codes[order]
    held.texts, held.raw = [held.texts[one] for one in by_text], [held.raw[one] for one in by_text]
    return Events(events.who[order], events.at[order], events.mask[order], events.spot[order], events.texts)


def _latest(where: Bools) -> Ints:
    """Return for each place the last one so far, itself included, where it holds; -1: none."""
    return np.maximum.accumulate(np.where(where, np.arange(len(where)), -1))


def _next(where: Bools) -> Ints:
    """Return for each place, and behind the last, the next one, itself included, where it holds; the size: none."""
    many = len(where)
    found = np.full(many + 1, many, np.int64)
    found[:many] = np.minimum.accumulate(np.where(where, np.arange(many), many)[::-1])[::-1]
    return found


def _bit(mask: Ints, place: int) -> Bools:
    held: Bools = (mask >> place) & 1 == 1
    return held


def _excluding(asked: Mapping[str, Any], mask: Ints, step: int) -> Bools | None:
    """Return which events an exclusion means between a step (from 1) and the next one; None: there is none."""
    many = len(asked["steps"])
    bits = sum(
        1 << (many + number)
        for number, one in enumerate(asked["exclusions"])
        if one["from_step"] <= step < one["to_step"]
    )
    return (mask & bits) != 0 if bits else None


def _ordered(asked: Mapping[str, Any], events: Events, runs: _Runs) -> _Tried:
    many, at, mask = len(asked["steps"]), events.at, events.mask
    span = asked["window_seconds"] * 1_000_000
    from_first = asked["window_anchor"] == "first_step"
    begun = _bit(mask, 0)
    if asked["entry"] == "first":
        places = np.flatnonzero(begun)
        _, nth = np.unique(runs.first[places], return_index=True)
        begun = np.zeros(len(at), np.bool_)
        begun[places[nth]] = True
    reached, root = begun, at
    level = np.where(_any_in(begun, runs), 1, 0)
    last = _last_in(begun, runs)
    before = [np.full(len(at), -1, np.int64)]
    for step in range(1, many):
        # what the step before had reached: before this event, or before this instant where the next step must be later
        latest = np.append(-1, _latest(reached))
        places = np.flatnonzero(_bit(mask, step))
        base = latest[runs.instant[places] if asked["tie"] != "step_order" else places]
        good = base >= runs.first[places]
        places, base = places[good], base[good]
        good = at[places] <= span + (root if from_first else at)[base]
        if asked["order"] == "strict":
            good &= base == places - 1
        excluded = _excluding(asked, mask, step) if asked["exclusion_policy"] == "stop_at_step" else None
        if excluded is not None:
            between = np.append(-1, _latest(excluded))[runs.instant[places]]
            good &= (between < runs.first[places]) | (at[base] >= at[between])
        places, base = places[good], base[good]
        reached = np.zeros(len(at), np.bool_)
        reached[places] = True
        pointing = np.full(len(at), -1, np.int64)
        pointing[places] = base
        before.append(pointing)
        roots = np.zeros(len(at), np.int64)
        roots[places] = root[base]
        root = roots
        here = _any_in(reached, runs)
        level[here] = step + 1
        if step == many - 1:  # at the end the first to come there counts, before it the newest
            last = np.where(here, _first_in(reached, runs), last)
        else:
            last = np.where(here, _last_in(reached, runs), last)
    if many == 1:
        last = np.where(level == 1, _first_in(begun, runs), last)
    chain = np.full((len(runs.starts), many), -1, np.int64)
    place = last.copy()
    for step in range(many - 1, -1, -1):
        there = level > step
        chain[there, step] = place[there]
        place[there] = before[step][place[there]]
    return _Tried(level, chain)


def _any(asked: Mapping[str, Any], events: Events, runs: _Runs) -> _Tried:
    many, at = len(asked["steps"]), events.at
    span = asked["window_seconds"] * 1_000_000
    taken = np.full(len(at), -1, np.int64)
    for step in range(many - 1, -1, -1):
        taken[_bit(events.mask, step)] = step
    latest = np.full((many, len(at)), -1, np.int64)
    for step in range(many):
        here = taken == step
        if asked["entry"] == "first":
            places = np.flatnonzero(here)
            _, nth = np.unique(runs.first[places], return_index=True)
            here = np.zeros(len(at), np.bool_)
            here[places[nth]] = True
        found = _latest(here)
        inside = (found >= runs.first) & (at[found] >= at - span)
        latest[step] = np.where(inside, found, -1)
    size = (latest >= 0).sum(axis=0)
    if asked["entry"] == "first":
        size[at > at[runs.first] + span] = 0
    best = np.maximum.reduceat(size, runs.starts)
    most = np.repeat(best, runs.ends - runs.starts)
    fits = (size == most) & (size > 0)
    end = np.where(best == many, _first_in(fits, runs), _last_in(fits, runs))
    found = np.where(best[:, None] > 0, latest[:, end].T, -1)
    behind = np.where(found < 0, len(at), found)
    behind.sort(axis=1)
    return _Tried(best, np.where(behind == len(at), -1, behind))


def _any_in(where: Bools, runs: _Runs) -> Bools:
    return np.logical_or.reduceat(where, runs.starts)


def _last_in(where: Bools, runs: _Runs) -> Ints:
    """Return the last place of each run where it holds (or of an earlier run, where it holds nowhere)."""
    return _latest(where)[runs.ends - 1]


def _first_in(where: Bools, runs: _Runs) -> Ints:
    """Return the first place of each run where it holds (or of a later run, where it holds nowhere)."""
    found = _next(where)[runs.starts]
    return np.minimum(found, len(where) - 1)


def _dropped(asked: Mapping[str, Any], events: Events, runs: _Runs, tried: _Tried, until: Ints) -> Bools:
    """Return whose chain has an exclusion strictly inside, or in the rest of its window where it ended."""
    dropped = np.zeros(len(tried.level), np.bool_)
    if asked["exclusion_policy"] != "drop_person":
        return dropped
    at = np.append(events.at, 0)
    for step in range(1, len(asked["steps"])):
        excluded = _excluding(asked, events.mask, step)
        if excluded is None:
            continue
        there = np.flatnonzero(tried.level >= step)
        place = tried.chain[there, step - 1]
        found = _next(excluded)[runs.after[place]]
        further = tried.level[there] > step
        inside = np.where(further, at[found] < at[tried.chain[there, step]], at[found] <= until[there])
        dropped[there] |= (found < runs.ends[there]) & inside
    return dropped


def _best(events: Events, runs: _Runs, level: Ints) -> Ints:
    """Return which run counts for each person: the best one, of equal ones that of the least value held constant."""
    who = events.who[runs.starts]
    order = np.lexsort((np.arange(len(who)), -level, who))
    kept: Ints = order[np.append(True, who[order][1:] != who[order][:-1])]
    return kept


def _told(question: Question, events: Events, runs: _Runs, tried: _Tried, breakdown: str | None) -> list[list[Any]]:
    asked = question.inputs
    many, at = len(asked["steps"]), events.at
    rows = np.arange(len(tried.level))
    ends = tried.chain[rows, np.maximum(tried.level - 1, 0)]
    anchor = tried.chain[:, 0] if asked["window_anchor"] == "first_step" else ends
    until = at[anchor] + asked["window_seconds"] * 1_000_000
    dropped = _dropped(asked, events, runs, tried, until)
    chosen = _best(events, runs, np.where(dropped, 0, tried.level))
    chosen = chosen[tried.level[chosen] > 0]
    runs = _Runs(runs.first, runs.instant, runs.after, runs.starts[chosen], runs.ends[chosen])
    tried = _Tried(tried.level[chosen], tried.chain[chosen])
    dropped, until = dropped[chosen], until[chosen]
    if not len(chosen):
        return []
    if asked["order"] == "any":
        reason = _reasons_of_any(asked, events, runs, tried)
    else:
        reason = _reasons(asked, events, runs, tried, until)
    reason[dropped] = EXCLUDED
    if asked["order"] != "any" and not question.by_person:
        _split(question, events, tried, until, reason)
    level = np.where(dropped, 0, tried.level)
    values: list[str | None] = [None]
    coded = np.zeros(len(level), np.int64)
    if breakdown is not None:
        said = question.texts_at(events.spot[tried.chain[:, 0]], breakdown)
        known = sorted({one for one in said if one is not None})
        places: dict[str | None, int] = {one: place for place, one in enumerate(known)}
        values = [*known, None] if None in said else [*known]
        coded = np.array([places.get(one, len(known)) for one in said], np.int64)
    times = np.where(tried.chain >= 0, at[tried.chain], 0)
    found = []
    for number, value in enumerate(values):
        here = coded == number
        counted = _Counted(level[here], dropped[here], reason[here], times[here])
        found += [[value, step, *_step(step, counted), None] for step in range(1, many + 1)]
    return found


def _step(step: int, of: _Counted) -> list[Any]:
    """Return the figures of a step as the columns of `journey.funnel`."""
    level, dropped, reason, times = of.level, of.dropped, of.reason, of.times
    many, stopped = times.shape[1], level == step
    why = [int(np.count_nonzero(stopped & (reason == each))) for each in range(len(REASONS))]
    there, further = level >= step, level > step
    total = (times[there, step - 1] - times[there, 0]) / 1_000_000
    gaps = (times[further, step] - times[further, step - 1]) / 1_000_000 if step < many else np.zeros(0)
    counts = [int(np.count_nonzero(there)), int(np.count_nonzero(stopped)), int(np.count_nonzero(dropped))]
    middle = float(np.quantile(total, 0.5)) if len(total) else None
    if not len(gaps):
        return [*counts, *why, middle, None, None, None, None, None]
    low, high = float(gaps.min()), float(gaps.max())
    wished = 1
    while wished < MOST_BINS and wished**3 < len(gaps):
        wished += 1
    width = float(np.ceil((high - low) / wished)) if high > low else 1.0
    bins = np.minimum(((gaps - low) / width).astype(np.int64), wished - 1)
    quantiles = [float(one) for one in np.quantile(gaps, QUANTILES)]
    drawn = np.bincount(bins, minlength=wished).tolist()
    return [*counts, *why, middle, float(gaps.mean()), quantiles, low, width, drawn]


def _reasons(asked: Mapping[str, Any], events: Events, runs: _Runs, tried: _Tried, until: Ints) -> Ints:
    """Return why each went no further, a number of `REASONS`; -1 at the end."""
    many, at = len(asked["steps"]), np.append(events.at, 0)
    reason = np.full(len(tried.level), -1, np.int64)
    for level in range(1, many):
        some = np.flatnonzero(tried.level == level)
        if not len(some):
            continue
        end, last, stop = tried.chain[some, level - 1], until[some], runs.ends[some]
        fitting = _bit(events.mask, level)
        later = runs.after[end]
        following = _next(fitting)[end + 1 if asked["tie"] == "step_order" else later]
        exists = following < stop
        why = np.where(exists, np.where(at[following] > last, EXPIRED, NOT_NEXT), NO_LATER)
        if asked["tie"] != "step_order":
            counted = np.append(0, np.cumsum(fitting))
            begin = runs.instant[end]
            at_once = counted[later] - counted[begin] - fitting[end]
            why = np.where(~exists & (at_once > 0), REFUSED, why)
        excluded = _excluding(asked, events.mask, level)
        if excluded is not None:
            found = _next(excluded)[later]
            inside = (found < stop) & (at[found] <= last) & (~exists | (at[found] < at[following]))
            why = np.where(inside, EXCLUDED, why)
        reason[some] = why
    return reason


def _reasons_of_any(asked: Mapping[str, Any], events: Events, runs: _Runs, tried: _Tried) -> Ints:
    many = len(asked["steps"])
    low = events.mask & -events.mask
    cuts = np.column_stack((runs.starts, runs.ends)).ravel()
    seen = np.bitwise_or.reduceat(np.append(low, 0), cuts)[::2]
    filled = np.zeros(len(tried.level), np.int64)
    for step in range(many):
        there = tried.chain[:, step] >= 0
        filled[there] |= low[tried.chain[there, step]]
    missed = (seen & ~filled) != 0
    return np.where(tried.level == many, -1, np.where(missed, EXPIRED, NO_LATER))


def _split(question: Question, events: Events, tried: _Tried, until: Ints, reason: Ints) -> None:
    """Say where the next step was done in time, but on another of the person's identities."""
    asked = question.inputs
    held = asked["hold_constant"]
    places = np.flatnonzero((reason == NO_LATER) | (reason == EXPIRED))
    if not len(places):
        return
    ends = tried.chain[places, tried.level[places] - 1]
    columns = {
        "place": pa.array(places), "who": pa.array(events.who[ends]), "level": pa.array(tried.level[places]),
        "since": pa.array(events.at[ends]), "until": pa.array(until[places]),
    }  # fmt: skip
    words = Words()
    parts = question.conditions(words, people=False)
    if held is not None:
        known = events.texts["held"]
        columns["held"] = pa.array([known.raw[one] for one in known.codes[ends]], pa.string())
        parts.append(f"{text(held)} = s.held")
    steps = " ".join(f"WHEN {level} THEN {words.fits(step)}" for level, step in enumerate(asked["steps"]) if level)
    sql = (
        "SELECT DISTINCT s.place FROM stopped s JOIN identities me ON me.number = s.who "  # noqa: S608
        "JOIN identities i ON i.profile = me.profile AND i.number <> me.number "
        "JOIN events e ON e.identity = i.number "
        f"WHERE e.ts > s.since AND e.ts <= s.until AND CASE s.level {steps} ELSE false END AND {' AND '.join(parts)}"
    )
    found = question.ask(sql, words, stopped=pa.table(columns)).column("place").to_numpy()
    reason[found] = SPLIT
