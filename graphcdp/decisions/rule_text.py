"""Reads what an offer asks of a person: the part of the segment language that one look at the person can answer."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast, get_args

from pydantic import ValidationError

from graphcdp.base import InvalidInputError
from graphcdp.segments.ast import (
    Ago,
    AllOf,
    AnyOf,
    Choice,
    Compare,
    Comparison,
    Condition,
    Consents,
    Did,
    Events,
    Everyone,
    HasIdentity,
    Known,
    Last,
    Member,
    Next,
    Not,
    Numeral,
    ProfileField,
    Text,
    Truth,
    When,
    Window,
)

DEEPEST = 100
LONGEST = 20_000
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\["\\])*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_.-]*)"""
    r"""|(?P<sign><=|>=|!=|[=<>(),]))"""
)
_LOGIC = ("and", "or", "not")


class OfferRuleError(InvalidInputError):
    """The rule of an offer cannot be read."""

    code = "offer_rule"


class _Token(NamedTuple):
    kind: Literal["text", "number", "name", "sign", "end"]
    said: str
    column: int


def read_rule(text: str) -> Condition:
    """Return the rule of an offer as a tree.

    Raises:
        OfferRuleError: says at which column what was expected.
    """
    if len(text) > LONGEST:
        raise OfferRuleError(f"The rule is {len(text):,} characters long; {LONGEST:,} are the most.", field="rule")
    reader = _Reader(_tokens(text))
    try:
        rule = reader.either(0)
    except ValidationError as error:
        raise OfferRuleError(f"The rule cannot be kept: {error.errors()[0]['msg']}.", field="rule") from None
    reader.expect_end()
    return rule


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None or token.lastgroup is None:
            column = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            raise OfferRuleError(
                f'Column {column} of the rule: `{text[column - 1 : column + 9]}` is no word, number, "text" or sign.',
                field="rule",
                column=column,
            )
        kind = cast(Literal["text", "number", "name", "sign"], token.lastgroup)
        found.append(_Token(kind, token[kind], token.start(kind) + 1))
        place = token.end()
    return [*found, _Token("end", "the end", len(text) + 1)]


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place]

    def _wrong(self, expected: str) -> OfferRuleError:
        token = self._now
        return OfferRuleError(
            f"Column {token.column} of the rule: {expected} was expected, and there is {token.said[:40]}.",
            field="rule",
            column=token.column,
        )

    def expect_end(self) -> None:
        """Make sure that nothing is left."""
        if self._now.kind != "end":
            raise self._wrong("`and`, `or` or the end")

    def _take(self, *said: str) -> bool:
        """Go past some words if they stand here."""
        ahead = self._tokens[self._place : self._place + len(said)]
        if [token.said for token in ahead] != list(said) or any(token.kind == "text" for token in ahead):
            return False
        self._place += len(said)
        return True

    def _need(self, said: str) -> None:
        if not self._take(said):
            raise self._wrong(f"`{said}`")

    def _name(self, what: str) -> str:
        token = self._now
        if token.kind != "name" or token.said in _LOGIC:
            raise self._wrong(what)
        self._place += 1
        return token.said

    def _whole(self) -> int:
        token = self._now
        if token.kind != "number" or not token.said.isdigit() or len(token.said) > 7:
            raise self._wrong("a whole number")
        self._place += 1
        return int(token.said)

    def either(self, depth: int) -> Condition:
        """`… or …`."""
        parts = [self._both(depth)]
        while self._take("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(conditions=tuple(parts))

    def _both(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._take("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(conditions=tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise OfferRuleError(f"The rule has more than {DEEPEST} brackets in each other.", field="rule")
        if self._take("not"):
            return Not(condition=self._one(depth + 1))
        if self._take("("):
            inner = self.either(depth + 1)
            self._need(")")
            return inner
        if self._take("everyone"):
            return Everyone()
        if self._take("in", "segment"):
            return Member(segment=self._name("the id of a segment"))
        if self._take("has", "identity"):
            return HasIdentity(namespace=self._name("a namespace such as email"))
        if self._take("consents", "to"):
            return Consents(to=self._name("a purpose or channel such as email"))
        name = self._name("a condition such as `profile.loyalty_tier is known`")
        return self._about_profile(name.removeprefix("profile.")) if name.startswith("profile.") else self._did(name)

    def _about_profile(self, name: str) -> Condition:
        field = ProfileField(name=name)
        if self._take("is", "known"):
            return Known(value=field)
        if self._take("is", "unknown"):
            return Known(value=field, known=False)
        window = self._window()
        if window is not None:
            return When(value=field, window=window)
        operator = self._operator()
        if operator in ("in", "not in"):
            return Compare(left=field, operator=operator, right=self._choice())
        return Compare(left=field, operator=operator, right=self._literal())

    def _operator(self) -> Comparison:
        for operator in sorted(get_args(Comparison), key=len, reverse=True):
            if self._take(*operator.split()):
                return cast(Comparison, operator)
        raise self._wrong("`is known`, `in last … days` or a comparison")

    def _literal(self) -> Text | Numeral | Truth:
        token = self._now
        self._place += 1
        if token.kind == "text":
            return Text(value=re.sub(r"\\(.)", r"\1", token.said[1:-1]))
        if token.kind == "number":
            return Numeral(value=float(token.said) if "." in token.said else int(token.said))
        if token.said in ("true", "false"):
            return Truth(value=token.said == "true")
        self._place -= 1
        raise self._wrong('a "text", a number, true or false')

    def _choice(self) -> Choice:
        self._need("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._need(")")
        return Choice(values=tuple(values))

    def _did(self, name: str) -> Condition:
        types = () if name == "any" and self._take("event") else (name,)
        operator: Literal[">=", "<=", "="] = ">="
        times = 1
        if self._take("at", "least"):
            times = self._times()
        elif self._take("at", "most"):
            operator, times = "<=", self._times()
        elif self._take("exactly"):
            operator, times = "=", self._times()
        return Did(events=Events(types=types, window=self._window()), operator=operator, times=times)

    def _times(self) -> int:
        count = self._whole()
        if not self._take("times"):
            self._take("time")
        return count

    def _window(self) -> Window | None:
        if self._take("in", "last"):
            return Last(seconds=self._span())
        if self._take("in", "next"):
            return Next(seconds=self._span())
        if self._take("more", "than"):
            seconds = self._span()
            self._need("ago")
            return Ago(newest=seconds)
        return None

    def _span(self) -> int:
        count = self._whole()
        unit = self._name("days, hours, …").removesuffix("s")
        if unit not in _SECONDS:
            self._place -= 1
            raise self._wrong("minutes, hours, days, weeks, months or years")
        return count * _SECONDS[unit]
