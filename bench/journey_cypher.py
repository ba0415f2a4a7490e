"""Journeys in Cypher: the statements of cypher/journey against ones written by hand for one question.

Four usual questions, and six that need conditions, cookies, sessions or another window. What counts is Neo4j's
processor time, of several executions, as its clock ticks every 10 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bench.measure import Measurement, Samples, processor_seconds
from graphcdp.graph import Graph
from graphcdp.journeys import AttributionRule, FlowRule, FunnelRule
from graphcdp.journeys.usual import sooner

FUNNEL = FunnelRule(("viewed product", "added to cart", "purchased"))
_TYPES = ("product_view", "add_to_cart", "purchase")
ATTRIBUTION, FLOW = AttributionRule(dimension="campaign"), FlowRule()
FUNNEL_WHERE = FunnelRule(("viewed product", "did add_to_cart where price > 50", "purchased"))
FUNNEL_PREVIOUS = replace(FUNNEL_WHERE, window_anchor="previous_step")
ATTRIBUTION_WHERE = AttributionRule(conversions="purchased where price > 50", dimension="campaign")
PATHS_WHERE = FlowRule(anchor="did product_view where price > 50", before=2, after=3)
GAP_SECONDS = 1_800
EXECUTIONS, WARMING = 5, 8
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
_WHERE = "WHERE event.type IN $types\n"
_FUNNEL_WHERE_BY_HAND = _FUNNEL_BY_HAND.replace(
    _WHERE, "WHERE event.type IN $types OR event.type = 'add_to_cart' AND event.price > 50\n"
)
_FUNNEL_PREVIOUS_BY_HAND = _FUNNEL_WHERE_BY_HAND.replace("state[1][0] >=", "state[1][-1] >=")
_TOUCHES_WHERE_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event, event.campaign AS campaign, event.type = 'purchase' AND event.price > 50 AS converts
  WHERE campaign IS NOT NULL OR converts
  WITH event.ts AS ts, event.id AS id, converts, campaign ORDER BY ts, id
  WITH ts.epochSeconds * 1000000 + ts.microsecond AS at, id, converts, campaign
  RETURN collect(CASE WHEN NOT converts THEN [at, id, campaign] END) AS touches,
         collect(CASE WHEN converts THEN [at, id, 1] END) AS conversions
}
WITH person, touches, conversions WHERE size(touches) + size(conversions) > 0
RETURN person.id AS who, person.id AS profile_id, touches, conversions
"""
_TRANSITIONS_SESSIONS_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event.ts AS ts, event.type AS type, event.id AS id ORDER BY ts, id
  RETURN collect(ts.epochSeconds * 1000000 + ts.microsecond) AS at, collect(type) AS items
}
WITH person, at, items, size(items) AS many WHERE many > 0
UNWIND range(0, many) AS place
WITH person, items[place - 1] AS before, items[place] AS next, place, many, at[place] - at[place - 1] AS gap
UNWIND CASE WHEN place = 0 THEN [['(entry)', next, null]] WHEN place = many THEN [[before, '(exit)', null]]
            WHEN gap >= $gap THEN [[before, '(exit)', null], ['(entry)', next, null]]
            ELSE [[before, next, gap / 1000000.0]] END AS link
RETURN link[0] AS source, link[1] AS target, count(*) AS times, count(DISTINCT person) AS people,
       avg(link[2]) AS mean_seconds
ORDER BY times DESC, source, target LIMIT 500
"""
_FLOW_COOKIES_BY_HAND = _FLOW_BY_HAND.replace(
    "MATCH (person:Profile)\nCALL (person) {\n  MATCH (person)-[:HAS_IDENTITY]->()-",
    "MATCH (:Profile)-[:HAS_IDENTITY]->(identity:Identity)\nCALL (identity) {\n  MATCH (identity)-",
)
_PATHS_WHERE_BY_HAND = """
MATCH (person:Profile)
CALL (person) {
  MATCH (person)-[:HAS_IDENTITY]->()-[:PERFORMED]->(event:Event)
  WITH event.ts AS ts, event.type AS type, event.id AS id, event.type = 'product_view' AND event.price > 50 AS marked
  ORDER BY ts, id
  RETURN collect(type) AS items, collect(marked) AS marked
}
WITH items, head([place IN range(0, size(items) - 1) WHERE marked[place] | place]) AS zero
WHERE zero IS NOT NULL
WITH CASE WHEN zero < 2 THEN ['(entry)'] + items[..zero + 4] ELSE items[zero - 2..zero + 4] END
     + CASE WHEN zero + 4 > size(items) THEN ['(exit)'] ELSE [] END AS path, count(*) AS sequences
ORDER BY sequences DESC, path
WITH collect([path, sequences]) AS all, sum(sequences) AS total
UNWIND all[..50] AS one
RETURN one[0] AS path, one[1] AS sequences, one[1] AS people, total
"""
_TRANSITIONS = {"item": "type", "collapse": False, "session_gap_seconds": None, "most": 500}
_WHOSE: dict[str, Any] = {
    **{"start_at": None, "end_at": None, "segment": None, "ids": None, "within": None},
    "container": "person",
}
_SIZE = "MATCH (event:Event) WITH count(event) AS events MATCH (one:Profile) RETURN events, count(one) AS people"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question.

    Attributes:
        name: of the statement that answers any question like it.
        what: for people.
        inputs: of that statement.
        by_hand: a statement for this one question.
        told: the columns of the answer that it gives, too.
        parameters: of the statement by hand.
    """

    name: str
    what: str
    inputs: Mapping[str, Any]
    by_hand: str
    told: slice = field(default_factory=lambda: slice(0, 4))
    parameters: Mapping[str, Any] = field(default_factory=dict)


