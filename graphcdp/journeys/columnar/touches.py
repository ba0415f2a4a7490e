"""What attribution works with: the rows of cypher/journey/touches.cypher."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphcdp.journeys.columnar.question import Events, Ints, Question
from graphcdp.journeys.columnar.where import Words, microseconds, plain, plain_of


def touches(question: Question) -> list[list[Any]]:
    """Return the rows of `journey.touches`."""
    asked = question.inputs
    wanted, conversions = asked["touches"], asked["conversions"]
    types = None
    if wanted is not None and wanted["types"] is not None and conversions["types"] is not None:
        types = sorted({*wanted["types"], *conversions["types"]})
    choices = [conversions, *([] if wanted is None else [wanted])]
    events = question.events(
        choices, types=types, any_fits=wanted is not None, earlier_seconds=asked["lookback_seconds"]
    )
    return [] if not len(events) else _rows(question, events)


def _rows(question: Question, events: Events) -> list[list[Any]]:
    asked = question.inputs
    start = asked["start_at"]
    converts = events.mask & 1 == 1
    touch = ~converts if asked["touches"] is None else events.mask & 2 == 2
    if start is not None:
        converts = converts & (events.at >= microseconds(start))  # what converted before is no touch either
    kept = np.flatnonzero(touch | converts)
    ids, labels, values = _told(question, events.spot[kept])
    names = _names(question, events.who[kept])
    gap = asked["session_gap_seconds"]
    sessions = None if gap is None else question.begun(gap, asked["lookback_seconds"])
    cells = (events.who, events.at, touch, converts)
    found: list[list[Any]] = []
    before = -1
    for who, at, touches_now, converts_now, id, label, value in zip(
        *(each[kept].tolist() for each in cells), ids, labels, values, strict=True
    ):
        told = touches_now and label is not None
        if not (told or converts_now):
            continue
        if who != before:
            touched, converted = list[list[Any]](), list[list[Any]]()
            found.append([*names[who], touched, converted, None if sessions is None else sessions.of(who)])
            before = who
        if told:
            touched.append([at, id, label])
        if converts_now:
            converted.append([at, id, value])
    return found


def _told(question: Question, spots: Ints) -> tuple[list[str], list[Any], list[Any]]:
    """Return id, value of the dimension, and what a conversion is worth, of the events at some spots."""
    asked = question.inputs
    dimension, value = asked["dimension"], asked["value"]
    sold = "'1'" if value is None else plain(value)
    told = pa.table({"place": pa.array(np.arange(len(spots))), "spot": pa.array(spots)})
    found = question.ask(
        f"SELECT a.place, e.id AS id, {plain(dimension)} AS label, {sold} AS worth "  # noqa: S608  names of ours
        "FROM asked a JOIN events e ON e.rowid = a.spot ORDER BY a.place",
        Words(),
        asked=told,
    )
    labels = _decoded(found.column("label"), lambda raw: plain_of(dimension, raw))
    worth = [1] * len(spots)
    if value is not None:
        worth = _decoded(found.column("worth"), lambda raw: _number(plain_of(value, raw)))
        worth = [0 if one is None else one for one in worth]
    return found.column("id").to_pylist(), labels, worth


def _decoded(column: Any, read: Any) -> list[Any]:
    coded = pc.dictionary_encode(column).combine_chunks()
    known = [read(raw) for raw in coded.dictionary.to_pylist()] + [None]
    return [known[code] for code in coded.indices.fill_null(-1).to_pylist()]


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _names(question: Question, who: Ints) -> dict[int, tuple[str, str]]:
    """Return for each person or identity what it is called, and its profile's id."""
    told = pa.table({"who": pa.array(np.unique(who))})
    if question.by_person:
        sql = "SELECT t.who, p.id AS name, p.id AS profile FROM told t JOIN people p ON p.number = t.who"
    else:
        sql = (
            "SELECT t.who, i.key AS name, p.id AS profile FROM told t JOIN identities i ON i.number = t.who "
            "JOIN people p ON p.number = i.profile"
        )
    found = question.ask(sql, Words(), told=told)
    numbers, names, profiles = (found.column(each).to_pylist() for each in ("who", "name", "profile"))
    return dict(zip(numbers, zip(names, profiles, strict=True), strict=True))
