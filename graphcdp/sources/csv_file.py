"""CSV in chunks, all cells as text. What is no row keeps its place and its neighbours go on.

Rows are split by Python's own reader: told to survive broken rows, pandas leaves out, without a word, those with a
stray quote and a first one that is too long, and fills up those that are too short.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from typing import BinaryIO, cast

from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.errors import FileFormatError
from graphcdp.sources.fields import missing_columns
from graphcdp.sources.rows import BrokenRow, Chunk, Row

_SAMPLE_BYTES = 256 * 1024
_LARGEST_CELL = 32 * 1024 * 1024
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon"}

csv.field_size_limit(_LARGEST_CELL)


def read_csv(
    file: BinaryIO, name: str, definition: SourceDefinition, *, delimiter: str, rows: int, skip: int
) -> Iterator[Chunk]:
    """Read a CSV file.

    Args:
        file: its bytes, uncompressed, from the start.
        name: what to call it in messages.
        definition: which columns it must have and how it is written.
        delimiter: between cells.
        rows: how many to a chunk.
        skip: how many records to leave out.

    Raises:
        FileFormatError: it is empty, its beginning is not of its encoding, or columns are missing.
    """
    how = definition.csv
    text = _open_text(file, name, how.encoding)  # kept to the end: it closes the file when it goes
    records = _records(text, delimiter, how.quotechar)
    if how.columns is None:
        header = next(records, None)
        if header is None:
            raise FileFormatError(f"{name} is empty; it should begin with a row of column names.", file=name)
        if isinstance(header, BrokenRow):
            raise FileFormatError(f"The header of {name} cannot be read: {header.reason}", file=name)
        columns = [cell.strip() for cell in header]
    else:
        columns = how.columns
    _check_columns(columns, name, definition, delimiter)
    columns = _distinct(columns, name, definition)
    found: list[Row | BrokenRow] = []
    width, position = len(columns), 0
    for cells in records:
        position += 1
        if position <= skip:
            continue
        if isinstance(cells, BrokenRow):
            found.append(cells)
        elif len(cells) == width:
            found.append(dict(zip(columns, cells, strict=True)))
        else:
            found.append(_wrong_width(cells, columns))
        if len(found) == rows:
            yield Chunk(found, range(position - rows + 1, position + 1), position)
            found = []
    if found:
        yield Chunk(found, range(position - len(found) + 1, position + 1), position)


def _open_text(file: BinaryIO, name: str, encoding: str) -> io.TextIOWrapper:
    """Open bytes as text, once their beginning is proved to be of the encoding.

    Later bytes that are not become lone surrogates, by which their row is recognised and rejected.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, file), _SAMPLE_BYTES)
    sample = buffered.peek(_SAMPLE_BYTES)[:_SAMPLE_BYTES]
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeError as error:
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or sample.count(0) > len(sample) // 4:
            likely = "utf-16"
        else:
            likely = "cp1252" if encoding.startswith("utf") else "utf-8"
        at = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        raise FileFormatError(
            f"{name} is not written in {encoding.removesuffix('-sig')}{at}; name its encoding in the source "
            f"definition, probably csv: {{encoding: {likely}}}.",
            file=name,
        ) from None
    return io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline="")


def _records(text: io.TextIOWrapper, delimiter: str, quotechar: str) -> Iterator[list[str] | BrokenRow]:
    """Split text into records. Where quotes are wrong, only the first line of what they swallowed is broken."""
    pushed: deque[str] = deque()
    taken: list[str] = []

    def lines() -> Iterator[str]:
        while line := pushed.popleft() if pushed else text.readline(_LARGEST_CELL):
            taken.append(line)
            yield line

    def reader() -> Iterator[list[str]]:
        return iter(csv.reader(lines(), delimiter=delimiter, quotechar=quotechar, strict=True))

    cells_of = reader()
    while True:
        taken.clear()
        try:
            cells = next(cells_of)
        except StopIteration:
            return
        except csv.Error as error:
            pushed.extendleft(reversed(taken[1:]))
            cells_of = reader()
            yield BrokenRow(f"The row's quotes are wrong ({error}); correct it, or csv.quotechar.", taken[0])
        else:
            if cells:
                yield cells


def _wrong_width(cells: list[str], columns: list[str]) -> BrokenRow:
    """Say that a row has too many or too few cells."""
    much = "many" if len(cells) > len(columns) else "few"
    return BrokenRow(
        f"The row has too {much} cells, {len(cells)} where the header has {len(columns)}; "
        "look for a delimiter or a line break that is not in quotes.",
        cells,
    )


def _distinct(columns: list[str], name: str, definition: SourceDefinition) -> list[str]:
    """Tell columns of the same name apart; refuse them where the definition reads one of them."""
    read = {spec.field for _, spec in definition.specs()}
    counts: Counter[str] = Counter()
    told: list[str] = []
    for column in columns:
        counts[column] += 1
        if counts[column] > 1 and column in read:
            raise FileFormatError(f"{name} has the column {column} twice; rename one of them.", file=name)
        told.append(column if counts[column] == 1 else f"{column}.{counts[column]}")
    return told


def _check_columns(columns: list[str], name: str, definition: SourceDefinition, delimiter: str) -> None:
    """Refuse a file without the columns its definition reads, and name the delimiter that would fit better."""
    missing = missing_columns(definition, columns)
    if not missing:
        return
    best, best_missing = delimiter, len(missing)
    for candidate in _DELIMITERS:
        split = [cell.strip(' "') for cell in next(csv.reader([delimiter.join(columns)], delimiter=candidate), [])]
        left = len(missing_columns(definition, split))
        if left < best_missing:
            best, best_missing = candidate, left
    place, column, near = missing[0]
    wanted = ", ".join(dict.fromkeys(column for _, column, _ in missing))
    message = (
        f"{name} does not have the column{'s' if ',' in wanted else ''} {wanted} that the source {definition.source} "
        f"reads (as {place}…). With the {_named(delimiter)} as delimiter its columns are: {_shown(columns)}. "
    )
    if best != delimiter:
        message += f'It looks separated by the {_named(best)}: write csv: {{delimiter: "{_written(best)}"}}.'
    elif near:
        message += f"Did you mean {near} for {column}? Correct the definition, or give the spec a default."
    else:
        message += "Correct the definition, or give the spec a default."
    raise FileFormatError(message, file=name, delimiter=delimiter, likely=best)


def _named(delimiter: str) -> str:
    return f"{_DELIMITERS[delimiter]} ({_written(delimiter)})" if delimiter in _DELIMITERS else f"sign {delimiter}"


def _written(delimiter: str) -> str:
    return "\\t" if delimiter == "\t" else delimiter


def _shown(columns: list[str]) -> str:
    shown = ", ".join(columns[:30])
    shown = shown if len(shown) <= 600 else shown[:600] + "…"
    return shown + (f" and {len(columns) - 30} more" if len(columns) > 30 else "")
