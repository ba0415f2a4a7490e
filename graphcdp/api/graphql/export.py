"""Write the schema to `graphql_schema/schema.graphql`: `python -m graphcdp.api.graphql.export [FILE | -]`."""

from __future__ import annotations

import sys
from pathlib import Path

from graphcdp.api.graphql.schema import sdl
from graphcdp.base import data_folder


def export(to: Path | None = None) -> Path:
    """Write the schema as text.

    Args:
        to: the file; None is the one that ships with graphcdp.

    Returns:
        Where it was written.
    """
    path = data_folder("graphql_schema") / "schema.graphql" if to is None else to
    path.write_text(sdl(), encoding="utf-8")
    return path


def main(arguments: list[str]) -> None:
    """Write it where the first argument says; `-` is standard output."""
    if arguments[:1] == ["-"]:
        sys.stdout.write(sdl())
    else:
        sys.stderr.write(f"{export(Path(arguments[0]) if arguments else None)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
