"""Computed attributes: kept up with each batch, they are what all events of the person say, whatever happened."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcdp.base import CDPError, MovableClock
from graphcdp.graph import Graph
from graphcdp.identity import Applying, Author, RuleBook, Undo
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, IdentityKey
from graphcdp.segments.computed import ComputedAttributes, Declaration, declare
from graphcdp.segments.rule.ast import Aggregate, Compare, EventField, Events, Function, Last, Text, Window
from tests.make import fact
from tests.oracle import Rules, Statement
from tests.property.graph_system import rule_set
from tests.property.profiles import share
from tests.property.strategies import START, History, number_of, rule_changes

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("clean")]

_session = uuid.uuid4().hex[:6]
_number = itertools.count(1)
COLOURS = ("red", "blue", "red", "green", None)
FUNCTIONS: tuple[Function, ...] = (
    "count", "sum", "average", "min", "max", "distinct", "first", "last", "most frequent",
)  # fmt: skip
_EVENTS = """
MATCH (p:Profile)-[:HAS_IDENTITY]->(i:Identity)
WHERE any(key IN $keys WHERE key = i.key)
OPTIONAL MATCH (i)-[:PERFORMED]->(e:Event)
WITH p, [each IN collect(e) | [each.ts, each.id, each.type, each.revenue, each.category, each.p_shade]] AS events
RETURN p.id AS id, p.computed AS computed, properties(p) AS held, events
"""


def as_event(statement: Statement) -> Fact:
    """Return a statement as an event or a record; its number says what was bought, and for how much."""
    number = number_of(statement.id)
    properties: dict[str, Any] = {"revenue": [0.1, 0.2, 0.7, 3][number % 4], "shade": number % 3}
    if COLOURS[number % 5] is not None:
        properties["category"] = COLOURS[number % 5]
    return fact(
        *(f"{namespace}|{value}" for namespace, value in statement.identities),
        id=statement.id,
        ts=statement.ts,
        type=None if number % 7 == 6 else ("purchased" if number % 3 else "viewed"),
        properties={} if number % 7 == 6 else properties,
        attributes={"note": statement.content} if number % 7 == 6 else None,
    )


def declarations(window: Window | None) -> list[Declaration]:
    """Return one of every function, and some with conditions."""
    bought = Events(types=("purchased",), window=window)
    made = [
        Aggregate(
            function=function,
            field={"count": None, "distinct": "category", "first": "ts", "last": "ts"}.get(
                function, "category" if function == "most frequent" else "revenue"
            ),
            events=bought,
        )
        for function in FUNCTIONS
    ]
    reds = Events(where=Compare(left=EventField(name="category"), operator="=", right=Text(value="red")), window=window)
    made += [
        Aggregate(function="count", events=reds),
        Aggregate(function="most frequent", field="shade", events=Events(window=window)),
    ]
    return [declare(f"figure_{number}", each, at_least=1 + number % 2) for number, each in enumerate(made)]


def expected(declaration: Declaration, events: list[list[Any]], now: datetime) -> tuple[Any, int]:
    """Return a figure in the plainest way: all events that count, in order."""
    aggregate = declaration.aggregate
    seconds = aggregate.events.window.seconds if isinstance(aggregate.events.window, Last) else 10**9
    values = []
    for ts, _, type, revenue, category, shade in sorted(events, key=lambda each: (each[0], each[1])):
        if ts > now or ts < now - timedelta(seconds=seconds):
            continue
        if aggregate.events.types and type not in aggregate.events.types:
            continue
        if aggregate.events.where is not None and category != "red":
            continue
        said = {
            "revenue": revenue, "category": category, "shade": shade, None: True,
            "ts": ts.isoformat(timespec="seconds").replace("+00:00", "Z"),
        }  # fmt: skip
        if said[aggregate.field] is not None:
            values.append((ts, said[aggregate.field]))
    if len(values) < declaration.at_least:
        return None, len(values)
    return _figure(aggregate.function, values), len(values)


def _figure(function: str, values: list[tuple[datetime, Any]]) -> Any:
    plain = [value for _, value in values]
    if function == "most frequent":
        often = Counter(plain)
        newest = {value: max(ts for ts, each in values if each == value) for value in often}
        most = [value for value in often if often[value] == max(often.values())]
        latest = [value for value in most if newest[value] == max(newest[each] for each in most)]
        return min(latest, key=str)
    return {
        "count": lambda: len(plain),
        "sum": lambda: sum(plain),
        "average": lambda: sum(plain) / len(plain),
        "min": lambda: min(plain),
        "max": lambda: max(plain),
        "distinct": lambda: len(set(plain)),
        "first": lambda: plain[0],
        "last": lambda: plain[-1],
    }[function]()


async def agree(graph: Graph, keys: list[str], declared: list[Declaration], now: datetime) -> None:
    """Say where what is kept and what the events say part."""
    rows = await graph.read_text(_EVENTS, {"keys": keys})
    for row in rows:
        kept = orjson.loads(row["computed"] or "{}")
        for one in declared:
            value, events = expected(one, row["events"], now)
            assert row["held"].get(one.property_name) == value, (one.aggregate, row["events"])
            assert kept.get(one.name, [None, None, 0])[2] == events, (one.aggregate, row["events"])


def _cut(history: History) -> Iterator[list[Fact]]:
    for batch in history.batches:
        yield [as_event(each) for each in batch]


WORDS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(("cut", "pin", "restore")), st.integers(0, 9), st.integers(0, 9)),
    max_size=4,
)


@share(0.2)
@given(changing=rule_changes(), words=WORDS, moving=st.booleans(), late=st.booleans())
async def test_what_is_kept_is_what_all_events_say(
    graph: Graph, changing: tuple[History, Rules], words: list[tuple[int, str, int, int]], moving: bool, late: bool
) -> None:
    """After batches with merges, splits, late and repeated events; a person's word; other rules; and by time."""
    history, other_rules = changing
    own = history.moved_to(f"{_session}-{next(_number):05d}-")
    clock = MovableClock(START + timedelta(minutes=4))
    book = RuleBook(graph, clock)
    await book.adopt(rule_set(own.rules), over_data=True)
    pipeline = Pipeline(graph, clock, book, b"the same in every test")
    computed = ComputedAttributes(graph, clock, pipeline)
    declared = declarations(Last(seconds=150) if moving else None)
    keys = sorted({f"{space}|{value}" for each in own.facts for space, value in each.identities})
    batches = list(_cut(own))
    if not late:
        await computed.declare(declared)
    undo, applying = Undo(graph, clock, book, pipeline.writer), Applying(graph, clock, book)
    undo.regrouped = applying.regrouped = pipeline.regroup
    for place, batch in enumerate(batches):
        await pipeline.ingest(batch)
        if late and place == 0:
            await computed.declare(declared)
        if place % 2:
            await pipeline.ingest(batch)  # all of it once more
        await agree(graph, keys, declared, clock.now())
        for after, action, one, other in words:
            if after == place:
                pair = (IdentityKey(*keys[each % len(keys)].split("|", 1)) for each in (one, other))
                with contextlib.suppress(CDPError):
                    await getattr(undo, action)(*pair, Author("tests"))
                if place or not late:
                    await agree(graph, keys, declared, clock.now())
    await applying.apply(rule_set(other_rules))
    await agree(graph, keys, declared, clock.now())
    for _ in range(4):
        clock.advance(timedelta(seconds=75))
        await computed.tick()
        await agree(graph, keys, declared, clock.now())
    for one in declared:
        await computed.remove(one.name)
    left = await graph.read_text(
        "MATCH (p:Profile) WHERE p.computed IS NOT NULL OR any(name IN keys(p) WHERE name STARTS WITH 'c_') "
        "RETURN count(*) AS left"
    )
    assert left == [{"left": 0}]
