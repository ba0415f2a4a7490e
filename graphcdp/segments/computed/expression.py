"""Reads the expression of a computed attribute: a figure of the segment language."""

from __future__ import annotations

import re
from typing import cast, get_args

from pydantic import ValidationError

from graphcdp.segments.ast import Aggregate, Between, Date, Events, Function, Last, Window
from graphcdp.segments.computed.declaration import ComputedAttributeError

_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}
_FUNCTIONS = get_args(Function)
_FIGURE = re.compile(
    rf"\s*(?P<function>{'|'.join(sorted(_FUNCTIONS, key=len, reverse=True))})\s*\(\s*"
    r"(?:(?P<field>[a-z][a-z0-9_.]*)\s+of\s+)?"
    r"(?P<types>any\s+event|[a-z][a-z0-9_]*(?:\s+or\s+[a-z][a-z0-9_]*)*)"
    r"(?:\s+(?P<window>in\s+last\s+(?P<number>\d{1,5})\s+(?P<unit>minute|hour|day|week|month|year)s?"
    r"|since\s+(?P<since>[\dTZ:-]+)(?:\s+until\s+(?P<until>[\dTZ:-]+))?|until\s+(?P<only>[\dTZ:-]+)))?"
    r"\s*\)\s*"
)


def read_expression(text: str) -> Aggregate:
    """Return an expression as a tree.

    Raises:
        ComputedAttributeError: it is none; says how one looks.
    """
    found = _FIGURE.fullmatch(text)
    if found is None:
        raise ComputedAttributeError(
            f"`{text[:200]}` is no figure over events. Write a function ({', '.join(_FUNCTIONS)}) over a property of "
            "events, with a window if need be, such as `most frequent(category of purchase in last 365 days)`, "
            "`sum(revenue of purchase)`, `count(purchase)` or `last(ts of any event)`.",
            field="expression",
        )
    types = () if found["types"].startswith("any ") else tuple(re.split(r"\s+or\s+", found["types"]))
    try:
        return Aggregate(
            function=cast(Function, found["function"]),
            field=found["field"],
            events=Events(types=types, window=_window(found)),
        )
    except ValidationError as error:
        raise ComputedAttributeError(
            f"`{text[:200]}` cannot be computed: {error.errors()[0]['msg']}.", field="expression"
        ) from None


def _window(found: re.Match[str]) -> Window | None:
    if found["number"] is not None:
        return Last(seconds=int(found["number"]) * _UNITS[found["unit"]])
    until = found["until"] or found["only"]
    if found["since"] is None and until is None:
        return None
    return Between(
        since=None if found["since"] is None else Date(value=found["since"]),
        until=None if until is None else Date(value=until),
    )
