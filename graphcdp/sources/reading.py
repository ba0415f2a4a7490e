"""A file, wherever it lies, as chunks of rows."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import fsspec

from graphcdp.sources.csv_file import read_csv
from graphcdp.sources.definition import Format, SourceDefinition
from graphcdp.sources.errors import FileFormatError
from graphcdp.sources.ndjson_file import read_ndjson
from graphcdp.sources.parquet_file import read_parquet
from graphcdp.sources.rows import Chunk

ROWS_PER_CHUNK = 5_000
_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_MODIFIED = ("mtime", "LastModified", "last_modified", "updated", "ETag", "etag", "created")


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells one state of a file from another.

    Attributes:
        path: as it was given.
        name: its last part, for messages.
        size: in bytes, None where its place does not say.
        modified: when it was last changed, as its place says it; empty where it does not.
    """

    path: str
    name: str
    size: int | None
    modified: str


def file_state(path: str) -> FileState:
    """Look at a file without reading it.

    Raises:
        FileFormatError: it is not there, is a folder, or cannot be reached.
    """
    filesystem, place = _locate(path)
    try:
        info = filesystem.info(place)
    except FileNotFoundError:
        raise FileFormatError(f"There is no file at {path}; check the path.", file=path) from None
    except (OSError, ValueError, ImportError) as error:
        raise FileFormatError(f"{path} cannot be reached: {error}.", file=path) from None
    if info.get("type") == "directory":
        raise FileFormatError(f"{path} is a folder; name a file in it.", file=path)
    modified = next((str(info[key]) for key in _MODIFIED if info.get(key)), "")
    size = info.get("size")
    return FileState(path, PurePosixPath(place).name, None if size is None else int(size), modified)


def format_of(definition: SourceDefinition, path: str) -> Format:
    """Say how a file is written: as its definition says, else by its ending.

    Raises:
        FileFormatError: neither says.
    """
    if definition.format is not None:
        return definition.format
    suffixes = [
        suffix.lower() for suffix in PurePosixPath(path.split("?", maxsplit=1)[0]).suffixes if suffix.lower() != ".gz"
    ]
    ending = suffixes[-1] if suffixes else ""
    if ending not in _ENDINGS:
        raise FileFormatError(
            f"How {path} is written cannot be told from its ending; add format: csv, ndjson or parquet to the source "
            "definition.",
            file=path,
        )
    return _ENDINGS[ending]


def read_rows(definition: SourceDefinition, path: str, chunk: int = ROWS_PER_CHUNK, skip: int = 0) -> Iterator[Chunk]:
    """Read a file in chunks. The file is checked as a whole, as far as its kind allows, before the first chunk comes.

    Args:
        definition: how it is written and which columns it must have.
        path: a local path or an fsspec URL; `.gz` is unpacked.
        chunk: rows to a chunk.
        skip: records to leave out, the position of an earlier chunk.

    Raises:
        FileFormatError: it cannot be read as the definition says.
    """
    kind = format_of(definition, path)
    state = file_state(path)
    with ExitStack() as stack:
        filesystem, place = _locate(path)
        raw = stack.enter_context(cast(BinaryIO, filesystem.open(place, "rb")))
        file = raw
        if place.split("?")[0].lower().endswith(".gz"):
            file = stack.enter_context(cast(BinaryIO, gzip.GzipFile(fileobj=raw)))
        if kind == "csv":
            delimiter = definition.csv.delimiter or ("\t" if ".tsv" in state.name.lower() else ",")
            chunks = read_csv(file, state.name, definition, delimiter=delimiter, rows=chunk, skip=skip)
        elif kind == "parquet":
            chunks = read_parquet(file, state.name, definition, rows=chunk, skip=skip)
        else:
            chunks = read_ndjson(file, rows=chunk, skip=skip)
        position = skip
        try:
            for found in chunks:
                position = found.position
                share = found.share
                if share is None and state.size:
                    share = 1.0 if raw.closed else min(1.0, raw.tell() / state.size)
                yield replace(found, share=share)
        except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeError, OSError) as error:
            raise FileFormatError(
                f"{state.name} cannot be read after row {position}: {error}. It was probably cut short or damaged "
                "on its way; fetch it again.",
                file=state.name,
            ) from None


def _locate(path: str) -> tuple[Any, str]:
    """Find the file system of a path.

    Raises:
        FileFormatError: its kind is not known, or needs a package that is not installed.
    """
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(path))
    except (ImportError, ValueError) as error:
        raise FileFormatError(f"{path} cannot be reached: {error}.", file=path) from None
