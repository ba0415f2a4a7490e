"""Products to show to a person: what others who looked at the same looked at and bought, in the person's own vein."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, NamedTuple

from graphcdp.base import Clock, InvalidInputError, logger
from graphcdp.decisions.offers import MOST_RECOMMENDED
from graphcdp.graph import Graph, Question, Row

JUST_BOUGHT = timedelta(days=90)
"""What was bought since is not recommended."""
EVERY = timedelta(hours=1)
RECENT = timedelta(days=60)
REMEMBERED = timedelta(minutes=1)
MOST_REMEMBERED, MOST_POPULAR = 1_000, 100
_PURCHASE, _OWN_ACTIVITY, _OWN_CATEGORY = 3.0, 2.0, 1.5
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product for a person.

    Attributes:
        product_id, name, category, activity: the product.
        score: larger is better, comparable within one answer.
        code: `also_bought`, `also_viewed`, `viewed`, `popular`.
        reason: a sentence.
        because: the product that led to it; None where none did.
    """

    product_id: str
    name: str | None
    category: str | None
    activity: str | None
    score: float
    code: str
    reason: str
    because: str | None = None


class _Habits(NamedTuple):
    """The row of `decisions.habits`."""

    category: str | None
    activity: str | None
    seen: list[list[Any]]
    also: list[list[Any]]


def asked_of_habits(key: str) -> Question:
    """Return what the graph is asked for recommendations to whoever holds an identity (`namespace|value`)."""
    return "decisions.habits", {"key": key}


