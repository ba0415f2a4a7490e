"""What readers give: chunks of rows, with what could not be read in its place among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """Something in a file that is no row.

    Attributes:
        reason: a sentence: what is wrong and what to do.
        content: what stood there.
        field: the field concerned, None where it is the whole row.
        code: stable.
    """

    reason: str
    content: Any = ""
    field: str | None = None
    code: str = "bad_row"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that follow each other in a file.

    Attributes:
        rows: the rows, broken ones among them.
        numbers: the number of each.
        position: how many records (lines, in NDJSON) of the file have been read with it; a reader can skip as many.
        share: how much of the file has been read with it, 0 to 1; None where it cannot be said.
    """

    rows: Sequence[Row | BrokenRow]
    numbers: Sequence[int]
    position: int
    share: float | None = None
