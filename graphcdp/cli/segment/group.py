"""The Typer group that the commands about segments hang on: `@segment.command()`."""

from __future__ import annotations

import typer

from graphcdp.cli.frame import app

segment = typer.Typer(
    name="segment",
    help="Segments: rules about people in the words of marketing, and who fulfils them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(segment)
