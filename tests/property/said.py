"""Generated rules of segments about any world that is given: all that the language can say, any name and text."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from graphcdp.segments.rule import ast

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """What rules speak of.

    Attributes:
        types, segments, namespaces, purposes: names.
        profile: attributes of a profile.
        event: properties of an event.
        values: of attributes and properties alike, so that they meet.
        dates: date literals.
        seconds: how long windows are.
        named: conditions; empty: none.
    """

    types: Sequence[str] = ("product_view", "add_to_cart", "purchase", "call")
    profile: Sequence[str] = ("category", "size", "points", "vip", "renewal", "last_seen", "identity_count")
    event: Sequence[str] = ("category", "size", "price", "gift", "remind_on", "product", "type", "ts")
    values: Sequence[str | int | float | bool] = ("men", "women", "L", "S", "", 0, 1, 2, 2.5, True, False)
    dates: Sequence[str] = ("2026-03-01", "2026-03-02", "2026-03-02T10:30:00Z")
    seconds: Sequence[int] = (MINUTE, HOUR, DAY, 3 * DAY, 30 * DAY)
    segments: Sequence[str] = ("vips", "gift-lovers")
    namespaces: Sequence[str] = ("email", "ecid")
    purposes: Sequence[str] = ("email", "sms")
    named: Sequence[str] = ()


SMALL = World()
"""Few names and values: rules on generated histories are often true."""


def _lazily(make: Callable[..., st.SearchStrategy[Any]]) -> Callable[..., st.SearchStrategy[Any]]:
    """Make a strategy once, and only when something is drawn from it: each holds many others."""

    @functools.cache
    @functools.wraps(make)
    def lazy(*given: Any, **named: Any) -> st.SearchStrategy[Any]:
        return st.deferred(lambda: make(*given, **named))

    return lazy


def _pick(names: Sequence[Any] | st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return names if isinstance(names, st.SearchStrategy) else st.sampled_from(list(names))


@_lazily
def literals(world: World = SMALL) -> st.SearchStrategy[Any]:
    """Texts, numbers and truths."""
    return _pick(world.values).map(_literal)


def _literal(value: str | float | bool) -> Any:
    if isinstance(value, bool):
        return ast.Truth(value=value)
    return ast.Text(value=value) if isinstance(value, str) else ast.Numeral(value=value)


@_lazily
def windows(world: World = SMALL, *, future: bool = False) -> st.SearchStrategy[Any]:
    """Windows; with `future` also those that only dates of a profile lie in."""
    seconds = _pick(world.seconds)
    dates = _pick(world.dates).map(lambda date: ast.Date(value=date))
    pairs = st.tuples(dates, dates).map(lambda pair: sorted(pair, key=lambda date: date.instant))
    kinds = [
        seconds.map(lambda length: ast.Last(seconds=length)),
        seconds.map(lambda length: ast.Ago(newest=length)),
        st.tuples(seconds, seconds).map(lambda ends: ast.Ago(newest=min(ends), oldest=max(ends))),
        dates.map(lambda date: ast.Between(since=date)),
        dates.map(lambda date: ast.Between(until=date)),
        pairs.filter(lambda pair: pair[0].instant < pair[1].instant).map(
            lambda pair: ast.Between(since=pair[0], until=pair[1])
        ),
    ]
    if future:
        kinds.append(seconds.map(lambda length: ast.Next(seconds=length)))
    return st.one_of(kinds)


@_lazily
def events(world: World = SMALL, depth: int = 2, steps: int = 0, *, household: bool = True) -> st.SearchStrategy[Any]:
    """Patterns of events; `steps` of the same sequence come before and may be referred to."""
    types = st.lists(_pick(world.types), max_size=3, unique=True).map(tuple)
    return st.builds(
        ast.Events,
        types=types,
        where=st.none() | wheres(world, depth - 1, steps, household=household) if depth > 0 else st.none(),
        window=st.none() | windows(world),
        by=st.sampled_from(["self", "self", "self", "household"]) if household else st.just("self"),
    )


@_lazily
def figures(world: World = SMALL, depth: int = 1, *, household: bool = True) -> st.SearchStrategy[Any]:
    """Figures over events."""
    of = events(world, depth, household=household)
    functions = st.sampled_from(["sum", "average", "min", "max", "distinct", "first", "last", "most frequent"])
    return st.builds(ast.Aggregate, function=st.just("count"), events=of) | st.builds(
        ast.Aggregate, function=functions, field=_pick(world.event), events=of
    )


def _comparisons(world: World, left: st.SearchStrategy[Any], right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    of_texts = st.sampled_from(["contains", "starts with", "ends with"])
    dates = _pick(world.dates).map(lambda date: ast.Date(value=date))
    lists = st.lists(literals(world), min_size=1, max_size=3).map(lambda values: ast.Choice(values=tuple(values)))
    return st.one_of(
        st.builds(ast.Compare, left=left, operator=signs, right=literals(world) | right),
        st.builds(ast.Compare, left=left, operator=of_texts, right=literals(world) | right),
        st.builds(ast.Compare, left=left, operator=signs, right=dates),
        st.builds(ast.Compare, left=left, operator=st.sampled_from(["in", "not in"]), right=lists),
        st.builds(ast.Known, value=left, known=st.booleans()),
    )


@_lazily
def wheres(world: World = SMALL, depth: int = 1, steps: int = 0, *, household: bool = True) -> st.SearchStrategy[Any]:
    """What an event is asked."""
    profile = _pick(world.profile).map(lambda name: ast.ProfileField(name=name))
    event = _pick(world.event).map(lambda name: ast.EventField(name=name))
    values = [event, profile]
    if steps:
        values.append(st.builds(ast.StepField, step=st.integers(1, steps), name=_pick(world.event)))
    dated = st.one_of(values)
    left = st.one_of(event, dated, figures(world, depth, household=household)) if depth > 0 else event | dated
    leaves = [
        _comparisons(world, left, dated),
        st.builds(ast.When, value=dated, window=windows(world, future=True)),
    ]
    if depth > 0:
        others = events(world, depth, household=household)
        leaves.append(st.builds(ast.SameAs, field=_pick(world.event), events=others, of=_pick(world.event)))
    return _joined(st.one_of(leaves))


@_lazily
def sequences(world: World = SMALL, depth: int = 2, *, household: bool = True) -> st.SearchStrategy[Any]:
    """One thing, then another, then not a third."""

    @st.composite
    def sequence(draw: st.DrawFn) -> ast.Sequence:
        first, steps, found = draw(events(world, depth, household=household)), list[ast.Step](), 1
        for _ in range(draw(st.integers(1, 3))):
            negated = draw(st.booleans())
            within = draw(st.none() | _pick(world.seconds))
            follows = draw(events(world, depth, found, household=household))
            steps.append(ast.Step(events=follows, negated=negated, within_seconds=within))
            found += not negated
        return ast.Sequence(first=first, steps=tuple(steps))

    return sequence()


def _joined(leaves: st.SearchStrategy[Any], most: int = 6) -> st.SearchStrategy[Any]:
    def join(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            several.map(lambda some: ast.AllOf(conditions=some)),
            several.map(lambda some: ast.AnyOf(conditions=some)),
            parts.map(lambda one: ast.Not(condition=one)),
        )

    return st.recursive(leaves, join, max_leaves=most)


@_lazily
def rules(world: World = SMALL, depth: int = 2, *, household: bool = True) -> st.SearchStrategy[Any]:
    """Rules about a person.

    Args:
        world: what they speak of.
        depth: how deep events are asked for in what other events are asked.
        household: whether they ask about the others of the household (whose households no rule asks about).
    """
    profile = _pick(world.profile).map(lambda name: ast.ProfileField(name=name))
    left = profile | figures(world, depth - 1, household=household)
    happened = st.builds(
        ast.Did,
        events=events(world, depth, household=household),
        operator=st.sampled_from([">=", ">=", "=", "<", "<=", ">"]),
        times=st.integers(0, 3),
    )
    leaves = [
        happened,
        happened,
        _comparisons(world, left, left),
        st.builds(ast.When, value=profile, window=windows(world, future=True)),
        sequences(world, depth, household=household),
        st.builds(ast.Member, segment=_pick(world.segments)),
        st.builds(ast.Listed, audience=_pick(world.segments)),
        st.builds(ast.HasIdentity, namespace=_pick(world.namespaces)),
        st.builds(ast.Consents, to=_pick(world.purposes)),
        st.just(ast.Everyone()),
    ]
    if world.named:
        leaves.append(st.builds(ast.Named, name=_pick(world.named), window=st.none() | windows(world, future=True)))
    conditions = _joined(st.one_of(leaves))
    if household:
        conditions |= st.builds(ast.Household, condition=rules(world, depth - 1, household=False))
    return conditions
