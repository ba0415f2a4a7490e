"""From the text of a rule to its tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from lark import Lark, Token, Tree, UnexpectedInput
from pydantic import ValidationError

from graphcdp.segments.rule import ast
from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.expected import explained, place
from graphcdp.segments.rule.phrases import PHRASES, PRODUCT_VERBS

MOST_CHARACTERS = 20_000
MOST_BRACKETS = 100
MOST_TIMES, MOST_SECONDS = 1_000_000, 3_660 * 86_400
Branch = Tree[Token]
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
# A text that is never closed goes on to the end of its line, so that looking for its end is done once.
_TEXT = r"""'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?"""
_NESTING = re.compile(rf"{_TEXT}|[()]|\w+")
_COMMENT = re.compile(rf"({_TEXT})|#[^\n]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORDS = re.compile(r"\s+")


def parse(text: str) -> ast.Condition:
    """Read a rule.

    Args:
        text: in the language of docs/segment-language.md.

    Raises:
        RuleError: it cannot be read; says where and what was expected.
    """
    return _Reader(text).condition(_tree(text, "rule"))


class Located(NamedTuple):
    """A rule, and where each of its nodes stands in its text: line and column, by the node's `id()`."""

    condition: ast.Condition
    places: Mapping[int, tuple[int, int]]


def parse_located(text: str) -> Located:
    """Read a rule as `parse` does, and remember where its parts stand."""
    reader = _Reader(text)
    return Located(reader.condition(_tree(text, "rule")), reader.places)


def parse_figure(text: str) -> ast.Aggregate:
    """Read a figure over events, such as `sum(revenue of purchased in last 30 days)`.

    Raises:
        RuleError: it cannot be read; says where and what was expected.
    """
    return _Reader(text).aggregate(_tree(text, "aggregate"))


def parse_events(text: str) -> ast.Events:
    """Read what events are meant, such as `viewed product where category = 'women'`; they have no window.

    Raises:
        RuleError: it cannot be read; says where and what was expected.
    """
    return _Reader(text).events(_tree(text, "pattern"))


def _tree(text: str, start: Literal["rule", "aggregate", "pattern"]) -> Branch:
    if len(text) > MOST_CHARACTERS:
        raise RuleError(
            f"The rule has {len(text):,} characters; {MOST_CHARACTERS:,} are the most. Split it into segments."
        )
    text = _COMMENT.sub(lambda found: found[1] or " " * len(found[0]), text)
    _check_nesting(text)
    if not text.strip():
        raise RuleError("The rule is empty. Write a condition, or `everyone`.", 1, 1)
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedInput as error:
        raise explained(error, text) from None


@cache
def _grammar() -> Lark:
    verbs = "|".join(sorted(PRODUCT_VERBS, key=len, reverse=True))
    phrases = "|".join(phrase.replace(" ", r"\s+") for phrase in sorted(PHRASES, key=len, reverse=True))
    words = (
        rf"PRODUCT.11: /(?:{verbs})(?:\s+or\s+(?:{verbs}))*\s+(?:an?\s+)?products?\b(?!\s+list)/i" + "\n"
        rf"PHRASE.10: /(?:{phrases})\b/i" + "\n"
    )
    text = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        f"{text}\n{words}",
        parser="lalr",
        start=["rule", "aggregate", "pattern"],
        propagate_positions=True,
        maybe_placeholders=False,
    )


def _check_nesting(text: str) -> None:
    """Refuse what is nested so deep that it would take too much of a stack: brackets and `not`, one in another."""
    open_here: list[int] = []  # of each open bracket, itself and the `not` directly before it
    depth = nots = 0
    for found in _NESTING.finditer(text):
        sign = found.group().lower()
        if sign == "(":
            open_here.append(nots + 1)
            depth += nots + 1
        elif sign == ")" and open_here:
            depth -= open_here.pop()
        nots = nots + 1 if sign == "not" else 0
        if depth + nots > MOST_BRACKETS:
            line, column = place(text, found.start())
            raise RuleError(
                f"More than {MOST_BRACKETS} brackets or `not` are one within another here. Make segments of the parts.",
                line,
                column,
            )


