"""What is said about a text that is no rule: where it goes wrong, what could stand there, what was meant perhaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from lark import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from graphcdp.segments.rule.errors import RuleError
from graphcdp.segments.rule.phrases import PHRASES, PRODUCT_VERBS

_CLOSED = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")


def explained(error: UnexpectedInput, text: str) -> RuleError:
    """Say in words what was read and what could have stood there."""
    wanted = _wanted(error)
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        lines = text.rstrip().split("\n")
        return RuleError(f"The rule ends too early. Here could follow: {wanted}.", len(lines), len(lines[-1]) + 1)
    position = error.pos_in_stream or 0
    found = re.match(r"[\w.]+|[^\s\w]+", text[position:])
    said = found.group() if found else text[position : position + 1]
    line, column = error.line, error.column
    if closed := _CLOSED.match(text, position):
        said = closed.group()
    elif said[0] in "'\"":
        return RuleError("The text that begins here is never closed by another quotation mark.", line, column)
    if isinstance(error, UnexpectedToken) and error.token.type in ("AND_EVENT", "OR_EVENT"):
        skipped = re.compile(r"[\s(]*(?:not\b[\s(]*)*", re.IGNORECASE).match(text, position + len(said))
        bare = re.compile(r"[\w.`]+").match(text, skipped.end()) if skipped else None
    else:
        near_by = re.compile(r"[a-z][\w.`]*(?=\s*$)", re.IGNORECASE).search
        bare = near_by(text, max(position - 200, 0), position) if re.match(r"[=<>!]", said) else None
    if bare and not bare[0].lower().startswith(("profile.", "step")):
        line, column = place(text, bare.start())
        name = bare[0].strip("`")[:60]
        person = f", or write `profile.{name}`" if "." not in name else ""
        return RuleError(
            f"A bare name such as `{name}` is a property of an event: ask for it in the `where` of an event{person}.",
            line,
            column,
        )
    if closed and wanted in ("a name", "the id of a segment or an audience"):  # names stand without quotation marks
        return RuleError(f"`{said[:60]}` is not expected here. Here could follow: {wanted}.", line, column, said[1:-1])
    near = [word for word in get_close_matches(said.lower(), _vocabulary(), 2, 0.75) if word != said.lower()]
    return RuleError(
        f"`{said[:60]}` is not expected here. Here could follow: {wanted}.", line, column, near[0] if near else None
    )


def place(text: str, position: int) -> tuple[int, int]:
    """Return line and column of a position, from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _wanted(error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedCharacters):
        kinds = error.allowed or set()
    elif isinstance(error, UnexpectedToken):
        kinds = set(error.accepts or error.expected)
    else:
        kinds = set(getattr(error, "expected", ()))
    words = dict.fromkeys(_WANTED[kind] for kind in sorted(kinds, key=_order) if kind in _WANTED)
    return ", ".join(words) or "nothing"


def _order(kind: str) -> int:
    return list(_WANTED).index(kind) if kind in _WANTED else len(_WANTED)


def _vocabulary() -> Iterator[str]:
    yield from ("and", "or", "not", "where", "then", "within", "never", "everyone", "known", "unknown", "last", "next",
                "times", "once", "twice", "between", "since", "until", "ago", "contains", "minutes", "hours", "days",
                "weeks", "product")  # fmt: skip
    for phrase in (*PHRASES, *PRODUCT_VERBS):
        yield from phrase.split()


_WANTED = {
    "PHRASE": "an event such as `purchased` or `viewed product`",
    "DID": "`did` and a type of event",
    "PROFILE_FIELD": "`profile.` and an attribute",
    "NAME": "a name",
    "STEP_FIELD": "a property of an earlier step (`step1.product`)",
    "FUNCTION": "a figure such as `count(…)`",
    "TEXT": "a text in quotation marks",
    "NUMBER": "a number",
    "TRUTH": "`true` or `false`",
    "DATE": "a date",
    "EQUALS": "a comparison (`=`, `!=`, `<`, `in`, `contains`, `is known` …)",
    "WHERE": "`where`",
    "AT_LEAST": "how often (`at least 2 times`)",
    "TIMES": "`times`",
    "UNIT": "seconds, minutes, hours, days or weeks",
    "AGO": "`ago`",
    "IN_LAST": "when (`in last 7 days`)",
    "WITHIN": "`within 1 hour`",
    "THEN": "`then`",
    "NOT": "`not`",
    "AND": "`and`",
    "OR": "`or`",
    "OF": "`of`",
    "LPAR": "`(`",
    "COMMA": "`,`",
    "RPAR": "`)`",
    "SEGMENT": "the id of a segment or an audience",
    "$END": "the end",
}