async def measure(graph: Graph, pid: int, *, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure on the graph as it stands: the statement that is taken for each question, and the one for any question.

    Args:
        graph: with events.
        pid: of the Neo4j that holds it.
        repeat: how often each is measured.
        tell: is told each result.
    """
    (row,) = await graph.read_text(_SIZE)
    size = f"{row['events']:,} events, {row['people']:,} profiles"
    found: list[Measurement] = []
    for asked in _questions(datetime.now(UTC)):
        for one in await _measure(graph, pid, asked, size, repeat):
            tell(f"{one.work}: {one.ours.what} {one.ours.median:.1f} ms, {one.figure:.2f} times by hand")
            found.append(one)
    return found


def _questions(now: datetime) -> tuple[Asked, ...]:
    span = FUNNEL.window_seconds * 1_000_000
    funnel = slice(1, 4)
    types, where = {"types": [*_TYPES], "span": span}, {"types": ["product_view", "purchase"], "span": span}
    shares = {"top_n": 10, "min_share": 0.0}
    gap = {"gap": GAP_SECONDS * 1_000_000}
    sessions, cookies = {**_TRANSITIONS, "session_gap_seconds": GAP_SECONDS}, {"container": "cookie"}
    paths = {**PATHS_WHERE.inputs(now), "most": 50}
    return (
        Asked("funnel", "funnel", FUNNEL.inputs(now), _FUNNEL_BY_HAND, funnel, types),
        Asked("touches", "touches", ATTRIBUTION.inputs(now), _TOUCHES_BY_HAND),
        Asked("transitions", "transitions", _TRANSITIONS, _TRANSITIONS_BY_HAND),
        Asked("flow", "flow", {**FLOW.inputs(now), **shares}, _FLOW_BY_HAND),
        Asked(
            "funnel", "funnel, one step with a condition", FUNNEL_WHERE.inputs(now),
            _FUNNEL_WHERE_BY_HAND, funnel, where,
        ),
        Asked(
            "funnel", "funnel, with a condition, windows from step to step", FUNNEL_PREVIOUS.inputs(now),
            _FUNNEL_PREVIOUS_BY_HAND, funnel, where,
        ),
        Asked(
            "touches", "touches, conversions with a condition", ATTRIBUTION_WHERE.inputs(now), _TOUCHES_WHERE_BY_HAND
        ),
        Asked("transitions", "transitions in sessions", sessions, _TRANSITIONS_SESSIONS_BY_HAND, parameters=gap),
        Asked("flow", "flow of cookies", {**FLOW.inputs(now), **shares, **cookies}, _FLOW_COOKIES_BY_HAND),
        Asked("paths", "paths, around a condition", paths, _PATHS_WHERE_BY_HAND),
    )  # fmt: skip


async def _measure(graph: Graph, pid: int, asked: Asked, size: str, repeat: int) -> list[Measurement]:
    long = (f"journey.{asked.name}", {**_WHOSE, **asked.inputs})
    short = sooner(*long)

    async def by_hand() -> list[list[Any]]:
        return [list(one.values()) for one in await graph.read_text(asked.by_hand, asked.parameters)]

    async def taken() -> list[list[Any]]:
        return [list(one) for one in await graph.read_rows(short[0], **short[1])]

    async def for_any() -> list[list[Any]]:
        return [list(one) for one in await graph.read_rows(long[0], **long[1])]

    ways = {"by hand": by_hand, short[0]: taken} | ({long[0]: for_any} if long[0] != short[0] else {})
    used: dict[str, list[float]] = {way: [] for way in ways}
    width = asked.told.stop - asked.told.start
    for run in range(repeat + 1):
        for way, answer in ways.items():
            if run == 0:
                for _ in range(WARMING):
                    rows = await answer()
                hand = _same(await by_hand(), slice(0, width))
                assert _same(rows, slice(0, width) if way == "by hand" else asked.told) == hand, f"{asked.what}: {way}"
                continue
            began = processor_seconds(pid)
            for _ in range(EXECUTIONS):
                await answer()
            used[way].append(1000 * (processor_seconds(pid) - began) / EXECUTIONS)
    against = Samples("by hand", "ms", used["by hand"])
    return [
        Measurement(
            f"journey_cypher_{asked.what}_{way}".replace(", ", "_").replace(" ", "_").replace("journey.", ""),
            f"{asked.what}, in Cypher", size, Samples(way, "ms", each), against, target=1.2, better="less",
            note="processor time of Neo4j; by hand: for this one question, with the same answer",
        )
        for way, each in used.items()
        if way != "by hand"
    ]  # fmt: skip


def _same(rows: list[list[Any]], told: slice) -> list[str]:
    return sorted(str(row[told]) for row in rows)