class Recommender:
    """Recommends products from edges `(Product)-[:ALSO]->(Product)`, which `refresh` makes anew."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock
        self._looked: datetime | None = None
        self._popular: dict[tuple[str | None, str | None], tuple[datetime, int, list[Row]]] = {}

    async def refresh(self) -> int:
        """Find out anew which products go together and what is asked for; return how many products there are.

        The edges are derived: events do not wait for them. Each page of products is a transaction of its own.
        """
        began, after, done = perf_counter(), "", 0
        while page := [row["id"] for row in await self._graph.read("decisions.products", after=after)]:
            after = page[-1]
            await self._graph.write("decisions.pair", ids=page, at=self._clock.now())
            done += len(page)
        self._popular.clear()
        _log.info("recommendations.refreshed", products=done, ms=round((perf_counter() - began) * 1000))
        return done

    def is_due(self) -> bool:
        """Say whether an hour has gone by since this process last looked or refreshed; the first time it only looks."""
        now = self._clock.now()
        if self._looked is None:
            self._looked = now
        if now - self._looked < EVERY:
            return False
        self._looked = now
        return True

    async def recommend(
        self, key: str, most: int = 4, *, category: str | None = None, activity: str | None = None
    ) -> tuple[Recommendation, ...]:
        """Return products for whoever holds an identity, the best first; for a stranger what is asked for most.

        What the person looked at without buying comes first (two at most), then what goes together with what was looked
        at and bought, in the person's usual activity and category first, then what is popular there. What was bought in
        the last 90 days is left out.

        Args:
            key: `namespace|value`, seen or not.
            most: so many at most.
            category, activity: of the page the person is on; they go before the person's own.

        Raises:
            InvalidInputError: more than 50 are wanted.
        """
        if not 0 <= most <= MOST_RECOMMENDED:
            raise InvalidInputError(f"{most} recommendations are wanted; give 0 to {MOST_RECOMMENDED}.", field="first")
        if not most:
            return ()
        name, params = asked_of_habits(key)
        rows = await self._graph.read_rows(name, **params)
        return await self.by_habits(rows, most, category=category, activity=activity)

    async def by_habits(
        self, rows: Sequence[Sequence[Any]], most: int, *, category: str | None = None, activity: str | None = None
    ) -> tuple[Recommendation, ...]:
        """Return what `recommend` does, of rows that `asked_of_habits` gave; of none for a stranger."""
        habits = _Habits(*rows[0]) if rows else _Habits(None, None, [], [])
        now = self._clock.now()
        theme = activity or habits.activity
        usual = category or habits.category
        bought = {each[0]["id"] for each in habits.seen if each[1] is not None and each[1] > now - JUST_BOUGHT}
        found = _looked_at(habits.seen, bought, now, theme)[: max(1, most // 2)]
        taken = bought | {each.product_id for each in found}
        found += _together(habits, theme, usual, taken, most - len(found))
        taken |= {each.product_id for each in found}
        if len(found) < most:
            popular = await self._asked_most(usual, theme, most + len(taken))
            found += [_popular(row, usual, theme) for row in popular if row["id"] not in taken]
        return tuple(found[:most])

    async def _asked_most(self, category: str | None, activity: str | None, most: int) -> list[Row]:
        """Return what is asked for most; it follows from the hourly refresh, so it is remembered for a minute."""
        now = self._clock.now()
        none: tuple[datetime, int, list[Row]] = (datetime.min.replace(tzinfo=UTC), 0, [])
        at, held, rows = self._popular.get((category, activity), none)
        if held < most or not at <= now < at + REMEMBERED:
            held = max(most, MOST_POPULAR)
            rows = await self._graph.read("decisions.popular", category=category, activity=activity, most=held)
            if len(self._popular) >= MOST_REMEMBERED:
                self._popular.clear()
            self._popular[category, activity] = (now, held, rows)
        return rows[:most]


def _looked_at(seen: list[list[Any]], bought: set[str], now: datetime, theme: str | None) -> list[Recommendation]:
    """Return what was looked at lately and not bought, the newest first, of the theme before others."""
    found = [
        Recommendation(
            **_product(product),
            score=_PURCHASE * (_OWN_ACTIVITY if theme is not None and product["activity"] == theme else 1.0),
            code="viewed",
            reason=f"Looked at on {viewed:%Y-%m-%d} and not bought.",
        )
        for product, _, viewed in seen
        if viewed is not None and viewed > now - RECENT and product["id"] not in bought
    ]
    return sorted(found, key=lambda each: -each.score)


def _together(
    habits: _Habits, theme: str | None, usual: str | None, taken: set[str], most: int
) -> list[Recommendation]:
    """Return what goes together with what was looked at and bought and is not taken, the best first."""
    scores: dict[str, float] = {}
    best: dict[str, tuple[float, Sequence[Any], float]] = {}
    for also in habits.also:
        product, views, purchases = also[1:4]
        id = product["id"]
        if id in taken:
            continue
        own = _OWN_ACTIVITY if theme is not None and product["activity"] == theme else 1.0
        own *= _OWN_CATEGORY if usual is not None and product["category"] == usual else 1.0
        score = own * (views + _PURCHASE * purchases)
        scores[id] = scores.get(id, 0.0) + score
        if id not in best or best[id][0] < score:
            best[id] = (score, also, own)
    ranked = sorted(scores, key=lambda id: (-scores[id], id))[:most]
    names = {product["id"]: (product["name"] or product["id"], bought) for product, bought, _ in habits.seen}
    return [_also(*best[id][1:], names=names, score=scores[id]) for id in ranked]


def _also(also: Sequence[Any], own: float, *, names: Mapping[str, tuple[str, Any]], score: float) -> Recommendation:
    because, product, _, purchases, people = also
    name, bought = names[because]
    code = "also_bought" if bought is not None and purchases > 0 else "also_viewed"
    did = "bought" if code == "also_bought" else "looked at"
    whose = f", {product['activity']} as the person usually looks at" if own >= _OWN_ACTIVITY else ""
    return Recommendation(
        **_product(product),
        score=round(score, 3),
        code=code,
        reason=f"{people} people who {did} {name} also {did} it{whose}.",
        because=because,
    )


def _popular(row: Mapping[str, Any], category: str | None, activity: str | None) -> Recommendation:
    own = (
        row["category"] if row["category"] == category else None,
        row["activity"] if row["activity"] == activity else None,
    )
    where = " ".join(each for each in own if each)
    return Recommendation(
        **_product(row),
        score=round(row["popularity"] / 1_000, 3),
        code="popular",
        reason=f"Asked for most in the last 30 days{f' in {where}' if where else ''}.",
    )


def _product(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"product_id": row["id"], "name": row["name"], "category": row["category"], "activity": row["activity"]}
