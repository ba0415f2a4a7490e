"""One value of a row, checked: no null bytes, no NaN, nothing huge, of the type its definition names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from graphcdp.model import Scalar
from graphcdp.sources.definition import CsvSpec, FieldSpec

MAX_VALUE_BYTES = 64 * 1024
MAX_KEY_CHARACTERS = 512
_MAX_INTEGER = 2**63 - 1
_TRUE = frozenset(("true", "yes", "y", "1", "on", "t"))
_FALSE = frozenset(("false", "no", "n", "0", "off", "f"))
_INTEGER = re.compile(r"[+-]?[0-9]+")
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

Converter = Callable[[Any], Scalar]


class WrongValueError(Exception):
    """A value that cannot be taken; becomes a rejection. Its reason never shows the value itself.

    Attributes:
        code: stable, such as `bad_value`.
        reason: a sentence: what is wrong and what to do.
        field: the column or key it came from, once known.
    """

    def __init__(self, code: str, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.field = field

    def at(self, field: str, place: str) -> WrongValueError:
        """Say which field it came from and where the definition reads it."""
        if self.field is None:
            self.field = field
            self.reason = f"{field}, read as {place}: {self.reason}"
        return self


def clean(value: Any) -> Any:
    """Return a value trimmed and checked, None where it is absent.

    Raises:
        WrongValueError: a null byte, NaN, an infinite or too great number, over 64 KiB, or of unknown type.
    """
    kind = type(value)
    if kind is str:
        value = value.strip()
        if not value:
            return None
        if "\0" in value:
            raise WrongValueError("bad_value", "It holds a null byte, which no text can; remove it in the source.")
        if len(value) > MAX_VALUE_BYTES // 4 and len(value.encode(errors="replace")) > MAX_VALUE_BYTES:
            raise WrongValueError(
                "too_large", f"It is larger than {MAX_VALUE_BYTES // 1024} KiB; shorten it or leave the column out."
            )
        return value
    if value is None or kind is bool:
        return value
    if kind is int:
        if not -_MAX_INTEGER <= value <= _MAX_INTEGER:
            raise WrongValueError("bad_value", "It is beyond 64 bits; give it as text.")
        return value
    if kind is float:
        if not math.isfinite(value):
            raise WrongValueError("bad_value", "It is NaN or infinite, which is no number; leave it empty instead.")
        return value
    return _clean_other(value)


def _clean_other(value: Any) -> Any:
    """Check a value that is neither text nor a plain number."""
    if isinstance(value, Decimal):
        return clean(float(value))
    if isinstance(value, date | datetime):
        return value
    if isinstance(value, dict | list | tuple):
        kind = "an object" if isinstance(value, dict) else "a list"
        raise WrongValueError("bad_value", f"It is {kind} where one value is expected; name a field inside it.")
    raise WrongValueError(
        "bad_value",
        f"It is of the type {type(value).__name__}, which cannot be stored; convert it to text or a number.",
    )


def to_text(value: Any) -> str:
    """Write a clean value as text; numbers without a fraction lose it, `123.0` is `123`."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _untyped(value: Any) -> Scalar:
    return value.isoformat() if isinstance(value, date) else value


def to_boolean(value: Any) -> bool:
    """Read a boolean.

    Raises:
        WrongValueError: it is none.
    """
    if type(value) is bool:
        return value
    text = to_text(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise WrongValueError("bad_value", "It is no boolean; write true or false, or give the column a map.")


def _number_reader(csv: CsvSpec) -> Callable[[Any], float]:
    """Return a reader of numbers as the file writes them."""
    decimal, thousands = csv.decimal, csv.thousands
    plain = decimal == "." and thousands is None

    def read(value: Any) -> float:
        if type(value) is float or type(value) is int:
            return float(value)
        text = to_text(value)
        if not plain:
            if thousands is not None:
                text = text.replace(thousands, "")
            if decimal != ".":
                if "." in text:
                    text = "no number"
                text = text.replace(decimal, ".")
        if _NUMBER.fullmatch(text) is None:
            hint = f"write it with the decimal sign {decimal}, or change csv.decimal or csv.thousands"
            raise WrongValueError("bad_value", f"It is no number; {hint}.")
        number = float(text)
        if not math.isfinite(number):
            raise WrongValueError("bad_value", "It is too great for a number; check the source.")
        return number

    return read


def _integer_reader(csv: CsvSpec) -> Callable[[Any], int]:
    """Return a reader of integers as the file writes them; `12.0` is 12."""
    thousands, decimal = csv.thousands, csv.decimal

    def read(value: Any) -> int:
        if type(value) is int:
            return value
        text = to_text(value)
        if thousands is not None:
            text = text.replace(thousands, "")
        if _INTEGER.fullmatch(text) is None:
            whole = _WHOLE.fullmatch(text.replace(decimal, "."))
            if whole is None:
                raise WrongValueError("bad_value", "It is no integer; use type: number, or correct the source.")
            text = whole[1]
        if len(text) > 20 or not -_MAX_INTEGER <= int(text) <= _MAX_INTEGER:
            raise WrongValueError("bad_value", "It is beyond 64 bits; use type: string.")
        return int(text)

    return read


def _date_reader(pattern: str | None) -> Callable[[Any], str]:
    """Return a reader of dates, giving `2026-11-24`."""

    def read(value: Any) -> str:
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        text = to_text(value)
        try:
            if pattern is not None:
                return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 - only its day is used
            return datetime.fromisoformat(text).date().isoformat()
        except ValueError:
            wanted = pattern or "2026-11-24"
            raise WrongValueError("bad_value", f"It is no date written as {wanted}; give the spec a format.") from None

    return read


def converter(spec: FieldSpec, csv: CsvSpec) -> Converter:
    """Return what turns a clean value into the type its spec names."""
    match spec.type:
        case "string":
            return to_text
        case "boolean":
            return to_boolean
        case "number":
            return _number_reader(csv)
        case "integer":
            return _integer_reader(csv)
        case "date":
            return _date_reader(spec.format)
        case None:
            return _untyped
