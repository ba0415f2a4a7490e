"""Random rules of the segment language about a small made-up world, of which every value stands in some rule."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from graphcdp.segments.rule import ast

TYPES = ("product_view", "add_to_cart", "purchase", "call")
TEXTS = ("men", "women", "L", "S", "x", "2026-03-01", "it's \\ \n`$v1` } 'quoted' \"", "Ünï 𝄞")
NUMBERS = (0, 1, 2, -3, 1.0, 2.5, 1_000_000)
EVENT_FIELDS = ("category", "size", "price", "quantity", "product", "shade", "flag", "channel", "type", "device.kind",
                "ts", "remind_on")  # fmt: skip
PROFILE_FIELDS = ("likes", "tier", "points", "since", "vip", "nothing", "score", "first_seen", "identity_count")
DATES = ("2026-03-01", "2026-02-27", "2026-03-01T12:03Z", "2026-03-01T12:03:00Z", "2025-01-01")
SECONDS = (60, 120, 180, 300, 3_600, 86_400)
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
SEGMENTS = ("runners", "others")

_literals = st.one_of(
    st.sampled_from(TEXTS).map(lambda value: ast.Text(value=value)),
    st.sampled_from(NUMBERS).map(lambda value: ast.Numeral(value=value)),
    st.booleans().map(lambda value: ast.Truth(value=value)),
)
_dates = st.sampled_from(DATES).map(lambda value: ast.Date(value=value))
_seconds = st.sampled_from(SECONDS)
_last = _seconds.map(lambda seconds: ast.Last(seconds=seconds))
_ago = st.one_of(
    _seconds.map(lambda newest: ast.Ago(newest=newest)),
    st.tuples(_seconds, _seconds)
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: ast.Ago(newest=min(ends), oldest=max(ends))),
)
_between = st.one_of(
    _dates.map(lambda date: ast.Between(since=date)),
    _dates.map(lambda date: ast.Between(until=date)),
    st.tuples(_dates, _dates)
    .filter(lambda dates: dates[0].instant < dates[1].instant)
    .map(lambda dates: ast.Between(since=dates[0], until=dates[1])),
)
windows = st.one_of(_last, _last, _ago, _between)
date_windows = st.one_of(_last, _ago, _between, _seconds.map(lambda seconds: ast.Next(seconds=seconds)))
_profile_fields = st.sampled_from(PROFILE_FIELDS).map(lambda name: ast.ProfileField(name=name))
_event_fields = st.sampled_from(EVENT_FIELDS).map(lambda name: ast.EventField(name=name))


def _comparisons(left: st.SearchStrategy[Any], right: st.SearchStrategy[Any]) -> st.SearchStrategy[ast.Condition]:
    choices = st.lists(_literals, min_size=1, max_size=3).map(lambda values: ast.Choice(values=tuple(values)))
    return st.one_of(
        st.builds(
            ast.Compare, left=left, operator=st.sampled_from(OPERATORS), right=st.one_of(_literals, _dates, right)
        ),
        st.builds(
            ast.Compare,
            left=left,
            operator=st.sampled_from(("contains", "starts with", "ends with")),
            right=st.sampled_from(TEXTS).map(lambda value: ast.Text(value=value)),
        ),
        st.builds(ast.Compare, left=left, operator=st.sampled_from(("in", "not in")), right=choices),
        st.builds(ast.Known, value=left, known=st.booleans()),
    )


def _combined(parts: st.SearchStrategy[ast.Condition]) -> st.SearchStrategy[ast.Condition]:
    return st.recursive(
        parts,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda some: ast.AllOf(conditions=tuple(some))),
            st.lists(inner, min_size=2, max_size=3).map(lambda some: ast.AnyOf(conditions=tuple(some))),
            inner.map(lambda one: ast.Not(condition=one)),
        ),
        max_leaves=3,
    )


@st.composite
def event_conditions(draw: st.DrawFn, steps: int = 0, deep: bool = True) -> ast.Condition:
    """Return a `where`."""
    fields: st.SearchStrategy[Any] = _event_fields
    if steps:
        of_steps = st.builds(ast.StepField, step=st.integers(1, steps), name=st.sampled_from(EVENT_FIELDS))
        fields = st.one_of(_event_fields, of_steps)
    leaves = [
        _comparisons(fields, st.one_of(fields, _profile_fields)),
        _comparisons(fields, st.one_of(fields, _profile_fields)),
        st.builds(ast.When, value=fields, window=date_windows),
    ]
    if deep:
        leaves.append(
            st.builds(
                ast.SameAs,
                field=st.sampled_from(("product", "category", "campaign")),
                of=st.sampled_from(("product", "category", "campaign")),
                events=patterns(deep=False),
            )
        )
    return draw(_combined(st.one_of(leaves)))


@st.composite
def patterns(draw: st.DrawFn, steps: int = 0, deep: bool = True, home: bool = True) -> ast.Events:
    """Return a pattern of events."""
    return ast.Events(
        types=tuple(draw(st.lists(st.sampled_from(TYPES), max_size=2, unique=True))),
        where=draw(st.none() | event_conditions(steps=steps, deep=deep)),
        window=draw(st.none() | windows),
        by=draw(st.sampled_from(("self", "self", "self", "household"))) if home else "self",
    )


@st.composite
def aggregates(draw: st.DrawFn, home: bool = True) -> ast.Aggregate:
    """Return a figure."""
    function = draw(st.sampled_from(("count", "sum", "average", "min", "max", "distinct", "first", "last",
                                     "most frequent")))  # fmt: skip
    fields = ("category", "price", "quantity", "shade", "flag")
    field = None if function == "count" else draw(st.sampled_from(fields))
    return ast.Aggregate(function=function, field=field, events=draw(patterns(home=home)))


@st.composite
def sequences(draw: st.DrawFn, home: bool = True) -> ast.Sequence:
    """Return a sequence of two to four steps."""
    first = draw(patterns(home=home))
    steps: list[ast.Step] = []
    found = 1
    for _ in range(draw(st.integers(1, 3))):
        negated = draw(st.booleans())
        events = draw(patterns(steps=found, deep=False, home=home))
        steps.append(ast.Step(events=events, negated=negated, within_seconds=draw(st.none() | _seconds)))
        found += not negated
    return ast.Sequence(first=first, steps=tuple(steps))


def _about_people(home: bool) -> st.SearchStrategy[ast.Condition]:
    return st.one_of(
        _comparisons(
            st.one_of(_profile_fields, aggregates(home=home)), st.one_of(_profile_fields, aggregates(home=home))
        ),
        st.builds(ast.When, value=_profile_fields, window=date_windows),
        st.builds(
            ast.Did,
            events=patterns(home=home),
            operator=st.sampled_from((">=", ">=", "=", "<", "<=", ">")),
            times=st.sampled_from((1, 1, 0, 2, 3)),
        ),
        patterns(home=home).map(lambda events: ast.Did(events=events)),
        sequences(home=home),
        st.sampled_from(SEGMENTS).map(lambda segment: ast.Member(segment=segment)),
        st.sampled_from(("found", "none")).map(lambda audience: ast.Listed(audience=audience)),
        st.sampled_from(("email", "ecid", "phone")).map(lambda namespace: ast.HasIdentity(namespace=namespace)),
        st.sampled_from(("email", "sms", "ads__email")).map(lambda to: ast.Consents(to=to)),
        st.just(ast.Everyone()),
    )


rules: st.SearchStrategy[ast.Condition] = _combined(
    st.one_of(
        _about_people(home=True),
        _about_people(home=True),
        _combined(st.one_of(_about_people(home=True), st.just(ast.Household(condition=ast.Everyone())))).map(
            lambda condition: ast.Household(condition=condition)
        ),
    )
)
"""Any rule without named conditions."""
