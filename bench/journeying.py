"""Journeys: the columnar projection against hand-written DuckDB on the same events, and how fresh it is.

Where chdb is installed it is shown beside them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
from rich.markup import escape

from bench import beside
from bench.events import Shape, generate
from bench.measure import Measurement, Samples
from bench.writing import SECRET, Tell, load, take
from graphcdp.base import SystemClock
from graphcdp.graph import Graph
from graphcdp.identity import RuleBook
from graphcdp.ingest import Pipeline
from graphcdp.journeys import AttributionRule, FunnelRule, Journeys, Selection
from graphcdp.journeys.columnar import Engines
from graphcdp.segments.vocabulary.language import Language

NEW = 10_000
STEPS = ("product_view", "add_to_cart", "purchase")
DAYS, LOOKBACK = 14, 30
_WINDOW = DAYS * 86_400_000_000
_FUNNEL = f"""
WITH one AS (
  SELECT person, ts, type, id, row_number() OVER mine AS nth,
         CASE WHEN type = 'product_view' THEN ts END AS begun
  FROM flat WHERE type IN ('product_view', 'add_to_cart', 'purchase')
  WINDOW mine AS (PARTITION BY person ORDER BY ts, id)),
two AS (
  SELECT *, CASE WHEN type = 'add_to_cart' AND ts - max(begun) OVER mine <= {_WINDOW}
                 THEN max(begun) OVER mine END AS went
  FROM one WINDOW mine AS (PARTITION BY person ORDER BY nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
three AS (
  SELECT *, CASE WHEN type = 'purchase' AND ts - max(went) OVER mine <= {_WINDOW} THEN 1 END AS bought
  FROM two WINDOW mine AS (PARTITION BY person ORDER BY nth ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT count(DISTINCT CASE WHEN begun IS NOT NULL THEN person END),
       count(DISTINCT CASE WHEN went IS NOT NULL THEN person END), count(DISTINCT CASE WHEN bought = 1 THEN person END)
FROM three
"""
_TRANSITIONS = """
WITH pairs AS (
  SELECT person, type AS source, lead(type) OVER mine AS target, lead(ts) OVER mine - ts AS gap
  FROM flat WINDOW mine AS (PARTITION BY person ORDER BY ts, id))
SELECT source, target, count(*) AS times, count(DISTINCT person), avg(gap) / 1e6
FROM pairs WHERE target IS NOT NULL GROUP BY source, target ORDER BY times DESC, source, target
"""
_PATHS = """
WITH done AS (SELECT person, list(type ORDER BY ts, id) AS all_of_it FROM flat GROUP BY person),
ways AS (SELECT person, CASE WHEN len(all_of_it) < 6 THEN list_append(all_of_it, '(exit)')
                             ELSE all_of_it[1:6] END AS way FROM done)
SELECT way, count(*) AS many, count(DISTINCT person) FROM ways GROUP BY way ORDER BY many DESC, way LIMIT 50
"""
_LAST_TOUCH = f"""
WITH seen AS (
  SELECT type, ts, last_value(CASE WHEN type <> 'purchase' THEN campaign END IGNORE NULLS) OVER mine AS label,
         last_value(CASE WHEN type <> 'purchase' AND campaign IS NOT NULL THEN ts END IGNORE NULLS) OVER mine AS touched
  FROM flat WHERE campaign IS NOT NULL OR type = 'purchase'
  WINDOW mine AS (PARTITION BY person ORDER BY ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
SELECT coalesce(CASE WHEN touched >= ts - {LOOKBACK * 86_400_000_000} THEN label END, '(none)') AS label,
       count(*) AS many
FROM seen WHERE type = 'purchase' GROUP BY 1 ORDER BY many DESC, label
"""
COLUMNAR = Selection(engine="columnar")
Ask = Callable[[], Awaitable[list[Any]]]


async def measure(graph: Graph, home: Path, *, events: int, repeat: int, tell: Tell) -> list[Measurement]:
    """Measure journeys; the graph is emptied, and holds the history and further events at the end."""
    await load(graph, events)
    clock = SystemClock()
    rules = RuleBook(graph, clock)
    journeys = Journeys(graph, clock, Language(graph, clock, rules), rules)
    file = home / "bench.duckdb"
    engines = Engines(graph, clock, file)
    made = await engines.refresh()
    await engines.close()
    flat = _flat(file)
    journeys.engines = engines = Engines(graph, clock, file)
    tell(f"projection of {made.events:,} events made in {made.seconds:.1f} s")
    size = f"{made.events:,} events, {made.identities:,} identities"
    once = Samples("from the graph", "s", [made.seconds])
    found = [Measurement("projection_made", "making the projection", size, once, better="less", note="once")]
    funnel = FunnelRule(STEPS, window_seconds=DAYS * 86_400)

    async def funnels() -> list[Any]:
        return [one.people for one in (await journeys.funnel(funnel, COLUMNAR)).steps]

    async def transitions() -> list[Any]:
        edges = (await journeys.transitions(COLUMNAR)).edges
        return [one[:4] for one in edges if one.mean_seconds is not None]

    async def paths() -> list[Any]:
        return [(list(one.path), one.sequences) for one in (await journeys.paths(selection=COLUMNAR)).paths]

    async def last_touch() -> list[Any]:
        found = await journeys.attribution(COLUMNAR, AttributionRule(dimension="campaign"), "last")
        return [(one.label, round(one.conversions)) for one in found.credits if one.conversions]

    async def last_touch_in_sql() -> list[Any]:
        return flat.sql(_LAST_TOUCH).fetchall()

    async def funnels_in_sql() -> list[Any]:
        return list(flat.sql(_FUNNEL).fetchall()[0])

    async def transitions_in_sql() -> list[Any]:
        return [row[:4] for row in flat.sql(_TRANSITIONS).fetchall()]

    async def paths_in_sql() -> list[Any]:
        return [(way, many) for way, many, _ in flat.sql(_PATHS).fetchall()]

    other = beside.Beside(flat, home / "beside.parquet") if beside.installed() else None
    if other is None:
        tell(escape(beside.HINT))
    others = {} if other is None else other.questions(STEPS, DAYS, LOOKBACK)
    for name, work, ask, by_hand in (
        ("funnel", "a funnel of three steps within 14 days", funnels, funnels_in_sql),
        ("transitions", "what follows what", transitions, transitions_in_sql),
        ("paths", "the 50 most frequent first six events", paths, paths_in_sql),
        ("attribution", "purchases by the last campaign before them", last_touch, last_touch_in_sql),
    ):
        measured = await _against(name, work, size, ask, by_hand, repeat, others.get(name))
        found += measured
        figures = [f"{one.figure:.2f} times {one.against.what}" for one in measured if one.against is not None]
        tell(f"{work}: {measured[0].ours.median:.0f} ms, {', '.join(figures)}")
    found.append(await _fresh(graph, engines, rules, clock, events=events, repeat=repeat, size=size))
    tell(f"fresh after {NEW:,} new events: {found[-1].ours.median:.2f} s")
    await engines.close()
    flat.close()
    if other is not None:
        other.close()
    return found


def _flat(file: Path) -> duckdb.DuckDBPyConnection:
    """Return the same events as a person would keep them for these questions: one table, people in it, by hand."""
    flat = duckdb.connect()
    flat.execute(f"ATTACH '{file}' AS projection (READ_ONLY)")
    flat.execute(
        "CREATE TABLE flat AS SELECT i.profile AS person, e.ts, e.id, e.type, e.channel, e.campaign "
        "FROM projection.events e JOIN projection.identities i ON i.number = e.identity"
    )
    flat.execute("DETACH projection")
    return flat


async def _against(  # noqa: PLR0917
    name: str, work: str, size: str, ask: Ask, by_hand: Ask, repeat: int, other: Callable[[], list[Any]] | None
) -> list[Measurement]:
    """Measure an analysis against what a person would write for it, and against chdb; all must say the same."""
    ours: list[float] = []
    hand: list[float] = []
    theirs: list[float] = []
    for run in range(repeat + 2):  # the first two warm up
        began = perf_counter()
        said = await ask()
        middle = perf_counter()
        wanted = await by_hand()
        end = perf_counter()
        third = other() if other is not None else wanted
        last = perf_counter()
        if said != wanted and name != "paths":  # equally frequent paths may be cut off in another order of texts
            raise AssertionError(f"{name}: {said[:5]} is not {wanted[:5]}")
        if third != wanted:
            raise AssertionError(f"{name} by chdb: {third[:5]} is not {wanted[:5]}")
        if run > 1:
            ours.append(1000 * (middle - began))
            hand.append(1000 * (end - middle))
            theirs.append(1000 * (last - end))
    mine = Samples("projection", "ms", ours)
    found = [Measurement(
        f"journey_{name}", work, size, mine, Samples("hand-written DuckDB", "ms", hand),
        target=1.5, better="less", note="the same figures, freshness looked at each time",
    )]  # fmt: skip
    if other is not None:
        found.append(Measurement(
            f"journey_{name}_chdb", f"{work}, chdb beside it", size, mine, Samples("hand-written chdb", "ms", theirs),
            better="less", note="the same figures; chdb has the people in the events",
        ))  # fmt: skip
    return found


async def _fresh(
    graph: Graph, engines: Engines, rules: RuleBook, clock: SystemClock, *, events: int, repeat: int, size: str
) -> Measurement:
    """Measure how long the projection takes to have new events: the same people, cookies and shop go on."""
    pipeline = Pipeline(graph, clock, rules, SECRET)
    shape = Shape.of(events)
    going_on = generate(Shape(events + NEW * (repeat + 1), shape.cookies, shape.people))
    for _ in range(events):
        next(going_on)
    found: list[float] = []
    for run in range(repeat + 1):
        more = list(islice(going_on, NEW))
        await take(pipeline, more)
        began = perf_counter()
        after = await engines.refresh()
        if run:
            found.append(perf_counter() - began)
        assert after.behind == 0
    return Measurement(
        "projection_fresh", f"{NEW:,} new events in the projection", size, Samples("after their ingestion", "s", found),
        target=1.0, better="less", note="with the merges that they brought",
    )  # fmt: skip
