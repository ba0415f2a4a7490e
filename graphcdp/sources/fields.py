"""Field specs, compiled once into functions of a row."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from graphcdp.model import Scalar
from graphcdp.sources.definition import CsvSpec, FieldSpec, SourceDefinition
from graphcdp.sources.errors import SourceDefinitionError
from graphcdp.sources.rows import Row
from graphcdp.sources.values import WrongValueError, clean, converter, to_text

Raw = Callable[[Row], Any]
Getter = Callable[[Row], Scalar]
ManyGetter = Callable[[Row], list[str]]

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d+|\*)\]")


def steps(path: str) -> tuple[str | int, ...] | None:
    """Split `items[0].sku` into `("items", 0, "sku")`; `[*]` stays `"*"` marked as -1. None: it is no path.

    Returns:
        Keys as text, places in lists as numbers, every entry as -1.
    """
    found: list[str | int] = []
    at = 0
    for step in _STEP.finditer(path):
        if step.start() != at:
            return None
        at = step.end()
        found.append(step[1] if step[1] is not None else -1 if step[2] == "*" else int(step[2]))
    return tuple(found) if at == len(path) and found else None


def _walk(value: Any, path: tuple[str | int, ...]) -> Any:
    """Follow a path into nested values; None where it ends early."""
    for step in path:
        if type(step) is str:
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
        else:
            place = cast(int, step)
            if not isinstance(value, list | tuple) or place >= len(value):
                return None
            value = value[place]
        if value is None:
            return None
    return value


def _walk_all(value: Any, path: tuple[str | int, ...]) -> list[Any]:
    """Follow a path with `[*]` in it; every value it reaches."""
    if -1 not in path:
        found = _walk(value, path)
        return [] if found is None else [found]
    cut = path.index(-1)
    entries = _walk(value, path[:cut])
    if not isinstance(entries, list | tuple):
        return []
    return [found for entry in entries for found in _walk_all(entry, path[cut + 1 :])]


def column_of(field: str) -> str:
    """Say which column of a file a field reads: the first step of its path."""
    path = steps(field)
    return field if path is None else str(path[0])


def raw_getter(field: str) -> Raw:
    """Return what fetches a field's raw value."""
    path = steps(field)
    if path is None or len(path) == 1:

        def plain(row: Row) -> Any:
            return row.get(field)

        return plain

    nested = path

    def deep(row: Row) -> Any:
        value = row.get(field)
        return _walk(row, nested) if value is None else value

    return deep


def _translate(table: Mapping[str, Scalar], value: Any) -> Any:
    """Look a clean value up in a map."""
    key = to_text(value)
    if key in table:
        return table[key]
    return table.get("*", value)


def getter(spec: FieldSpec, csv: CsvSpec) -> Getter:
    """Compile a spec that gives one value.

    Returns:
        A function of a row: the value, None where it is absent. It raises WrongValueError.
    """
    convert = converter(spec, csv)
    if spec.field is None:
        constant = convert(clean(spec.value))
        return lambda _row: constant
    raw = raw_getter(spec.field)
    table, default, required = spec.map, spec.default, spec.required
    split, part = spec.split, spec.part or 0
    simple = table is None and default is None and not required and split is None

    def absent() -> Scalar:
        if required and default is None:
            raise WrongValueError("required", "It is required and empty; fill it in the source.")
        return default

    if simple and spec.type is None:

        def text(row: Row) -> Scalar:
            value = clean(raw(row))
            return value if value is None else convert(value)

        return text

    def value_of(row: Row) -> Scalar:
        value = clean(raw(row))
        if value is not None and split is not None:
            pieces = to_text(value).split(split)
            value = clean(pieces[part]) if part < len(pieces) else None
        if value is not None and table is not None:
            value = _translate(table, value)
        if value is None:
            return absent()
        return convert(value)

    return value_of


def many_getter(spec: FieldSpec, csv: CsvSpec) -> ManyGetter:
    """Compile a spec that may give several values.

    Returns:
        A function of a row: the values as text, in order, without repetition. It raises WrongValueError.
    """
    if not spec.many:
        one = getter(spec, csv)

        def single(row: Row) -> list[str]:
            value = one(row)
            return [] if value is None else [to_text(value)]

        return single
    field, split, table = spec.field or "", spec.split, spec.map
    path = steps(field)
    raw = raw_getter(field)

    def values_of(row: Row) -> list[str]:
        found = [raw(row)] if path is None or -1 not in path else _walk_all(row, path)
        if split is not None:
            found = [piece for value in found if value is not None for piece in to_text(value).split(split)]
        kept: dict[str, None] = {}
        for value in map(clean, found):
            named = value if value is None or table is None else _translate(table, value)
            if named is not None:
                kept[to_text(named)] = None
        if not kept and spec.default is not None:
            return [to_text(spec.default)]
        if not kept and spec.required:
            raise WrongValueError("required", "It is required and empty; fill it in the source.")
        return list(kept)

    return values_of


def check_constants(definition: SourceDefinition, name: str = "the source definition") -> None:
    """Prove that constants fit their types and that paths can be read.

    Raises:
        SourceDefinitionError: one does not.
    """
    for place, spec in definition.specs():
        try:
            if spec.field is None:
                getter(spec, definition.csv)
            elif definition.format in ("ndjson", "parquet") and "[" in spec.field and steps(spec.field) is None:
                raise WrongValueError("bad_value", f"{spec.field} is no path; write one such as items[0].sku.")
        except WrongValueError as wrong:
            raise SourceDefinitionError(f"{name}: {place}: {wrong.reason}", file=name, key=place) from None


def missing_columns(definition: SourceDefinition, found: Iterable[str]) -> list[tuple[str, str, str]]:
    """List the columns a definition reads that a file does not have.

    Returns:
        Tuples of the place in the definition, the column, and the nearest column the file has (empty if none is near).
    """
    have = list(found)
    missing = []
    for place, spec in definition.specs():
        if spec.field is None or spec.default is not None:
            continue
        column = column_of(spec.field)
        if column not in have and spec.field not in have:
            near = difflib.get_close_matches(column, have, n=1) or [
                name for name in have if name.lower() == column.lower()
            ]
            missing.append((place, column, near[0] if near else ""))
    return missing
