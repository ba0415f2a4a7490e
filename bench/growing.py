"""What an event costs while the graph grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from bench.events import Shape, generate, rules
from bench.measure import Measurement, Samples
from bench.writing import BATCH, SECRET, empty, take
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.ingest.pipeline import Pipeline
from graphcdp.model import Fact

Tell = Callable[[str], None]


async def measure(graph: Graph, events: int, larger: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure a small history several times, a larger one once in slices; the graph is emptied first.

    Args:
        graph: migrated.
        events: of the small history.
        larger: of the larger one.
        repeat: how often the small one is ingested.
        tell: takes progress.
    """
    clock = SystemClock()

    async def fresh() -> Pipeline:
        await empty(graph)
        book = RuleBook(graph, clock)
        await book.adopt(rules())
        return Pipeline(graph, clock, book, SECRET)

    few = list(generate(Shape.of(events)))
    small: list[float] = []
    for run in range(repeat + 1):  # the first one warms up
        small.append(await take(await fresh(), few) / len(few) * 1e6)
        tell(f"growing {run}/{repeat}: {small[-1]:,.0f} microseconds an event at {len(few):,} events")
    slices: list[float] = []
    pipeline, held = await fresh(), 0
    for facts in slices(generate(Shape.of(larger)), max(BATCH, events)):
        held += len(facts)
        slices.append(await take(pipeline, facts) / len(facts) * 1e6)
        tell(f"growing: {slices[-1]:,.0f} microseconds an event up to {held:,} events")
    late = slices[len(slices) // 2 :]
    return [
        Measurement(
            "cost_of_growth",
            "cost of an event in a larger graph",
            f"{larger:,} events, the second half in slices of {max(BATCH, events):,}",
            Samples("an event there", "µs", late),
            Samples(f"an event of {events:,}, from an empty graph", "µs", small[1:]),
            target=1.3,
            better="less",
            note=f"the last slice: {slices[-1]:,.0f} µs; people and cookies grow with the events",
        )
    ]


def slices(facts: Iterator[Fact], size: int) -> Iterable[list[Fact]]:
    while part := list(islice(facts, size)):
        yield part
