"""Choices of events as SQL that decides as the statements in cypher/journey do; every value a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from graphcdp.journeys.columnar.errors import CannotAnswerError
from graphcdp.journeys.columnar.layout import KINDS, is_own

BROKEN = "\x01"
"""Begins the text of a number with a fraction, until it is spelt as Neo4j spells it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN = re.compile(r"p_[a-z0-9_]{1,64}")
_ORDER = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "!=": "<>"}
_PARTS = {"contains": "contains", "starts with": "starts_with", "ends with": "ends_with"}
_KIND_OF = {bool: "BOOLEAN", int: "DOUBLE", float: "DOUBLE", str: "VARCHAR", datetime: "TIME"}


def microseconds(at: datetime) -> int:
    """Return an instant as the projection keeps it."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class Words:
    """Parts of one SQL statement, with the parameters that they speak of."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}

    def value(self, value: Any) -> str:
        """Return a parameter's name in SQL."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = microseconds(value) if isinstance(value, datetime) else value
        return f"${name}"

    def fits(self, choice: Mapping[str, Any] | None) -> str:
        """Return whether an event is one of a choice `{types, where}`."""
        if choice is None:
            return "true"
        parts = []
        if choice.get("types") is not None:
            parts.append(self.typed(choice["types"]))
        if choice.get("where") is not None:
            options = [" AND ".join(self._atom(atom) for atom in option) or "true" for option in choice["where"]]
            parts.append(f"({' OR '.join(f'({one})' for one in options) or 'false'})")
        return " AND ".join(parts) or "true"

    def typed(self, types: Sequence[str]) -> str:
        """Return whether an event's type is one of these."""
        return f'coalesce(e."type" IN ({", ".join(map(self.value, types))}), false)' if types else "false"

    def _atom(self, atom: Mapping[str, Any]) -> str:
        if atom.get("of") == "device":
            raise CannotAnswerError("The projection knows no devices. Ask for the engine `cypher`.", field="engine")
        said = f"coalesce({self._says(atom['field'], atom['op'], atom['value'])}, false)"
        return said if atom.get("holds", True) in (True, None) else f"NOT {said}"

    def _says(self, field: str, op: str, value: Any) -> str:
        if op == "known":
            return known(field)
        if op == "in":
            return self._among(field, value)
        if op == "not in":
            return f"({known(field)} AND NOT coalesce({self._among(field, value)}, false))"
        kind = _KIND_OF[type(value)]
        left = typed(field, kind)
        if left is None:
            return "false"
        if op in _PARTS:
            return f"{_PARTS[op]}({left}, {self.value(value)})" if kind == "VARCHAR" else "false"
        right = self.value(value)
        return f"({left} {_ORDER[op]} {right})"

    def _among(self, field: str, values: Sequence[Any]) -> str:
        parts = [self._says(field, "=", value) for value in values]
        return f"({' OR '.join(f'coalesce({part}, false)' for part in parts)})" if parts else "false"


def known(field: str) -> str:
    """Return whether an event has a property."""
    if field in KINDS and field != "own":
        return f'e."{field}" IS NOT NULL'
    return f"{_kind(field)} IS NOT NULL" if _can_be(field) else "false"


def typed(field: str, kind: str) -> str | None:
    """Return the value of a property where it is of a kind (VARCHAR, DOUBLE, BOOLEAN, TIME); None: it never is."""
    if field == "ts":
        return 'e."ts"' if kind == "TIME" else None
    if field in KINDS and field != "own":
        held = KINDS[field]
        return f'e."{field}"' if (held == "VARCHAR") == (kind == "VARCHAR") and kind in ("VARCHAR", "DOUBLE") else None
    if not _can_be(field) or kind == "TIME":
        return None
    text, said = f"json_extract_string(e.own, '$.{field}')", _kind(field)
    if kind == "VARCHAR":
        return f"CASE WHEN {said} = 'VARCHAR' THEN {text} END"
    if kind == "BOOLEAN":
        return f"CASE WHEN {said} = 'BOOLEAN' THEN {text} = 'true' END"
    return f"CASE WHEN {said} IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST({text} AS DOUBLE) END"


def text(field: str) -> str:
    """Return the text of a property, numbers with a fraction behind `BROKEN`; null where there is none."""
    if field == "ts":
        raise CannotAnswerError("The columnar engine does not tell events apart by their instant.")
    if field in KINDS and field != "own":
        held = f'e."{field}"'
        if KINDS[field] == "DOUBLE":
            return f"chr(1) || CAST({held} AS VARCHAR)"
        return held if KINDS[field] == "VARCHAR" else f"CAST({held} AS VARCHAR)"
    if not _can_be(field):
        return "CAST(NULL AS VARCHAR)"
    found = f"json_extract_string(e.own, '$.{field}')"
    return f"CASE WHEN {_kind(field)} = 'DOUBLE' THEN chr(1) || {found} ELSE {found} END"


def plain(field: str) -> str:
    """Return a property as a text that `plain_of` makes its value of again; null where there is none."""
    if _can_be(field):
        return f"CAST(json_extract(e.own, '$.{field}') AS VARCHAR)"
    if field == "ts":
        raise CannotAnswerError("The columnar engine does not tell events apart by their instant.")
    known_to_all = field in KINDS and field != "own"
    return f'CAST(e."{field}" AS VARCHAR)' if known_to_all else "CAST(NULL AS VARCHAR)"


def plain_of(field: str, raw: str) -> Any:
    """Return the value that a text of `plain` stands for."""
    if is_own(field):
        return orjson.loads(raw)
    return {"DOUBLE": float, "BIGINT": int}.get(KINDS[field], str)(raw)


def spelt(text: str) -> str:
    """Return a text as Neo4j's `toString` gives it: numbers with a fraction in Java's spelling."""
    if not text.startswith(BROKEN):
        return text
    number = float(text[1:])
    size = abs(number)
    if number == 0 or 1e-3 <= size < 1e7:
        plain = f"{number!r}"
        return plain if "e" not in plain else f"{number:f}"
    digits, _, power = f"{number!r}".partition("e")
    if power:
        whole, _, rest = digits.partition(".")
        return f"{whole}.{rest or '0'}E{int(power)}"
    sign, bare = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, rest = bare.partition(".")
    if size >= 1:
        kept = (whole + rest).rstrip("0")
        return f"{sign}{kept[0]}.{kept[1:] or '0'}E{len(whole) - 1}"
    kept = rest.lstrip("0")
    return f"{sign}{kept[0]}.{kept[1:] or '0'}E-{len(rest) - len(kept) + 1}"


def _can_be(field: str) -> bool:
    return is_own(field) and _OWN.fullmatch(field) is not None


def _kind(field: str) -> str:
    return f"json_type(e.own, '$.{field}')"