class _Reader:
    """Makes the tree of `ast` from that of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.places: dict[int, tuple[int, int]] = {}

    def condition(self, branch: Branch) -> ast.Condition:
        """Return a condition, about a person or an event."""
        made: ast.Condition = self._make(branch, _CONDITIONS[branch.data])
        return made

    def aggregate(self, branch: Branch) -> ast.Aggregate:
        """Return a figure."""
        made: ast.Aggregate = self._make(branch, _Reader._aggregate)
        return made

    def events(self, branch: Branch) -> ast.Events:
        """Return events."""
        return self._events([branch])

    def _make(self, branch: Branch, maker: Callable[[_Reader, Branch], Any]) -> Any:
        try:
            made = maker(self, branch)
        except ValidationError as error:
            told = sentence_of(error)
            at = branch.meta
            raise RuleError(f"{self._said(branch)} is not allowed: {told}.", at.line, at.column) from None
        self.places.setdefault(id(made), (branch.meta.line, branch.meta.column))
        return made

    def _said(self, branch: Branch) -> str:
        said = self._text[branch.meta.start_pos : branch.meta.end_pos]
        return f"`{said if len(said) <= 60 else said[:57] + '…'}`"

    # -- conditions

    def _all_of(self, branch: Branch) -> ast.Condition:
        return ast.AllOf(conditions=tuple(map(self.condition, _trees(branch))))

    def _any_of(self, branch: Branch) -> ast.Condition:
        return ast.AnyOf(conditions=tuple(map(self.condition, _trees(branch))))

    def _negated(self, branch: Branch) -> ast.Condition:
        return ast.Not(condition=self.condition(_trees(branch)[0]))

    def _everyone(self, _: Branch) -> ast.Condition:
        return ast.Everyone()

    def _compare(self, branch: Branch) -> ast.Condition:
        left, right = _trees(branch)
        operator: Any = _WORDS.sub(" ", str(_tokens(branch)[0]).lower())
        return ast.Compare(left=self._value(left), operator=operator, right=self._value(right))

    def _among(self, branch: Branch) -> ast.Condition:
        left, right = _trees(branch)
        if right.data == "field_of":
            field = self._value(left)
            if not isinstance(field, ast.EventField):
                raise RuleError(
                    "Only a property of an event can be compared with those of other events.",
                    left.meta.line, left.meta.column,
                )  # fmt: skip
            of, *_ = _tokens(right)
            return ast.SameAs(field=field.name, events=self._events(_trees(right)), of=_name(of))
        return ast.Compare(left=self._value(left), operator="in", right=self._make(right, _Reader._choice))

    def _not_among(self, branch: Branch) -> ast.Condition:
        left, right = _trees(branch)
        if right.data == "field_of":
            return ast.Not(condition=self._among(branch))
        return ast.Compare(left=self._value(left), operator="not in", right=self._make(right, _Reader._choice))

    def _known(self, branch: Branch) -> ast.Condition:
        return ast.Known(value=self._value(_trees(branch)[0]))

    def _unknown(self, branch: Branch) -> ast.Condition:
        return ast.Known(value=self._value(_trees(branch)[0]), known=False)

    def _when(self, branch: Branch) -> ast.Condition:
        value, window = _trees(branch)
        read: Any = self._value(value)
        return ast.When(value=read, window=self._window(window))

    def _member(self, branch: Branch) -> ast.Condition:
        return ast.Member(segment=_name(_tokens(branch)[-1]))

    def _listed(self, branch: Branch) -> ast.Condition:
        return ast.Listed(audience=_name(_tokens(branch)[-1]))

    def _has_identity(self, branch: Branch) -> ast.Condition:
        return ast.HasIdentity(namespace=_name(_tokens(branch)[-1]))

    def _consents(self, branch: Branch) -> ast.Condition:
        return ast.Consents(to=_name(_tokens(branch)[-1]))

    def _household(self, branch: Branch) -> ast.Condition:
        return ast.Household(condition=self.condition(_trees(branch)[0]))

    def _named(self, branch: Branch) -> ast.Condition:
        window = _trees(branch)
        return ast.Named(name="_".join(map(_name, _tokens(branch))), window=self._window(window[0]) if window else None)

    def _never(self, branch: Branch) -> ast.Condition:
        return ast.Not(condition=ast.Did(events=self._events(_trees(branch))))

    def _happened(self, branch: Branch) -> ast.Condition:
        parts = _trees(branch)
        steps = [part for part in parts if part.data in ("step", "step_not")]
        times = next((part for part in parts if part.data in _TIMES), None)
        events = self._events([part for part in parts if part not in steps and part is not times])
        if steps:
            if times is not None:
                raise RuleError(
                    "How often something happened cannot be said within a sequence.", times.meta.line, times.meta.column
                )
            return ast.Sequence(first=events, steps=tuple(self._make(step, _Reader._step) for step in steps))
        if times is None:
            return ast.Did(events=events)
        operator, fixed = _TIMES[times.data]
        return ast.Did(events=events, operator=operator, times=fixed if fixed else _whole(times))

    def _step(self, branch: Branch) -> ast.Step:
        parts = _trees(branch)
        within = [part for part in parts if part.data == "within"]
        return ast.Step(
            events=self._events([part for part in parts if part.data != "within"]),
            negated=branch.data == "step_not",
            within_seconds=_seconds(*_tokens(within[0])[1:]) if within else None,
        )

    def _events(self, parts: list[Branch]) -> ast.Events:
        """Return the events of a pattern, with its window where one follows."""
        made: ast.Events = self._make(parts[0], lambda _, pattern: self._pattern(pattern, parts[1:]))
        return made

    def _pattern(self, pattern: Branch, window: list[Branch]) -> ast.Events:
        kinds, *where = _trees(pattern)
        if window and window[0].data == "next":
            at = window[0].meta
            raise RuleError(ast.EVENTS_ARE_PAST, at.line, at.column)
        return ast.Events(
            types=_KINDS[kinds.data](_tokens(kinds)),
            where=self.condition(where[0]) if where else None,
            window=self._window(window[0]) if window else None,
            by="household" if any(token.type == "HOUSEHOLD" for token in _tokens(pattern)) else "self",
        )

    # -- values

    def _value(self, branch: Branch) -> Any:
        return self._make(branch, _VALUES[branch.data])

    def _choice(self, branch: Branch) -> ast.Choice:
        return ast.Choice(values=tuple(map(self._value, _trees(branch))))

    def _aggregate(self, branch: Branch) -> ast.Aggregate:
        function, *names = [token for token in _tokens(branch) if token.type != "OF"]
        read: Any = _WORDS.sub(" ", function.lower())
        return ast.Aggregate(
            function=read, field=_name(names[0]) if names else None, events=self._events(_trees(branch))
        )

    def _text_value(self, branch: Branch) -> ast.Text:
        return ast.Text(value=_ESCAPED.sub(_unescaped, _tokens(branch)[0][1:-1]))

    def _number_value(self, branch: Branch) -> ast.Numeral:
        return ast.Numeral(value=_number(_tokens(branch)))

    def _truth_value(self, branch: Branch) -> ast.Truth:
        return ast.Truth(value=_tokens(branch)[0].lower() == "true")

    def _date_value(self, branch: Branch) -> ast.Date:
        return ast.Date(value=str(_tokens(branch)[0]))

    def _profile_value(self, branch: Branch) -> ast.ProfileField:
        return ast.ProfileField(name=_name(_tokens(branch)[0]).partition(".")[2])

    def _event_value(self, branch: Branch) -> ast.EventField:
        return ast.EventField(name=_name(_tokens(branch)[0]))

    def _step_value(self, branch: Branch) -> ast.StepField:
        step, _, name = _name(_tokens(branch)[0]).partition(".")
        return ast.StepField(step=int(step[-1]), name=name)

    # -- time

    def _window(self, branch: Branch) -> Any:
        return self._make(branch, _WINDOWS[branch.data])

    def _last(self, branch: Branch) -> ast.Last:
        return ast.Last(seconds=_seconds(*_tokens(branch)[-2:]))

    def _next(self, branch: Branch) -> ast.Next:
        return ast.Next(seconds=_seconds(*_tokens(branch)[-2:]))

    def _ago(self, branch: Branch) -> ast.Ago:
        return ast.Ago(newest=_seconds(*_tokens(branch)[1:3]))

    def _between_ago(self, branch: Branch) -> ast.Ago:
        numbers = [token for token in _tokens(branch) if token.type == "NUMBER"]
        units = [token for token in _tokens(branch) if token.type == "UNIT"]
        ends = sorted((_seconds(numbers[0], units[0]), _seconds(numbers[1], units[-1])))
        return ast.Ago(newest=ends[0], oldest=ends[1])

    def _between(self, branch: Branch) -> ast.Between:
        dates = [ast.Date(value=str(token)) for token in _tokens(branch) if token.type == "DATE"]
        if branch.data == "since_until":
            return ast.Between(since=dates[0], until=dates[1])
        return ast.Between(since=dates[0]) if branch.data == "since" else ast.Between(until=dates[0])


def _trees(branch: Branch) -> list[Branch]:
    return [child for child in branch.children if isinstance(child, Tree)]


def _tokens(branch: Branch) -> list[Token]:
    return [child for child in branch.children if isinstance(child, Token)]


def _name(token: Token) -> str:
    return token.strip("`").lower()


def _number(tokens: list[Token]) -> int | float:
    token = next(token for token in tokens if token.type == "NUMBER")
    return int(token) if re.fullmatch(r"-?\d{1,300}", token) else float(token)


def _whole(times: Branch) -> int:
    number, token = _number(_tokens(times)), next(token for token in _tokens(times) if token.type == "NUMBER")
    if not isinstance(number, int) or not 0 <= number <= MOST_TIMES:
        raise RuleError(
            f"How often something happened is a whole number from 0 to {MOST_TIMES:,}.", token.line, token.column
        )
    return number


def _seconds(number: Token, unit: Token) -> int:
    told = float(number) * _SECONDS[unit.lower().rstrip("s")]
    if not told.is_integer() or not 0 < told <= MOST_SECONDS:
        raise RuleError("A time is whole seconds, from 1 second to 3,660 days.", number.line, number.column)
    return int(told)


def sentence_of(error: ValidationError) -> str:
    """Return the first thing that is wrong, in the words of the language, without a full stop."""
    first = error.errors(include_url=False)[0]
    limit = first.get("ctx", {})
    match first["type"]:
        case "string_pattern_mismatch":
            return "a name is letters a to z, digits and `_`, at most 64 of them, a letter first"
        case "string_too_long":
            return f"a text has at most {limit['max_length']:,} characters"
        case "too_long":
            return f"at most {limit['max_length']:,} may stand here"
        case "int_type" | "int_from_float" | "finite_number":
            return "this number is too large"
        case _:
            return str(first["msg"]).removeprefix("Value error, ").rstrip(".")


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(found[1], found[1])


_TIMES: dict[str, tuple[Any, int]] = {
    "at_least": (">=", 0),
    "at_most": ("<=", 0),
    "exactly": ("=", 0),
    "more_times": (">", 0),
    "fewer_times": ("<", 0),
    "once": ("=", 1),
    "twice": ("=", 2),
}
_KINDS: dict[str, Callable[[list[Token]], tuple[str, ...]]] = {
    "product": lambda said: tuple(
        dict.fromkeys(PRODUCT_VERBS[word] for word in said[0].lower().split() if word in PRODUCT_VERBS)
    ),
    "phrase": lambda said: (PHRASES[_WORDS.sub(" ", said[0].lower())],),
    "any_event": lambda _: (),
    "did": lambda said: tuple(dict.fromkeys(_name(token) for token in said if token.type == "NAME")),
}
_CONDITIONS: dict[str, Callable[[_Reader, Branch], Any]] = {
    name: getattr(_Reader, f"_{name}")
    for name in (
        "all_of", "any_of", "negated", "everyone", "compare", "among", "not_among", "known", "unknown", "when",
        "member", "listed", "has_identity", "consents", "household", "named", "never", "happened",
    )
}  # fmt: skip
_VALUES: dict[str, Callable[[_Reader, Branch], Any]] = {
    "text": _Reader._text_value,
    "number": _Reader._number_value,
    "truth": _Reader._truth_value,
    "date": _Reader._date_value,
    "profile_field": _Reader._profile_value,
    "event_field": _Reader._event_value,
    "step_field": _Reader._step_value,
    "aggregate": _Reader._aggregate,
}
_WINDOWS: dict[str, Callable[[_Reader, Branch], Any]] = {
    "last": _Reader._last,
    "next": _Reader._next,
    "ago": _Reader._ago,
    "between_ago": _Reader._between_ago,
    "since_until": _Reader._between,
    "since": _Reader._between,
    "until": _Reader._between,
}
