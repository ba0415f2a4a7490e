"""Files that destinations are written as: whole or not at all, the same content under the same name."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
import fsspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr

from graphcdp.destinations.errors import DownError

STORAGE = 'Options of the file system as JSON, such as `{"key": …, "secret": …}`.'
_RENAMING = frozenset({"file", "local", "sftp", "ssh", "ftp", "smb", "memory"})


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows as CSV with a header; a list is written as JSON."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def as_ndjson(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as lines of JSON."""
    return b"".join(orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def as_parquet(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows as Parquet; every column is text, so that files of different days have one schema."""
    table = pa.table({name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in columns})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def storage_of(told: SecretStr | None) -> dict[str, Any]:
    """Return the options of a file system.

    Raises:
        DownError: they are no JSON object.
    """
    if told is None:
        return {}
    try:
        return dict(orjson.loads(told.get_secret_value()))
    except (ValueError, TypeError):
        raise DownError("The option `storage` is no JSON object.") from None


async def write(folder: str, name: str, content: bytes, options: Mapping[str, Any]) -> None:
    """Write a file into a folder (a path or an fsspec address), in one step.

    Raises:
        DownError: it cannot be written now.
    """

    def work() -> None:
        files, path = fsspec.core.url_to_fs(folder, **_safely(folder, options))
        if _RENAMING.isdisjoint([files.protocol] if isinstance(files.protocol, str) else files.protocol):
            files.pipe_file(f"{path}/{name}", content)  # an object store shows an object when it is whole, not before
            return
        files.makedirs(path, exist_ok=True)
        files.pipe_file(f"{path}/.{name}.part", content)
        files.mv(f"{path}/.{name}.part", f"{path}/{name}")

    try:
        await anyio.to_thread.run_sync(work)
    except Exception as error:  # a file system is somebody else's code over somebody else's network
        raise DownError(f"The file cannot be written ({type(error).__name__}).") from None


def _safely(folder: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options of a file system; over SSH the server has to be a known one unless they say otherwise."""
    if folder.startswith(("sftp://", "ssh://")) and "known_hosts" not in options:
        return {**options, "known_hosts": str(Path("~/.ssh/known_hosts").expanduser())}
    return options


def _text(value: object) -> str | None:
    return None if value is None else str(_cell(value))


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
