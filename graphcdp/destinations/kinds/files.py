"""Files of changes: CSV, NDJSON or Parquet, to any place that fsspec can write to (local, S3, SFTP, …)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, SecretStr

from graphcdp.destinations.kinds.connector import Answer, Connector, Load, Options
from graphcdp.destinations.kinds.written import STORAGE, as_csv, as_ndjson, as_parquet, storage_of, write

_FIRST = ("id", "action", "profile_id", "at")


class FilesOptions(Options):
    """Options of a folder of files."""

    url: str = Field(min_length=1, description="A folder: a path, or an fsspec address such as `s3://bucket/folder`.")
    format: Literal["csv", "ndjson", "parquet"] = Field(default="csv", description="How the files are written.")
    columns: tuple[str, ...] = Field(
        default=(), description="Columns of the mapping, in order; the same in every file."
    )
    storage: SecretStr | None = Field(default=None, description=STORAGE)


class Files(Connector):
    """Writes each load as a file of its own: `<activation>/<instant>-<hash>.<format>`, a row a change."""

    kind = "files"
    title = "Files"
    about = "Writes additions, changes and removals as CSV, NDJSON or Parquet files."
    options = FilesOptions
    tells = True
    batch_size = 5_000
    fields = ("identities=identities",)

    def __init__(self, options: FilesOptions) -> None:
        self._options = options

    async def send(self, load: Load) -> Sequence[Answer]:
        """Write the items; a repetition with the same items replaces the same file."""
        said = [{**item.fields, **item.told} for item in load.items]
        rows = [
            {"id": item.id, "action": item.action, "profile_id": item.profile_id, "at": item.at, **fields}
            for item, fields in zip(load.items, said, strict=True)
        ]
        wanted = self._options.columns or tuple(sorted({name for fields in said for name in fields}))
        columns = (*_FIRST, *(name for name in wanted if name not in _FIRST))
        rows = [{name: row.get(name) for name in columns} for row in rows]
        kind = self._options.format
        made = {
            "csv": lambda: as_csv(rows, columns),
            "ndjson": lambda: as_ndjson(rows),
            "parquet": lambda: as_parquet(rows, columns),
        }[kind]()
        latest = max(item.at or load.now for item in load.items)
        together = hashlib.sha256("\n".join(item.id for item in load.items).encode()).hexdigest()[:16]
        name = f"{latest:%Y%m%dT%H%M%S%fZ}-{together}.{kind}"
        await write(f"{self._options.url.rstrip('/')}/{load.activation}", name, made, storage_of(self._options.storage))
        return [Answer("done", "written")] * len(load.items)
