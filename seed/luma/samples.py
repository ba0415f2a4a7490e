"""Writes the sample beside each source: the first rows of its file, whose header or schema every file of it follows.

Run `python seed/luma/samples.py` after exports.py changed.
"""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from graphcdp.ingest.seed_files import file_name, write_file
from graphcdp.ingest.seeds import Seed, history_of

DAY = date(2026, 11, 24)
ROWS = 12


def main() -> None:
    """Write all samples."""
    seed = Seed.load("luma")
    rows = history_of(seed)(seed.folder, DAY, 0, seed.customers)
    for definition in seed.sources:
        if definition.folder is None:
            continue
        path = definition.folder / f"sample_{file_name(definition)}"
        path.unlink(missing_ok=True)
        good = [row for row in rows[definition.source] if not isinstance(row, str)]
        if definition.format == "parquet":  # a column may be empty in the first rows: its type comes from all of them
            pq.write_table(pa.Table.from_pylist(good).slice(0, ROWS), path, compression="zstd")
        else:
            write_file(definition, path, good[:ROWS])


if __name__ == "__main__":
    main()
