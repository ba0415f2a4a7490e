"""Parquet, row group by row group, by pyarrow. A file that is cut short is refused before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from graphcdp.sources.definition import SourceDefinition
from graphcdp.sources.errors import FileFormatError
from graphcdp.sources.fields import missing_columns
from graphcdp.sources.rows import Chunk


def read_parquet(file: BinaryIO, name: str, definition: SourceDefinition, *, rows: int, skip: int) -> Iterator[Chunk]:
    """Read a Parquet file.

    Args:
        file: its bytes; it must be seekable.
        name: what to call it in messages.
        definition: which columns it must have.
        rows: how many to a chunk.
        skip: how many rows to leave out.

    Raises:
        FileFormatError: it is no Parquet file, is cut short or damaged, or columns are missing.
    """
    try:
        parquet = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise FileFormatError(
            f"{name} is not a whole Parquet file, it was probably cut short on its way ({_brief(error)}); "
            "fetch or write it again.",
            file=name,
        ) from None
    columns = list(parquet.schema_arrow.names)
    missing = missing_columns(definition, columns)
    if missing:
        place, column, near = missing[0]
        hint = f" Did you mean {near}?" if near else ""
        raise FileFormatError(
            f"{name} does not have the column {column} that the source {definition.source} reads as {place}; its "
            f"columns are: {', '.join(columns[:30])}.{hint} Correct the definition, or give the spec a default.",
            file=name,
        )
    total = parquet.metadata.num_rows
    position = 0
    first_group = 0
    while first_group < parquet.num_row_groups:
        size = parquet.metadata.row_group(first_group).num_rows
        if position + size > skip:
            break
        position += size
        first_group += 1
    groups = list(range(first_group, parquet.num_row_groups))
    try:
        for batch in parquet.iter_batches(batch_size=rows, row_groups=groups) if groups else ():
            start, position = position, position + batch.num_rows
            if position <= skip:
                continue
            found = _in_microseconds(batch).to_pylist()[max(0, skip - start) :]
            numbers = range(position - len(found) + 1, position + 1)
            yield Chunk(found, numbers, position, position / total)
    except (pa.ArrowException, OSError) as error:
        raise FileFormatError(
            f"{name} is damaged after row {position} ({_brief(error)}); fetch or write it again, and load it once "
            "more: what is in stays as it is.",
            file=name,
        ) from None


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cast nanosecond times to microseconds, which is what Python's own datetime holds."""
    for place, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            column = batch.column(place).cast(pa.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(place, field.name, column)
    return batch


def _brief(error: Exception) -> str:
    """Shorten a library's message to its first sentence."""
    return str(error).splitlines()[0].split(". ")[0][:160].rstrip(".")
