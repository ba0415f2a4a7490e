"""Writes raw rows as the files of the systems they come from, in the dialect of a source definition."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from graphcdp.sources import SourceDefinition

RawRow = Mapping[str, Any] | str

_ENDINGS = {"csv": "csv", "parquet": "parquet", "ndjson": "ndjson", "tracking": "ndjson", "xdm": "ndjson"}


def file_name(definition: SourceDefinition) -> str:
    """Return the name its own `files` pattern gives a single file, such as `web_hits.ndjson` for `web_hits*.ndjson`."""
    ending = _ENDINGS[definition.format or "ndjson"]
    return (definition.files or f"{definition.dataset}.{ending}").replace("*", "")


def sample_file(definition: SourceDefinition) -> Path | None:
    """Return the sample beside the definition, whose header or schema every file of the source follows."""
    if definition.folder is None:
        return None
    path = definition.folder / f"sample_{file_name(definition)}"
    return path if path.is_file() else None


def write_file(definition: SourceDefinition, path: Path, rows: Sequence[RawRow]) -> None:
    """Write rows as the source's system would, in one step: a reader never sees half a file.

    Args:
        definition: says format, delimiter, encoding.
        path: the file.
        rows: in their order; a text is written as it is (a broken line), which Parquet cannot.
    """
    writer: Callable[[SourceDefinition, Sequence[RawRow]], bytes] = (
        _csv if definition.format == "csv" else _parquet if definition.format == "parquet" else _lines
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(writer(definition, rows))
    draft.replace(path)


def _lines(_definition: SourceDefinition, rows: Sequence[RawRow]) -> bytes:
    return b"".join((row.encode() if isinstance(row, str) else orjson.dumps(row)) + b"\n" for row in rows)


def _csv(definition: SourceDefinition, rows: Sequence[RawRow]) -> bytes:
    dialect = definition.csv
    delimiter = dialect.delimiter or ","
    sample = sample_file(definition)
    if sample is not None:
        with sample.open(encoding=dialect.encoding, newline="") as file:
            header = next(csv.reader(file, delimiter=delimiter, quotechar=dialect.quotechar))
    else:
        header = list(next(row for row in rows if not isinstance(row, str)))
    buffer = io.StringIO(newline="")
    table = csv.DictWriter(
        buffer, header, restval="", delimiter=delimiter, quotechar=dialect.quotechar, lineterminator="\r\n"
    )
    table.writeheader()
    for row in rows:
        if isinstance(row, str):
            buffer.write(row + "\r\n")
        else:
            table.writerow(row)
    return buffer.getvalue().encode(dialect.encoding)


def _parquet(definition: SourceDefinition, rows: Sequence[RawRow]) -> bytes:
    sample = sample_file(definition)
    schema = pq.read_schema(sample).remove_metadata() if sample is not None else None
    buffer = io.BytesIO()
    records = [dict(row) for row in rows if not isinstance(row, str)]
    pq.write_table(pa.Table.from_pylist(records, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
