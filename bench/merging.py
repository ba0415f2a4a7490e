"""Merging two profiles with long histories against two with short ones: no event is touched, so it costs the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

from bench.events import rules
from bench.measure import Measurement, Samples
from bench.writing import SECRET, empty, take
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import Author, RuleBook, Undo
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact, IdentityKey

SHORT, LONG = 10, 10_000
WARM = 2
_START = datetime(2025, 1, 1, tzinfo=UTC)
_EDGES = "MATCH ()-[held:PERFORMED]->() RETURN count(held) AS edges, max(elementId(held)) AS newest"

Tell = Callable[[str], None]


async def measure(graph: Graph, repeat: int, tell: Tell) -> list[Measurement]:
    """Merge fresh pairs of profiles, by a person's word and by an event that shows both.

    Raises:
        AssertionError: an edge to an event was made anew.
    """
    await empty(graph)
    clock = SystemClock()
    book = RuleBook(graph, clock)
    await book.adopt(rules())
    pipeline = Pipeline(graph, clock, book, SECRET)
    undo = Undo(graph, clock, book, pipeline.writer)
    pairs = {SHORT: 2 * (repeat + WARM), LONG: 2 * repeat}
    for events, count in pairs.items():
        facts = [fact for pair in range(count) for side in "lr" for fact in _history(events, pair, side)]
        await take(pipeline, facts)
        tell(f"merging: {count} pairs of profiles with {events:,} events each are there")
    taken: dict[tuple[str, int], list[float]] = {}
    order = [(SHORT, pair) for pair in range(2 * WARM)]  # these warm both up, then the two take turns
    for pair in range(2 * repeat):
        order += [(SHORT, 2 * WARM + pair), (LONG, pair)]
    before = await graph.read_text(_EDGES)
    for events, pair in order:
        how = "decision" if pair % 2 else "event"
        left, right = _key(events, pair, "l"), _key(events, pair, "r")
        when = _START + timedelta(days=300, seconds=pair)
        both = Fact(f"both-{events}-{pair}", when, "bench", "bench", (left, right))
        began = perf_counter()
        if how == "decision":
            await undo.merge(left, right, Author("bench"))
        else:
            await pipeline.ingest([both])
        taken.setdefault((how, events), []).append((perf_counter() - began) * 1000)
    assert await graph.read_text(_EDGES) == before, "an edge to an event was made anew"
    found = []
    for how, words in (("decision", "a person's word"), ("event", "an event that shows both")):
        ours, against = taken[how, LONG][-repeat:], taken[how, SHORT][-repeat:]
        tell(f"merging by {words}: {sorted(ours)[len(ours) // 2]:.1f} ms at {LONG:,} events")
        found.append(
            Measurement(
                f"merge_by_{how}",
                f"merge of two profiles by {words}",
                f"{LONG:,} events each, {repeat} fresh pairs",
                Samples(f"{LONG:,} events each", "ms", ours),
                Samples(f"{SHORT} events each", "ms", against),
                target=2,
                better="less",
                note="no edge to an event is made or removed",
            )
        )
    return found


def _key(events: int, pair: int, side: str) -> IdentityKey:
    return IdentityKey(
        "crm_id" if side == "l" else "email", f"p{events}-{pair}" + ("" if side == "l" else "@shop.example")
    )


def _history(events: int, pair: int, side: str) -> list[Fact]:
    """Return a person's events, every one of which shows the person and one browser."""
    who, browser = _key(events, pair, side), IdentityKey("ecid", f"{events}-{pair}-{side}")
    return [
        Fact(
            id=f"{events}-{pair}-{side}-{number}",
            ts=_START + timedelta(minutes=number),
            source="bench",
            dataset="bench",
            identities=(who, browser),
            type="page_view",
            channel="web",
            payload=json.dumps({"page": number}),
        )
        for number in range(events)
    ]
