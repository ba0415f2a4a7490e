"""The Typer group that the commands about identities hang on: `@identity.command()`."""

from __future__ import annotations

import typer

from graphcdp.cli.frame import app

identity = typer.Typer(
    name="identity",
    help="Who is who: why, why not, what if, undo, and trying rules without touching anybody.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(identity)
