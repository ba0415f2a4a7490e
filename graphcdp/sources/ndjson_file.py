"""NDJSON: one JSON object a line, by orjson. A line that is none keeps its place and its neighbours go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from graphcdp.sources.rows import BrokenRow, Chunk, Row

_LONGEST_LINE = 32 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


def read_ndjson(file: BinaryIO, *, rows: int, skip: int) -> Iterator[Chunk]:
    """Read an NDJSON file.

    Args:
        file: its bytes, uncompressed, from the start.
        rows: how many to a chunk.
        skip: how many lines to leave out.

    Returns:
        Chunks whose row numbers and positions are line numbers; empty lines are counted and left out.
    """
    found: list[Row | BrokenRow] = []
    numbers: list[int] = []
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if number <= skip:
            continue
        if number == 1:
            line = line.removeprefix(_BOM)
        row = _row(line)
        if row is not None:
            found.append(row)
            numbers.append(number)
        if len(found) == rows:
            yield Chunk(found, numbers, number)
            found, numbers = [], []
    if found:
        yield Chunk(found, numbers, number)


def _row(line: bytes) -> Row | BrokenRow | None:
    """Read one line; None where it is empty."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not line.strip():
            return None
        return BrokenRow(f"The line is not JSON: {error.msg} at character {error.pos + 1}; correct it.", line)
    if type(row) is not dict:
        kind = {list: "a list", str: "text", bool: "true or false", type(None): "null"}.get(type(row), "a number")
        return BrokenRow(f"The line is {kind} where an object {{…}} is expected; write one object a line.", line)
    return row
