"""Takes a person's identifiers out of what is kept of others. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from graphcdp.model import Scalar

GONE = "erased"
_LEAST, _LEAST_DIGITS = 4, 6
"""A value is looked for inside longer texts with so many characters, or so many digits and nothing else."""
_TAIL = 7
_DIALLED = re.compile(r"[+\d\s()./-]{7,25}")


class Scrub:
    """Knows some identifiers, and makes texts without them.

    What says nothing but one of them is one, whatever their length and case. Inside a longer text one is found as a
    word of its own (`?mail=ana%40shop.example` in an address of a page too), if it is long enough to mean this person.
    A number of a phone is known in other spellings too: what has at least its last seven digits and no others.
    """

    def __init__(self, keys: Collection[str]) -> None:
        """Take identities, each `namespace|value`."""
        said = {one.lower() for key in keys for one in (key, key.partition("|")[2]) if one}
        self._phones = tuple(one[1:] for one in said if one.startswith("+") and one[1:].isdigit())
        self.tails = tuple(sorted({one[-_TAIL:] for one in self._phones}))
        """Of phone numbers the last digits."""
        said |= set(self._phones)
        self.values = frozenset(said | {quote(one, safe="").lower() for one in said})
        """In small letters."""
        self.long = tuple(sorted((one for one in self.values if _is_long(one)), key=lambda one: (-len(one), one)))
        """Those that are looked for inside longer texts, the longest first."""
        self._inside = (
            re.compile(rf"(?<![a-z0-9])(?<!\d[.,])(?:{'|'.join(map(re.escape, self.long))})(?![a-z0-9]|[.,]\d)", re.I)
            if self.long
            else None
        )

    def text(self, text: str) -> str:
        """Return a text with `erased` in place of each."""
        if text.strip().lower() in self.values or self._is_dialled(text):
            return GONE
        return text if self._inside is None else self._inside.sub(GONE, text)

    def payload(self, text: str) -> str:
        """Return a payload without them. What is no JSON and has one in it goes altogether."""
        try:
            read = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text if self.text(text) == text else "{}"
        new = self._of(read)
        return text if new == read else orjson.dumps(new).decode()

    def scalars(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return properties or attributes without them; of a number that is one (a long one) None is left."""
        return {name: self._scalar(value) for name, value in values.items()}

    def has(self, value: object) -> bool:
        """Say whether a text or a number says one."""
        if isinstance(value, str):
            return self.text(value) != value
        return not isinstance(value, bool) and isinstance(value, int | float) and self._scalar(value) is None

    def _is_dialled(self, text: str) -> bool:
        if not self._phones or not _DIALLED.fullmatch(text):
            return False
        digits = "".join(one for one in text if one.isdigit()).lstrip("0")
        return len(digits) >= _TAIL and any(phone.endswith(digits) for phone in self._phones)

    def _scalar(self, value: Scalar) -> Scalar:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool) or value is None:
            return value
        return None if str(value) in self.long else value

    def _of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(name): self._of(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._of(one) for one in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool) or value is None:
            return value
        return GONE if str(value) in self.values else value


def scrub_names(text: str | None, names: Collection[str]) -> str | None:
    """Return a JSON text in which some names (ids, keys) read `erased`; None stays None."""
    return None if text is None else orjson.dumps(_scrub(orjson.loads(text), names)).decode()


def leaves(text: str) -> Iterator[str]:
    """Give all texts and numbers in a JSON text, as texts; of what is no JSON, all of it."""
    try:
        todo: list[Any] = [orjson.loads(text or "{}")]
    except orjson.JSONDecodeError:
        yield text
        return
    while todo:
        one = todo.pop()
        if isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            yield str(one)


def _is_long(value: str) -> bool:
    return len(value) >= (_LEAST_DIGITS if value.lstrip("+").isdigit() else _LEAST)


def _scrub(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, str):
        return GONE if value in names else value
    if isinstance(value, list):
        return [_scrub(one, names) for one in value]
    if isinstance(value, dict):
        return {GONE if key in names else key: _scrub(one, names) for key, one in value.items()}
    return value
