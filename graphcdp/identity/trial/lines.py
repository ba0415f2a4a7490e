"""Reads a history written by hand: a line of JSON, or `NAMESPACE: value, NAMESPACE: value`, is one event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from graphcdp.identity.replay.replay import Seen
from graphcdp.identity.rules.admit import Admitted, Gate
from graphcdp.identity.rules.files import RuleSet
from graphcdp.model import IdentityKey

FIRST_TIME = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=1)
MAX_LINE = 65_536
MAX_IDENTITIES = 1_000
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?\s*(?:[Zz]|[+-]\d\d:?\d\d)?)(?=[\s,])[\s,]*(.*)"
)
_FOLDED = re.compile(r"[\W_]+")


class RejectedLine(NamedTuple):
    """A line that is no event.

    Attributes:
        line: counted from 1.
        id: the event's id; the line number where it has none of its own.
        code: stable: `bad_json`, `bad_line`, `bad_time`, `bad_id`, `bad_identity`, `no_identity`, `unknown_namespace`,
            `unique_conflict`, `different_content`, …
        reason: a sentence: what was wrong and what to do.
    """

    line: int
    id: str
    code: str
    reason: str


class LeftOut(NamedTuple):
    """An identity that does not count, in an event that does; or an event that was there already."""

    line: int
    id: str
    code: str
    reason: str


class History(NamedTuple):
    """What could be read.

    Attributes:
        facts: the events, in order of replay.
        rejected: lines that are none.
        left_out: identities that do not count, and repeated lines.
    """

    facts: tuple[Seen, ...]
    rejected: tuple[RejectedLine, ...]
    left_out: tuple[LeftOut, ...]


class _WrongLineError(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Said(NamedTuple):
    ts: datetime
    identities: tuple[IdentityKey, ...]


def read_history(rules: RuleSet, lines: Iterable[str], *, default_region: str = "GB") -> History:
    """Read events, one a line; empty lines and those that begin with # are passed over.

    Args:
        rules: decide which identities count.
        lines: as described in docs/identity.md.
        default_region: where phone numbers without a country code are from.
    """
    texts = [line.rstrip("\r\n") for line in lines]
    while texts and not texts[-1].strip():
        texts.pop()
    if texts:
        texts[0] = texts[0].removeprefix("\ufeff")
    return _Reader(rules, Gate(rules, default_region), len(str(max(len(texts), 1)))).read(texts)


class _Reader:
    """Reads the lines of one history."""

    def __init__(self, rules: RuleSet, gate: Gate, width: int) -> None:
        self._gate = gate
        self._width = width
        self._next = FIRST_TIME
        self._id = ""
        self._names = {name: name for name in rules.namespaces}
        for namespace in rules.ranked:
            self._names.setdefault(_folded(namespace.name), namespace.name)
        self._taken: dict[str, tuple[datetime, frozenset[IdentityKey]]] = {}
        self._facts: list[Seen] = []
        self._rejected: list[RejectedLine] = []
        self._left_out: list[LeftOut] = []

    def read(self, texts: Sequence[str]) -> History:
        for number, text in enumerate(texts, start=1):
            bare = text.strip()
            if bare and not bare.startswith("#"):
                self._line(number, bare)
        self._facts.sort(key=lambda fact: (fact.ts, fact.id.encode("utf-16-be")))
        return History(tuple(self._facts), tuple(self._rejected), tuple(self._left_out))

    def _line(self, number: int, text: str) -> None:
        self._id = str(number).zfill(self._width)
        untimed = self._next + STEP
        try:
            said = self._json(text) if text.startswith(("{", "[", '"')) else self._text(text)
            self._take(number, self._id, said)
        except _WrongLineError as wrong:
            self._next = max(self._next, untimed)
            self._rejected.append(RejectedLine(number, self._id, wrong.code, wrong.reason))

    def _take(self, number: int, own_id: str, said: _Said) -> None:
        content = (said.ts, frozenset(said.identities))
        known = self._taken.get(own_id)
        if known is not None and known != content:
            raise _WrongLineError(
                "different_content",
                f"Another line with the id {own_id} and other content stands before it; give each event its own id.",
            )
        if known is not None:
            self._left_out.append(LeftOut(number, own_id, "duplicate", "The same event stands there already."))
            return
        self._next = said.ts + STEP
        admitted = self._gate.admit(said.identities)
        if not isinstance(admitted, Admitted):
            raise _WrongLineError(admitted.code, admitted.reason)
        self._taken[own_id] = content
        self._left_out += [LeftOut(number, own_id, each.code, each.reason) for each in admitted.dropped]
        self._facts.append(Seen(said.ts, own_id, admitted.keys))

    def _json(self, text: str) -> _Said:
        if len(text) > MAX_LINE:
            raise _WrongLineError("too_large", f"The line is longer than {MAX_LINE:,} characters; send less.")
        try:
            row = json.loads(text, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            raise _WrongLineError(
                "bad_json", f"The line is not JSON: {error.msg} at character {error.pos + 1}."
            ) from None
        except (RecursionError, ValueError):
            raise _WrongLineError("bad_json", "The line is not JSON that can be read.") from None
        if not isinstance(row, dict):
            raise _WrongLineError("bad_json", 'The line is no JSON object; write {"t": …, "identities": [[…, …]]}.')
        self._id = _id(row.get("id")) or self._id
        if "t" not in row:
            raise _WrongLineError("bad_time", 'The line has no time; write "t": "2026-01-01T00:00:01Z".')
        return _Said(_time(row["t"]), _identities(row.get("identities")))

    def _text(self, text: str) -> _Said:
        if len(text) > MAX_LINE:
            raise _WrongLineError("too_large", f"The line is longer than {MAX_LINE:,} characters; send less.")
        _check_text(text)
        ts = self._next
        timed = _TIME.fullmatch(text)
        if timed is not None:
            ts, text = _time(timed[1].strip()), timed[2]
        identities = []
        for part in text.split(","):
            name, colon, value = part.partition(":")
            if not colon or not name.strip():
                raise _WrongLineError(
                    "bad_line",
                    "The line is neither JSON nor `NAMESPACE: value, NAMESPACE: value`; write one of the two.",
                )
            bare = name.strip()
            identities.append(IdentityKey(self._names.get(bare) or self._names.get(_folded(bare), bare), value.strip()))
        return _Said(ts, tuple(identities))


def _folded(name: str) -> str:
    return _FOLDED.sub("", name).lower()


def _no_number(name: str) -> NoReturn:
    raise _WrongLineError("not_a_number", f"The line holds {name}, which is no JSON; leave it out or write text.")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _WrongLineError("null_byte", "The line holds a null byte; send text without it.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _WrongLineError(
            "bad_text", "The line holds half of a character (a lone surrogate); correct it."
        ) from None


def _time(raw: Any) -> datetime:
    if not isinstance(raw, str):
        raise _WrongLineError("bad_time", "The time t must be text such as 2026-01-01T00:00:01Z.")
    try:
        ts = datetime.fromisoformat(raw.strip().upper().replace(",", "."))
    except ValueError:
        raise _WrongLineError(
            "bad_time", f"The time {raw[:40]!r} cannot be read; write 2026-01-01T00:00:01Z."
        ) from None
    if ts.tzinfo is None:
        raise _WrongLineError(
            "bad_time", f"The time {raw[:40]!r} has no time zone; end it with Z or an offset like +01:00."
        )
    try:
        return ts.astimezone(UTC)
    except OverflowError:
        raise _WrongLineError(
            "bad_time", f"The time {raw[:40]!r} is out of range; write 2026-01-01T00:00:01Z."
        ) from None


def _id(raw: Any) -> str | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, str | int) or not str(raw).strip() or len(str(raw)) > 512:
        raise _WrongLineError("bad_id", "The id must be text of 1 to 512 characters, or a whole number.")
    text = str(raw)
    _check_text(text)
    return text


def _identities(raw: Any) -> tuple[IdentityKey, ...]:
    if not isinstance(raw, list):
        raise _WrongLineError(
            "bad_line", 'The line has no list of identities; write "identities": [["email", "a@b.example"]].'
        )
    if len(raw) > MAX_IDENTITIES:
        raise _WrongLineError("too_large", f"The line has {len(raw)} identities, and {MAX_IDENTITIES} are the most.")
    identities = []
    for number, item in enumerate(raw, start=1):
        if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], str):
            raise _WrongLineError("bad_identity", f"Identity {number} must be a pair: [namespace, value].")
        name, value = item
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise _WrongLineError("bad_identity", f"The value of identity {number} must be text or a whole number.")
        text = "" if value is None else str(value)
        _check_text(name + text)
        identities.append(IdentityKey(name, text))
    return tuple(identities)
