"""The command `schema`: the GraphQL schema as text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcdp.cli.frame import Json, answer, app


@app.command()
def schema(
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file instead of standard output.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the GraphQL schema, for code generators; no server is needed."""
    from graphcdp.api.graphql import sdl
    from graphcdp.api.graphql.export import export

    if output is None:
        answer({"schema": sdl()}, sdl().rstrip())
    else:
        path = export(output)
        answer({"written": path}, f"Wrote {path}.")
