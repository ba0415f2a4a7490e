"""Journeys in Cypher: the statements of cypher/journey against ones written by hand for one question."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from bench.measure import Measurement, Samples
from graphcdp.graph import Graph
from graphcdp.journeys import AttributionRule, FlowRule, FunnelRule
from graphcdp.journeys.usual import sooner

FUNNEL = FunnelRule(("viewed product", "added to cart", "purchased"))
_TYPES = ("product_view", "add_to_cart", "purchase")
ATTRIBUTION, FLOW = AttributionRule(dimension="campaign"), FlowRule()
_FUNNEL_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event) WHERE event.type IN $types
  WITH event.ts AS ts, event.type AS type, event.id AS id ORDER BY ts, id
  RETURN collect([ts.epochSeconds * 1000000 + ts.microsecond, type]) AS seen
}
WITH seen, reduce(state = [null, null, null], one IN seen | CASE
  WHEN state[2] IS NOT NULL THEN state
  WHEN one[1] = 'product_view' THEN [[one[0]], state[1], null]
  WHEN one[1] = 'add_to_cart'
  THEN CASE WHEN state[0][0] >= one[0] - $span THEN [state[0], state[0] + one[0], null] ELSE state END
  ELSE CASE WHEN state[1][0] >= one[0] - $span THEN [state[0], state[1], state[1] + one[0]] ELSE state END END) AS state
WITH seen, coalesce(state[2], state[1], state[0]) AS chain WHERE chain IS NOT NULL
WITH chain, size(chain) AS level, CASE WHEN size(chain) = 3 THEN null
  WHEN any(one IN seen WHERE one[0] >= chain[-1]
           AND one[1] = CASE size(chain) WHEN 1 THEN 'add_to_cart' ELSE 'purchase' END)
  THEN 'window_expired' ELSE 'no_later_event' END AS reason
UNWIND [1, 2, 3] AS step
WITH step, level, CASE WHEN level = step THEN reason END AS reason,
     CASE WHEN level > step THEN (chain[step] - chain[step - 1]) / 1000000.0 END AS next,
     CASE WHEN level >= step THEN (chain[step - 1] - chain[0]) / 1000000.0 END AS total
RETURN step, sum(CASE WHEN level >= step THEN 1 ELSE 0 END) AS people,
       sum(CASE WHEN level = step THEN 1 ELSE 0 END) AS stopped,
       sum(CASE WHEN reason = 'no_later_event' THEN 1 ELSE 0 END) AS no_later_event,
       sum(CASE WHEN reason = 'window_expired' THEN 1 ELSE 0 END) AS window_expired,
       percentileCont(total, 0.5) AS total_median, avg(next) AS next_mean,
       [percentileCont(next, 0.1), percentileCont(next, 0.25), percentileCont(next, 0.5),
        percentileCont(next, 0.75), percentileCont(next, 0.9)] AS next_quantiles, collect(next) AS times
ORDER BY step
"""
_TOUCHES_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WHERE event.campaign IS NOT NULL OR event.type = 'purchase'
  WITH event.ts AS ts, event.id AS id, event.type = 'purchase' AS converts, event.campaign AS campaign ORDER BY ts, id
  WITH ts.epochSeconds * 1000000 + ts.microsecond AS at, id, converts, campaign
  RETURN collect(CASE WHEN NOT converts THEN [at, id, campaign] END) AS touches,
         collect(CASE WHEN converts THEN [at, id, 1] END) AS conversions
}
WITH person, touches, conversions WHERE size(touches) + size(conversions) > 0
RETURN person.id AS who, person.id AS profile_id, touches, conversions
"""
_TRANSITIONS_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event.ts AS ts, event.type AS type, event.id AS id ORDER BY ts, id
  RETURN collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at, collect(type) AS items
}
WITH person, at, items WHERE size(items) > 0
UNWIND range(0, size(items)) AS place
WITH person, CASE place WHEN 0 THEN '(entry)' ELSE items[place - 1] END AS source,
     CASE place WHEN size(items) THEN '(exit)' ELSE items[place] END AS target,
     CASE WHEN place > 0 AND place < size(items) THEN (at[place] - at[place - 1]) / 1000000.0 END AS gap
RETURN source, target, count(*) AS times, count(DISTINCT person) AS people, avg(gap) AS mean_seconds
ORDER BY times DESC, source, target LIMIT 500
"""
_FLOW_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event.ts AS ts, event.type AS type, event.id AS id ORDER BY ts, id
  RETURN collect(type) AS items
}
WITH items, size(items) AS many WHERE many > 0
WITH CASE WHEN many < 6 THEN items + '(exit)' ELSE items[..6] END AS path, count(*) AS sequences
UNWIND range(0, size(path) - 2) AS step
RETURN step, path[step] AS source, path[step + 1] AS target, sum(sequences) AS sequences
ORDER BY step, sequences DESC, source, target
"""
_TRANSITIONS = {"item": "type", "collapse": False, "session_gap_seconds": None, "most": 500}
_WHOSE: dict[str, Any] = {
    **{"start_at": None, "end_at": None, "segment": None, "ids": None, "within": None},
    "container": "person",
}
_SIZE = "MATCH (event:Event) WITH count(event) AS events MATCH (one:Profile) RETURN events, count(one) AS people"

Tell = Callable[[str], None]
Rows = list[list[Any]]


async def measure(graph: Graph, *, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure on the graph as it stands: the statement that is taken for the question, and the one for any question."""
    now = datetime.now(UTC)
    (row,) = await graph.read_text(_SIZE)
    size = f"{row['events']:,} events, {row['people']:,} profiles"
    span = FUNNEL.window_seconds * 1_000_000
    found: list[Measurement] = []
    for name, inputs, text, parameters, told in (
        ("funnel", FUNNEL.inputs(now), _FUNNEL_BY_HAND, {"types": [*_TYPES], "span": span}, slice(1, 4)),
        ("touches", ATTRIBUTION.inputs(now), _TOUCHES_BY_HAND, {}, slice(0, 4)),
        ("transitions", _TRANSITIONS, _TRANSITIONS_BY_HAND, {}, slice(0, 4)),
        ("flow", {**FLOW.inputs(now), "top_n": 10, "min_share": 0.0}, _FLOW_BY_HAND, {}, slice(0, 4)),
    ):
        long = (f"journey.{name}", {**inputs, **_WHOSE})
        short = sooner(*long)
        taken: dict[str, list[float]] = {"hand": [], "short": [], "long": []}
        for run in range(repeat + 2):  # the first two warm up
            began = perf_counter()
            hand = [list(one.values()) for one in await graph.read_text(text, parameters)]
            hand_at = perf_counter()
            quick = await graph.read_rows(short[0], **short[1])
            quick_at = perf_counter()
            slow = await graph.read_rows(long[0], **long[1])
            end = perf_counter()
            assert _same(hand, slice(0, told.stop - told.start)) == _same(quick, told) == _same(slow, told)
            if run > 1:
                for what, seconds in (
                    ("hand", hand_at - began),
                    ("short", quick_at - hand_at),
                    ("long", end - quick_at),
                ):
                    taken[what].append(1000 * seconds)
        tell(f"{name}: " + ", ".join(f"{what} {statistics.median(times):.1f} ms" for what, times in taken.items()))
        against = Samples("by hand", "ms", taken["hand"])
        found += [
            Measurement(
                f"journey_cypher_{name}", f"{name} in Cypher", size, Samples(short[0], "ms", taken["short"]), against,
                target=1.2, better="less", note="by hand: for this one question, with the same answer",
            ),
            Measurement(
                f"journey_cypher_{name}_any", f"{name} in Cypher, by the statement for any question", size,
                Samples(long[0], "ms", taken["long"]), against, better="less",
            ),
        ]  # fmt: skip
    return found


def _same(rows: Rows, told: slice) -> list[str]:
    return sorted(str(row[told]) for row in rows)
